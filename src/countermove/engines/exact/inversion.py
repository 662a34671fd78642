r"""From a generating function to the distribution of a count, by inversion on a circle.

Here: the inversion, and the distribution of the number of cells of chosen types. Not here: the
generating functions themselves (see ``backward``, ``at_size``, ``luria_delbruck``).

The circle has radius R < 1 with R^N = 1e-12 for N points, N four times the counts asked for. Counts
that wrap round are then damped by 1e-12, and rounding is magnified at most a thousand times: the
absolute error of each probability is about 1e-12 plus that of the generating function.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from countermove.engines.exact.at_size import GrowthToSize, log_generating_function_at_size
from countermove.engines.exact.backward import log_none_survive, survival_side
from countermove.engines.exact.linear_pieces import LinearPieces, type_mask
from countermove.foundation.arrays import Complexes, Floats
from countermove.foundation.errors import ScenarioError

WRAP = 1e-12


def pmf_from_generating_function(
    generating_function: Callable[[Complexes], Complexes], largest: int
) -> Floats:
    """Probabilities of 0, 1, ..., ``largest`` from E[z^n].

    Parameters
    ----------
    generating_function
        Maps (S,) complex z with ``abs(z) <= 1`` to (S,) values of E[z^n].
    largest
        Largest count asked for, 0 or more.

    Returns
    -------
    (largest + 1,) probabilities, absolute error about 1e-12. They sum to less than 1: the rest lies
    above ``largest``.

    Notes
    -----
    Source: Abate and Whitt (1992), Numerical inversion of probability generating functions.
    """
    if largest < 0:
        raise ScenarioError("largest", got=str(largest), expected="a count of 0 or more")
    points = 4 * (largest + 1)
    radius = WRAP ** (1.0 / points)
    half = np.arange(points // 2 + 1)
    values = generating_function(radius * np.exp(2j * np.pi * half / points))
    scaled = np.fft.irfft(np.conj(values), n=points)[: largest + 1]
    return np.clip(scaled * radius ** -np.arange(largest + 1.0), 0.0, 1.0)


def count_distribution(
    pieces: LinearPieces, start_counts: ArrayLike, types: ArrayLike, *, largest: int
) -> Floats:
    """Distribution of the number of cells of given types alive at the last edge.

    Parameters
    ----------
    pieces
        The rates.
    start_counts : (K,)
        Whole numbers of cells of each type at the first edge.
    types : (n,) indices or (K,) boolean
        Types counted together.
    largest
        Largest count asked for.

    Returns
    -------
    (largest + 1,) probabilities.
    """
    mask = type_mask(types, pieces.types)
    counts = np.asarray(start_counts, dtype=np.float64)
    if np.any(counts != np.round(counts)):
        raise ScenarioError("start_counts", got=str(counts), expected="whole numbers of cells")

    def at(z: Complexes) -> Complexes:
        survival = survival_side(pieces, (1 - z)[:, None] * mask)
        return np.exp(log_none_survive(survival, counts))

    return pmf_from_generating_function(at, largest)


def count_distribution_at_size(grown: GrowthToSize, types: ArrayLike, *, largest: int) -> Floats:
    """Distribution of the number of cells of given types alive when a tumor reaches its size.

    Parameters
    ----------
    grown
        From :func:`countermove.engines.exact.at_size.grow_to_size`.
    types : (n,) indices or (K,) boolean
        Types counted together; not the founder's.
    largest
        Largest count asked for.

    Returns
    -------
    (largest + 1,) probabilities; error as in ``at_size``.
    """
    mask = type_mask(types, grown.growth.types)
    if mask[grown.founder]:
        raise ScenarioError("types", got="the founder's type", expected="other types")

    def at(z: Complexes) -> Complexes:
        return np.exp(log_generating_function_at_size(grown, (1 - z)[:, None] * mask))

    return pmf_from_generating_function(at, largest)
