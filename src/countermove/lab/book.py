"""What the page reads: chapters, claims, the glossary, entries of the catalog.

Here: reading the chapters' files and telling what the package knows. Not here: simulating
(``work``), the page (``page``).
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any

from countermove.catalog import entry, entry_names
from countermove.evidence import claim, claims
from countermove.foundation import ScenarioError, shown
from countermove.scenario import Scenario, loads, read
from countermove.scenario.yaml_text import read_yaml

MARK = re.compile(r"\{claim:([a-z0-9-]+)\}")
NEEDED = ("number", "title", "question", "answer", "paragraphs", "scenario", "engine", "patients")
OPTIONAL = ("controls", "chart", "arms", "bench_patients", "faq", "game")
CONTROL = ("id", "label", "path", "min", "max", "step", "scale", "unit")


@cache
def chapters() -> list[dict[str, Any]]:
    """Return the chapters: what each says, the ids of its claims, the simulation it shows."""
    folder = resources.files("countermove.lab") / "chapters"
    files = sorted(item.name for item in folder.iterdir() if item.name.endswith(".yaml"))
    return [read_chapter(name, (folder / name).read_text(encoding="utf-8")) for name in files]


def read_chapter(file: str, text: str) -> dict[str, Any]:
    """Read one chapter.

    Raises
    ------
    ScenarioError
        A field is missing or not known, a claim is not in the ledger, a control has no such path.
    """
    given = read_yaml(text, file)
    if not isinstance(given, dict):
        raise ScenarioError(file, got=shown(given), expected="the fields of a chapter")
    for name in NEEDED:
        if name not in given:
            raise ScenarioError(f"{file}: {name}", got="nothing", expected="what a chapter has")
    for name in given:
        if name not in (*NEEDED, *OPTIONAL):
            raise ScenarioError(f"{file}: {name}", got=shown(name), expected="a known field")
    scenario = loads(given["scenario"])
    asked = [word for one in given.get("faq", ()) for word in (one["question"], one["answer"])]
    told = [*given["paragraphs"], given["answer"], given["question"], *asked]
    marks = list(dict.fromkeys(mark for text in told for mark in MARK.findall(text)))
    return {
        "id": file.removesuffix(".yaml").partition("-")[2],
        "number": given["number"],
        "title": given["title"],
        "claims": [claim(mark).id for mark in marks],
        "question": given["question"].strip(),
        "answer": given["answer"].strip(),
        "paragraphs": [text.strip() for text in given["paragraphs"]],
        "yaml": given["scenario"],
        "engine": given["engine"],
        "patients": given["patients"],
        "controls": [_control(one, scenario, file) for one in given.get("controls", ())],
        "chart": given.get("chart", "burden"),
        "arms": given.get("arms", []),
        "faq": given.get("faq", []),
        "game": bool(given.get("game")),
    }


def _control(given: dict[str, Any], scenario: Scenario, file: str) -> dict[str, Any]:
    where = f"{file}: controls.{given.get('id')}"
    for name in CONTROL:
        if name not in given:
            raise ScenarioError(f"{where}.{name}", got="nothing", expected="what a control has")
    value = read(scenario, given["path"])
    if not given["min"] <= value <= given["max"]:
        got, expected = shown(value), f"{given['min']} to {given['max']}, as the control has it"
        raise ScenarioError(f"{where}.value", got=got, expected=expected)
    return {**given, "value": value}


@cache
def glossary() -> list[dict[str, str]]:
    """Terms and what they mean."""
    text = (resources.files("countermove.lab") / "glossary.yaml").read_text(encoding="utf-8")
    given = read_yaml(text, "glossary.yaml")
    if not isinstance(given, dict):
        raise ScenarioError("glossary.yaml", got=shown(given), expected="terms and meanings")
    return [{"term": str(term), "meaning": str(meaning)} for term, meaning in given.items()]


@cache
def claims_told() -> list[dict[str, Any]]:
    """Return what is stated about biology, how surely, and from where."""
    return [
        {
            **{name: getattr(one, name) for name in ("id", "topic", "status", "plain", "science")},
            "sources": [{"label": str(source), "url": source.url} for source in one.sources],
        }
        for one in claims()
    ]


@cache
def catalog_told() -> list[dict[str, Any]]:
    """Entries of the catalog, in short."""
    return [
        {
            "name": one.name,
            "title": one.title,
            "sources": list(one.sources),
            "numbers": len(one.numbers),
        }
        for one in map(entry, entry_names())
    ]


def entry_told(name: str) -> dict[str, Any]:
    """One entry: its scenario, how it was read, and the numbers of the paper.

    Raises
    ------
    ScenarioError
        There is none of that name.
    """
    one = entry(name)
    return {
        "name": one.name,
        "title": one.title,
        "sources": list(one.sources),
        "yaml": one.text,
        "reading": one.reading,
        "numbers": [
            {
                "id": row.id,
                "says": row.says,
                "paper": row.value,
                "unit": row.unit,
                "place": row.place,
                "status": row.status,
                "tolerance": row.tolerance,
                "tier": row.tier,
                "computed": row.computed,
                "why": row.why,
            }
            for row in one.numbers
        ],
    }
