"""A drug: what it does to a cell at full effect, at which level, and how much may be given.

Here: ``drugs.NAME``. Not here: how levels move with time (``levels``), when a drug is given
(``treatment``), what a cell does against it (``alterations``).
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from countermove.foundation import ScenarioError, number_text
from countermove.scenario.fields import (
    Factor,
    Flag,
    Fraction,
    Name,
    Names,
    Part,
    PositiveFactor,
    Quantity,
    Rate,
    Span,
)
from countermove.scenario.levels import (
    Amount,
    Levels,
    OneCompartment,
    TwoCompartment,
    amounts_in_mg,
    level_or_kind,
    number_or_text,
)

EC50 = Annotated[float, Quantity("molar_concentration", low=0.0, above=True, high=1e12)]
Hill = Annotated[float, Quantity("number", low=0.0, above=True, high=100.0)]
Share = Annotated[float, Quantity("fraction", low=0.0, high=0.9999)]


class Toxicity(Part):
    """What a drug does to the patient: a burden of doses that fades, and holds the drug.

    Every day at full dose adds 1; half of it is gone after each half-life. Judged every week.
    """

    half_life: Span = Field(description="Days in which half of the toxicity fades. Required.")
    hold_above: PositiveFactor = Field(
        description="The drug is held once its toxicity is above this, in days of full dose. "
        "Required."
    )
    resume_below: Factor = Field(description="And given again once it is below this. Required.")

    @model_validator(mode="after")
    def _resumes_below_what_holds(self) -> Self:
        if self.resume_below >= self.hold_above:
            raise ScenarioError(
                "resume_below",
                got=number_text(self.resume_below),
                expected=f"less than hold_above, {number_text(self.hold_above)}",
            )
        return self


class Limits(Part):
    """What must not be exceeded."""

    per_day: Amount | None = Field(
        default=None,
        description="Largest dose per day: in mg (`1920 mg`) for a drug dosed in mg, otherwise a "
        "number in the unit of levels.dose; a drug without doses counts 1 per day while on. "
        "Default none.",
        json_schema_extra=number_or_text,
    )
    per_week: Amount | None = Field(
        default=None,
        description="Largest dose per week, in the same unit as per_day. Default none.",
        json_schema_extra=number_or_text,
    )
    toxicity: Toxicity | None = Field(
        default=None, description="Toxicity that holds the drug. Default none."
    )
    cumulative: Amount | None = Field(
        default=None,
        description="Largest dose in total, in the same unit as per_day. Default none.",
        json_schema_extra=number_or_text,
    )
    unit: Literal["dose", "mg"] = Field(
        default="dose",
        description="Unit of both limits; follows from limits with a unit. Default dose.",
    )

    @model_validator(mode="before")
    @classmethod
    def _in_mg(cls, value: object) -> object:
        return amounts_in_mg(value, ("per_day", "per_week", "cumulative"))


class Restores(Part):
    """Mechanisms of resistance that the drug undoes, in proportion to its effect."""

    efflux: Name | None = Field(default=None, description="The pump it inhibits. Default none.")
    bypass: Name | None = Field(
        default=None, description="The pathway whose bypass it blocks. Default none."
    )
    death: Flag = Field(
        default=False, description="Whether it restores cell death that was evaded. Default false."
    )

    def get(self, mechanism: str) -> str | bool | None:
        """Return what is undone of ``efflux``, ``bypass`` or ``death``; falsy if nothing."""
        known: dict[str, str | bool | None] = {
            "efflux": self.efflux,
            "bypass": self.bypass,
            "death": self.death,
        }
        return known.get(mechanism)


class Drug(Part):
    """One drug."""

    kill: Rate = Field(
        default=0.0, description="Largest extra death hazard in 1/day, at full effect. Default 0."
    )
    stop: Fraction = Field(
        default=0.0, description="Largest fraction of divisions prevented, 0 to 1. Default 0."
    )
    cycle_specific: Flag = Field(
        default=False,
        description="Whether kill is proportional to the cell's division rate, so that slowly "
        "dividing cells are spared. Default false.",
    )
    takes_capacity: Share = Field(
        default=0.0,
        description="Largest share of the growth law's capacity that the drug takes from the cells "
        "it acts on, 0 to below 1. Needs a law with a capacity. Default 0.",
    )
    ec50: EC50 | None = Field(
        default=None,
        description="Level of half effect, with its unit, as `0.3 uM`. If given, levels are "
        "concentrations; if not, levels are multiples of it. Default none.",
    )
    hill: Hill = Field(
        default=1.0,
        description="Steepness of the dose response, above 0. Without levels no effect. Default 1.",
    )
    pathway: Name | None = Field(
        default=None,
        description="The pathway the drug acts on, which a bypass can go around. Default none.",
    )
    substrate_of: Names = Field(
        default=(), description="Efflux pumps that carry the drug out of the cell. Default none."
    )
    adds_to: Name | None = Field(
        default=None,
        description="The drug that this one counts as more of: their levels, each in multiples of "
        "its own EC50, are added before the dose response, which is the other's, as all effects "
        "are. Both need levels. Default none: effects of drugs are combined, not levels.",
    )
    levels: Levels | None = Field(
        default=None,
        description="How the level moves while the drug is on; a number alone is a constant level. "
        "Default: the drug is saturating, at full effect while on.",
        json_schema_extra=level_or_kind,
    )
    limits: Limits | None = Field(
        default=None, description="Dose limits that no treatment exceeds. Default none."
    )
    restores: Restores = Field(
        default_factory=Restores,
        description="Mechanisms of resistance that the drug undoes. Default none.",
    )

    @model_validator(mode="after")
    def _has_no_effect_of_its_own_where_it_adds(self) -> Self:
        if self.adds_to is None:
            return self
        if self.levels is None:
            raise ScenarioError(
                "levels",
                got="nothing on a drug whose levels add to those of another",
                expected="levels, as 'levels: 1'",
            )
        fields = type(self).model_fields
        for name in ("kill", "stop", "takes_capacity", "cycle_specific", "hill", "pathway"):
            if getattr(self, name) != fields[name].default:
                raise ScenarioError(
                    name,
                    got="one of its own on a drug with adds_to",
                    expected=f"none: its effect is that of {self.adds_to}",
                    remedy="Remove it, or remove adds_to.",
                )
        if self.restores != Restores():
            raise ScenarioError(
                "restores",
                got="some on a drug with adds_to",
                expected=f"none: what it undoes is what {self.adds_to} undoes",
                remedy="Remove it, or remove adds_to.",
            )
        return self

    @model_validator(mode="after")
    def _levels_fit_the_dose_response(self) -> Self:
        if self.levels is None:
            self._refuse_dose_response_without_levels()
        elif self.ec50 is not None and not self.levels.concentration:
            raise ScenarioError(
                "levels",
                got="levels in multiples of the EC50",
                expected="concentrations such as '3 uM', because ec50 is a concentration",
                remedy="Give the levels in uM or the dose in mg, or remove ec50.",
            )
        elif self.ec50 is None and self.levels.concentration:
            raise ScenarioError(
                "ec50",
                got="nothing",
                expected="a concentration such as '0.3 uM', because the levels are concentrations",
                remedy="Or give the levels without a unit, in multiples of the EC50.",
            )
        self._check_limits()
        return self

    def _refuse_dose_response_without_levels(self) -> None:
        for name, given in (
            ("ec50", f"{number_text(self.ec50)} uM" if self.ec50 is not None else ""),
            ("hill", number_text(self.hill) if self.hill != 1.0 else ""),
        ):
            if given:
                raise ScenarioError(
                    name,
                    got=f"{given} on a drug without levels",
                    expected=f"levels, without which {name} has no effect",
                    remedy="Give 'levels', or remove it: a drug without levels is at full effect "
                    "while on.",
                )

    def _check_limits(self) -> None:
        """Refuse limits in the wrong unit and dosing that exceeds the daily one from the start."""
        if self.limits is None:
            return
        unit = "mg" if self.dosed_in_mg else "dose"
        own = self.limits
        given = {"per_day": own.per_day, "per_week": own.per_week, "cumulative": own.cumulative}
        for name, limit in given.items():
            if limit is not None and self.limits.unit != unit:
                expected = (
                    "mg, as the doses are"
                    if unit == "mg"
                    else ("a number without a unit, because the drug is not dosed in mg")
                )
                raise ScenarioError(
                    f"limits.{name}",
                    got=f"{number_text(limit)} {'mg' if self.limits.unit == 'mg' else 'no unit'}",
                    expected=expected,
                )
        for name, limit, days, word in (
            ("per_day", own.per_day, 1.0, "day"),
            ("per_week", own.per_week, 7.0, "week"),
        ):
            dosed = self.dose_per_day * days
            if limit is None or dosed <= limit * (1 + 1e-9):
                continue
            raise ScenarioError(
                f"limits.{name}",
                got=f"{number_text(limit)} with {number_text(dosed)} per {word} dosed",
                expected="a limit that the drug's own dosing keeps",
                remedy="Lower levels.dose, dose less often, or raise the limit.",
            )

    @property
    def dosed_in_mg(self) -> bool:
        """Whether doses and limits are in mg."""
        return (
            isinstance(self.levels, (OneCompartment, TwoCompartment)) and self.levels.unit == "mg"
        )

    @property
    def dose_per_day(self) -> float:
        """Dose per day while on: mg, or the unit of ``levels.dose``, or 1 without doses."""
        if isinstance(self.levels, (OneCompartment, TwoCompartment)):
            return self.levels.dose / self.levels.every
        return 1.0

    @property
    def half_effect(self) -> float:
        """Level of half effect in the unit of the levels: ``ec50`` in uM, or 1."""
        return 1.0 if self.ec50 is None else self.ec50
