"""Drug levels of one patient over an exposure, sampled so that they integrate any effect.

Here: the pieces between the marks of all drugs given, three samples each. Not here: the rule
(``model.sampling``), rates averaged without samples being kept (``model.averages``).
"""

from __future__ import annotations

import math

import numpy as np

from countermove.foundation.arrays import Floats
from countermove.foundation.jit import jit
from countermove.model.arrays import COMPARTMENTS, Dosing, Levels, levels_of
from countermove.model.averages import GONE
from countermove.model.compiled import CompiledModel
from countermove.model.exposure import Exposure
from countermove.model.level_kernels import SAME, level_of, next_mark
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


@jit
def _marks(levels: Levels, dosing: Dosing, length: float) -> list[float]:
    """Days between which every level is smooth, with both ends."""
    own, time, found = levels_of(levels, 0), 0.0, [0.0]
    while time < length - SAME:
        end = length
        for number in range(dosing.drug.size):
            drug, since, until = dosing.drug[number], dosing.since[number], dosing.until[number]
            on = since <= time + SAME and until > time + SAME
            for change in (since, until):
                if change > time + SAME:
                    end = min(end, change)
            if on or (own.kind[drug] == COMPARTMENTS and since <= time):
                end = min(end, since + next_mark(own, drug, time - since, on))
        time = length if end > length - SAME else end
        found.append(time)
    return found


@jit
def _levels_on(levels: Levels, dosing: Dosing, days: Floats) -> Floats:
    """(days, drugs) levels on some days."""
    own, drugs = levels_of(levels, 0), levels.kind.size
    found = np.zeros((days.size, drugs))
    for place in range(days.size):
        for number in range(dosing.drug.size):
            drug, since, until = dosing.drug[number], dosing.since[number], dosing.until[number]
            past = days[place] - until if math.isfinite(until) else -1.0
            level = level_of(own, drug, days[place] - since, past)
            found[place, drug] += dosing.multiple[number] * level
        for drug in range(drugs):
            if found[place, drug] < GONE:
                found[place, drug] = 0.0
    return found
