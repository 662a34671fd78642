"""What the draws rest on, computed without drawing: tables, probabilities, ends of ranges."""

import math
from fractions import Fraction

import numba
import numpy as np
import pytest
from scipy import special, stats

from countermove.engines.kernels import draws
from countermove.foundation.streams import patient_streams

ONES = 2**64 - 1


@pytest.fixture
def state():
    return patient_streams(1, 0, 1, 0)[0]


def test_uniform_never_reaches_an_end():
    assert draws.uniform(np.array([0, 1, 0, 0], np.uint64)) == 2.0**-53
    assert draws.uniform(np.array([0, 1, 0, ONES], np.uint64)) == 1 - 2.0**-53


@pytest.mark.parametrize(
    ("edges", "heights", "mass", "start"),
    [
        (draws._NORMAL_EDGE, draws._NORMAL_HEIGHT, math.sqrt(math.pi / 2), 3.654152885361009),
        (draws._EXPONENTIAL_EDGE, draws._EXPONENTIAL_HEIGHT, 1.0, 7.69711747013105),
    ],
)
def test_layers_of_the_ziggurat_are_equal_and_cover_the_density(edges, heights, mass, start):
    area = edges[0] * heights[1]
    assert edges[1] == pytest.approx(start, rel=1e-13)
    assert edges[1:-1] * np.diff(heights[1:]) == pytest.approx(area, rel=1e-11)
    assert heights[-1] == 1.0
    assert 256 * area > mass  # rectangles reach beyond the density, by their wedges
    assert 256 * area < 1.02 * mass


def exact_ratio(k: int, mode: int, n: int, p: Fraction) -> float:
    """log of P(k)/P(mode), each step from one count to the next in exact fractions."""
    low, high = sorted((k, mode))
    steps = [Fraction(n - j + 1, j) * p / (1 - p) for j in range(low + 1, high + 1)]
    total = math.fsum(math.log1p(float(step - 1)) for step in steps)
    return total if k > mode else -total


@pytest.mark.parametrize(
    ("n", "p"),
    [(20, 0.5), (400, 0.25), (5_000, 0.01), (10**9, 2e-7), (10**15, 1e-14), (10**15, 9e-13)],
)
def test_binomial_probabilities_keep_their_digits_up_to_1e15(n, p):
    mode = int((n + 1) * p)
    away = 8 * math.sqrt(n * p)
    for k in {0, 1, int(mode - away), mode - 3, mode, mode + 2, int(mode + away)}:
        if 0 <= k <= n:
            found = draws._log_binomial_ratio(float(k), float(mode), float(n), p)
            expected = exact_ratio(k, mode, n, Fraction(p))
            assert found == pytest.approx(expected, rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("mean", [10.0, 33.3, 999.0])
def test_poisson_probabilities_keep_their_digits(mean):
    for k in (0, 1, 9, 15, 16, int(mean), int(3 * mean)):
        expected = math.fsum([-mean, *(math.log(mean / j) for j in range(1, k + 1))])
        assert draws._log_poisson(float(k), mean) == pytest.approx(expected, rel=1e-12, abs=1e-11)


@numba.njit
def _rejection_margins(mean, n, raised):
    """Greatest chance asked of v (1 is all there is) and least room above the quick region."""
    a, b, inside, hat = draws._binomial_hat(n, mean / n) if n > 0 else draws._poisson_hat(mean)
    highest, room = 0.0, 1.0
    for i in range(20_000):
        us = 10.0 ** (-6.0 + i / 1_000.0) if i < 5_000 else 0.07 + (i - 5_000.0) * 3e-5
        us = min(us, 0.5)
        for side in (-1.0, 1.0):
            shift = 0.5 if n > 0 else 0.43
            k = math.floor((2.0 * a / us + b) * side * (0.5 - us) + mean + shift) * 1.0
            if n > 0:
                within = 0.0 <= k <= n
                mode = math.floor((n + 1) * (mean / n)) * 1.0
                log = draws._log_binomial_ratio(k, mode, n, mean / n) if within else -np.inf
            else:
                log = draws._log_poisson(k, mean) if k >= 0.0 else -np.inf
            asked = math.exp(log) * (a / (us * us) + b) / (hat / raised)
            highest = max(highest, asked)
            if us >= 0.07:
                room = min(room, asked - inside)
    return highest, room


@pytest.mark.parametrize("n_over_mean", [0.0, 2.0, 5.0, 1e6])
def test_rejection_is_exact(n_over_mean):
    """The hat covers the law and the quick region lies under it: then rejection has no error."""
    for mean in np.concatenate([np.arange(10, 35, 0.27), np.geomspace(35, 2_000, 40)]):
        n = float(round(mean * n_over_mean))
        highest, room = _rejection_margins(float(mean), n, 1.0)
        assert highest <= 1
        assert room >= 0


def test_the_check_above_would_notice_the_published_poisson_hat():
    assert _rejection_margins(13.25, 0.0, 1.01)[0] > 1


@pytest.mark.parametrize("p", [1e-300, 1e-17, 1e-9, 1e-4, 9.99e-4, 1.001e-3, 0.1, 0.5])
def test_log_of_a_miss(p):
    assert draws._log_miss(p) == pytest.approx(math.log1p(-p), rel=2e-13)


@pytest.mark.parametrize("mean", [1e-15, 1e-9, 9e-7])
def test_a_rare_count_turns_at_its_own_chance(mean):
    for invert, rest in [
        (draws._poisson_inverted, (mean,)),
        (draws._binomial_inverted, (1e6, mean / 1e6)),
    ]:
        assert invert(mean * (1 - 1e-5), *rest) == 1
        assert invert(mean * (1 + 1e-5), *rest) == 0


@numba.njit
def _last_normal(count, mean, variance, p):
    """The largest normal draw that still gives at most this count, by bisection."""
    low, high = -40.0, 40.0
    for _ in range(70):
        middle = 0.5 * (low + high)
        if draws._expanded(middle, mean, variance, p) <= count:
            low = middle
        else:
            high = middle
    return low


def distance(mean: float, p: float, law) -> float:
    """Total variation between the expansion and the law, within nine standard deviations."""
    variance = mean * (1 - p)
    reach = 9 * math.sqrt(variance)
    counts = np.arange(math.floor(mean - reach), math.ceil(mean + reach))
    ends = np.array([_last_normal(k, mean, variance, p) for k in counts])
    return 0.5 * float(np.abs(np.diff(special.ndtr(ends)) - np.diff(law.cdf(counts))).sum())


@pytest.mark.parametrize("p", [0.0, 1e-3, 0.1, 0.3, 0.5])
def test_the_quantile_expansion_is_within_the_distance_stated(p):
    if p == 0.0:
        assert distance(1e3, p, stats.poisson(1e3)) < 2e-8
    else:
        n = math.ceil(1e3 / (p * (1 - p)))
        assert distance(n * p, p, stats.binom(n, p)) < 2e-8


def test_the_check_above_would_notice_the_expansion_used_too_early():
    assert distance(100.0, 0.0, stats.poisson(100.0)) > 2e-7


@pytest.mark.parametrize(
    ("draw", "parameters", "expected"),
    [
        (draws.poisson, (0.0,), 0.0),
        (draws.poisson, (-1.0,), 0.0),
        (draws.poisson, (math.inf,), math.inf),
        (draws.poisson, (math.nan,), math.nan),
        (draws.binomial, (0.0, 0.5), 0.0),
        (draws.binomial, (-3.0, 0.7), 0.0),
        (draws.binomial, (1e15, 0.0), 0.0),
        (draws.binomial, (1e15, -1e-17), 0.0),
        (draws.binomial, (1e15, 1.0), 1e15),
        (draws.binomial, (7.0, 1.0 + 1e-15), 7.0),
        (draws.binomial, (7.0, math.nan), math.nan),
        (draws.binomial, (math.nan, 0.2), math.nan),
        (draws.gamma, (0.0,), 0.0),
        (draws.gamma, (-2.0,), 0.0),
        (draws.gamma, (math.inf,), math.inf),
        (draws.gamma, (math.nan,), math.nan),
        (draws.negative_binomial, (3.0, 1.0), 0.0),
        (draws.negative_binomial, (0.0, 0.3), 0.0),
        (draws.negative_binomial, (3.0, 0.0), math.inf),
        (draws.negative_binomial, (math.nan, 0.3), math.nan),
        (draws.negative_binomial, (3.0, math.nan), math.nan),
    ],
)
def test_ends_of_ranges(state, draw, parameters, expected):
    assert draw(state, *parameters) == pytest.approx(expected, abs=0, nan_ok=True)


@pytest.mark.parametrize(
    ("draw", "parameters"),
    [
        (draws.poisson, (0.3,)),
        (draws.poisson, (25.0,)),
        (draws.poisson, (1e5,)),
        (draws.binomial, (9.0, 0.4)),
        (draws.binomial, (30.0, 0.6)),
        (draws.binomial, (1e15, 0.2)),
        (draws.binomial, (1e15, 1 - 1e-15)),
        (draws.negative_binomial, (2.5, 0.1)),
    ],
)
def test_counts_are_whole_float64_within_range(state, draw, parameters):
    drawn = np.array([draw(state, *parameters) for _ in range(200)])
    assert all(isinstance(draw(state, *parameters), float) for _ in range(5))
    assert np.array_equal(drawn, np.floor(drawn))
    assert drawn.min() >= 0
    if draw is draws.binomial:
        assert drawn.max() <= parameters[0]


def test_the_same_state_gives_the_same_draws(state):
    again = state.copy()
    for draw, parameters in [(draws.normal, ()), (draws.gamma, (0.4,)), (draws.poisson, (50.0,))]:
        assert [draw(state, *parameters) for _ in range(50)] == [
            draw(again, *parameters) for _ in range(50)
        ]
    assert np.array_equal(state, again)
