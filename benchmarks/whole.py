"""What a user waits for: import, threads, and a cohort too big to hold.

Here: each measured in a fresh process. Not here: the engine alone (``benchmarks.own``).
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

_COHORT = """
import json, resource, sys, time
from benchmarks.own import S2_TEXT
import countermove as cm
patients, threads, out = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] or None
scenario = cm.loads(S2_TEXT.replace("MUTATION", "4.2e-8"))
cm.simulate(scenario, patients=200, keep=10, threads=1)  # compiles
begin, cpu = time.perf_counter(), time.process_time()
cm.simulate(scenario, patients=patients, keep=100, threads=threads, out=out)
seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_mib": peak}))
"""


def fresh(command: list[str]) -> float:
    """Wall seconds of a command, best of three."""
    best = float("inf")
    for _ in range(3):
        begin = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True)
        best = min(best, time.perf_counter() - begin)
    return best


def start_up() -> dict[str, float]:
    """Wall seconds of an empty interpreter, of one that imports us, and of ``--help``."""
    python = sys.executable
    found = {
        "python -c pass": fresh([python, "-c", "pass"]),
        "import countermove": fresh([python, "-c", "import countermove"]),
    }
    script = Path(python).with_name("countermove")
    if script.exists():
        found["countermove --help"] = fresh([str(script), "--help"])
    return found


def cohort(patients: int, threads: int, *, streamed: bool = False) -> dict[str, float]:
    """Wall and processor seconds, and peak memory, MiB, of an S2 cohort through ``simulate``."""
    with TemporaryDirectory() as folder:
        out = str(Path(folder) / "run") if streamed else ""
        done = subprocess.run(
            [sys.executable, "-c", _COHORT, str(patients), str(threads), out],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        return {"note": (done.stderr.strip().splitlines() or ["failed"])[-1][:80]}
    return json.loads(done.stdout.strip().splitlines()[-1])
