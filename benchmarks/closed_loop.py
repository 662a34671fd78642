"""Treatment that reacts: S2 decided from scans and ctDNA against the same tumors left to a plan.

Here: the ratio of patients a second, open and closed loop in one run, and look-ahead's wall time.
Not here: engines alone (``own``).
"""

import time

import countermove as cm
from benchmarks.own import S2_TEXT

MONITORING = """
monitoring:
  imaging: {every: 8 weeks, error: 8%}
  ctdna: {every: 4 weeks, panel: [rA]}
"""
AHEAD = """
countermove: 1
name: Look ahead
tumor: {birth: 0.14 /day, death: 0.13 /day, diagnosed_at: 1e10 cells}
drugs: {A: {kill: 0.04 /day}, B: {kill: 0.04 /day}}
alterations:
  rA: {mechanism: target, drug: A, rate: 1e-8}
  rB: {mechanism: target, drug: B, rate: 1e-8}
treatment: {policy: look_ahead, drugs: [A, B], horizon: 16 weeks, futures: 200, pause: true}
monitoring: {imaging: {every: 8 weeks, error: 8%}}
patients: {number: 100, vary: {alterations.rA.rate: {loguniform: [1e-10, 1e-6]}}}
follow_up: 96 weeks
"""


def measured(scenario: cm.Scenario, patients: int) -> float:
    """Patients a second on one thread, compiled before."""
    cm.simulate(scenario, patients=64, keep=10, threads=1, progress=False)
    begin = time.perf_counter()
    cm.simulate(scenario, patients=patients, keep=10, threads=1, progress=False)
    return patients / (time.perf_counter() - begin)


def main(patients: int = 20_000) -> None:
    """Measure and print."""
    text = S2_TEXT.replace("MUTATION", "4.2e-8")
    plan = cm.loads(text)
    names = list(plan.drugs), list(plan.alterations)
    blood = MONITORING.replace("rA", names[1][0])
    moved = {"policy": "ctdna_switch", "drugs": names[0], "alteration": names[1][0]}
    closed = cm.replace(cm.loads(text + blood), {"treatment": moved})
    one, other = measured(plan, patients), measured(closed, patients)
    print(f"S2, fixed in advance                {one:10,.0f} patients/s")
    print(f"S2, scans, ctDNA and a switch       {other:10,.0f} patients/s")
    print(f"closed loop is {100.0 * other / one:.0f}% of open loop (target 50%)")
    begin = time.perf_counter()
    cm.simulate(cm.loads(AHEAD), progress=False)
    seconds = time.perf_counter() - begin
    print(f"look ahead, 3 candidates x 200 futures, 100 patients x 12 visits: {seconds:.1f} s (60)")


if __name__ == "__main__":
    main()
