"""What a virtual randomized trial is: arms, size, timing, endpoint, interim looks.

Here: `Arm` and `Design`, refused in the house's shape before any work starts. Not here: carrying a
trial out (``trials.conduct``), its bounds (``trials.bounds``), how patients fare
(``trials.outcomes``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from countermove.foundation import ScenarioError, number_text, shown
from countermove.foundation.errors import neighbor

Spending = Literal["obrien_fleming", "pocock"]
Endpoint = Literal[
    "time_to_progression",
    "progression_free_survival",
    "overall_survival",
    "progression_free_survival_2",
]

SPENDING: tuple[str, ...] = get_args(Spending)
ENDPOINTS: tuple[str, ...] = get_args(Endpoint)
DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12.0
MOST_PATIENTS = 10_000_000
MOST_LOOKS = 50


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of a trial.

    Attributes
    ----------
    name
        Its name in tables and figures.
    policy
        The policy its patients are treated by: a name that the caller resolves.

    Raises
    ------
    ScenarioError
        A name is empty.
    """

    name: str
    policy: str

    def __post_init__(self) -> None:
        """Refuse an arm without a name or a policy."""
        for field in ("name", "policy"):
            value: object = getattr(self, field)
            if not isinstance(value, str) or not value.strip():
                raise ScenarioError(field, got=shown(value), expected="a name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A trial as its protocol would state it. The first arm is the control.

    Attributes
    ----------
    arms
        Two or more; each later one is compared with the first.
    patients
        Randomized in all, at least one an arm.
    allocation
        Whole parts an arm, such as ``(1, 2)``; equal by default.
    accrual_per_month, accrual_months
        Patients that enter in a month, or months in which all of them enter, evenly at random: at
        most one of the two. By default all enter on the first day.
    dropout_per_year
        Chance that a patient is lost within a year, 0 to less than 1, at a constant hazard.
    follow_up
        Days from the last patient's entry to the final analysis.
    endpoint
        ``time_to_progression``, ``progression_free_survival``, ``overall_survival`` or
        ``progression_free_survival_2``.
    crossover_on_progression
        Whether patients of the control arm go over to the second arm at progression. It changes
        survival, not progression.
    looks
        Information fractions of the analyses, rising to 1: shares of the planned events.
    events
        Events planned for the final analysis, all arms together. By default those that occur by
        the final day.
    futility
        Conditional power, under the effect seen so far, below which an interim look stops the
        trial; None for never. It is not binding: bounds of efficacy do not count on it.
    at_crossover_censored
        Whether who goes over to the other arm is observed no longer.
    evaluable_only
        Whether only patients are analyzed who stayed until a scan after baseline could be read.
    alpha
        Two-sided chance of any false claim; shared equally by the comparisons with the control.
    spending
        How alpha is spent over the looks: ``obrien_fleming`` or ``pocock``.

    Raises
    ------
    ScenarioError
        A value is out of its range; the message names the field.
    """

    arms: tuple[Arm, ...]
    patients: int
    follow_up: float
    allocation: tuple[int, ...] = ()
    accrual_per_month: float | None = None
    accrual_months: float | None = None
    dropout_per_year: float = 0.0
    endpoint: Endpoint = "time_to_progression"
    crossover_on_progression: bool = False
    at_crossover_censored: bool = False
    evaluable_only: bool = False
    looks: tuple[float, ...] = (1.0,)
    futility: float | None = None
    events: int | None = None
    alpha: float = 0.05
    spending: Spending = "obrien_fleming"

    def __post_init__(self) -> None:
        """Fill in equal allocation and refuse what is no trial."""
        for name in ("arms", "looks", "allocation"):
            object.__setattr__(self, name, _listed(name, getattr(self, name)))
        if not self.allocation:
            object.__setattr__(self, "allocation", (1,) * len(self.arms))
        self._check_arms()
        self._check_numbers()
        self._check_looks()
        _one_of("endpoint", self.endpoint, ENDPOINTS)
        _one_of("spending", self.spending, SPENDING)
        if self.futility is not None:
            _number("futility", self.futility, "", least=0.0, below=1.0)

    @property
    def accrual(self) -> float:
        """Days over which patients enter."""
        if self.accrual_months is not None:
            return self.accrual_months * DAYS_PER_MONTH
        if self.accrual_per_month is not None:
            return self.patients / self.accrual_per_month * DAYS_PER_MONTH
        return 0.0

    @property
    def dropout_rate(self) -> float:
        """Constant hazard of being lost, 1/day."""
        return -math.log1p(-self.dropout_per_year) / DAYS_PER_YEAR

    @property
    def comparisons(self) -> int:
        """Arms compared with the control."""
        return len(self.arms) - 1

    def _check_arms(self) -> None:
        if len(self.arms) < 2:
            raise ScenarioError(
                "arms",
                got=f"{len(self.arms)} arm{'s' if len(self.arms) != 1 else ''}",
                expected="at least two",
                remedy="Add an arm with a name and a policy; the first is the control.",
            )
        for number, arm in enumerate(self.arms):
            if not isinstance(arm, Arm):
                raise ScenarioError(
                    f"arms.{number}", got=shown(arm), expected="an arm with a name and a policy"
                )
        names = [arm.name for arm in self.arms]
        for number, name in enumerate(names):
            if name in names[:number]:
                raise ScenarioError(
                    f"arms.{number}.name", got=f"'{name}' a second time", expected="each name once"
                )
        if len(self.allocation) != len(self.arms):
            raise ScenarioError(
                "allocation",
                got=f"{len(self.allocation)} parts for {len(self.arms)} arms",
                expected="one an arm",
            )
        for number, part in enumerate(self.allocation):
            if not _whole(part) or not 1 <= part <= 1000:
                raise ScenarioError(
                    f"allocation.{number}",
                    got=shown(part),
                    expected="a whole number, 1 to 1000",
                    remedy=f"Leave the arm '{names[number]}' out if nobody is to be in it."
                    if part == 0
                    else "",
                )
        if not _whole(self.patients) or not len(self.arms) <= self.patients <= MOST_PATIENTS:
            raise ScenarioError(
                "patients",
                got=shown(self.patients),
                expected=f"a whole number, {len(self.arms)} (one an arm) to {MOST_PATIENTS}",
            )

    def _check_numbers(self) -> None:
        _number("follow_up", self.follow_up, "days", above=0.0)
        _number("alpha", self.alpha, "", above=0.0, below=1.0)
        _number("dropout_per_year", self.dropout_per_year, "", least=0.0, below=1.0)
        if self.accrual_per_month is not None:
            _number("accrual_per_month", self.accrual_per_month, "patients", above=0.0)
        if self.accrual_months is not None:
            _number("accrual_months", self.accrual_months, "months", least=0.0)
            if self.accrual_per_month is not None:
                raise ScenarioError(
                    "accrual_months",
                    got="months together with accrual_per_month",
                    expected="one of them",
                    remedy="Remove one.",
                )
        if self.events is not None and (not _whole(self.events) or self.events < 1):
            raise ScenarioError("events", got=shown(self.events), expected="a whole number above 0")

    def _check_looks(self) -> None:
        if not 1 <= len(self.looks) <= MOST_LOOKS:
            raise ScenarioError(
                "looks",
                got=f"{len(self.looks)} looks",
                expected=f"1 to {MOST_LOOKS}, the last of them at 1",
            )
        before = 0.0
        for number, fraction in enumerate(self.looks):
            _number(f"looks.{number}", fraction, "", above=before, most=1.0)
            before = fraction
        if self.looks[-1] != 1.0:
            raise ScenarioError(
                f"looks.{len(self.looks) - 1}",
                got=number_text(self.looks[-1]),
                expected="1 at the final analysis",
                remedy="Add 1 at the end.",
            )


def _listed(where: str, value: object) -> tuple[object, ...]:
    if not isinstance(value, (list, tuple)):
        raise ScenarioError(where, got=shown(value), expected="a list")
    return tuple(value)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(
    where: str,
    value: object,
    unit: str,
    *,
    least: float = -math.inf,
    above: float = -math.inf,
    below: float = math.inf,
    most: float = math.inf,
) -> None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        number = float(value)
        if math.isfinite(number) and least <= number <= most and above < number < below:
            return
    parts = [
        f"{words} {number_text(edge)}"
        for words, edge in (
            ("at least", least),
            ("more than", above),
            ("less than", below),
            ("at most", most),
        )
        if math.isfinite(edge)
    ]
    expected = f"a number {' and '.join(parts)} {unit}".strip()
    raise ScenarioError(where, got=shown(value), expected=expected)


def _one_of(where: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ScenarioError(
            where,
            got=shown(value),
            expected=f"one of {', '.join(known)}",
            remedy=neighbor(value, known) if isinstance(value, str) else "",
        )
