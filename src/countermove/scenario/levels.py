"""Drug levels over time: five ways to say how a dose becomes a level.

Here: ``drugs.NAME.levels`` and its units. Not here: the closed forms that compute the level (see
``model``).

A level is a concentration in uM where the drug's ``ec50`` is given, and otherwise a multiple of
the drug's own EC50. The level that a dose gives if all of it were at once in the central volume is
``bioavailability * dose / volume``, times 1000 / molar_mass for a dose in mg: uM. A dose without a
unit is in multiples of (EC50 * L), so with the default volume of 1 L it *is* that level.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self, cast

from pydantic import BeforeValidator, Field, model_validator

from countermove.foundation import ScenarioError, has_unit, number_text, shown
from countermove.scenario.fields import (
    Days,
    JsonSchema,
    Part,
    PositiveRate,
    Quantity,
    Span,
    mapping_of,
)

Level = Annotated[float, Quantity("concentration", low=0.0, high=1e12)]
Amount = Annotated[float, Quantity("number", low=0.0, above=True, high=1e12)]
Volume = Annotated[float, Quantity("volume", low=0.0, above=True, high=1e9)]
Clearance = Annotated[float, Quantity("clearance", low=0.0, above=True, high=1e12)]
MolarMass = Annotated[float, Quantity("molar_mass", low=1.0, high=1e7)]
Bioavailability = Annotated[float, Quantity("fraction", low=0.0, above=True, high=1.0)]

_LEVEL_UNIT = (
    "Unit of the level: `uM`, or `EC50` for multiples of the drug's own EC50. Follows from the "
    "level where that carries a unit. Default EC50."
)


def infer_unit(value: object, fields: tuple[str, ...], unit: str) -> object:
    """Set ``unit`` where one of the fields carries a unit word; refuse a mixture."""
    data = mapping_of(value)
    if data is None:
        return value
    given: list[tuple[str, object]] = []
    for field in fields:
        content = data.get(field)
        if isinstance(content, (list, tuple)):
            items = cast("list[object]", content)
            given += [(f"{field}.{number}", item) for number, item in enumerate(items)]
        elif content is not None:
            given.append((field, content))
    with_unit = [where for where, item in given if has_unit(item)]
    if not with_unit:
        return data
    bare = [(where, item) for where, item in given if not has_unit(item)]
    if bare and "unit" not in data:
        where, item = bare[0]
        raise ScenarioError(
            where, got=f"{shown(item)} without a unit", expected=f"{unit}, as {with_unit[0]} has"
        )
    if data.setdefault("unit", unit) != unit:
        raise ScenarioError(
            with_unit[0],
            got="a value with a unit",
            expected=f"a number in the unit given as 'unit', {shown(data['unit'])}",
        )
    return data


def amounts_in_mg(value: object, fields: tuple[str, ...]) -> object:
    """Turn amounts with a mass unit into mg and set ``unit``; leave numbers as they are."""
    data = mapping_of(infer_unit(value, fields, "mg"))
    if data is None:
        return value
    for field in fields:
        if has_unit(data.get(field)):
            data[field] = Quantity("mass").parse(data[field], field)
    return data


def number_or_text(schema: JsonSchema) -> None:
    """Describe an amount that may carry a mass unit."""
    schema["anyOf"] = [
        {"type": "number", "exclusiveMinimum": 0},
        Quantity("mass").json_schema()["anyOf"][1],
        {"type": "null"},
    ]


def level_or_kind(schema: JsonSchema) -> None:
    """Describe levels that may be one number, a constant level."""
    schema["anyOf"] += Quantity("concentration", low=0.0).json_schema()["anyOf"]


class _Leveled(Part):
    """A schedule that states the level itself."""

    unit: Literal["EC50", "uM"] = Field(default="EC50", description=_LEVEL_UNIT)

    @model_validator(mode="before")
    @classmethod
    def _unit_of_the_level(cls, value: object) -> object:
        return infer_unit(value, ("level", "levels"), "uM")

    @property
    def concentration(self) -> bool:
        """Whether the level is in uM."""
        return self.unit == "uM"


class Constant(_Leveled):
    """The same level for as long as the drug is on."""

    kind: Literal["constant"] = Field(description="A constant level while on.")
    level: Level = Field(
        description="Level while on, in uM (`3 uM`) or, without a unit, in multiples of the EC50."
    )


class Pulsed(_Leveled):
    """A level that comes and goes while the drug is on."""

    kind: Literal["pulsed"] = Field(description="A level that is on and off in turn.")
    level: Level = Field(
        description="Level in the on part, in uM (`3 uM`) or, without a unit, in multiples of the "
        "EC50."
    )
    on: Span = Field(description="Length of the on part in days; the cycle begins with it.")
    off: Span = Field(description="Length of the off part in days.")


class Table(_Leveled):
    """A level read from a table."""

    kind: Literal["table"] = Field(description="Levels from a table, linear in between.")
    times: tuple[Days, ...] = Field(
        min_length=2,
        max_length=100_000,
        description="Times in days since the drug was started, rising, the first 0. After the last "
        "the last level stays.",
    )
    levels: tuple[Level, ...] = Field(
        min_length=2,
        max_length=100_000,
        description="Level at each time, in uM or, without units, in multiples of the EC50.",
    )

    @model_validator(mode="after")
    def _times_rise(self) -> Self:
        if len(self.times) != len(self.levels):
            raise ScenarioError(
                "levels",
                got=f"{len(self.levels)} levels for {len(self.times)} times",
                expected="as many levels as times",
            )
        if self.times[0] != 0.0:
            raise ScenarioError(
                "times.0", got=f"{number_text(self.times[0])} days", expected="0, the start"
            )
        for number in range(1, len(self.times)):
            if self.times[number] <= self.times[number - 1]:
                raise ScenarioError(
                    f"times.{number}",
                    got=f"{number_text(self.times[number])} days",
                    expected=f"more than {number_text(self.times[number - 1])} days, the time "
                    "before it",
                )
        return self


class _Dosed(Part):
    """A schedule of repeated doses; the level follows from pharmacokinetics."""

    dose: Amount = Field(
        description="Each dose: in mg (`960 mg`, which needs volume, molar_mass and the drug's "
        "ec50), or without a unit in multiples of EC50 x L, so that dose / volume is the level in "
        "multiples of the EC50.",
        json_schema_extra=number_or_text,
    )
    every: Span = Field(description="Days between doses; the first is given when the drug starts.")
    volume: Volume = Field(
        default=1.0,
        description="Volume of the central compartment in L. Required for a dose in mg; default 1.",
    )
    absorption: PositiveRate | None = Field(
        default=None,
        description="First-order absorption in 1/day. Default: the dose is there at once.",
    )
    bioavailability: Bioavailability = Field(
        default=1.0,
        description="Share of a dose that reaches the blood, above 0, at most 1. Default 1.",
    )
    molar_mass: MolarMass | None = Field(
        default=None,
        description="Molar mass in g/mol; required for a dose in mg, which becomes uM by it.",
    )
    unit: Literal["EC50", "mg"] = Field(
        default="EC50",
        description="Unit of the dose; follows from a dose with a unit. Default EC50 (x L).",
    )

    @model_validator(mode="before")
    @classmethod
    def _dose_in_mg(cls, value: object) -> object:
        return amounts_in_mg(value, ("dose",))

    @model_validator(mode="after")
    def _unit_and_molar_mass_agree(self) -> Self:
        if self.unit == "mg":
            for name, missing in (
                ("molar_mass", self.molar_mass is None),
                ("volume", "volume" not in self.model_fields_set),
            ):
                if missing:
                    raise ScenarioError(
                        name,
                        got="nothing",
                        expected=f"a {name.replace('_', ' ')}, which a dose in mg needs",
                        remedy="Or give the dose without a unit, in multiples of the EC50.",
                    )
        elif self.molar_mass is not None:
            raise ScenarioError(
                "dose",
                got=f"{number_text(self.dose)} without a unit",
                expected="a dose in mg, because molar_mass is given",
            )
        return self

    @property
    def concentration(self) -> bool:
        """Whether the level is in uM."""
        return self.unit == "mg"

    @property
    def rise(self) -> float:
        """Level, in uM or multiples of EC50, if a whole dose were at once in the central volume."""
        per_liter = self.bioavailability * self.dose / self.volume
        return per_liter if self.molar_mass is None else per_liter * 1e3 / self.molar_mass


class OneCompartment(_Dosed):
    """Doses into one volume, eliminated at a constant rate per amount."""

    kind: Literal["one_compartment"] = Field(description="One-compartment pharmacokinetics.")
    half_life: Span | None = Field(
        default=None, description="Half-life of elimination in days. Give this or `clearance`."
    )
    clearance: Clearance | None = Field(
        default=None, description="Clearance in L/day. Give this or `half_life`."
    )

    @model_validator(mode="after")
    def _one_elimination(self) -> Self:
        if (self.half_life is None) == (self.clearance is None):
            both = self.half_life is not None
            raise ScenarioError(
                "half_life",
                got="both 'half_life' and 'clearance'" if both else "nothing",
                expected="one of 'half_life' and 'clearance'",
            )
        return self

    @property
    def elimination(self) -> float:
        """Elimination rate in 1/day."""
        if self.half_life is not None:
            return math.log(2.0) / self.half_life
        assert self.clearance is not None
        return self.clearance / self.volume


class TwoCompartment(_Dosed):
    """Doses into a central volume that exchanges with a peripheral one."""

    kind: Literal["two_compartment"] = Field(description="Two-compartment pharmacokinetics.")
    clearance: Clearance = Field(description="Clearance from the central volume in L/day.")
    peripheral_volume: Volume = Field(description="Volume of the peripheral compartment in L.")
    intercompartmental: Clearance = Field(
        description="Clearance between the two compartments in L/day."
    )

    @property
    def elimination(self) -> float:
        """Elimination rate from the central volume in 1/day."""
        return self.clearance / self.volume


def level_alone(value: object) -> object:
    """Accept ``levels: 3`` for a constant level."""
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        return {"kind": "constant", "level": value}
    return value


Levels = Annotated[
    Annotated[
        Constant | Pulsed | OneCompartment | TwoCompartment | Table, Field(discriminator="kind")
    ],
    BeforeValidator(level_alone),
]
__all__ = [
    "Constant",
    "Levels",
    "OneCompartment",
    "Pulsed",
    "Table",
    "TwoCompartment",
    "amounts_in_mg",
    "infer_unit",
    "level_alone",
]
