"""What the numbers of one patient must keep, checked for many patients at once.

Here: the range of each number, and numbers that only make sense together. Not here: what holds for
the scenario as a whole (``scenario``).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from countermove.foundation import ScenarioError, number_text
from countermove.foundation.arrays import Floats
from countermove.scenario import OneCompartment, Scenario, TwoCompartment
from countermove.scenario.fields import Quantity
from countermove.scenario.paths import read
from countermove.scenario.quantities import Place
from countermove.scenario.variation import out_of_range

Values = Mapping[str, Floats]
REMEDY = "Cut the distribution off with truncate: [low, high], or choose its values otherwise."
ROUNDING = 1e-12


def outside(quantity: Quantity, values: Floats) -> NDArray[np.bool_]:
    """(n,) whether each number is outside of what a field allows; NaN is."""
    above_low = values > quantity.low if quantity.above else values >= quantity.low
    inside = above_low & (values <= quantity.high)
    return ~inside if quantity.infinite else ~(inside & np.isfinite(values))


def check_ranges(places: Mapping[str, Place], values: Values, first: int) -> None:
    """Refuse the first number outside of its field's range.

    Raises
    ------
    ScenarioError
        It names the patient, the path and the number.
    """
    for path, drawn in values.items():
        wrong = outside(places[path].quantity, drawn)
        if wrong.any():
            row = int(np.argmax(wrong))
            who = f"patient {first + row}"
            raise out_of_range(places[path], float(drawn[row]), f"patients.vary.{path}", who)


class Numbers:
    """A scenario's numbers, a patient's own in place of the scenario's where there is one."""

    def __init__(self, scenario: Scenario, values: Values, first: int) -> None:
        self.scenario, self.values, self.first = scenario, values, first

    def at(self, path: str) -> Floats:
        """(patients,) or () numbers at a path; NaN where the scenario gives none."""
        if path in self.values:
            return self.values[path]
        own = read(self.scenario, path)
        return np.asarray(np.nan if own is None else own, dtype=float)

    def differs(self, *paths: str) -> bool:
        """Whether one of the paths differs between patients."""
        return any(path in self.values for path in paths)

    def refuse(self, wrong: NDArray[np.bool_], paths: tuple[str, ...], expected: str) -> None:
        """Raise for the first patient of which ``wrong`` is true, telling the numbers at fault."""
        if not np.any(wrong):
            return
        row = int(np.argmax(wrong))
        own = [(path, np.broadcast_to(self.at(path), wrong.shape)[row]) for path in paths]
        told = ", ".join(f"{path} {number_text(float(value))}" for path, value in own)
        cause = next((path for path in paths if path in self.values), paths[0])
        where = "patients.table"
        if cause in self.scenario.patients.vary or self.scenario.patients.table is None:
            where = f"patients.vary.{cause}"
        patient, remedy = self.first + row, REMEDY
        if where == "patients.table":
            remedy = f"Mend row {patient + 1} of the table, or leave that patient out."
        raise ScenarioError(
            where, got=f"{told} for patient {patient}", expected=expected, remedy=remedy
        )


def check_together(scenario: Scenario, values: Values, first: int) -> None:
    """Refuse the first patient whose numbers cannot be together.

    Raises
    ------
    ScenarioError
        It names the patient and the numbers.
    """
    numbers = Numbers(scenario, values, first)
    _check_tumor(numbers)
    _check_shares(numbers)
    _check_limits(numbers)


def _check_tumor(numbers: Numbers) -> None:
    """Check that the tumor grows, is found before it kills, and below where growth ends."""
    grown = numbers.scenario.tumor.start is None
    birth, death, lethal = "tumor.birth", "tumor.death", "tumor.lethal_at"
    size = "tumor.diagnosed_at" if grown else "tumor.start.cells"
    if numbers.differs(size, lethal):
        wrong = np.atleast_1d(numbers.at(size) >= numbers.at(lethal))
        numbers.refuse(wrong, (size, lethal), "fewer cells at diagnosis than are lethal")
    if not grown:
        return
    if numbers.differs(birth, death):
        wrong = np.atleast_1d(numbers.at(birth) <= numbers.at(death))
        expected = "birth above death, or the tumor never grows to its size at diagnosis"
        numbers.refuse(wrong, (birth, death), expected)
    growth = [f"tumor.growth.{name}" for name in ("capacity", "exponent", "reference")]
    if numbers.differs(size, birth, death, *growth):
        reach = reach_of(numbers)
        wrong = np.atleast_1d(numbers.at(size) >= reach)
        law = numbers.scenario.tumor.growth
        given = tuple(p for p in growth if np.isfinite(numbers.at(p)).all() and law.law != "power")
        numbers.refuse(
            wrong,
            (size, birth, death, *(given if numbers.differs(*growth) else ())),
            f"fewer cells at diagnosis than where births and deaths balance under {law.law} growth",
        )


def reach_of(numbers: Numbers) -> Floats:
    """(patients,) or () burdens where births equal deaths off drug, as ``Growth.reach``."""
    growth = numbers.scenario.tumor.growth
    birth, death = numbers.at("tumor.birth"), numbers.at("tumor.death")
    if growth.law == "exponential":
        return np.asarray(np.inf)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        balance = death / birth if growth.acts_on == "birth" else np.zeros_like(birth)
        if growth.law == "power":
            exponent = numbers.at("tumor.growth.exponent")
            power = np.log(balance) / (exponent - 1.0)
            reach = numbers.at("tumor.growth.reference") * np.exp(power)
            unbounded = (exponent == 1.0) | (balance == 0.0) | (power > 600.0)
            return np.where(unbounded, np.inf, reach)
        capacity = numbers.at("tumor.growth.capacity")
        if growth.law == "logistic":
            return capacity * (1.0 - balance)
        return capacity ** (1.0 - balance)


def _check_shares(numbers: Numbers) -> None:
    """Shares of one whole sum to 1 at most."""
    scenario = numbers.scenario
    wholes = [[f"niches.{name}.share" for name in scenario.niches]]
    start = scenario.tumor.start
    if start is not None:
        for name in ("fractions", "states", "niches"):
            wholes.append([f"tumor.start.{name}.{part}" for part in getattr(start, name)])
    for paths in wholes:
        if numbers.differs(*paths):
            total = np.atleast_1d(sum(numbers.at(path) for path in paths))
            expected = "shares that sum to at most 1"
            numbers.refuse(total > 1.0 + ROUNDING, tuple(paths), expected)


def _check_limits(numbers: Numbers) -> None:
    """Check that a drug's own dosing keeps its daily limit."""
    for name, drug in numbers.scenario.drugs.items():
        if drug.limits is None or drug.limits.per_day is None:
            continue
        if isinstance(drug.levels, (OneCompartment, TwoCompartment)):
            dose, every = f"drugs.{name}.levels.dose", f"drugs.{name}.levels.every"
            if numbers.differs(dose, every):
                most = drug.limits.per_day * (1.0 + 1e-9)
                wrong = np.atleast_1d(numbers.at(dose) / numbers.at(every) > most)
                expected = f"at most drugs.{name}.limits.per_day, {number_text(most)}"
                numbers.refuse(wrong, (dose, every), expected)
