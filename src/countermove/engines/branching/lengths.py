"""How long a leap may be.

Here: leap lengths from rates, and where levels jump. Not here: what is in a plan
(``branching.plan``).

A leap is cut short by, and only by: the end of the stretch; a lasting change of drug level; moves
between states or niches (their splitting from growth is of second order); crowding; and mutation so
frequent that the chance in a parent's path between its two counts matters. Linear growth alone
needs no cutting: its flow is exact at any length.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from countermove.foundation.arrays import Floats
from countermove.foundation.jit import jit_leaf as jit
from countermove.foundation.tolerances import SAME_DAY
from countermove.model.arrays import COMPARTMENTS, PULSED, STEADY, Dosing, Patient, RateArrays, Work
from countermove.model.averages import common_period
from countermove.model.dose_response import rates_at
from countermove.model.level_kernels import next_mark

LONGEST = 30.0  # days
MOVED = 0.2  # moves: leap * rate; their splitting from growth is of second order in it
SPREAD = 1.0  # moves: leap * spread of growth rates; when within a leap a cell moves is left out
CROWDED = 0.45  # crowding: leap * growth rate; its average over a leap is of fourth order
PATH_NOISE = 0.05  # mutation: excess dispersion left out, relative
DOSED = 0.5  # averaging of levels: leap * swing of growth rates
SHORTEST = 0.02  # days that moving levels alone may shorten a leap to
MAX_GROWTH = 3.0  # growth per leap, e-folds


class Exposed(NamedTuple):
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
def _range_of(patient: Patient, exposed: Exposed, low: Floats, high: Floats) -> None:
    """Bounds of each drug's level over a stretch; wide where levels move."""
    levels, dosing = patient.levels, exposed.dosing
    low[:] = 0.0
    high[:] = 0.0
    for number in range(dosing.drug.size):
        drug, since, until = dosing.drug[number], dosing.since[number], dosing.until[number]
        kind, multiple = levels.kind[drug], dosing.multiple[number]
        over = until <= SAME_DAY or since >= exposed.length - SAME_DAY
        if kind == COMPARTMENTS:
            if until + levels.fades[drug] <= 0.0 or since >= exposed.length - SAME_DAY:
                continue
            top, bottom = 0.0, 0.0
            for term in range(levels.steady.shape[1]):
                size, rate = levels.steady[drug, term], levels.decay[drug, term]
                top += max(size, 0.0)
                bottom += size * math.exp(-rate * levels.every[drug])
            high[drug] += multiple * top
            if since + levels.settles[drug] <= 0.0 and until >= exposed.length - SAME_DAY:
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
        if kind == STEADY and since <= SAME_DAY and until >= exposed.length - SAME_DAY:
            low[drug] = multiple * top


@jit
def mutating_share(patient: Patient, rates: RateArrays, kind: int, edge: int) -> tuple[float, int]:
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
        share, edge = mutating_share(patient, rates, kind, edge)
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
def longest_leap(patient: Patient, exposed: Exposed, peak: Floats, drafts: Drafts) -> float:
    """Longest leap over a stretch, days: the shorter of those at its lowest and highest levels."""
    low, high, work = drafts.low, drafts.high, drafts.work
    _range_of(patient, exposed, low, high)
    moves = False
    for drug in range(low.size):
        high[drug] = max(high[drug], low[drug])
        moves = moves or low[drug] != high[drug]
    work.judged[-1] = 0.0
    rates_at(patient, high, peak, exposed.treated, work, drafts.at_high)
    leap = bound_leap(patient, drafts.at_high, exposed.limit, exposed.linear)
    if not moves:
        return leap
    rates_at(patient, low, peak, exposed.treated, work, drafts.at_low)
    leap = min(leap, bound_leap(patient, drafts.at_low, exposed.limit, exposed.linear))
    swing = 0.0
    for kind in range(drafts.at_low.birth.size):
        one = drafts.at_low.birth[kind] - drafts.at_low.death[kind]
        other = drafts.at_high.birth[kind] - drafts.at_high.death[kind]
        swing = max(swing, abs(one - other))
    return min(leap, max(DOSED / max(swing, 1e-12), SHORTEST))


@jit
def next_jump(patient: Patient, exposed: Exposed, time: float, leap: float) -> float:
    """Next day on which levels jump and then stay for longer than a leap; at most the end."""
    dosing, levels, result = exposed.dosing, patient.levels, exposed.length
    for number in range(dosing.drug.size):
        drug, since, until = dosing.drug[number], dosing.since[number], dosing.until[number]
        if since > time + SAME_DAY:
            result = min(result, since)
        if until > time + SAME_DAY:
            result = min(result, until)
        is_on = since <= time + SAME_DAY and until > time + SAME_DAY
        if is_on and levels.kind[drug] == PULSED:
            on, off = levels.on[drug], levels.every[drug] - levels.on[drug]
            if min(on, off) >= leap:
                result = min(result, since + next_mark(levels, drug, time - since, True))
    return result if result < exposed.length - SAME_DAY else exposed.length


@jit
def cut_span(patient: Patient, exposed: Exposed, span: tuple[float, float], leap: float):
    """How many leaps a span without jumps takes, and how long each is but the last.

    Where levels repeat, leaps are whole periods: once levels have settled they are all alike.
    """
    length = span[1] - span[0]
    period = common_period(patient, exposed.dosing, span[0])
    if 0.0 < period <= leap:
        each = math.floor(leap / period + 1e-9) * period
        return max(1, math.ceil(length / each - 1e-9)), each
    count = max(1, math.ceil(length / leap - 1e-9))
    return count, length / count


@jit
def count_leaps(patient: Patient, exposed: Exposed, peak: Floats, drafts: Drafts) -> int:
    """How many leaps a stretch takes."""
    leap, time, count = longest_leap(patient, exposed, peak, drafts), 0.0, 0
    while time < exposed.length - SAME_DAY:
        end = next_jump(patient, exposed, time, leap)
        count += cut_span(patient, exposed, (time, end), leap)[0]
        time = end
    return count
