"""Moves that open and close a leap, as transition matrices.

Here: a leap's matrices from its rates. Not here: drawing the moves (``kernels.leaps``).

A move from i to j at rate q is split into a share ``w`` of it before growth and the rest after,
with ``w = 1/x - 1/(exp(x) - 1)`` and ``x`` the leap times the growth of j less that of i. So
both what leaves i and what has grown in j are right on average to first order in q, however
different their growth; equal halves are the case of equal growth.
"""

from __future__ import annotations

import math

from countermove.engines.kernels.tuples import Plan
from countermove.foundation.jit import jit_leaf as jit
from countermove.model.arrays import Ways

TERMS = 14  # of the exponential series, at a norm of at most a half: good to 1e-19
HALF = 0.5


@jit
def early_share(x: float) -> float:
    """``1/x - 1/(exp(x) - 1)``, 1/2 at 0."""
    if abs(x) < 1e-3:
        return 0.5 - x / 12.0
    x = min(max(x, -500.0), 500.0)
    return 1.0 / x - 1.0 / math.expm1(x)


@jit
def fill_halves(moves: Ways, plan: Plan, number: int, drafts) -> None:
    """Fill both matrices of every variant for one leap."""
    variants, subs = plan.half.shape[2], plan.half.shape[3]
    length, edge = plan.length[number], 0
    share = drafts.share
    for variant in range(variants):
        share[:] = 0.0
        while edge < moves.source.size and moves.source[edge] // subs == variant:
            source, target = moves.source[edge], moves.target[edge]
            moved = plan.moving[number, edge] * length
            if moved > 0.0:
                gap = _growth(plan, number, target) - _growth(plan, number, source)
                early = early_share(gap * length)
                i, j = source % subs, target % subs
                share[0, i, j] += moved * early
                share[0, i, i] -= moved * early
                share[1, i, j] += moved * (1.0 - early)
                share[1, i, i] -= moved * (1.0 - early)
            edge += 1
        for end in range(2):
            _fill_exponential(share[end], plan.half[number, end, variant], drafts.power)


@jit
def _growth(plan: Plan, number: int, kind: int) -> float:
    birth = plan.birth[number, kind] * (1.0 - plan.mutating[number, kind])
    return birth - plan.death[number, kind]


@jit
def _fill_exponential(matrix, out, power) -> None:
    """Matrix exponential of rates that sum to 0 in each row, by scaling, series and squaring."""
    size, norm = matrix.shape[0], 0.0
    for i in range(size):
        norm = max(norm, -2.0 * matrix[i, i])
    squarings = max(0, math.ceil(math.log2(norm / HALF))) if norm > HALF else 0
    scale, term, other = 0.5**squarings, power[0], power[1]
    for i in range(size):
        for j in range(size):
            out[i, j] = term[i, j] = 1.0 if i == j else 0.0
    if norm == 0.0:
        return
    for order in range(1, TERMS):
        _multiply(term, matrix, other, scale / order)
        for i in range(size):
            for j in range(size):
                term[i, j] = other[i, j]
                out[i, j] += term[i, j]
    for _ in range(squarings):
        _multiply(out, out, other, 1.0)
        for i in range(size):
            for j in range(size):
                out[i, j] = other[i, j]
    for i in range(size):
        for j in range(size):
            out[i, j] = min(max(out[i, j], 0.0), 1.0)


@jit
def _multiply(left, right, out, scale) -> None:
    size = left.shape[0]
    for i in range(size):
        for j in range(size):
            total = 0.0
            for k in range(size):
                total += left[i, k] * right[k, j]
            out[i, j] = scale * total
