"""Which folder a command's results go to.

Here: the default name, and another one where that holds another run. Not here: what is in a run's
folder (``results.run_folder``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal

from countermove.command_line.notes import note
from countermove.results.run_folder import RunFolder

State = Literal["same", "free", "other"]


@dataclass(frozen=True, slots=True)
class Out:
    """Where results are to go.

    Attributes
    ----------
    name : as given, or by default
    given : whether it was given
    replace : whether another run may lose its place
    """

    name: str
    given: bool
    replace: bool


def choose_folder(out: Out, state: Callable[[Path], State]) -> Path:
    """Return the folder to use: another by default where the first holds another run.

    Parameters
    ----------
    out
        What is asked for.
    state
        Whether a folder holds the same run, no run, or another one.
    """
    first = Path(out.name)
    if out.given or out.replace or state(first) != "other":
        return first
    free: Path | None = None
    for number in count(2):
        path = first.with_name(f"{first.name}-{number}")
        result = state(path)
        if free is None and result == "free":
            free = path
        if result == "same" or not path.exists():
            chosen = path if result == "same" or free is None else free
            note(f"{first} holds another run, so this one goes to {chosen}.")
            return chosen
    raise AssertionError("counting never ends")


def state_of_run(path: Path, run: str) -> State:
    """Whether a folder holds this run, finished or begun, none, or another."""
    folder = RunFolder(path)
    result = {folder.holds(), folder.begun()} - {None}
    if folder.holds_sweep() or result - {run}:
        return "other"
    return "same" if result else "free"
