"""What travels together into a kernel: one named tuple each, so that no call has twelve places.

Here: the tuples, and the slots of a tumor's book of numbers. Not here: what is done with them.

numba takes named tuples as they are; their arrays are changed in place.
"""

from typing import NamedTuple

import numpy as np

from countermove.engines.kernels.birth_death import FIELDS
from countermove.foundation.arrays import Floats, Ints, Words
from countermove.foundation.jit import jit, jit_leaf

STACK = 2048  # batches of mutants nested in one leap
ROWS = 4096  # rows occupied by few cells; growth within a leap adds some
RECORDING, LINEAGES, CAPACITY, SUBS, OVERFLOW = range(5)
BEGUN, FACTOR, EXPECTED, AVERAGE = range(4)  # rows of a leap's scratch by niche
STACK_FULL = 2  # in the slot OVERFLOW: more batches than STACK; 1: more lineages than CAPACITY


class Tumor(NamedTuple):
    """One tumor, changed in place.

    Attributes
    ----------
    stream : (4,) state of its random stream
    clock : (1,) hazard left until its next mutation
    cells : (rows,) whole numbers of cells
    variant, parent, born : (lineages,) of each lineage; ``parent`` and ``born`` when recording
    book : (5,) recording, lineages, capacity, subs, overflow
    """

    stream: Words
    clock: Floats
    cells: Floats
    variant: Ints
    parent: Ints
    born: Floats
    book: Ints


class Crowding(NamedTuple):
    """Growth law of each niche, and each sub-type's niche.

    Attributes
    ----------
    niche : (subs,)
    law, capacity : (niches,)
    numbers : (4,) see ``model.growth_laws.Growth.numbers``
    """

    niche: Ints
    law: Ints
    capacity: Floats
    numbers: Floats


class Network(NamedTuple):
    """Which type leads to which, and what crowds whom: the same at every leap.

    Attributes
    ----------
    edge_start : (types + 1,), edge_target (edges,): mutation
    move_start : (types + 1,), move_target (moves,): switching and exchange
    growth : crowding
    linear : nothing crowds
    few : few cells are simulated event by event
    """

    edge_start: Ints
    edge_target: Ints
    move_start: Ints
    move_target: Ints
    growth: Crowding
    linear: bool
    few: bool


class Plan(NamedTuple):
    """Leaps of one patient's tumors, (leaps, ...) each; there may be room for more.

    Attributes
    ----------
    leaps : (1,) how many there are
    length : (leaps,) days
    birth, death, cycle, mutating : (leaps, types)
    chance : (leaps, mutation edges)
    moving : (leaps, move edges)
    flow : (leaps, types, fields) transitions of linear growth
    half : (leaps, 2, variants, subs, subs) moves that open and close a leap
    meeting : (leaps, variants, subs, subs) moves that close one leap and open the next
    alike : (types,) first type of the same rates and niche: what grows alike is worked out once
    """

    leaps: Ints
    length: Floats
    birth: Floats
    death: Floats
    cycle: Floats
    mutating: Floats
    chance: Floats
    moving: Floats
    flow: Floats
    half: Floats
    meeting: Floats
    alike: Ints


class Leap(NamedTuple):
    """One leap of a plan; rates as in `Plan`.

    Attributes
    ----------
    begin, length : days
    """

    begin: float
    length: float
    birth: Floats
    death: Floats
    cycle: Floats
    mutating: Floats
    chance: Floats
    moving: Floats
    flow: Floats
    alike: Ints


class Work(NamedTuple):
    """Scratch space.

    Attributes
    ----------
    stack : batches of mutants; flow (fields,); flows (types, fields); moved (subs,)
    niches : (4, niches), by `BEGUN` and the next; arrivals (rows,), zero between leaps
    occupied : rows that hold cells, where few do
    """

    stack: Floats
    flow: Floats
    flows: Floats
    moved: Floats
    niches: Floats
    arrivals: Floats
    occupied: Ints


@jit
def empty_plan(leaps, sizes):
    """Room for leaps; ``sizes`` is (types, mutation edges, move edges, variants, subs)."""
    types, edges, moves, variants, subs = sizes
    tables = variants if subs > 1 else 0
    return Plan(
        np.zeros(1, np.int64),
        np.empty(leaps),
        np.empty((leaps, types)),
        np.empty((leaps, types)),
        np.empty((leaps, types)),
        np.empty((leaps, types)),
        np.empty((leaps, edges)),
        np.empty((leaps, moves)),
        np.empty((leaps, types, FIELDS)),
        np.empty((leaps, 2, tables, subs, subs)),
        np.empty((leaps, tables, subs, subs)),
        np.arange(types),
    )


@jit
def workspace(types, subs, niches, rows):
    """Return scratch space for tumors of so many types and rows."""
    return Work(
        np.empty((STACK + 1, 6)),
        np.empty(FIELDS),
        np.empty((types, FIELDS)),
        np.empty(subs),
        np.empty((4, niches)),
        np.zeros(rows),
        np.empty(ROWS, np.int64),
    )


def leap_at(plan, number, begin):
    """One leap of a plan, beginning on a day."""
    return Leap(
        begin,
        plan.length[number],
        plan.birth[number],
        plan.death[number],
        plan.cycle[number],
        plan.mutating[number],
        plan.chance[number],
        plan.moving[number],
        plan.flow[number],
        plan.alike,
    )


leap_of = jit_leaf(leap_at)
"""The same for leaf kernels, which alone keep no count of references to the arrays."""
