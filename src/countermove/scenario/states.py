"""Cell states that are heritable and reversible: persisters, dormancy, lineage plasticity.

Here: ``states.NAME``. The state ``cycling`` always exists and is not written. Not here: changes
that are never lost (``alterations``).
"""

from __future__ import annotations

from pydantic import Field

from countermove.scenario.fields import Factor, Fraction, Name, Part, PerDrugFraction, Rate


class Making(Part):
    """How cells of one state make cells of another and stay what they are."""

    rate: Rate = Field(description="Cells made by each, in 1/day. Required.")
    held_by: dict[Name, Fraction] = Field(
        default_factory=dict,
        description="Share of the making prevented at full effect of each drug named, 0 to 1. "
        "Default none.",
    )


class State(Part):
    """One state that cycling cells may enter and leave."""

    enter: Rate = Field(
        default=0.0,
        description="Rate at which a cycling cell enters, spontaneously, in 1/day. Default 0.",
    )
    enter_under: dict[Name, Rate] = Field(
        default_factory=dict,
        description="Extra rate of entering in 1/day at full effect of each drug named; in "
        "proportion below it. Default none.",
    )
    leave: Rate = Field(
        description="Rate at which a cell returns to cycling in 1/day; 0 for never. Required."
    )
    held_by: dict[Name, Fraction] = Field(
        default_factory=dict,
        description="Fraction of leaving prevented at full effect of each drug named, 0 to 1. "
        "Default none.",
    )
    made_by: dict[Name, Making] = Field(
        default_factory=dict,
        description="States whose cells make cells of this one and stay what they are, as stem "
        "cells do: {STATE: {rate: 10 /day}}; `cycling` is one of them. Default none.",
    )
    birth: Factor = Field(default=1.0, description="Factor on the tumor's birth rate. Default 1.")
    death: Factor = Field(default=1.0, description="Factor on the tumor's death rate. Default 1.")
    protection: PerDrugFraction = Field(
        default=0.0,
        description="Fraction of drug kill prevented, 0 to 1: one number for every drug, or one "
        "per drug named (others 0). Default 0.",
    )
    mutation: Factor = Field(
        default=1.0, description="Factor on the rate of every alteration. Default 1."
    )

    def protection_from(self, drug: str) -> float:
        """Fraction of this drug's kill prevented in this state."""
        if isinstance(self.protection, dict):
            return self.protection.get(drug, 0.0)
        return self.protection
