"""The treatment loop: advance, observe, decide, dose.

Here: the heart, which couples an engine, the scans and a policy. Not here: any of the three; what
is watched of the patients on the way (``simulation.watching``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countermove.engines.contract import Engine, Population
from countermove.foundation import SAME_DAY
from countermove.foundation.arrays import Floats
from countermove.measurement import Criteria
from countermove.simulation.calendar import Calendar
from countermove.simulation.watching import Progress
from countermove.treatment import Histories, Limits, LinesOfTherapy, Observations, Policy


@dataclass(frozen=True, slots=True)
class Record:
    """What became of a chunk of patients, beside what the population itself holds.

    Attributes
    ----------
    baseline : (patients,) cells when treatment started; nan for who had died
    lesion_baseline : (tumors,) cells of each then
    doses : (patients kept, times, drugs) from each recorded time on
    peaks : (patients, drugs) highest levels up to progression
    paused : (patients,) no drug was given when the tumor progressed
    given : (patients, drugs) full-dose days in all
    lines : (patients,) lines of therapy
    """

    baseline: Floats
    lesion_baseline: Floats
    doses: Floats
    peaks: Floats
    paused: NDArray[np.bool_]
    given: Floats
    lines: NDArray[np.int64]


def treat(
    engine: Engine,
    population: Population,
    policy: Policy,
    calendar: Calendar,
    *,
    histories: Histories,
    limits: Limits,
    criteria: Criteria,
) -> Record:
    """Run patients from diagnosis to death, or to the end of the calendar.

    A policy decides at scans and at its own moments, from what scans have shown and nothing else.
    Whoever has died is given nothing and is seen no more.
    """
    progress = Progress(population, criteria, drugs=limits.given.shape[1])
    lines = LinesOfTherapy(len(progress.alive))
    doses = np.zeros(limits.given.shape)
    burden = population.burden
    for number, day in enumerate(calendar.days[:-1].tolist()):
        until = float(calendar.days[number + 1])
        if calendar.scanned[number]:
            burden = population.burden
        if abs(day - calendar.start) <= SAME_DAY:
            progress.begin(day)
        wanted = doses
        if calendar.decided[number]:
            seen = Observations(day, burden, bool(calendar.scanned[number]))
            wanted = np.asarray(policy.decide(seen), dtype=float)
        wanted = np.where(progress.alive[:, None], wanted, 0.0)
        held = limits.hold(wanted, until - day)
        lines.count(wanted, held)
        if number == 0 or not np.array_equal(held, doses):
            histories.give(day, held)
        doses = held
        progress.dose(day, until, doses)
        for exposure, chosen in histories.exposures(day, until):
            engine.advance(population, exposure, chosen[progress.alive[chosen]])
        population.time = until
        progress.note(until)
        limits.refund(progress.unused)
    progress.finish()
    return Record(
        progress.baseline,
        progress.lesion_baseline,
        progress.doses,
        progress.peaks,
        progress.paused,
        limits.given,
        lines.number,
    )
