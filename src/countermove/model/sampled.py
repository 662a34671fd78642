"""Drug levels of one patient over an exposure, sampled so that they integrate any effect.

Here: the pieces between the marks of all drugs given, three samples each. Not here: the rule
(``model.sampling``), rates averaged without samples being kept (``model.averages``).
"""

from __future__ import annotations

import math

import numpy as np

from countermove.foundation.arrays import Floats
from countermove.foundation.jit import jit, jit_leaf
from countermove.foundation.tolerances import SAME_DAY
from countermove.model.arrays import COMPARTMENTS, Dosing, Levels, levels_of
from countermove.model.averages import GONE
from countermove.model.compiled import CompiledModel
from countermove.model.exposure import Exposure
from countermove.model.level_kernels import level_of, next_mark
from countermove.model.sampling import joined, nodes_of


def sampled_levels(
    model: CompiledModel, exposure: Exposure, peak: Floats
) -> tuple[Floats, Floats, Floats]:
    """Levels over an exposure, piece by piece.

    Parameters
    ----------
    model
        Of one patient.
    exposure
        What the patient is given.
    peak : (drugs,)
        Highest levels before it.

    Returns
    -------
    (pieces + 1,) days since the exposure began, and (pieces, drugs) levels, and highest levels so
    far, in multiples of EC50.
    """
    length = exposure.end - exposure.begin
    marks = np.array(_marks(model.levels, exposure.dosing, length))
    days, edges = nodes_of(marks)
    levels = _levels_on(model.levels, exposure.dosing, days)
    edges, levels = joined(edges, levels)
    highest = np.maximum.accumulate(np.vstack([peak, levels]), axis=0)[1:]
    return edges, levels, highest


def levels_now(model: CompiledModel, dosing: Dosing) -> Floats:
    """Levels at the moment from which the days of a dosing are counted.

    Returns
    -------
    (1 or patients, drugs), in multiples of EC50
    """
    return _levels_of_each(model.levels, dosing)


@jit_leaf
def next_smooth(levels: Levels, dosing: Dosing, time: float, length: float) -> float:
    """Day up to which every level is smooth from ``time`` on, at most ``length``.

    Parameters
    ----------
    levels
        Of one patient, from `levels_of`.
    dosing
        What it is given; days since the exposure began.
    time, length
        Days since then.
    """
    end = length
    for number in range(dosing.drug.size):
        drug, since, until = dosing.drug[number], dosing.since[number], dosing.until[number]
        on = since <= time + SAME_DAY and until > time + SAME_DAY
        if since > time + SAME_DAY:
            end = min(end, since)
        if until > time + SAME_DAY:
            end = min(end, until)
        if on or (levels.kind[drug] == COMPARTMENTS and since <= time):
            end = min(end, since + next_mark(levels, drug, time - since, on))
    return length if end > length - SAME_DAY else end


@jit_leaf
def fill_levels(levels: Levels, dosing: Dosing, day: float, found: Floats) -> None:
    """Fill ``found`` (drugs,) with the levels of one patient on a day, in multiples of EC50."""
    found[:] = 0.0
    for number in range(dosing.drug.size):
        drug, since, until = dosing.drug[number], dosing.since[number], dosing.until[number]
        past = day - until if math.isfinite(until) else -1.0
        found[drug] += dosing.multiple[number] * level_of(levels, drug, day - since, past)
    for drug in range(found.size):
        if found[drug] < GONE:
            found[drug] = 0.0


@jit
def _levels_of_each(levels: Levels, dosing: Dosing) -> Floats:
    """(1 or patients, drugs) levels on day 0 of a dosing."""
    result = np.empty((levels.amplitude.shape[0], levels.kind.size))
    for patient in range(result.shape[0]):
        fill_levels(levels_of(levels, patient), dosing, 0.0, result[patient])
    return result


@jit
def _marks(levels: Levels, dosing: Dosing, length: float) -> list[float]:
    """Days between which every level is smooth, with both ends."""
    own, time, result = levels_of(levels, 0), 0.0, [0.0]
    while time < length - SAME_DAY:
        time = next_smooth(own, dosing, time, length)
        result.append(time)
    return result


@jit
def _levels_on(levels: Levels, dosing: Dosing, days: Floats) -> Floats:
    """(days, drugs) levels on some days."""
    own, result = levels_of(levels, 0), np.zeros((days.size, levels.kind.size))
    for place in range(days.size):
        fill_levels(own, dosing, days[place], result[place])
    return result
