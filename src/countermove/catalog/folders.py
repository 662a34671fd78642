"""Entries of the catalog: a folder of four files each.

Here: which there are, and reading one. Not here: fields of a number (``catalog.fields``),
recomputing (``catalog.verdicts``).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from countermove.catalog.fields import Reported, reported, wrong
from countermove.foundation import ScenarioError, ScenarioWarning, parse_citation, shown, suggestion
from countermove.scenario import Scenario, loads, replace
from countermove.scenario.yaml_text import read_yaml

HEAD = ("title", "sources", "numbers", "figure")
FILES = ("scenario.yaml", "reported.yaml", "reading.md", "check.py")
AXES = ("x", "y", "log")


@dataclass(frozen=True, slots=True)
class Question:
    """What an entry's check is asked: everything but the published number.

    Attributes
    ----------
    id : of the number
    ask : the word of ``reported.yaml`` that says what is to be computed
    scenario : of the entry, with this number's settings
    """

    id: str
    ask: str
    scenario: Scenario


Check = Callable[[Sequence[Question], bool], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A published result.

    Attributes
    ----------
    name : of its folder
    title, sources : for people; each source is a DOI or PMID
    numbers : what the paper reports
    figure : names of the axes ``x`` and ``y``, and which of them are logarithmic; empty where
        the figure is of deviations
    text : the scenario, as a file to start from
    reading : where each parameter was read, and what differs; Markdown
    """

    name: str
    title: str
    sources: tuple[str, ...]
    numbers: tuple[Reported, ...]
    figure: Mapping[str, Any]
    text: str
    reading: str

    def scenario(self) -> Scenario:
        """Return the scenario, as it stands in the file."""
        with _meant():
            return loads(self.text)

    def questions(self, *, full: bool) -> list[Question]:
        """Return what is to be computed: each number that an engine can give, in this tier."""
        scenario = self.scenario()
        with _meant():
            return [
                Question(own.id, own.ask, replace(scenario, own.changes))
                for own in self.numbers
                if own.computed and (full or own.tier == "quick")
            ]

    def check(self) -> Check:
        """Return the function that recomputes, ``numbers`` of the entry's ``check.py``."""
        return import_module(f"countermove.catalog.entries.{self.name}.check").numbers


def entry_names() -> tuple[str, ...]:
    """Names of the entries, in alphabetical order.

    A folder with any file of an entry is one, so that none is passed over for what it lacks.
    """
    return names_in(resources.files("countermove.catalog") / "entries")


def names_in(folder: Traversable | Path) -> tuple[str, ...]:
    """Names of the entries in a folder."""
    inside = [one for one in folder.iterdir() if one.is_dir()]
    return tuple(sorted(o.name for o in inside if any((o / file).is_file() for file in FILES)))


def entry(name: str) -> Entry:
    """Return the entry of a name.

    Raises
    ------
    ScenarioError
        There is none of that name; the nearest is told.
    """
    known = entry_names()
    if name not in known:
        raise ScenarioError(
            "entry",
            got=shown(name),
            expected="the name of an entry",
            remedy=suggestion(name, known),
        )
    return read_entry(resources.files("countermove.catalog") / "entries" / name)


def read_entry(folder: Traversable | Path) -> Entry:
    """Read an entry's folder.

    Raises
    ------
    ScenarioError
        A file or a field is missing or wrong; the number and the field are named.
    """
    name = folder.name
    texts = {}
    for file in FILES:
        if not (folder / file).is_file():
            raise wrong(f"{name}/{file}", "no such file", "one of the four files", "", ())
        texts[file] = (folder / file).read_text(encoding="utf-8")
    where = f"{name}/reported.yaml"
    head = read_yaml(texts["reported.yaml"], where)
    if not isinstance(head, Mapping):
        raise wrong(where, shown(head), "title, sources and numbers", "", ())
    for field in head:
        if field not in HEAD:
            raise wrong(f"{where}: {field}", "an unknown field", "a field", field, HEAD)
    title, sources = head.get("title"), head.get("sources")
    if not isinstance(title, str) or not title:
        raise wrong(f"{where}: title", shown(title), "a title", "", ())
    if not isinstance(sources, list) or not sources:
        raise wrong(f"{where}: sources", shown(sources), "a list of DOIs or PMIDs", "", ())
    cited = [str(parse_citation(source, f"{where}: sources")).casefold() for source in sources]
    if len(set(cited)) < len(cited):
        raise wrong(f"{where}: sources", "a source twice", "each once", "", ())
    axes = _axes(head.get("figure"), f"{where}: figure")
    rows = tuple(reported(row, f"{where}: numbers") for row in _rows(head.get("numbers"), where))
    _unique(rows, where)
    with _meant():
        loads(texts["scenario.yaml"])
    return Entry(
        name, title, tuple(sources), rows, axes, texts["scenario.yaml"], texts["reading.md"]
    )


def _axes(given: object, where: str) -> Mapping[str, Any]:
    """Names of the axes, and which of them are logarithmic."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise wrong(where, shown(given), "names of the axes x and y", "", ())
    for field, content in given.items():
        if field not in AXES:
            raise wrong(f"{where}.{field}", "an unknown field", "a field", field, AXES)
        if field != "log" and not isinstance(content, str):
            raise wrong(f"{where}.{field}", shown(content), "the name of an axis", "", ())
    log = given.get("log", [])
    if not isinstance(log, list) or any(axis not in ("x", "y") for axis in log):
        raise wrong(f"{where}.log", shown(log), "a list of x, y or both", "", ())
    return given


@contextmanager
def _meant() -> Iterator[None]:
    """Say nothing about how numbers are read: those of an entry are meant so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScenarioWarning)
        yield


def _rows(given: object, where: str) -> list[Mapping[str, Any]]:
    """Rows one by one; a row that has ``rows`` shares its other fields with them."""
    if not isinstance(given, list) or not given:
        raise wrong(f"{where}: numbers", shown(given), "a list of numbers", "", ())
    result: list[Mapping[str, Any]] = []
    for row in given:
        if not isinstance(row, Mapping):
            raise wrong(f"{where}: numbers", shown(row), "a mapping of fields", "", ())
        if "rows" not in row:
            result.append(row)
            continue
        shared = {name: value for name, value in row.items() if name != "rows"}
        for own in _rows(row["rows"], where):
            both = {**shared, **own}
            if "set" in shared and "set" in own:
                both["set"] = {**shared["set"], **own["set"]}
            result.append(both)
    return result


def _unique(rows: Sequence[Reported], where: str) -> None:
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            raise wrong(f"{where}: numbers.{row.id}", "two numbers", "one of a name", "", ())
        seen.add(row.id)
