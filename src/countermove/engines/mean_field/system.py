"""From rates to the arrays of the mean-field kernels, piece by piece, for each patient.

Here: which part of each rate crowding scales, and the pieces, which end where levels change and at
the times to look; all compiled, so that a patient's system is the same alone and in any cohort. Not
here: the rates themselves (``model``), stepping in time (``kernels.lanes``).

Where competition acts on birth, the crowding factor scales division, with it the killing by a
cycle-specific drug, which is proportional to division, and mutation, which happens at division.
Where it acts on death, it takes away from a constant hazard; where it acts on net growth, from one
of each type's own. Types that are crowded apart have a crowd each, in which cells count by their
genotypes, and a capacity that drugs may take from.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from countermove.engines.kernels.crowding import ADDED, ON_BIRTH
from countermove.engines.kernels.lanes import System
from countermove.foundation.arrays import Floats, Ints
from countermove.foundation.jit import jit, jit_leaf, refer
from countermove.foundation.tolerances import SAME_DAY
from countermove.model import CompiledModel, Exposure
from countermove.model.arrays import (
    Dosing,
    Patient,
    RateArrays,
    Work,
    patient_of,
    rate_arrays,
    workspace,
)
from countermove.model.dose_response import fill_room, rates_at
from countermove.model.sampled import fill_levels, next_smooth
from countermove.model.sampling import NODES, WEIGHTS

ENDS = (float(WEIGHTS[0]), float(WEIGHTS[0] + WEIGHTS[1]))  # of the first two pieces of an interval


class Exposed(NamedTuple):
    """What patients are given over a stretch, and when to look at them.

    Attributes
    ----------
    dosing : days since the stretch began
    length : days
    treated : treatment has started
    looks : (looks,) days since the stretch began, rising, above 0
    """

    dosing: Dosing
    length: float
    treated: bool
    looks: Floats


class Drafts(NamedTuple):
    """Scratch for making systems.

    Attributes
    ----------
    work : of the model
    level, last : (drugs,) now, and of the last row
    out : rates of one row
    room : (types,) share of capacity left in one row
    """

    work: Work
    level: Floats
    last: Floats
    out: RateArrays
    room: Floats


class Base(NamedTuple):
    """What all systems of a model share; see ``kernels.dopri.Local``. ``niche`` is each type's."""

    niche: Ints
    crowd: Ints
    law: Ints
    source: Ints
    target: Ints
    linear: bool


def exposed_of(exposure: Exposure, looks: Floats) -> Exposed:
    """Describe an exposure to the kernels; ``looks`` in days since it began."""
    length = float(exposure.end - exposure.begin)
    return Exposed(exposure.dosing, length, exposure.treated, np.ascontiguousarray(looks))


def build(model: CompiledModel, patients: Ints, exposed: Exposed, peaks: Floats) -> System:
    """Systems of some patients of a model over a course.

    Parameters
    ----------
    model
        Of one patient or several.
    patients : (systems,)
        Whose rates; of a model of one patient any number stands for that one.
    exposed
        From `exposed_of`.
    peaks : (systems, drugs)
        Highest levels before, in multiples of EC50; they rise with the levels on the way.

    Returns
    -------
    Systems that end at the last look.
    """
    drugs = len(model.drugs)
    drafts = Drafts(
        workspace(model.arrays),
        np.zeros(drugs),
        np.zeros(drugs),
        rate_arrays(model.structure.layout),
        np.ones(model.types),
    )
    return _build_each(model.arrays, patients, exposed, peaks, drafts, _base(model))


def _base(model: CompiledModel) -> Base:
    edges = (model.mutation, model.moves)
    niche, law = model.niche.astype(np.int64), model.structure.law.astype(np.int64)
    apart = model.structure.layout.apart
    return Base(
        niche,
        np.arange(model.types) if apart else niche,
        law[niche] if apart else law,
        np.concatenate([one.source for one in edges]).astype(np.int64),
        np.concatenate([one.target for one in edges]).astype(np.int64),
        model.growth.is_linear,
    )


@jit
def _most_intervals(patients: Patient, numbers: Ints, exposed: Exposed) -> int:
    """Find the largest number of intervals in which the levels of a patient are smooth."""
    most = 0
    for number in numbers:
        patient = refer(patient_of(patients, number))
        count, time = 0, 0.0
        while time < exposed.length - SAME_DAY:
            time = next_smooth(patient.levels, exposed.dosing, time, exposed.length)
            count += 1
        most = max(most, count)
    return most


@jit
def _build_each(
    patients: Patient, numbers: Ints, exposed: Exposed, peaks: Floats, drafts: Drafts, base: Base
) -> System:
    """Fill a system for each patient."""
    whole, given, scratch = refer(patients), refer(exposed), refer(drafts)
    count, rows = numbers.size, 3 * _most_intervals(whole, numbers, given)
    pieces = rows + exposed.looks.size + 1
    types, edges, apart = base.niche.size, base.source.size, whole.layout.apart
    system = System(
        base.crowd,
        base.law,
        base.source,
        base.target,
        base.linear,
        apart,
        np.empty((count, rows, types)),
        np.empty((count, rows, types)),
        np.empty((count, rows, edges)),
        np.empty((count, rows, edges)),
        np.empty((count, rows, base.law.size)),
        np.empty((count, 4)),
        np.zeros((count, base.law.size, types) if apart else (count, 0, 0)),
        np.zeros(count, np.int64),
        np.zeros((count, pieces)),
        np.zeros((count, pieces), np.int64),
        np.full((count, pieces), -1),
    )
    these = refer(system)
    for place in range(count):
        patient = refer(patient_of(whole, numbers[place]))
        if apart:
            _fill_weights(patient, base.niche, system.weight[place])
        for index in range(4):
            system.numbers[place, index] = patient.numbers.growth[index]
        _fill_system(patient, given, peaks[place], scratch, these, place)
        _fill_capacities(patient, base.niche, these, place)
    return system


@jit_leaf
def _fill_weights(patient: Patient, niche: Ints, weight: Floats) -> None:
    """Fill what a cell of each type counts in the crowd of each; nothing across niches."""
    states, niches = patient.numbers.spared.shape[:2]
    for k in range(niche.size):
        one = patient.layout.base[k] // (states * niches)
        for j in range(niche.size):
            other = patient.layout.base[j] // (states * niches)
            here = niche[j] == niche[k]
            weight[k, j] = patient.numbers.weight[one, other] if here else 0.0


@jit_leaf
def _fill_capacities(patient: Patient, niche: Ints, system: System, place: int) -> None:
    """Multiply each crowd's share of room, in every row, by its niche's capacity."""
    for row in range(system.capacity.shape[1]):
        for crowd in range(system.capacity.shape[2]):
            where = niche[crowd] if system.apart else crowd
            left = system.capacity[place, row, crowd] if system.apart else 1.0
            system.capacity[place, row, crowd] = left * patient.numbers.capacity[where]


@jit_leaf
def _fill_system(
    patient: Patient, exposed: Exposed, peak: Floats, drafts: Drafts, system: System, place: int
) -> None:
    """Fill the rows and pieces of one patient; ``peak`` rises.

    Levels are sampled as ``model.sampling`` says; what has the same levels is one row.
    """
    level, last, work = drafts.level, drafts.last, drafts.work
    work.judged[-1] = 0.0
    time, row, begun, slot = 0.0, -1, 0.0, 0
    while time < exposed.length - SAME_DAY:
        mark = next_smooth(patient.levels, exposed.dosing, time, exposed.length)
        width = mark - time
        for node in range(3):
            fill_levels(patient.levels, exposed.dosing, time + width * NODES[node], level)
            begin = time + width * (0.0 if node == 0 else ENDS[node - 1])
            end = mark if node == 2 else time + width * ENDS[node]
            if row < 0 or _moved(level, last):
                begun = _add_piece(system, place, (begun, begin), row, -1)
                row += 1
                for drug in range(level.size):
                    last[drug] = level[drug]
                    peak[drug] = max(peak[drug], level[drug])
                rates_at(patient, level, peak, exposed.treated, work, drafts.out)
                _fill_row(patient, drafts.out, system, place, row)
                if system.apart:
                    fill_room(patient, work, drafts.room)
                    for kind in range(drafts.room.size):
                        system.capacity[place, row, kind] = drafts.room[kind]
            while slot < exposed.looks.size and exposed.looks[slot] <= end + SAME_DAY:
                begun = _add_piece(system, place, (begun, exposed.looks[slot]), row, slot)
                slot += 1
        time = mark


@jit_leaf
def _moved(level: Floats, last: Floats) -> bool:
    """Whether any level differs."""
    for drug in range(level.size):
        if level[drug] != last[drug]:
            return True
    return False


@jit_leaf
def _add_piece(system: System, place: int, span: tuple[float, float], row: int, keep: int) -> float:
    """Add a piece, and return where the next one begins; a piece without length is left out."""
    begin, end = span
    if row < 0 or end <= begin + (SAME_DAY if keep < 0 else 0.0):
        return begin
    number = system.pieces[place]
    system.length[place, number], system.row[place, number] = end - begin, row
    system.keep[place, number] = keep
    system.pieces[place] = number + 1
    return end


@jit_leaf
def _fill_row(patient: Patient, rates: RateArrays, system: System, place: int, row: int) -> None:
    """Fill one row from rates: what is constant, and what crowding scales."""
    constant, crowded = system.constant[place, row], system.crowded[place, row]
    fixed, scaled = system.fixed[place, row], system.scaled[place, row]
    on_birth, added = system.numbers[place, ON_BIRTH] > 0.0, system.numbers[place, ADDED]
    for kind in range(constant.size):
        constant[kind], crowded[kind] = 0.0, 0.0
    divisions = rates.mutation.size
    for edge in range(fixed.size):  # first, what leaves each type: born mutated, and by moves
        source = system.source[edge]
        if edge < divisions:
            born = rates.birth[source] * rates.mutation[edge]
            crowded[source] += born
            fixed[edge], scaled[edge] = (0.0, born) if on_birth else (born, 0.0)
        else:
            moving = rates.moves[edge - divisions]
            if not patient.layout.stays[edge - divisions]:
                constant[source] += moving
            fixed[edge], scaled[edge] = moving, 0.0
    for kind in range(constant.size):
        leaving, division = constant[kind], rates.birth[kind] - crowded[kind]
        if on_birth:
            constant[kind] = rates.cycle[kind] - rates.death[kind] - leaving
            crowded[kind] = division - rates.cycle[kind]
        else:
            own = added if system.numbers[place, ON_BIRTH] == 0.0 else _net(patient, kind)
            constant[kind] = division - rates.death[kind] - leaving - own
            crowded[kind] = own


@jit_leaf
def _net(patient: Patient, kind: int) -> float:
    """Birth less death of a type off drug, 1/day; 0 where it shrinks."""
    states, niches = patient.numbers.spared.shape[:2]
    sub = patient.layout.base[kind] // niches
    genotype, state = sub // states, sub % states
    net = float(patient.numbers.birth[genotype, state] - patient.numbers.death[state])
    return max(net, 0.0)
