r"""Taylor-series stepping of the backward equations, on the survival side.

Here: one piece of constant rates, moved forward in lineage age by an adaptive series of high
order; each step hands out its own polynomial, so integrals along the way cost nothing more.
Not here: several pieces, and what the numbers mean (see ``backward``).

With :math:`g_k = 1 - F_k` the backward equation of ``model.md`` 6.0 becomes

.. math:: dg_k/dt = (A g)_k - b_k g_k \bigl[(1-U_k) g_k + \sum_l u_{kl} g_l\bigr],

A being the mean matrix: no difference of nearly equal numbers is left, so a survival probability of
1e-15 keeps its digits, and 1e13 founders may be raised to their power. The right side is quadratic,
so the series follows from one recursion (a Cauchy product), and its truncation is controlled
relative to *each* type: a type that is a million times rarer is as accurate as the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from countermove.engines.exact.linear_pieces import LinearPieces
from countermove.foundation.arrays import Floats
from countermove.foundation.jit import jit_leaf

ORDER = 20
"""Highest power kept in a step."""

LONGEST_STEP = 2.5
"""Mean event times in one step, at most; keeps cancellation in the series near 1e-14."""

_POWERS = np.arange(ORDER + 1)


class Step(NamedTuple):
    """One step; the solution inside it is ``sum_j terms[j] x**j`` for x = (t - start)/length."""

    start: float
    length: float
    terms: NDArray[np.inexact]


def step_through(
    pieces: LinearPieces,
    piece: int,
    initial: NDArray[np.inexact],
    duration: float,
    *,
    rtol: float = 1e-12,
    linear: bool = False,
) -> Iterator[Step]:
    """Follow 1 - F through one piece of constant rates.

    Parameters
    ----------
    pieces, piece
        The rates, and which piece of them is in force.
    initial : (S, K)
        1 - s, for S arguments at once; complex allowed.
    duration
        Days to cover, not negative.
    rtol
        Relative truncation error allowed per step, for each type.
    linear
        Drop the quadratic part: the solution is then the mean weighted by ``initial``.

    Yields
    ------
    Step
        In order of time; ``terms`` is (ORDER + 1, S, K), and its sum over the first axis is the
        solution at the end of the step.
    """
    mean, pairs = pieces.mean_matrix(piece), _pair_matrix(pieces, piece)
    moves = pieces.moves[piece].sum(axis=1)
    fastest = float(np.max(pieces.birth[piece] + pieces.death[piece] + moves))
    if fastest == 0 or duration == 0:
        yield Step(0.0, duration, _resting(initial))
        return
    unit = 1.0 / fastest
    pairs = np.zeros_like(pairs) if linear else pairs
    mean, pairs = (np.ascontiguousarray(matrix.T * unit) for matrix in (mean, pairs))
    now, state = 0.0, initial
    while now < duration:
        series = _series(state, mean, pairs)
        left = (duration - now) / unit
        length = _accepted_length(np.abs(series), min(LONGEST_STEP, left), rtol)
        terms = series * (length**_POWERS)[:, None, None]
        at_end = length >= left
        yield Step(now, duration - now if at_end else length * unit, terms)
        state = terms.sum(axis=0)
        now = duration if at_end else now + length * unit


def _pair_matrix(pieces: LinearPieces, piece: int) -> Floats:
    """Rates b_k (1 - U_k) on the diagonal and b_k u_kl beside it: which pairs a division makes."""
    matrix = pieces.mutation.copy()
    matrix[np.diag_indices(pieces.types)] = 1 - pieces.mutation.sum(axis=1)
    return pieces.birth[piece][:, None] * matrix


def _resting(state: NDArray[np.inexact]) -> NDArray[np.inexact]:
    terms = np.zeros((ORDER + 1, *state.shape), dtype=state.dtype)
    terms[0] = state
    return terms


def _series(state: NDArray[np.inexact], mean: Floats, pairs: Floats) -> NDArray[np.inexact]:
    """Series coefficients about ``state``, time in units of the fastest event."""
    series = _resting(state)
    _fill_series(series, np.empty_like(series), mean, pairs)
    return series


@jit_leaf
def _fill_series(
    series: NDArray[np.inexact], paired: NDArray[np.inexact], mean: Floats, pairs: Floats
) -> None:
    """Fill the coefficients (ORDER + 1, S, K) after the first, one from those before it."""
    arguments, types = series.shape[1], series.shape[2]
    for row in range(arguments):
        for n in range(series.shape[0] - 1):
            paired[n, row] = 0.0
            series[n + 1, row] = 0.0
            for source in range(types):
                value = series[n, row, source]
                for kind in range(types):
                    paired[n, row, kind] += value * pairs[source, kind]
                    series[n + 1, row, kind] += value * mean[source, kind]
            for before in range(n + 1):
                for kind in range(types):
                    series[n + 1, row, kind] -= (
                        series[before, row, kind] * (paired[n - before, row, kind])
                    )
            for kind in range(types):
                series[n + 1, row, kind] /= n + 1


def _accepted_length(size: Floats, longest: float, rtol: float) -> float:
    """Longest step whose last two terms are negligible beside the largest, for every entry."""
    length = longest
    while True:
        scaled = size * (length**_POWERS)[:, None, None]
        largest = scaled.max(axis=0)
        last = scaled[-1] + scaled[-2]
        error = float(np.max(last / np.where(largest > 0, largest, 1.0)))
        if error <= rtol:
            return length
        length *= max(0.2, 0.95 * (rtol / error) ** (1.0 / (ORDER - 1)))
