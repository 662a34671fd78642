"""What a page asks for, as a scenario: read, kept within bounds, ready to run.

Here: text and settings to a Scenario; what the lab does not run (tables of patients, Python
functions, too large a cohort). Not here: the web (``app``), running (``work``).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import yaml

from countermove.foundation import ScenarioError, ScenarioWarning, shown
from countermove.lab.limits import (
    JOB_WORK,
    MOST_LESIONS,
    MOST_SETTINGS,
    MOST_TYPES,
    SCENARIO_BYTES,
)
from countermove.scenario import Scenario, loads, replace, to_document
from countermove.scenario.yaml_text import place_of, read_yaml

TEXT = "scenario.yaml"
YEAR = 365.25


class Asked(NamedTuple):
    """A scenario as asked for.

    Attributes
    ----------
    scenario : resolved
    text : YAML that says the same; the author's own words where nothing was changed
    notes : how numbers were read
    """

    scenario: Scenario
    text: str
    notes: list[str]


def asked(text: str, settings: Mapping[str, Any] | None = None) -> Asked:
    """Read a scenario and change some of its values.

    Raises
    ------
    ScenarioError
        It is no scenario, or one that the lab does not run; ``place`` says where in the text.
    """
    if len(text.encode()) > SCENARIO_BYTES:
        raise ScenarioError(
            TEXT,
            got=f"{len(text.encode()):,} bytes",
            expected=f"at most {SCENARIO_BYTES:,} bytes in the lab",
            remedy="Run it from the command line.",
        )
    refuse_foreign(read_yaml(text, TEXT), text)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ScenarioWarning)
        try:
            scenario = loads(text)
        except ScenarioError as error:
            if error.place is not None:
                error.place = error.place._replace(file=TEXT)
            error.where = TEXT if error.where == "text" else error.where
            raise
        if settings:
            scenario = replace(scenario, plain_settings(settings))
            refuse_foreign(to_document(scenario), "")
            text = dumped(scenario)
    return Asked(scenario, text, [str(one.message) for one in caught])


def dumped(scenario: Scenario) -> str:
    """Write the resolved scenario as YAML."""
    return yaml.safe_dump(to_document(scenario), sort_keys=False, allow_unicode=True, width=100)


def refuse_foreign(document: object, text: str) -> None:
    """Refuse what would read a file or run a function.

    Raises
    ------
    ScenarioError
        The document has a table of patients, or a policy that is a Python function.
    """
    if not isinstance(document, Mapping):
        return
    patients = document.get("patients")
    if isinstance(patients, Mapping) and "table" in patients:
        raise _placed(
            ScenarioError(
                "patients.table",
                got="a table of patients",
                expected="patients drawn by vary in the lab, which opens no files",
                remedy="Run it from the command line.",
            ),
            text,
        )
    for path, name, value in _fields(document, ""):
        if (name == "python" and not isinstance(value, Mapping)) or (
            name == "policy" and value == "python"
        ):
            raise _placed(
                ScenarioError(
                    path,
                    got="a Python function",
                    expected="a policy by name, or rules: the lab runs no code from a file",
                    remedy="Run it from the command line with --allow-python.",
                ),
                text,
            )


def _placed(error: ScenarioError, text: str) -> ScenarioError:
    error.place = place_of(text, error.where, TEXT) if text else None
    return error


def _fields(document: object, path: str) -> Iterator[tuple[str, str, object]]:
    pairs: Iterable[tuple[Any, Any]] = ()
    if isinstance(document, Mapping):
        pairs = document.items()
    elif isinstance(document, list):
        pairs = enumerate(document)
    for name, value in pairs:
        inside = f"{path}.{name}" if path else str(name)
        yield inside, str(name), value
        yield from _fields(value, inside)


def plain_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as `replace` takes them: numbers, words and lines of drugs, and no more.

    Raises
    ------
    ScenarioError
        There are too many, one is a mapping, or it names what the lab does not do.
    """
    if len(settings) > MOST_SETTINGS:
        raise ScenarioError(
            "settings", got=f"{len(settings)}", expected=f"at most {MOST_SETTINGS} settings"
        )
    for path, value in settings.items():
        items = value if isinstance(value, list) else [value]
        flat = [one for item in items for one in (item if isinstance(item, list) else [item])]
        if len(flat) > 100 or any(isinstance(one, Mapping | list) for one in flat):
            raise ScenarioError(
                str(path), got=shown(value), expected="a number, a word or a list of words"
            )
        steps = str(path).split(".")
        if "table" in steps or "python" in steps or "python" in flat:
            raise ScenarioError(
                str(path),
                got=shown(value),
                expected="a value the lab may set: it opens no files and runs no functions",
            )
    return dict(settings)


def lesions_of(scenario: Scenario) -> float:
    """Most lesions a patient is likely to have."""
    lesions = scenario.lesions
    if lesions is None:
        return 1.0
    number = getattr(lesions, "number", None)
    if number is None:
        return float(len(getattr(lesions, "each", ()) or ()) or 1)
    chances = number.chances()
    if chances is None:
        return number.poisson + 4.0 * math.sqrt(number.poisson) + 1.0
    return float(max(chances[0]))


def refuse_large(scenario: Scenario, patients: int, types: int) -> None:
    """Refuse what would keep a worker too long.

    Raises
    ------
    ScenarioError
        Too many types, lesions, or patients x lesions x years.
    """
    lesions = lesions_of(scenario)
    work = patients * lesions * scenario.follow_up / YEAR
    for where, got, most, what in (
        ("alterations", types, MOST_TYPES, "types of cells"),
        ("lesions.number", lesions, MOST_LESIONS, "lesions a patient"),
        ("patients.number", work, JOB_WORK, "patients x lesions x years"),
    ):
        if got > most:
            raise ScenarioError(
                where,
                got=f"{got:,.0f} {what}",
                expected=f"at most {most:,} in the lab",
                remedy="Run it from the command line.",
            )
