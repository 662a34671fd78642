"""Here: what each reacting policy gives after the visits it is shown, patient by patient.

Not here: published courses of them (``reference/test_published_adaptive``).
"""

import numpy as np
import pytest

from countermove.treatment import compile_treatment, policy_of
from support.seeing import scan
from support.small_scenarios import scenario

# visits are shown to the policies here, so how often they come does not matter
pytestmark = pytest.mark.filterwarnings("ignore:monitoring.imaging.every")

DRUGS = "drugs: {A: {kill: 0.1, levels: 3}, B: {kill: 0.1}, C: {kill: 0.1}}"


def walk(treatment: str, readings: list[list[float]], *, every: float = 10.0):
    """Doses (visits, patients, drugs) after scans every ten days that show ``readings``."""
    seen = np.array(readings, dtype=float).T
    policy = policy_of(compile_treatment(scenario(DRUGS, treatment=treatment)), seen.shape[1])
    doses = []
    for number, burden in enumerate(seen):
        day = every * number
        doses.append(policy.decide(scan(day, burden, scanned=True)).copy())
        between = policy.decide(scan(day + 5, burden * 9.9, scanned=False))
        assert between.tolist() == doses[-1].tolist()  # only visits change anything
    return np.array(doses)


def on(doses, drug=0):
    return doses[:, :, drug].T.tolist()


def test_adaptive_holds_below_and_restarts_above():
    doses = walk(
        "policy: adaptive, drugs: [A, B], stop_below: 0.5, restart_above: 1",
        [[10, 6, 5, 4.9, 9, 10, 10.1, 7], [10, 4, 11, 4, 4, 12, 12, 12], [0, 0, 1, 0, 1, 0, 1, 0]],
    )
    assert on(doses) == [
        [1, 1, 1, 0, 0, 0, 1, 1],
        [1, 0, 1, 0, 0, 1, 1, 1],
        [1, 1, 1, 1, 1, 1, 1, 1],  # nothing was seen at the start: no fraction of it to go below
    ]
    assert (doses[:, :, 0] == doses[:, :, 1]).all()
    assert not doses[:, :, 2].any()


def test_containment_gives_drugs_while_above_the_level():
    doses = walk("policy: containment, drugs: C, level: 0.8", [[10, 9, 8, 7, 8.1, 20]])
    assert on(doses, 2) == [[1, 1, 0, 0, 1, 1]]


def test_titration_steps_up_on_growth_and_down_on_shrinkage_within_its_range():
    doses = walk(
        "policy: titrated, drugs: A, step: 0.4, raise_above: 1.2, lower_below: 0.8, least: 0.1",
        [[10, 7, 5, 3, 3.5, 4.3, 9, 20, 40], [10, 10, 8, 6.4, 6.4, 6.4, 6.4, 6.4, 6.4]],
    )
    assert on(doses)[0] == pytest.approx([1, 0.6, 0.2, 0.1, 0.1, 0.5, 0.9, 1, 1])
    assert on(doses)[1] == pytest.approx([1] * 9)


def test_the_second_strike_comes_while_small_or_at_the_nadir_and_once():
    doses = walk(
        "policy: strike_twice, drugs: [A, B], strike_below: 0.1",
        [[10, 5, 0.9, 0.5, 5], [10, 8, 7, 7, 6], [10, 8, 6, 4, 2]],
    )
    assert on(doses) == [[1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]
    assert (doses[:, :, 1] == 1 - doses[:, :, 0]).all()


@pytest.mark.parametrize(
    "policy", ["adaptive", "titrated", "containment, level: 1", "strike_twice"]
)
def test_nothing_is_given_before_the_start_or_after_the_stop(policy):
    drugs = "[A, B]" if policy == "strike_twice" else "A"
    doses = walk(
        f"policy: {policy}, drugs: {drugs}, start: 20, stop: 50", [[10, 20, 30, 31, 32, 33, 34]]
    )
    assert doses.any(axis=2)[:, 0].tolist() == [False, False, True, True, True, False, False]
