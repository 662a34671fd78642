"""The exact transition of a linear birth-death population over one leap.

Here: its coefficients and one draw from it. Not here: mutation, moves and crowding (see
``kernels.leaps``).

With ``r = birth - death``, ``E = exp(r h)`` and ``g = (E - 1) / r`` (``h`` where ``r`` is 0), one
cell is gone after ``h`` with probability ``alpha = death g / (1 + birth g)``; otherwise its
descendants are geometric with ratio ``beta = birth g / (1 + birth g)``. No form divides by ``r``.
Source: Kendall (1948), doi:10.1214/aoms/1177730285.

Many cells are one normal draw, expanded to the fifth cumulant (Cornish and Fisher 1938,
doi:10.2307/1400905): within 1e-4 of the law in total variation from the counts where it is used.
"""

import math

import numpy as np

from countermove.engines.kernels.draws import (
    binomial,
    exponential,
    negative_binomial,
    normal,
    uniform,
)
from countermove.foundation.jit import jit_leaf as jit

(
    MEAN,
    ALPHA,
    BETA,
    SPREAD,
    SKEW,
    PATH,
    HAZARD,
    GROWTH,
    BIRTH,
    DEATH,
    MUTATING,
    KURTOSIS,
    FIFTH,
    MANY,
) = range(14)
FIELDS = 14
SKEWED = 0.4  # skewness of the count below which the expansion stands in
WIDE = 25.0  # variance of the count above which it does
SERIES = 1e-4
UNKNOWN = -1.0
_6, _12, _24, _36, _120, _324 = (1.0 / k for k in (6, 12, 24, 36, 120, 324))


@jit
def growth_integral(rate, time):
    """``(exp(rate * time) - 1) / rate``, ``time`` where the rate is 0."""
    x = rate * time
    if abs(x) < SERIES:
        return time * (1.0 + x * (0.5 + x / 6.0))
    return math.expm1(x) / rate


@jit
def path_weight(rate, time, g):
    """``w`` in the mean path between two counts: ``integral of n = n0 h + (n1 - n0) w``."""
    x = rate * time
    if abs(x) < SERIES:
        return time * (0.5 + x / 12.0)
    return (g - time) / (rate * g)


@jit
def set_rates(flow, birth, death, mutating):
    """Write the rates of one type into ``flow`` (FIELDS,), and mark its transition as not known.

    ``birth`` counts all divisions; the share ``mutating`` of them leaves the parent type unchanged.
    ``HAZARD`` is the mutation hazard of one cell, 1/day.
    """
    flow[MEAN] = UNKNOWN
    flow[HAZARD] = birth * mutating
    flow[GROWTH] = birth * (1.0 - mutating) - death
    flow[BIRTH] = birth
    flow[DEATH] = death
    flow[MUTATING] = mutating


@jit
def fill_transition(flow, time):
    """Write the transition over ``time`` under the rates in ``flow``.

    With ``rho = birth g`` the factorial cumulants of one cell's descendants are
    ``(k - 1)! (rho^k - (rho - mean)^k)``; ``SPREAD`` to ``FIFTH`` are its standardized cumulants.
    """
    true_birth = flow[BIRTH] * (1.0 - flow[MUTATING])
    rate = flow[GROWTH]
    g = growth_integral(rate, time)
    ratio = true_birth * g
    mean = 1.0 + rate * g
    flow[MEAN] = mean
    flow[ALPHA] = flow[DEATH] * g / (1.0 + ratio)
    flow[BETA] = ratio / (1.0 + ratio)
    flow[PATH] = path_weight(rate, time, g)
    rest = ratio - mean
    f2 = ratio**2 - rest**2
    f3 = 2.0 * (ratio**3 - rest**3)
    f4 = 6.0 * (ratio**4 - rest**4)
    f5 = 24.0 * (ratio**5 - rest**5)
    variance = f2 + mean
    if variance <= 0.0:
        flow[SPREAD] = flow[SKEW] = flow[KURTOSIS] = flow[FIFTH] = flow[MANY] = 0.0
        return
    spread = math.sqrt(variance)
    skew = (f3 + 3.0 * f2 + mean) / (variance * spread)
    flow[SPREAD] = spread
    flow[SKEW] = skew
    flow[KURTOSIS] = (f4 + 6.0 * f3 + 7.0 * f2 + mean) / variance**2
    flow[FIFTH] = (f5 + 10.0 * f4 + 25.0 * f3 + 15.0 * f2 + mean) / (variance**2 * spread)
    flow[MANY] = max((skew / SKEWED) ** 2, WIDE / variance)


@jit
def fill_flow(flow, birth, death, mutating, time):
    """Write rates and transition of one type over ``time`` into ``flow`` (FIELDS,)."""
    set_rates(flow, birth, death, mutating)
    fill_transition(flow, time)


@jit
def descend_one(state, alpha, beta):
    """Draw what one cell becomes: gone with chance ``alpha``, else geometric of ratio ``beta``."""
    if uniform(state) < alpha:
        return 0.0
    if beta <= 0.0:
        return 1.0
    return 1.0 + np.floor(-exponential(state) / math.log(beta))


@jit
def _expanded(state, cells, flow):
    """Draw of many cells by one normal; a whole number, so its variance is a twelfth smaller."""
    z = normal(state)
    z2 = z * z
    less = 1.0 / math.sqrt(cells)
    skew, kurtosis, fifth = (
        flow[SKEW] * less,
        flow[KURTOSIS] * (less * less),
        flow[FIFTH] * (less * less * less),
    )
    tilt = skew * (z2 - 1.0) * _6
    tilt += z * (kurtosis * (z2 - 3.0) * _24 - skew * skew * (2.0 * z2 - 5.0) * _36)
    tilt += fifth * ((z2 - 6.0) * z2 + 3.0) * _120
    tilt -= skew * kurtosis * ((z2 - 5.0) * z2 + 2.0) * _24
    tilt += skew * skew * skew * ((12.0 * z2 - 53.0) * z2 + 17.0) * _324
    sd = math.sqrt(max(cells * flow[SPREAD] * flow[SPREAD] - _12, 0.0))
    return max(0.0, np.floor(cells * flow[MEAN] + sd * (z + tilt) + 0.5))


@jit
def descend(state, cells, flow):
    """Draw what ``cells`` cells (a whole number, at least 1) become over the leap of ``flow``."""
    if cells >= flow[MANY]:
        return _expanded(state, cells, flow)
    if cells == 1.0:
        return descend_one(state, flow[ALPHA], flow[BETA])
    lasting = binomial(state, cells, 1.0 - flow[ALPHA])
    if lasting == 0.0 or flow[BETA] == 0.0:
        return lasting
    return lasting + negative_binomial(state, lasting, 1.0 - flow[BETA])
