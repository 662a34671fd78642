"""The engine `branching` against an independent exact simulation, in full distribution.

Here: competition on birth and on death, switching with entry under a drug, niches, pulsed drugs,
mechanisms; from few cells (single events) and from hundreds (leaps). Not here: closed forms (see
``test_branching_against_exact``).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from countermove.model import CompiledModel
from support.engine_runs import compiled, counts_over_time, exposure, given, same_course
from support.given_levels import GivenLevels
from support.helpers import FALSE_ALARM
from support.ssa import Process, process, simulate

pytestmark = pytest.mark.statistical
SEED = 20261123
ON = np.inf


@dataclass(frozen=True)
class Case:
    """A scenario, its own rates written out by hand, and where it starts."""

    model: CompiledModel
    rates: Process
    course: GivenLevels
    times: tuple[float, ...]
    few: tuple[int, ...]
    many: tuple[int, ...]


def competition(acts_on: str, law: str = "logistic") -> Case:
    """One type near its capacity, high turnover."""
    model = compiled(
        f"birth: 0.3, death: 0.1, start: {{cells: 5}}, "
        f"growth: {{law: {law}, capacity: 900 cells, acts_on: {acts_on}}}",
        "drugs: {A: {kill: 0.1}}",
    )
    rates = process(
        [60], [0.3], [0.1], law=(law,), capacity=(900.0,), on_birth=acts_on == "birth", added=0.2
    )
    return Case(model, rates, exposure([0, 60], [[0]]), (8, 25, 60), (5,), (250,))


def overfull() -> Case:
    """Half again the capacity, where crowding adds to death: the surplus dies off."""
    model = compiled(
        "birth: 0.3, death: 0.1, start: {cells: 5}, "
        "growth: {law: logistic, capacity: 400 cells, acts_on: death}",
        "drugs: {A: {kill: 0.1}}",
    )
    rates = process(
        [40], [0.3], [0.1], law=("logistic",), capacity=(400.0,), on_birth=False, added=0.2
    )
    return Case(model, rates, exposure([0, 40], [[0]]), (4, 12, 40), (60,), (600,))


def switching() -> Case:
    """Cycling cells killed by a drug that drives them into a protected state; on, then off."""
    model = compiled(
        "birth: 0.3, death: 0.2, start: {cells: 5}",
        "drugs: {A: {kill: 0.4}}",
        "states: {persister: {enter: 0.01, enter_under: {A: 0.15}, leave: 0.1, "
        "held_by: {A: 0.8}, birth: 0.1, death: 0.25, protection: 0.9}}",
    )
    rates = process(
        [15, 40],
        [0.3, 0.03],
        [[0.6, 0.05 + 0.04], [0.2, 0.05]],
        moves=[(0, 1, np.array([0.16, 0.01])), (1, 0, np.array([0.1 * 0.2, 0.1]))],
    )
    course = exposure([0, 15, 40], [[ON], [0]])
    return Case(model, rates, course, (6, 15, 40), (12, 6), (600, 100))


def rare_switching() -> Case:
    """Rare entry into a protected state under a strong kill: selection is fast, moves are not."""
    model = compiled(
        "birth: 0.1, death: 0.1, start: {cells: 5}",
        "drugs: {A: {kill: 0.5}}",
        "states: {persister: {enter_under: {A: 0.003}, leave: 0.002, birth: 0.01, death: 0.01, "
        "protection: 1}}",
    )
    rates = process([30], [0.1, 0.001], [0.6, 0.001], moves=[(0, 1, 0.003), (1, 0, 0.002)])
    return Case(model, rates, exposure([0, 30], [[ON]]), (5, 30), (40, 0), (4000, 0))


def niches() -> Case:
    """Bulk and a sanctuary with its own capacity, exchange both ways, partial penetration."""
    model = compiled(
        "birth: 0.3, death: 0.1, start: {cells: 5}",
        "drugs: {A: {kill: 0.5, ec50: 1 uM, hill: 2, levels: 3 uM}}",
        "niches: {brain: {penetration: 0.3, shelter: 0.5, capacity: 300 cells, exchange: 0.02, "
        "back: 0.05}}",
    )
    bulk, brain = 0.5 * 9 / 10, 0.5 * 0.5 * 0.81 / 1.81
    rates = process(
        [30],
        [0.3, 0.3],
        [0.1 + bulk, 0.1 + brain],
        moves=[(0, 1, 0.02), (1, 0, 0.05)],
        place=[0, 1],
        law=("exponential", "logistic"),
        capacity=(1.0, 300.0),
    )
    return Case(model, rates, exposure([0, 30], [[3.0]]), (5, 30), (10, 5), (500, 200))


def pulsed() -> Case:
    """Two drugs in turn, 3 days each, on a tumor with frequent resistance to each."""
    model = compiled(
        "birth: 0.3, death: 0.15, start: {cells: 5}",
        "drugs: {A: {kill: 0.5}, B: {stop: 0.9}}",
        "alterations:\n"
        "  rA: {mechanism: target, drug: A, rate: 0.02, cost: 0.1}\n"
        "  rB: {mechanism: target, drug: B, rate: 0.01}",
    )
    death, birth = [], []
    for turn in range(8):
        killed = turn % 2 == 0
        death.append([0.15 + 0.5 * killed, 0.15, 0.15 + 0.5 * killed, 0.15])
        slow = 1.0 if killed else 0.1
        birth.append([0.3 * slow, 0.27 * slow, 0.3, 0.27])
    ends = 3.0 * np.arange(1, 9)
    rates = process(
        ends, birth, death, mutation=[(0, 1, 0.02), (0, 2, 0.01), (1, 3, 0.01), (2, 3, 0.02)]
    )
    levels = [[ON, 0] if turn % 2 == 0 else [0, ON] for turn in range(8)]
    course = exposure(np.concatenate([[0], ends]), levels)
    return Case(model, rates, course, (4.5, 12, 24), (8, 1, 1, 0), (900, 50, 50, 10))


def graded_efflux() -> Case:
    """Three levels of one pump between a cell and two drugs, in a crowded tumor."""
    model = compiled(
        "birth: 0.4, death: 0.1, start: {cells: 5}, "
        "growth: {law: gompertz, capacity: 3000 cells, acts_on: death}",
        "drugs:\n"
        "  A: {kill: 0.6, ec50: 1 uM, levels: 4 uM, substrate_of: [ABCB1]}\n"
        "  B: {stop: 0.5, ec50: 2 uM, levels: 6 uM, hill: 2, substrate_of: [ABCB1]}",
        "alterations:\n"
        "  mdr: {mechanism: efflux, pump: ABCB1, retention: 0.3, levels: 2, rate: 0.05}",
    )
    kept = 0.3 ** np.arange(3.0)
    kill = 0.6 * 4 * kept / (4 * kept + 1)
    stop = 0.5 * (3 * kept) ** 2 / ((3 * kept) ** 2 + 1)
    rates = process(
        [30], 0.4 * (1 - stop), 0.1 + kill, mutation=[(0, 1, 0.05), (1, 2, 0.05)],
        law=("gompertz",), capacity=(3000.0,), on_birth=False, added=0.3,
    )  # fmt: skip
    return Case(model, rates, exposure([0, 30], [[4.0, 3.0]]), (6, 30), (6, 2, 1), (400, 50, 20))


CASES = {
    "logistic on birth": lambda: competition("birth"),
    "logistic on death": lambda: competition("death"),
    "gompertz on birth": lambda: competition("birth", "gompertz"),
    "above capacity": overfull,
    "switching": switching,
    "rare switching": rare_switching,
    "niches": niches,
    "pulsed": pulsed,
    "graded efflux": graded_efflux,
}


@cache
def made(name: str) -> Case:
    return CASES[name]()


@cache
def theirs_of(name: str, start: tuple[int, ...], patients: int) -> np.ndarray:
    """The simulation, once for a check and its companion."""
    case = made(name)
    return simulate(case.rates, start, np.array(case.times, dtype=float), patients, SEED)


def p_value(name: str, start: tuple[int, ...], patients: tuple[int, int], *, slower=1.0) -> float:
    """p-value of engine against simulation; ``slower`` spoils the engine's clock."""
    case = made(name)
    model, course, times = case.model, case.course, np.array(case.times, dtype=float)
    if slower != 1.0:
        course = GivenLevels(course.edges * slower, course.levels, course.treated)
    ours = counts_over_time(model, given(start, patients[0]), course, times * slower, seed=SEED)
    return same_course(ours, theirs_of(name, start, patients[1]))


@pytest.mark.parametrize("name", CASES)
def test_few_cells_agree_in_distribution(name):
    case = made(name)
    assert p_value(name, case.few, (4000, 2000)) > FALSE_ALARM


@pytest.mark.parametrize("name", CASES)
def test_hundreds_of_cells_agree_in_distribution(name):
    case = made(name)
    assert sum(case.many) >= 250  # leaps, not single events
    assert p_value(name, case.many, (4000, 1000)) > FALSE_ALARM


@pytest.mark.parametrize("name", CASES)
def test_the_checks_above_would_notice_a_clock_three_tenths_slow(name):
    case = made(name)
    assert p_value(name, case.many, (4000, 1000), slower=1.3) < FALSE_ALARM


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_many_patients_agree_in_distribution(name):
    case = made(name)
    assert p_value(name, case.many, (20_000, 8_000)) > FALSE_ALARM
