"""Patients through time: a patient over the leaps of a plan, and a tumor from one cell to a size.

Here: the loops over leaps and over patients. Not here: what a leap does (``kernels.leaps``), or how
the plan was made (``branching.plan``).

``plan`` is one tuple of arrays, in the order of ``PLAN``: leap lengths, then per leap the birth,
death, division-bound death and mutating share of each type, the chance of each mutation edge, the
rate of each move, flows of each type (linear models), transition matrices that open and close a
leap, and of the two that meet between leaps.
``fixed`` is (mutation edges, move edges, growth, linear, exact_few).
"""

import numpy as np

from countermove.engines.kernels.birth_death import HAZARD, MEAN, SPREAD
from countermove.engines.kernels.events import FEW, run_events
from countermove.engines.kernels.leaps import (
    CAPACITY,
    LINEAGES,
    OVERFLOW,
    RECORDING,
    SUBS,
    crowded_flows,
    feel_own_crowding,
    fill_niches,
    leap,
    move,
    workspace,
)
from countermove.foundation.jit import jit

PLAN = (
    "length",
    "birth",
    "death",
    "cycle",
    "mutating",
    "chance",
    "moving",
    "flow",
    "half",
    "meeting",
)
BY_EVENTS_UP_TO = 2000.0  # sizes that a tumor reaches event by event
NEAR = 5e-4  # relative distance at which a growing tumor has reached its size
ROOM = 64


@jit
def _population(cells, book):
    total = 0.0
    for row in range(book[LINEAGES] * book[SUBS]):
        total += cells[row]
    return total


@jit
def _needs_room(cells, variant, flows, time, book):
    """Whether a leap may open more lineages than there is room for, with margin."""
    if book[RECORDING] == 0:
        return False
    subs, load = book[SUBS], 0.0
    for row in range(book[LINEAGES] * subs):
        if cells[row] > 0.0:
            flow = flows[variant[row // subs] * subs + row % subs]
            load += flow[HAZARD] * time * cells[row] * max(1.0, flow[MEAN])
    wanted = 1.5 * load + 12.0 * np.sqrt(load) + ROOM
    return book[CAPACITY] - book[LINEAGES] < wanted


@jit
def advance_patient(
    state, clock, cells, arrivals, variant, begin, first, plan, fixed, book, log, work
):
    """Advance one patient through leaps ``first`` and on; returns the leap it stopped before.

    It stops early only when lineages are recorded and room for more is needed.
    """
    length, birth, death, cycle, mutating, chance, moving, flow, half, meeting = plan
    edges, move_edges, growth, linear, exact_few = fixed
    subs = book[SUBS]
    own, moved, niches = work[2], work[3], work[4]
    now, pending = begin, False
    for i in range(first):
        now += length[i]
    for i in range(first, length.size):
        population = _population(cells, book)
        if population == 0.0:
            return length.size
        rates = (birth[i], death[i], cycle[i])
        under = (birth[i], death[i], cycle[i], mutating[i])
        if linear:
            own = flow[i]
        elif book[RECORDING] == 1:
            crowded_flows(own, cells, variant, under, length[i], growth, niches, book)
        if _needs_room(cells, variant, own, length[i], book):
            if pending:
                move(state, cells, variant, half[1, i - 1], moved, book)
            return i
        if exact_few and population < FEW:
            if pending:
                move(state, cells, variant, half[1, i - 1], moved, book)
                pending = False
            moves = (move_edges[0], move_edges[1], moving[i])
            span = (now, length[i], np.inf)
            passed, _ = run_events(
                state, cells, variant, rates, edges, chance[i], moves, growth, span, book, log
            )
            if passed < length[i] and _population(cells, book) > 0.0:
                book[OVERFLOW] = 1
        else:
            if subs > 1:
                table = meeting[i] if pending else half[0, i]
                move(state, cells, variant, table, moved, book)
                pending = True
            mutations = (edges[0], edges[1], chance[i])
            span, records = (length[i], now), (book, log)
            if not linear:  # after the cells have moved: they crowd where they are
                crowded_flows(own, cells, variant, under, length[i], growth, niches, book)
                fill_niches(niches[0], cells, growth[0], book)
            leap(state, clock, cells, variant, own, mutations, span, arrivals, records, work)
            if not linear:
                feel_own_crowding(state, cells, variant, rates, length[i], growth, niches, book)
        now += length[i]
    if pending:
        move(state, cells, variant, half[1, length.size - 1], moved, book)
    return length.size


@jit
def advance_patients(streams, clocks, cells, chosen, begin, plan, fixed, book):
    """Advance the chosen patients through a plan, without recording lineages.

    ``streams`` (patients, 4), ``clocks`` (patients,), ``cells`` (patients, rows) change in place.
    """
    rows = cells.shape[1]
    variant = np.arange(rows // book[SUBS])
    arrivals = np.zeros(rows)
    log = (variant, variant, np.zeros(0))
    work = workspace(rows, book[SUBS], fixed[2][1].size)
    for p in chosen:
        advance_patient(
            streams[p],
            clocks[p : p + 1],
            cells[p],
            arrivals,
            variant,
            begin,
            0,
            plan,
            fixed,
            book,
            log,
            work,
        )


@jit
def _rung(population, size, cells, variant, flow, fastest, book):
    """First rung of the ladder of leap lengths that will not carry the tumor past its size."""
    subs = book[SUBS]
    for rung in range(flow.shape[0] - 1):
        slack = 4.0 * np.sqrt(population) * flow[rung, fastest, SPREAD]
        expected = population * flow[rung, fastest, MEAN]
        if expected + slack > size * (1.0 + NEAR):
            expected = 0.0
            for row in range(book[LINEAGES] * subs):
                if cells[row] > 0.0:
                    expected += (
                        cells[row] * flow[rung, variant[row // subs] * subs + row % subs, MEAN]
                    )
        if expected + slack <= size * (1.0 + NEAR):
            return rung
    return flow.shape[0] - 1


@jit
def grow_patient(
    state, clock, cells, arrivals, variant, founder, size, ladder, fixed, book, log, work
):
    """Grow one cell of type ``founder`` to ``size`` cells, starting over on extinction.

    ``ladder`` is a plan whose leaps are alternatives, longest first. Returns the days the last,
    lasting attempt took; -1 where room for lineages ran out.
    """
    length, birth, death, cycle, mutating, chance, moving, flow, half, _ = ladder
    edges, move_edges, growth, linear, exact_few = fixed
    subs = book[SUBS]
    own, moved, niches = work[2], work[3], work[4]
    rates = (birth[0], death[0], cycle[0])
    under = (birth[0], death[0], cycle[0], mutating[0])
    first_variant = founder // subs
    fastest = np.argmax(flow[0, :, MEAN])
    while True:
        for row in range(book[LINEAGES] * subs):
            cells[row] = 0.0
        if book[RECORDING] == 1:
            book[LINEAGES] = 1
            variant[0] = first_variant
        start = founder % subs if book[RECORDING] == 1 else founder
        cells[start] = 1.0
        population, now = 1.0, 0.0
        while 0.0 < population < size * (1.0 - NEAR):
            few = size <= BY_EVENTS_UP_TO or (exact_few and population < FEW)
            rung = 0 if few else _rung(population, size, cells, variant, flow, fastest, book)
            time = length[rung]
            if linear:
                own = flow[rung]
            elif book[RECORDING] == 1 and not few:
                crowded_flows(own, cells, variant, under, time, growth, niches, book)
            if book[RECORDING] == 1 and book[CAPACITY] - book[LINEAGES] < ROOM:
                return -1.0
            if not few and _needs_room(cells, variant, own, time, book):
                return -1.0
            if few:
                moves = (move_edges[0], move_edges[1], moving[0])
                stop = size if size <= BY_EVENTS_UP_TO else FEW
                span = (now, time, stop)
                passed, population = run_events(
                    state, cells, variant, rates, edges, chance[0], moves, growth, span, book, log
                )
                now += passed
                if population >= size:
                    return now
                continue
            if subs > 1:
                move(state, cells, variant, half[0, rung], moved, book)
            mutations = (edges[0], edges[1], chance[0])
            span, records = (time, now), (book, log)
            if not linear:
                crowded_flows(own, cells, variant, under, time, growth, niches, book)
                fill_niches(niches[0], cells, growth[0], book)
            leap(state, clock, cells, variant, own, mutations, span, arrivals, records, work)
            if not linear:
                feel_own_crowding(state, cells, variant, rates, time, growth, niches, book)
            if subs > 1:
                move(state, cells, variant, half[1, rung], moved, book)
            now += time
            population = _population(cells, book)
        if population > 0.0:
            return now


@jit
def grow_patients(streams, clocks, cells, founders, sizes, ladder, fixed, book):
    """Grow every patient's tumor from one cell; returns days from that cell to its size."""
    patients, rows = cells.shape
    variant = np.arange(rows // book[SUBS])
    arrivals = np.zeros(rows)
    log = (variant, variant, np.zeros(0))
    work = workspace(rows, book[SUBS], fixed[2][1].size)
    ages = np.empty(patients)
    for p in range(patients):
        ages[p] = grow_patient(
            streams[p],
            clocks[p : p + 1],
            cells[p],
            arrivals,
            variant,
            founders[p],
            sizes[p],
            ladder,
            fixed,
            book,
            log,
            work,
        )
    return ages
