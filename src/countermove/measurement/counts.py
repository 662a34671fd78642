"""Counts of molecules and reads: exact quantiles of Poisson and binomial, and log probabilities.

Here: vectors of thousands at once, with means from 0 to 1e8 and beyond. Not here: what is counted
(``measurement.ctdna``, ``measurement.biopsy``).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from countermove.foundation.arrays import Bools, Floats, Ints

MOST_EXACT = 1e6
"""Variance above which the expansion is the answer, off by one with a chance below 1e-4.

There scipy's distribution function is off by more in the tails."""

_FIRST = np.arange(1.0, 16.0)  # beyond the series is right to the last bit
_SMALL = special.gammaln(_FIRST + 1.0) - (_FIRST + 0.5) * np.log(_FIRST) + _FIRST
_SMALL = np.concatenate([[0.0], _SMALL - 0.5 * np.log(2.0 * np.pi)])


MOST_SUMMED = 20.0  # expected count up to which probabilities are added up one by one
LONGEST_SUM = 400


def poisson_quantile(
    uniforms: ArrayLike, means: ArrayLike, *, exact_up_to: float = MOST_EXACT
) -> Floats:
    """Smallest count whose distribution function reaches each uniform number.

    Parameters
    ----------
    uniforms, means
        Shapes that broadcast; uniforms inside (0, 1), means finite, not negative, or nan.
    exact_up_to
        Mean above which a count may be off by one, now and then, for a quarter of the time.

    Returns
    -------
    Whole numbers as floats, nan where an argument is nan: exact for means up to `MOST_EXACT`. About
    1 us a number.

    Notes
    -----
    Adds up probabilities where few are expected. Otherwise starts at the expansion of Cornish and
    Fisher (1938) and steps to where the exact distribution function passes the uniform number.
    """
    uniform, mean = _floats(uniforms, means)
    mean = np.where(np.isnan(uniform), np.nan, np.maximum(mean, 0.0))
    sure, few = ~(mean > 0.0), mean <= MOST_SUMMED
    start, many = np.array(mean), ~sure & ~few
    one = np.ones(int(many.sum()))
    near = _expansion(uniform[many], mean[many], mean[many], one, kurtosis=one)
    start[many] = np.maximum(near, 0.0)

    def reached(count: Floats, who: Bools) -> Bools:
        below = special.gammaincc(count + 1.0, mean[who])
        above = special.gammainc(count + 1.0, mean[who])
        return _passes(uniform[who], below, above)

    few &= ~sure
    start[few] = _summed(uniform[few], np.exp(-mean[few]), lambda k, who: mean[few][who] / k)
    return _settle(start, reached, np.full_like(mean, np.inf), many & (mean <= exact_up_to))


def binomial_quantile(uniforms: ArrayLike, trials: ArrayLike, shares: ArrayLike) -> Floats:
    """Smallest count of successes whose distribution function reaches each uniform number.

    Parameters
    ----------
    uniforms, trials, shares
        Shapes that broadcast; uniforms inside (0, 1), trials whole and at least 0, the chance of
        a success from 0 to 1, or nan.

    Returns
    -------
    As `poisson_quantile`, exact for variances up to `MOST_EXACT`.
    """
    uniform, trial, share = _floats(uniforms, trials, shares)
    share = np.where(
        np.isnan(uniform), np.nan, np.clip(share, 0.0, 1.0)
    )  # a share may pass 1 in its last digit
    rest = 1.0 - share
    variance = trial * share * rest
    kurtosis = 1.0 - 6.0 * share * rest
    sure, few = ~(variance > 0.0), (trial * share <= MOST_SUMMED) & (share < 0.5)
    start, many = np.array(trial * share), ~sure & ~few
    mean, skew = start[many], (rest - share)[many]
    near = _expansion(uniform[many], mean, variance[many], skew, kurtosis=kurtosis[many])
    start[many] = np.clip(near, 0.0, trial[many])

    def reached(count: Floats, who: Bools) -> Bools:
        n = trial[who]
        beta = np.minimum(count + 1.0, n), np.maximum(n - count, 1.0), share[who]
        passes = _passes(uniform[who], special.betaincc(*beta), special.betainc(*beta))
        return (count >= n) | passes

    few &= ~sure
    n, odds = trial[few], share[few] / rest[few]
    none = np.exp(n * np.log1p(-share[few]))
    start[few] = _summed(uniform[few], none, lambda k, who: (n[who] - k + 1.0) / k * odds[who])
    return _settle(start, reached, trial, many & (variance <= MOST_EXACT))


def log_poisson(counts: ArrayLike, means: ArrayLike) -> Floats:
    """Log probability of each count, right to 1e-13 within ten spreads of the mean.

    Returns
    -------
    -inf for what is not a whole number of at least 0; nan where a count or a mean is nan.

    Notes
    -----
    Source: Loader (2000), Fast and accurate computation of binomial probabilities.
    """
    count, mean = _floats(counts, means)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        k = np.maximum(count, 1.0)
        away = (k - mean) / mean
        deviance = np.where(mean > 0.0, mean * ((1.0 + away) * np.log1p(away) - away), np.inf)
        result = -_stirling_error(k) - deviance - 0.5 * np.log(2.0 * np.pi * k)
        result = np.where(count == 0.0, -mean, result)
        result = np.where((count >= 0.0) & (count % 1.0 == 0.0), result, -np.inf)
    return np.where(np.isnan(count) | np.isnan(mean), np.nan, result)


def log_binomial(
    counts: ArrayLike, trials: ArrayLike, share: ArrayLike, rest: ArrayLike | None = None
) -> Floats:
    """Log probability of each count of successes.

    Parameters
    ----------
    counts, trials
        Shapes that broadcast.
    share, rest
        The chance of a success, and of none where 1 - share would lose digits.

    Returns
    -------
    -inf for what cannot be; nan where an argument is nan.
    """
    count, trial, hit = _floats(counts, trials, share)
    miss = 1.0 - hit if rest is None else np.asarray(rest, dtype=np.float64)
    hits, misses = log_poisson(count, trial * hit), log_poisson(trial - count, trial * miss)
    return hits + misses - log_poisson(trial, trial)


def _floats(*given: ArrayLike) -> list[Floats]:
    return list(np.broadcast_arrays(*(np.asarray(one, dtype=np.float64) for one in given)))


def _expansion(
    uniform: Floats, mean: Floats, variance: Floats, skew: Floats, *, kurtosis: Floats
) -> Floats:
    """Expand the quantile about the normal one, to the nearest whole number or near it.

    ``skew`` is times the spread, ``kurtosis`` (excess) times the variance.
    """
    z = special.ndtri(uniform)
    spread = np.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        third = (z**3 - 3.0 * z) * kurtosis / 24.0 - (2.0 * z**3 - 5.0 * z) * skew**2 / 36.0
        third = np.where(variance > 1.0, third / spread, 0.0)
    return np.ceil(mean + spread * z + (z**2 - 1.0) * skew / 6.0 + third - 0.5)


def _summed(uniform: Floats, none: Floats, ratio: Callable[[int, Ints], Floats]) -> Floats:
    """Quantiles by adding up probabilities from that of no count on.

    ``ratio(k, who)`` is the probability of k over that of k - 1.
    """
    result = np.zeros(uniform.size)
    chance, total, who = none.copy(), none.copy(), np.arange(uniform.size)
    for count in range(1, LONGEST_SUM):
        who = who[total[who] < uniform[who]]
        if who.size == 0:
            break
        chance[who] *= ratio(count, who)
        total[who] += chance[who]
        result[who] = count
    return result


def _passes(uniform: Floats, below: Floats, above: Floats) -> Bools:
    """Whether a distribution function reaches a number, by the tail that holds more digits."""
    return np.where(uniform < 0.5, below >= uniform, above <= 1.0 - uniform)


def _settle(
    start: Floats, reached: Callable[[Floats, Bools], Bools], most: Floats, moving: Bools
) -> Floats:
    """Step from a start near the quantile to it: reached there and not one below."""
    result = np.array(start)
    moving = np.array(moving & np.isfinite(result))
    up = moving.copy()  # those that have not yet reached
    while up.any():
        up[up] = ~reached(result[up], up)
        result[up] = np.minimum(result[up] + 1.0, most[up])
    down = np.array(moving & (result > 0.0))
    while down.any():
        down[down] = reached(result[down] - 1.0, down)
        result[down] -= 1.0
        down &= result > 0.0
    return result


def _stirling_error(count: Floats) -> Floats:
    """Log of count! less Stirling's formula for it; whole counts of at least 1."""
    square = 1.0 / count**2
    result = 1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0))
    small = count < len(_SMALL)
    exact = _SMALL[np.where(small, count, 0.0).astype(np.int64)]
    return np.where(small, exact, result / count)
