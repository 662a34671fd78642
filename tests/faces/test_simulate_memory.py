"""Here: how memory grows with a cohort. Not here: speed (see ``benchmarks``)."""

import os
import subprocess
import sys

import pytest

from support.helpers import ROOT

# S2 of performance.md: two drugs together for three years, grown to a billion cells.
CHILD = """
import resource, sys
import countermove as cm
scenario = cm.loads('''
countermove: 1
name: S2
tumor: {birth: 0.14 /day, death: 0.13 /day, diagnosed_at: 1e9 cells}
drugs: {A: {kill: 0.04 /day}, B: {kill: 0.04 /day}}
alterations:
  resists_A: {mechanism: target, drug: A, rate: 4.2e-8}
  resists_B: {mechanism: target, drug: B, rate: 4.2e-8}
treatment: {policy: combination, drugs: [A, B]}
follow_up: 3 years
''')
for patients in map(int, sys.argv[1:]):
    runs = cm.simulate(scenario, patients=patients, keep=1000, every=56.0, threads=2)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0, flush=True)
"""
BOUND = 1000.0  # MB for a million patients


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is counted in kB on Linux")
def test_a_million_patients_would_fit_in_a_gigabyte():
    """Peak after 20,000 and after 80,000 patients, drawn out in a straight line to a million."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, "20000", "80000"],
        capture_output=True, text=True, timeout=500,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    few, many = map(float, done.stdout.split())
    assert many + (many - few) / 60_000 * 920_000 < BOUND
    kept_whole = 8e-6 * 20 * 7 * 60_000  # MB, if courses of 20 times and 7 types were kept
    assert many - few < kept_whole
