"""Inversion of the generating function against a plain exact simulation of two types.

The simulation below shares nothing with the engine: it draws waiting times and events from the
definitions of the process (model.md section 3), for many replicas at once.
"""

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare

from countermove.engines.exact.at_size import grow_to_size, no_resistant_at_size
from countermove.engines.exact.backward import extinction
from countermove.engines.exact.inversion import count_distribution
from countermove.engines.exact.linear_pieces import LinearPieces

FALSE_ALARM = 1e-6  # chance that a correct engine fails one statistical test
EVENTS = np.array([[1, 0], [0, 1], [-1, 0], [0, 1], [0, -1], [-1, 1]])


def channel_rates(counts, birth, death, u, switch):
    """Division, mutating division, death of S; division, death of R; S turning into R."""
    s, r = counts[:, 0], counts[:, 1]
    return np.stack(
        [
            birth[0] * (1 - u) * s,
            birth[0] * u * s,
            death[0] * s,
            birth[1] * r,
            death[1] * r,
            switch * s,
        ],
        axis=1,
    )


def choose(rates, rng):
    cumulative = np.cumsum(rates, axis=1)
    drawn = rng.random(rates.shape[0]) * cumulative[:, -1]
    return (drawn[:, None] >= cumulative).sum(axis=1).clip(max=5)


def simulate(start, pieces, replicas, seed):
    """Gillespie's direct method, one piece of constant rates after another."""
    rng = np.random.default_rng(seed)
    counts = np.tile(np.array(start), (replicas, 1))
    for duration, birth, death, u, switch in pieces:
        clock = np.zeros(replicas)
        running = np.arange(replicas)
        while running.size:
            rates = channel_rates(counts[running], birth, death, u, switch)
            total = rates.sum(axis=1)
            running, rates, total = running[total > 0], rates[total > 0], total[total > 0]
            clock[running] += rng.exponential(size=running.size) / total
            go = clock[running] < duration
            running, rates = running[go], rates[go]
            counts[running] += EVENTS[choose(rates, rng)]
    return counts


def simulate_to_size(size, birth, death, u, replicas, seed):
    """Embedded jump chain from one S cell; only those that reach the size are returned."""
    rng = np.random.default_rng(seed)
    counts = np.tile([1, 0], (replicas, 1))
    running = np.arange(replicas)
    while running.size:
        rates = channel_rates(counts[running], [birth] * 2, [death] * 2, u, 0.0)
        counts[running] += EVENTS[choose(rates, rng)]
        total = counts[running].sum(axis=1)
        running = running[(total > 0) & (total < size)]
    return counts[counts.sum(axis=1) > 0]


SCHEDULE = [
    (8.0, (0.35, 0.25), (0.1, 0.1), 0.1, 0.0),
    (6.0, (0.35, 0.25), (0.8, 0.2), 0.1, 0.05),
]


def as_pieces(schedule):
    moves = np.zeros((len(schedule), 2, 2))
    moves[:, 0, 1] = [piece[4] for piece in schedule]
    return LinearPieces(
        edges=np.concatenate(([0.0], np.cumsum([piece[0] for piece in schedule]))),
        birth=np.array([piece[1] for piece in schedule]),
        death=np.array([piece[2] for piece in schedule]),
        mutation=np.array([[0.0, schedule[0][3]], [0.0, 0.0]]),
        moves=moves,
    )


def resistant_counts_pvalue(pmf, counts):
    """Chi-square of simulated counts in bins of about equal chance."""
    bins = np.searchsorted(np.cumsum(pmf), np.linspace(0, 1, 13)[1:-1])
    bins = np.unique(np.concatenate(([0], bins + 1)))
    expected = np.add.reduceat(pmf, bins)
    expected[-1] = 1 - expected[:-1].sum()
    seen = np.bincount(np.searchsorted(bins, counts, side="right") - 1, minlength=bins.size)
    return chisquare(seen, expected * counts.size).pvalue


@pytest.fixture(scope="module")
def simulated():
    return simulate((3, 1), SCHEDULE, 6000, 20260101)


@pytest.mark.statistical
def test_resistant_counts_follow_the_inverted_generating_function(simulated):
    pmf = count_distribution(as_pieces(SCHEDULE), [3, 1], [1], largest=150)
    assert resistant_counts_pvalue(pmf, simulated[:, 1]) > FALSE_ALARM


@pytest.mark.statistical
def test_the_check_above_would_notice_mutation_counted_per_daughter(simulated):
    doubled = [(*piece[:3], 2 * piece[3], piece[4]) for piece in SCHEDULE]
    pmf = count_distribution(as_pieces(doubled), [3, 1], [1], largest=150)
    assert resistant_counts_pvalue(pmf, simulated[:, 1]) < FALSE_ALARM


@pytest.mark.statistical
def test_extinction_agrees_with_simulation(simulated):
    gone = int((simulated.sum(axis=1) == 0).sum())
    p = extinction(as_pieces(SCHEDULE), [3, 1])
    assert binomtest(gone, len(simulated), p).pvalue > FALSE_ALARM


@pytest.mark.statistical
def test_the_check_above_would_notice_the_pieces_in_the_wrong_order(simulated):
    gone = int((simulated.sum(axis=1) == 0).sum())
    p = extinction(as_pieces(SCHEDULE[::-1]), [3, 1])
    assert binomtest(gone, len(simulated), p).pvalue < FALSE_ALARM


@pytest.fixture(scope="module")
def grown_without_resistance():
    reached = simulate_to_size(200, 0.14, 0.07, 1e-3, 8000, 20260102)
    return int((reached[:, 1] == 0).sum()), len(reached)


def resistance_at_200(counting):
    growth = LinearPieces.constant([0.14] * 2, [0.07] * 2, [[0, 1e-3], [0, 0]])
    return no_resistant_at_size(grow_to_size(growth, 200), [1], counting=counting)


@pytest.mark.statistical
def test_no_resistant_cell_at_size_agrees_with_simulation(grown_without_resistance):
    none, reached = grown_without_resistance
    assert binomtest(none, reached, resistance_at_200("alive")).pvalue > FALSE_ALARM


@pytest.mark.statistical
def test_the_check_above_would_notice_ever_born_taken_for_alive(grown_without_resistance):
    none, reached = grown_without_resistance
    assert binomtest(none, reached, resistance_at_200("ever")).pvalue < FALSE_ALARM
