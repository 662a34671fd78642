"""The patients: how many, and what differs between them.

Here: ``patients``. Not here: resistance present from the start (``alterations.Intrinsic``).
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from countermove.foundation import ScenarioError, shown
from countermove.scenario.fields import Part, Quantity, Real, Text, Whole

Correlation = Annotated[float, Quantity("number", low=-1.0, high=1.0)]
Spread = Annotated[float, Quantity("number", low=0.0, high=10.0)]
KINDS = ("lognormal_cv", "loguniform", "uniform", "normal")


class Variation(Part):
    """How one number differs between patients; exactly one kind of distribution."""

    lognormal_cv: Spread | None = Field(
        default=None, description="Lognormal about the scenario's number, with this CV."
    )
    loguniform: tuple[Real, Real] | None = Field(
        default=None, description="Log-uniform between two positive numbers in base units."
    )
    uniform: tuple[Real, Real] | None = Field(
        default=None, description="Uniform between two numbers in base units."
    )
    normal: tuple[Real, Real] | None = Field(
        default=None, description="Normal with this mean and standard deviation in base units."
    )
    correlated_with: dict[Text, Correlation] = Field(
        default_factory=dict,
        description="Correlation with other varied numbers, by dotted path, -1 to 1. Default none.",
    )

    @model_validator(mode="after")
    def _one_distribution(self) -> Self:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ScenarioError(
                "",
                got=" and ".join(given) or "no distribution",
                expected=f"one of {', '.join(KINDS)}",
            )
        for kind in ("loguniform", "uniform"):
            bounds: tuple[float, float] | None = getattr(self, kind)
            if bounds is not None and bounds[0] >= bounds[1]:
                raise ScenarioError(
                    kind, got=shown(bounds[0]), expected=f"less than {shown(bounds[1])}"
                )
        if self.loguniform is not None and self.loguniform[0] <= 0.0:
            raise ScenarioError(
                "loguniform.0", got=shown(self.loguniform[0]), expected="a number above 0"
            )
        if self.normal is not None and self.normal[1] < 0.0:
            raise ScenarioError("normal.1", got=shown(self.normal[1]), expected="0 or more")
        return self


class Patients(Part):
    """A cohort."""

    number: Annotated[int, Whole(1, 1_000_000_000)] = Field(
        default=100, description="Number of patients. Default 100."
    )
    vary: dict[Text, Variation] = Field(
        default_factory=dict,
        description="What differs between patients: dotted path of a number to its distribution. "
        "Default nothing.",
    )
