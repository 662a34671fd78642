"""How long a leap may be, and the arrays a kernel needs for each.

Here: leap lengths from rates, averaging of levels within a leap, transition matrices. Not here: the
flows themselves (``kernels``).

A leap is cut short by, and only by: the end of the stretch; a lasting change of drug level; moves
between states or niches (their splitting from growth is of second order); crowding; and mutation so
frequent that the chance in a parent's path between its two counts matters. Linear growth alone
needs no cutting: its flow is exact at any length.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from countermove.engines.kernels.birth_death import FIELDS, fill_flow
from countermove.engines.kernels.tuples import Plan
from countermove.foundation.jit import jit
from countermove.model import CompiledModel, Exposure, Rates

Floats = NDArray[np.float64]
LONGEST = 30.0  # days
MOVED = 0.2  # moves: leap * rate; their splitting from growth is of second order in it
SPREAD = 1.0  # moves: leap * spread of growth rates; when within a leap a cell moves is left out
CROWDED = 0.45  # crowding: leap * growth rate; its average over a leap is of fourth order
PATH_NOISE = 0.05  # mutation: excess dispersion left out, relative
DOSED = 0.5  # averaging of levels: leap * swing of growth rates
FREQUENT = 1e-4  # mutation per division beyond which few cells are simulated event by event
LADDER_END = 2.5e-4  # shortest leap of a growing tumor, in units of its growth time
MAX_GROWTH = 3.0  # growth per leap, e-folds


def longest_leap(model: CompiledModel, rates: Rates, limit: float) -> float:
    """Longest leap under given rates, days.

    Parameters
    ----------
    rates
        Of the pieces within reach: (pieces, ...) arrays.
    limit
        Longest leap asked for.
    """
    net = rates.birth - rates.death
    leap = min(limit, MAX_GROWTH / max(float(net.max(initial=0.0)), 1e-12))
    fastest = float(rates.moves.max(initial=0.0))
    spread = float((net.max(axis=-1) - net.min(axis=-1)).max(initial=0.0))
    if fastest > 0.0:
        leap = min(leap, MOVED / fastest, SPREAD / max(spread, 1e-12))
    if not model.growth.is_linear:
        leap = min(leap, CROWDED / max(float(np.abs(net).max()), float(rates.birth.max()), 1e-12))
    mutating = _mutating(model, rates)
    noise = mutating * rates.birth * (rates.birth + rates.death)
    worst = float(noise.max(initial=0.0))
    return min(leap, np.sqrt(PATH_NOISE / worst)) if worst > 0.0 else leap


def _mutating(model: CompiledModel, rates: Rates) -> Floats:
    """(..., types) share of divisions that mutate."""
    total = np.zeros(rates.birth.shape)
    source = model.mutation.source
    if source.size:
        starts = np.flatnonzero(np.r_[True, source[1:] != source[:-1]])
        total[..., source[starts]] = np.add.reduceat(rates.mutation, starts, axis=-1)
    return total


def cut(model: CompiledModel, exposure: Exposure, limit: float) -> tuple[Floats, Rates]:
    """Leap lengths over an exposure, and the average rates of each.

    Pieces shorter than a leap are averaged (mean growth stays exact); longer ones are divided.
    """
    phase = "under" if exposure.treated else "before"
    rates = model.rates(exposure.levels, peak=exposure.peak, phase=phase)
    widths = np.diff(exposure.edges)
    leap = longest_leap(model, rates, limit)
    if widths.size > 1:
        swing = float(np.ptp(rates.birth - rates.death, axis=0).max(initial=0.0))
        leap = min(leap, max(DOSED / max(swing, 1e-12), float(widths.min())))
    lengths: list[float] = []
    blocks: list[tuple[int, int, int]] = []
    first, held = 0, 0.0
    for number, width in enumerate(widths):
        if held and held + width > leap * (1.0 + 1e-9):
            lengths.append(held)
            blocks.append((first, number, 1))
            first, held = number, 0.0
        if width > leap:
            parts = int(np.ceil(width / leap - 1e-9))
            lengths += [float(width) / parts] * parts
            blocks.append((number, number + 1, parts))
            first = number + 1
        else:
            held += float(width)
    if held:
        lengths.append(held)
        blocks.append((first, widths.size, 1))
    return np.array(lengths), _averaged(rates, widths, blocks)


def _averaged(rates: Rates, widths: Floats, blocks: list[tuple[int, int, int]]) -> Rates:
    def average(values: Floats) -> Floats:
        rows = []
        for first, last, parts in blocks:
            weights = widths[first:last] / widths[first:last].sum()
            rows += [weights @ values[first:last]] * parts
        return np.array(rows).reshape(len(rows), values.shape[-1])

    return Rates(
        average(rates.birth),
        average(rates.death),
        average(rates.cycle),
        average(rates.mutation),
        average(rates.moves),
    )


def build(model: CompiledModel, lengths: Floats, rates: Rates) -> Plan:
    """Arrays for leaps of given lengths and rates, (leaps, ...) each."""
    mutating = _mutating(model, rates)
    flows = np.zeros((lengths.size, model.types, FIELDS))
    _fill(flows, rates.birth, rates.death, mutating, lengths)
    halves = _transitions(model, rates, lengths, mutating)
    meeting = halves[0].copy()
    if model.sub_types > 1:
        meeting[1:] = halves[1, :-1] @ halves[0, 1:]
    arrays = (lengths, rates.birth, rates.death, rates.cycle)
    arrays = (*arrays, mutating, rates.mutation, rates.moves)
    return Plan(
        *(np.ascontiguousarray(a, dtype=float) for a in (*arrays, flows, halves, meeting)),
        alike=_alike(model, (rates.birth, rates.death, rates.cycle, mutating)),
    )


def _alike(model: CompiledModel, rates: tuple[Floats, ...]) -> NDArray[np.int64]:
    """(types,) first type of the same niche whose rates, (leaps, types) each, never differ."""
    if model.growth.is_linear:  # their flows are worked out with the plan
        return np.arange(model.types)
    niche = np.asarray(model.niche, dtype=float)[None, :]
    _, first, back = np.unique(
        np.vstack([niche, *rates]), axis=1, return_index=True, return_inverse=True
    )
    return first[back.reshape(-1)].astype(np.int64)


def ladder(model: CompiledModel, rates: Rates, limit: float) -> Plan:
    """Leaps of one set of rates, each half as long as the one before, for growth to a size."""
    longest = longest_leap(model, rates, limit)
    net = max(float((rates.birth - rates.death).max()), 1e-9)
    rungs = 1 + max(0, int(np.ceil(np.log2(longest * net / LADDER_END))))
    lengths: Floats = np.asarray(longest * 0.5 ** np.arange(rungs), dtype=np.float64)

    def repeat(values: Floats) -> Floats:
        return np.repeat(values.reshape(1, -1), rungs, axis=0)

    same = Rates(
        repeat(rates.birth),
        repeat(rates.death),
        repeat(rates.cycle),
        repeat(rates.mutation),
        repeat(rates.moves),
    )
    return build(model, lengths, same)


@jit
def _fill(flows, birth, death, mutating, lengths):
    """Flows of every leap and type."""
    for leap in range(lengths.size):
        for kind in range(birth.shape[1]):
            fill_flow(
                flows[leap, kind],
                birth[leap, kind],
                death[leap, kind],
                mutating[leap, kind],
                lengths[leap],
            )


def _transitions(model: CompiledModel, rates: Rates, lengths: Floats, mutating: Floats) -> Floats:
    """(2, leaps, variants, s, s) transition matrices that open and close each leap.

    A move from i to j at rate q is split into a share ``w`` of it before growth and the rest after,
    with ``w = 1/x - 1/(exp(x) - 1)`` and ``x`` the leap times the growth of j less that of i. So
    both what leaves i and what has grown in j are right on average to first order in q, however
    different their growth; equal halves are the case of equal growth.
    """
    subs, variants = model.sub_types, model.variants
    if subs == 1:
        return np.zeros((2, lengths.size, 0, 1, 1))
    source, target = model.moves.source, model.moves.target
    growth = (rates.birth * (1.0 - mutating) - rates.death) * lengths[:, None]
    first = _early_share(growth[:, target] - growth[:, source])
    moved = rates.moves * lengths[:, None]
    exponent = np.zeros((2, lengths.size, variants, subs, subs))
    variant, inside = np.divmod(source, subs)
    early, late = moved * first, moved * (1.0 - first)
    for edge in range(source.size):
        place = (variant[edge], inside[edge], target[edge] % subs)
        exponent[(0, slice(None), *place)] += early[:, edge]
        exponent[(1, slice(None), *place)] += late[:, edge]
    diagonal = np.arange(subs)
    exponent[..., diagonal, diagonal] = -exponent.sum(axis=-1)
    unique, back = np.unique(exponent.reshape(-1, subs, subs), axis=0, return_inverse=True)
    chance = np.clip(expm(unique), 0.0, 1.0)[back.reshape(-1)].reshape(exponent.shape)
    return np.asarray(chance, dtype=np.float64)


def _early_share(x: Floats) -> Floats:
    """``1/x - 1/(exp(x) - 1)``, 1/2 at 0."""
    near = np.abs(x) < 1e-3
    safe = np.clip(np.where(near, 1.0, x), -500.0, 500.0)
    return np.where(near, 0.5 - x / 12.0, 1.0 / safe - 1.0 / np.expm1(safe))
