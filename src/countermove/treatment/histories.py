"""Who was given what when.

Here: dose histories shared by groups of patients, and the exposure of a group. Not here: who
decides (``treatment.policies``), the levels that follow (``model.level_kernels``).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from countermove.foundation import SAME_DAY
from countermove.foundation.arrays import Floats
from countermove.model import CompiledModel, Exposure, alike
from countermove.model.arrays import STEADY, Dosing


@dataclass(slots=True)
class History:
    """Dose multiples that one group was given: ``doses[i]`` from ``times[i]`` on; never changed."""

    times: list[float] = field(default_factory=list)
    doses: list[Floats] = field(default_factory=list)
    _found: dict[int, Dosing] = field(default_factory=dict)

    def then(self, time: float, dose: Floats) -> History:
        """Return this history, continued by another dose."""
        return History([*self.times, time], [*self.doses, dose])

    def before(self, day: float) -> History:
        """Return this history without what was begun or changed on a day or later."""
        kept = sum(time < day - SAME_DAY for time in self.times)
        if kept == len(self.times):
            return self
        return History(self.times[:kept], self.doses[:kept])

    def dosing(self, drugs: int, day: float) -> Dosing:
        """All stretches of dosing so far, in days since one day."""
        if drugs not in self._found:
            result = [(drug, *own) for drug in range(drugs) for own in self.stretches(drug)]
            columns = np.array(result, dtype=np.float64).reshape(-1, 4).T
            number, rest = columns[0].astype(np.int64), [column.copy() for column in columns[1:]]
            self._found[drugs] = Dosing(number, *rest)
        drug, since, until, multiple = self._found[drugs]
        return Dosing(drug, since - day, until - day, multiple)

    def stretches(self, drug: int) -> list[tuple[float, float, float]]:
        """(begin, end, multiple) of each unbroken stretch on one drug; end inf while it goes on."""
        result: list[tuple[float, float, float]] = []
        for number, (time, dose) in enumerate(zip(self.times, self.doses, strict=True)):
            multiple = float(dose[drug])
            end = self.times[number + 1] if number + 1 < len(self.times) else np.inf
            if result and result[-1][2] == multiple and result[-1][1] == time:
                result[-1] = (result[-1][0], end, multiple)
            elif multiple > 0.0:
                result.append((time, end, multiple))
        return result


class Histories:
    """Dose histories of a cohort, one for each group of patients treated alike so far.

    Parameters
    ----------
    drugs
        How many.
    patients
        Number of patients.
    start
        Day on which treatment starts.
    """

    def __init__(self, drugs: int, patients: int, start: float) -> None:
        self.drugs, self.start = drugs, start
        self.group = np.zeros(patients, dtype=np.int64)
        self.members: list[History] = [History()]

    def give(self, time: float, doses: Floats) -> None:
        """Record the doses, (patients, drugs), given from a time on."""
        kind = self.group
        for drug in range(self.drugs):  # one column after the other: much faster than whole rows
            _, own = np.unique(doses[:, drug], return_inverse=True)
            kind = kind * (int(own.max(initial=0)) + 1) + own.reshape(-1)
            _, kind = np.unique(kind, return_inverse=True)
            kind = kind.reshape(-1)
        _, first, renewed = np.unique(kind, return_index=True, return_inverse=True)
        members: list[History] = []
        for patient in first:
            old, dose = self.members[int(self.group[patient])], np.array(doses[patient])
            same = bool(old.doses) and np.array_equal(old.doses[-1], dose)
            members.append(old if same else old.then(time, dose))
        self.members = members
        self.group = renewed.reshape(-1).astype(np.int64)

    def exposures(self, begin: float, end: float) -> list[tuple[Exposure, NDArray[np.int64]]]:
        """Exposure of each group from ``begin`` to ``end``, with its patients."""
        treated = begin >= self.start - SAME_DAY
        return [
            (
                Exposure(begin, end, member.dosing(self.drugs, begin), treated),
                np.flatnonzero(self.group == number),
            )
            for number, member in enumerate(self.members)
        ]

    def together(
        self, begin: float, end: float, model: CompiledModel, peaks: Floats
    ) -> list[tuple[Exposure, NDArray[np.int64]]]:
        """Exposures, and groups put together whose past makes no difference from now on.

        Parameters
        ----------
        begin, end
            Days.
        model
            Of the patients.
        peaks : (patients, drugs)
            Highest levels so far: the same within a group, where the patients are alike.
        """
        kind, treated = model.levels.kind, begin >= self.start - SAME_DAY
        steady = bool((kind == STEADY).all())  # then what is given now is all that counts
        result: dict[bytes, Exposure] = {}
        groups: dict[bytes, list[NDArray[np.int64]]] = {}
        for number, member in enumerate(self.members):
            chosen = np.flatnonzero(self.group == number)
            if chosen.size == 0:
                continue
            past = peaks[chosen[0]].tobytes() if model.patients == 1 else b""
            key = past + member.doses[-1].tobytes() if steady and member.doses else b""
            if key not in result:
                dosing = alike(member.dosing(self.drugs, begin), kind, end - begin)
                exposure = Exposure(begin, end, dosing, treated)
                key = key or past + exposure.key
                result.setdefault(key, exposure)
            groups.setdefault(key, []).append(chosen)
        return [(result[key], np.sort(np.concatenate(own))) for key, own in groups.items()]
