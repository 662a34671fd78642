"""Counts of molecules and reads: exact quantiles of Poisson and binomial, and log probabilities.

Here: vectors of thousands at once, with means from 0 to 1e8 and beyond. Not here: what is counted
(``measurement.ctdna``, ``measurement.biopsy``).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from countermove.foundation.arrays import Bools, Floats

MOST_EXACT = 1e6
"""Variance above which the expansion is the answer, off by one with a chance below 1e-4.

There scipy's distribution function is off by more in the tails."""

_FIRST = np.arange(1.0, 16.0)  # beyond the series is right to the last bit
_SMALL = special.gammaln(_FIRST + 1.0) - (_FIRST + 0.5) * np.log(_FIRST) + _FIRST
_SMALL = np.concatenate([[0.0], _SMALL - 0.5 * np.log(2.0 * np.pi)])


def poisson_quantile(uniforms: ArrayLike, means: ArrayLike) -> Floats:
    """Smallest count whose distribution function reaches each uniform number.

    Parameters
    ----------
    uniforms, means
        Shapes that broadcast; uniforms inside (0, 1), means finite, not negative, or nan.

    Returns
    -------
    Whole numbers as floats, nan where an argument is nan: exact for means up to `MOST_EXACT`. About
    1 us a number.

    Notes
    -----
    Starts at the expansion of Cornish and Fisher (1938) and steps to where the exact distribution
    function passes the uniform number.
    """
    uniform, mean = _floats(uniforms, means)
    mean = np.maximum(mean, 0.0)
    start = _expansion(uniform, mean, mean, np.ones_like(mean), kurtosis=np.ones_like(mean))
    sure = ~(mean > 0.0)
    start = np.where(sure, mean, np.maximum(start, 0.0))

    def reached(count: Floats, who: Bools) -> Bools:
        below = special.gammaincc(count + 1.0, mean[who])
        above = special.gammainc(count + 1.0, mean[who])
        return _passes(uniform[who], below, above)

    return _settle(start, reached, np.full_like(mean, np.inf), ~sure & (mean <= MOST_EXACT))


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
    share = np.clip(share, 0.0, 1.0)  # a share may pass 1 in its last digit
    rest = 1.0 - share
    variance = trial * share * rest
    kurtosis = 1.0 - 6.0 * share * rest
    start = _expansion(uniform, trial * share, variance, rest - share, kurtosis=kurtosis)
    sure = ~(variance > 0.0)
    start = np.where(sure, trial * share, np.clip(start, 0.0, trial))

    def reached(count: Floats, who: Bools) -> Bools:
        n = trial[who]
        beta = np.minimum(count + 1.0, n), np.maximum(n - count, 1.0), share[who]
        passes = _passes(uniform[who], special.betaincc(*beta), special.betainc(*beta))
        return (count >= n) | passes

    return _settle(start, reached, trial, ~sure & (variance <= MOST_EXACT))


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
        found = -_stirling_error(k) - deviance - 0.5 * np.log(2.0 * np.pi * k)
        found = np.where(count == 0.0, -mean, found)
        found = np.where((count >= 0.0) & (count % 1.0 == 0.0), found, -np.inf)
    return np.where(np.isnan(count) | np.isnan(mean), np.nan, found)


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


def _passes(uniform: Floats, below: Floats, above: Floats) -> Bools:
    """Whether a distribution function reaches a number, by the tail that holds more digits."""
    return np.where(uniform < 0.5, below >= uniform, above <= 1.0 - uniform)


def _settle(
    start: Floats, reached: Callable[[Floats, Bools], Bools], most: Floats, moving: Bools
) -> Floats:
    """Step from a start near the quantile to it: reached there and not one below."""
    found = np.array(start)
    moving = np.array(moving & np.isfinite(found))
    up = moving.copy()  # those that have not yet reached
    while up.any():
        up[up] = ~reached(found[up], up)
        found[up] = np.minimum(found[up] + 1.0, most[up])
    down = np.array(moving & (found > 0.0))
    while down.any():
        down[down] = reached(found[down] - 1.0, down)
        found[down] -= 1.0
        down &= found > 0.0
    return found


def _stirling_error(count: Floats) -> Floats:
    """Log of count! less Stirling's formula for it; whole counts of at least 1."""
    square = 1.0 / count**2
    found = 1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0))
    small = count < len(_SMALL)
    exact = _SMALL[np.where(small, count, 0.0).astype(np.int64)]
    return np.where(small, exact, found / count)
