"""What may stand at a dotted path: the unit and range of a number of the scenario.

Here: walking the models along a path. Not here: replacing what is there (``paths``), which numbers
may differ between patients (``variation``).
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from pydantic import BaseModel

from countermove.foundation import ScenarioError, shown, suggestion
from countermove.scenario.fields import PerDrug, Quantity, members

_IN_MG = ("dose", "per_day", "per_week", "cumulative")
_LEVEL = ("level", "levels")


@dataclass(frozen=True, slots=True)
class Place:
    """A number of a scenario.

    Attributes
    ----------
    path
        In the one spelling that names it: without spaces, but ``a + b`` as the scenario has it.
    quantity
        Its dimension and range.
    own
        What the scenario says there, in base units; may be infinite.
    """

    path: str
    quantity: Quantity
    own: float


def place_at(scenario: BaseModel, path: str) -> Place:
    """Find the number at a dotted path: its one spelling, unit, range and value.

    Raises
    ------
    ScenarioError
        There is no number of that path; the nearest known name is told.
    """
    steps = [step.strip() for step in path.split(".")]
    here: object = scenario
    parent: object = None
    kind: object = None
    name = ""
    for number, step in enumerate(steps):
        result = _name_inside(here, step)
        if result is None:
            _refuse(path, steps[:number], step, here)
        steps[number] = result
        parent, name = here, result
        kind, here = _kind_inside(kind, here, result), _value_inside(here, result)
    quantity = _quantity(kind, here)
    if quantity is None or isinstance(here, bool) or not isinstance(here, (int, float)):
        raise ScenarioError(
            path,
            got=_what(here),
            expected="the path of a number that is given and not a whole number or a list",
            remedy=_below(steps, here),
        )
    quantity = _in_the_unit_given(quantity, parent, name)
    return Place(".".join(steps), quantity, float(here))


def _name_inside(here: object, step: str) -> str | None:
    """Name as the scenario spells it, or None; ``b+a`` finds ``a + b``."""
    known = list(_known(here))
    if step in known:
        return step
    if "+" in step:
        wanted = sorted(members(step))
        for name in known:
            if sorted(members(name)) == wanted:
                return name
    return None


def _known(here: object) -> Iterable[str]:
    if isinstance(here, BaseModel):
        return type(here).model_fields
    return cast("dict[str, object]", here) if isinstance(here, dict) else ()


def _value_inside(here: object, name: str) -> object:
    if isinstance(here, BaseModel):
        return getattr(here, name)
    return cast("dict[str, object]", here)[name]


def _kind_inside(kind: object, here: object, name: str) -> object:
    """Annotation of what is one step down, ``Annotated`` around it kept."""
    if isinstance(here, BaseModel):
        field = type(here).model_fields[name]
        for mark in field.metadata:
            if isinstance(mark, (Quantity, PerDrug)):
                return mark
        return field.annotation
    if isinstance(kind, PerDrug):
        return kind.value
    for part in _parts(kind):
        if typing.get_origin(part) is dict:
            return typing.get_args(part)[1]
    return None


def _parts(kind: object) -> list[Any]:
    """Members of a union, ``Annotated`` around the union taken off; otherwise the kind alone."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return list(typing.get_args(kind))
    return [kind]


def _quantity(kind: object, value: object) -> Quantity | None:
    if isinstance(kind, Quantity):
        return kind
    if isinstance(kind, PerDrug):
        return None if isinstance(value, Mapping) else kind.value
    for part in _parts(kind):
        if typing.get_origin(part) is typing.Annotated:
            for mark in typing.get_args(part)[1:]:
                if isinstance(mark, Quantity):
                    return mark
    return None


def _in_the_unit_given(quantity: Quantity, parent: object, name: str) -> Quantity:
    """Settle amounts and levels, which are in the unit that their part was given in."""
    unit = getattr(parent, "unit", None)
    if name in _IN_MG and unit == "mg":
        return dataclasses.replace(quantity, dimension="mass")
    if name in _LEVEL and unit == "EC50":
        return dataclasses.replace(quantity, dimension="number")
    return quantity


def _refuse(path: str, before: list[str], step: str, here: object) -> NoReturn:
    known = list(_known(here))
    got = f"no {shown(step)}"
    if before:
        got += f" in {'.'.join(before)}"
    hint = suggestion(step, known)
    if hint.startswith("Did"):
        near = ".".join([*before, hint.split("'")[1]])
        hint = f"Did you mean '{near}'?"
    raise ScenarioError(path, got=got, expected="the path of a number", remedy=hint)


def _what(value: object) -> str:
    if isinstance(value, BaseModel):
        return "a block of fields"
    return "no number there" if value is None else shown(value)


def _below(steps: list[str], value: object) -> str:
    """Name what is below a block or a mapping, for a path that ends too early."""
    if steps == ["tumor", "doubling_time"]:  # read into birth or death
        return "It was read into birth or death: vary tumor.birth or tumor.death."
    inside = {name: _value_inside(value, name) for name in _known(value)}
    names = [name for name, item in inside.items() if isinstance(item, float)]
    if not names:
        return "Give it a number first." if value is None else ""
    return f"Go on to one of: {', '.join('.'.join([*steps, name]) for name in names[:8])}."
