"""Here: the mean-field engine against independently written equations, closed forms and itself.

Not here: published numbers (see ``tests/reference/test_mean_field_published.py``).
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from countermove.engines import mean_field
from countermove.engines.branching import Branching
from countermove.engines.contract import Engine, Founding
from countermove.engines.mean_field import carrying
from countermove.foundation.errors import ScenarioError
from countermove.model import compile_model, with_origins
from countermove.scenario import loads
from support.given_levels import GivenLevels, TakesLevels

NOTHING = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
HEAD = "countermove: 1\nname: test\ntreatment: {policy: none}\nfollow_up: 1 year\n"
ONE = "tumor: {birth: 0.2, death: 0, start: {cells: 1000}, growth: {law: logistic, capacity: 1e6}}"


class MeanField(TakesLevels, mean_field.MeanField):
    """The engine, for levels given outright."""


def model_of(text):
    return compile_model(loads(HEAD + text))


def constant(days, *levels, treated=True):
    rows = np.array([levels], dtype=float).reshape(1, -1)
    return GivenLevels(np.array([0.0, days]), rows, treated)


def schedule(days, rows):
    rows = np.asarray(rows, dtype=float)
    return GivenLevels(np.arange(len(rows) + 1) * days, rows)


STATES = """
tumor:
  birth: 0.14
  death: 0.09
  growth: {law: gompertz, capacity: 1e10, acts_on: death}
  start: {cells: 1000}
drugs:
  A: {kill: 0.3, stop: 0.4, levels: 1}
alterations:
  R: {mechanism: target, drug: A, rate: 1e-5, cost: 0.1, fold: 20}
states:
  dormant: {enter: 0.02, leave: 0.05, birth: 0.1, death: 0.5, protection: 0.9,
            enter_under: {A: 0.08}}
"""


def states_slope(_, n, level):
    """The equations of the scenario STATES, written out; types S, S dormant, R, R dormant."""
    crowd = min(1.0, max(0.0, 1.0 - np.log(max(n.sum(), 1.0)) / np.log(1e10)))
    dn = np.zeros(4)
    for g, (cost, fold) in enumerate([(1.0, 1.0), (0.9, 20.0)]):
        bound = level / (level + fold)
        for s, (birth, death, spared) in enumerate([(1.0, 1.0, 1.0), (0.1, 0.5, 0.1)]):
            k = 2 * g + s
            b = 0.14 * cost * birth * (1.0 - 0.4 * bound)
            d = 0.09 * death + 0.3 * bound * spared + 0.05 * (1.0 - crowd)
            mutates = 1e-5 if g == 0 else 0.0
            dn[k] += (b * (1.0 - mutates) - d) * n[k]
            if g == 0:
                dn[k + 2] += b * mutates * n[k]
        flow = (0.02 + 0.08 * bound) * n[2 * g] - 0.05 * n[2 * g + 1]
        dn[2 * g] -= flow
        dn[2 * g + 1] += flow
    return dn


NICHES = """
tumor:
  birth: 0.3
  death: 0.1
  growth: {law: logistic, capacity: 1e9, acts_on: birth}
  start: {cells: 1000}
drugs:
  A: {kill: 0.5, cycle_specific: true, levels: 1}
  B: {kill: 0.2, levels: 1}
alterations:
  R: {mechanism: target, drug: A, rate: 1e-4}
niches:
  brain: {penetration: 0.2, exchange: 0.003, back: 0.01, capacity: 1e7}
"""


def niches_slope(_, n, a, b):
    """The equations of the scenario NICHES; types S bulk, S brain, R bulk, R brain."""
    dn = np.zeros(4)
    for place, (reach, room) in enumerate([(1.0, 1e9), (0.2, 1e7)]):
        crowd = max(0.0, 1.0 - (n[place] + n[2 + place]) / room)
        for g in range(2):
            k = 2 * g + place
            birth = 0.3 * crowd
            bound = 0.0 if g else a * reach / (a * reach + 1.0)
            kill = 0.5 * bound * birth / 0.3 + 0.2 * b * reach / (b * reach + 1.0)
            mutates = 0.0 if g else 1e-4
            dn[k] += (birth * (1.0 - mutates) - 0.1 - kill) * n[k]
            if g == 0:
                dn[k + 2] += birth * mutates * n[k]
    for g in range(2):
        flow = 0.003 * n[2 * g] - 0.01 * n[2 * g + 1]
        dn[2 * g] -= flow
        dn[2 * g + 1] += flow
    return dn


def independent(slope, cells, exposure):
    for piece, levels in enumerate(exposure.levels):
        span = exposure.edges[piece : piece + 2]
        found = solve_ivp(
            slope, span, cells, args=tuple(levels), method="DOP853", rtol=1e-11, atol=1e-9
        )
        cells = found.y[:, -1]
    return cells


CASES = {
    "states": (STATES, states_slope, [[2.0], [0.0], [5.0], [0.5]], [1e8, 1e5, 10.0, 0.0]),
    "niches": (NICHES, niches_slope, [[3, 0], [0, 0], [1, 4], [0, 2]], [1e8, 1e6, 10.0, 0.0]),
}


@pytest.mark.parametrize("case", CASES)
def test_trajectories_follow_equations_written_independently(case):
    text, slope, rows, cells = CASES[case]
    exposure = schedule(17.0, rows)
    found = MeanField(model_of(text)).trajectory(np.array(cells), exposure, exposure.edges[-1:])
    assert found[0] == pytest.approx(independent(slope, np.array(cells), exposure), rel=3e-7)


def test_the_check_above_would_notice_a_crowding_factor_left_out_of_cycle_specific_killing():
    text, slope, rows, cells = CASES["niches"]
    exposure = schedule(17.0, rows)
    plain = text.replace(", cycle_specific: true", "")
    found = MeanField(model_of(plain)).trajectory(np.array(cells), exposure, exposure.edges[-1:])
    gap = found[0] / independent(slope, np.array(cells), exposure) - 1.0
    assert np.abs(gap).max() > 0.01


def test_logistic_growth_is_the_closed_form():
    times = np.linspace(0.0, 100.0, 41)
    found = MeanField(model_of(ONE)).trajectory(np.array([1e3]), constant(100.0), times)[:, 0]
    assert found == pytest.approx(1e6 / (1.0 + 999.0 * np.exp(-0.2 * times)), rel=1e-7)


def test_without_crowding_the_mean_is_the_matrix_exponential():
    text = STATES.replace("growth: {law: gompertz, capacity: 1e10, acts_on: death}", "")
    model = model_of(text)
    bound = np.array([2 / 3, 2 / 3, 2 / 22, 2 / 22])
    birth = 0.14 * np.array([1, 0.1, 0.9, 0.09]) * (1 - 0.4 * bound)
    death = 0.09 * np.array([1, 0.5, 1, 0.5]) + 0.3 * bound * np.array([1, 0.1, 1, 0.1])
    rate = np.diag(birth - death)
    for k in (0, 1):
        rate[k, k] -= 1e-5 * birth[k]
        rate[k + 2, k] += 1e-5 * birth[k]
    for k in (0, 2):
        enter = 0.02 + 0.08 * bound[k]
        rate[k, k] -= enter
        rate[k + 1, k] += enter
        rate[k, k + 1] += 0.05
        rate[k + 1, k + 1] -= 0.05
    start = np.array([1e9, 0.0, 0.0, 1.0])
    found = MeanField(model).trajectory(start, constant(90.0, 2.0), np.array([90.0]))[0]
    assert found == pytest.approx(expm(rate * 90.0) @ start, rel=1e-6)


def test_origins_leave_the_mean_as_it_is():
    exposure = schedule(17.0, [[2.0], [0.0], [5.0]])
    model = model_of(STATES)
    split = with_origins(model)
    cells = np.zeros(split.types)
    cells[:2] = [1e8, 1e5]
    whole = MeanField(model).trajectory(np.array([1e8, 1e5, 0, 0]), exposure, np.array([51.0]))[0]
    parts = MeanField(split).trajectory(cells, exposure, np.array([51.0]))[0]
    place = 2 * split.genotype + split.state
    assert np.bincount(place, parts) == pytest.approx(whole, rel=1e-6)


def test_moves_alone_keep_every_cell():
    model = model_of(STATES)
    own = model.parameters
    nothing = {name: np.zeros_like(getattr(own, name)) for name in ("birth", "death", "kill")}
    growth = own.growth * [1.0, 1.0, 1.0, 0.0]
    still = replace(model, parameters=own._replace(growth=growth, **nothing))
    times = np.linspace(0.0, 300.0, 31)
    cells = MeanField(still).trajectory(np.array([1e9, 0, 5.0, 0]), constant(300.0, 2.0), times)
    assert cells[:, :2].sum(axis=1) == pytest.approx(1e9, rel=1e-7)
    assert cells[:, 2:].sum(axis=1) == pytest.approx(5.0, rel=1e-7)
    assert cells[-1, 1] > 1e8


def test_levels_in_pieces_much_finer_than_the_dynamics_are_followed():
    rng = np.random.default_rng(3)
    rows = rng.uniform(0.0, 6.0, (600, 1))
    fine = schedule(0.1, rows)
    cells = np.array([1e8, 1e5, 10.0, 0.0])
    found = MeanField(model_of(STATES)).trajectory(cells, fine, fine.edges[-1:])[0]
    assert found == pytest.approx(independent(states_slope, cells, fine), rel=1e-6)


FAST = """
tumor: {birth: 0.1, death: 0.02, start: {cells: 1000},
        growth: {law: logistic, capacity: 1e9, acts_on: birth}}
states:
  dormant: {enter: 1.0e4, leave: 3.0e4, birth: 0, death: 1}
"""


def test_switching_at_ten_thousand_a_day_is_handed_to_an_implicit_method(monkeypatch):
    asked = []

    def spy(*arguments):
        asked.append(arguments[3])
        return inner(*arguments)

    inner = carrying.integrate
    monkeypatch.setattr(carrying, "integrate", spy)
    model = model_of(FAST)
    times = np.array([50.0, 200.0])
    found = MeanField(model).trajectory(np.array([1e6, 0.0]), constant(200.0), times)
    # three quarters of the cells divide: dN/dt = (.075 (1 - N/K) - .02) N
    rate, room = 0.055, 1e9 * 0.055 / 0.075
    expected = room / (1.0 + (room / 1e6 - 1.0) * np.exp(-rate * times))
    assert found.sum(axis=1) == pytest.approx(expected, rel=1e-4)
    assert found[:, 1] == pytest.approx(0.25 * expected, rel=1e-4)
    assert len(asked) == 1


@pytest.mark.filterwarnings("ignore::countermove.foundation.ScenarioWarning")
def test_counts_stay_positive_under_killing_of_fifty_a_day():
    text = """
tumor: {birth: 0.14, death: 0.13, start: {cells: 1000}}
drugs: {A: {kill: 50}}
alterations: {R: {mechanism: target, drug: A, rate: 1e-6}}
"""
    times = np.linspace(0.0, 60.0, 601)
    cells = MeanField(model_of(text)).trajectory(
        np.array([1e12, 0.0]), constant(60.0, np.inf), times
    )
    assert cells.min() >= 0.0
    decay = 0.14 * (1 - 1e-6) - 50.13
    assert cells[:5, 0] == pytest.approx(1e12 * np.exp(decay * times[:5]), rel=1e-6)
    made = 1e12 * 0.14e-6 * (np.exp(0.01 * 60.0) - np.exp(decay * 60.0)) / (0.01 - decay)
    assert cells[-1, 1] == pytest.approx(made, rel=1e-6)


def test_a_patient_does_not_depend_on_who_sits_beside():
    engine = MeanField(model_of(STATES))
    cells = np.random.default_rng(5).uniform(1.0, 1e9, (37, 4))
    exposure = schedule(17.0, [[2.0], [0.0], [5.0]])
    founding = Founding(np.zeros(37, np.int64), np.zeros(37), cells, NOTHING)
    together = engine.start(founding, seed=1, first=0)
    engine.advance(together, exposure, np.arange(37))
    for patient in (0, 16, 36):
        alone = engine.start(founding, seed=9, first=5)
        engine.advance(alone, exposure, np.array([patient]))
        assert np.array_equal(alone.cells[patient], together.cells[patient])
        assert np.array_equal(np.delete(alone.cells, patient, 0), np.delete(cells, patient, 0))


def test_advancing_in_two_goes_ends_where_one_go_ends():
    engine = MeanField(model_of(STATES))
    exposure = schedule(17.0, [[2.0], [0.0], [5.0]])
    founding = Founding(
        np.zeros(1, np.int64), np.zeros(1), np.array([[1e8, 1e5, 10.0, 0.0]]), NOTHING
    )
    once, twice = (engine.start(founding, seed=1, first=0) for _ in range(2))
    engine.advance(once, exposure, np.arange(1))
    engine.advance(twice, exposure.between(0.0, 23.0), np.arange(1))
    engine.advance(twice, exposure.between(23.0, 51.0), np.arange(1))
    assert twice.cells == pytest.approx(once.cells, rel=1e-7)


def test_times_may_repeat_and_include_both_ends():
    engine = MeanField(model_of(STATES))
    exposure = schedule(17.0, [[2.0], [0.0]])
    cells = np.array([[1e8, 1e5, 10.0, 0.0], [1e7, 0.0, 0.0, 0.0]])
    found = engine.trajectory(cells, exposure, np.array([0.0, 0.0, 17.0, 20.0, 34.0, 34.0]))
    assert np.array_equal(found[:, 0], cells)
    assert np.array_equal(found[:, 4], found[:, 5])
    half = engine.trajectory(cells, exposure.between(0.0, 20.0), np.array([20.0]))
    assert found[:, 3] == pytest.approx(half[:, 0], rel=1e-7)


@pytest.mark.parametrize("times", [[-1.0], [35.0], [3.0, 2.0]])
def test_times_outside_or_falling_are_refused(times):
    engine = MeanField(model_of(STATES))
    with pytest.raises(ScenarioError, match="times: got"):
        engine.trajectory(np.ones(4), schedule(17.0, [[2.0], [0.0]]), np.array(times))


@pytest.mark.parametrize("rtol", [0.0, 1.0, float("nan")])
def test_a_tolerance_out_of_reach_is_refused(rtol):
    with pytest.raises(ScenarioError, match=r"engine\.rtol"):
        MeanField(model_of(ONE), rtol=rtol)


GROWN = """
tumor: {birth: 0.14, death: 0.13, diagnosed_at: 1e9 cells}
drugs: {A: {kill: 0.04}}
alterations: {R: {mechanism: target, drug: A, rate: 1e-7}}
"""


def grown_from(text, sizes, **more):
    sizes = np.array(sizes, dtype=float)
    founding = Founding(np.zeros(sizes.size, np.int64), sizes, None, NOTHING, **more)
    engine: Engine = MeanField(model_of(text))
    return engine.start(founding, seed=1, first=0)


def test_a_grown_tumor_has_its_size_and_the_surviving_mean_of_mutants():
    population = grown_from(GROWN, [1e9, 5.0, 1e9, 1e6])
    assert population.cells.sum(axis=1) == pytest.approx([1e9, 5.0, 1e9, 1e6], rel=1e-12)
    age = np.log(np.array([1e9, 1e6]) / 14.0) / 0.01
    assert population.age[[0, 3]] == pytest.approx(age, rel=1e-8)
    assert population.age[1] == 0.0
    mutants = 1.0 - np.exp(-1e-7 * 0.14 * age)
    assert population.cells[[0, 3], 1] == pytest.approx(mutants * [1e9, 1e6], rel=1e-6)


def test_intrinsic_conversion_then_scatter_move_expected_shares():
    founding = Founding(
        np.zeros(2, np.int64),
        np.zeros(2),
        np.array([[1000.0, 0.0, 0.0, 0.0], [1000.0, 0.0, 0.0, 0.0]]),
        (np.array([0, 2]), np.array([1, 3]), np.array([[0.1, 0.2]])),
        convert=np.array([False, True]),
        conversion=(np.array([0]), np.array([2]), np.array([[0.25]])),
    )
    cells = MeanField(model_of(STATES)).start(founding, seed=1, first=0).cells
    assert cells[0] == pytest.approx([900.0, 100.0, 0.0, 0.0])
    assert cells[1] == pytest.approx([675.0, 75.0, 200.0, 50.0])


def test_a_tumor_that_crowding_stops_below_its_size_is_refused():
    text = GROWN.replace("1e9 cells}", "1e9 cells, growth: {law: logistic, capacity: 1e10}}")
    with pytest.raises(ScenarioError, match=r"tumor\.diagnosed_at.*7\.14.*e\+08"):
        grown_from(text, [1e9])


def test_growth_beyond_all_numbers_stays_finite():
    text = GROWN.replace("birth: 0.14, death: 0.13", "birth: 1.5, death: 0")
    times = np.array([100.0, 3000.0])
    cells = MeanField(model_of(text)).trajectory(np.array([1e9, 0.0]), constant(3000.0, 0.0), times)
    assert cells[0].sum() == pytest.approx(1e9 * np.exp(150.0), rel=1e-6)
    assert np.all(np.isfinite(cells))
    assert cells[1].sum() >= 1e200


def _ratio_of_branching(case, leap, days=17.0):
    """Ratio of the mean of 16 branching patients to the mean field, and its standard error."""
    text, _, rows, _ = CASES[case]
    model = model_of(text.replace("cycle_specific: true, ", ""))
    cells = np.tile([1e8, 1e6, 2e7, 3e6], (16, 1))
    founding = Founding(np.zeros(16, np.int64), np.zeros(16), cells, NOTHING)
    ends = []
    for engine in (MeanField(model), Branching(model, longest_leap=leap)):
        population = engine.start(founding, seed=1, first=0)
        engine.advance(population, schedule(days, rows).of(model), np.arange(16))
        ends.append(population.cells)
    ratio = ends[1] / ends[0]
    return ratio.mean(axis=0), ratio.std(axis=0) / 4.0


@pytest.mark.statistical
@pytest.mark.parametrize("case", CASES)
def test_many_branching_cells_follow_the_mean(case):
    # five standard errors: false alarm below 1e-5 in eight comparisons; .003 is left to splitting
    mean, error = _ratio_of_branching(case, 0.02)
    assert np.all(np.abs(mean - 1.0) < 5.0 * error + 0.003)


@pytest.mark.statistical
def test_the_check_above_would_notice_cells_that_live_two_percent_longer():
    mean, error = _ratio_of_branching("states", 0.02, days=17.0)
    assert np.any(np.abs(1.02 * mean - 1.0) > 5.0 * error + 0.003)
