"""The treatment loop: advance, observe, decide, dose.

Here: the heart, which couples an engine, the scans and a policy. Not here: any of the three.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countermove.engines.contract import Engine, Population
from countermove.measurement import scan
from countermove.treatment import Histories, Limits, Observations, Policy

Floats = NDArray[np.float64]
SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days on which something happens, rising; the first is diagnosis, the last the end.

    Attributes
    ----------
    days : (days,)
    recorded, scanned, decided : (days,) bool, what happens on each
    """

    days: Floats
    recorded: NDArray[np.bool_]
    scanned: NDArray[np.bool_]
    decided: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Record:
    """What was recorded of a chunk of patients.

    Attributes
    ----------
    days : (times,)
    cells : (patients, times, types)
    doses : (patients, times, drugs) from each time on
    peaks : (patients, times, drugs) highest levels up to each time
    given : (patients, drugs) full-dose days in all
    changes : (patients,) how often the set of drugs given changed
    """

    days: Floats
    cells: Floats
    doses: Floats
    peaks: Floats
    given: Floats
    changes: NDArray[np.int64]


def make_calendar(record: Floats, scans: Floats, decisions: Floats, until: float) -> Calendar:
    """Calendar of recorded days, scans and decisions up to ``until``."""
    every = np.unique(np.concatenate([[0.0, until], record, scans, decisions]))
    every = every[(every >= 0.0) & (every <= until)]
    every = every[np.r_[True, np.diff(every) > SAME]]
    every[-1] = until

    def among(days: Floats) -> NDArray[np.bool_]:
        near = np.abs(every[:, None] - days[None, :]) <= 2 * SAME
        return np.asarray(near.any(axis=1), dtype=np.bool_)

    scanned = among(scans)
    return Calendar(
        every, among(np.append(record, [0.0, until])), scanned, scanned | among(decisions)
    )


def treat(
    engine: Engine,
    population: Population,
    policy: Policy,
    calendar: Calendar,
    *,
    histories: Histories,
    limits: Limits,
) -> Record:
    """Run patients from diagnosis to the end of the calendar.

    A policy decides at scans and at its own moments, from what scans have shown and nothing else.
    """
    patients, types = population.cells.shape
    times = int(calendar.recorded.sum())
    drugs = limits.given.shape[1]
    cells = np.zeros((patients, times, types))
    doses_given = np.zeros((patients, times, drugs))
    peaks = np.zeros((patients, times, drugs))
    doses = np.zeros((patients, drugs))
    changes = np.zeros(patients, dtype=np.int64)
    burden = scan(population.cells)
    slot = 0
    spans = np.append(np.diff(calendar.days), 0.0)
    for number, (day, span) in enumerate(zip(calendar.days, spans, strict=True)):
        if calendar.scanned[number]:
            burden = scan(population.cells)
        if span > 0.0:
            wanted = doses
            if calendar.decided[number]:
                seen = Observations(float(day), burden, bool(calendar.scanned[number]))
                wanted = np.asarray(policy.decide(seen), dtype=float)
            held = limits.hold(wanted, float(span))
            changes += ((held > 0.0) != (doses > 0.0)).any(axis=1) & (held > 0.0).any(axis=1)
            if number == 0 or not np.array_equal(held, doses):
                histories.give(float(day), held)
            doses = held
        if calendar.recorded[number]:
            cells[:, slot], doses_given[:, slot] = population.cells, doses
            peaks[:, slot] = histories.peaks()
            slot += 1
        if span > 0.0:
            for exposure, chosen in histories.exposures(float(day), float(day + span)):
                engine.advance(population, exposure, chosen)
            population.time = float(day + span)
    recorded = calendar.days[calendar.recorded]
    return Record(recorded, cells, doses_given, peaks, limits.given, changes)
