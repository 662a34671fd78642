"""One value of a scenario by its dotted path: ``tumor.birth``, ``drugs.A.levels.dose``.

Here: reading and replacing, which sweeps, priors and sliders all use. Not here: files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel

from countermove.foundation import ScenarioError, shown, suggestion
from countermove.scenario.files import checked, to_document
from countermove.scenario.library import scenario_of
from countermove.scenario.scenario import Scenario
from countermove.scenario.treatment import OF_ONE_POLICY


def read(scenario: Scenario | str | Path, path: str) -> Any:
    """Return what is at a dotted path, numbers in base units.

    Parameters
    ----------
    scenario
        A scenario, a file of one, or the name of a shipped example.
    path
        As ``tumor.birth``.

    Raises
    ------
    ScenarioError
        There is nothing of that name; the nearest known name is told.

    Examples
    --------
    >>> import countermove as cm
    >>> cm.read("two_drugs_together", "drugs.A.kill")
    0.04
    """
    here: Any = scenario_of(scenario)
    steps = _steps(path)
    for number, step in enumerate(steps):
        here = _inside(here, step, ".".join(steps[: number + 1]))
    return here


def replace(scenario: Scenario | str | Path, values: Mapping[str, object]) -> Scenario:
    """Return the scenario with some values replaced, checked as if it were read from a file.

    Parameters
    ----------
    scenario
        A scenario, a file of one, or the name of a shipped example; it stays as it is.
    values
        New value for each dotted path, with or without a unit word; None takes a field out. With
        another ``treatment.policy`` the fields that only the old one used go.

    Warns
    -----
    ScenarioWarning
        A new value may have been meant otherwise, such as a follow-up without a unit.

    Raises
    ------
    ScenarioError
        There is nothing of that name, or the new scenario is not valid.

    Examples
    --------
    >>> import countermove as cm
    >>> in_turn = {"treatment.policy": "sequential", "treatment.drugs": ["A", "B"]}
    >>> cm.replace("two_drugs_together", in_turn)
    <Scenario 'Two drugs together': 2 drugs, 2 alterations, sequential (A, B), 6 years>
    """
    scenario = scenario_of(scenario)
    document = to_document(scenario)
    if "tumor.doubling_time" in values and not {"tumor.birth", "tumor.death"} & set(values):
        document["tumor"].pop("birth")  # death stays, birth follows
    if values.get("treatment.policy", scenario.treatment.policy) != scenario.treatment.policy:
        for name in OF_ONE_POLICY:  # another policy has no use for them
            document["treatment"].pop(name, None)
    for path, value in values.items():
        _put(document, scenario, _steps(path), value)
    return checked(document, news=values)


def _steps(path: object) -> list[str]:
    if not isinstance(path, str) or not path or len(path) > 1000:
        raise ScenarioError("path", got=shown(path), expected="a dotted path such as tumor.birth")
    return path.split(".")


def _inside(here: object, step: str, where: str) -> Any:
    """Go one step down, or raise with the nearest known name."""
    known: Iterable[str] = ()
    if isinstance(here, BaseModel):
        known = type(here).model_fields
        if step in known:
            return getattr(here, step)
    elif isinstance(here, dict):
        inside = cast("dict[str, object]", here)
        known = inside
        if step in inside:
            return inside[step]
    elif isinstance(here, tuple):
        items = cast("tuple[object, ...]", here)
        known = [str(number) for number in range(len(items))]
        if step in known:
            return items[int(step)]
    got = f"no '{step[:60]}' there" if known else "a path past a single value"
    raise ScenarioError(
        where, got=got, expected="the path of a value", remedy=suggestion(step, known)
    )


def _put(document: dict[str, Any], scenario: Scenario, steps: list[str], value: object) -> None:
    """Set one value in the document, walking the scenario beside it."""
    here: Any = document
    beside: Any = scenario
    for number, step in enumerate(steps[:-1]):
        where = ".".join(steps[: number + 1])
        beside = _inside(beside, step, where) if beside is not None else None
        if isinstance(here, list):
            here = cast("list[Any]", here)[int(step)]
            continue
        inside = cast("dict[str, Any]", here)
        if inside.get(step) is None:
            inside[step] = {}
        here = inside[step]
    last, where = steps[-1], ".".join(steps)
    if isinstance(here, list):
        _inside(beside, last, where)
        cast("list[Any]", here)[int(last)] = value
    elif isinstance(here, dict):
        if not _may_be_new(beside, last):
            _inside(beside, last, where)
        fields = cast("dict[str, Any]", here)
        if value is None:
            fields.pop(last, None)
        else:
            fields[last] = value
    else:
        _inside(beside, last, where)


def _may_be_new(beside: object, step: str) -> bool:
    """Whether a name that is not there yet may be set.

    Parts of a part that was left out may, and numbers by name (shares, interactions), whose names
    are checked afterwards; a drug or a state is never made by a path.
    """
    if beside is None:
        return True
    if isinstance(beside, dict):
        content = cast("dict[str, object]", beside)
        return not any(isinstance(item, BaseModel) for item in content.values())
    return False
