"""What a report states, and which numbers cannot be.

Here: the numbers asked about, checked before any work. Not here: what fits them (``fitting``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from countermove.foundation import ScenarioError, has_unit, number_text, parse_quantity, shown, tidy

MONTH = 365.25 / 12.0
SIZES = (1e6, 1e13)
LONGEST = 360.0  # months
STATED = ("response_rate", "depth", "months_to_progression")
WORDS = {
    "response_rate": "response rate",
    "depth": "median depth of response",
    "months_to_progression": "median months to progression",
}


@dataclass(frozen=True, slots=True)
class Report:
    """The numbers of a report; None where it states none.

    Attributes
    ----------
    response_rate
        Share of patients whose sum of diameters fell by 30% or more.
    depth
        Median over all patients of the largest fall of the sum of diameters, a share.
    months_to_progression
        Median months from the start of treatment to progression.
    follow_up
        Months that patients were followed; None where nobody said.
    size
        Cells of a tumor when treatment starts.
    """

    response_rate: float | None
    depth: float | None
    months_to_progression: float | None
    follow_up: float | None
    size: float

    @property
    def stated(self) -> dict[str, float]:
        """Those numbers of `STATED` that the report gives."""
        result = {name: getattr(self, name) for name in STATED}
        return {name: value for name, value in result.items() if value is not None}


def report_of(
    response_rate: object,
    depth: object,
    months_to_progression: object,
    *,
    follow_up: object,
    size: object,
) -> Report:
    """Read the numbers of a report.

    Raises
    ------
    ScenarioError
        A share is above 1 or below 0, a time is not positive or longer than 30 years, progression
        comes after the end of follow-up, or nothing is stated.
    """
    report = Report(
        _share(response_rate, "response_rate"),
        _share(depth, "depth"),
        _months(months_to_progression, "months_to_progression"),
        _months(follow_up, "follow_up"),
        parse_quantity(size, "cells", "size"),
    )
    if not report.stated:
        raise ScenarioError(
            "headline",
            got="no number to read",
            expected="a response rate, a depth of response or months to progression",
            remedy="As in --response-rate 60% --months-to-progression 5.5.",
        )
    if not SIZES[0] <= report.size <= SIZES[1]:
        raise ScenarioError("size", got=shown(size), expected="1e6 to 1e13 cells")
    half, end = report.months_to_progression, report.follow_up
    if half is not None and end is not None and half > end:
        raise ScenarioError(
            "months_to_progression",
            got=f"{number_text(half)}, after a follow-up of {number_text(end)} months",
            expected="a median that was reached before follow-up ended",
            remedy="A median that was not reached is no number: leave it out.",
        )
    return report


def _share(value: object, where: str) -> float | None:
    if value is None:
        return None
    result = tidy(parse_quantity(value, "fraction", where))
    if 0.0 <= result <= 1.0:
        return result
    percent = 2.0 <= result <= 100.0 and not has_unit(value)
    raise ScenarioError(
        where,
        got=shown(value),
        expected="a share, 0 to 1 or 0% to 100%",
        remedy=f"Write {number_text(result)}%." if percent else "",
    )


def _months(value: object, where: str) -> float | None:
    if value is None:
        return None
    result = parse_quantity(value, "time" if has_unit(value) else "number", where)
    result = result / MONTH if has_unit(value) else result
    if not (math.isfinite(result) and 0.0 < result <= LONGEST):
        raise ScenarioError(where, got=shown(value), expected="months, more than 0, at most 360")
    return result
