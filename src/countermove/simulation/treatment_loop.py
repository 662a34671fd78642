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
from countermove.measurement import Clinic, Criteria
from countermove.simulation.calendar import Calendar
from countermove.simulation.watching import Progress
from countermove.treatment import (
    Histories,
    Limits,
    LinesOfTherapy,
    Observations,
    Policy,
    Rollout,
    nothing_seen,
)


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
    begun : of each line in turn, (patients,) day on which it began; nan where it did not
    drug_free : (patients,) days without any drug between treatment start and death or the end
    last_dose : (patients,) day until which any drug was given; -inf where none was
    on_drug : days, rising, and (patients,) whether any drug is given from each of them on
    """

    baseline: Floats
    lesion_baseline: Floats
    doses: Floats
    peaks: Floats
    paused: NDArray[np.bool_]
    given: Floats
    lines: NDArray[np.int64]
    begun: list[Floats]
    drug_free: Floats
    last_dose: Floats
    on_drug: list[tuple[float, NDArray[np.bool_]]]


def treat(
    engine: Engine,
    population: Population,
    policy: Policy,
    calendar: Calendar,
    *,
    histories: Histories,
    limits: Limits,
    criteria: Criteria,
    clinic: Clinic | None = None,
    rollout: Rollout | None = None,
) -> Record:
    """Run patients from diagnosis to death, or to the end of the calendar.

    A policy decides when results come in and at its own moments, from what the clinic has seen and
    nothing else. Whoever has died is given nothing and is seen no more. Visits that nobody waits
    for, as under a treatment fixed in advance, stop nothing and are read at the end. A policy that
    looks ahead does so by its ``rollout``, which is told the doses and nothing of the truth.
    """
    progress = Progress(population, criteria, drugs=limits.given.shape[1])
    lines = LinesOfTherapy(len(progress.alive))
    doses = np.zeros(limits.given.shape)
    for number, day in enumerate(calendar.days[:-1].tolist()):
        until = float(calendar.days[number + 1])
        if abs(day - calendar.start) <= SAME_DAY:
            progress.begin(day)
        wanted = doses
        if calendar.decided[number]:
            seen = _seen(clinic, day, progress.alive)
            wanted = np.asarray(policy.decide(seen), dtype=float)
        wanted = np.where(progress.alive[:, None], wanted, 0.0)
        held = limits.hold(wanted, until - day)
        begun = lines.count(getattr(policy, "regimen", wanted), held, day)
        if clinic is not None and begun.any():
            clinic.begin_line(begun, day)
        if number == 0 or not np.array_equal(held, doses):
            histories.give(day, held)
        doses = held
        progress.dose(day, until, doses)
        if rollout is not None:
            rollout.give(until, doses)
        exposures = histories.together(day, until, engine.model, population.peaks)
        for exposure, chosen in exposures:
            engine.advance(population, exposure, chosen[progress.alive[chosen]])
        population.time = until
        progress.note(until)
        limits.refund(progress.unused)
    progress.finish()
    if clinic is not None:
        clinic.finish()
    return Record(
        progress.baseline,
        progress.lesion_baseline,
        progress.doses,
        progress.peaks,
        progress.paused,
        limits.given,
        lines.number,
        lines.begun,
        progress.drug_free,
        progress.last_dose,
        progress.given,
    )


def _seen(clinic: Clinic | None, day: float, alive: NDArray[np.bool_]) -> Observations:
    """All that a policy may know today; the arrays are its own."""
    if clinic is None:
        return nothing_seen(day, alive.size)
    visited, scanned, new = clinic.look(day, alive)
    return Observations(
        day,
        visited,
        scanned,
        latest={name: own.copy() for name, own in clinic.latest.items()},
        baseline={name: own.copy() for name, own in clinic.baseline.items()},
        nadir={name: own.copy() for name, own in clinic.nadir.items()},
        recist=clinic.codes,
        day={name: own.copy() for name, own in clinic.day.items()},
        new=new,
    )
