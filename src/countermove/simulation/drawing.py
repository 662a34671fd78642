"""Patients who differ: each one's numbers, from the seed and the patient's number alone.

Here: the numbers and covariates of a scenario's patients, drawn or taken from a table. Not here:
distributions (``simulation.drawing_laws``), what one patient's numbers must keep
(``simulation.drawing_checks``), lesions (``simulation.drawing_lesions``), what the model does with
the numbers (``model``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from countermove.scenario import Scenario
from countermove.scenario.quantities import Place
from countermove.scenario.variation import differences
from countermove.simulation.drawing_checks import check_ranges, check_together
from countermove.simulation.drawing_laws import (
    Floats,
    Words,
    block_of,
    chances,
    check_mass,
    chosen,
    quantile,
    scores,
    uniforms,
)
from countermove.simulation.patient_tables import PatientTable, read_patients

CHUNK = 4096


@dataclass(frozen=True, slots=True)
class VirtualPatients:
    """What differs between some patients.

    Attributes
    ----------
    first
        Number of the first one.
    values
        (patients,) numbers in base units by dotted path.
    covariates
        (patients,) numbers or words by name.
    """

    first: int
    values: dict[str, Floats]
    covariates: dict[str, NDArray[Any]]


class Drawing:
    """The patients of a scenario, ready to be drawn in any order and in any chunks.

    Parameters
    ----------
    scenario
        A number of a patient depends on its seed, the patient's number and the number's path (for
        correlated ones: on the paths of the group) alone. It does not depend on other independent
        numbers, on the treatment, or on chunks and threads.

    Attributes
    ----------
    places
        By dotted path, each number that differs: unit, range, and the scenario's own.
    table_hash
        SHA-256 of the table's file, part of what decides the results; None without a table.

    Raises
    ------
    ScenarioError
        Differences that do not fit together, a table that cannot be used or has fewer rows than
        there are patients.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        result = differences(scenario)
        self._drawn = result.places
        self._laws = {name: result.laws[name] for name in sorted(result.laws)}
        self._groups = result.groups
        for name, law in self._laws.items():
            section = "vary" if name in result.places else "covariates"
            check_mass(law, f"patients.{section}.{name}")
        table = scenario.patients.table
        self._table: PatientTable | None = None
        if table is not None:
            self._table = read_patients(scenario, table, set(result.laws))
        self.table_hash = None if self._table is None else self._table.sha256
        self.places: dict[str, Place] = dict(result.places)
        if self._table is not None:
            self.places |= self._table.places

    def check(self) -> None:
        """Draw every patient of the scenario once, so that none is refused in the midst of a run.

        A second or two for a million patients and five numbers.

        Raises
        ------
        ScenarioError
            As ``patients``.
        """
        for first in range(0, self._scenario.patients.number, CHUNK):
            self.patients(first, min(CHUNK, self._scenario.patients.number - first))

    def patients(self, first: int, count: int) -> VirtualPatients:
        """Draw patients ``first`` to ``first + count - 1``.

        Raises
        ------
        ScenarioError
            A number is outside of its field's range or cannot be together with another one; the
            patient is named.
        """
        numbers = np.arange(first, first + count, dtype=np.uint64)
        values: dict[str, Floats] = {}
        covariates: dict[str, NDArray[Any]] = {}
        together = self._correlated(numbers)
        for name, law in self._laws.items():
            uniform, score = together.get(name) or (self._uniform(name, numbers), None)
            if law.kind == "words":
                covariates[name] = np.array(law.words)[chosen(law.weights, uniform)]
            elif name in self._drawn:
                values[name] = quantile(law, uniform, score)
            else:
                covariates[name] = quantile(law, uniform, score)
        check_ranges(self._drawn, values, first)
        if self._table is not None:
            table = self._table.rows(first, count)
            values |= table[0]
            covariates |= table[1]
        check_together(self._scenario, values, first)
        return VirtualPatients(first, values, covariates)

    def _uniform(self, name: str, patients: Words) -> Floats:
        return uniforms(self._scenario.seed, patients, block_of(name))

    def _correlated(self, patients: Words) -> dict[str, tuple[Floats, Floats]]:
        """Uniform numbers and normal scores of all that is correlated, by name."""
        result: dict[str, tuple[Floats, Floats]] = {}
        for group in self._groups:
            free = np.array([scores(self._uniform(name, patients)) for name in group.names])
            for name, weights in zip(group.names, group.factor, strict=True):
                # summed in a fixed order, so that chunks of any size give the same bits
                score = np.zeros(len(patients))
                for weight, one in zip(weights, free, strict=True):
                    if weight != 0.0:
                        score += weight * one
                result[name] = (chances(score), score)
        return result
