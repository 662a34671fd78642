"""What the commands share in reading a scenario and what changes in it.

Here: a file or the name of a shipped example, ``--set``. Not here: sweeps (``sweep``).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from countermove.command_line.notes import noting
from countermove.foundation import ScenarioError, shown
from countermove.scenario import Scenario, load, replace
from countermove.scenario.library import example, examples
from countermove.scenario.yaml_text import read_yaml


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
    with noting(source if named else ""):
        scenario = example(source).load() if shipped else load(source)
        values = dict(_change(text) for text in changes)
        return replace(scenario, values) if values else scenario


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
