"""Here: dose histories joined into levels, pieces and peaks, for groups of patients.

Not here: closed forms of levels (``test_pharmacokinetics``), who decides (``test_policies``).
"""

from dataclasses import dataclass

import numpy as np
import pytest

from countermove.model import compile_model
from countermove.model.sampled import sampled_levels
from countermove.treatment import Histories
from support.given_levels import GivenLevels
from support.small_scenarios import scenario

DRUGS = """drugs:
  A: {kill: 0.1}
  K: {kill: 0.1, levels: {kind: one_compartment, dose: 8, every: 2, half_life: 1}}
  P: {kill: 0.1, levels: {kind: pulsed, level: 5, on: 3, off: 4}}
"""


class Followed(Histories):
    """Histories whose exposures are looked at as levels, with the highest so far."""

    def __init__(self, drugs: str, patients: int, start: float) -> None:
        self.model = compile_model(scenario(drugs))
        super().__init__(len(self.model.drugs), patients, start)
        self.highest = np.zeros((patients, len(self.model.drugs)))

    def levels(self, begin: float, end: float):
        found = []
        for exposure, chosen in self.exposures(begin, end):
            edges, levels, _ = sampled_levels(self.model, exposure, self.highest[chosen[0]])
            given = Sampled(edges + begin, levels, exposure.treated, self.highest[chosen[0]].copy())
            self.highest[chosen] = given.peak[-1]
            found.append((given, chosen))
        return found


@dataclass(frozen=True)
class Sampled(GivenLevels):
    """Sampled levels, after others."""

    before: np.ndarray | None = None

    @property
    def peak(self):
        return np.maximum.accumulate(np.vstack([self.before, self.levels]), axis=0)[1:]


def histories(patients: int = 1, start: float = 0.0) -> Followed:
    return Followed(DRUGS, patients, start)


def alone(found: Followed, begin: float, end: float):
    ((given, chosen),) = found.levels(begin, end)
    assert chosen.tolist() == list(range(found.group.size))
    return given


def one(*doses: float) -> np.ndarray:
    return np.array([doses])


def of_kinetic(exposure) -> float:
    """Integral over time of the effect of K, which is half at a level of one."""
    level, days = exposure.levels[:, 1], np.diff(exposure.edges)
    return float((level / (1.0 + level)) @ days)


def falling(peak: float, days: float) -> float:
    """Integral of level / (1 + level) where the level starts at a peak and halves every day."""
    return np.log((1.0 + peak) / (1.0 + peak * 0.5**days)) / np.log(2.0)


def test_pieces_cover_the_stretch_break_at_doses_and_hold_constant_levels():
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
    assert exposure.levels[:, 2].tolist() == [5 * (m % 7 < 3) for m in middle]


def test_each_piece_of_a_moving_level_holds_one_that_it_passes_through():
    found = histories()
    found.give(0.0, one(0, 1, 0))
    exposure = alone(found, 0.0, 2.0)
    begin, end = 8 * 0.5 ** exposure.edges[:-1], 8 * 0.5 ** exposure.edges[1:]
    assert (exposure.levels[:, 1] < begin).all()
    assert (exposure.levels[:, 1] > end).all()


def test_pieces_integrate_the_effect_of_a_moving_level_and_their_middles_would_not():
    found = histories()
    found.give(0.0, one(0, 1, 0))
    exposure = alone(found, 0.0, 2.0)
    exact = falling(8.0, 2.0)
    assert of_kinetic(exposure) == pytest.approx(exact, rel=1e-6)
    middle = 8 * 0.5 ** ((exposure.edges[1:] + exposure.edges[:-1]) / 2)
    wrong = float((middle / (1 + middle)) @ np.diff(exposure.edges))
    assert abs(wrong - exact) > 1e-5 * exact


def test_a_level_that_does_not_move_is_one_piece():
    found = histories()
    found.give(0.0, one(1, 0, 0))
    assert alone(found, 0.0, 500.0).edges.tolist() == [0.0, 500.0]
    found.give(500.0, one(1, 0, 1))
    assert alone(found, 500.0, 507.0).edges.tolist() == [500.0, 503.0, 507.0]


def test_what_is_left_of_an_earlier_stretch_adds_to_the_next():
    found = histories()
    for day, dose in ((0.0, 1), (3.0, 0), (5.0, 0.5)):
        found.give(day, one(0, dose, 0))
        exposure = alone(found, day, day + {0.0: 3, 3.0: 2, 5.0: 4}[day])
    # 10 right after the second dose, 4 of the next added to what is left of them two days later
    left = 10.0 / 2**3
    first, second = left + 4.0, (left + 4.0) / 4.0 + 4.0
    exact = falling(first, 2.0) + falling(second, 2.0)
    assert of_kinetic(exposure) == pytest.approx(exact, rel=1e-6)
    assert exposure.levels[:, 0].tolist() == [0.0] * (exposure.edges.size - 1)


def test_levels_soon_after_the_last_dose_are_followed_closely_though_dosing_stopped():
    swift = """drugs:
  K: {kill: 0.1, levels: {kind: one_compartment, dose: 8, every: 21, half_life: 0.05}}
"""
    found = Followed(swift, 1, 0.0)
    area = 0.0
    for day, dose, end in ((0.0, 1, 0.01), (0.01, 0, 0.02), (0.02, 0, 9.0)):
        found.give(day, one(dose))
        exposure = alone(found, day, end)
        level = exposure.levels[:, 0]
        area += float((level / (1.0 + level)) @ np.diff(exposure.edges))
    assert area == pytest.approx(0.05 * falling(8.0, 9.0 / 0.05), rel=1e-4)


def test_the_same_dose_given_again_does_not_start_the_doses_anew():
    one_go, again = histories(), histories()
    one_go.give(0.0, one(0, 1, 1))
    whole = alone(one_go, 0.0, 9.0)
    for day in (0.0, 3.0, 5.0):
        again.give(day, one(0, 1, 1))
    last = alone(again, 5.0, 9.0)
    same = whole.between(5.0, 9.0)
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
    assert found.highest[0].tolist() == first.peak[-1].tolist()


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
    assert len(found.levels(0.0, 2.0)) == 1
    found.give(2.0, np.array([[1, 0, 0], [0, 0, 0], [0, 1, 0], [1, 0, 0]]))
    groups = {tuple(chosen.tolist()): exposure for exposure, chosen in found.levels(2.0, 4.0)}
    assert set(groups) == {(0, 3), (1,), (2,)}
    assert groups[(0, 3)].levels[0].tolist() == [np.inf, 0, 0]
    assert groups[(2,)].levels[0, 0] == 0.0
    found.give(4.0, np.zeros((4, 3)))  # the same doses again, but not the same past
    groups = {tuple(chosen.tolist()): exposure for exposure, chosen in found.levels(4.0, 5.0)}
    assert set(groups) == {(0, 3), (1,), (2,)}
    assert groups[(1,)].levels.max() == 0.0
    assert groups[(2,)].levels[0, 1] == pytest.approx(2.0, rel=0.1)
    assert found.highest[:, 0].tolist() == [np.inf] * 4
    assert (found.highest[:, 1] > 0).tolist() == [False, False, True, False]


def test_part_of_an_exposure_keeps_its_levels():
    found = histories()
    found.give(0.0, one(0, 1, 1))
    ((whole, _),) = found.exposures(0.0, 10.0)
    nothing = np.zeros(3)
    for begin, end in ((0.0, 10.0), (1.03, 7.77), (2.0, 2.01), (9.0, 10.0)):
        part = whole.between(begin, end)
        edges, levels, _ = sampled_levels(found.model, part, nothing)
        assert (part.begin, part.end) == (begin, end)
        assert (edges[0], edges[-1]) == pytest.approx((0.0, end - begin))
        assert (levels[:, 1] > 0.0).all()
        middle = begin + (edges[1:] + edges[:-1]) / 2
        assert levels[:, 2].tolist() == [5 * (m % 7 < 3) for m in middle]


STEADY = "drugs: {A: {kill: 0.1}, B: {kill: 0.1}, C: {kill: 0.1}}"


def grouped(peaks, *doses, drugs=DRUGS):
    """Patients of each call of an engine, on day 30, after doses on days 0, 10 and so on."""
    compiled = compile_model(scenario(drugs))
    own = Histories(3, 2, 0.0)
    for number, given in enumerate(doses):
        own.give(10.0 * number, np.array(given, dtype=float))
    found = own.together(30.0, 40.0, compiled, np.array(peaks, dtype=float))
    return sorted(chosen.tolist() for _, chosen in found)


def test_patients_whose_past_makes_no_difference_go_on_together():
    alike, now = [[1, 0, 0]] * 2, [[1, 0, 0], [1, 0, 0]]
    for drugs in (DRUGS, STEADY):
        assert grouped(alike, [[1, 0, 0], [0, 0, 0]], now, drugs=drugs) == [[0, 1]]
        assert grouped(alike, now, [[1, 0, 0], [2, 0, 0]], drugs=drugs) == [[0], [1]]
        peaks, given = [[1, 0, 0], [2, 0, 0]], [[1, 0, 0], [0, 0, 0]]
        assert grouped(peaks, given, now, drugs=drugs) == [[0], [1]]
    assert grouped(alike, [[0, 1, 0], [0, 0, 0]], now, drugs=STEADY) == [[0, 1]]
    # but not what is still there of a drug with a half-life
    assert grouped(alike, [[0, 1, 0], [0, 0, 0]], now) == [[0], [1]]
