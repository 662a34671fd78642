"""How one number differs: the distributions of a scenario, and what they mean in base units.

Here: ``Distribution`` and its numbers with unit words. Not here: the same in base units (``laws``),
which number differs (``variation``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from countermove.foundation import ScenarioError, has_unit, parse_quantity, shown
from countermove.foundation.units import DIMENSIONS
from countermove.scenario.fields import JsonSchema, Notation, Part, Quantity
from countermove.scenario.laws import (
    Law,
    Reader,
    check_something_left,
    discrete_law,
    gamma,
    lognormal,
    positive,
)

Spread = Annotated[float, Quantity("number", low=0.0, high=10.0)]
Shape = Annotated[float, Quantity("number", low=1e-2, high=1e6)]
Weight = Annotated[float, Quantity("number", low=0.0, high=1e12)]


@dataclass(frozen=True)
class _Figure(Notation):
    """A number, with a unit word or without, kept as written until its field is known."""

    words: bool = False

    def parse(self, value: object) -> float | str:
        """Read one value; text that starts with no number is a word, where words may stand."""
        if not isinstance(value, str) or not has_unit(value):
            return parse_quantity(value, "number")
        for dimension in DIMENSIONS:
            try:
                parse_quantity(value, dimension)
            except ScenarioError:
                continue
            return value.strip()
        if self.words and value.strip()[:1].isalpha():
            return value.strip()
        raise ScenarioError(
            "",
            got=shown(value),
            expected="a number, with a unit word or without, such as 0.04 /day",
        )

    def json_schema(self) -> JsonSchema:
        """Describe the value for editors."""
        return {"anyOf": [{"type": "number"}, {"type": "string"}]}


Figure = Annotated[float | str, _Figure()]
FigureOrWord = Annotated[float | str, _Figure(words=True)]


class Discrete(Part):
    """A choice between given values."""

    values: Annotated[tuple[FigureOrWord, ...], Field(min_length=1, max_length=10_000)] = Field(
        description="What may come out: numbers, with unit words or without; for a covariate also "
        "words. Required."
    )
    weights: tuple[Weight, ...] | None = Field(
        default=None,
        description="Relative chance of each value, 0 or more. Default all alike.",
    )

    @model_validator(mode="after")
    def _as_many_weights(self) -> Self:
        if self.weights is None:
            return self
        if len(self.weights) != len(self.values):
            raise ScenarioError(
                "weights",
                got=f"{len(self.weights)} weights for {len(self.values)} values",
                expected="as many weights as values",
            )
        if not sum(self.weights) > 0.0:
            raise ScenarioError("weights", got="only zeros", expected="one weight above 0")
        return self

    def chances(self) -> tuple[float, ...]:
        """Relative chance of each value."""
        return (1.0,) * len(self.values) if self.weights is None else self.weights


class Distribution(Part):
    """How one number differs; exactly one kind."""

    kinds: ClassVar[tuple[str, ...]] = (
        "normal",
        "lognormal",
        "lognormal_cv",
        "uniform",
        "loguniform",
        "beta",
        "gamma",
        "discrete",
    )

    normal: tuple[Figure, Figure] | None = Field(
        default=None, description="Normal: [mean, standard deviation]."
    )
    lognormal: tuple[Figure, Spread] | None = Field(
        default=None,
        description="Lognormal: [median, CV]. The logarithm is normal about the logarithm of the "
        "median with variance ln(1 + CV^2), so CV is standard deviation over mean.",
    )
    lognormal_cv: Spread | None = Field(
        default=None,
        description="Lognormal about the scenario's own number as the median, with this CV.",
    )
    uniform: tuple[Figure, Figure] | None = Field(default=None, description="Uniform: [low, high].")
    loguniform: tuple[Figure, Figure] | None = Field(
        default=None, description="Log-uniform: [low, high], both above 0."
    )
    beta: tuple[Shape, Shape] | None = Field(
        default=None, description="Beta: [a, b], on 0 to 1 or on `between`."
    )
    between: tuple[Figure, Figure] | None = Field(
        default=None, description="With beta: [low, high] in place of 0 to 1."
    )
    gamma: tuple[Figure, Spread] | None = Field(default=None, description="Gamma: [mean, CV].")
    discrete: Discrete | None = Field(
        default=None, description="One of some values, with weights or all alike."
    )
    truncate: tuple[Figure | None, Figure | None] | None = Field(
        default=None,
        description="Keep only [low, high], either of them null for no bound: the distribution "
        "given that it lies there.",
    )

    @model_validator(mode="after")
    def _one_distribution(self) -> Self:
        given = [kind for kind in self.kinds if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ScenarioError(
                "",
                got=" and ".join(given) or "no distribution",
                expected=f"one of {', '.join(self.kinds)}",
            )
        if self.between is not None and self.beta is None:
            raise ScenarioError(
                "between", got=f"'between' with {given[0]}", expected="it with beta only"
            )
        return self

    def law(self, dimension: str, own: float | None = None) -> Law:
        """Return the distribution in the base units of what it is about.

        Parameters
        ----------
        dimension
            A key of ``foundation.units.DIMENSIONS``; numbers without a unit word are in its base.
        own
            The scenario's own number, the median under ``lognormal_cv``.

        Raises
        ------
        ScenarioError
            A unit of something else, bounds that cross, a spread below 0, nothing left after
            ``truncate``; the path starts inside the distribution (``normal.1``).
        """
        reader = Reader(dimension)
        low, high = -math.inf, math.inf
        if self.truncate is not None:
            cut = [
                None if bound is None else reader.number(bound, f"truncate.{place}")
                for place, bound in enumerate(self.truncate)
            ]
            low = -math.inf if cut[0] is None else cut[0]
            high = math.inf if cut[1] is None else cut[1]
            reader.rising((low, high), "truncate")
        kind, numbers = self._in_base_units(reader, own)
        if self.discrete is not None:
            return discrete_law(
                self.discrete.values, self.discrete.chances(), reader, cut=(low, high)
            )
        law = Law(kind, numbers, low, high)
        check_something_left(law)
        return law

    def _in_base_units(self, reader: Reader, own: float | None) -> tuple[str, tuple[float, ...]]:
        """Kind and numbers, no truncation yet."""
        if self.normal is not None:
            mean, sd = reader.pair(self.normal, "normal")
            if sd < 0.0:
                raise ScenarioError("normal.1", got=shown(self.normal[1]), expected="0 or more")
            return ("normal", (mean, sd)) if sd > 0.0 else ("constant", (mean,))
        if self.lognormal_cv is not None:
            return lognormal(own, self.lognormal_cv, "lognormal_cv")
        if self.lognormal is not None:
            median = reader.number(self.lognormal[0], "lognormal.0")
            return lognormal(median, self.lognormal[1], "lognormal.0")
        if self.gamma is not None:
            return gamma(reader.number(self.gamma[0], "gamma.0"), self.gamma[1], "gamma.0")
        if self.beta is not None:
            ends = (0.0, 1.0)
            if self.between is not None:
                ends = reader.rising(reader.pair(self.between, "between"), "between")
            return "beta", (*self.beta, *ends)
        if self.uniform is not None:
            ends = reader.pair(self.uniform, "uniform")
            return "uniform", reader.rising(ends, "uniform")
        if self.loguniform is not None:
            ends = reader.pair(self.loguniform, "loguniform")
            positive(ends[0], "loguniform.0")
            return "loguniform", reader.rising(ends, "loguniform")
        return self._other(reader)

    def _other(self, reader: Reader) -> tuple[str, tuple[float, ...]]:
        """Kinds that a more special distribution adds."""
        return "discrete", ()
