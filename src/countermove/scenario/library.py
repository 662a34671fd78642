"""The examples that come with the program.

Here: which there are, what each teaches, their text; a scenario by file or by name. Not here:
running one (``simulation``).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from countermove.foundation import ScenarioError, shown, suggestion
from countermove.scenario.files import load, loads
from countermove.scenario.scenario import Scenario

ENDING = ".yaml"
ENDINGS = (".yaml", ".yml", ".json")
EXPECTED = "a scenario file, or the name of a shipped example"


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
    """Names of the shipped examples, in alphabetical order.

    Examples
    --------
    >>> import countermove as cm
    >>> "two_drugs_together" in cm.examples()
    True
    """
    result = [item.name for item in _folder().iterdir() if item.name.endswith(ENDING)]
    return tuple(sorted(name.removesuffix(ENDING) for name in result))


def example(name: str) -> Scenario:
    """Return a shipped example as a scenario.

    Raises
    ------
    ScenarioError
        There is none of that name; the nearest is told.

    See Also
    --------
    countermove.scenario.library.example_files : its text, and the tables that belong to it.

    Examples
    --------
    >>> import countermove as cm
    >>> cm.example("bypass").name
    'Bypass: MET amplification, and a drug that blocks it'
    """
    return example_files(name).load()


def example_files(name: str) -> Example:
    """Return the files of a shipped example: its text and what belongs to it.

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


def scenario_of(source: Scenario | str | Path) -> Scenario:
    """Return a scenario as it is, or read it from a file, or by the name of a shipped example.

    A file comes first where both exist.

    Raises
    ------
    ScenarioError
        There is neither, and the nearest name is told; or the file is not a scenario.
    """
    if isinstance(source, Scenario):
        return source
    if not isinstance(source, str | Path):  # pyright: ignore
        raise ScenarioError("scenario", got=shown(source), expected=f"a Scenario, {EXPECTED}")
    name = str(source)
    if not Path(source).exists():
        if name in examples():
            return example(name)
        raise nothing_there(name)
    return load(source)


def nothing_there(source: str) -> ScenarioError:
    """Return the error that says which file or example may have been meant."""
    path = Path(source)
    with suppress(OSError):
        beside = [item.name for item in path.parent.iterdir() if item.suffix in ENDINGS]
        near = suggestion(path.name, beside) if beside else ""
        if near.startswith("Did"):
            return ScenarioError(source, got="no such file", expected=EXPECTED, remedy=near)
    near = suggestion(path.stem if path.suffix in ENDINGS else source, examples())
    if not near.startswith("Did"):
        near = "See them with: countermove examples."
    return ScenarioError(source, got="no such file", expected=EXPECTED, remedy=near)


def _folder() -> Traversable:
    return resources.files("countermove") / "examples"
