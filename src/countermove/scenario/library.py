"""The examples that come with the program.

Here: which there are, what each teaches, their text. Not here: running one (``simulation``).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from countermove.foundation import ScenarioError, shown, suggestion
from countermove.scenario.files import loads
from countermove.scenario.scenario import Scenario

ENDING = ".yaml"


@dataclass(frozen=True, slots=True)
class Example:
    """One shipped example.

    Attributes
    ----------
    name : what to call it by
    text : the file's text
    companions : text by file name of what belongs to it, such as a table to sweep over
    """

    name: str
    text: str
    companions: dict[str, str]

    def load(self) -> Scenario:
        """Read it as a scenario."""
        return loads(self.text)

    @property
    def teaches(self) -> str:
        """What it teaches: its description."""
        return " ".join(self.load().description.split())


def examples() -> tuple[str, ...]:
    """Names of the shipped examples, in alphabetical order."""
    found = [item.name for item in _folder().iterdir() if item.name.endswith(ENDING)]
    return tuple(sorted(name.removesuffix(ENDING) for name in found))


def example(name: str) -> Example:
    """Return a shipped example.

    Raises
    ------
    ScenarioError
        There is none of that name; the nearest is told.
    """
    known = examples()
    if name not in known:
        raise ScenarioError(
            "example",
            got=shown(name),
            expected="the name of a shipped example",
            remedy=suggestion(name, known),
        )
    folder = _folder()
    companions = {
        item.name: item.read_text(encoding="utf-8")
        for item in folder.iterdir()
        if Path(item.name).stem == name and not item.name.endswith(ENDING)
    }
    return Example(name, (folder / (name + ENDING)).read_text(encoding="utf-8"), companions)


def _folder() -> Traversable:
    return resources.files("countermove") / "examples"
