"""Here: classical theory from a scenario, through the public calls. Not here: the engine's own
equations (see ``test_exact_published``).
"""

import numpy as np
import pytest
from scipy.stats import binomtest

import countermove as cm
from support.helpers import FALSE_ALARM

BIRTH = 1.0
SIZE, RATE = 1e5, 1e-6

# drugs so strong that all sensitive cells are gone at once stand for the theory's "at once"
pytestmark = pytest.mark.filterwarnings("ignore::countermove.foundation.ScenarioWarning")


def tumor(turnover, *, size=SIZE, rate=RATE, drugs=("A",), kill=50.0, days=2.0, treated=True):
    """Scenario of a tumor with death/birth = turnover, and drugs that end division at once."""
    given = ", ".join(f"{d}: {{kill: {kill} /day}}" for d in drugs)
    resists = ", ".join(f"r{d}: {{mechanism: target, drug: {d}, rate: {rate}}}" for d in drugs)
    kind = "combination" if len(drugs) > 1 else "continuous"
    policy = f"{kind}, drugs: [{', '.join(drugs)}]" if treated else "none"
    return cm.loads(f"""
countermove: 1
name: Theory
tumor: {{birth: {BIRTH} /day, death: {turnover * BIRTH} /day, diagnosed_at: {size} cells}}
drugs: {{{given}}}
alterations: {{{resists}}}
treatment: {{policy: {policy}}}
follow_up: {days} days
""")


@pytest.mark.parametrize(("turnover", "factor"), [(0.0, 1.0), (0.5, 1.3863), (13 / 14, 2.8421)])
def test_resistance_at_a_size_follows_iwasa_nowak_michor(turnover, factor):
    """P = 1 - exp(-M u F), F = (b/d) ln(1/(1 - d/b))."""
    none = cm.exact(tumor(turnover, size=1e8, rate=1e-9)).no_resistant_at_start["A"]
    assert -np.log(none) / 0.1 == pytest.approx(factor, rel=3e-4)


PATIENTS = 4000


def with_resistant_cells(turnover, rate):
    """Simulated patients who have a resistant cell at diagnosis."""
    scenario = tumor(turnover, size=1e5, rate=rate, treated=False)
    runs = cm.simulate(scenario, patients=PATIENTS, keep=PATIENTS, every=2.0, seed=31)
    resistant = runs.trajectories["genotype"].to_numpy() == "rA"
    return int((runs.trajectories["cells"].to_numpy()[:, 0][:, resistant].sum(axis=1) > 0).sum())


@pytest.mark.statistical
@pytest.mark.parametrize(("turnover", "factor"), [(0.0, 1.0), (0.5, 1.3863)])
def test_simulated_resistance_follows_iwasa_nowak_michor(turnover, factor):
    expected = 1 - np.exp(-SIZE * 5e-6 * factor)
    assert binomtest(with_resistant_cells(turnover, 5e-6), PATIENTS, expected).pvalue > FALSE_ALARM


@pytest.mark.statistical
def test_the_check_above_would_notice_the_factor_left_out():
    wrong = 1 - np.exp(-SIZE * 5e-6)
    assert binomtest(with_resistant_cells(0.5, 5e-6), PATIENTS, wrong).pvalue < FALSE_ALARM


def test_turnover_matters_for_two_drugs_and_not_for_one():
    """Komarova and Wodarz 2005: one drug fails with 1 - exp(-M u) whatever the turnover."""
    one = [1 - cm.exact(tumor(t, kill=1000.0, days=0.05)).cured_for_good for t in (0.0, 0.5, 0.9)]
    assert one == pytest.approx([1 - np.exp(-SIZE * RATE)] * 3, rel=5e-3)
    two = [
        1 - cm.exact(tumor(t, size=1e9, drugs=("A", "B"), kill=1000.0, days=0.05)).cured_for_good
        for t in (0.0, 0.5, 0.9)
    ]
    assert two[0] * 1.2 < two[1]
    assert two[1] * 1.2 < two[2]


# --- intrinsic resistance ------------------------------------------------------------------------


def intrinsic(share):
    return cm.loads(f"""
countermove: 1
name: Intrinsic resistance
tumor: {{birth: 0.14 /day, death: 0.13 /day, diagnosed_at: 1e7 cells}}
drugs: {{A: {{kill: 0.05 /day}}}}
alterations: {{resists: {{mechanism: target, drug: A, rate: 1e-8}}}}
intrinsic: {{alteration: resists, share_of_patients: {share}}}
treatment: {{policy: continuous, drugs: [A]}}
follow_up: 1 year
""")


def non_responders(share):
    table = cm.simulate(intrinsic(share), patients=1500, keep=0, every=28.0, seed=32).outcomes()
    silent = ~table["responded"]
    assert (silent == table["intrinsic_carrier"]).all()
    assert set(table.loc[silent, "resistance"]) == {"intrinsic"}
    assert "intrinsic" not in set(table.loc[~silent, "resistance"])
    return int(silent.sum())


@pytest.mark.statistical
def test_the_share_with_intrinsic_resistance_is_the_share_of_non_responders():
    """Without it everybody responds: .04 a day against a tumor with at most a few mutants."""
    assert binomtest(non_responders(0.15), 1500, 0.15).pvalue > FALSE_ALARM


@pytest.mark.statistical
def test_the_check_above_would_notice_twice_the_share():
    assert binomtest(non_responders(0.30), 1500, 0.15).pvalue < FALSE_ALARM
