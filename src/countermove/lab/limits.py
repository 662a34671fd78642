"""Bounds of what the lab takes and does: sizes, patients, seconds, memory.

Here: the numbers, the shape in which an answer refuses. Not here: who holds them (``guards`` for
requests, ``asked`` for scenarios, ``crew`` for time and memory).
"""

from __future__ import annotations

from typing import Any

from countermove.foundation import CountermoveError

BODY_BYTES = 300_000
SCENARIO_BYTES = 200_000
PREVIEW_PATIENTS = 200
JOB_PATIENTS = 100_000
JOB_WORK = 2_000_000  # patients x lesions x years
MOST_TYPES = 400
MOST_LESIONS = 50
MOST_SETTINGS = 32
MOST_ARMS = 8
QUEUED = 256
KEPT_RESULTS = 40
PREVIEW_SECONDS = 20.0
JOB_SECONDS = 1800.0
WORKER_MB = 3000
DISCLAIMER = (
    "For education and research. Not medical advice, and no advice for any person: what a "
    "simulation shows has to be tested in patients before anyone is treated by it."
)


class Refused(Exception):
    """What the lab refuses: an HTTP status and the error that the page shows."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(status, error)
        self.status = status
        self.error = error


def refused(status: int, where: str, *, got: str, expected: str, remedy: str = "") -> Refused:
    """Return a refusal in the one shape of errors: where, got, expected, remedy."""
    text = f"{where}: got {got}, expected {expected}."
    fields = {"where": where, "got": got, "expected": expected, "remedy": remedy}
    said = f"{text} {remedy}" if remedy else text
    return Refused(status, {**fields, "text": said, "line": None, "column": None})


def error_fields(error: CountermoveError) -> dict[str, Any]:
    """Return the fields of an error; ``text`` is the sentence the command line prints."""
    place = getattr(error, "place", None)
    fields = {
        name: str(getattr(error, name, "")) for name in ("where", "got", "expected", "remedy")
    }
    return {
        **fields,
        "text": str(error),
        "line": None if place is None else place.line,
        "column": None if place is None else place.column,
    }
