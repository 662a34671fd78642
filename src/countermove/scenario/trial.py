"""A virtual randomized trial, as a protocol would state it.

Here: ``trial``. Not here: whether its numbers fit together and how it is carried out (``trials``).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from countermove.foundation import ScenarioError, shown
from countermove.scenario.fields import (
    Days,
    Flag,
    Fraction,
    Names,
    Part,
    Quantity,
    Span,
    Text,
    Whole,
    mapping_of,
)

Information = Annotated[float, Quantity("fraction", low=0.0, above=True, high=1.0)]
Alpha = Annotated[float, Quantity("fraction", low=0.0, above=True, high=0.5)]
Lost = Annotated[float, Quantity("fraction", low=0.0, high=0.95)]


def _arm(value: object) -> object:
    """Read one arm: a policy by its name, or fields of a treatment."""
    if isinstance(value, str):
        return {"policy": value}
    fields = mapping_of(value)
    if fields:
        return fields
    raise ScenarioError(
        "",
        got=shown(value),
        expected="a policy by its name, or fields of a treatment",
        remedy="Write 'usual: sequential', or 'new: {policy: ctdna_switch, rise: 2}'.",
    )


Arm = Annotated[
    dict[str, Any],
    BeforeValidator(_arm),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object"}]}),
]


class Trial(Part):
    """Patients randomized to arms that treat them differently; the first arm is the control."""

    arms: dict[Text, Arm] = Field(
        description="Arms by name, the control first: a policy, or fields of a treatment. `drugs`, "
        "`start` and `stop` are those of `treatment` where an arm does not say them. Required."
    )
    patients: Annotated[int, Whole(2, 10_000_000)] | None = Field(
        default=None,
        description="Patients randomized. Default: all who are eligible.",
    )
    allocation: dict[Text, Annotated[int, Whole(1, 1000)]] = Field(
        default_factory=dict,
        description="Parts of the patients for each arm: `{usual: 1, new: 2}`. Default equal.",
    )
    stratify: Names = Field(
        default=(),
        description="Covariates with few values; each combination is randomized by itself, and "
        "tested by itself. Default none.",
    )
    accrual: Days = Field(
        default=0.0,
        description="Days within which all patients enter, evenly at random. Default 0: one day.",
    )
    follow_up: Span = Field(
        description="Days from the last patient's entry to the final analysis. Required."
    )
    dropout: Lost = Field(
        default=0.0,
        description="Chance to be lost within a year, at a constant hazard, as `5%`. Default 0.",
    )
    endpoint: Literal[
        "progression_free_survival",
        "time_to_progression",
        "overall_survival",
        "progression_free_survival_2",
    ] = Field(
        default="progression_free_survival",
        description="What the arms are compared by; progression as scans see it. Default "
        "progression_free_survival.",
    )
    crossover: Flag = Field(
        default=False,
        description="Whether patients of the control arm get the second arm's treatment from the "
        "scan on that shows progression. Default false.",
    )
    at_crossover: Literal["followed", "censored"] = Field(
        default="followed",
        description="Whether who has crossed over is followed further, as intention to treat "
        "asks, or is censored there. Default followed.",
    )
    population: Literal["all", "evaluable"] = Field(
        default="all",
        description="Who is analyzed: `all` randomized, or who has had a scan after baseline. "
        "Default all.",
    )
    looks: tuple[Information, ...] = Field(
        default=(1.0,),
        max_length=50,
        description="Shares of the planned events at which the data are looked at, rising to 1. "
        "Default 1: once, at the end.",
    )
    spending: Literal["obrien_fleming", "pocock"] = Field(
        default="obrien_fleming",
        description="How alpha is spent over the looks (Lan and DeMets). Default obrien_fleming.",
    )
    futility: Fraction | None = Field(
        default=None,
        description="Conditional power, under the effect seen so far, below which a look stops the "
        "trial as futile; alpha is not raised for it. Default: never.",
    )
    events: Annotated[int, Whole(1, 10_000_000)] | None = Field(
        default=None,
        description="Events planned for the final analysis. Default: all by the final day.",
    )
    alpha: Alpha = Field(
        default=0.05,
        description="Two-sided chance of a false claim, shared by the comparisons. Default 5%.",
    )
