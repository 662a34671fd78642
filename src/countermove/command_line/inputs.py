"""What the commands share in reading a scenario and what changes in it.

Here: a file or the name of a shipped example, ``--set``. Not here: sweeps (``sweep``).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import click

from countermove.command_line.notes import noting
from countermove.foundation import CountermoveError, ScenarioError, shown
from countermove.scenario import Scenario, load, replace
from countermove.scenario.library import example, example_files, examples, nothing_there
from countermove.scenario.yaml_text import place_of, read_yaml

SOURCE = "countermove.source"  # what the command reads, for errors that come later
OWN = ("patients", "seed", "engine")  # fields that have options of their own


def scenario_of(source: str, changes: Iterable[str] = (), *, named: bool = False) -> Scenario:
    """Read a scenario, with ``path=value`` changes; notes on how it was read are said.

    Parameters
    ----------
    source
        A file, or the name of a shipped example where there is no such file.
    changes
        Each ``tumor.birth=0.2 /day``; ``null`` takes a field out.
    named
        Whether notes name the file.

    Raises
    ------
    ScenarioError
        It cannot be read, or a change does not fit.
    """
    shipped = not Path(source).exists() and source in examples()
    if not shipped and not Path(source).exists():
        raise nothing_there(source)
    with noting(source if named else ""):
        scenario = example(source) if shipped else load(source)
        values = dict(_change(text) for text in changes)
        if not shipped and not values:
            context = click.get_current_context()
            if not context.params.get("sweeps"):
                options = [name for name in OWN if context.params.get(name) is not None]
                context.meta[SOURCE] = (source, options)
        return replace(scenario, values) if values else scenario


def text_of(source: str) -> str:
    """Text of a scenario as its author wrote it; empty for JSON, which holds no comments."""
    if not Path(source).exists():
        return example_files(source).text
    if Path(source).suffix.lower() == ".json":
        return ""
    return Path(source).read_text(encoding="utf-8-sig")


def find_place(error: CountermoveError, source: str, changed: Iterable[str]) -> None:
    """Give an error of a field its place in the file, unless an option set that field.

    Where ``--set`` or a sweep changed anything the place is not looked for: what they set may be
    the cause.

    Parameters
    ----------
    error
        Raised after the file was read.
    source
        The file.
    changed
        Paths that options of their own set, such as ``--seed``.
    """
    if not isinstance(error, ScenarioError) or error.place is not None:
        return
    if any(f"{error.where}.".startswith(f"{path}.") for path in changed):
        return
    with suppress(OSError, UnicodeDecodeError):
        text = Path(source).read_text(encoding="utf-8-sig")
        result = place_of(text, error.where, Path(source).name)
        whole = place_of(text, "", Path(source).name)
        error.place = result if result != whole else None  # not a field of the file


def assignment(text: str, option: str) -> tuple[str, str]:
    """Split ``path=value``."""
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise ScenarioError(
            option, got=shown(text), expected="path=value, as tumor.birth='0.2 /day'"
        )
    return path.strip(), value.strip()


def _change(text: str) -> tuple[str, object]:
    path, value = assignment(text, "--set")
    return path, read_yaml(value, path)


def refuse_twice(said: Iterable[tuple[str, str]]) -> None:
    """Refuse a command that sets one value in two ways, of which only one could count.

    Parameters
    ----------
    said
        (option, path) for each value that is set.

    Raises
    ------
    ScenarioError
        Two paths are the same, or one lies within the other.
    """
    before: list[tuple[str, str]] = []
    for option, path in said:
        for other, known in before:
            if path == known or f"{path}.".startswith(f"{known}.") or known.startswith(f"{path}."):
                raise ScenarioError(
                    option,
                    got=f"{path}, which {other} sets too"
                    + ("" if path == known else f" (as {known})"),
                    expected="each value set once in a command",
                    remedy="Leave one of them out.",
                )
        before.append((option, path))


def stem_of(source: str) -> str:
    """Name for what is made from a scenario."""
    return Path(source).stem or "scenario"
