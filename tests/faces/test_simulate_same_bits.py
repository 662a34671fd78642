"""Here: one seed, one result, however the cohort is cut up. Not here: interruption (see
``test_simulate_interrupted``).
"""

import numpy as np
import pytest

import countermove as cm
from countermove.engines.branching import Branching
from countermove.model import Exposure, compile_model
from countermove.model.arrays import Dosing
from support.cohorts import ODD, same_bits, two_lines, words

PATIENTS = 40

# Every part of the simulation that touches chance or groups of patients: intrinsic carriers,
# states, niches, crowding, levels that rise and fall, a line given only on progression.
EVERYTHING = """
countermove: 1
name: Everything at once
tumor:
  birth: 0.2 /day
  death: 0.1 /day
  growth: {law: logistic, capacity: 1e6 cells, acts_on: birth}
  diagnosed_at: 1e5 cells
drugs:
  A: {kill: 0.3 /day, levels: {kind: pulsed, level: 5, on: 3 days, off: 4 days}}
  B: {kill: 0.3 /day, levels: 4}
alterations:
  resists_A: {mechanism: target, drug: A, fold: 50, rate: 1e-5}
  evades: {mechanism: death_evasion, strength: 0.7, rate: 1e-5}
intrinsic: {alteration: resists_A, share_of_patients: 0.3, fraction: 0.2}
states: {persister: {enter: 1e-3 /day, leave: 0.02 /day, birth: 0, death: 0.1, protection: 0.9}}
niches: {marrow: {share: 0.02, penetration: 0.3, exchange: 1e-3 /day}}
treatment: {policy: sequential, drugs: [A, B]}
follow_up: 200 days
"""


@pytest.fixture(scope="module")
def whole():
    return cm.simulate(two_lines(), patients=PATIENTS, every=ODD, threads=1, chunk=PATIENTS)


@pytest.mark.parametrize(("threads", "chunk"), [(2, 1), (1, 7), (2, None), (3, 25)])
def test_threads_and_chunks_leave_every_bit(whole, threads, chunk):
    other = cm.simulate(two_lines(), patients=PATIENTS, every=ODD, threads=threads, chunk=chunk)
    assert same_bits(whole, other)


def test_patients_are_told_apart_and_treated_apart(whole):
    """Otherwise the test above compares little."""
    assert whole.table["final"].nunique() > PATIENTS / 2
    assert set(whole.table["lines"]) == {1, 2}
    assert whole.table.loc[whole.table["lines"] == 2, "dose_A"].nunique() > 2


def test_another_seed_is_another_cohort(whole):
    other = cm.simulate(two_lines(), patients=PATIENTS, every=ODD, seed=2)
    assert not same_bits(whole, other)
    assert (whole.table["tumor_age"] != other.table["tumor_age"]).all()


def test_one_changed_bit_is_noticed(whole):
    copy = cm.simulate(two_lines(), patients=PATIENTS, every=ODD)
    assert same_bits(whole, copy)
    copy.trajectories["cells"].to_numpy()[-1, -1, 0] += 1.0
    assert not same_bits(whole, copy)


def test_a_larger_cohort_begins_with_the_smaller_one(whole):
    smaller = cm.simulate(two_lines(), patients=25, every=ODD)
    first = words(whole.table).iloc[:25]
    assert first.equals(words(smaller.table))
    kept = whole.trajectories["cells"].to_numpy()[:25]
    assert kept.tobytes() == smaller.trajectories["cells"].to_numpy().tobytes()


def test_keeping_fewer_courses_changes_no_outcome(whole):
    fewer = cm.simulate(two_lines(), patients=PATIENTS, every=ODD, keep=3, chunk=2)
    assert words(fewer.table).equals(words(whole.table))
    assert fewer.trajectories.sizes["patient"] == 3
    kept = whole.trajectories["cells"].to_numpy()[:3]
    assert kept.tobytes() == fewer.trajectories["cells"].to_numpy().tobytes()


def test_a_scenario_of_every_part_keeps_its_bits():
    scenario = cm.loads(EVERYTHING)
    whole = cm.simulate(scenario, patients=24, every=ODD, threads=1, chunk=24)
    other = cm.simulate(scenario, patients=24, every=ODD, threads=2, chunk=5)
    assert same_bits(whole, other)
    assert 0 < whole.table["intrinsic_carrier"].sum() < 24


def test_plans_do_not_depend_on_which_exposure_came_first():
    """Spans a rounding apart share one plan, so it may follow from neither of them."""
    model = compile_model(two_lines())
    drug, multiple = np.array([0]), np.array([1.0])
    exposures = [
        Exposure(day, day + ODD, Dosing(drug, np.array([-day]), np.array([np.inf]), multiple))
        for day in (0.0, 36 * ODD)
    ]
    assert np.diff([exposures[1].begin, exposures[1].end]) != ODD
    first, second = Branching(model), Branching(model)
    nothing = np.zeros(2)
    second.plan(exposures[1], nothing)
    plans = (first.plan(exposures[0], nothing), second.plan(exposures[0], nothing))
    for one, other in zip(plans[0][0], plans[1][0], strict=True):
        assert one.tobytes() == other.tobytes()
