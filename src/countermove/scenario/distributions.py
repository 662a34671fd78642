"""How one number differs: the distributions of a scenario, and what they mean in base units.

Here: ``Distribution``, its numbers with unit words, and ``Law``, the same in base units. Not here:
which number differs (``variation``), drawing from a law (``simulation``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self, cast

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from countermove.foundation import ScenarioError, has_unit, number_text, parse_quantity, shown
from countermove.foundation.units import DIMENSIONS
from countermove.scenario.fields import JsonSchema, Part, Quantity

Spread = Annotated[float, Quantity("number", low=0.0, high=10.0)]
Shape = Annotated[float, Quantity("number", low=0.0, above=True, high=1e6)]
Weight = Annotated[float, Quantity("number", low=0.0, high=1e12)]


@dataclass(frozen=True)
class _Figure:
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

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Tell pydantic how to read and write the value."""
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchema:
        """Tell pydantic how to describe the value."""
        return {"anyOf": [{"type": "number"}, {"type": "string"}]}


Figure = Annotated[float | str, _Figure()]
FigureOrWord = Annotated[float | str, _Figure(words=True)]


@dataclass(frozen=True, slots=True)
class Law:
    """A distribution in base units.

    Attributes
    ----------
    kind
        ``constant`` (value), ``normal`` (mean, sd), ``lognormal`` (log of the median, sigma),
        ``uniform`` and ``loguniform`` (low, high), ``beta`` (a, b, low, high), ``gamma`` (shape,
        scale), ``discrete``, ``words``.
    numbers
        What the kind says in brackets; the values, for ``discrete``.
    low, high
        Where the distribution is cut off; infinite where it is not.
    weights
        For ``discrete`` and ``words``, positive somewhere, not normalized.
    words
        The values, for ``words``.
    """

    kind: str
    numbers: tuple[float, ...]
    low: float = -math.inf
    high: float = math.inf
    weights: tuple[float, ...] = ()
    words: tuple[str, ...] = ()


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
            return _discrete(self.discrete, reader, (low, high))
        law = Law(kind, numbers, low, high)
        _check_something_left(law)
        return law

    def _in_base_units(self, reader: Reader, own: float | None) -> tuple[str, tuple[float, ...]]:
        """Kind and numbers, no truncation yet."""
        if self.normal is not None:
            mean, sd = reader.pair(self.normal, "normal")
            if sd < 0.0:
                raise ScenarioError("normal.1", got=shown(self.normal[1]), expected="0 or more")
            return ("normal", (mean, sd)) if sd > 0.0 else ("constant", (mean,))
        if self.lognormal_cv is not None:
            return _lognormal(own, self.lognormal_cv, "lognormal_cv")
        if self.lognormal is not None:
            median = reader.number(self.lognormal[0], "lognormal.0")
            return _lognormal(median, self.lognormal[1], "lognormal.0")
        if self.gamma is not None:
            mean = _positive(reader.number(self.gamma[0], "gamma.0"), "gamma.0")
            cv = self.gamma[1]
            return ("gamma", (cv**-2, mean * cv**2)) if cv > 0.0 else ("constant", (mean,))
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
            _positive(ends[0], "loguniform.0")
            return "loguniform", reader.rising(ends, "loguniform")
        return self._other(reader)

    def _other(self, reader: Reader) -> tuple[str, tuple[float, ...]]:
        """Kinds that a more special distribution adds."""
        return "discrete", ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Numbers of a distribution into base units."""

    dimension: str

    def number(self, value: float | str, where: str) -> float:
        """Read one number; without a unit word it is in the base unit already."""
        if isinstance(value, str):
            return parse_quantity(value, self.dimension, where)
        return value

    def pair(self, values: tuple[float | str, float | str], where: str) -> tuple[float, float]:
        """Read two numbers."""
        return self.number(values[0], f"{where}.0"), self.number(values[1], f"{where}.1")

    def rising(self, ends: tuple[float, float], where: str) -> tuple[float, float]:
        """Return two ends, or refuse them where the first is not the smaller one."""
        if ends[0] >= ends[1]:
            unit = DIMENSIONS[self.dimension].base
            raise ScenarioError(
                f"{where}.0",
                got=f"{number_text(ends[0])} {unit}".rstrip(),
                expected=f"less than {number_text(ends[1])} {unit}".rstrip(),
            )
        return ends


def _positive(value: float, where: str) -> float:
    if value <= 0.0:
        raise ScenarioError(where, got=number_text(value), expected="a number above 0")
    return value


def _lognormal(median: float | None, cv: float, where: str) -> tuple[str, tuple[float, ...]]:
    if median is None or not 0.0 < median < math.inf:
        got = "nothing" if median is None else number_text(median)
        raise ScenarioError(
            where,
            got=f"{got} as the median",
            expected="a finite number above 0, which a lognormal is about",
            remedy="Use normal, uniform or another distribution.",
        )
    if cv == 0.0:
        return "constant", (median,)
    return "lognormal", (math.log(median), math.sqrt(math.log1p(cv**2)))


def _discrete(given: Discrete, reader: Reader, cut: tuple[float, float]) -> Law:
    """Values between the bounds, with their weights."""
    words = [isinstance(value, str) and value[:1].isalpha() for value in given.values]
    if all(words) and cut == (-math.inf, math.inf):
        texts = cast("tuple[str, ...]", given.values)
        return Law("words", (), weights=given.chances(), words=texts)
    numbers = [reader.number(v, f"discrete.values.{n}") for n, v in enumerate(given.values)]
    pairs = zip(numbers, given.chances(), strict=True)
    kept = [(number, weight) for number, weight in pairs if cut[0] <= number <= cut[1]]
    if not sum(weight for _, weight in kept) > 0.0:
        raise _nothing_left(cut)
    values, weights = zip(*kept, strict=True)
    return Law("discrete", values, weights=weights)


def _check_something_left(law: Law) -> None:
    """Refuse bounds that lie outside of where the distribution is."""
    ends = {
        "constant": (law.numbers[0], law.numbers[0]),
        "uniform": law.numbers,
        "loguniform": law.numbers,
        "beta": law.numbers[2:],
        "lognormal": (0.0, math.inf),
        "gamma": (0.0, math.inf),
    }.get(law.kind, (-math.inf, math.inf))
    inside = law.low <= ends[1] and law.high >= ends[0]
    if law.kind != "constant":
        inside = law.low < ends[1] and law.high > ends[0]
    if not inside:
        raise _nothing_left((law.low, law.high))


def _nothing_left(cut: tuple[float, float]) -> ScenarioError:
    return ScenarioError(
        "truncate",
        got=f"{number_text(cut[0])} to {number_text(cut[1])}, where the distribution never is",
        expected="bounds that leave something of it",
    )
