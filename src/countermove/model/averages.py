"""Average rates of one patient over a stretch of time, from doses, without allocating.

Here: the kernel that walks through the marks of all drugs, and the shortcut for levels that have
settled. Not here: the level of one drug (``model.level_kernels``), rates at given levels
(``model.dose_response``), who is dosed when (``treatment``).

Each smooth piece is averaged by the three-point Gauss-Legendre rule, as in ``model.sampling``. Once
every drug has settled (``model.levels.SETTLED``) and its intervals have a common period, that
period is averaged once, from endless trains of doses, and stands for every whole period: what is
computed depends on the patient and the dosing alone, not on which stretch asked first.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from countermove.foundation.jit import jit_leaf, refer
from countermove.foundation.tolerances import SAME_DAY
from countermove.model.arrays import (
    COMPARTMENTS,
    PULSED,
    STEADY,
    TABLE,
    Dosing,
    Floats,
    Patient,
    RateArrays,
    Work,
)
from countermove.model.dose_response import fill_moves, fill_mutation, fill_types, judge
from countermove.model.level_kernels import level_of, next_mark, settled_level

GONE = 1e-6  # level, in multiples of EC50, below which a stopped drug is gone
LONG_CYCLES = 12  # most of the longest dosing intervals that a common period may take
AWAY = math.sqrt(0.15)  # of the outer nodes from the middle, in widths
OUTER, MIDDLE = 5.0 / 18.0, 8.0 / 18.0  # their weights
NO_PERIOD = -1.0


class Stretch(NamedTuple):
    """A time of interest: days, and whether treatment has started."""

    begin: float
    end: float
    treated: bool


class Into(NamedTuple):
    """Where averages go.

    Attributes
    ----------
    mean : filled
    peak : (drugs,) highest levels since treatment started; goes on rising
    work : from `workspace` of the same model: scratch, and the period averaged last
    """

    mean: RateArrays
    peak: Floats
    work: Work


class _Span(NamedTuple):
    """Time within which no dosing begins or stops.

    ``settled``: levels are those of endless trains, of what is given on day ``now``.
    """

    begin: float
    end: float
    treated: bool
    settled: bool
    now: float


@jit_leaf
def average_rates(patient: Patient, dosing: Dosing, stretch: Stretch, into: Into) -> None:
    """Time-weighted mean rates over a stretch; at its one time where it has no length.

    Parameters
    ----------
    patient
        From `patient_of`; its ``number`` tells it from the others of the same model.
    dosing
        What it is given, with all that was given before and may still be there.
    stretch
        From when to when.
    into
        What is filled.
    """
    patient, dosing, into = refer(patient), refer(dosing), refer(into)
    into = refer(Into(into.mean, into.peak, into.work))  # fields by address, as in `_settle`
    work, mean = into.work, into.mean
    work.judged[-1] = 0.0
    _clear(mean)
    time, last = stretch.begin, max(stretch.end, stretch.begin + 2.0 * SAME_DAY)
    while time < last - SAME_DAY:
        end = _next_change(dosing, time, last)
        _add_span(patient, dosing, _Span(time, end, stretch.treated, False, time), into)
        time = end
    _scale(mean, 1.0 / (last - stretch.begin))
    layout = patient.layout
    if not layout.tracked:  # nothing about them moves with time
        judge(patient, into.peak, stretch.treated, work)
        fill_mutation(patient, work, mean)
        if not layout.stresses.any():
            fill_moves(patient, work, mean)


@jit_leaf
def _next_change(dosing: Dosing, time: float, end: float) -> float:
    """Next day on which any dosing begins or stops, at most ``end``."""
    result = end
    for number in range(dosing.drug.size):
        if dosing.since[number] > time + SAME_DAY:
            result = min(result, dosing.since[number])
        if dosing.until[number] > time + SAME_DAY:
            result = min(result, dosing.until[number])
    return result if result < end - SAME_DAY else end


@jit_leaf
def _add_span(patient: Patient, dosing: Dosing, span: _Span, into: Into) -> None:
    """Add a span: its transients node by node, what has settled by periods."""
    ready = min(max(_ready(patient, dosing, span), span.begin), span.end)
    _add_nodes(patient, dosing, _between(span, span.begin, ready), into)
    if ready >= span.end - SAME_DAY:
        return
    period = common_period(patient, dosing, span.now)
    if period > 0.0:
        whole = math.floor((span.end - ready) / period + SAME_DAY)
        if whole > 0.0:
            _settle(patient, dosing, _between(span, 0.0, period), into)
            _add(into.mean, into.work.settled, whole * period)
            ready += whole * period
    _add_nodes(patient, dosing, _between(span, ready, span.end), into)


@jit_leaf
def _between(span: _Span, begin: float, end: float) -> _Span:
    return _Span(begin, end, span.treated, span.settled, span.now)


@jit_leaf
def _ready(patient: Patient, dosing: Dosing, span: _Span) -> float:
    """Day from which every level repeats or stands still."""
    levels, result = patient.levels, -math.inf
    for number in range(dosing.drug.size):
        drug, since, until = dosing.drug[number], dosing.since[number], dosing.until[number]
        if since > span.now + SAME_DAY:
            continue
        on = until > span.now + SAME_DAY
        if levels.kind[drug] == TABLE and on:
            result = max(result, since + levels.times[levels.first[drug + 1] - 1])
        if levels.kind[drug] == COMPARTMENTS:
            result = max(
                result, since + levels.settles[drug] if on else _gone(patient, dosing, number)
            )
    return result


@jit_leaf
def settled_from(patient: Patient, dosing: Dosing, now: float) -> float:
    """Day from which every level repeats or stands still, of what is given on day ``now``."""
    return _ready(patient, dosing, _Span(now, now, True, False, now))


@jit_leaf
def _gone(patient: Patient, dosing: Dosing, number: int) -> float:
    """Day from which nothing is left of a stretch of doses that has stopped."""
    drug, more = dosing.drug[number], 0.0
    if dosing.multiple[number] > 1.0:
        slowest = math.inf
        for term in range(patient.levels.decay.shape[1]):
            if patient.levels.steady[drug, term] != 0.0:
                slowest = min(slowest, patient.levels.decay[drug, term])
        more = math.log(dosing.multiple[number]) / slowest
    return dosing.until[number] + patient.levels.fades[drug] + more


@jit_leaf
def common_period(patient: Patient, dosing: Dosing, now: float) -> float:
    """Find the common period of the drugs given; 0 if none has any, else maybe `NO_PERIOD`."""
    levels, longest = patient.levels, 0.0
    drug: int
    fits: bool
    for number in range(dosing.drug.size):
        drug = dosing.drug[number]
        if _is_on(dosing, number, now):
            for other in range(number):
                if dosing.drug[other] == drug and _is_on(dosing, other, now):
                    return NO_PERIOD
            if levels.kind[drug] == COMPARTMENTS or levels.kind[drug] == PULSED:
                longest = max(longest, levels.every[drug])
    for cycles in range(1, LONG_CYCLES + 1):
        fits = True
        for number in range(dosing.drug.size):
            drug = dosing.drug[number]
            if _is_on(dosing, number, now) and levels.kind[drug] in (COMPARTMENTS, PULSED):
                times = cycles * longest / levels.every[drug]
                fits = fits and abs(times - round(times)) <= SAME_DAY * times
        if fits:
            return cycles * longest
    return NO_PERIOD


@jit_leaf
def _is_on(dosing: Dosing, number: int, now: float) -> bool:
    return dosing.since[number] <= now + SAME_DAY and dosing.until[number] > now + SAME_DAY


@jit_leaf
def _settle(patient: Patient, dosing: Dosing, span: _Span, into: Into) -> None:
    """Fill ``work.settled`` with the mean over a settled period, as long as the span is.

    Unless it stands there already, of the same dosing and genotypes in need of shelter.
    """
    work, peak = into.work, into.peak
    if _is_known(patient, dosing, span, work):
        _raise_peak(work.top, peak)
        judge(patient, peak, span.treated, work)
        same = True
        for genotype in range(work.status.size):
            same = same and work.status[genotype] == work.standing[genotype]
        if same:
            return
    anchor = math.inf
    for number in range(dosing.drug.size):
        if _is_on(dosing, number, span.now):
            kind = patient.levels.kind[dosing.drug[number]]
            if kind == COMPARTMENTS or kind == PULSED:
                anchor = min(anchor, dosing.since[number])
    cycle = _Span(anchor, anchor + span.end, span.treated, True, span.now)
    work.top[:] = 0.0
    if patient.layout.tracked:  # all of the period is judged by the highest levels in it
        inner = refer(Into(work.settled, work.top, work))
        _add_nodes(patient, dosing, cycle, inner)
        _raise_peak(work.top, peak)
    _clear(work.settled)
    highest = peak if patient.layout.tracked else work.top
    _add_nodes(patient, dosing, cycle, refer(Into(work.settled, highest, work)))
    _scale(work.settled, 1.0 / span.end)
    _raise_peak(work.top, peak)
    for genotype in range(work.status.size):
        work.standing[genotype] = work.status[genotype]


@jit_leaf
def _is_known(patient: Patient, dosing: Dosing, span: _Span, work: Work) -> bool:
    """Whether ``work.settled`` is of this patient and dosing; from now on it is."""
    key, drugs, same = work.key, work.level.size, True
    for drug in range(drugs):
        since, multiple = math.inf, 0.0
        for number in range(dosing.drug.size):
            if dosing.drug[number] == drug and _is_on(dosing, number, span.now):
                since, multiple = dosing.since[number], dosing.multiple[number]
        same = same and key[2 * drug] == since and key[2 * drug + 1] == multiple
        key[2 * drug], key[2 * drug + 1] = since, multiple
    treated = 1.0 if span.treated else 0.0
    same = same and key[2 * drugs] == patient.number and key[2 * drugs + 1] == treated
    key[2 * drugs], key[2 * drugs + 1] = patient.number, treated
    return same


@jit_leaf
def _raise_peak(top: Floats, peak: Floats) -> None:
    for drug in range(peak.size):
        peak[drug] = max(peak[drug], top[drug])


@jit_leaf
def _add_nodes(patient: Patient, dosing: Dosing, span: _Span, into: Into) -> None:
    """Add a span in pieces between the marks of every drug that is there."""
    time = span.begin
    while time < span.end - SAME_DAY:
        end, curved = span.end, False
        for number in range(dosing.drug.size):
            drug, on = dosing.drug[number], _is_on(dosing, number, span.now)
            kind = patient.levels.kind[drug]
            if dosing.since[number] > span.now + SAME_DAY or kind == STEADY:
                continue
            if on or (kind == COMPARTMENTS and not span.settled):
                if not on and time >= _gone(patient, dosing, number):
                    continue
                curved = curved or kind == COMPARTMENTS or (kind == TABLE and not span.settled)
                mark = next_mark(patient.levels, drug, time - dosing.since[number], on)
                end = min(end, dosing.since[number] + mark)
        if end > span.end - SAME_DAY:
            end = span.end
        width, middle = end - time, 0.5 * (time + end)
        if curved:  # the highest level is that just after a dose
            _fill_level(patient, dosing, _between(span, time + SAME_DAY, end), into.work)
            _raise_peak(into.work.level, into.peak)
        for node in range(3):
            if curved or node == 1:
                weight = width * ((MIDDLE if node == 1 else OUTER) if curved else 1.0)
                here = _between(span, middle + (node - 1) * AWAY * width, end)
                _add_node(patient, dosing, here, weight, into)
        time = end


@jit_leaf
def _add_node(patient: Patient, dosing: Dosing, span: _Span, weight: float, into: Into) -> None:
    """Add the rates at the beginning of a span."""
    mean, peak, work = into.mean, into.peak, into.work
    _fill_level(patient, dosing, span, work)
    _raise_peak(work.level, peak)
    layout, node = patient.layout, work.node
    judge(patient, peak, span.treated, work)
    fill_types(patient, work.level, work, node)
    for kind in range(node.birth.size):
        mean.birth[kind] += weight * node.birth[kind]
        mean.death[kind] += weight * node.death[kind]
        mean.cycle[kind] += weight * node.cycle[kind]
    if layout.tracked:
        fill_mutation(patient, work, node)
        for edge in range(node.mutation.size):
            mean.mutation[edge] += weight * node.mutation[edge]
    if layout.tracked or layout.stresses.any():
        fill_moves(patient, work, node)
        for edge in range(node.moves.size):
            mean.moves[edge] += weight * node.moves[edge]


@jit_leaf
def _fill_level(patient: Patient, dosing: Dosing, span: _Span, work: Work) -> None:
    """Fill ``work.level`` at the beginning of a span."""
    level, time = work.level, span.begin
    level[:] = 0.0
    for number in range(dosing.drug.size):
        drug, since, until = dosing.drug[number], dosing.since[number], dosing.until[number]
        on = _is_on(dosing, number, span.now)
        if span.settled:
            if on:
                here = settled_level(patient.levels, drug, time - since)
                level[drug] += dosing.multiple[number] * here
        elif on:
            level[drug] += dosing.multiple[number] * level_of(
                patient.levels, drug, time - since, -1.0
            )
        elif since <= span.now and patient.levels.kind[drug] == COMPARTMENTS:
            if time < _gone(patient, dosing, number):
                here = level_of(patient.levels, drug, time - since, time - until)
                level[drug] += dosing.multiple[number] * here
    for drug in range(level.size):
        if level[drug] < GONE:
            level[drug] = 0.0


@jit_leaf
def _clear(mean: RateArrays) -> None:
    mean.birth[:] = 0.0
    mean.death[:] = 0.0
    mean.cycle[:] = 0.0
    mean.mutation[:] = 0.0
    mean.moves[:] = 0.0


@jit_leaf
def _scale(mean: RateArrays, factor: float) -> None:
    _scale_array(mean.birth, factor)
    _scale_array(mean.death, factor)
    _scale_array(mean.cycle, factor)
    _scale_array(mean.mutation, factor)
    _scale_array(mean.moves, factor)


@jit_leaf
def _scale_array(mean: Floats, factor: float) -> None:
    for index in range(mean.size):
        mean[index] *= factor


@jit_leaf
def _add(mean: RateArrays, other: RateArrays, weight: float) -> None:
    _add_array(mean.birth, other.birth, weight)
    _add_array(mean.death, other.death, weight)
    _add_array(mean.cycle, other.cycle, weight)
    _add_array(mean.mutation, other.mutation, weight)
    _add_array(mean.moves, other.moves, weight)


@jit_leaf
def _add_array(mean: Floats, other: Floats, weight: float) -> None:
    for index in range(mean.size):
        mean[index] += weight * other[index]
