"""The engine `branching` against closed forms and backward equations.

Here: extinction, first resistance, cure, survival of a clone, time to a size, Luria-Delbruck.
Not here: models with crowding, which have no such forms (see ``test_branching_against_ssa``).
"""

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq

from countermove.engines.branching import Branching
from support.engine_runs import compiled, counts_over_time, exposure, given, grown
from support.helpers import FALSE_ALARM

pytestmark = pytest.mark.statistical
SEED = 20261123
BIRTH, DEATH, KILL = 0.14, 0.13, 0.04
RESISTANT_TO_BOTH = 0.5346  # present at 1e9 cells, u = 1e-6: backward equations, performance.md
CURED = 0.6827  # no cell 3 years after 1e9, both drugs on, u = 1e-6
CLONE_SURVIVES = (1 - DEATH / BIRTH) / (1 - (DEATH / BIRTH) ** 1e4)  # reaches 1e4: gambler's ruin
DAYS_TO_1E9 = 1866.0  # mean, given survival
EULER = 0.5772156649015329


def two_drugs(mutation: float):
    """One lesion under two drugs, each resisted by one alteration."""
    return compiled(
        f"birth: {BIRTH}, death: {DEATH}, diagnosed_at: 1e9 cells",
        f"drugs: {{A: {{kill: {KILL}}}, B: {{kill: {KILL}}}}}",
        "combine: highest",
        f"alterations:\n"
        f"  rA: {{mechanism: target, drug: A, rate: {mutation}}}\n"
        f"  rB: {{mechanism: target, drug: B, rate: {mutation}}}",
    )


def resistant_and_cured(leap: float, patients: int, mutation: float = 1e-6):
    """Patients with doubly resistant cells at diagnosis, patients cured, and all ages."""
    model = two_drugs(mutation)
    engine = Branching(model, longest_leap=leap)
    population = engine.start(grown(1e9, patients), seed=SEED, first=0)
    both = model.type_names.index("rA + rB")
    resistant = int((population.cells[:, both] > 0).sum())
    age = population.age.copy()
    course = exposure([0, 3 * 365.25], [[np.inf, np.inf]])
    engine.advance(population, course.of(engine.model), np.arange(patients))
    return resistant, int((population.cells.sum(axis=1) == 0).sum()), age


def agrees(hits: int, patients: int, chance: float, resolution: float = 0.0) -> bool:
    """Whether a count is within chance, or within the resolution of a printed reference."""
    near = np.clip(hits / patients, chance - resolution, chance + resolution)
    return stats.binomtest(hits, patients, float(near)).pvalue > FALSE_ALARM


def test_resistance_and_cure_of_a_billion_cells_at_leaps_of_30_days():
    resistant, cured, _ = resistant_and_cured(30.0, 4000)
    assert agrees(resistant, 4000, RESISTANT_TO_BOTH, 5e-5)
    assert agrees(cured, 4000, CURED, 5e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("leap", "patients"), [(1.0, 8_000), (7.0, 30_000), (30.0, 60_000)])
def test_resistance_and_cure_do_not_depend_on_the_leap(leap, patients):
    resistant, cured, _ = resistant_and_cured(leap, patients)
    assert agrees(resistant, patients, RESISTANT_TO_BOTH, 5e-5)
    assert agrees(cured, patients, CURED, 5e-5)


def test_the_checks_above_would_notice_mutation_ten_percent_off():
    resistant, cured, _ = resistant_and_cured(30.0, 4000, mutation=1.1e-6)
    assert not agrees(resistant, 4000, RESISTANT_TO_BOTH, 5e-5)
    assert not agrees(cured, 4000, CURED, 5e-5)


def mean_days(size: float) -> float:
    """Mean days from one surviving cell to a size: (ln(size s) + Euler's constant) / r."""
    survives = 1.0 - DEATH / BIRTH
    return (np.log(size * survives) + EULER) / (BIRTH - DEATH)


def test_days_to_a_billion_cells():
    """Given survival, N exp(-rt) s is exponential, so ages have a Gumbel law of sd pi/sqrt(6)/r."""
    _, _, age = resistant_and_cured(30.0, 4000)
    expected = mean_days(1e9)
    assert abs(expected - DAYS_TO_1E9) < 1.0
    law = stats.gumbel_l(loc=np.log(1e9 * (1 - DEATH / BIRTH)) / 0.01, scale=100.0)
    gumbel = stats.gumbel_r(loc=np.log(1e9 * (1 - DEATH / BIRTH)) / 0.01, scale=100.0)
    assert abs(law.mean() - expected) > 1.0  # the mirrored law, which the next line tells apart
    assert stats.kstest(age, gumbel.cdf).pvalue > FALSE_ALARM
    assert stats.kstest(age, law.cdf).pvalue < FALSE_ALARM
    score = (age.mean() - expected) / gumbel.std() * np.sqrt(age.size)
    assert abs(score) < stats.norm.isf(FALSE_ALARM / 2)
    assert abs(age.mean() * 1.06 - expected) / gumbel.std() * np.sqrt(age.size) > 5.0


def extinct(death: float, days: float) -> float:
    """Chance that one cell's line is gone by then: Kendall (1948)."""
    grown_by = np.exp((BIRTH - death) * days)
    return death * (grown_by - 1.0) / (BIRTH * grown_by - death)


@pytest.mark.parametrize(
    ("kill", "cells"), [(0.0, 1), (0.0, 5), (0.04, 1), (0.04, 30), (0.04, 2000), (0.3, 2000)]
)
def test_extinction_of_a_given_start(kill, cells):
    """By the day on which half of such starts are gone; one leap of up to 30 days at a time."""
    days = brentq(lambda t: extinct(DEATH + kill, t) ** cells - 0.5, 1e-3, 1e4)
    model = compiled(
        f"birth: {BIRTH}, death: {DEATH}, start: {{cells: {cells}}}",
        f"drugs: {{A: {{kill: {kill or 0.1}}}}}",
    )
    patients = 20_000
    course = exposure([0, days], [[np.inf if kill else 0.0]])
    ends = counts_over_time(model, given([cells], patients), course, [days], seed=SEED)
    hits = int((ends.sum(axis=(1, 2)) == 0).sum())
    assert agrees(hits, patients, extinct(DEATH + kill, days) ** cells)
    assert not agrees(hits, patients, extinct(0.9 * (DEATH + kill), days) ** cells)


@pytest.mark.parametrize("leap", [1.0, 7.0, 30.0])
def test_survival_of_a_clone(leap):
    """A clone from one cell has reached 1e4 cells or died out by 2,500 days: gambler's ruin."""
    model = compiled(
        f"birth: {BIRTH}, death: {DEATH}, start: {{cells: 1}}", "drugs: {A: {kill: 1}}"
    )
    patients = 40_000
    alive = counts_over_time(
        model, given([1], patients), exposure([0, 2500], [[0.0]]), [2500], seed=SEED, leap=leap
    )[:, 0, 0]
    hits = int((alive > 0).sum())
    assert abs(CLONE_SURVIVES - 0.0714) < 5e-5
    assert agrees(hits, patients, CLONE_SURVIVES)
    assert not agrees(hits, patients, 0.0714 * 1.14)  # the excess of a one-day tau-leap, twice over


def luria_delbruck(mutants: float, largest: int) -> np.ndarray:
    """Lea and Coulson's chances of 0, 1, ... mutants, by the recursion of Ma, Sandri and Sarkar."""
    chances = np.zeros(largest + 1)
    chances[0] = np.exp(-mutants)
    for n in range(1, largest + 1):
        i = np.arange(n)
        chances[n] = mutants / n * np.sum(chances[i] / (n - i + 1))
    return chances


def mutant_counts(leap: float, patients: int, expected: float) -> np.ndarray:
    """Mutants when a tumor without death, from one cell, reaches 1e6 cells."""
    size = 1e6
    model = compiled(
        "birth: 0.2, death: 0, diagnosed_at: 1e6 cells",
        "drugs: {A: {kill: 0.1}}",
        f"alterations: {{r: {{mechanism: target, drug: A, rate: {expected / size}}}}}",
    )
    engine = Branching(model, longest_leap=leap)
    return engine.start(grown(size, patients), seed=SEED, first=0).cells[:, 1]


def luria_delbruck_p_value(counts: np.ndarray, expected: float) -> float:
    """p-value of counts of mutants, classes 0 to 11 and more."""
    chances = luria_delbruck(expected, 11)
    seen = np.bincount(np.minimum(counts, 12).astype(int), minlength=13)
    return stats.chisquare(seen, counts.size * np.append(chances, 1.0 - chances.sum())).pvalue


@pytest.mark.parametrize("expected", [1.0, 2.0])
@pytest.mark.parametrize("leap", [1.0, 30.0])
def test_mutants_follow_luria_and_delbruck(expected, leap):
    """Lea and Coulson (1949); without death, growth to a size and growth for a time agree."""
    chances = luria_delbruck(expected, 4)
    table = {1.0: (0.36788, 0.18394, 0.10730, 0.06898, 0.04745),
             2.0: (0.13534, 0.13534, 0.11278, 0.09022, 0.07180)}[expected]  # fmt: skip
    assert np.allclose(chances, table, atol=6e-6)
    counts = mutant_counts(leap, 10_000, expected)
    assert luria_delbruck_p_value(counts, expected) > FALSE_ALARM
    assert luria_delbruck_p_value(counts, expected * 1.1) < FALSE_ALARM


def test_first_resistance_at_ten_thousand_cells_where_mutation_is_frequent():
    """P(no resistant cell at 1e4, u=5e-5) = .2415: performance.md."""
    model = compiled(
        f"birth: {BIRTH}, death: {DEATH}, diagnosed_at: 1e4 cells",
        "drugs: {A: {kill: 0.1}}",
        "alterations: {r: {mechanism: target, drug: A, rate: 5e-5}}",
    )
    patients = 10_000
    cells = Branching(model).start(grown(1e4, patients), seed=SEED, first=0).cells
    none = int((cells[:, 1] == 0).sum())
    assert agrees(none, patients, 0.2415, 5e-5)
    assert not agrees(none, patients, np.exp(-1e4 * 5e-5 * 2.842 * 0.85))
