"""How long a leap may be, and filling a plan of leaps for one patient.

Here: leap lengths from rates, average rates of each leap, transition matrices, all compiled, so
that a patient's plan is the same alone and in any cohort. Not here: the flows themselves
(``kernels``), average rates (``model.averages``).

A leap is cut short by, and only by: the end of the stretch; a lasting change of drug level; moves
between states or niches (their splitting from growth is of second order); crowding; and mutation so
frequent that the chance in a parent's path between its two counts matters. Linear growth alone
needs no cutting: its flow is exact at any length.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from countermove.engines.branching.transitions import fill_halves
from countermove.engines.kernels.birth_death import FIELDS, GROWTH, MEAN, fill_flow, set_rates
from countermove.engines.kernels.tuples import Plan
from countermove.foundation.jit import jit_leaf as jit
from countermove.foundation.jit import refer
from countermove.model.arrays import COMPARTMENTS, PULSED, STEADY, Patient, RateArrays, Work
from countermove.model.averages import Dosing, Into, Stretch, average_rates
from countermove.model.dose_response import rates_at
from countermove.model.level_kernels import next_mark

Floats = NDArray[np.float64]
LONGEST = 30.0  # days
MOVED = 0.2  # moves: leap * rate; their splitting from growth is of second order in it
SPREAD = 1.0  # moves: leap * spread of growth rates; when within a leap a cell moves is left out
CROWDED = 0.45  # crowding: leap * growth rate; its average over a leap is of fourth order
PATH_NOISE = 0.05  # mutation: excess dispersion left out, relative
DOSED = 0.5  # averaging of levels: leap * swing of growth rates
SHORTEST = 0.02  # days that moving levels alone may shorten a leap to
FREQUENT = 1e-4  # mutation per division beyond which few cells are simulated event by event
LADDER_END = 2.5e-4  # shortest leap of a growing tumor, in units of its growth time
MAX_GROWTH = 3.0  # growth per leap, e-folds
SAME_RATES = 1e-12  # relative: leaps whose rates are closer share their transitions
SAME = 1e-9


class Course(NamedTuple):
    """A stretch of treatment to plan for.

    Attributes
    ----------
    dosing : what is given; days count from the stretch's beginning
    length : days
    treated : treatment has started
    limit : longest leap asked for, days
    linear : nothing crowds
    """

    dosing: Dosing
    length: float
    treated: bool
    limit: float
    linear: bool


class Drafts(NamedTuple):
    """Scratch for making plans.

    Attributes
    ----------
    work : of the rates
    low, high : (drugs,) range of each level over a stretch
    at_low, at_high : rates there
    share : (2, subs, subs) scratch for transitions; power (3, subs, subs)
    """

    work: Work
    low: Floats
    high: Floats
    at_low: RateArrays
    at_high: RateArrays
    share: Floats
    power: Floats


@jit
def _range_of(patient: Patient, course: Course, low: Floats, high: Floats) -> None:
    """Bounds of each drug's level over a stretch; wide where levels move."""
    levels, dosing = patient.levels, course.dosing
    low[:] = 0.0
    high[:] = 0.0
    for number in range(dosing.drug.size):
        drug, since, until = dosing.drug[number], dosing.since[number], dosing.until[number]
        kind, multiple = levels.kind[drug], dosing.multiple[number]
        over = until <= SAME or since >= course.length - SAME
        if kind == COMPARTMENTS:
            if until + levels.fades[drug] <= 0.0 or since >= course.length - SAME:
                continue
            top, bottom = 0.0, 0.0
            for term in range(levels.steady.shape[1]):
                size, rate = levels.steady[drug, term], levels.decay[drug, term]
                top += max(size, 0.0)
                bottom += size * math.exp(-rate * levels.every[drug])
            high[drug] += multiple * top
            if since + levels.settles[drug] <= 0.0 and until >= course.length - SAME:
                low[drug] += multiple * max(bottom, 0.0)
            continue
        if over:
            continue
        top = levels.amplitude[drug, 0]
        if kind != STEADY and kind != PULSED:
            top = 0.0
            for entry in range(levels.first[drug], levels.first[drug + 1]):
                top = max(top, levels.table[entry])
        high[drug] = max(high[drug], multiple * top)
        if kind == STEADY and since <= SAME and until >= course.length - SAME:
            low[drug] = multiple * top


@jit
def _mutating(patient: Patient, rates: RateArrays, kind: int, edge: int) -> tuple[float, int]:
    """Share of divisions of a type that mutate, its edges beginning at ``edge``; and the next."""
    source, total = patient.layout.mutation.source, 0.0
    while edge < source.size and source[edge] == kind:
        total += rates.mutation[edge]
        edge += 1
    return total, edge


@jit
def _noise(patient: Patient, rates: RateArrays) -> float:
    """Largest excess dispersion per squared leap that the path between two counts leaves out."""
    worst, edge = 0.0, 0
    for kind in range(rates.birth.size):
        share, edge = _mutating(patient, rates, kind, edge)
        worst = max(worst, share * rates.birth[kind] * (rates.birth[kind] + rates.death[kind]))
    return worst


@jit
def bound_leap(patient: Patient, rates: RateArrays, limit: float, linear: bool) -> float:
    """Longest leap under constant rates, days."""
    fastest, slowest, swift = -math.inf, math.inf, 0.0
    for kind in range(rates.birth.size):
        net = rates.birth[kind] - rates.death[kind]
        fastest, slowest = max(fastest, net), min(slowest, net)
        swift = max(swift, abs(net), rates.birth[kind])
    leap = min(limit, MAX_GROWTH / max(fastest, 1e-12))
    moving = 0.0
    for edge in range(rates.moves.size):
        moving = max(moving, rates.moves[edge])
    if moving > 0.0:
        leap = min(leap, MOVED / moving, SPREAD / max(fastest - slowest, 1e-12))
    if not linear:
        leap = min(leap, CROWDED / max(swift, 1e-12))
    noise = _noise(patient, rates)
    return min(leap, math.sqrt(PATH_NOISE / noise)) if noise > 0.0 else leap


@jit
def longest_leap(patient: Patient, course: Course, peak: Floats, drafts: Drafts) -> float:
    """Longest leap over a stretch, days: the shorter of those at its lowest and highest levels."""
    low, high, work = drafts.low, drafts.high, drafts.work
    _range_of(patient, course, low, high)
    moves = False
    for drug in range(low.size):
        high[drug] = max(high[drug], low[drug])
        moves = moves or low[drug] != high[drug]
    work.judged[-1] = 0.0
    rates_at(patient, high, peak, course.treated, work, drafts.at_high)
    leap = bound_leap(patient, drafts.at_high, course.limit, course.linear)
    if not moves:
        return leap
    rates_at(patient, low, peak, course.treated, work, drafts.at_low)
    leap = min(leap, bound_leap(patient, drafts.at_low, course.limit, course.linear))
    swing = 0.0
    for kind in range(drafts.at_low.birth.size):
        one = drafts.at_low.birth[kind] - drafts.at_low.death[kind]
        other = drafts.at_high.birth[kind] - drafts.at_high.death[kind]
        swing = max(swing, abs(one - other))
    return min(leap, max(DOSED / max(swing, 1e-12), SHORTEST))


@jit
def _next_jump(patient: Patient, course: Course, time: float, leap: float) -> float:
    """Next day on which levels jump and then stay for longer than a leap; at most the end."""
    dosing, levels, found = course.dosing, patient.levels, course.length
    for number in range(dosing.drug.size):
        drug, since, until = dosing.drug[number], dosing.since[number], dosing.until[number]
        if since > time + SAME:
            found = min(found, since)
        if until > time + SAME:
            found = min(found, until)
        is_on = since <= time + SAME and until > time + SAME
        if is_on and levels.kind[drug] == PULSED:
            on, off = levels.on[drug], levels.every[drug] - levels.on[drug]
            if min(on, off) >= leap:
                found = min(found, since + next_mark(levels, drug, time - since, True))
    return found if found < course.length - SAME else course.length


@jit
def count_leaps(patient: Patient, course: Course, peak: Floats, drafts: Drafts) -> int:
    """How many leaps a stretch takes."""
    leap, time, count = longest_leap(patient, course, peak, drafts), 0.0, 0
    while time < course.length - SAME:
        end = _next_jump(patient, course, time, leap)
        count += max(1, math.ceil((end - time) / leap - 1e-9))
        time = end
    return count


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
        share, edge = _mutating(patient, rates, kind, edge)
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
def fill_plan(patient: Patient, course: Course, peak: Floats, plan: Plan, drafts: Drafts) -> None:
    """Fill a plan with the leaps of a stretch; ``peak`` (drugs,) rises with the levels on the way.

    The plan has room for `count_leaps` of them.
    """
    leap, time, number = longest_leap(patient, course, peak, drafts), 0.0, 0
    while time < course.length - SAME:
        end = _next_jump(patient, course, time, leap)
        parts = max(1, math.ceil((end - time) / leap - 1e-9))
        for part in range(parts):
            begin = time + (end - time) * part / parts
            until = time + (end - time) * (part + 1) / parts
            plan.length[number] = (end - time) / parts
            into = refer(Into(refer(_leap_rates(plan, number)), peak, drafts.work))
            average_rates(patient, course.dosing, Stretch(begin, until, course.treated), into)
            if _alike_leaps(plan, number):
                _repeat(plan, number)
            else:
                _fill_leap(patient, plan, number, course.linear, drafts)
            number += 1
        time = end
    plan.count[0] = number
    _join_halves(plan)
    _fill_alike(plan, patient.numbers.spared.shape[1], course.linear)


@jit
def count_rungs(leap: float, rates: RateArrays) -> int:
    """How many leaps, each half as long as the one before, growth to a size may want."""
    net = 1e-9
    for kind in range(rates.birth.size):
        net = max(net, rates.birth[kind] - rates.death[kind])
    return 1 + max(0, math.ceil(math.log2(leap * net / LADDER_END)))


@jit
def fill_ladder(patient: Patient, course: Course, plan: Plan, drafts: Drafts) -> int:
    """Fill a plan with leaps to choose from, longest first, for growth before treatment starts.

    Returns how many are wanted; where the plan has less room nothing is filled.
    """
    drafts.low[:] = 0.0
    drafts.work.judged[-1] = 0.0
    rates_at(patient, drafts.low, drafts.low, course.treated, drafts.work, drafts.at_low)
    leap = bound_leap(patient, drafts.at_low, course.limit, course.linear)
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
        _fill_leap(patient, plan, rung, not course.treated, drafts)
    plan.count[0] = rungs
    _fill_alike(plan, patient.numbers.spared.shape[1], course.linear)
    return rungs


@jit
def _join_halves(plan: Plan) -> None:
    """Fill the moves that close each leap but the last and open the next."""
    subs = plan.half.shape[3]
    if subs == 1:
        return
    for number in range(plan.count[0]):
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
    for number in range(plan.count[0]):
        if (
            plan.birth[number, kind] != plan.birth[number, other]
            or plan.death[number, kind] != plan.death[number, other]
            or plan.cycle[number, kind] != plan.cycle[number, other]
            or plan.mutating[number, kind] != plan.mutating[number, other]
        ):
            return False
    return True
