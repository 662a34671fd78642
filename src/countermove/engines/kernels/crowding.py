"""Crowding inside kernels: the factor of ``model.growth_laws``, one niche at a time.

Here: the same laws by code, compiled. Not here: which niche feels which capacity.
"""

import math

from countermove.foundation.jit import jit

EXPONENTIAL, LOGISTIC, GOMPERTZ, POWER = range(4)
ON_BIRTH, EXPONENT, REFERENCE, ADDED = range(4)
LEAST = -1.0  # factor where crowding acts on death, see ``model.growth_laws.crowding``
LEAST_OF_NET = -1e6  # where it acts on net growth: as far as the law takes it


@jit
def least_factor(on_birth):
    """Smallest crowding factor, by ``numbers[ON_BIRTH]``."""
    if on_birth > 0.0:
        return 0.0
    return LEAST if on_birth == 0.0 else LEAST_OF_NET


@jit
def crowding_factor(cells, law, capacity, numbers):
    """Crowding factor, at most 1; ``numbers`` as in ``model.growth_laws.Growth.numbers``."""
    if law == EXPONENTIAL:
        return 1.0
    if law == LOGISTIC:
        factor = 1.0 - cells / capacity
    elif law == GOMPERTZ:
        factor = 1.0 - math.log(max(cells, 1.0)) / math.log(capacity)
    else:
        factor = (max(cells, 1.0) / numbers[REFERENCE]) ** (numbers[EXPONENT] - 1.0)
    return min(1.0, max(least_factor(numbers[ON_BIRTH]), factor))


@jit
def crowd(birth, death, cycle, factor, numbers):
    """Rates of a type under a crowding factor on birth, or as a hazard added to death.

    ``cycle`` is the part of death that is proportional to division, and falls with it.
    """
    if numbers[ON_BIRTH] > 0.0:
        return birth * factor, death - cycle * (1.0 - factor)
    return birth, death + numbers[ADDED] * (1.0 - factor)
