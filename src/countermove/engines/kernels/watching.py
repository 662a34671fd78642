"""Watching a patient's cells from leap to leap: lowest, fall, rise, end.

Here: when, within a leap, the total of a patient's tumors was lowest, crossed a level, or ended the
course. Not here: what those mean (``measurement.endpoints``), who is watched from when
(``simulation.watching``), the courses kept (``kernels.courses``).

Within a leap every type is taken to grow or shrink at one rate, so that the total is a sum of
exponentials: convex, with one lowest point, and crossed at most once on either side of it. Nothing
here depends on days that a user asks to have recorded.
"""

import math
from typing import NamedTuple

import numpy as np

from countermove.foundation.arrays import Bools, Floats
from countermove.foundation.jit import jit_leaf as jit

LESS = 0.49  # cells that a type grows from, or shrinks to, in the leap it appears or vanishes in
SMALL = 1e-3  # share of the total below which shrinking or growing cells do not move its lowest
TURNS = 60
MOST_CELLS = 1e15  # no tumor grows beyond, whatever ends courses


class Watch(NamedTuple):
    """What is watched of each patient, and what was found; changed in place.

    Attributes
    ----------
    most : (patients,) cells at which a course ends, or at which ``hazard`` counts in full
    hazard : (patients,) 1/day at ``most`` cells, in proportion to the burden; 0: ends at ``most``
    left : (patients,) hazard left until the course ends
    ended : (patients,) day on which it ended; nan while it goes on
    floor, factor : (patients,) a rise is to ``factor`` times the reference, at least ``floor``
    reference : (patients,) cells; nan while nothing is watched
    follows : (patients,) the reference falls with the total
    counts_from : (patients,) day from which a rise counts; inf: not for now
    rose, fell : (patients,) day of the first rise, and of the first fall to ``level``; nan: none
    level : (patients,) cells
    lowest, lowest_day : (patients,) up to the rise
    lowest_cells, risen_cells : (tumors, types) at the lowest, and at the rise
    """

    most: Floats
    hazard: Floats
    left: Floats
    ended: Floats
    floor: Floats
    factor: Floats
    reference: Floats
    follows: Bools
    counts_from: Floats
    rose: Floats
    fell: Floats
    level: Floats
    lowest: Floats
    lowest_day: Floats
    lowest_cells: Floats
    risen_cells: Floats


class Span(NamedTuple):
    """One leap of one patient.

    Attributes
    ----------
    patient, first : the patient, and the first of its tumors
    begin, end : days
    before, after : (tumors, types) cells at both ends; ``after`` is cut where the course ends
    pace : (tumors, types) scratch: growth over the leap in logarithms
    """

    patient: int
    first: int
    begin: float
    end: float
    before: Floats
    after: Floats
    pace: Floats


def watch_nothing(patients: int, tumors: int, types: int) -> Watch:
    """Watch nothing as yet: courses end at no burden, no rise counts."""

    def every(value: float) -> Floats:
        return np.full(patients, value)

    return Watch(
        most=every(MOST_CELLS),
        hazard=every(0.0),
        left=every(0.0),
        ended=every(np.nan),
        floor=every(0.0),
        factor=every(np.inf),
        reference=every(np.nan),
        follows=np.zeros(patients, dtype=np.bool_),
        counts_from=every(np.inf),
        rose=every(np.nan),
        fell=every(np.nan),
        level=every(-1.0),
        lowest=every(np.inf),
        lowest_day=every(np.nan),
        lowest_cells=np.zeros((tumors, types)),
        risen_cells=np.zeros((tumors, types)),
    )


@jit
def fill_pace(span):
    """Growth of each type over the leap; one that appears or vanishes, from or to `LESS`."""
    before, after = span.before, span.after
    for t in range(before.shape[0]):
        for k in range(before.shape[1]):
            a, b = before[t, k], after[t, k]
            if a <= 0.0 and b <= 0.0:
                span.pace[t, k] = 0.0
            else:
                low, high = min(a, b), max(a, b)
                low = low if low > 0.0 else min(LESS, 0.5 * high)
                size = math.log(high / low)
                span.pace[t, k] = size if b > a else -size


@jit
def cells_at(span, t, k, part):
    """Cells of one type a part of the way through the leap."""
    a, b = span.before[t, k], span.after[t, k]
    if a > 0.0:
        return a * math.exp(part * span.pace[t, k])
    return b * math.exp((part - 1.0) * span.pace[t, k]) if b > 0.0 else 0.0


@jit
def _total(span, part):
    """Total, and its slope by part of the leap."""
    total, slope = 0.0, 0.0
    for t in range(span.before.shape[0]):
        for k in range(span.before.shape[1]):
            if span.before[t, k] > 0.0 or span.after[t, k] > 0.0:
                cells = cells_at(span, t, k, part)
                total += cells
                slope += cells * span.pace[t, k]
    return total, slope


@jit
def _lowest_part(span, last):
    """Where in [0, last] the total is lowest."""
    if _total(span, 0.0)[1] >= 0.0:
        return 0.0
    if _total(span, last)[1] <= 0.0:
        return last
    low, high = 0.0, last
    for _ in range(TURNS):
        middle = 0.5 * (low + high)
        if _total(span, middle)[1] < 0.0:
            low = middle
        else:
            high = middle
        if high - low < 1e-7:
            break
    return 0.5 * (low + high)


@jit
def _crossing(span, level, low, high):
    """Where the total crosses a level between two parts of which one is above it.

    By false position in the logarithm, where the total is nearly a straight line.
    """
    goal = math.log(level)
    left = math.log(max(_total(span, low)[0], 1e-300)) - goal
    right = math.log(max(_total(span, high)[0], 1e-300)) - goal
    if left == 0.0 or left * right > 0.0:
        return low if abs(left) <= abs(right) else high
    side, part = 0, low
    for _ in range(TURNS):
        part = (low * right - high * left) / (right - left)
        here = math.log(max(_total(span, part)[0], 1e-300)) - goal
        if abs(here) < 1e-12 or high - low < 1e-12:
            return part
        if here * right > 0.0:
            high, right = part, here
            left = 0.5 * left if side == -1 else left
            side = -1
        else:
            low, left = part, here
            right = 0.5 * right if side == 1 else right
            side = 1
    return part


@jit
def _load(span, part):
    """Burden over time from the beginning of the leap on, cells x days."""
    load, days = 0.0, span.end - span.begin
    for t in range(span.before.shape[0]):
        for k in range(span.before.shape[1]):
            start, pace = cells_at(span, t, k, 0.0), span.pace[t, k]
            if start > 0.0:
                x = pace * part
                load += start * (part if abs(x) < 1e-9 else math.expm1(x) / pace)
    return load * days


@jit
def _end_part(watch, span, after):
    """Where in the leap the course ends; 2 where it goes on."""
    p = span.patient
    if watch.hazard[p] <= 0.0:
        if after < watch.most[p]:
            return 2.0
        fill_pace(span)
        return _crossing(span, watch.most[p], 0.0, 1.0)
    fill_pace(span)
    if after >= MOST_CELLS:
        return _crossing(span, MOST_CELLS, 0.0, 1.0)
    per_cell = watch.hazard[p] / watch.most[p]
    whole = per_cell * _load(span, 1.0)
    if whole < watch.left[p]:
        watch.left[p] -= whole
        return 2.0
    low, high = 0.0, 1.0
    for _ in range(TURNS):
        middle = 0.5 * (low + high)
        if per_cell * _load(span, middle) < watch.left[p]:
            low = middle
        else:
            high = middle
    return high


@jit
def _copy(target, span, part):
    """Cells a part of the way through the leap into the rows of the patient's tumors."""
    for t in range(span.before.shape[0]):
        for k in range(span.before.shape[1]):
            if part >= 1.0:
                target[span.first + t, k] = span.after[t, k]
            elif part <= 0.0:
                target[span.first + t, k] = span.before[t, k]
            else:
                target[span.first + t, k] = cells_at(span, t, k, part)


@jit
def _cut(watch, span, part, whole):
    """End the course: hold the cells of that moment."""
    p = span.patient
    watch.ended[p] = span.begin + part * (span.end - span.begin)
    for t in range(span.before.shape[0]):
        for k in range(span.before.shape[1]):
            cells = cells_at(span, t, k, part)
            span.after[t, k] = math.floor(cells + 0.5) if whole else cells


@jit
def _see(watch, span, low, last, known):
    """Note the lowest, the fall and the rise of one leap up to a part of it.

    ``known`` (pace is filled) may be False only where the total is lowest at an end of the leap.
    """
    p, days = span.patient, span.end - span.begin
    if known:
        least, ends = _total(span, low)[0], _total(span, last)[0]
    else:
        least, ends = 0.0, 0.0
        for t in range(span.before.shape[0]):
            for k in range(span.before.shape[1]):
                ends += span.after[t, k]
                least += span.after[t, k] if low > 0.0 else span.before[t, k]
    if least < watch.lowest[p]:
        watch.lowest[p], watch.lowest_day[p] = least, span.begin + low * days
        _copy(watch.lowest_cells, span, low)
    if watch.follows[p]:
        watch.reference[p] = min(watch.reference[p], least)
    if math.isnan(watch.fell[p]) and least <= watch.level[p]:
        if not known:
            fill_pace(span)
            known = True
        at = _crossing(span, watch.level[p], 0.0, low) if watch.level[p] > 0.0 else low
        watch.fell[p] = span.begin + at * days
    bar = watch.factor[p] * max(watch.reference[p], watch.floor[p])
    begin = max(low, (watch.counts_from[p] - span.begin) / days)
    if ends <= 0.0 or ends < bar * (1.0 - 1e-12) or begin > last:
        return
    if not known:
        fill_pace(span)
    at = begin if _total(span, begin)[0] >= bar else _crossing(span, bar, begin, last)
    watch.rose[p] = span.begin + at * days
    _copy(watch.risen_cells, span, at)


@jit
def look(watch, span, whole):
    """Look at one leap of one patient; returns whether the course ended in it.

    ``whole``: cells are held as whole numbers where it ends.
    """
    p = span.patient
    before, after, shrank, grew = 0.0, 0.0, 0.0, 0.0
    for t in range(span.before.shape[0]):
        for k in range(span.before.shape[1]):
            a, b = span.before[t, k], span.after[t, k]
            before += a
            after += b
            if b < a:
                shrank += a
            elif b > a:
                grew += b
    part = _end_part(watch, span, after)
    last = min(part, 1.0)
    if not math.isnan(watch.reference[p]) and math.isnan(watch.rose[p]):
        turns = shrank > SMALL * before and grew > SMALL * after
        if turns or last < 1.0:
            fill_pace(span)
            low = _lowest_part(span, last)
            _see(watch, span, low, last, True)
        else:
            _see(watch, span, last if after < before else 0.0, last, False)
    if part > 1.0:
        return False
    fill_pace(span)
    _cut(watch, span, part, whole)
    return True
