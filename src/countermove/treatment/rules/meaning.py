"""Whether a condition says something: types, units and names.

Here: the checks of a tree against the names of a scenario, before any work. Not here: the grammar
(``reading``), the names (``vocabulary``), actions (``actions``).

Conditions, numbers and responses are different types. A number has a unit; a number written without
one, and what is computed from such numbers alone, fits every unit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from countermove.foundation import ScenarioError, number_text, suggestion
from countermove.treatment.observations import RESPONSES
from countermove.treatment.rules.quantities import BASES, UNITS
from countermove.treatment.rules.reading import placed
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
    text_of,
)
from countermove.treatment.rules.vocabulary import (
    CONDITION,
    NUMBER,
    RESPONSE,
    Vocabulary,
    kind_of,
)

WORD = "a word in quotes"
Powers = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Type:
    """What a part of a condition is.

    Attributes
    ----------
    kind : a condition, a number, a response or a word
    powers : of a number, the power of each dimension, sorted; None where it fits every unit
    """

    kind: str
    powers: Powers | None = None


def check_condition(tree: Node, vocabulary: Vocabulary, where: str) -> None:
    """Refuse a tree that is no condition, or says what makes no sense in this scenario.

    Raises
    ------
    ScenarioError
        A name that does not exist, types or units that do not fit, a division by zero; the
        offending word is told with its place.
    """
    _Checker(vocabulary, where).condition(tree)


def constant(tree: Node) -> float | None:
    """Value of a tree without names; None where it has names or is no number."""
    match tree:
        case Number():
            return tree.value * (UNITS[tree.unit][1] if tree.unit else 1.0)
        case Negative():
            value = constant(tree.part)
            return None if value is None else -value
        case Arithmetic():
            total = constant(tree.parts[0])
            for sign, part in zip(tree.signs, tree.parts[1:], strict=True):
                value = constant(part)
                if total is None or value is None or (sign == "/" and value == 0.0):
                    return None
                total = apply(sign, total, value)
            return total
        case _:
            return None


def apply(sign: str, left: float, right: float) -> float:
    """Compute with two numbers; the divisor is not 0."""
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left / right


class _Checker:
    """Finds the type of each part of one condition."""

    def __init__(self, vocabulary: Vocabulary, where: str) -> None:
        self.vocabulary = vocabulary
        self.where = where

    def error(self, tree: Node, expected: str, remedy: str = "", but: str = "") -> ScenarioError:
        return ScenarioError(
            self.where,
            got=placed(text_of(tree), _first(tree)) + but,
            expected=expected,
            remedy=remedy,
        )

    def type_of(self, tree: Node) -> Type:
        match tree:
            case Number():
                return _type_of_number(tree)
            case Word():
                return Type(WORD)
            case Name():
                kind, dimension = kind_of(tree, self.vocabulary, self.where)
                return Type(kind, ((dimension, 1),) if dimension else ())
            case Missing():
                self.missing(tree)
            case Negative():
                return self.number(tree.part)
            case Arithmetic():
                return self.arithmetic(tree)
            case Comparison():
                self.comparison(tree)
            case Not():
                self.condition(tree.part)
            case Logic():
                for part in tree.parts:
                    self.condition(part)
        return Type(CONDITION)

    def condition(self, tree: Node) -> None:
        kind = self.type_of(tree).kind
        if kind == CONDITION:
            return
        say = "> 0" if kind == NUMBER else "== 'PD'"
        if isinstance(tree, Name) and tree.thing == "ctdna.detected":
            say = "== 1"
        remedy = f"Compare it with something, as {text_of(tree)} {say}."
        raise self.error(tree, "a condition", "" if kind == WORD else remedy, f", which is {kind}")

    def number(self, tree: Node) -> Type:
        result = self.type_of(tree)
        if result.kind != NUMBER:
            raise self.error(tree, "a number", but=f", which is {result.kind}")
        return result

    def missing(self, tree: Missing) -> None:
        self.type_of(tree.name)
        if not tree.name.observed:
            raise self.error(
                tree.name,
                "something that is measured",
                "Write recist == 'NE'." if tree.name.thing == "recist" else "",
                ", which is never missing",
            )

    def arithmetic(self, tree: Arithmetic) -> Type:
        powers = self.number(tree.parts[0]).powers
        for sign, part in zip(tree.signs, tree.parts[1:], strict=True):
            other = self.number(part).powers
            if sign == "/" and constant(part) == 0.0:
                raise self.error(part, "a divisor other than 0", but=", as a divisor")
            if sign in "*/":
                powers = _product(powers, other, 1 if sign == "*" else -1)
            else:
                self.alike(part, other, powers)
                powers = other if powers is None else powers
        value = constant(tree)
        if value is not None and not math.isfinite(value):
            raise self.error(tree, "a finite number")
        return Type(NUMBER, powers)

    def alike(self, tree: Node, powers: Powers | None, wanted: Powers | None) -> None:
        """Refuse a number in a unit that does not fit."""
        if powers is not None and wanted is not None and powers != wanted:
            raise self.error(
                tree, f"one {_in_words(wanted)}, to go with the other", but=f" {_in_words(powers)}"
            )

    def comparison(self, tree: Comparison) -> None:
        sides = ((tree.left, tree.right), (tree.right, tree.left))
        for one, other in sides:
            if isinstance(one, Name) and one.key == "line" and not one.moment:
                self.type_of(one)
                return self.line(tree, other)
        left, right = self.type_of(tree.left), self.type_of(tree.right)
        for (one, other), kind in zip(sides, (left.kind, right.kind), strict=True):
            if kind == CONDITION:
                raise self.error(
                    one, "a number to compare", "Join conditions by and, or, not.", ", a condition"
                )
            if kind == RESPONSE:
                return self.response(tree, one, other)
        for side, kind in ((tree.left, left.kind), (tree.right, right.kind)):
            if kind == WORD:
                raise self.error(side, "a number", "Quotes are for recist and line.")
        self.alike(tree.right, right.powers, left.powers)
        return None

    def only_equal(self, tree: Comparison, what: str) -> None:
        if tree.sign not in ("==", "!="):
            raise ScenarioError(
                self.where,
                got=f"{placed(tree.sign, tree.at)} with {what}",
                expected="'==' or '!='",
            )

    def response(self, tree: Comparison, name: Node, other: Node) -> None:
        """Check what the response by RECIST is compared with."""
        if not isinstance(other, Word):
            raise self.error(other, "a response in quotes, as 'PD'", but=f" beside {text_of(name)}")
        if other.text not in RESPONSES:
            raise self.error(
                other, f"one of {', '.join(RESPONSES)}", suggestion(other.text, RESPONSES)
            )
        self.only_equal(tree, "a response")

    def line(self, tree: Comparison, other: Node) -> None:
        """Check what the number of the line is compared with."""
        lines = self.vocabulary.lines
        if isinstance(other, Word):
            self.only_equal(tree, "a word in quotes")
            value = float(other.text) if _whole(other.text) else math.nan
        else:
            powers = self.number(other).powers
            self.alike(other, powers, ())
            value = constant(other)
        exact = tree.sign in ("==", "!=") and value is not None
        if exact and value not in range(1, lines + 1):
            said = f"a line from 1 to {number_text(lines)}" if lines else "no line: there is none"
            raise self.error(other, said, but=" as the line")


def _type_of_number(tree: Number) -> Type:
    if not tree.unit:
        return Type(NUMBER)
    dimension = UNITS[tree.unit][0]
    return Type(NUMBER, ((dimension, 1),) if dimension else ())


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _product(left: Powers | None, right: Powers | None, sign: int) -> Powers | None:
    """Powers of a product (sign 1) or a quotient (sign -1)."""
    if left is None and right is None:
        return None
    total = dict(left or ())
    for dimension, power in right or ():
        total[dimension] = total.get(dimension, 0) + sign * power
    return tuple(sorted((name, power) for name, power in total.items() if power))


def _in_words(powers: Powers) -> str:
    if not powers:
        return "without a unit"
    units = [BASES[name] + (f"^{power}" if power != 1 else "") for name, power in powers]
    return f"in {' '.join(units)}"


def _first(tree: Node) -> int:
    """Place of the first character of a part, without its parentheses."""
    while isinstance(tree, Comparison):
        tree = tree.left
    return tree.at
