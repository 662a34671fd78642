"""The numbers of a scenario, each one for all patients or one per patient.

Here: the one accessor through which compiling reads a number. Not here: which distribution the
drawn ones have (``scenario.cohort``), what the numbers become (``model.parameters``).

Arrays that come of it have patients as their first axis, of length 1 where nothing behind them was
drawn. So a formula is written once, and what patients share is held once. Only sums, products and
quotients are used element by element, and integer powers by repeated multiplication: so a patient's
numbers have the same bits alone and in any cohort.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from countermove.foundation.arrays import Floats, Ints
from countermove.foundation.errors import ScenarioError


class Numbers:
    """The scenario's number, or the drawn ones, at each dotted path.

    Parameters
    ----------
    values
        Drawn numbers in base units, (patients,) by dotted path; paths that no formula asks for are
        ignored.

    Raises
    ------
    ScenarioError
        Drawn numbers differ in length, are not numbers, or there are none.
    """

    def __init__(self, values: Mapping[str, Floats] | None = None) -> None:
        self.drawn: dict[str, Floats] = {}
        self.patients = 1
        for path, drawn in (values or {}).items():
            array = np.ascontiguousarray(drawn, dtype=np.float64)
            if array.ndim != 1 or array.size == 0 or np.isnan(array).any():
                shape = "x".join(map(str, array.shape)) or "one"
                bad = ", some not a number" if np.isnan(array).any() else ""
                raise ScenarioError(
                    path,
                    got=f"{shape} drawn numbers{bad}",
                    expected="one number per patient",
                )
            if self.drawn and array.size != self.patients:
                raise ScenarioError(
                    path,
                    got=f"{array.size} drawn numbers",
                    expected=f"{self.patients}, one per patient, as the other paths have",
                )
            self.drawn[path] = array
            self.patients = array.size

    def at(self, path: str, own: float) -> Floats:
        """(1 or patients,) the numbers drawn at a path, or the scenario's ``own``."""
        result = self.drawn.get(path)
        return np.array([own], dtype=np.float64) if result is None else result

    def has(self, path: str) -> bool:
        """Whether numbers were drawn at this very path."""
        return path in self.drawn

    def positive(self, path: str, own: float) -> bool:
        """Whether the scenario's number or any drawn one is above 0."""
        return own > 0.0 or bool((self.at(path, 0.0) > 0.0).any())

    def factor(
        self, path: str, value: float | Mapping[str, float], of: tuple[str, float]
    ) -> Floats:
        """One number for every drug, or one per drug named: (1 or patients,) of one drug.

        ``of`` is the drug and the number of drugs that are not named.
        """
        drug, default = of
        if self.has(f"{path}.{drug}"):
            return self.at(f"{path}.{drug}", default)
        own = value.get(drug, default) if isinstance(value, Mapping) else float(value)
        return self.at(path, own)


def stacked(columns: Iterable[Floats]) -> Floats:
    """(1 or patients, columns) of arrays (1 or patients,), which may be none."""
    arrays = list(columns)
    if not arrays:
        return np.zeros((1, 0))
    rows = max(array.shape[0] for array in arrays)
    result = np.empty((rows, len(arrays)))
    for number, array in enumerate(arrays):
        result[:, number] = array
    return result


def powers(base: Floats, exponent: Ints) -> Floats:
    """(1 or patients, exponents) of ``base`` to small whole powers; the zeroth is 1."""
    top = int(exponent.max(initial=0))
    table = np.ones((base.size, top + 1))
    for power in range(1, top + 1):
        table[:, power] = table[:, power - 1] * base
    return table[:, exponent]
