"""Every kind of draw against scipy's distributions, on both sides of each change of method.

Here: chi-square and Kolmogorov-Smirnov tests of drawn numbers. Not here: what can be computed
without drawing (see ``tests/unit/test_draws.py``), speed (see ``benchmarks/draws.py``).
"""

import zlib

import numba
import numpy as np
import pytest
from scipy import special, stats

from countermove.engines.kernels import draws
from countermove.foundation.streams import patient_streams

FALSE_ALARM = 1e-6  # chance that correct draws fail one statistical test
SEED = 20261123
COUNTS = 1_000_000
REALS = 100_000
FEWEST = 50  # expected draws in a bin of a chi-square test

pytestmark = pytest.mark.statistical


@numba.njit
def _draw0(draw, state, out):
    for i in range(out.size):
        out[i] = draw(state)


@numba.njit
def _draw1(draw, state, out, a):
    for i in range(out.size):
        out[i] = draw(state, a)


@numba.njit
def _draw2(draw, state, out, a, b):
    for i in range(out.size):
        out[i] = draw(state, a, b)


def sample(draw, size: int, *parameters: float) -> np.ndarray:
    """Draws from a stream of its own for each kind and each set of parameters."""
    number = zlib.crc32(f"{draw.__name__} {parameters}".encode())
    state = patient_streams(SEED, number, 1, 0)[0]
    out = np.empty(size)
    (_draw0, _draw1, _draw2)[len(parameters)](draw, state, out, *parameters)
    return out


def chi_square(drawn: np.ndarray, law) -> float:
    """p-value of counts, in bins about equally likely with a few more far out."""
    tails = np.array([1e-4, 1e-3, 5e-3])
    levels = np.concatenate([tails, np.linspace(0.02, 0.98, 49), 1 - tails])
    return binned(drawn, np.unique(law.ppf(levels)), law)


def binned(drawn: np.ndarray, edges: np.ndarray, law) -> float:
    """p-value of a chi-square test with bins (.., e0], (e0, e1], ..; those too rare are joined."""
    share = np.diff(law.cdf(edges), prepend=0.0)
    expected = drawn.size * np.append(share, law.sf(edges[-1]))
    seen = np.bincount(np.searchsorted(edges, drawn), minlength=expected.size)
    kept = expected >= FEWEST
    if not kept.all() and expected[~kept].sum() >= FEWEST:
        expected = np.append(expected[kept], expected[~kept].sum())
        seen = np.append(seen[kept], seen[~kept].sum())
    elif not kept.all():
        least = np.flatnonzero(kept)[np.argmin(expected[kept])]
        expected[least] += expected[~kept].sum()
        seen[least] += seen[~kept].sum()
        expected, seen = expected[kept], seen[kept]
    return float(stats.chi2.sf(((seen - expected) ** 2 / expected).sum(), expected.size - 1))


POISSON = [1e-3, 0.01, 0.5, 0.999, 1.0, 3.0, 9.999, 10.0, 30.0, 300.0, 999.9, 1e3, 1e4, 1e6, 1e9]


@pytest.mark.parametrize("mean", POISSON)
def test_poisson(mean):
    assert chi_square(sample(draws.poisson, COUNTS, mean), stats.poisson(mean)) > FALSE_ALARM


@pytest.mark.parametrize(
    ("mean", "wrong"), [(0.01, 0.0107), (3.0, 3.02), (30.0, 30.06), (1e4, 10_002)]
)
def test_the_check_above_would_notice_a_wrong_mean(mean, wrong):
    assert chi_square(sample(draws.poisson, COUNTS, mean), stats.poisson(wrong)) < FALSE_ALARM


def test_the_check_above_would_notice_a_plain_rounded_normal():
    rounded = np.rint(1e3 + np.sqrt(1e3) * sample(draws.normal, COUNTS))
    assert chi_square(rounded, stats.poisson(1e3)) < FALSE_ALARM


BINOMIAL = [
    (1.0, 0.3), (1.0, 0.9), (19.0, 0.5), (20.0, 0.5), (100.0, 0.005), (100.0, 0.0999), (100.0, 0.1),
    (100.0, 0.93), (3_999.0, 0.5), (4_000.0, 0.5), (1e4, 0.01), (1e4, 0.98), (1e6, 0.13),
    (1e6, 1e-3), (1e9, 0.7), (1e15, 1e-15), (1e15, 9.9e-15), (1e15, 1.1e-14), (1e15, 9e-13),
    (1e15, 2e-12), (1e12, 0.3),
]  # fmt: skip


@pytest.mark.parametrize(("n", "p"), BINOMIAL)
def test_binomial(n, p):
    assert chi_square(sample(draws.binomial, COUNTS, n, p), stats.binom(n, p)) > FALSE_ALARM


@pytest.mark.parametrize(
    ("n", "p", "wrong"),
    [(100.0, 0.005, 0.00505), (100.0, 0.1, 0.1003), (100.0, 0.93, 0.9302), (1e6, 0.13, 0.130004)],
)
def test_the_check_above_would_notice_a_wrong_chance(n, p, wrong):
    assert chi_square(sample(draws.binomial, COUNTS, n, p), stats.binom(n, wrong)) < FALSE_ALARM


def test_the_check_above_would_notice_a_poisson_in_place_of_a_binomial():
    drawn = sample(draws.poisson, COUNTS, 100.0)
    assert chi_square(drawn, stats.binom(2_000, 0.05)) < FALSE_ALARM


@pytest.mark.parametrize("mean", [1e12, 1e15, 1e18])
def test_very_large_counts_spread_like_a_normal(mean):
    drawn = sample(draws.poisson, REALS, mean)
    assert stats.kstest((drawn - mean) / np.sqrt(mean), special.ndtr).pvalue > FALSE_ALARM
    n, p = 1e15, min(0.5, mean / 1e16)
    drawn = sample(draws.binomial, REALS, n, p)
    spread = np.sqrt(n * p * (1 - p))
    assert stats.kstest((drawn - n * p) / spread, special.ndtr).pvalue > FALSE_ALARM


def test_the_check_above_would_notice_a_spread_off_by_three_percent():
    drawn = sample(draws.poisson, REALS, 1e12)
    assert stats.kstest((drawn - 1e12) / 1.03e6, special.ndtr).pvalue < FALSE_ALARM


@pytest.mark.parametrize(
    ("size", "p"), [(1.0, 0.3), (0.1, 0.5), (2.5, 0.02), (100.0, 0.9), (1e6, 1e-3)]
)
def test_negative_binomial(size, p):
    drawn = sample(draws.negative_binomial, COUNTS, size, p)
    assert chi_square(drawn, stats.nbinom(size, p)) > FALSE_ALARM


def test_the_check_above_would_notice_a_wrong_negative_binomial():
    drawn = sample(draws.negative_binomial, COUNTS, 2.5, 0.02)
    assert chi_square(drawn, stats.nbinom(2.5, 0.0202)) < FALSE_ALARM


GAMMA = [0.01, 0.5, 0.999, 1.0, 2.5, 100.0, 1e5, 1e7, 1e12]


@pytest.mark.parametrize("shape", GAMMA)
def test_gamma(shape):
    drawn = sample(draws.gamma, REALS, shape)
    assert stats.kstest(drawn, lambda x: special.gammainc(shape, x)).pvalue > FALSE_ALARM


def test_the_check_above_would_notice_a_wrong_shape():
    drawn = sample(draws.gamma, REALS, 2.5)
    assert stats.kstest(drawn, lambda x: special.gammainc(2.53, x)).pvalue < FALSE_ALARM


def layered(drawn: np.ndarray, edges: np.ndarray, law) -> float:
    """p-value with bins cut at every edge of the ziggurat and beyond the start of its tail."""
    cuts = np.concatenate([edges[1:], edges[1] + np.array([0.2, 0.4, 0.7])])
    return binned(drawn, np.unique(np.concatenate([cuts, -cuts])), law)


def test_uniform_normal_and_exponential():
    assert stats.kstest(sample(draws.uniform, COUNTS), "uniform").pvalue > FALSE_ALARM / 3
    drawn = sample(draws.normal, 3 * COUNTS)
    assert layered(drawn, draws._NORMAL_EDGE, stats.norm()) > FALSE_ALARM / 3
    drawn = sample(draws.exponential, 3 * COUNTS)
    edges = draws._EXPONENTIAL_EDGE
    cuts = np.unique(np.concatenate([edges[1:-1], edges[1] + np.array([0.5, 1.5, 3.0])]))
    assert binned(drawn, cuts, stats.expon()) > FALSE_ALARM / 3


def test_the_check_above_would_notice_a_lost_tail_and_a_wrong_wedge():
    edges = draws._NORMAL_EDGE
    drawn = sample(draws.normal, 3 * COUNTS)
    assert layered(drawn[abs(drawn) < edges[1]], edges, stats.norm()) < FALSE_ALARM
    layer = np.arange(drawn.size) % 256  # every point of a layer taken, none refused
    point = sample(draws.uniform, drawn.size) * 2 - 1
    assert layered(point * np.minimum(edges[layer], edges[1]), edges, stats.norm()) < FALSE_ALARM


def test_the_tail_of_the_normal():
    start = draws._NORMAL_TAIL
    tail = numba.njit(lambda state: draws._normal_outside(state, 0, -1.0))
    drawn = -sample(tail, REALS)

    def below(x):
        return 1 - special.ndtr(-x) / special.ndtr(-start)

    assert drawn.min() > start
    assert stats.kstest(drawn, below).pvalue > FALSE_ALARM
    shifted_exponential = start + sample(draws.exponential, REALS) / start
    assert stats.kstest(shifted_exponential, below).pvalue < FALSE_ALARM


def test_the_tail_of_the_exponential():
    tail = numba.njit(lambda state: draws._exponential_outside(state, 0, 0.0))
    start = draws._EXPONENTIAL_TAIL
    drawn = sample(tail, COUNTS) - start
    assert stats.kstest(drawn, "expon").pvalue > FALSE_ALARM / 2
    further = np.count_nonzero(drawn > start)
    assert stats.binomtest(further, COUNTS, np.exp(-start)).pvalue > FALSE_ALARM / 2
    assert stats.binomtest(further, COUNTS, 1.6 * np.exp(-start)).pvalue < FALSE_ALARM


def test_rare_counts_come_as_often_as_they_should():
    chance, size = 5e-7, 20 * COUNTS  # below 2^-20, where a second uniform decides
    for draw, parameters in [(draws.poisson, (chance,)), (draws.binomial, (1e8, chance / 1e8))]:
        hits = np.count_nonzero(sample(draw, size, *parameters))
        assert stats.binomtest(hits, size, chance).pvalue > FALSE_ALARM / 2
        assert stats.binomtest(hits, size, 10 * chance).pvalue < FALSE_ALARM
