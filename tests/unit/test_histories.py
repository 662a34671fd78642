"""Here: dose histories joined into levels, pieces and peaks, for groups of patients.

Not here: closed forms of levels (``test_pharmacokinetics``), who decides (``test_policies``).
"""

import numpy as np
import pytest

from countermove.model import course_of
from countermove.treatment import Histories
from small_scenarios import scenario

DRUGS = """drugs:
  A: {kill: 0.1}
  K: {kill: 0.1, levels: {kind: one_compartment, dose: 8, every: 2, half_life: 1}}
  P: {kill: 0.1, levels: {kind: pulsed, level: 5, on: 3, off: 4}}
"""


def histories(patients: int = 1, start: float = 0.0) -> Histories:
    return Histories([course_of(d) for d in scenario(DRUGS).drugs.values()], patients, start)


def alone(found: Histories, begin: float, end: float):
    ((exposure, chosen),) = found.exposures(begin, end)
    assert chosen.tolist() == list(range(found.group.size))
    return exposure


def one(*doses: float) -> np.ndarray:
    return np.array([doses])


def test_pieces_cover_the_stretch_and_hold_the_level_of_their_middle():
    found = histories()
    found.give(0.0, one(1, 1, 1))
    exposure = alone(found, 0.0, 10.0)
    assert exposure.edges[0] == 0.0
    assert exposure.edges[-1] == 10.0
    assert (np.diff(exposure.edges) > 0).all()
    for day in (2, 3, 4, 6, 7, 8):  # doses of K, both edges of the pulses of P
        assert np.abs(exposure.edges - day).min() < 1e-9
    middle = (exposure.edges[1:] + exposure.edges[:-1]) / 2
    assert (exposure.levels[:, 0] == np.inf).all()
    expected = sum(8 * np.exp(-np.log(2) * (middle - d)) * (middle >= d) for d in range(0, 10, 2))
    assert exposure.levels[:, 1] == pytest.approx(expected)
    assert exposure.levels[:, 2].tolist() == [5 * (m % 7 < 3) for m in middle]


def test_what_is_left_of_an_earlier_stretch_adds_to_the_next():
    found = histories()
    for day, dose in ((0.0, 1), (3.0, 0), (5.0, 0.5)):
        found.give(day, one(0, dose, 0))
        exposure = alone(found, day, day + {0.0: 3, 3.0: 2, 5.0: 4}[day])
    middle = (exposure.edges[1:] + exposure.edges[:-1]) / 2

    def left(day, dose):
        return dose * np.exp(-np.log(2) * (middle - day)) * (middle >= day)

    expected = left(0, 8) + left(2, 8) + left(5, 4) + left(7, 4)
    assert exposure.levels[:, 1] == pytest.approx(expected)
    assert exposure.levels[:, 0].tolist() == [0.0] * middle.size


def test_the_same_dose_given_again_does_not_start_the_doses_anew():
    one_go, again = histories(), histories()
    one_go.give(0.0, one(0, 1, 1))
    whole = alone(one_go, 0.0, 9.0)
    for day in (0.0, 3.0, 4.5):
        again.give(day, one(0, 1, 1))
    last = alone(again, 4.5, 9.0)
    same = whole.between(4.5, 9.0)
    assert last.levels == pytest.approx(same.levels)
    assert last.edges == pytest.approx(same.edges)


def test_another_drug_coming_and_going_leaves_the_doses_of_the_first_alone():
    plain, busy = histories(), histories()
    plain.give(0.0, one(0, 1, 0))
    busy.give(0.0, one(1, 1, 0))
    busy.give(3.0, one(0, 1, 0))
    busy.give(3.5, one(1, 1, 0))
    assert busy.members[0].stretches(0) == [(0.0, 3.0, 1.0), (3.5, np.inf, 1.0)]
    assert busy.members[0].stretches(1) == plain.members[0].stretches(1) == [(0.0, np.inf, 1.0)]


def test_peaks_are_the_highest_levels_so_far_and_never_fall():
    found = histories()
    found.give(0.0, one(0, 1, 1))
    first = alone(found, 0.0, 3.0)
    assert first.peak[-1].tolist() == pytest.approx(first.levels.max(axis=0))
    found.give(3.0, one(0, 0, 0))
    last = alone(found, 3.0, 30.0)
    assert (last.peak == first.peak[-1]).all()
    assert last.levels[-1].tolist() == [0, 0, 0]
    assert found.peaks()[0].tolist() == first.peak[-1].tolist()


def test_a_stopped_saturating_drug_is_gone_at_once():
    found = histories()
    found.give(0.0, one(1, 0, 0))
    alone(found, 0.0, 5.0)
    found.give(5.0, one(0, 0, 0))
    exposure = alone(found, 5.0, 9.0)
    assert (exposure.levels == 0).all()
    assert exposure.peak[-1].tolist() == [np.inf, 0, 0]


@pytest.mark.parametrize(
    ("begin", "treated"), [(0.0, False), (19.9, False), (20.0, True), (30, True)]
)
def test_treatment_counts_as_started_from_its_start(begin, treated):
    found = histories(start=20.0)
    found.give(begin, one(0, 0, 0))
    assert alone(found, begin, begin + 0.1).treated is treated


def test_patients_part_when_doses_differ_and_each_keeps_its_own_past():
    found = histories(patients=4)
    found.give(0.0, np.array([[1, 0, 0]] * 4))
    assert len(found.exposures(0.0, 2.0)) == 1
    found.give(2.0, np.array([[1, 0, 0], [0, 0, 0], [0, 1, 0], [1, 0, 0]]))
    groups = {tuple(chosen.tolist()): exposure for exposure, chosen in found.exposures(2.0, 4.0)}
    assert set(groups) == {(0, 3), (1,), (2,)}
    assert groups[(0, 3)].levels[0].tolist() == [np.inf, 0, 0]
    assert groups[(2,)].levels[0, 0] == 0.0
    found.give(4.0, np.zeros((4, 3)))  # the same doses again, but not the same past
    groups = {tuple(chosen.tolist()): exposure for exposure, chosen in found.exposures(4.0, 5.0)}
    assert set(groups) == {(0, 3), (1,), (2,)}
    assert groups[(1,)].levels.max() == 0.0
    assert groups[(2,)].levels[0, 1] == pytest.approx(2.0, rel=0.1)
    assert found.peaks()[:, 0].tolist() == [np.inf] * 4
    assert (found.peaks()[:, 1] > 0).tolist() == [False, False, True, False]


def test_part_of_an_exposure_keeps_its_levels():
    found = histories()
    found.give(0.0, one(0, 1, 1))
    whole = alone(found, 0.0, 10.0)
    for begin, end in ((0.0, 10.0), (1.03, 7.77), (2.0, 2.01), (9.0, 10.0)):
        part = whole.between(begin, end)
        assert (part.edges[0], part.edges[-1]) == (begin, end)
        assert (np.diff(part.edges) > 0).all()
        middle = (part.edges[1:] + part.edges[:-1]) / 2
        where = np.searchsorted(whole.edges, middle) - 1
        assert (part.levels == whole.levels[where]).all()
        assert (part.peak == whole.peak[where]).all()
