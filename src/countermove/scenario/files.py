"""From a file to a Scenario, and back to a document.

Here: reading YAML and JSON within bounds, the order of the checks, the resolved long form, the JSON
Schema. Not here: what a field means (one file per thing), reading one number (``paths``).
"""

from __future__ import annotations

import json
import numbers
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NoReturn, cast

from pydantic import ValidationError

from countermove.foundation import ScenarioError, shown, warn_reader
from countermove.foundation.documents import document_hash
from countermove.scenario.consistency import check_consistency
from countermove.scenario.not_yet import refuse_not_yet
from countermove.scenario.population import beside
from countermove.scenario.readings import doubtful_plans, doubtful_readings
from countermove.scenario.references import check_references
from countermove.scenario.scenario import Scenario
from countermove.scenario.seeing import check_seeing, check_sizes
from countermove.scenario.translate import first_error
from countermove.scenario.tumor import density_of
from countermove.scenario.yaml_text import DEEPEST, MOST_NODES, place_of, read_yaml

LARGEST_FILE = 5_000_000
Format = Literal["yaml", "json"]


def load(path: str | os.PathLike[str]) -> Scenario:
    """Read a scenario from a YAML or JSON file (by its ending; anything but .json is YAML).

    A table of patients with a relative path is looked for beside the file, then in the working
    directory; the scenario has its path in full.

    Warns
    -----
    ScenarioWarning
        A number may have been meant otherwise, such as a follow-up without a unit.

    Raises
    ------
    ScenarioError
        There is no such file, it is not a scenario, or the scenario is not consistent.
    NotYetError
        The scenario asks for what this version does not do.

    Examples
    --------
    >>> import countermove as cm
    >>> from pathlib import Path
    >>> from countermove.scenario.library import example_files
    >>> _ = Path("bypass.yaml").write_text(example_files("bypass").text, encoding="utf-8")
    >>> cm.load("bypass.yaml") == cm.example("bypass")
    True
    """
    name = shown(str(path)).strip("'\"")
    try:
        file = Path(path)
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            raise ScenarioError(name, got=kind, expected="a scenario file")
        if status.st_size > LARGEST_FILE:
            _refuse_size(name, status.st_size)
        with file.open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        from countermove.scenario.library import examples

        remedy = f"The example of that name: example('{name}')." if name in examples() else ""
        if "\n" in str(path):
            remedy = "The text of a scenario is read by loads."
        raise ScenarioError(
            name, got="no such file", expected="a scenario file", remedy=remedy
        ) from None
    except OSError as error:
        raise ScenarioError(
            name, got=f"a file that cannot be read ({error.strerror})", expected="a scenario file"
        ) from None
    except (ValueError, TypeError) as error:
        if isinstance(error, ScenarioError):
            raise
        raise ScenarioError(
            name, got="a path that cannot be", expected="the path of a scenario file"
        ) from None
    ending = file.suffix.lower()
    return _read(content, "json" if ending == ".json" else "yaml", file.name, file.parent)


def loads(text: str | bytes, format: Format = "yaml") -> Scenario:
    """Read a scenario from text.

    Warns
    -----
    ScenarioWarning
        A number may have been meant otherwise, such as a follow-up without a unit.

    Raises
    ------
    ScenarioError
        The text is not a scenario, or the scenario is not consistent.
    NotYetError
        The scenario asks for what this version does not do.

    Examples
    --------
    >>> import countermove as cm
    >>> text = '''
    ... countermove: 1
    ... name: One drug
    ... tumor: {birth: 0.14 /day, death: 0.13 /day, diagnosed_at: 1e9 cells}
    ... drugs: {A: {kill: 0.04 /day}}
    ... treatment: {policy: continuous, drugs: [A]}
    ... follow_up: 3 years
    ... '''
    >>> cm.loads(text)
    <Scenario 'One drug': 1 drug, 0 alterations, continuous (A), 3 years>
    """
    if format not in ("yaml", "json"):
        raise ScenarioError("format", got=shown(format), expected="yaml or json")
    return _read(text, format, "text")


def _refuse_size(where: str, size: int) -> NoReturn:
    raise ScenarioError(
        where,
        got=f"{size / 1e6:,.0f} MB",
        expected=f"a scenario of at most {LARGEST_FILE / 1e6:.0f} MB",
        remedy="Is this the right file?",
    )


def _read(content: str | bytes, format: Format, where: str, folder: Path | None = None) -> Scenario:
    if len(content) > LARGEST_FILE:
        _refuse_size(where, len(content))
    if isinstance(content, bytes):
        try:
            content = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ScenarioError(
                where,
                got="bytes that are not text",
                expected="a scenario in YAML or JSON, in UTF-8",
                remedy="Is this the right file?",
            ) from None
    document = _read_json(content, where) if format == "json" else read_yaml(content, where)
    if not isinstance(document, dict):
        got = "an empty file" if document is None else shown(document)
        raise ScenarioError(
            where,
            got=got,
            expected="a scenario: fields such as 'tumor:', 'drugs:', 'treatment:'",
        )
    try:
        result = cast("dict[str, object]", document)
        return from_document(result if folder is None else beside(result, folder))
    except ScenarioError as error:
        error.place = place_of(content, error.where, where)
        raise


def _read_json(text: str, where: str) -> object:
    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        result: dict[str, object] = {}
        for name, value in items:
            if name in result:
                raise ScenarioError(
                    where, got=f"{shown(name)} a second time", expected="each name once"
                )
            result[name] = value
        return result

    try:
        return json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        raise ScenarioError(
            f"{where}, line {error.lineno}, column {error.colno}",
            got=f"text that is not JSON ({error.msg.lower()})",
            expected="a scenario in JSON",
        ) from None
    except RecursionError:
        raise ScenarioError(
            where, got=f"more than {DEEPEST} levels", expected="less nesting"
        ) from None
    except ScenarioError:
        raise
    except ValueError:
        raise ScenarioError(
            where, got="a number of thousands of digits", expected="a scenario in JSON"
        ) from None


def from_document(document: Mapping[str, object]) -> Scenario:
    """Make a scenario from nested dicts and lists, as a YAML reader returns them.

    Warns
    -----
    ScenarioWarning
        A number may have been meant otherwise, such as a follow-up without a unit. The long form
        that `to_document` writes says all it means and is read without a word.

    Raises
    ------
    ScenarioError
        It is not a scenario, or the scenario is not consistent.
    NotYetError
        The scenario asks for what this version does not do.

    Examples
    --------
    >>> import countermove as cm
    >>> document = cm.to_document(cm.example("bypass"))
    >>> cm.from_document({**document, "name": "Renamed"}).name
    'Renamed'
    """
    return checked(document)


def checked(document: Mapping[str, object], news: Iterable[str] | None = None) -> Scenario:
    """Make a scenario as `from_document` does; warn only of what is at or below the paths given."""
    plain, scenario = _parsed(document)
    first = news is not None or plain != to_document(scenario)
    for doubt in doubtful_readings(plain, scenario, news) if first else ():
        warn_reader(doubt)
    refuse_not_yet(scenario)
    check_references(scenario)
    check_consistency(scenario)
    check_seeing(scenario)
    check_sizes(plain, scenario)
    _check_next(scenario)
    for doubt in doubtful_plans(scenario, news) if first else ():
        warn_reader(doubt)
    return scenario


def _check_next(scenario: Scenario) -> None:
    """Check the treatment that follows at progression as if it were the first."""
    later = scenario.after_progression
    if later is None:
        return
    try:
        check_consistency(later)
        check_seeing(later)
    except ScenarioError as error:
        if not error.where.startswith("treatment."):
            raise
        where = error.where.replace("treatment.", "treatment.at_progression.", 1)
        raise ScenarioError(
            where, got=error.got, expected=error.expected, remedy=error.remedy
        ) from None


def parse_document(document: Mapping[str, object]) -> Scenario:
    """Make a scenario field by field, without asking whether the parts fit together."""
    return _parsed(document)[1]


def _parsed(document: Mapping[str, object]) -> tuple[dict[str, object], Scenario]:
    """Return the document as plain values, and the scenario it makes field by field."""
    plain = cast("dict[str, object]", _Plain().copy(document, (), 0))
    try:
        return plain, Scenario.model_validate(plain, context=density_of(plain.get("tumor")))
    except ValidationError as error:
        problem = first_error(error, Scenario, plain)
    raise problem


class _Plain:
    """Copies of nested values as plain dicts, lists and scalars, within bounds."""

    def __init__(self) -> None:
        self.nodes = 0

    def copy(self, value: object, path: tuple[str, ...], depth: int) -> object:
        """Copy one value; ``True`` and ``False`` as names are YAML 1.1's ``on`` and ``off``."""
        self.nodes += 1
        where = ".".join(path)
        if depth > DEEPEST or self.nodes > MOST_NODES:
            raise ScenarioError(
                where, got=f"more than {DEEPEST} levels or {MOST_NODES} values", expected="less"
            )
        if isinstance(value, Mapping):
            copied: dict[str, object] = {}
            for key, item in cast("Mapping[object, object]", value).items():
                name = _key(key, where)
                if name in copied:
                    raise ScenarioError(
                        where, got=f"{shown(name)} a second time", expected="each name once"
                    )
                copied[name] = self.copy(item, (*path, name[:80]), depth + 1)
            return copied
        if isinstance(value, (list, tuple)):
            items = cast("list[object]", value)
            return [
                self.copy(item, (*path, str(number)), depth + 1)
                for number, item in enumerate(items)
            ]
        return _scalar(value, where)


def _key(key: object, where: str) -> str:
    if isinstance(key, bool):
        return "on" if key else "off"
    if isinstance(key, str):
        return str(key)
    raise ScenarioError(
        where, got=f"{shown(key)} as a name", expected="text", remedy="Write it in quotes."
    )


def _scalar(value: object, where: str) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    raise ScenarioError(
        where,
        got=f"a value of type {type(value).__name__}",
        expected="text, a number, true or false, a list or a mapping",
    )


def to_document(scenario: Scenario) -> dict[str, Any]:
    """Write the resolved long form, every default and unit included; it loads to the same scenario.

    Fields without a value are left out.

    Examples
    --------
    >>> import countermove as cm
    >>> cm.to_document(cm.example("two_drugs_together"))["tumor"]["birth"]
    '0.14 /day'
    """
    return scenario.model_dump(mode="json", exclude_none=True)


def scenario_hash(scenario: Scenario) -> str:
    """SHA-256 of the resolved long form, in hexadecimal, wherever a table of patients lies.

    The order of names counts, because it fixes the order of types and so the draws of a run.
    """
    return document_hash(to_document(scenario))


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a scenario file, short forms and unit words included.

    Examples
    --------
    >>> import countermove as cm
    >>> cm.json_schema()["title"]
    'Scenario'
    """
    schema = Scenario.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
