"""What the fields of a scenario are made of: numbers with units, names, lists of names.

Here: the annotations that parse, bound, write and describe one value. Not here: which fields there
are (one file per thing a user writes about), nor how names refer to one another (``references``).
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from countermove.foundation import (
    ScenarioError,
    cells_of_size,
    has_unit,
    number_text,
    parse_quantity,
    shown,
    tidy,
)
from countermove.foundation.units import DIMENSIONS

JsonSchema = dict[str, Any]

MOST_CELLS = 1e15
FASTEST_RATE = 1e6
LONGEST_TIME = 365_250.0
SURELY_PERCENT = 2.0  # a fraction out of range below this may be a slip of another kind


class Part(BaseModel):
    """A part of a scenario: frozen, and without room for unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=False)

    def __setattr__(self, name: str, value: object) -> None:
        raise ScenarioError(
            name,
            got="an assignment",
            expected="a frozen scenario, which stays as it is",
            remedy="replace(scenario, {'tumor.birth': 0.2}) returns a changed one.",
        )

    def __dir__(self) -> list[str]:
        """Fields and what is read from them; not the machinery of pydantic."""
        own = {name for kind in type(self).__mro__ if issubclass(kind, Part) for name in vars(kind)}
        shown = {name for name in own if not name.startswith(("_", "model_"))}
        return sorted(shown | set(type(self).model_fields))


class Notation(ABC):
    """How one value is written: what pydantic asks of an annotation, from three answers."""

    @abstractmethod
    def parse(self, value: object) -> object:
        """Read one value, or raise a ScenarioError."""

    @abstractmethod
    def json_schema(self) -> JsonSchema:
        """Describe the value for editors."""

    def text(self, value: Any, /) -> object:
        """Write the value as a file would."""
        return value

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Tell pydantic how to read and write the value."""
        return core_schema.no_info_plain_validator_function(
            self.parse,
            serialization=core_schema.plain_serializer_function_ser_schema(
                self.text, when_used="json"
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchema:
        """Tell pydantic how to describe the value."""
        return self.json_schema()


@dataclass(frozen=True)
class Quantity(Notation):
    """A number that may carry a unit word, with the range it must lie in.

    Attributes
    ----------
    dimension
        A key of ``foundation.units.DIMENSIONS``.
    low, high
        Closed bounds in the base unit.
    above
        Whether ``low`` itself is refused.
    infinite
        Whether infinity is a value, written ``inf``.
    remedy
        Said when the number is out of range.
    percent_from
        A bare number out of range from here to a hundred was meant as a percentage.
    below_percent
        Said of one above the range that is less.
    """

    dimension: str
    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    infinite: bool = False
    remedy: str = ""
    percent_from: float = SURELY_PERCENT
    below_percent: str = ""

    def parse(self, value: object, where: str = "", density: float | None = None) -> float:
        """Read one value, or raise a ScenarioError at ``where``.

        Parameters
        ----------
        value
            As in a file.
        where
            Path named in an error.
        density
            Cells per cm3 of the tumor, through which a size stands for a number of cells.
        """
        size = None
        if self.dimension == "cells" and density is not None:
            size = cells_of_size(value, density)
        if size is None:
            number = parse_quantity(value, self.dimension, where, infinite=self.infinite)
        else:
            number = size
        number = tidy(number)
        too_low = number <= self.low if self.above else number < self.low
        if too_low or number > self.high:
            got = shown(value) if isinstance(value, str) else self._with_unit(value)
            got += "" if size is None else f" ({size:.3g} cells)"
            remedy = self.remedy or self._percent(value, number)
            raise ScenarioError(where, got=got, expected=self.range_text(), remedy=remedy)
        return number + 0.0  # -0.0 becomes 0.0

    def _validate(self, value: object, info: ValidationInfo) -> float:
        """Read one value as pydantic asks for it; the document's density is its context."""
        context: object = info.context
        return self.parse(value, density=context if isinstance(context, float) else None)

    def _percent(self, value: object, number: float) -> str:
        """Offer the percent form of a bare number that was surely meant as one."""
        meant = self.dimension == "fraction" and not has_unit(value)
        if meant and self.high < number < self.percent_from:
            return self.below_percent
        if not meant or not self.percent_from <= number <= 100.0 * self.high:
            return ""
        text = number_text(number)
        return f"Write {text}% (that is {number_text(round(number / 100.0, 12))})."

    def _with_unit(self, value: object) -> str:
        return f"{shown(value)} {self._unit}".rstrip()

    @property
    def _unit(self) -> str:
        """Base unit for messages; none for a level, which may be in either of two."""
        if self.dimension == "concentration":
            return ""
        return DIMENSIONS[self.dimension].base

    def range_text(self) -> str:
        """Write the range for a reader."""
        unit = self._unit
        low, high = number_text(self.low), number_text(self.high)
        if math.isinf(self.high):
            text = f"more than {low}" if self.above else f"{low} or more"
        elif self.above:
            text = f"more than {low}, at most {high}"
        else:
            text = f"{low} to {high}"
        return f"{text} {unit}".rstrip()

    def text(self, number: float, /) -> str | float:
        """Write the value as a file would: with its unit, ``inf`` in words."""
        unit = DIMENSIONS[self.dimension].base
        if self.dimension == "concentration" or not unit:
            return "inf" if math.isinf(number) else number
        return f"{number_text(number)} {unit}"

    def json_schema(self) -> JsonSchema:
        """Describe the value for editors: a number, or text with one of the unit words."""
        kind = DIMENSIONS[self.dimension]
        number: JsonSchema = {"type": "number"}
        if math.isfinite(self.low):
            number["exclusiveMinimum" if self.above else "minimum"] = self.low
        if math.isfinite(self.high):
            number["maximum"] = self.high
        known = [*kind.words]
        if self.dimension == "cells":  # a size stands for the cells in it
            known += [*DIMENSIONS["tissue_volume"].words, *DIMENSIONS["length"].words]
        words = kind.pattern or "|".join(re.escape(word) for word in known)
        digits = r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?"
        if self.infinite:
            digits = rf"({digits}|\.?inf)"
        unit = f" *({words})" + ("?" if kind.bare else "") if words else ""
        text: JsonSchema = {"type": "string", "pattern": f"^ *{digits}{unit} *$"}
        schema: JsonSchema = {"anyOf": [number, text] if kind.bare else [text]}
        if kind.base:
            schema["x-unit"] = kind.base
        return schema

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Tell pydantic how to read and write the value."""
        return core_schema.with_info_plain_validator_function(
            self._validate,
            serialization=core_schema.plain_serializer_function_ser_schema(
                self.text, when_used="json"
            ),
        )


@dataclass(frozen=True)
class Whole(Notation):
    """A whole number in a closed range."""

    low: int
    high: int

    def parse(self, value: object) -> int:
        """Read one value; ``1e3`` and ``"1000"`` are whole numbers too."""
        number: object = value
        if isinstance(value, str):
            number = parse_quantity(value, "number")
        if isinstance(number, float) and number.is_integer() and abs(number) < 2**53:
            number = int(number)
        if isinstance(number, bool) or not isinstance(number, int):
            raise ScenarioError("", got=shown(value), expected=f"a whole number, {self.range}")
        if not self.low <= number <= self.high:
            raise ScenarioError("", got=shown(value), expected=self.range)
        return number

    @property
    def range(self) -> str:
        """The range for a reader."""
        return f"{self.low} to {self.high}"

    def json_schema(self) -> JsonSchema:
        """Describe the value for editors."""
        return {
            "anyOf": [
                {"type": "integer", "minimum": self.low, "maximum": self.high},
                {"type": "string", "pattern": r"^ *\+?[0-9]+\.?[0-9]*([eE]\+?[0-9]+)? *$"},
            ]
        }


@dataclass(frozen=True)
class PerDrug(Notation):
    """One number for every drug, or a mapping from drug names to numbers."""

    value: Quantity

    def parse(self, value: object) -> float | dict[str, float]:
        """Read a number or a mapping of drug names to numbers."""
        if not isinstance(value, Mapping):
            return self.value.parse(value)
        given = cast("Mapping[object, object]", value)
        return {
            check_name(drug): self.value.parse(number, str(drug)) for drug, number in given.items()
        }

    def json_schema(self) -> JsonSchema:
        """Describe the value for editors."""
        one = self.value.json_schema()
        return {"anyOf": [*one["anyOf"], {"type": "object", "additionalProperties": one}]}


class NameList(Notation):
    """One name, or a list of names; always a tuple once read."""

    def parse(self, value: object) -> tuple[str, ...]:
        """Read one name or several different names."""
        if isinstance(value, str):
            return (check_name(value),)
        if not isinstance(value, (list, tuple)):
            raise ScenarioError("", got=shown(value), expected="a name or a list of names")
        given = cast("list[object] | tuple[object, ...]", value)
        names = tuple(check_name(name) for name in given)
        for position, name in enumerate(names):
            if name in names[:position]:
                raise ScenarioError(
                    str(position), got=f"'{name}' a second time", expected="each name once"
                )
        return names

    def text(self, value: tuple[str, ...], /) -> list[str]:
        """Write the names as a list."""
        return list(value)

    def json_schema(self) -> JsonSchema:
        """Describe the value for editors."""
        name: JsonSchema = {"type": "string", "pattern": NAME_PATTERN}
        return {"anyOf": [name, {"type": "array", "items": name, "uniqueItems": True}]}


NAME_PATTERN = r"^[A-Za-z0-9_][A-Za-z0-9_\-]{0,63}$"
_NAME = re.compile(NAME_PATTERN[:-1])


def check_name(value: object) -> str:
    """Accept a name that can stand in a dotted path and in ``a + b``."""
    if isinstance(value, str) and _NAME.fullmatch(value) and not value.isdigit():
        return value
    remedy = "Write it in quotes."
    if isinstance(value, str):
        near = "_".join(re.findall(r"[A-Za-z0-9\-]+", value))
        remedy = f"Write {near}." if _NAME.fullmatch(near) and not near.isdigit() else ""
    raise ScenarioError(
        "",
        got=shown(value),
        expected="a name of letters, digits, '_' and '-', at most 64, not only digits",
        remedy=remedy,
    )


_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _TRUTHS:
        return _TRUTHS[value.lower()]
    raise ScenarioError("", got=shown(value), expected="true or false")


def members(combination: str) -> tuple[str, ...]:
    """Names in a combination written ``a + b``."""
    return tuple(part.strip() for part in combination.split("+"))


def mapping_of(value: object) -> dict[str, object] | None:
    """Return a mutable copy of a mapping, or None where the value is something else."""
    if not isinstance(value, Mapping):
        return None
    return dict(cast("Mapping[str, object]", value))


def alone(field: str) -> BeforeValidator:
    """Accept one value where a part is expected: ``patients: 300`` for ``{number: 300}``."""

    def wrapped(value: object) -> object:
        single = isinstance(value, (int, float, str)) and not isinstance(value, bool)
        return {field: value} if single else value

    return BeforeValidator(wrapped)


Name = Annotated[str, AfterValidator(check_name)]
Names = Annotated[tuple[str, ...], NameList()]
Text = Annotated[str, StringConstraints(max_length=10_000)]
Flag = Annotated[
    bool,
    BeforeValidator(_truth),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"enum": list(_TRUTHS)}]}),
]

Days = Annotated[float, Quantity("time", low=0.0, high=LONGEST_TIME)]
Span = Annotated[float, Quantity("time", low=0.0, above=True, high=LONGEST_TIME)]
Rate = Annotated[float, Quantity("rate", low=0.0, high=FASTEST_RATE)]
PositiveRate = Annotated[float, Quantity("rate", low=0.0, above=True, high=FASTEST_RATE)]
Cells = Annotated[float, Quantity("cells", low=1.0, high=MOST_CELLS)]
Fraction = Annotated[float, Quantity("fraction", low=0.0, high=1.0)]
# Most of an effect: a small number out of range is a factor, not a percentage without its sign.
_A_SHARE = "It is a fraction of the whole, not a factor: write 0.9, or 90%."
_STRENGTH = Quantity("fraction", low=0.0, high=1.0, percent_from=10.0, below_percent=_A_SHARE)
Strength = Annotated[float, _STRENGTH]
Factor = Annotated[float, Quantity("number", low=0.0, high=1e6)]
PositiveFactor = Annotated[float, Quantity("number", low=0.0, above=True, high=1e6)]
Real = Annotated[float, Quantity("number", low=-1e12, high=1e12)]
PerDrugFraction = Annotated[
    float | dict[str, float], PerDrug(Quantity("fraction", low=0.0, high=1.0))
]
