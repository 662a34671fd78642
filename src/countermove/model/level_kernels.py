"""The level of one drug of one patient at a time, compiled.

Here: the same levels as ``model.pharmacokinetics.DrugLevels``, from arrays, and the times between
which they are smooth. Not here: where the arrays come from (``model.levels``), averages over time
(``model.averages``).
"""

from __future__ import annotations

import math

import numpy as np

from countermove.foundation.jit import jit_leaf
from countermove.foundation.tolerances import SAME_DAY
from countermove.model.arrays import COMPARTMENTS, PULSED, STEADY, TERMS, Levels
from countermove.model.pharmacokinetics import FIRST, WIDER


@jit_leaf
def level_of(levels: Levels, drug: int, since: float, until: float) -> float:
    """Level of one drug of one patient.

    Parameters
    ----------
    levels
        Of the patient, from `levels_of`.
    drug
        From 0.
    since, until
        Days since dosing began and since it stopped; ``until`` is negative while it goes on.

    Returns
    -------
    Multiples of EC50; ``inf`` for a saturating drug that is on.
    """
    kind = levels.kind[drug]
    if kind == COMPARTMENTS:
        return _trained(levels, drug, since, until)
    if since < 0.0 or until >= 0.0:
        return 0.0
    if kind == STEADY:
        return levels.amplitude[drug, 0]
    if kind == PULSED:
        phase = (since + SAME_DAY) % levels.every[drug]
        return levels.amplitude[drug, 0] if phase < levels.on[drug] else 0.0
    return _tabled(levels, drug, since)


@jit_leaf
def _trained(levels: Levels, drug: int, since: float, until: float) -> float:
    """Superposed doses; those due before the stop are given, none after it."""
    stopped = since - until if until >= 0.0 else math.inf
    if since < 0.0 or stopped <= 0.0:
        return 0.0
    every = levels.every[drug]
    doses = math.floor(min(since, max(stopped - SAME_DAY, 0.0)) / every) + 1.0
    last = max(since - (doses - 1.0) * every, 0.0)
    total = 0.0
    for term in range(TERMS):
        size = levels.steady[drug, term]
        if size != 0.0:
            rate = levels.decay[drug, term]
            total -= size * math.exp(-rate * last) * math.expm1(-rate * doses * every)
    return max(total, 0.0)


@jit_leaf
def _tabled(levels: Levels, drug: int, since: float) -> float:
    """Straight lines between the times of a table, the last level held."""
    first: int = levels.first[drug]
    last: int = levels.first[drug + 1] - 1
    if since >= levels.times[last]:
        return levels.table[last]
    after = first + int(np.searchsorted(levels.times[first : last + 1], since, side="right"))
    low, high = levels.times[after - 1], levels.times[after]
    slope = (levels.table[after] - levels.table[after - 1]) / (high - low)
    return slope * (since - low) + levels.table[after - 1]


@jit_leaf
def settled_level(levels: Levels, drug: int, since: float) -> float:
    """Level of a drug given for so long that levels repeat from dose to dose."""
    kind = levels.kind[drug]
    if kind == STEADY:
        return levels.amplitude[drug, 0]
    every = levels.every[drug]
    phase = since - math.floor((since + SAME_DAY) / every) * every
    if kind == PULSED:
        return levels.amplitude[drug, 0] if phase + SAME_DAY < levels.on[drug] else 0.0
    if kind == COMPARTMENTS:
        total = 0.0
        for term in range(TERMS):
            size = levels.steady[drug, term]
            if size != 0.0:
                total += size * math.exp(-levels.decay[drug, term] * max(phase, 0.0))
        return max(total, 0.0)
    last: int = levels.first[drug + 1] - 1
    return levels.table[last]


@jit_leaf
def next_mark(levels: Levels, drug: int, since: float, dosed: bool) -> float:
    """Days since dosing began at which the level next stops being smooth.

    Parameters
    ----------
    since
        Days since dosing began; the mark is later than that. May be negative.
    dosed
        Dosing goes on; after it, no dose begins anew.

    Returns
    -------
    The next of: doses, the steps between them and, where levels fall within a step, days soon after
    each dose; beginnings and ends of pulses; times of a table and halfway between them. ``inf`` if
    there is none.
    """
    kind, now = levels.kind[drug], since + SAME_DAY
    if kind == STEADY or (kind != COMPARTMENTS and not dosed):
        return math.inf
    every = levels.every[drug]
    if kind == COMPARTMENTS:
        step = levels.step[drug]
        after = (math.floor(now / step) + 1.0) * step
        return min(after, _soon_after(levels, drug, now))
    if kind == PULSED:
        begun = math.floor(now / every) * every
        return begun + levels.on[drug] if now < begun + levels.on[drug] else begun + every
    first: int = levels.first[drug]
    end: int = levels.first[drug + 1]
    place = first + int(np.searchsorted(levels.times[first:end], now, side="right"))
    if place == end:
        return math.inf
    if place == first:
        return levels.times[first]
    half = (levels.times[place - 1] + levels.times[place]) / 2.0
    return half if half > now else levels.times[place]


@jit_leaf
def _soon_after(levels: Levels, drug: int, now: float) -> float:
    """Next of the marks soon after a dose; ``inf`` if there is none or levels fall slowly."""
    swift, step = levels.swift[drug], levels.step[drug]
    if swift == 0.0:
        return math.inf
    dose = math.floor(now / levels.every[drug]) * levels.every[drug]
    mark = FIRST / swift
    while mark < step:
        if dose + mark > now:
            return dose + mark
        mark *= WIDER
    return math.inf
