"""Lesions: how many tumors a patient has at diagnosis, how large, and where.

Here: ``lesions``. Not here: what a lesion is made of (``tumor``), drawing them (``simulation``).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar, Self, cast

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from countermove.foundation import ScenarioError, number_text, shown, suggestion
from countermove.scenario.distributions import Discrete, Distribution, Figure
from countermove.scenario.fields import Cells, JsonSchema, Name, Part, Quantity, Whole
from countermove.scenario.laws import Reader
from countermove.scenario.translate import first_error

if TYPE_CHECKING:
    from countermove.scenario.scenario import Scenario

MOST_LESIONS = 1000
LESION_SIZE = Quantity("cells", low=1.0, high=1e15)
NEAR = 1e-9

HowMany = Annotated[int, Whole(1, MOST_LESIONS)]
Mean = Annotated[float, Quantity("number", low=0.0, above=True, high=MOST_LESIONS / 2)]


class Count(Part):
    """How many lesions a patient has; exactly one kind."""

    exactly: HowMany | None = Field(
        default=None, description="The same number in every patient; a number alone means this."
    )
    poisson: Mean | None = Field(
        default=None,
        description="Poisson with this mean, given that it is 1 or more, because a patient has a "
        "tumor.",
    )
    discrete: Discrete | None = Field(
        default=None, description="One of some whole numbers, with weights or all alike."
    )
    uniform: tuple[HowMany, HowMany] | None = Field(
        default=None, description="Every whole number from low to high alike: [low, high]."
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = tuple(type(self).model_fields)
        given = [kind for kind in kinds if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ScenarioError(
                "", got=" and ".join(given) or "nothing", expected=f"one of {', '.join(kinds)}"
            )
        for place, value in enumerate(self.discrete.values if self.discrete else ()):
            try:
                Whole(1, MOST_LESIONS).parse(value)
            except ScenarioError as error:
                where = f"discrete.values.{place}"
                raise ScenarioError(where, got=error.got, expected=error.expected) from None
        if self.uniform is not None and self.uniform[0] > self.uniform[1]:
            raise ScenarioError(
                "uniform.0", got=str(self.uniform[0]), expected=f"at most {self.uniform[1]}"
            )
        return self

    def chances(self) -> tuple[tuple[int, ...], tuple[float, ...]] | None:
        """Numbers and their relative chances; None under ``poisson``."""
        if self.exactly is not None:
            return (self.exactly,), (1.0,)
        if self.uniform is not None:
            values = tuple(range(self.uniform[0], self.uniform[1] + 1))
            return values, (1.0,) * len(values)
        if self.discrete is not None:
            return tuple(int(v) for v in self.discrete.values), self.discrete.chances()
        return None


class Size(Distribution):
    """How large the lesions are; exactly one kind of distribution, one draw a lesion."""

    kinds: ClassVar[tuple[str, ...]] = (
        "exactly",
        *(kind for kind in Distribution.kinds if kind != "lognormal_cv"),
    )
    exactly: Figure | None = Field(
        default=None, description="Cells, the same for every lesion; a number alone means this."
    )

    def _other(self, reader: Reader) -> tuple[str, tuple[float, ...]]:
        if self.exactly is None:
            return super()._other(reader)
        return "constant", (LESION_SIZE.parse(self.exactly, "exactly"),)


class Lesion(Part):
    """One lesion, given outright."""

    size: Cells | None = Field(
        default=None,
        description="Cells at diagnosis. Default as the tumor: diagnosed_at, or an equal part of "
        "what the others leave of the start.",
    )
    niche: Name | None = Field(
        default=None, description="The niche that it grows in. Default the bulk."
    )
    organ: Name | None = Field(
        default=None,
        description="The organ it is in, as RECIST counts target lesions. Default the niche's "
        "name, otherwise not said.",
    )
    name: Name | None = Field(default=None, description="What to call it. Default its number.")


def _alone(value: object) -> object:
    """Accept a number alone."""
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        return {"exactly": value}
    return value


def _number_too(schema: JsonSchema) -> None:
    schema["anyOf"] += [{"type": "number"}, {"type": "string"}]


class Lesions(Part):
    """The lesions of a patient, each grown from its own cell, or started, like the tumor."""

    number: Annotated[Count | None, BeforeValidator(_alone)] = Field(
        default=None,
        description="How many, 1 to 1000: a number, or its distribution over the patients. "
        "Default 1.",
        json_schema_extra=_number_too,
    )
    size: Annotated[Size | None, BeforeValidator(_alone)] = Field(
        default=None,
        description="Cells of each at diagnosis: a number, or the distribution that every lesion "
        "is drawn from on its own. Under tumor.start a distribution gives the proportions, and "
        "the lesions together have the start's cells. Default as the tumor: diagnosed_at each, or "
        "equal parts of the start.",
        json_schema_extra=_number_too,
    )
    each: tuple[Lesion, ...] = Field(
        default=(),
        max_length=MOST_LESIONS,
        description="The lesions one by one, in place of number and size; a list alone means "
        "this. Default none.",
    )

    @model_validator(mode="after")
    def _counted_or_listed(self) -> Self:
        if self.each:
            for field in ("number", "size"):
                if getattr(self, field) is not None:
                    raise ScenarioError(
                        field, got=f"'{field}' beside a list of lesions", expected="one of them"
                    )
        names = [lesion.name for lesion in self.each if lesion.name is not None]
        for name in names:
            if names.count(name) > 1:
                raise ScenarioError("", got=f"'{name}' twice", expected="each name once")
        return self

    @property
    def count(self) -> Count:
        """How many, the default and the length of a list included."""
        if self.each:
            return Count(exactly=len(self.each))
        return Count(exactly=1) if self.number is None else self.number


def read_lesions(value: object) -> object:
    """Accept a number of lesions, and a list of them."""
    if not isinstance(value, (list, tuple)):
        return {"number": value} if isinstance(value, (int, float, str)) else value
    items = list(cast("tuple[object, ...]", value))
    if not 0 < len(items) <= MOST_LESIONS:
        raise ScenarioError("", got=f"{len(items):,} lesions", expected=f"1 to {MOST_LESIONS:,}")
    lesions: list[Lesion] = []
    for place, item in enumerate(items):
        try:
            lesions.append(Lesion.model_validate(item))
        except ValidationError as error:
            told = first_error(error, Lesion, item)
            where = f"{place}.{told.where}".rstrip(".")
            raise ScenarioError(
                where, got=told.got, expected=told.expected, remedy=told.remedy
            ) from None
    return {"each": lesions}


def lesions_schema(schema: JsonSchema) -> None:
    """Describe the short forms: a number, a list."""
    whole: JsonSchema = {"type": "integer", "minimum": 1, "maximum": MOST_LESIONS}
    listed: JsonSchema = {"type": "array", "items": {"type": "object"}, "minItems": 1}
    schema["anyOf"] += [whole, listed | {"maxItems": MOST_LESIONS}]


def check_lesions(scenario: Scenario) -> None:
    """Refuse lesions in no niche, or too large; of drawn ones, what can be known beforehand.

    Raises
    ------
    ScenarioError
        It names the lesion's path.
    """
    lesions, tumor = scenario.lesions, scenario.tumor
    if lesions is None:
        return
    for place, lesion in enumerate(lesions.each):
        if lesion.niche is not None and lesion.niche not in ("bulk", *scenario.niches):
            raise ScenarioError(
                f"lesions.{place}.niche",
                got=shown(lesion.niche),
                expected="the name of a niche in this file",
                remedy=suggestion(lesion.niche, ("bulk", *scenario.niches)),
            )
    if lesions.size is not None:
        _check_law(lesions.size)
    sizes = fixed_sizes(scenario)
    if sizes is None:
        return
    total, reach = sum(sizes), math.inf
    if tumor.start is None:
        reach = tumor.growth.reach(tumor.birth, tumor.death)
    for place, size in enumerate(sizes):
        where = f"lesions.{place}.size" if lesions.each else "lesions.size"
        if size >= reach:
            raise ScenarioError(
                where,
                got=f"{number_text(size)} cells",
                expected=f"less than {reach:.4g} cells, where births and deaths balance",
            )
        if size >= tumor.lethal_at:
            raise _lethal(where, f"{number_text(size)} cells", tumor.lethal_at)
    if tumor.start is not None and abs(total / tumor.start.cells - 1.0) > NEAR:
        raise ScenarioError(
            "lesions",
            got=f"{number_text(total)} cells together",
            expected=f"the {number_text(tumor.start.cells)} cells of tumor.start",
            remedy=f"Write tumor.start.cells: {number_text(total)}, or leave the sizes out.",
        )
    if total >= tumor.lethal_at:
        got = f"{number_text(total)} cells in {len(sizes)} lesions"
        raise _lethal("lesions", got, tumor.lethal_at)


def _lethal(where: str, got: str, lethal_at: float) -> ScenarioError:
    return ScenarioError(
        where,
        got=f"{got}, lesions larger than the lethal burden",
        expected=f"less than tumor.lethal_at, {number_text(lethal_at)} cells",
        remedy="Make them fewer or smaller, or raise tumor.lethal_at.",
    )


def _check_law(size: Size) -> None:
    try:
        size.law("cells")
    except ScenarioError as error:
        raise ScenarioError(
            f"lesions.size.{error.where}",
            got=error.got,
            expected=error.expected,
            remedy=error.remedy,
        ) from None


def lesions_differ(scenario: Scenario) -> bool:
    """Whether the number or the sizes of lesions are drawn, so that patients differ in them.

    Sizes that are drawn under ``tumor.start`` are proportions, which say nothing of one lesion.
    """
    lesions = scenario.lesions or Lesions()
    known = lesions.count.chances()
    if known is None or len({n for n, chance in zip(*known, strict=True) if chance > 0.0}) > 1:
        return True
    alone = lesions.count.exactly == 1 and scenario.tumor.start is not None
    return lesions.size is not None and lesions.size.exactly is None and not alone


def fixed_sizes(scenario: Scenario) -> tuple[float, ...] | None:
    """Cells of each lesion where number and sizes are the same in every patient; else None.

    Sizes under ``tumor.start`` that are not given are equal parts of what the others leave.
    """
    lesions, tumor = scenario.lesions or Lesions(), scenario.tumor
    number = lesions.count.exactly
    if number is None or (lesions.size is not None and lesions.size.exactly is None):
        return None
    given: list[float | None] = [lesion.size for lesion in lesions.each] or [None] * number
    if lesions.size is not None:
        given = [lesions.size.law("cells").numbers[0]] * number
    open_ = sum(size is None for size in given)
    left = tumor.found_at
    if tumor.start is not None and open_:
        left = (tumor.start.cells - sum(size or 0.0 for size in given)) / open_
        if left < 1.0:
            raise ScenarioError(
                "lesions",
                got=f"less than one cell for each of {open_} lesions without a size",
                expected=f"sizes that leave some of the {number_text(tumor.start.cells)} cells of "
                "tumor.start",
            )
    return tuple(left if size is None else size for size in given)
