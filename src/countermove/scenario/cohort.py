"""The patients: how many, what differs between them, and what is only known about them.

Here: ``patients``. Not here: resistance present from the start (``alterations.Intrinsic``), the
paths that may differ (``variation``), reading a table (``population``).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from countermove.foundation import ScenarioError
from countermove.scenario.distributions import Distribution
from countermove.scenario.fields import Name, Part, Quantity, Text, Whole, mapping_of
from countermove.scenario.population import Population, rows_of

Correlation = Annotated[float, Quantity("number", low=-1.0, high=1.0)]


class Variation(Distribution):
    """How one number differs between patients; exactly one kind of distribution.

    Numbers may carry unit words; without one they are in base units (days, cells, 1/day).
    """

    correlated_with: dict[Text, Correlation] = Field(
        default_factory=dict,
        description="Rank (Spearman) correlation with other varied numbers or covariates, by "
        "dotted path or name, -1 to 1; said once for a pair, pairs not named are 0. Through a "
        "Gaussian copula; ties of discrete values weaken it. Default none.",
    )


class Patients(Part):
    """A cohort: drawn from distributions, or taken from a table made elsewhere."""

    number: Annotated[int, Whole(1, 1_000_000_000)] = Field(
        default=100,
        description="Number of patients; with a table at most its rows, the first ones. "
        "Default 100, or all rows of the table.",
    )
    vary: dict[Text, Variation] = Field(
        default_factory=dict,
        description="What differs between patients: dotted path of a number of tumor, drugs, "
        "alterations, intrinsic, states or niches, to its distribution. Default nothing.",
    )
    covariates: dict[Name, Variation] = Field(
        default_factory=dict,
        description="What is known about patients and drives nothing by itself, such as age or "
        "sex: name to distribution. It stands in the outcomes, and `correlated_with` may name it. "
        "Default none.",
    )
    eligible: Text | None = Field(
        default=None,
        description="Condition on readings at baseline, in the language of rules, such as "
        "`ctdna.detected(r) > 0`: the outcome `eligible` says who meets it, and a trial randomizes "
        "nobody else. Default everybody.",
    )
    table: Population | None = Field(
        default=None,
        description="A virtual population made elsewhere, one row a patient. Default none.",
    )

    @model_validator(mode="before")
    @classmethod
    def _all_rows(cls, value: object) -> object:
        """Take all rows of the table where no number is given."""
        data = mapping_of(value)
        if data is None or "number" in data or mapping_of(data.get("table")) is None:
            return value
        file = (mapping_of(data["table"]) or {}).get("file")
        if not isinstance(file, str):
            return value
        try:
            return data | {"number": rows_of(file)}
        except ScenarioError as error:
            raise ScenarioError(
                f"table.{error.where}",
                got=error.got,
                expected=error.expected,
                remedy=error.remedy,
            ) from None
