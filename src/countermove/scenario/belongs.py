"""Where a field that stands in the wrong place belongs.

Here: the search for a field's name among all parts of a scenario, and the words that others use
for a field. Not here: the complaint (``translate``), misspelt names (``foundation.errors``).
"""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

MOST_TOLD = 3
EVERYWHERE = frozenset({"kind", "name", "number"})  # say nothing of where they belong
LIST = "[]"  # a step into a list
OTHER_WORDS = {  # used elsewhere -> what a scenario says
    "carrying_capacity": "tumor.growth.capacity",
    "duration": "follow_up",
    "eligibility": "patients.eligible",
    "enrollment": "trial.accrual",
    "enrolment": "trial.accrual",
    "fitness_cost": "alterations.NAME.cost",
    "growth_rate": "tumor.birth and tumor.death, or tumor.doubling_time",
    "inclusion": "patients.eligible",
    "initial_size": "tumor.diagnosed_at",
    "interim": "trial.looks",
    "mutation_rate": "alterations.NAME.rate",
    "n": "patients",
    "n_patients": "patients",
    "randomization": "trial.allocation",
    "recruitment": "trial.accrual",
    "sample_size": "trial.patients",
    "schedule": "treatment.policy",
    "size": "tumor.diagnosed_at",
    "t_end": "follow_up",
    "tspan": "follow_up",
    "t_max": "follow_up",
    "time": "follow_up",
    "trial.n": "trial.patients",  # in a trial alone
    "trial.ratio": "trial.allocation",
}
SHORT = {  # as reports write it -> a value that a scenario takes
    "itt": "all",
    "obf": "obrien_fleming",
    "os": "overall_survival",
    "pfs": "progression_free_survival",
    "pfs2": "progression_free_survival_2",
    "ttp": "time_to_progression",
}


def where_it_belongs(field: str, at: list[str], model: type[BaseModel]) -> str:
    """Name the places where a scenario has a field, those below the given one first.

    Parameters
    ----------
    field
        What was given.
    at
        Path of the part that it stands in, in the user's file.
    model
        The whole.

    Returns
    -------
    A sentence ready to be a remedy; empty where no part has it, or the name says nothing.
    """
    other = OTHER_WORDS.get(".".join([*at, field.lower()])) or OTHER_WORDS.get(field.lower())
    if other:
        path = tuple(other.split("."))
        return f"The word for it is {'.'.join(_named_as((path, ''), at)[0])}."
    if field in EVERYWHERE:
        return ""
    result = [_named_as(home, at) for home in dict.fromkeys(_homes(field, (), model, ()))]
    result = [home for home in result if LIST not in home[0]]
    chosen = [home for home in result if home[0][: len(at)] == at] or result
    places: dict[str, list[str]] = {}
    for path, kind in chosen:
        places.setdefault(".".join([*path, field]), []).extend([kind] if kind else [])
    told = [
        place + (f" (kind: {' or '.join(kinds)})" if kinds else "")
        for place, kinds in places.items()
    ]
    return f"Its place is {' or '.join(told)}." if 0 < len(told) <= MOST_TOLD else ""


def _named_as(home: tuple[tuple[str, ...], str], at: list[str]) -> tuple[list[str], str]:
    """Put the names that the user gave for NAME."""
    path, kind = list(home[0]), home[1]
    for number, own in enumerate(at[: len(path)]):
        if path[number] not in (own, "NAME"):
            break
        path[number] = own
    return path, kind


def _homes(
    field: str, path: tuple[str, ...], annotation: Any, inside: tuple[object, ...], kind: str = ""
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield path and kind of every part that has the field; ``inside`` holds the parts above."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation in inside:
            return
        if field in annotation.model_fields:
            yield path, kind
        for name, own in annotation.model_fields.items():
            yield from _homes(field, (*path, name), own.annotation, (*inside, annotation))
        return
    origin, members = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is dict:
        yield from _homes(field, (*path, "NAME"), members[1], inside)
    elif origin is typing.Annotated:
        yield from _homes(field, path, members[0], inside)
    elif origin is tuple:
        yield from _homes(field, (*path, LIST), members[0], inside)
    elif members:
        kinds = [member for member in members if "kind" in getattr(member, "model_fields", {})]
        for member in members:
            word = _kind(member) if len(kinds) > 1 else ""
            yield from _homes(field, path, member, inside, word)


def _kind(member: Any) -> str:
    own = getattr(member, "model_fields", {}).get("kind")
    return " or ".join(typing.get_args(own.annotation)) if own is not None else ""
