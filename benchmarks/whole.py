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
from benchmarks import own
import countermove as cm
patients, threads, out = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] or None
text = {"S2": own.S2_TEXT, "dosed": own.s2_dosed(varied=False),
        "varied": own.s2_dosed(varied=True), "lesions": own.S2_TEXT + "lesions: 5\\n"}[sys.argv[4]]
scenario = cm.loads(text.replace("MUTATION", "4.2e-8"))
cm.simulate(scenario, patients=200, keep=10, threads=1)  # compiles, in a process before
if sys.argv[5] == "warm":
    sys.exit()
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


def cohort(
    patients: int, threads: int, *, streamed: bool = False, kind: str = "S2"
) -> dict[str, float]:
    """Wall and processor seconds, and peak memory, MiB, of an S2 cohort through ``simulate``.

    ``kind``: ``S2``; ``dosed``, one drug dosed daily; ``varied``, the same in patients who differ
    in five numbers; ``lesions``, five in each patient. Compiling, which takes memory of its own,
    is done by a process before.
    """
    with TemporaryDirectory() as folder:
        out = str(Path(folder) / "run") if streamed else ""
        command = [sys.executable, "-c", _COHORT, str(patients), str(threads), out, kind]
        subprocess.run([*command, "warm"], capture_output=True, check=False)
        done = subprocess.run([*command, "run"], capture_output=True, text=True, check=False)
    if done.returncode:
        return {"note": (done.stderr.strip().splitlines() or ["failed"])[-1][:80]}
    return json.loads(done.stdout.strip().splitlines()[-1])
