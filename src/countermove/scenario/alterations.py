"""Genetic alterations: which mechanism defeats which drug, how often they arise, what they cost.

Here: ``alterations.NAME`` and ``intrinsic``. Not here: resistance that cells can lose again
(``states``) or that their place gives them (``niches``).
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, Self, cast

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from countermove.foundation import ScenarioError, shown, suggestion
from countermove.scenario.fields import (
    Factor,
    Fraction,
    Name,
    Names,
    Part,
    Quantity,
    Strength,
    Whole,
    mapping_of,
)

_PROBABILITY = Quantity(
    "fraction",
    low=0.0,
    high=1.0,
    remedy="Give a probability per division, or {positions: ..., per_base: ...}.",
)
Probability = Annotated[float, _PROBABILITY]
Fold = Annotated[float, Quantity("number", low=0.0, above=True, infinite=True)]

_USED_BY: dict[str, tuple[str, ...]] = {
    "target": ("drug", "fold"),
    "bypass": ("pathway", "strength", "blocked_by"),
    "efflux": ("pump", "retention", "levels"),
    "processing": ("drug", "retention"),
    "death_evasion": ("strength", "restored_by"),
}
_REQUIRED = {"target": "drug", "bypass": "pathway", "efflux": "pump", "processing": "drug"}
_SPECIFIC = tuple(dict.fromkeys(name for names in _USED_BY.values() for name in names))

_RATE_FORMS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "positions": {"type": "integer", "minimum": 1},
        "per_base": _PROBABILITY.json_schema(),
    },
    "required": ["positions", "per_base"],
    "additionalProperties": False,
}


class Alteration(Part):
    """One alteration and the mechanism of resistance it brings."""

    mechanism: Literal["target", "bypass", "efflux", "processing", "death_evasion"] = Field(
        description="`target` raises one drug's EC50; `bypass` goes around a pathway; `efflux` "
        "pumps drugs out; `processing` keeps a drug from being activated, or detoxifies it; "
        "`death_evasion` blunts every killing drug. Required."
    )
    rate: Probability = Field(
        description="Probability per division that one of the two daughters carries it, 0 to 1; "
        "or {positions, per_base}, which are multiplied. Required.",
        json_schema_extra=lambda schema: cast("list[Any]", schema["anyOf"]).append(_RATE_FORMS),
    )
    rate_per: Literal["division", "daughter"] = Field(
        default="division",
        description="What `rate` counts. A rate per daughter is doubled when read, and from then "
        "on is per division. Default division.",
    )
    cost: Fraction = Field(
        default=0.0, description="Fitness cost, 0 to 1; see tumor.cost_acts_on. Default 0."
    )
    drug: Names = Field(
        default=(),
        description="target, processing: the drug or drugs it acts against. Required there.",
    )
    fold: Fold = Field(
        default=math.inf,
        description="target: factor on the drug's EC50, above 0; inf for complete resistance. "
        "A finite fold needs a drug with levels. Default inf.",
    )
    pathway: Name | None = Field(
        default=None, description="bypass: the pathway whose drugs lose effect. Required there."
    )
    strength: Strength = Field(
        default=1.0,
        description="bypass: fraction of the pathway's drugs' effect lost; death_evasion: fraction "
        "of drug kill and of natural death evaded; 0 to 1. Default 1.",
    )
    blocked_by: Names = Field(
        default=(), description="bypass: drugs that block the bypass at full effect. Default none."
    )
    pump: Name | None = Field(
        default=None,
        description="efflux: the pump; drugs whose substrate_of names it are expelled.",
    )
    retention: Fraction = Field(
        default=0.0,
        description="efflux, processing: fraction of the drug's level that remains in the cell, "
        "0 to 1. Above 0 it needs drugs with levels. Default 0.",
    )
    levels: Annotated[int, Whole(1, 100)] = Field(
        default=1,
        description="efflux: steps of amplification, each arising at `rate` and multiplying by "
        "`retention` again. Default 1.",
    )
    restored_by: Names = Field(
        default=(),
        description="death_evasion: drugs that restore death at full effect. Default none.",
    )
    feels_others: Factor = Field(
        default=1.0,
        description="How much a cell without the alteration crowds a carrier, beside another "
        "carrier, which counts 1. Default 1: all cells crowd alike.",
    )
    crowds_others: Factor = Field(
        default=1.0,
        description="How much a carrier crowds a cell without the alteration, beside another of "
        "those, which counts 1. Default 1.",
    )
    requires: Names = Field(
        default=(), description="Alterations that a cell must already carry. Default none."
    )
    excludes: Names = Field(
        default=(), description="Alterations that cannot be in the same cell. Default none."
    )

    @model_validator(mode="before")
    @classmethod
    def _rate_per_division(cls, value: object) -> object:
        """Multiply positions by per_base, double a rate per daughter."""
        data = mapping_of(value)
        if data is None or "rate" not in data:
            return value
        rate = _multiplied(data["rate"])
        if isinstance(rate, str) and ("division" in rate or "daughter" in rate):
            raise ScenarioError(
                "rate",
                got=shown(rate),
                expected="a number without a unit, such as 5e-8",
                remedy="It counts per division; 'rate_per: daughter' beside it counts daughters.",
            )
        if data.get("rate_per") == "daughter":
            rate = 2.0 * _PROBABILITY.parse(rate, "rate")
            data["rate_per"] = "division"
        return data | {"rate": rate}

    @model_validator(mode="after")
    def _fields_fit_the_mechanism(self) -> Self:
        used = _USED_BY[self.mechanism]
        required = _REQUIRED.get(self.mechanism)
        if required is not None and not getattr(self, required):
            raise ScenarioError(
                required,
                got="nothing",
                expected=f"a name, which the mechanism '{self.mechanism}' needs",
            )
        for name in _SPECIFIC:
            if name in self.model_fields_set and name not in used:
                raise ScenarioError(
                    name,
                    got=shown(getattr(self, name)),
                    expected=f"no such field for the mechanism '{self.mechanism}', which uses "
                    f"{', '.join(used)}",
                    remedy="Remove it, or choose another mechanism.",
                )
        return self

    @model_serializer(mode="wrap")
    def _fields_in_use(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write only the fields that the mechanism uses."""
        used = _USED_BY[self.mechanism]
        content: dict[str, Any] = handler(self)
        return {
            name: value for name, value in content.items() if name in used or name not in _SPECIFIC
        }


def _multiplied(rate: object) -> object:
    """Turn ``{positions, per_base}`` into one probability; leave anything else as it is."""
    parts = mapping_of(rate)
    if parts is None:
        return rate
    for name in ("positions", "per_base"):
        if name not in parts:
            raise ScenarioError(
                f"rate.{name}", got="nothing", expected="a number", remedy=_PROBABILITY.remedy
            )
    for name in parts:
        if name not in ("positions", "per_base"):
            raise ScenarioError(
                f"rate.{name}",
                got="an unknown field",
                expected="positions and per_base",
                remedy=suggestion(name, ("positions", "per_base")),
            )
    positions = Quantity("number", low=1.0, high=1e10).parse(parts["positions"], "rate.positions")
    return positions * _PROBABILITY.parse(parts["per_base"], "rate.per_base")


class Intrinsic(Part):
    """Resistance that some patients have from the start."""

    alteration: Name = Field(description="The alteration these patients' tumors carry. Required.")
    share_of_patients: Fraction = Field(
        description="Share of patients whose tumor carries it from the start, 0 to 1. Required."
    )
    fraction: Fraction = Field(
        default=1.0,
        description="Share of the tumor's cells that carries it in those patients, 0 to 1. "
        "Default 1.",
    )
