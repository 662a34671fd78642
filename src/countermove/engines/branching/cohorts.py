"""Plans for patients: one shared by all who are alike, or one for each who differs.

Here: plans made, and patients who differ grown and advanced, each by a plan of its own that lasts
no longer than its turn. Not here: what is in a plan (``branching.plan``), taking its leaps
(``kernels.patients``).
"""

from __future__ import annotations

import numpy as np

from countermove.engines.branching.lengths import Drafts, Exposed, count_leaps
from countermove.engines.branching.plan import fill_ladder, fill_plan
from countermove.engines.kernels.courses import hold
from countermove.engines.kernels.patients import (
    advance_patient,
    grow_tumor,
    length_of,
    tumor_of,
)
from countermove.engines.kernels.tuples import (
    SUBS,
    Crowding,
    Network,
    Plan,
    empty_plan,
    workspace,
)
from countermove.foundation.arrays import Floats
from countermove.foundation.jit import jit, jit_leaf, refer
from countermove.model import CompiledModel
from countermove.model.arrays import patient_of, rate_arrays
from countermove.model.arrays import workspace as rate_workspace

RUNGS = 64  # room for leaps of a growing tumor: each is half as long as the one before


def drafts_of(model: CompiledModel) -> Drafts:
    """Scratch for making plans of a model's patients; one a thread."""
    drugs, subs, layout = len(model.drugs), model.sub_types, model.structure.layout
    return Drafts(
        rate_workspace(model.arrays),
        np.zeros(drugs),
        np.zeros(drugs),
        rate_arrays(layout),
        rate_arrays(layout),
        np.zeros((2, subs, subs)),
        np.zeros((2, subs, subs)),
    )


def sizes_of(model: CompiledModel) -> tuple[int, int, int, int, int]:
    """Sizes of a plan; see ``kernels.tuples.empty_plan``."""
    edges, moves = model.mutation.source.size, model.moves.source.size
    return model.types, edges, moves, model.variants, model.sub_types


def plan_for(model: CompiledModel, patient: int, exposed: Exposed, peak: Floats) -> Plan:
    """Make one patient's plan; ``peak`` (drugs,) rises with the levels on the way."""
    return plan_of(model.arrays, patient, exposed, peak, (drafts_of(model), sizes_of(model), 0))


def ladder_for(model: CompiledModel, patient: int, exposed: Exposed) -> Plan:
    """Make one patient's plan of growth without drugs."""
    peak = np.zeros(len(model.drugs))
    own = (drafts_of(model), sizes_of(model), RUNGS)
    return plan_of(model.arrays, patient, exposed, peak, own)


@jit
def plan_of(patients, number, exposed, peak, own):
    """Make a plan, or a ladder of at most so many rungs; ``own`` is (drafts, sizes, rungs).

    One kernel for both, which compiles all that is below it once.
    """
    drafts, sizes, rungs = own
    exposed, drafts = refer(exposed), refer(drafts)
    patient = refer(patient_of(refer(patients), number))
    leaps = rungs if rungs > 0 else count_leaps(patient, exposed, peak, drafts)
    plan = empty_plan(leaps, sizes)
    if rungs > 0:
        fill_ladder(patient, exposed, refer(plan), drafts)
    else:
        fill_plan(patient, exposed, peak, refer(plan), drafts)
    return plan


@jit_leaf
def _network_of(network, few, number, capacity, numbers):
    """Crowding of one patient in place of another's."""
    growth = Crowding(network.growth.niche, network.growth.law, capacity, numbers)
    return Network(
        network.edge_start,
        network.edge_target,
        network.move_start,
        network.move_target,
        growth,
        network.linear,
        few[number],
    )


@jit_leaf
def _advance_one(cohort, number, begin, plan, network, seen):
    """Advance one patient with crowding of its own; ``seen`` ends in (few, capacity, numbers)."""
    watch, courses, before, pace, own, differs = seen
    few, capacity, numbers = differs
    mine = refer(_network_of(network, few, number, capacity, numbers))
    advance_patient(cohort, number, begin, plan, mine, (watch, courses, before, pace, own))


@jit
def advance_each(cohort, chosen, begin, patients, network, seen):
    """Advance patients who differ, each by a plan of its own.

    ``seen`` is (watch, courses, book, few, peaks, exposed, drafts, sizes).
    """
    watch, courses, book, few, peaks, exposed, drafts, sizes = seen
    cohort, patients, network = refer(cohort), refer(patients), refer(network)
    watch, courses, exposed, drafts = refer(watch), refer(courses), refer(exposed), refer(drafts)
    rows = cohort.cells.shape[1]
    most = 0
    for p in chosen:
        most = max(most, cohort.start[p + 1] - cohort.start[p])
    variant, born = np.arange(rows // book[SUBS]), np.zeros(0)
    waiting = np.zeros(most, np.bool_)
    work = workspace(rows, book[SUBS], network.growth.law.size, rows)
    before, pace = np.empty((most, rows)), np.empty((most, rows))
    own = (variant, born, book, waiting, work)
    plan = empty_plan(64, sizes)
    for p in chosen:
        patient = refer(patient_of(patients, p))
        leaps = count_leaps(patient, exposed, peaks[p], drafts)
        if leaps > plan.length.size:
            plan = empty_plan(2 * leaps, sizes)
        fill_plan(patient, exposed, peaks[p], plan, drafts)
        differs = (few, patient.numbers.capacity, patient.numbers.growth)
        _advance_one(cohort, p, begin, plan, network, (watch, courses, before, pace, own, differs))
        first, last = cohort.start[p], cohort.start[p + 1]
        hold(courses, p, cohort.cells[first:last], first, begin + length_of(plan))


@jit_leaf
def _grow_one(cohort, tumor, goal, plan, network, own):
    """Grow one tumor with crowding of its own, the last part of ``own``."""
    variant, born, book, work, differs = own
    few, number, capacity, numbers = differs
    mine = refer(_network_of(network, few, number, capacity, numbers))
    one = refer(tumor_of(cohort, tumor, variant, born, book))
    return grow_tumor(one, goal[0], goal[1], plan, mine, work)


@jit
def grow_each(cohort, founders, goals, patients, network, seen):
    """Grow tumors of patients who differ; returns days from each first cell to its size.

    ``goals`` is sizes; ``seen`` is (book, few, exposed, drafts, sizes).
    """
    book, few, exposed, drafts, sizes = seen
    cohort, patients, network = refer(cohort), refer(patients), refer(network)
    exposed, drafts = refer(exposed), refer(drafts)
    tumors, rows = cohort.cells.shape
    variant, born = np.arange(rows // book[SUBS]), np.zeros(0)
    work = workspace(rows, book[SUBS], network.growth.law.size, rows)
    ages, plan = np.empty(tumors), empty_plan(RUNGS, sizes)
    for p in range(cohort.start.size - 1):
        patient = refer(patient_of(patients, p))
        fill_ladder(patient, exposed, plan, drafts)
        differs = (few, p, patient.numbers.capacity, patient.numbers.growth)
        own = (variant, born, book, work, differs)
        for t in range(cohort.start[p], cohort.start[p + 1]):
            ages[t] = _grow_one(cohort, t, (founders[t], goals[t]), plan, network, own)
    return ages
