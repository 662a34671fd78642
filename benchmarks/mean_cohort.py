"""Speed of a varied cohort through ``mean_field``, in lanes next to one patient at a time.

Here: 500 patients who differ in four numbers, two types, logistic growth, three years of one drug,
steady or dosed daily; patients a second on one core, compile time excluded, best of several turns
taken alternately, and the same run in chunks of a single patient. Not here: bare solves
(``benchmarks.s4``), whether the engine is right (``tests/reference/test_mean_field_cohorts.py``).

Run: ``python -m benchmarks.mean_cohort``.
"""

import math
import time

import countermove as cm

PATIENTS, SINGLE, TURNS = 500, 50, 5
TEXT = """
countermove: 1
name: Two types, logistic
tumor: {birth: 0.14 /day, death: 0.13 /day, diagnosed_at: 1e9 cells,
        growth: {law: logistic, capacity: 2e11 cells, acts_on: birth}}
drugs: {A: {kill: 0.04 /dayLEVELS}}
alterations: {R: {mechanism: target, drug: A, rate: 1e-7}}
treatment: {policy: continuous, drugs: A}
follow_up: 3 years
patients:
  vary:
    tumor.birth: {lognormal_cv: 0.005}
    drugs.A.kill: {lognormal_cv: 0.2}
    alterations.R.rate: {lognormal_cv: 0.3}
    tumor.growth.capacity: {lognormal_cv: 0.3}
"""
DOSED = ", levels: {kind: one_compartment, dose: 8, every: 1 day, half_life: 1 day}"
JOBS = {"steady level": TEXT.replace("LEVELS", ""), "dosed daily": TEXT.replace("LEVELS", DOSED)}


def _seconds(scenario: cm.Scenario, patients: int, chunk: int) -> float:
    """Wall seconds a patient of a run on one thread."""
    begun = time.perf_counter()
    cm.simulate(
        scenario,
        patients=patients,
        engine="mean_field",
        origins=False,
        keep=0,
        threads=1,
        chunk=chunk,
        progress=False,
    )
    return (time.perf_counter() - begun) / patients


def main() -> None:
    """Print patients a second in lanes and one by one, and the ratio."""
    print(f"{'mean_field cohort, one core':30s}{'patients/s':>12s}{'one by one':>12s}{'ratio':>8s}")
    for name, text in JOBS.items():
        scenario = cm.loads(text)
        best = {PATIENTS: math.inf, 1: math.inf}
        _seconds(scenario, 2, 2)
        for _ in range(TURNS):
            for chunk in best:
                count = PATIENTS if chunk > 1 else SINGLE
                best[chunk] = min(best[chunk], _seconds(scenario, count, chunk))
        lanes, single = 1.0 / best[PATIENTS], 1.0 / best[1]
        print(f"{name:30s}{lanes:12,.0f}{single:12,.0f}{lanes / single:8.1f}")


if __name__ == "__main__":
    main()
