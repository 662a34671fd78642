"""Courses that are kept: cells on the days that a user asked for, and on those of visits.

Here: reading them off leaps, which they do not cut, and looking at courses given day by day. Not
here: what is watched for (``kernels.watching``), what a visit sees (``measurement``).
"""

import math
from typing import NamedTuple

import numpy as np

from countermove.engines.kernels.watching import Span, cells_at, fill_pace, look
from countermove.foundation.arrays import Floats, Ints
from countermove.foundation.jit import jit as jit_arrays
from countermove.foundation.jit import jit_leaf as jit
from countermove.foundation.jit import refer

NEARLY = 1e-6  # days by which leaps added up may end short of the day they were planned to


class Kept(NamedTuple):
    """Cells of the first patients on some days.

    Attributes
    ----------
    days : (times,) rising
    cells : (tumors kept, times, types)
    slot : (patients kept,) first time not yet kept
    whole : whole numbers of cells
    """

    days: Floats
    cells: Floats
    slot: Ints
    whole: bool


class Courses(NamedTuple):
    """Courses that are kept.

    Attributes
    ----------
    asked : on the days to record, of the patients whose courses are kept
    visits : on every day on which somebody may be seen, of all patients
    """

    asked: Kept
    visits: Kept


def room_for(days: Floats, shape: tuple[int, int, int], *, whole: bool) -> Kept:
    """Room for cells on some days; ``shape`` is (patients kept, their tumors, types)."""
    patients, tumors, types = shape
    slot = np.zeros(patients, dtype=np.int64)
    return Kept(days, np.zeros((tumors, days.size, types)), slot, whole)


def keep_nothing(types: int) -> Courses:
    """Keep no course."""
    nothing = room_for(np.zeros(0), (0, 0, types), whole=True)
    return Courses(nothing, nothing)


@jit
def _keep_in(kept, span):
    """Keep the cells of the days that fall into a leap."""
    p = span.patient
    if p >= kept.slot.size:
        return
    slot = kept.slot[p]
    if slot >= kept.days.size or kept.days[slot] > span.end + NEARLY:
        return
    fill_pace(span)
    while slot < kept.days.size and kept.days[slot] <= span.end + NEARLY:
        part = (kept.days[slot] - span.begin) / (span.end - span.begin)
        for t in range(span.before.shape[0]):
            for k in range(span.before.shape[1]):
                cells = cells_at(span, t, k, part)
                if part <= 0.0 or part >= 1.0:
                    cells = span.before[t, k] if part <= 0.0 else span.after[t, k]
                cells = math.floor(cells + 0.5) if kept.whole else cells
                kept.cells[span.first + t, slot, k] = cells
        slot += 1
    kept.slot[p] = slot


@jit
def keep(courses, span):
    """Keep the cells of the days that fall into a leap, of either kind."""
    _keep_in(refer(courses.asked), span)
    _keep_in(refer(courses.visits), span)


@jit
def _hold_in(kept, patient, cells, first, until):
    """Keep cells that do not move any more for all days left up to ``until``."""
    if patient >= kept.slot.size:
        return
    slot = kept.slot[patient]
    while slot < kept.days.size and kept.days[slot] <= until + NEARLY:
        for t in range(cells.shape[0]):
            for k in range(cells.shape[1]):
                kept.cells[first + t, slot, k] = cells[t, k]
        slot += 1
    kept.slot[patient] = slot


@jit
def hold(courses, patient, cells, first, until):
    """Keep cells that do not move any more for all days left up to ``until``, of either kind."""
    _hold_in(refer(courses.asked), patient, cells, first, until)
    _hold_in(refer(courses.visits), patient, cells, first, until)


@jit
def _follow_patient(watch, courses, p, tumors, course, pace):
    """Look at one patient; ``tumors`` is (first of all tumors, first and end in the course)."""
    days, cells, now = course
    first, begin, end = tumors
    for row in range(1, days.size):
        for t in range(begin, end):
            for k in range(now.shape[1]):
                now[t, k] = cells[row, t, k]
        span = refer(Span(p, first, days[row - 1], days[row], cells[row - 1, begin:end],
                          now[begin:end], pace[: end - begin]))  # fmt: skip
        if look(watch, span, False):
            keep(courses, refer(Span(p, first, days[row - 1], watch.ended[p], span.before,
                                     span.after, span.pace)))  # fmt: skip
            return
        keep(courses, span)


@jit_arrays
def follow(watch, courses, chosen, start, course):
    """Look at courses given on many days; ``course`` is (days, cells, now).

    ``cells`` (days, tumors, types) of the tumors of the chosen patients alone, in order; ``now``
    (tumors, types) is filled with the cells at the end, or where the course ended.
    """
    watch, courses = refer(watch), refer(courses)
    most = 0
    for p in chosen:
        most = max(most, start[p + 1] - start[p])
    types = course[1].shape[2]
    pace = np.empty((most, types))
    place = 0
    for p in chosen:
        count = start[p + 1] - start[p]
        _follow_patient(watch, courses, p, (start[p], place, place + count), course, pace)
        hold(courses, p, course[2][place : place + count], start[p], course[0][-1])
        place += count
