"""What a policy sees, and nothing else.

Here: the one class that a policy is given. Not here: how anything is measured (``measurement``),
who decides (``treatment.policies``, ``treatment.rules``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from countermove.foundation.arrays import Bools, Floats, Ints

RESPONSES = ("NE", "CR", "PR", "SD", "PD")
"""Responses by RECIST, in the order of their codes: not evaluable, complete, partial, stable
disease, progressive disease."""


@dataclass(frozen=True, slots=True)
class Observations:
    """What the clinic has seen by now; a policy gets nothing else.

    Attributes
    ----------
    time : days since diagnosis
    visited : (patients,) whether anything was measured today
    scanned : (patients,) whether imaged today
    latest : observable -> (patients,) latest value; nan before the first
    baseline : observable -> (patients,) last value at or before treatment start; nan if none
    nadir : observable -> (patients,) lowest value from baseline on; nan if none
    recist : (patients,) index into ``RESPONSES`` of the latest assessment
    day : observable -> (patients,) day of the latest value, since diagnosis; nan before the first
    new : observable -> (patients,) whether its latest value became known today

    Notes
    -----
    ``scenario.observables`` lists the observables. A value of 0 is censored: below what can be
    seen.
    """

    time: float
    visited: Bools
    scanned: Bools
    latest: Mapping[str, Floats]
    baseline: Mapping[str, Floats]
    nadir: Mapping[str, Floats]
    recist: Ints
    day: Mapping[str, Floats] = field(default_factory=dict)
    new: Mapping[str, Bools] = field(default_factory=dict)

    def fresh(self, name: str) -> Bools:
        """(patients,) whether the latest value of an observable became known today."""
        return self.new.get(name, self.visited)

    def age(self, name: str) -> Floats:
        """(patients,) days since the latest value of an observable was taken."""
        return self.time - self.day[name]

    def censored(self, name: str) -> Bools:
        """(patients,) whether the latest value of an observable is below what can be seen."""
        return np.asarray(self.latest[name] == 0.0, dtype=np.bool_)


def nothing_seen(time: float, patients: int) -> Observations:
    """Return what is known where nothing is measured."""
    nobody = np.zeros(patients, dtype=np.bool_)
    return Observations(time, nobody, nobody, {}, {}, {}, np.zeros(patients, dtype=np.int64))
