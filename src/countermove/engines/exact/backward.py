"""Backward Kolmogorov equations of the multitype, time-inhomogeneous birth-death process.

Here: generating functions of the population that one cell, or given counts of cells, found, and
the probabilities that follow from them at once (extinction, absence, never arisen). Not here:
tumors grown to a size (see ``at_size``), whole count distributions (see ``inversion``), anything
with competition or feedback: the branching property is what makes these equations exact.

Names keep three events apart. *absent*: no cell of these types is **alive** at the end. *never
arisen*: none was **ever born**. *no surviving lineage*: no cell alive at the end has descendants
that last **forever** under the last piece's rates.
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from countermove.engines.exact.linear_pieces import LinearPieces, type_mask
from countermove.engines.exact.taylor import step_through
from countermove.foundation.arrays import Floats
from countermove.foundation.errors import ScenarioError

_CHUNK = 1 << 15


def survival_side(
    pieces: LinearPieces, final: ArrayLike, *, rtol: float = 1e-12
) -> NDArray[np.inexact]:
    r"""Solve 1 - F backward through every piece, from the last edge to the first.

    .. math:: \dot F_k = b_k[(1-U_k)F_k^2 + F_k\textstyle\sum_l u_{kl}F_l] + d_k
              + \sum_l q_{kl}F_l - (b_k + d_k + \sum_l q_{kl})F_k

    Parameters
    ----------
    pieces
        The rates; the founder starts at the first edge, cells are counted at the last.
    final : (..., K)
        1 - s, one row per argument s, real or complex, with ``abs(s) <= 1``. Zero where a type is
        not looked at, 1 where a cell of that type must not be there.
    rtol
        Relative truncation error of each step for each type, at least 1e-14.

    Returns
    -------
    (..., K) values of 1 - F_k. For real s in [0, 1] they are probabilities that keep their relative
    accuracy (about 1e-11 over 1,000 steps) however small they are.

    Raises
    ------
    ScenarioError
        ``final`` does not end in K, or leaves the unit disk.

    Notes
    -----
    Source: model.md 6.0; Harris, The Theory of Branching Processes (1963), ch. V. Stiff rates make
    it slow, never wrong: steps are at most 2.5 times the shortest mean waiting time.
    """
    given = np.asarray(final)
    given = given.astype(np.complex128 if np.iscomplexobj(given) else np.float64)
    if given.ndim == 0 or given.shape[-1] != pieces.types:
        raise ScenarioError(
            "final", got=f"shape {given.shape}", expected=f"last axis of {pieces.types} types"
        )
    if not np.all(np.abs(1 - given) <= 1 + 1e-9):
        raise ScenarioError("final", got="an argument s outside", expected="abs(s) <= 1")
    rows = given.reshape(-1, pieces.types)
    step = max(1, _CHUNK // pieces.types)
    parts = [
        _through_all(pieces, rows[first : first + step], max(rtol, 1e-14))
        for first in range(0, rows.shape[0], step)
    ]
    return np.concatenate(parts).reshape(given.shape) if parts else given


def _through_all(
    pieces: LinearPieces, state: NDArray[np.inexact], rtol: float
) -> NDArray[np.inexact]:
    for piece in range(pieces.pieces - 1, -1, -1):
        duration = float(pieces.edges[piece + 1] - pieces.edges[piece])
        for taken in step_through(pieces, piece, state, duration, rtol=rtol):
            state = taken.terms.sum(axis=0)
    return state


def generating_function(
    pieces: LinearPieces, s: ArrayLike, *, rtol: float = 1e-12
) -> NDArray[np.inexact]:
    """F_k(t; s) = E[prod_l s_l^(cells of type l) | one founder of type k].

    Parameters
    ----------
    pieces
        The rates, from the founder's birth to the count.
    s : (..., K)
        Arguments, ``abs(s) <= 1``.
    rtol
        As in :func:`survival_side`.

    Returns
    -------
    (..., K), one value for each type of founder.
    """
    return 1 - survival_side(pieces, 1 - np.asarray(s), rtol=rtol)


def log_none_survive(survival: ArrayLike, counts: ArrayLike) -> NDArray[np.inexact]:
    """Log of prod_k (1 - g_k)^n_k for independent founders; n up to 1e13 and g down to 1e-300.

    Parameters
    ----------
    survival : (..., K)
        1 - F.
    counts : (K,)
        Founders of each type, not negative (expected counts need not be whole).

    Returns
    -------
    (...,) logs; minus infinity where a founder survives for sure.
    """
    survival, counts = np.asarray(survival), np.asarray(counts, dtype=np.float64)
    if counts.shape != survival.shape[-1:] or not np.all(np.isfinite(counts)) or counts.min() < 0:
        raise ScenarioError(
            "start_counts", got=str(counts), expected=f"{survival.shape[-1]} counts, 0 or more"
        )
    if not np.iscomplexobj(survival):
        survival = np.minimum(survival, 1.0)
    there = counts > 0
    with np.errstate(divide="ignore"):
        return np.log1p(-survival[..., there]) @ counts[there]


def extinction(pieces: LinearPieces, start_counts: ArrayLike, *, rtol: float = 1e-12) -> float:
    """Probability that no cell of any type is alive at the last edge.

    Parameters
    ----------
    pieces
        The rates.
    start_counts : (K,)
        Cells of each type at the first edge.
    rtol
        As in :func:`survival_side`.

    Returns
    -------
    float
        Probability in [0, 1].
    """
    return absent(pieces, start_counts, np.ones(pieces.types, dtype=bool), rtol=rtol)


def absent(
    pieces: LinearPieces, start_counts: ArrayLike, types: ArrayLike, *, rtol: float = 1e-12
) -> float:
    """Probability that no cell of the given types is *alive* at the last edge.

    Parameters
    ----------
    pieces
        The rates.
    start_counts : (K,)
        Cells of each type at the first edge.
    types : (n,) indices or (K,) boolean
        The types that must be absent.
    rtol
        As in :func:`survival_side`.

    Returns
    -------
    float
        Probability in [0, 1].
    """
    final = type_mask(types, pieces.types).astype(np.float64)
    survival = survival_side(pieces, final, rtol=rtol)
    return float(np.exp(log_none_survive(survival, start_counts)))


def never_arisen(
    pieces: LinearPieces, start_counts: ArrayLike, types: ArrayLike, *, rtol: float = 1e-12
) -> float:
    """Probability that no cell of the given types was *ever born* up to the last edge.

    Parameters
    ----------
    pieces, start_counts, types, rtol
        As in :func:`absent`.

    Returns
    -------
    float
        Probability in [0, 1], never above that of :func:`absent`.
    """
    kept = type_mask(types, pieces.types)
    return absent(pieces.frozen(kept), start_counts, kept, rtol=rtol)


def lasting_survival(pieces: LinearPieces, piece: int = -1) -> Floats:
    """Probability that the lineage of one cell never dies out under one piece's rates.

    Parameters
    ----------
    pieces
        The rates.
    piece
        Which piece is held forever; the last by default.

    Returns
    -------
    (K,) probabilities; exactly 0 where every lineage dies out.

    Notes
    -----
    Newton's method on the stationary backward equation from certain survival, where it falls
    monotonically to the largest root (for monotone systems of polynomials; Etessami and Yannakakis
    2009). Types from which no supercritical class can be reached are 0 from the start.
    """
    piece = range(pieces.pieces)[piece]
    last = pieces.between(pieces.edges[piece], pieces.edges[piece + 1])
    mean = last.mean_matrix(0)
    survival = _may_last(mean).astype(np.float64)
    live = survival > 0
    mean = mean[np.ix_(live, live)]
    pairs = last.birth[0][:, None] * last.mutation
    pairs[np.diag_indices(last.types)] = last.birth[0] * (1 - last.mutation.sum(axis=1))
    pairs = pairs[np.ix_(live, live)]
    g = survival[live]
    for _ in range(500 if g.size else 0):
        value = mean @ g - g * (pairs @ g)
        slope = mean - np.diag(pairs @ g) - g[:, None] * pairs
        change = np.linalg.solve(slope, value)
        g = np.minimum(g - change, g)
        if np.all(np.abs(change) <= 1e-15 * g):
            break
    survival[live] = g
    return survival


def _may_last(mean: Floats) -> NDArray[np.bool_]:
    """Types from which a class of types with positive growth can be reached."""
    links = mean > 0
    np.fill_diagonal(links, False)
    parts = scipy.sparse.csgraph.connected_components(links, directed=True, connection="strong")
    count, label = parts
    lasting = np.zeros(mean.shape[0], dtype=bool)
    for each in range(count):
        inside = np.flatnonzero(label == each)
        growth = np.linalg.eigvals(mean[np.ix_(inside, inside)]).real.max()
        lasting[inside] = growth > 1e-14 * np.abs(mean[np.ix_(inside, inside)]).max()
    for _ in range(mean.shape[0]):
        wider = lasting | (links @ lasting)
        if np.array_equal(wider, lasting):
            break
        lasting = wider
    return lasting


def no_surviving_lineage(
    pieces: LinearPieces, start_counts: ArrayLike, *, rtol: float = 1e-12
) -> float:
    """Probability that the population dies out in the end, the last piece's rates held forever.

    Parameters
    ----------
    pieces, start_counts, rtol
        As in :func:`absent`.

    Returns
    -------
    float
        Probability in [0, 1], never below that of :func:`extinction`.
    """
    survival = survival_side(pieces, lasting_survival(pieces), rtol=rtol)
    return float(np.exp(log_none_survive(survival, start_counts)))
