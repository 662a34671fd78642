"""Here: whole virtual trials, patients and all: false claims with equal arms, and power.

Not here: trials on fixed pools (``test_trials``).
"""

import pytest
from scipy.stats import binomtest

import countermove as cm
from support.helpers import FALSE_ALARM

pytestmark = [pytest.mark.statistical, pytest.mark.slow]

FILE = """
countermove: 1
name: Equal arms
tumor: {birth: 0.14 /day, death: 0.1 /day, diagnosed_at: 1e9 cells, lethal_at: 1e12 cells}
drugs: {A: {kill: 0.05 /day}, B: {kill: KILL /day}}
alterations: {a: {mechanism: target, drug: [A, B], rate: 1e-6}}
treatment: {policy: continuous, drugs: A}
monitoring: {imaging: {every: 42 days, error: 10%, missed: 10%}}
patients:
  number: 60
  vary: {tumor.birth: {normal: [0.14, 0.01], truncate: [0.115, 0.165]}}
  covariates: {site: {discrete: {values: [north, south]}}}
follow_up: 2 years
trial:
  arms: {usual: continuous, new: {policy: continuous, drugs: B}}
  accrual: 6 months
  follow_up: 12 months
  dropout: 10%
  stratify: [site]
  looks: [50%, 1]
"""
TRIALS = 300


def claims(kill: str) -> int:
    """Trials that cross a bound, each of patients of its own."""
    own = cm.loads(FILE.replace("KILL", kill))
    found = [
        cm.trial(own, seed=seed, keep=0, every=100.0, progress=False) for seed in range(TRIALS)
    ]
    return sum(trial.result.comparisons[0].rejected for trial in found)


def test_equal_arms_are_told_apart_in_one_trial_of_twenty():
    assert binomtest(claims("0.05"), TRIALS, 0.05).pvalue > FALSE_ALARM


def test_the_check_above_would_notice_arms_that_differ():
    assert binomtest(claims("0.06"), TRIALS, 0.05).pvalue < FALSE_ALARM
