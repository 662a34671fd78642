"""From pydantic's list of complaints to one error in the house's shape.

Here: which complaint is told, its path in the user's file, and its words. Not here: the checks.
"""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from countermove.foundation import ScenarioError, shown, suggestion
from countermove.scenario.belongs import SHORT, where_it_belongs

CLOSE = 0.8  # so alike that a misspelling is likelier than a field in the wrong place
_KINDS = {
    "string_type": "text",
    "string_too_long": "a shorter text",
    "dict_type": "a mapping of names",
    "model_type": "a mapping of fields",
    "model_attributes_type": "a mapping of fields",
    "tuple_type": "a list",
    "too_long": "a shorter list",
    "too_short": "a longer list",
}


def first_error(error: ValidationError, model: type[BaseModel], document: object) -> ScenarioError:
    """Choose the complaint to tell: an unknown field first, because a misspelling explains others.

    Parameters
    ----------
    error
        What pydantic raised.
    model
        The model that was validated, where known fields are looked up.
    document
        What the user gave, against which paths are checked.
    """
    details = error.errors(include_url=False)
    unknown = [detail for detail in details if detail["type"] == "extra_forbidden"]
    detail = (unknown or details)[0]
    path = _in_file(detail["loc"], document)
    if detail["type"] == "extra_forbidden":
        return _unknown_field(path, detail, model)
    if detail["type"] == "missing":
        return ScenarioError(
            ".".join(path), got="nothing", expected=_description(model, detail["loc"])
        )
    return _complaint(path, detail, model, document)


def _fields_of(detail: ErrorDetails, model: type[BaseModel]) -> str:
    """Name the fields of the part that was given as something else."""
    part = _model_at(model, detail["loc"])
    return f"Its fields: {', '.join(part.model_fields)}." if part is not None else ""


def _complaint(
    path: list[str], detail: ErrorDetails, model: type[BaseModel], document: object
) -> ScenarioError:
    kind, context = detail["type"], detail.get("ctx", {})
    inner = context.get("error")
    if isinstance(inner, ScenarioError):
        where = ".".join(_existing([*path, *inner.where.split(".")], path, document))
        return type(inner)(where, got=inner.got, expected=inner.expected, remedy=inner.remedy)
    got = shown(detail["input"])
    if kind in ("literal_error", "union_tag_invalid"):
        tag = context.get("tag")
        if kind == "union_tag_invalid":
            path, got = [*path, "kind"], shown(tag)
        allowed = re.findall(r"'([^']*)'", str(context.get("expected") or context["expected_tags"]))
        given = tag if isinstance(tag, str) else detail["input"]
        remedy = suggestion(given, allowed) if isinstance(given, str) else ""
        if isinstance(given, str) and SHORT.get(given.casefold()) in allowed:
            remedy = f"Write '{SHORT[given.casefold()]}'."
        expected = ", ".join(allowed) if allowed else str(context.get("expected"))
        if remedy.startswith("Known"):
            remedy = ""
        return ScenarioError(".".join(path), got=got, expected=f"one of {expected}", remedy=remedy)
    if kind == "union_tag_not_found":
        return ScenarioError(
            ".".join([*path, "kind"]),
            got="nothing",
            expected="one of constant, pulsed, one_compartment, two_compartment, table",
        )
    remedy = _fields_of(detail, model) if kind.startswith("model_") else ""
    if kind == "dict_type":
        written = re.search(r"`(\{.*?\})`", _description(model, detail["loc"]))
        remedy = f"Write it as {written[1]}." if written else ""
        remedy += " Which of them are given is treatment.drugs." if path == ["drugs"] else ""
    if kind == "string_type" and isinstance(detail["input"], (bool, int, float)):
        remedy = "Write it in quotes."
    return ScenarioError(
        ".".join(path), got=got, expected=_KINDS.get(kind, detail["msg"].lower()), remedy=remedy
    )


def _in_file(location: Sequence[int | str], document: object) -> list[str]:
    """Drop what pydantic adds to a path: the chosen kind of a union, the mark of a key."""
    path: list[str] = []
    here: object = document
    for number, step in enumerate(location):
        last = number == len(location) - 1
        if step == "[key]" and last:
            break
        if isinstance(here, Mapping):
            inside = cast("Mapping[object, object]", here)
            if step not in inside and not last:
                if location[:1] == ("drugs",) and number == 3:
                    continue  # the kind of levels
                here = None
            elif step not in inside and location[:1] == ("drugs",) and number == 3 and last:
                continue
            else:
                here = inside.get(step)
            path.append(str(step))
        elif isinstance(here, (list, tuple)) and isinstance(step, int):
            items = cast("Sequence[object]", here)
            here = items[step] if step < len(items) else None
            path.append(str(step))
        else:
            break
    return path


def _existing(path: Iterable[str], least: list[str], document: object) -> list[str]:
    """Cut a path where a short form in the file (``levels: 3``) ends it."""
    kept: list[str] = []
    here: object = document
    for step in path:
        if not step:
            continue
        scalar = not isinstance(here, (Mapping, list, tuple)) and here is not None
        if scalar and len(kept) >= len(least):
            break
        kept.append(step)
        if isinstance(here, Mapping):
            here = cast("Mapping[str, object]", here).get(step)
        elif isinstance(here, (list, tuple)) and step.isdigit():
            items = cast("Sequence[object]", here)
            here = items[int(step)] if int(step) < len(items) else None
        else:
            here = None
    return kept


def _unknown_field(path: list[str], detail: ErrorDetails, model: type[BaseModel]) -> ScenarioError:
    parent = _model_at(model, detail["loc"][:-1])
    known = list(parent.model_fields) if parent is not None else []
    given = str(detail["loc"][-1])
    hint = suggestion(given, known)
    close = difflib.get_close_matches(given, known, n=1, cutoff=CLOSE)
    elsewhere = "" if close else where_it_belongs(given, path[:-1], model)
    near = hint.startswith("Did") and not elsewhere
    if re.match(r"[0-9]", given) and len(detail["loc"]) > 1:  # {birth: 0,14} is read as two fields
        return ScenarioError(
            ".".join(path),
            got=f"an unknown field {shown(given)}",
            expected="a known field",
            remedy="If it is what follows a decimal comma, write a point, as in 0.14.",
        )
    plain = near or elsewhere or not known
    return ScenarioError(
        ".".join(path),
        got=f"an unknown field {shown(given)}",
        expected="a known field" if plain else f"one of {', '.join(known)}",
        remedy=hint if near else elsewhere,
    )


def _description(model: type[BaseModel], location: Sequence[int | str]) -> str:
    parent = _model_at(model, location[:-1])
    field = parent.model_fields.get(str(location[-1])) if parent is not None else None
    text = (field.description or "") if field is not None else ""
    text = text.removesuffix(" Required.").strip().rstrip(".")
    return f"this field ({text})" if text else "this field"


def _model_at(model: type[BaseModel], location: Sequence[int | str]) -> type[BaseModel] | None:
    """Find the model that holds the fields at a location."""
    here: Any = model
    for step in location:
        if isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(str(step))
            here = field.annotation if field is not None else None
        else:
            here = _member(here, str(step))
        here = _bare(here)
        if here is None:
            return None
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None


def _bare(annotation: Any) -> Any:
    """Strip ``Annotated`` and ``| None``."""
    while typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        members = [arg for arg in typing.get_args(annotation) if arg is not type(None)]
        if len(members) == 1:
            return _bare(members[0])
    return annotation


def _member(annotation: Any, step: str) -> Any:
    """Go into a mapping, a list, or the kind of a union."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is dict:
        return arguments[1]
    if origin is tuple:
        return arguments[0]
    for candidate in arguments:
        fields = getattr(candidate, "model_fields", {})
        if "kind" in fields and step in typing.get_args(fields["kind"].annotation):
            return candidate
    return None
