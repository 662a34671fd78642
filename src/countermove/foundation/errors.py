"""Errors written to people, all in one shape: where, what was given, what was expected, a remedy.

Here: the exception classes, the warning of how a value was read, how a value is shown in a message,
and the nearest known name. Not here: when to raise them.
"""

from __future__ import annotations

import difflib
import math
import sys
import warnings
from collections.abc import Iterable
from typing import NamedTuple

LONGEST_SHOWN = 60
LONGEST_PATH = 300
LONGEST_SAID = 800
SHORTER = 4  # digits: a number of fewer than 12 with noise in the 16th and 17th


class CountermoveError(Exception):
    """Anything countermove refuses or cannot do; the one class to catch."""


class Place(NamedTuple):
    """Where in a file something stands; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, column {self.column}"


class _ShapedError(CountermoveError):
    """An error in the one shape, as the module says.

    Parameters
    ----------
    where
        Dotted path in the user's file, or the file, folder or argument at fault.
    got
        What was given, already written for a reader.
    expected
        What would have been right.
    remedy
        What to do about it; may be empty.

    Attributes
    ----------
    place
        Where in the user's file it stands, if that is known; put before ``where`` in the message.
    """

    place: Place | None = None

    def __init__(self, where: str, *, got: str, expected: str, remedy: str = "") -> None:
        self.where = where = _printable(where, LONGEST_PATH)
        self.got = got = _printable(got, LONGEST_SAID)
        self.expected = expected = _printable(expected, LONGEST_SAID)
        self.remedy = remedy = _printable(remedy, LONGEST_SAID)
        super().__init__(where, got, expected, remedy)

    def __str__(self) -> str:
        start = f"{self.where}: " if self.where else ""
        if self.place is not None:
            start = f"{_printable(str(self.place), LONGEST_PATH)}: {start}"
        text = f"{start}got {self.got}, expected {self.expected}."
        return f"{text} {self.remedy}" if self.remedy else text

    def __reduce__(self) -> tuple[object, ...]:
        parts = (self.where, self.got, self.expected, self.remedy)
        return (_rebuild, (type(self), parts, self.place))


def _rebuild(
    kind: type[_ShapedError], parts: tuple[str, str, str, str], place: Place | None
) -> _ShapedError:
    """Make the error anew when it crosses a process boundary."""
    where, got, expected, remedy = parts
    error = kind(where, got=got, expected=expected, remedy=remedy)
    error.place = place
    return error


class ScenarioError(_ShapedError, ValueError):
    """What the user asked for is not a scenario that can be computed."""


class NotYetError(ScenarioError):
    """The scenario format allows it and this version does not do it."""

    def __init__(self, where: str, *, got: str, expected: str, remedy: str = "") -> None:
        note = "not yet in this version"
        if note not in got:
            got = f"{got} ({note})"
        super().__init__(where, got=got, expected=expected, remedy=remedy)


class EngineRefusal(ScenarioError):
    """An engine cannot compute this scenario; the remedy names engines that can."""


class OutputError(_ShapedError):
    """Results cannot be written: the folder is not writable, the disk is full."""


class EngineFailure(_ShapedError, RuntimeError):
    """An engine that could run the scenario did not reach a result it can answer for."""


class ScenarioWarning(UserWarning):
    """How a value was read that may have been meant otherwise; it is read all the same."""


def warn_reader(text: str) -> None:
    """Issue a ScenarioWarning at the line outside countermove that led here."""
    frame, level = sys._getframe(), 1
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == "countermove":
        frame, level = frame.f_back, level + 1
    warnings.warn(_printable(text, LONGEST_SAID), ScenarioWarning, stacklevel=level)


def _printable(text: str, longest: int) -> str:
    """Write a text so that no name in a file can break the line or flood the terminal."""
    text = text if text.isprintable() else repr(text)[1:-1]
    return text if len(text) <= longest else text[: longest - 3] + "..."


def tidy(value: float) -> float:
    """Take from a number what arithmetic left in its last bits: 50 x 1e-9 is 5e-8.

    Returns
    -------
    The number at 15 significant digits where that is much shorter to write; else as it was.
    """
    short = float(f"{value:.15g}")
    if not math.isfinite(short):
        return value
    return short if len(repr(short)) + SHORTER <= len(repr(float(value))) else value


def shown(value: object) -> str:
    """Write any value for a reader, on one line and never longer than a few words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return f"a mapping of {len(value)}" if value else "an empty mapping"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, int) and value.bit_length() > 256:
        return "a very large whole number"
    if isinstance(value, float):
        value = tidy(value)
    text = repr(value[: 4 * LONGEST_SHOWN] if isinstance(value, (str, bytes)) else value)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."


def neighbor(given: str, known: Iterable[str]) -> str:
    """Name the nearest known name, for a message that lists the known ones already.

    Returns
    -------
    A sentence ready to be a remedy; empty when none is near.
    """
    result = suggestion(given, known)
    return result if result.startswith("Did") else ""


def suggestion(given: str, known: Iterable[str]) -> str:
    """Name the nearest known name, or else list the known ones.

    Returns
    -------
    A sentence ready to be a remedy; empty when nothing is known.
    """
    names = list(dict.fromkeys(known))
    by_folded = {name.casefold(): name for name in reversed(names)}
    near = difflib.get_close_matches(given[:100].casefold(), list(by_folded), n=1, cutoff=0.6)
    if near:
        return f"Did you mean '{by_folded[near[0]]}'?"
    if not names:
        return ""
    listed = ", ".join(names[:24]) + (", ..." if len(names) > 24 else "")
    return f"Known: {listed}."
