"""``python -m benchmarks.proof``: a trial, power over a grid, and the memory of a comparison.

Here: whole calls from Python, warm, on two threads, each in a fresh process. Not here: the engine
(``benchmarks.own``), clusters (``benchmarks.cluster``).
"""

import argparse
import json
import os
import subprocess
import sys

TUMOR = """
countermove: 1
name: Proof
tumor: {birth: 0.14 /day, death: 0.1 /day, diagnosed_at: 1e10 cells, lethal_at: 1e12 cells}
drugs: {A: {kill: 0.05 /day}, B: {kill: 0.02 /day}}
alterations:
  a: {mechanism: target, drug: A, rate: 1e-6}
  b: {mechanism: target, drug: B, rate: 1e-6}
treatment: {policy: sequential, drugs: [A, B], guided_by: recist}
monitoring: {imaging: {every: 8 weeks, error: 5%, missed: 5%, jitter: 3 days}}
patients: {number: 1000, vary: {tumor.birth: {normal: [0.14, 0.01], truncate: [0.115, 0.165]}}}
follow_up: 3 years
trial:
  arms: {sequence: {policy: sequential, guided_by: recist}, both: combination}
  accrual: 12 months
  follow_up: 18 months
  dropout: 5%
  looks: [50%, 1]
"""
GRID = {  # 12 cells; six pools, since the accrual alone asks for no other patients
    "drugs.B.kill": ["0.005 /day", "0.01 /day", "0.02 /day"],
    "monitoring.imaging.every": ["6 weeks", "12 weeks"],
    "trial.accrual": ["6 months", "12 months"],
}
TARGETS = {"trial": 10.0, "power": 600.0, "memory": 1.5}
MILLION = 1_000_000
_CALL = """
import json, resource, sys, time
import countermove as cm
from benchmarks.proof import GRID, TUMOR
what, size, given = sys.argv[1], int(sys.argv[2]), {"threads": 2, "progress": False}
if what == "trial":
    cm.trial(cm.loads(TUMOR), patients=20, **given)
    begun = time.perf_counter()
    cm.trial(cm.loads(TUMOR), patients=size, **given)
elif what == "power":
    scenario = cm.replace(cm.loads(TUMOR), {"trial.patients": 300})
    cm.power(scenario, trials=10, pool=300, **given)
    grid = dict(GRID) if size == 12 else {name: values[:1] for name, values in GRID.items()}
    begun = time.perf_counter()
    cm.power(scenario, grid, trials=1000, **given)
else:
    begun = time.perf_counter()
    found = cm.compare(cm.loads(TUMOR), policies=["sequential", "combination"], patients=size,
                       keep=0, **given)
    found.table(), found.gains()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps([time.perf_counter() - begun, peak]))
"""


def call(what: str, size: int) -> tuple[float, float]:
    """Seconds of a call that follows a small one of its kind, and peak bytes of its process."""
    command = [sys.executable, "-c", _CALL, what, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    seconds, peak = json.loads(done.stdout)
    return seconds, peak


def memory(few: int, many: int) -> tuple[float, float, float]:
    """Gigabytes at two sizes, and at a million patients an arm along the line through them."""
    low, high = call("compare", few)[1] / 1e9, call("compare", many)[1] / 1e9
    return low, high, high + (high - low) / (many - few) * (MILLION - many)


def lines(*, whole: bool):
    """Each measurement in words, as it is made."""
    seconds = call("trial", 1000)[0]
    yield f"trial of 2 x 500 patients: {seconds:.1f} s (target {TARGETS['trial']:.0f} s)"
    cells = 12 if whole else 1
    seconds = call("power", cells)[0]
    text = f"power, {cells} x 1,000 trials of 300 patients: {seconds:.1f} s"
    # a cell costs its pool, shared by two, and its trials: all of it is counted for each
    text += "" if whole else f", so at most {12 * seconds:.0f} s for 12"
    yield f"{text} (target {TARGETS['power']:.0f} s)"
    if whole:
        peak = call("compare", MILLION)[1] / 1e9
        yield f"compare, two arms of {MILLION:,} patients: {peak:.2f} GB (target 1.5 GB)"
        return
    few, many = 20_000, 60_000
    low, high, end = memory(few, many)
    yield (
        f"compare, two arms of {few:,} and {many:,} patients: {low:.2f} and {high:.2f} GB, so "
        f"{end:.2f} GB at {MILLION:,} (target {TARGETS['memory']:.1f} GB)"
    )


def main() -> None:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--whole", action="store_true", help="12 cells and a million patients")
    whole = parser.parse_args().whole
    for line in lines(whole=whole):
        print(f"{line}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)


if __name__ == "__main__":
    main()
