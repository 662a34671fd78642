"""Rules that can never act: what a condition can come to, whatever a patient does.

Here: the range of each part of a condition, and what is said of one that cannot hold. Not here:
whether a condition makes sense (``meaning``), what it comes to at a visit (``evaluate``).

Only what is sure is told. A part's range comes from the ranges of its names alone, so that it may
be wider than what can happen, never narrower; ``not`` is taken to be able to hold.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from countermove.foundation import number_text
from countermove.scenario import Scenario
from countermove.treatment.rules.actions import read_rules
from countermove.treatment.rules.meaning import constant
from countermove.treatment.rules.quantities import BASES
from countermove.treatment.rules.tree import (
    Arithmetic,
    Comparison,
    Logic,
    Name,
    Negative,
    Node,
    Word,
    nodes_of,
    text_of,
)

Range = tuple[float, float]
ANY = (-math.inf, math.inf)
SHARES = ("ctdna.vaf", "biopsy.vaf", "ctdna.detected")  # from 0 to 1
MOST_DOSE = 1e6  # as a rule may give it


@dataclass(frozen=True, slots=True)
class Bounds:
    """What of a scenario bounds the names of its rules.

    Attributes
    ----------
    days : from treatment start until no visit is made, or no drug given
    lines : how many there are
    tissue : a biopsy is taken at or before treatment start
    """

    days: float
    lines: int
    tissue: bool


def doubtful_rules(scenario: Scenario) -> list[str]:
    """Say of each rule that can never act why; of a baseline that is never there, too."""
    if scenario.treatment.policy != "rules":
        return []
    bounds = _bounds_of(scenario)
    result: list[str] = []
    for number, rule in enumerate(read_rules(scenario)):
        where = f"treatment.rules.{number}.when"
        absent = list(_absent(rule.when, bounds))
        result += [
            f"{where}: '{name}' is never known, because no biopsy is taken at or before treatment "
            "start; no comparison with it holds. Add 'diagnosis' to monitoring.biopsy.at."
            for name in dict.fromkeys(absent)
        ]
        if not absent and not can_hold(rule.when, bounds):
            result.append(
                f"{where}: '{text_of(rule.when)}' can never hold{_why(rule.when, bounds)}"
            )
    return result


def _bounds_of(scenario: Scenario) -> Bounds:
    own, biopsy = scenario.treatment, scenario.monitoring.biopsy
    end = scenario.follow_up if own.stop is None else min(own.stop, scenario.follow_up)
    moments = () if biopsy is None else biopsy.at
    early = [m == "diagnosis" or (isinstance(m, float) and m <= own.start) for m in moments]
    return Bounds(max(end - own.start, 0.0), max(len(own.drugs), 1), any(early))


def can_hold(tree: Node, bounds: Bounds) -> bool:
    """Whether a condition may hold at some visit; False only where it surely never does."""
    match tree:
        case Logic():
            parts = [can_hold(part, bounds) for part in tree.parts]
            return any(parts) if tree.word == "or" else all(parts)
        case Comparison():
            return not any(_absent(tree, bounds)) and _may(tree, bounds)
        case _:
            return True


def _absent(tree: Node, bounds: Bounds) -> Iterator[str]:
    """Yield what comparisons ask for that is never measured: a baseline of tissue taken later."""
    for part in nodes_of(tree):
        if not isinstance(part, Comparison):
            continue
        for name in nodes_of(part):
            tissue = isinstance(name, Name) and name.thing.startswith("biopsy.")
            if tissue and isinstance(name, Name) and name.moment == "baseline":
                if not bounds.tissue:
                    yield text_of(name)


def _may(tree: Comparison, bounds: Bounds) -> bool:
    """Whether the two sides can stand to each other as the sign says."""
    sides = (tree.left, tree.right)
    if any(isinstance(side, Word) or text_of(side) == "recist" for side in sides):
        return True
    (low, high), (least, most) = (range_of(side, bounds) for side in sides)
    match tree.sign:
        case "<":
            return low < most
        case "<=":
            return low <= most
        case ">":
            return high > least
        case ">=":
            return high >= least
        case "==":
            return low <= most and least <= high
        case _:
            return not low == high == least == most


def range_of(tree: Node, bounds: Bounds) -> Range:
    """Lowest and highest value of a number, in base units."""
    value = constant(tree)
    if value is not None:
        return value, value
    match tree:
        case Name():
            return _range_of_name(tree, bounds)
        case Negative():
            low, high = range_of(tree.part, bounds)
            return -high, -low
        case Arithmetic():
            total = range_of(tree.parts[0], bounds)
            for sign, part in zip(tree.signs, tree.parts[1:], strict=True):
                total = _combined(sign, total, range_of(part, bounds))
            return total
        case _:
            return ANY


def _range_of_name(name: Name, bounds: Bounds) -> Range:
    if name.thing in SHARES:
        return 0.0, 1.0
    match name.thing:
        case "time" | "drug.days":
            return 0.0, bounds.days
        case "line":
            return 1.0, float(bounds.lines)
        case "drug.dose":
            return 0.0, MOST_DOSE
        case _:
            return 0.0, math.inf


def _combined(sign: str, one: Range, other: Range) -> Range:
    """Range of a sum, difference, product or quotient."""
    if sign == "+":
        return one[0] + other[0], one[1] + other[1]
    if sign == "-":
        return one[0] - other[1], one[1] - other[0]
    if sign == "/":
        if other[0] <= 0.0 <= other[1]:
            return (0.0, math.inf) if one[0] >= 0.0 and other[0] >= 0.0 else ANY
        other = (1.0 / other[1], 1.0 / other[0])
    ends = [0.0 if 0.0 in (a, b) else a * b for a in one for b in other]
    return min(ends), max(ends)


def _why(tree: Node, bounds: Bounds) -> str:
    """Name the range of what is compared, where one name alone is at fault."""
    for part in nodes_of(tree):
        if not isinstance(part, Comparison) or can_hold(part, bounds):
            continue
        for side in (part.left, part.right):
            if isinstance(side, Name):
                low, high = _range_of_name(side, bounds)
                end = "or more" if math.isinf(high) else f"to {number_text(high)}"
                unit = f" {BASES['time']}" if side.thing in ("time", "drug.days") else ""
                return f", because {text_of(side)} is {number_text(low)} {end}{unit}."
    return "."
