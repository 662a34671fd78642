"""The exact transition of a linear birth-death population over one leap.

Here: its coefficients and one draw from it. Not here: mutation, moves and crowding (see
``kernels.leaps``).

With ``r = birth - death``, ``E = exp(r h)`` and ``g = (E - 1) / r`` (``h`` where ``r`` is 0), one
cell is gone after ``h`` with probability ``alpha = death g / (1 + birth g)``; otherwise its
descendants are geometric with ratio ``beta = birth g / (1 + birth g)``. No form divides by ``r``.
Source: Kendall (1948), doi:10.1214/aoms/1177730285.
"""

import math

import numpy as np

from countermove.engines.kernels.draws import (
    binomial,
    geometric0,
    negative_binomial,
    normal,
    uniform,
)
from countermove.foundation.jit import jit

MEAN, ALPHA, BETA, SPREAD, SKEW, PATH, HAZARD, GROWTH, BIRTH, DEATH, MUTATING = range(11)
FIELDS = 11
NEAR_NORMAL = 0.1  # skewness below which the third-order normal expansion stands in
SERIES = 1e-4


@jit
def growth_integral(rate, time):
    """``(exp(rate * time) - 1) / rate``, ``time`` where the rate is 0."""
    x = rate * time
    if abs(x) < SERIES:
        return time * (1.0 + x * (0.5 + x / 6.0))
    return math.expm1(x) / rate


@jit
def fill_flow(flow, birth, death, mutating, time):
    """Write the transition of one type over ``time`` into ``flow`` (FIELDS,).

    ``birth`` counts all divisions; the share ``mutating`` of them leaves the parent type unchanged.
    ``PATH`` is the weight ``w`` in ``integral of n = n0 h + (n1 - n0) w``, the unbiased mean path
    between two counts; ``HAZARD`` is the mutation hazard of one cell, 1/day.
    """
    true_birth = birth * (1.0 - mutating)
    rate = true_birth - death
    g = growth_integral(rate, time)
    above = 1.0 + true_birth * g
    alpha = death * g / above
    beta = true_birth * g / above
    mean = 1.0 + rate * g
    # factorial moments of a geometric on 1, 2, ... thinned by 1 - alpha
    ratio = true_birth * g
    second = 2.0 * mean * ratio
    third = 3.0 * second * ratio
    variance = second + mean - mean * mean
    central = third + 3.0 * second + mean - 3.0 * mean * (second + mean) + 2.0 * mean**3
    x = rate * time
    if abs(x) < SERIES:
        path = time * (0.5 + x / 12.0)
    else:
        path = (g - time) / (rate * g)
    flow[MEAN] = mean
    flow[ALPHA] = alpha
    flow[BETA] = beta
    flow[SPREAD] = math.sqrt(max(variance, 0.0))
    flow[SKEW] = abs(central) / variance**1.5 if variance > 0.0 else 0.0
    flow[PATH] = path
    flow[HAZARD] = birth * mutating
    flow[GROWTH] = rate
    flow[BIRTH] = birth
    flow[DEATH] = death
    flow[MUTATING] = mutating


@jit
def descend(state, cells, flow):
    """Draw how many cells ``cells`` (a whole number, at least 1) become over the leap of ``flow``."""
    if cells == 1.0:
        if uniform(state) < flow[ALPHA]:
            return 0.0
        return 1.0 + geometric0(state, 1.0 - flow[BETA])
    root = math.sqrt(cells)
    skew = flow[SKEW]
    if skew < NEAR_NORMAL * root:
        z = normal(state)
        tilt = skew / root * (z * z - 1.0) / 6.0
        return max(0.0, np.floor(cells * flow[MEAN] + root * flow[SPREAD] * (z + tilt) + 0.5))
    lasting = binomial(state, cells, 1.0 - flow[ALPHA])
    if lasting == 0.0 or flow[BETA] == 0.0:
        return lasting
    return lasting + negative_binomial(state, lasting, 1.0 - flow[BETA])
