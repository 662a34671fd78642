"""``python -m benchmarks.cluster``: two workers of a Dask cluster against one.

Here: one S2 cohort, its chunks kept in a folder, on local clusters that are up and warm; threads
and processes beside them. Not here: the engine (``benchmarks.own``).
"""

import argparse
import os
import tempfile
import time

import countermove as cm
from benchmarks import own

WARM = 2_000  # patients that load the compiled code of each worker
TURNS = 3


def seconds(patients: int, **means) -> float:
    """Wall seconds of a cohort kept in a folder of its own."""
    scenario = cm.loads(own.S2_TEXT.replace("MUTATION", "4.2e-8"))
    with tempfile.TemporaryDirectory() as out:
        begun = time.perf_counter()
        cm.simulate(scenario, patients=patients, keep=100, out=out, progress=False, **means)
        return time.perf_counter() - begun


def on_dask(patients: int, turns: int = TURNS) -> dict[str, float]:
    """Wall seconds on one worker and on two, by turns, the best of each."""
    from distributed import LocalCluster

    best = {"one": float("inf"), "two": float("inf")}
    options = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=1, **options) as one, LocalCluster(n_workers=2, **options) as two:
        for cluster in (one, two):
            seconds(WARM, cluster=cluster, chunk=WARM // 20)
        for _ in range(turns):
            for name, cluster in (("one", one), ("two", two)):
                best[name] = min(best[name], seconds(patients, cluster=cluster))
    return best


def main() -> None:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=100_000)
    patients = parser.parse_args().patients
    print(f"S2, {patients:,} patients; load before {os.getloadavg()[0]:.2f}")
    found = on_dask(patients)
    print(f"Dask, one worker {found['one']:.1f} s, two {found['two']:.1f} s:", end=" ")
    print(f"{found['one'] / found['two']:.2f}x (target 1.7x)")
    seconds(WARM, threads=2)
    for number in (1, 2):
        print(f"threads, {number}: {seconds(patients, threads=number):.1f} s")
    print(f"processes, 2, their start included: {seconds(patients, workers=2):.1f} s")
    print(f"load after {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
