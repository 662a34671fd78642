"""Patients through time: over the leaps of a plan, and tumors from one cell to a size.

Here: the loops over leaps, tumors and patients. Not here: what a leap does (``kernels.leaps``),
what is watched on the way (``kernels.watching``), how the plan was made (``branching.plan``).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from countermove.engines.kernels.birth_death import HAZARD, MEAN, SPREAD
from countermove.engines.kernels.courses import hold, keep
from countermove.engines.kernels.events import FEW, run_events
from countermove.engines.kernels.leaps import leap, move
from countermove.engines.kernels.tuples import (
    CAPACITY,
    LINEAGES,
    OVERFLOW,
    RECORDING,
    SUBS,
    Tumor,
    leap_of,
    workspace,
)
from countermove.engines.kernels.watching import Span, look
from countermove.foundation.jit import jit, jit_leaf, refer

BY_EVENTS_UP_TO = 2000.0  # sizes that a tumor reaches event by event
NEAR = 5e-4  # relative distance at which a growing tumor has reached its size
ROOM = 64


class Cohort(NamedTuple):
    """Tumors of many patients, changed in place.

    Attributes
    ----------
    streams : (tumors, 4)
    clocks : (tumors,)
    cells : (tumors, types)
    start : (patients + 1,) first tumor of each patient
    """

    streams: NDArray[np.uint64]
    clocks: NDArray[np.float64]
    cells: NDArray[np.float64]
    start: NDArray[np.int64]


@jit_leaf
def length_of(plan):
    """Days that a plan takes."""
    total = 0.0
    for number in range(plan.leaps[0]):
        total += plan.length[number]
    return total


@jit_leaf
def population_of(tumor):
    """Cells of a tumor."""
    total = 0.0
    for row in range(tumor.book[LINEAGES] * tumor.book[SUBS]):
        total += tumor.cells[row]
    return total


@jit_leaf
def needs_room(tumor, flows, time):
    """Whether a leap may open more lineages than there is room for, with margin."""
    book = tumor.book
    if book[RECORDING] == 0:
        return False
    subs, load = book[SUBS], 0.0
    for row in range(book[LINEAGES] * subs):
        if tumor.cells[row] > 0.0:
            flow = flows[tumor.variant[row // subs] * subs + row % subs]
            load += flow[HAZARD] * time * tumor.cells[row] * max(1.0, flow[MEAN])
    wanted = 1.5 * load + 12.0 * np.sqrt(load) + ROOM
    return book[CAPACITY] - book[LINEAGES] < wanted


@jit_leaf
def take_leap(tumor, step, tables, network, work):
    """Take one leap of a plan with one tumor.

    ``tables`` is (opening, closing, open): transition matrices that open and close the leap, and
    whether those that closed the leap before are still to be made up for; ``opening`` then holds
    both. Returns whether the closing ones are still to come.
    """
    tumor, step, network, work = refer(tumor), refer(step), refer(network), refer(work)
    opening, closing, waiting = tables
    if network.few and population_of(tumor) < FEW:
        if waiting:
            move(tumor, closing, work.moved)
        passed, left = run_events(tumor, step, network, np.inf, work)
        if passed < step.length and left > 0.0:
            tumor.book[OVERFLOW] = 1
        return False
    if tumor.book[SUBS] > 1:
        move(tumor, opening, work.moved)
    leap(tumor, step, network, work)
    return tumor.book[SUBS] > 1


@jit_leaf
def tumor_of(cohort, number, variant, born, book):
    """One tumor of a cohort whose lineages are not recorded; for leaf kernels alone."""
    return Tumor(
        cohort.streams[number],
        cohort.clocks[number : number + 1],
        cohort.cells[number],
        variant,
        variant,
        born,
        book,
    )


@jit_leaf
def _leap_of_patient(cohort, plan, number, span, network, own):
    """Take one leap with all tumors of a patient; ``own`` is (variant, born, book, waiting, work).

    ``waiting`` (tumors of the patient,) tells whose moves that close a leap are still to come.
    """
    variant, born, book, waiting, work = own
    step = refer(leap_of(plan, number, span.begin))
    for t in range(span.before.shape[0]):
        tumor = refer(tumor_of(cohort, span.first + t, variant, born, book))
        if population_of(tumor) == 0.0:
            waiting[t] = False
            continue
        opening = plan.meeting[number] if waiting[t] else plan.half[number, 0]
        tables = (opening, plan.half[max(number - 1, 0), 1], waiting[t])
        waiting[t] = take_leap(tumor, step, tables, network, work)


@jit_leaf
def _close(cohort, plan, number, span, own):
    """Make the moves that close the last leap taken, in the tumors where they are still to come."""
    variant, born, book, waiting, work = own
    for t in range(span.before.shape[0]):
        if waiting[t]:
            tumor = refer(tumor_of(cohort, span.first + t, variant, born, book))
            move(tumor, plan.half[number, 1], work.moved)
            waiting[t] = False


@jit_leaf
def advance_patient(cohort, patient, begin, plan, network, seen):
    """Advance one patient through a plan; ``seen`` is (watch, courses, before, pace, own).

    The patient ends early where its course does, or where no cell is left.
    """
    watch, courses, before, pace, (variant, born, book, waiting, work) = seen
    watch, courses, plan, network = refer(watch), refer(courses), refer(plan), refer(network)
    own = (variant, born, book, waiting, refer(work))
    first, last = cohort.start[patient], cohort.start[patient + 1]
    after = cohort.cells[first:last]
    count = last - first
    now = begin
    for t in range(count):
        waiting[t] = False
    for i in range(plan.leaps[0]):
        total = 0.0
        for t in range(count):
            for k in range(after.shape[1]):
                before[t, k] = after[t, k]
                total += after[t, k]
        if total == 0.0:
            return
        end = now + plan.length[i]
        span = refer(Span(patient, first, now, end, before[:count], after, pace[:count]))
        _leap_of_patient(cohort, plan, i, span, network, own)
        if look(watch, span, True):
            _close(cohort, plan, i, span, own)
            ended = watch.ended[patient]
            keep(courses, refer(Span(patient, first, now, ended, before[:count], after, pace)))
            return
        if i == plan.leaps[0] - 1:
            _close(cohort, plan, i, span, own)
        keep(courses, span)
        now = end


@jit
def advance_patients(cohort, chosen, begin, plan, network, seen):
    """Advance the chosen patients through a plan; ``seen`` is (watch, courses, book)."""
    watch, courses, book = seen
    watch, courses, plan, network = refer(watch), refer(courses), refer(plan), refer(network)
    cohort = refer(cohort)
    rows = cohort.cells.shape[1]
    most = 0
    for p in chosen:
        most = max(most, cohort.start[p + 1] - cohort.start[p])
    variant, born = np.arange(rows // book[SUBS]), np.zeros(0)
    waiting = np.zeros(most, np.bool_)
    work = workspace(rows, book[SUBS], network.growth.law.size, rows)
    before, pace = np.empty((most, rows)), np.empty((most, rows))
    own = (variant, born, book, waiting, work)
    until = begin + length_of(plan)
    for p in chosen:
        advance_patient(cohort, p, begin, plan, network, (watch, courses, before, pace, own))
        first, last = cohort.start[p], cohort.start[p + 1]
        hold(courses, p, cohort.cells[first:last], first, until)


@jit_leaf
def _rung(population, size, tumor, ladder, fastest):
    """First rung of the ladder of leap lengths that will not carry the tumor past its size."""
    cells, subs, flow, last = tumor.cells, tumor.book[SUBS], ladder.flow, ladder.leaps[0] - 1
    for rung in range(last):
        slack = 4.0 * np.sqrt(population) * flow[rung, fastest, SPREAD]
        expected = population * flow[rung, fastest, MEAN]
        if expected + slack > size * (1.0 + NEAR):
            expected = 0.0
            for row in range(tumor.book[LINEAGES] * subs):
                if cells[row] > 0.0:
                    kind = tumor.variant[row // subs] * subs + row % subs
                    expected += cells[row] * flow[rung, kind, MEAN]
        if expected + slack <= size * (1.0 + NEAR):
            return rung
    return last


@jit_leaf
def _found(tumor, founder):
    """Put one cell of type ``founder`` into an empty tumor."""
    subs = tumor.book[SUBS]
    for row in range(tumor.book[LINEAGES] * subs):
        tumor.cells[row] = 0.0
    if tumor.book[RECORDING] == 1:
        tumor.book[LINEAGES] = 1
        tumor.variant[0] = founder // subs
        tumor.cells[founder % subs] = 1.0
    else:
        tumor.cells[founder] = 1.0


@jit_leaf
def grow_tumor(tumor, founder, size, ladder, network, work):
    """Grow one cell of type ``founder`` to ``size`` cells, starting over on extinction.

    ``ladder`` is a plan whose leaps are alternatives, longest first. Returns the days the last,
    lasting attempt took; -1 where room for lineages ran out.
    """
    tumor, ladder, network, work = refer(tumor), refer(ladder), refer(network), refer(work)
    flow, book = ladder.flow, tumor.book
    fastest = np.argmax(flow[0, :, MEAN])
    while True:
        _found(tumor, founder)
        population, now = 1.0, 0.0
        while 0.0 < population < size * (1.0 - NEAR):
            few = size <= BY_EVENTS_UP_TO or (network.few and population < FEW)
            rung = 0 if few else _rung(population, size, tumor, ladder, fastest)
            step = refer(leap_of(ladder, rung, now))
            if book[RECORDING] == 1 and book[CAPACITY] - book[LINEAGES] < ROOM:
                return -1.0
            if not few and needs_room(tumor, step.flow, step.length):
                return -1.0
            if few:
                stop = size if size <= BY_EVENTS_UP_TO else FEW
                passed, population = run_events(tumor, step, network, stop, work)
                now += passed
                if population >= size:
                    return now
                continue
            if book[SUBS] > 1:
                move(tumor, ladder.half[rung, 0], work.moved)
            leap(tumor, step, network, work)
            if book[SUBS] > 1:
                move(tumor, ladder.half[rung, 1], work.moved)
            now += step.length
            population = population_of(tumor)
        if population > 0.0:
            return now


@jit_leaf
def _grow_number(cohort, number, goal, ladder, network, own):
    """Grow one tumor; ``goal`` is (founder, size), ``own`` (variant, born, book, work)."""
    variant, born, book, work = own
    tumor = refer(tumor_of(cohort, number, variant, born, book))
    return grow_tumor(tumor, goal[0], goal[1], ladder, network, work)


@jit
def grow_tumors(cohort, founders, sizes, ladder, network, book):
    """Grow every tumor from one cell; returns days from that cell to its size."""
    tumors, rows = cohort.cells.shape
    cohort, ladder, network = refer(cohort), refer(ladder), refer(network)
    variant, born = np.arange(rows // book[SUBS]), np.zeros(0)
    work = workspace(rows, book[SUBS], network.growth.law.size, rows)
    ages = np.empty(tumors)
    own = (variant, born, book, work)
    for t in range(tumors):
        ages[t] = _grow_number(cohort, t, (founders[t], sizes[t]), ladder, network, own)
    return ages
