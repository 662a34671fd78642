"""What `branching` owes itself: the mean as counts grow, splitting, origins, sizes, coarse leaps.

Here: properties that need no second simulation, with a mean by scipy where one is wanted. Not here:
distributions against an independent simulation (see ``test_branching_against_ssa``).
"""

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import solve_ivp

from countermove.engines.branching import Branching
from countermove.model import with_origins
from support.engine_runs import (
    compiled,
    counts_over_time,
    exposure,
    given,
    grown,
    same_counts,
    same_course,
)
from support.helpers import FALSE_ALARM

pytestmark = pytest.mark.statistical
SEED = 20261123
MEAN_ERROR = 0.02  # what default leaps may add to a mean, relative


def persisters(capacity: float, acts_on: str = "birth"):
    """A crowded tumor with resistance and a state that a drug drives cells into."""
    return compiled(
        f"birth: 0.3, death: 0.15, start: {{cells: 5}}, "
        f"growth: {{law: logistic, capacity: {capacity:g} cells, acts_on: {acts_on}}}",
        "drugs: {A: {kill: 0.4}}",
        "alterations: {r: {mechanism: target, drug: A, rate: 0.01, cost: 0.1}}",
        "states: {persister: {enter: 0.01, enter_under: {A: 0.1}, leave: 0.05, birth: 0.1, "
        "death: 0.2, protection: 0.9}}",
    )


COURSE = exposure([0, 10, 25, 40], [[np.inf], [0.0], [np.inf]])
START = np.array([0.6, 0.05, 0.002, 0.0])


def mean_counts(capacity: float, times, acts_on: str) -> np.ndarray:
    """(times, 4) by the mean equations, rates written out by hand."""
    birth = np.array([0.3, 0.03, 0.27, 0.027])
    natural = np.array([0.15, 0.03, 0.15, 0.03])

    def slope(time, x):
        on = time < 10.0 or time >= 25.0
        free = max(0.0, 1.0 - x.sum() / capacity)
        death = natural + on * np.array([0.4, 0.04, 0.0, 0.0])
        made = x * birth
        if acts_on == "birth":
            made = made * free
        else:
            death = death + 0.15 * (1.0 - free)
        enter = (
            0.01 + 0.1 * on * np.array([1.0, 0.0, 0.0, 0.0])[[0, 2]]
        )  # the resistant feel no drug
        gone, back = enter * x[[0, 2]], 0.05 * x[[1, 3]]
        change = made - death * x
        change[[0, 2]] += back - gone
        change[[1, 3]] += gone - back
        mutants = 0.01 * made[[0, 1]]
        change[[0, 1]] -= mutants
        change[[2, 3]] += mutants
        return change

    spans, state, found, begin = [10.0, 25.0, 40.0], START * capacity, [], 0.0
    for end in spans:
        inside = [t for t in times if begin < t <= end]
        run = solve_ivp(
            slope, (begin, end), state, t_eval=sorted({*inside, end}), rtol=1e-9, atol=1e-9,
            first_step=1e-6,
        )  # fmt: skip
        found += [run.y[:, list(run.t).index(t)] for t in inside]
        state, begin = run.y[:, -1], end
    return np.array(found)


@pytest.mark.parametrize("acts_on", ["birth", "death"])
def test_large_tumors_follow_the_mean_equations(acts_on):
    capacity, times = 1e10, (10.0, 24.999, 40.0)
    counts = counts_over_time(
        persisters(capacity, acts_on), given(START * capacity, 20), COURSE, times, seed=SEED
    )
    mean = mean_counts(capacity, times, acts_on)
    assert np.abs(counts.mean(axis=0) / mean - 1.0).max() < MEAN_ERROR
    assert (counts.std(axis=0) / mean).max() < 1e-3  # chance is gone at this size
    other = mean_counts(capacity, times, "death" if acts_on == "birth" else "birth")
    assert np.abs(counts.mean(axis=0) / other - 1.0).max() > 2 * MEAN_ERROR


def test_chance_shrinks_as_one_over_the_root_of_the_count():
    spreads = []
    for capacity in (1e4, 1e6):
        counts = counts_over_time(
            persisters(capacity), given(START * capacity, 2000), COURSE, [40.0], seed=SEED
        ).sum(axis=2)
        spreads.append(counts.std() / counts.mean())
    ratio = spreads[0] / spreads[1]
    assert abs(np.log(ratio / 10.0)) < 6.0 / np.sqrt(2000)  # log sd of a ratio of sds: 1 / sqrt(n)


SPLITS = ((40.0,), (3.3, 40.0), (10.0, 17.0, 25.0, 31.7, 40.0))


@pytest.mark.parametrize("size", [30.0, 1500.0])
def test_stopping_on_the_way_leaves_the_distribution_unchanged(size):
    model = persisters(2 * size)
    start = np.round(size * np.array([0.8, 0.15, 0.05, 0.0]))
    ends = [
        counts_over_time(model, given(start, 3000), COURSE, split, seed=SEED + i)[:, -1:, :]
        for i, split in enumerate(SPLITS)
    ]
    assert same_course(ends[0], ends[1]) > FALSE_ALARM
    assert same_course(ends[0], ends[2]) > FALSE_ALARM


def test_the_check_above_would_notice_a_day_left_out():
    model = persisters(3000)
    start = [1200, 225, 75, 0]
    whole = counts_over_time(model, given(start, 3000), COURSE, [40.0], seed=SEED)
    short = counts_over_time(model, given(start, 3000), COURSE, [39.0], seed=SEED + 1)
    assert same_course(whole, short) < FALSE_ALARM


def summed_over_origins(model, split, counts: np.ndarray) -> np.ndarray:
    """Counts of a split model by the types of the model it came from."""
    where = {
        (g, s, n): k
        for k, (g, s, n) in enumerate(zip(model.genotype, model.state, model.niche, strict=True))
    }
    out = np.zeros((*counts.shape[:-1], model.types))
    for k, key in enumerate(zip(split.genotype, split.state, split.niche, strict=True)):
        out[..., where[key]] += counts[..., k]
    return out


def sheltered():
    """Resistance, a dormant state and a sanctuary, under two drugs."""
    return compiled(
        "birth: 0.3, death: 0.15, start: {cells: 5}",
        "drugs: {A: {kill: 0.4}, B: {kill: 0.3}}",
        "alterations:\n"
        "  rA: {mechanism: target, drug: A, rate: 0.01}\n"
        "  rB: {mechanism: target, drug: B, rate: 0.02}",
        "states: {dormant: {enter_under: {A: 0.1}, leave: 0.05, birth: 0, protection: 1}}",
        "niches: {brain: {shelter: 0.8, exchange: 0.02, back: 0.05}}",
    )


@pytest.mark.parametrize("size", [20, 1500])
def test_origins_leave_the_cells_of_each_type_unchanged(size):
    model = sheltered()
    split = with_origins(model)
    course = exposure([0, 12, 24], [[np.inf, 0.0], [np.inf, np.inf]])
    plain = np.zeros(model.types)
    plain[0] = size
    origin = np.zeros(split.types)
    origin[int(np.flatnonzero(split.origin == 0)[0])] = size
    times = (6.0, 24.0)
    ours = counts_over_time(model, given(plain, 3000), course, times, seed=SEED)
    theirs = counts_over_time(split, given(origin, 3000), course, times, seed=SEED + 1)
    told = theirs[..., split.origin > 0].sum()
    assert told > 0
    assert same_course(ours, summed_over_origins(model, split, theirs)) > FALSE_ALARM
    late = counts_over_time(model, given(plain, 3000), course, (6.0, 22.0), seed=SEED + 2)
    if size > 100:
        assert same_course(late, summed_over_origins(model, split, theirs)) < FALSE_ALARM


@pytest.mark.parametrize("evasion", [0.01, 0.8])
def test_a_tumor_is_found_at_its_size_whatever_grows_in_it(evasion):
    """Mutants that outgrow the founder must not carry a tumor past the size it is found at."""
    model = compiled(
        "birth: 0.14, death: 0.13, diagnosed_at: 1e7 cells",
        "drugs: {A: {kill: 0.04}}",
        f"alterations:\n  e: {{mechanism: death_evasion, strength: {evasion}, rate: 1e-4}}",
    )
    sizes = Branching(model).start(grown(1e7, 300), seed=SEED, first=0).cells.sum(axis=1)
    assert np.abs(sizes / 1e7 - 1.0).max() < 2e-3


def two_states(leap: float, days: float, patients: int = 4000) -> np.ndarray:
    """Counts by patient and type: rare entry into a protected state, at leaps up to ``leap``."""
    model = compiled(
        "birth: 0.1, death: 0.1, start: {cells: 5}",
        "drugs: {A: {kill: 0.3}}",
        "states: {p: {enter_under: {A: 0.001}, leave: 0.001, birth: 0.01, death: 0.01, "
        "protection: 1}}",
    )
    course = exposure([0, days], [[np.inf]])
    return counts_over_time(
        model, given([20_000, 0], patients), course, [days], seed=SEED, leap=leap
    )[:, 0]


def test_the_longest_leap_changes_nothing_that_can_be_seen():
    """Protected cells after 20 days: mean by the linear mean equations, and law at two leaps."""
    fast, slow = 0.3 + 0.001, 0.001
    rates = np.array([[-fast, 0.001], [slow, -slow]])
    values, vectors = np.linalg.eig(rates.T)
    mean = (vectors @ np.diag(np.exp(20.0 * values)) @ np.linalg.inv(vectors)) @ [20_000, 0]
    coarse, fine = two_states(30.0, 20.0), two_states(0.25, 20.0)
    for counts in (coarse, fine):
        score = (counts.mean(axis=0) / mean - 1.0) / (counts.std(axis=0) / mean / np.sqrt(4000))
        allowed = stats.norm.isf(FALSE_ALARM / 4) + MEAN_ERROR / (
            counts.std(axis=0) / mean / np.sqrt(4000)
        )
        assert np.all(np.abs(score) < allowed)
    assert same_counts(coarse[:, 1], fine[:, 1]) > FALSE_ALARM
    assert same_counts(coarse[:, 1], 1.1 * fine[:, 1]) < FALSE_ALARM
