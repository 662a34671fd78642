"""What a condition comes to, patient by patient.

Here: the value of a checked tree for all patients at once. Not here: whether the tree makes sense
(``meaning``), what follows from it (``policy``).

A missing value is nan. What is computed from one is missing, and so is a quotient by zero; a
comparison with one is false, ``!=`` included.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

from countermove.treatment.observations import RESPONSES, Bools, Floats, Ints, Observations
from countermove.treatment.rules.quantities import UNITS
from countermove.treatment.rules.tree import (
    Arithmetic,
    Comparison,
    Logic,
    Missing,
    Name,
    Negative,
    Node,
    Not,
    Number,
    Word,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What conditions are read on: what was seen, and what was given before this visit.

    Attributes
    ----------
    seen : what was observed
    time : days since treatment start
    drugs : names, in the order of the columns below
    doses : (patients, drugs) given now, in multiples of the full dose
    days : (patients, drugs) on each drug in all
    line : (patients,) 1, 2, ...
    visits : (patients,) scans so far, the one of today included
    """

    seen: Observations
    time: float
    drugs: tuple[str, ...]
    doses: Floats
    days: Floats
    line: Ints
    visits: Ints


def evaluate(tree: Node, facts: Facts) -> Bools:
    """Where a condition holds.

    Parameters
    ----------
    tree
        As `meaning.check_condition` accepts it.
    facts
        Of ``patients`` patients.

    Returns
    -------
    (patients,)
    """
    with np.errstate(all="ignore"):
        holds = _condition(tree, facts)
    return np.array(np.broadcast_to(holds, facts.line.shape), dtype=np.bool_)


def _condition(tree: Node, facts: Facts) -> Bools:
    match tree:
        case Name():
            return facts.doses[:, facts.drugs.index(tree.of)] > 0.0
        case Missing():
            return np.isnan(_number(tree.name, facts))
        case Not():
            return ~_condition(tree.part, facts)
        case Logic():
            combine = np.logical_or if tree.word == "or" else np.logical_and
            return reduce(combine, (_condition(part, facts) for part in tree.parts))
        case Comparison():
            return _comparison(tree, facts)
        case _:
            raise TypeError(f"{tree} is no condition")


def _comparison(tree: Comparison, facts: Facts) -> Bools:
    left, right = _number(tree.left, facts), _number(tree.right, facts)
    match tree.sign:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "==":
            return left == right
        case _:
            return (left < right) | (left > right)


def _number(tree: Node, facts: Facts) -> Floats:
    """Value in the unit of the observations; (patients,), or () where it is the same for all."""
    match tree:
        case Number():
            factor = UNITS[tree.unit][1] if tree.unit else 1.0
            return np.asarray(tree.value * factor)
        case Word():
            known = tree.text in RESPONSES
            return np.asarray(float(RESPONSES.index(tree.text) if known else tree.text))
        case Name():
            return _value(tree, facts)
        case Negative():
            return -_number(tree.part, facts)
        case Arithmetic():
            total = _number(tree.parts[0], facts)
            for sign, part in zip(tree.signs, tree.parts[1:], strict=True):
                total = _apply(sign, total, _number(part, facts))
            return total
        case _:
            raise TypeError(f"{tree} is no number")


def _apply(sign: str, left: Floats, right: Floats) -> Floats:
    match sign:
        case "+":
            return np.add(left, right)
        case "-":
            return np.subtract(left, right)
        case "*":
            return np.multiply(left, right)
        case _:
            return np.where(right == 0.0, np.nan, np.divide(left, right))


def _value(name: Name, facts: Facts) -> Floats:
    match name.thing:
        case "time":
            return np.asarray(facts.time)
        case "line":
            return facts.line.astype(np.float64)
        case "visits":
            return facts.visits.astype(np.float64)
        case "recist":
            return facts.seen.recist.astype(np.float64)
        case "drug.dose":
            return facts.doses[:, facts.drugs.index(name.of)]
        case "drug.days":
            return facts.days[:, facts.drugs.index(name.of)]
        case _:
            seen = facts.seen
            moments = {"": seen.latest, "baseline": seen.baseline, "nadir": seen.nadir}
            return moments[name.moment][name.key]
