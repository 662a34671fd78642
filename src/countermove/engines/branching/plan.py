"""Filling a plan of leaps for one patient.

Here: average rates of each leap, its flows and transition matrices, all compiled, so that a
patient's plan is the same alone and in any cohort. Not here: how long leaps are
(``branching.lengths``), the flows themselves (``kernels``), average rates (``model.averages``).
"""

from __future__ import annotations

import math

from countermove.engines.branching.lengths import (
    Drafts,
    Exposed,
    bound_leap,
    cut_span,
    longest_leap,
    mutating_share,
    next_jump,
)
from countermove.engines.branching.transitions import fill_halves
from countermove.engines.kernels.birth_death import FIELDS, GROWTH, MEAN, fill_flow, set_rates
from countermove.engines.kernels.tuples import Plan
from countermove.foundation.arrays import Floats
from countermove.foundation.jit import jit_leaf as jit
from countermove.foundation.jit import refer
from countermove.foundation.tolerances import SAME_DAY
from countermove.model.arrays import Patient, RateArrays
from countermove.model.averages import Into, Stretch, average_rates, settled_from
from countermove.model.dose_response import rates_at

FREQUENT = 1e-4  # mutation per division beyond which few cells are simulated event by event
LADDER_END = 2.5e-4  # shortest leap of a growing tumor, in units of its growth time
SAME_RATES = 1e-12  # relative: leaps whose rates are closer share their transitions


@jit
def _leap_rates(plan: Plan, number: int) -> RateArrays:
    """Rates of one leap, where the plan keeps them."""
    return RateArrays(
        plan.birth[number],
        plan.death[number],
        plan.cycle[number],
        plan.chance[number],
        plan.moving[number],
    )


@jit
def _alike_leaps(plan: Plan, number: int) -> bool:
    """Whether a leap has the length and the rates of the one before."""
    if number == 0:
        return False
    if abs(plan.length[number] - plan.length[number - 1]) > SAME_RATES * plan.length[number]:
        return False
    now, before = refer(_leap_rates(plan, number)), refer(_leap_rates(plan, number - 1))
    return (
        _alike_rows(now.birth, before.birth)
        and _alike_rows(now.death, before.death)
        and _alike_rows(now.cycle, before.cycle)
        and _alike_rows(now.mutation, before.mutation)
        and _alike_rows(now.moves, before.moves)
    )


@jit
def _alike_rows(now: Floats, before: Floats) -> bool:
    for index in range(now.size):
        if abs(now[index] - before[index]) > SAME_RATES * abs(before[index]):
            return False
    return True


@jit
def _repeat(plan: Plan, number: int) -> None:
    """Take a leap's rates and transitions from the one before."""
    before = number - 1
    plan.length[number] = plan.length[before]
    for kind in range(plan.birth.shape[1]):
        plan.birth[number, kind] = plan.birth[before, kind]
        plan.death[number, kind] = plan.death[before, kind]
        plan.cycle[number, kind] = plan.cycle[before, kind]
        plan.mutating[number, kind] = plan.mutating[before, kind]
        for place in range(FIELDS):
            plan.flow[number, kind, place] = plan.flow[before, kind, place]
    _copy(plan.chance[number], plan.chance[before])
    _copy(plan.moving[number], plan.moving[before])
    for end in range(2):
        for variant in range(plan.half.shape[2]):
            for i in range(plan.half.shape[3]):
                _copy(plan.half[number, end, variant, i], plan.half[before, end, variant, i])


@jit
def _copy(target: Floats, source: Floats) -> None:
    for index in range(target.size):
        target[index] = source[index]


@jit
def _fill_leap(patient: Patient, plan: Plan, number: int, linear: bool, drafts: Drafts) -> None:
    """Fill what follows from a leap's length and rates."""
    edge, rates, length = 0, refer(_leap_rates(plan, number)), plan.length[number]
    for kind in range(plan.birth.shape[1]):
        share, edge = mutating_share(patient, rates, kind, edge)
        plan.mutating[number, kind] = share
        flow, birth, death = plan.flow[number, kind], rates.birth[kind], rates.death[kind]
        if linear:
            fill_flow(flow, birth, death, share, length)
        else:  # crowding will change it
            set_rates(flow, birth, death, share)
            flow[MEAN] = math.exp(flow[GROWTH] * length)
    if plan.half.shape[3] > 1:
        fill_halves(patient.layout.moves, plan, number, drafts)


@jit
def fill_plan(patient: Patient, exposed: Exposed, peak: Floats, plan: Plan, drafts: Drafts) -> None:
    """Fill a plan with the leaps of a stretch; ``peak`` (drugs,) rises with the levels on the way.

    The plan has room for `count_leaps` of them.
    """
    leap, time, number = longest_leap(patient, exposed, peak, drafts), 0.0, 0
    while time < exposed.length - SAME_DAY:
        end = next_jump(patient, exposed, time, leap)
        parts, each = cut_span(patient, exposed, (time, end), leap)
        settled = settled_from(patient, exposed.dosing, time)
        for part in range(parts):
            begin = time + part * each
            until = time + (part + 1) * each if part < parts - 1 else end
            plan.length[number] = each if part < parts - 1 else until - begin
            if 0 < part < parts - 1 and begin - each >= settled:
                _repeat(plan, number)
                number += 1
                continue
            into = refer(Into(refer(_leap_rates(plan, number)), peak, drafts.work))
            average_rates(patient, exposed.dosing, Stretch(begin, until, exposed.treated), into)
            if _alike_leaps(plan, number):
                _repeat(plan, number)
            else:
                _fill_leap(patient, plan, number, exposed.linear, drafts)
            number += 1
        time = end
    plan.leaps[0] = number
    _join_halves(plan)
    _fill_alike(plan, patient.numbers.spared.shape[1], exposed.linear)


@jit
def count_rungs(leap: float, rates: RateArrays) -> int:
    """How many leaps, each half as long as the one before, growth to a size may want."""
    net = 1e-9
    for kind in range(rates.birth.size):
        net = max(net, rates.birth[kind] - rates.death[kind])
    return 1 + max(0, math.ceil(math.log2(leap * net / LADDER_END)))


@jit
def fill_ladder(patient: Patient, exposed: Exposed, plan: Plan, drafts: Drafts) -> int:
    """Fill a plan with leaps to choose from, longest first, for growth before treatment starts.

    Returns how many are wanted; where the plan has less room nothing is filled.
    """
    drafts.low[:] = 0.0
    drafts.work.judged[-1] = 0.0
    rates_at(patient, drafts.low, drafts.low, exposed.treated, drafts.work, drafts.at_low)
    leap = bound_leap(patient, drafts.at_low, exposed.limit, exposed.linear)
    rungs = count_rungs(leap, drafts.at_low)
    if rungs > plan.length.size:
        return rungs
    for rung in range(rungs):
        plan.length[rung] = leap * 0.5**rung
        own = _leap_rates(plan, rung)
        _copy(own.birth, drafts.at_low.birth)
        _copy(own.death, drafts.at_low.death)
        _copy(own.cycle, drafts.at_low.cycle)
        _copy(own.mutation, drafts.at_low.mutation)
        _copy(own.moves, drafts.at_low.moves)
        _fill_leap(patient, plan, rung, not exposed.treated, drafts)
    plan.leaps[0] = rungs
    _fill_alike(plan, patient.numbers.spared.shape[1], exposed.linear)
    return rungs


@jit
def _join_halves(plan: Plan) -> None:
    """Fill the moves that close each leap but the last and open the next."""
    subs = plan.half.shape[3]
    if subs == 1:
        return
    for number in range(plan.leaps[0]):
        for variant in range(plan.half.shape[2]):
            for i in range(subs):
                for j in range(subs):
                    total = plan.half[number, 0, variant, i, j]
                    if number > 0:
                        total = 0.0
                        for k in range(subs):
                            total += (
                                plan.half[number - 1, 1, variant, i, k]
                                * plan.half[number, 0, variant, k, j]
                            )
                    plan.meeting[number, variant, i, j] = total


@jit
def _fill_alike(plan: Plan, niches: int, linear: bool) -> None:
    """Find for each type the first of the same niche whose rates never differ."""
    for kind in range(plan.alike.size):
        plan.alike[kind] = kind
        if linear:  # their flows are in the plan
            continue
        for other in range(kind):
            same_place = plan.alike[other] == other and other % niches == kind % niches
            if same_place and _grows_alike(plan, kind, other):
                plan.alike[kind] = other
                break


@jit
def _grows_alike(plan: Plan, kind: int, other: int) -> bool:
    for number in range(plan.leaps[0]):
        if (
            plan.birth[number, kind] != plan.birth[number, other]
            or plan.death[number, kind] != plan.death[number, other]
            or plan.cycle[number, kind] != plan.cycle[number, other]
            or plan.mutating[number, kind] != plan.mutating[number, other]
        ):
            return False
    return True
