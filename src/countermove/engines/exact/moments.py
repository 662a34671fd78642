r"""Mean and covariance of all types, from start counts through piecewise-constant rates.

Here: the exact first and second moments of the multitype process. Not here: third moments, or any
distribution (see ``inversion``).

For the population that one k-cell founds, mean m and covariance V obey

.. math:: \dot m = m A, \qquad \dot V = A^T V + V A + \textstyle\sum_j m_j \Delta_j, \qquad
   \Delta_j = [b_j(1-U_j) + d_j]\, e_j e_j^T + \sum_l b_j u_{jl}\, e_l e_l^T
   + \sum_l q_{jl}\,(e_l - e_j)(e_l - e_j)^T .

A mutating division of j leaves j and adds one l, so it enters as +1 of l alone. Over a step h the
solution is a short series; over 2h it follows from the law of total covariance,
:math:`V^k(2h) = E^T V^k(h) E + \sum_j E_{kj} V^j(h)`, E = exp(Ah). A piece of any length is a
handful of doublings, and rare types keep their relative accuracy. Memory grows as K^3.

Source: Harris (1963), ch. V; Athreya and Ney (1972), ch. V.7.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from countermove.engines.exact.linear_pieces import LinearPieces
from countermove.foundation.arrays import Floats
from countermove.foundation.errors import EngineRefusal, ScenarioError

MOST_TYPES = 400
_TERMS = 14
_FIRST_STEP = 0.25


class Moments(NamedTuple):
    """Mean (K,) cells and covariance (K, K) cells squared."""

    mean: Floats
    covariance: Floats


def moments(
    pieces: LinearPieces, start_counts: ArrayLike, start_covariance: ArrayLike | None = None
) -> Moments:
    """Mean and covariance of the counts at the last edge.

    Parameters
    ----------
    pieces
        The rates.
    start_counts : (K,)
        Cells at the first edge, or their means.
    start_covariance : (K, K), optional
        Covariance of the counts at the first edge; zero where left out.

    Returns
    -------
    Moments
        Relative error about 1e-12; infinite where a float64 overflows.

    Raises
    ------
    ScenarioError
        A count is negative or not finite, or a shape does not fit.
    EngineRefusal
        More than 400 types: K^3 numbers no longer fit.
    """
    count = pieces.types
    if count > MOST_TYPES:
        raise EngineRefusal(
            "engine", got=f"'exact' covariance of {count} types", expected=f"at most {MOST_TYPES}",
            remedy="Engines that can: branching.",
        )  # fmt: skip
    mean = np.array(start_counts, dtype=np.float64)
    spread = np.zeros((count, count))
    if start_covariance is not None:
        spread = np.array(start_covariance, dtype=np.float64)
    if mean.shape != (count,) or spread.shape != (count, count):
        raise ScenarioError("start_counts", got=f"shape {mean.shape}", expected=f"{count} types")
    if not np.all(np.isfinite(mean)) or np.any(mean < 0):
        raise ScenarioError("start_counts", got=str(mean), expected="counts of 0 or more")
    with np.errstate(over="ignore", invalid="ignore"):
        for piece in range(pieces.pieces):
            growth, one_cell = one_cell_moments(pieces, piece)
            spread = growth.T @ spread @ growth + np.tensordot(mean, one_cell, axes=1)
            mean = mean @ growth
    return Moments(mean, spread)


def one_cell_moments(pieces: LinearPieces, piece: int) -> tuple[Floats, Floats]:
    """Mean and covariance over one whole piece for one founder of each type.

    Parameters
    ----------
    pieces, piece
        The rates, and which piece of them.

    Returns
    -------
    mean : (K, K)
        Row k: mean counts founded by one k-cell.
    covariance : (K, K, K)
        Entry k: covariance matrix of those counts.
    """
    duration = float(pieces.edges[piece + 1] - pieces.edges[piece])
    moves = pieces.moves[piece].sum(axis=1)
    fastest = float(np.max(pieces.birth[piece] + pieces.death[piece] + moves))
    doublings = max(0, int(np.ceil(np.log2(max(fastest * duration, 1e-300) / _FIRST_STEP))))
    growth, spread = _short_step(pieces, piece, duration / 2.0**doublings)
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(doublings):
            spread = growth.T @ spread @ growth + np.tensordot(growth, spread, axes=1)
            growth = growth @ growth
    return growth, spread


def _short_step(pieces: LinearPieces, piece: int, step: float) -> tuple[Floats, Floats]:
    count = pieces.types
    matrix = pieces.mean_matrix(piece) * step
    mean_term = np.eye(count)
    spread_term = np.zeros((count, count, count))
    growth, spread = mean_term.copy(), spread_term.copy()
    for n in range(1, _TERMS + 1):
        half = spread_term @ matrix
        new = half + half.transpose(0, 2, 1) + step * _jumps(pieces, piece, mean_term)
        spread_term = new / n
        mean_term = mean_term @ matrix / n
        growth += mean_term
        spread += spread_term
    return growth, spread


def _jumps(pieces: LinearPieces, piece: int, weights: Floats) -> Floats:
    """Sum over acting types j of weights (n, K) times Delta_j, (n, K, K)."""
    birth, moves = pieces.birth[piece], pieces.moves[piece]
    moved = weights[:, :, None] * moves
    products = -moved - moved.transpose(0, 2, 1)
    own = birth * (1 - pieces.mutation.sum(axis=1)) + pieces.death[piece] + moves.sum(axis=1)
    each = np.arange(pieces.types)
    products[:, each, each] += weights @ (birth[:, None] * pieces.mutation + moves) + weights * own
    return products
