"""Carrying mean cells of many tumors over pieces of constant rates, each in a lane of its own.

Here: tumors taken into lanes, lanes going from piece to piece each at its own time, states kept on
the way. Not here: a step (``kernels.dopri``), where the pieces come from (``mean_field.system``),
what becomes of stiff tumors (``mean_field.stiff``).
"""

from typing import NamedTuple

import numpy as np

from countermove.engines.kernels.dopri import (
    INFLOW,
    LANES,
    NET,
    RATE,
    SLOTS,
    Clock,
    Floats,
    Ints,
    Local,
    accept,
    choose_steps,
    fill_slopes,
    first_pace,
    judge_step,
    keep_time,
    take_stages,
)
from countermove.foundation.jit import jit, jit_leaf, refer


class System(NamedTuple):
    """Rates of several patients, piece by piece; what enters how is said in ``kernels.dopri``.

    Attributes
    ----------
    crowd, law, source, target, linear, apart : see ``kernels.dopri.Local``; the same for all
    constant, crowded : (systems, rows, types) 1/day
    fixed, scaled : (systems, rows, edges) 1/day
    capacity : (systems, rows, crowds) cells
    numbers : (systems, 4) as ``kernels.crowding`` reads them
    weight : (systems, crowds, types) what a cell counts in a crowd; empty unless ``apart``
    pieces : (systems,) how many pieces of each
    length : (systems, most pieces) days
    row : (systems, most pieces) row of the rates that hold in a piece
    keep : (systems, most pieces) number of the state to keep after a piece, or -1
    """

    crowd: Ints
    law: Ints
    source: Ints
    target: Ints
    linear: bool
    apart: bool
    constant: Floats
    crowded: Floats
    fixed: Floats
    scaled: Floats
    capacity: Floats
    numbers: Floats
    weight: Floats
    pieces: Ints
    length: Floats
    row: Ints
    keep: Ints


class Into(NamedTuple):
    """Where a walk leaves what it found.

    Attributes
    ----------
    kept : (states, tumors, types) cells
    place : (tumors, 2) filled with the piece and the days within it at which a tumor turned out
        stiff; the piece is -1 for a tumor carried to the end
    """

    kept: Floats
    place: Floats


class Seats(NamedTuple):
    """Who is in each lane; all (lanes,).

    Attributes
    ----------
    tumor, owner : the tumor, and its system
    piece, row : where it is in the system
    moved : 1 where the rates changed and slopes are to be taken anew
    """

    tumor: Ints
    owner: Ints
    piece: Ints
    row: Ints
    moved: Ints


@jit_leaf
def _take_rates(local, system, seats, v):
    """Fill a lane with the rates of its row."""
    own, row = seats.owner[v], seats.row[v]
    for k in range(local.constant.shape[0]):
        local.constant[k, v] = system.constant[own, row, k]
        local.crowded[k, v] = system.crowded[own, row, k]
    for e in range(local.fixed.shape[0]):
        local.fixed[e, v] = system.fixed[own, row, e]
        local.scaled[e, v] = system.scaled[own, row, e]
    for n in range(local.capacity.shape[0]):
        local.capacity[n, v] = system.capacity[own, row, n]


@jit_leaf
def _sit(local, system, seats, clock, v):
    """Put a tumor at the beginning of its first piece."""
    own = seats.owner[v]
    for n in range(local.numbers.shape[1]):
        local.numbers[v, n] = system.numbers[own, n]
    for n in range(local.weight.shape[0]):
        for k in range(local.weight.shape[1]):
            local.weight[n, k, v] = system.weight[own, n, k]
    seats.piece[v], clock.now[v], clock.tries[v] = 0, 0.0, 0.0
    seats.row[v], clock.length[v] = system.row[own, 0], system.length[own, 0]
    clock.ahead[v] = 0.0
    for piece in range(system.pieces[own]):
        clock.ahead[v] += system.length[own, piece]
    _take_rates(local, system, seats, v)


@jit_leaf
def _next_pieces(state, system, seats, clock, into):
    """Keep the states of lanes at the end of a piece, and open the next one of each.

    Returns whether the rates of any lane changed; ``local`` is left to the caller.
    """
    changed = False
    for v in range(clock.now.size):
        seats.moved[v] = 0
        if clock.step[v] <= 0.0 or clock.now[v] < clock.length[v]:
            continue
        own, piece = seats.owner[v], seats.piece[v]
        keep = system.keep[own, piece]
        if keep >= 0:
            for k in range(state.shape[0]):
                into.kept[keep, seats.tumor[v], k] = state[k, v]
        if piece + 1 >= system.pieces[own]:
            clock.pace[v] = 0.0
            continue
        clock.ahead[v] -= clock.length[v]
        clock.now[v], clock.tries[v] = 0.0, 0.0
        clock.length[v] = system.length[own, piece + 1]
        seats.piece[v] = piece + 1
        row = system.row[own, piece + 1]
        if row != seats.row[v]:
            seats.row[v], seats.moved[v] = row, 1
            changed = True
    return changed


@jit_leaf
def _take_slopes(work, seats):
    """Take the slopes just filled into `RATE` and `INFLOW` in lanes whose rates changed."""
    for v in range(seats.moved.size):
        if seats.moved[v] == 1:
            for k in range(work.shape[1]):
                work[NET, k, v] = work[RATE, k, v]
                work[0, k, v] = work[INFLOW, k, v]


@jit_leaf
def _walk_lanes(state, system, tolerance, into, lanes):
    """Carry lanes to the ends of their systems; ``lanes`` is (local, seats, clock, work, phi)."""
    local, seats, clock, work, phi = lanes
    local, seats, clock = refer(local), refer(seats), refer(clock)
    while choose_steps(clock, work):
        take_stages(state, local, clock.step, work, phi)
        judge_step(state, clock.step, tolerance, work, clock.error)
        keep_time(clock)
        accept(state, clock.step, work)
        if _next_pieces(state, system, seats, clock, into):
            for v in range(seats.moved.size):
                if seats.moved[v] == 1:
                    _take_rates(local, system, seats, v)
            fill_slopes(work[RATE], work[INFLOW], state, local, phi)
            _take_slopes(work, seats)
        for v in range(clock.pace.size):
            if clock.pace[v] < 0.0 and into.place[seats.tumor[v], 0] < 0.0:
                into.place[seats.tumor[v], 0] = seats.piece[v]
                into.place[seats.tumor[v], 1] = clock.now[v]


@jit
def walk(cells, owner, system, tolerance, into):
    """Carry tumors' mean cells over all pieces of their systems, in place.

    Parameters
    ----------
    cells : (tumors, types)
    owner : (tumors,) system of each
    system : see `System`
    tolerance : (relative, absolute in cells)
    into : see `Into`
    """
    system, into = refer(system), refer(into)
    tumors, types = cells.shape
    width, edges, crowds = min(LANES, tumors), system.source.size, system.law.size
    work, phi = np.zeros((SLOTS, types, width)), np.empty((crowds, width))
    state = np.empty((types, width))
    local = Local(
        system.crowd, system.law, system.source, system.target, system.linear, system.apart,
        np.empty((types, width)), np.empty((types, width)),
        np.empty((edges, width)), np.empty((edges, width)),
        np.empty((crowds, width)), np.empty((width, 4)),
        np.empty((system.weight.shape[1], system.weight.shape[2], width)),
    )  # fmt: skip
    every = np.zeros((8, width))
    clock = Clock(every[0], every[1], every[2], every[3], every[4], every[5], every[6], every[7])
    who = np.zeros((5, width), np.int64)
    seats = Seats(who[0], who[1], who[2], who[3], who[4])
    for first in range(0, tumors, width):
        for v in range(width):
            tumor = min(first + v, tumors - 1)
            seats.tumor[v], seats.owner[v] = tumor, owner[tumor]
            for k in range(types):
                state[k, v] = cells[tumor, k]
            _sit(refer(local), system, refer(seats), refer(clock), v)
            into.place[tumor, 0] = -1.0
        fill_slopes(work[NET], work[0], state, refer(local), phi)
        first_pace(state, tolerance[0], work, refer(clock))
        for v in range(width):
            if first + v >= tumors or system.pieces[owner[seats.tumor[v]]] == 0:
                clock.pace[v] = 0.0  # an empty seat
        _walk_lanes(state, system, tolerance, into, (local, seats, clock, work, phi))
        for v in range(min(width, tumors - first)):
            for k in range(types):
                cells[first + v, k] = state[k, v]
