"""Who was given what when, and the drug levels that follow.

Here: dose histories shared by groups of patients, and the exposure of a group. Not here: who
decides (``treatment.policies``), the closed forms of levels (``model.pharmacokinetics``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from countermove.model import Course, Exposure
from countermove.model.sampling import SAME, joined, marks_between, nodes_of

Floats = NDArray[np.float64]
GONE = 1e-6  # level, in multiples of EC50, below which a stopped drug is gone


@dataclass(slots=True)
class History:
    """Dose multiples that one group was given: ``doses[i]`` from ``times[i]`` on."""

    times: list[float] = field(default_factory=list)
    doses: list[Floats] = field(default_factory=list)
    peak: Floats | None = None

    def then(self, time: float, dose: Floats) -> History:
        """Return this history, continued by another dose."""
        peak = None if self.peak is None else self.peak.copy()
        return History([*self.times, time], [*self.doses, dose], peak)

    def stretches(self, drug: int) -> list[tuple[float, float, float]]:
        """(begin, end, multiple) of each unbroken stretch on one drug; end inf while it goes on."""
        found: list[tuple[float, float, float]] = []
        for number, (time, dose) in enumerate(zip(self.times, self.doses, strict=True)):
            multiple = float(dose[drug])
            end = self.times[number + 1] if number + 1 < len(self.times) else np.inf
            if found and found[-1][2] == multiple and found[-1][1] == time:
                found[-1] = (found[-1][0], end, multiple)
            elif multiple > 0.0:
                found.append((time, end, multiple))
        return found


class Histories:
    """Dose histories of a cohort, one for each group of patients treated alike so far.

    Parameters
    ----------
    courses
        Course of each drug.
    patients
        Number of patients.
    start
        Day on which treatment starts.
    """

    def __init__(self, courses: Sequence[Course], patients: int, start: float) -> None:
        self.courses = tuple(courses)
        self.start = start
        self.group = np.zeros(patients, dtype=np.int64)
        self.members: list[History] = [History([], [], np.zeros(len(courses)))]

    def give(self, time: float, doses: Floats) -> None:
        """Record the doses, (patients, drugs), given from a time on."""
        rows = np.column_stack([self.group.astype(float), doses])
        unique, inverse = np.unique(rows, axis=0, return_inverse=True)
        members = []
        for row in unique:
            old = self.members[int(row[0])]
            same = bool(old.doses) and np.array_equal(old.doses[-1], row[1:])
            members.append(old if same else old.then(time, row[1:]))
        self.members = members
        self.group = inverse.reshape(-1).astype(np.int64)

    def exposures(self, begin: float, end: float) -> list[tuple[Exposure, NDArray[np.int64]]]:
        """Exposure of each group from ``begin`` to ``end``, with its patients."""
        found = []
        for number, member in enumerate(self.members):
            exposure = self._exposure(member, begin, end)
            member.peak = exposure.peak[-1].copy()
            found.append((exposure, np.flatnonzero(self.group == number)))
        return found

    def peaks(self) -> Floats:
        """(patients, drugs) highest level so far."""
        return np.array([np.asarray(m.peak) for m in self.members])[self.group]

    def _exposure(self, member: History, begin: float, end: float) -> Exposure:
        given = [
            (drug, multiple, (course, since, until))
            for drug, course in enumerate(self.courses)
            for since, until, multiple in member.stretches(drug)
        ]
        days, edges = nodes_of(marks_between(begin, end, [course for _, _, course in given]))
        levels = np.zeros((days.size, len(self.courses)))
        for drug, multiple, (course, since, until) in given:
            past = days - until if np.isfinite(until) else np.full(days.shape, -1.0)
            levels[:, drug] += multiple * course.level(days - since, past)
        levels[levels < GONE] = 0.0
        edges, levels = joined(edges, levels)
        peak = np.maximum.accumulate(np.vstack([np.asarray(member.peak), levels]), axis=0)[1:]
        return Exposure(edges, levels, peak, treated=begin >= self.start - SAME)
