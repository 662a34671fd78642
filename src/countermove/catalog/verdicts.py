"""Recomputing an entry and comparing with what its paper reports.

Here: verdicts. Not here: the computation (each entry's ``check.py``), tables and figures.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from countermove.catalog.fields import Reported
from countermove.catalog.folders import Check, Entry
from countermove.foundation import CountermoveError, ScenarioWarning

AGREES, FAILS, DIFFERS = "agrees", "fails", "differs, as said"
WAITS, INEXPRESSIBLE, LATER = "waiting for that engine", "not expressible", "full tier only"
MISSING, STALE = "not computed", "no such number"
BAD = (FAILS, MISSING, STALE)
MOST_MOVED = 0.1  # share of the tolerance by which a number said to differ may move


@dataclass(frozen=True, slots=True)
class Verdict:
    """One number: the paper's, ours, and whether they agree.

    Attributes
    ----------
    number : as the paper reports it; None where the check gave a number that no row reports
    id : its name
    ours : recomputed; None where it was not
    verdict : a word or two, see this module
    note : why, where it is not plain agreement
    """

    number: Reported | None
    id: str
    ours: float | None
    verdict: str
    note: str = ""

    @property
    def bad(self) -> bool:
        """Whether the run fails by it."""
        return self.verdict in BAD


@dataclass(frozen=True, slots=True)
class Reproduced:
    """An entry recomputed.

    Attributes
    ----------
    entry : what was recomputed
    verdicts : one a number
    seconds : how long it took
    """

    entry: Entry
    verdicts: tuple[Verdict, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether no number fails, is missing or is stale."""
        return not any(own.bad for own in self.verdicts)

    def document(self) -> dict[str, Any]:
        """Everything as plain values, for JSON."""
        return {
            "entry": self.entry.name,
            "title": self.entry.title,
            "sources": list(self.entry.sources),
            "passed": self.passed,
            "seconds": round(self.seconds, 2),
            "numbers": [_plain(own) for own in self.verdicts],
        }


def reproduce(entry: Entry, *, full: bool = False, check: Check | None = None) -> Reproduced:
    """Recompute an entry's numbers and judge each.

    Parameters
    ----------
    entry
        What to recompute.
    full
        Whether the numbers of the full tier are computed as well.
    check
        The function that recomputes; the entry's own by default.

    Notes
    -----
    An error of the scenario, engine or check is a verdict, *not computed*, of every number it took
    with it, so that the other entries are still judged.
    """
    started = time.perf_counter()
    asked = [row.id for row in entry.numbers if row.computed and (full or row.tier == "quick")]
    reason, result = "", {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ScenarioWarning)  # an entry's numbers are meant so
            own = check or (entry.check() if asked else _nothing)
            result = dict(own(entry.questions(full=full), full))
    except CountermoveError as error:
        reason = str(error)
    except Exception as error:  # of a check: its own entry fails, the others are still judged
        reason = f"its check stopped with {type(error).__name__}: {error}"
    verdicts = [_judged(row, result, row.id in asked, reason) for row in entry.numbers]
    known = {row.id for row in entry.numbers}
    for name, value in result.items():
        if name not in known:
            verdicts.append(Verdict(None, name, float(value), STALE, "the check computes it"))
        elif name not in asked:
            verdicts.append(Verdict(None, name, float(value), STALE, "it was not asked for"))
    return Reproduced(entry, tuple(verdicts), time.perf_counter() - started)


def _nothing(_questions: object, _full: object) -> Mapping[str, float]:
    return {}


def _judged(row: Reported, found: Mapping[str, float], asked: bool, reason: str) -> Verdict:
    if row.waits_for:
        return Verdict(row, row.id, None, WAITS, f"needs {row.waits_for}")
    if row.not_expressible:
        return Verdict(row, row.id, None, INEXPRESSIBLE, row.not_expressible)
    if not asked:
        return Verdict(row, row.id, None, LATER)
    ours = found.get(row.id)
    if ours is None or not math.isfinite(ours):
        note = reason or ("the check left it out" if ours is None else f"got {ours}")
        return Verdict(row, row.id, None, MISSING, note)
    ours = float(ours)
    agrees = row.low <= ours <= row.high
    if row.differs is None:
        return Verdict(row, row.id, ours, AGREES if agrees else FAILS)
    said, why = row.differs
    if agrees:
        return Verdict(row, row.id, ours, FAILS, "said to differ, and agrees: take `differs` out")
    room = MOST_MOVED * (row.tolerance or abs(said))
    if abs(ours - said) > room:
        return Verdict(row, row.id, ours, FAILS, f"said to differ as {said:g}, and moved")
    return Verdict(row, row.id, ours, DIFFERS, why)


def _plain(own: Verdict) -> dict[str, Any]:
    judged = {"id": own.id, "ours": own.ours, "verdict": own.verdict, "note": own.note}
    if own.number is None:
        return judged
    row = own.number
    ends = {"low": row.low, "high": row.high}
    known = {name: value for name, value in asdict(row).items() if name not in {*ends, "changes"}}
    bounds = {name: value for name, value in ends.items() if math.isfinite(value)}
    return {**known, **bounds, "set": dict(row.changes), **judged}
