"""From the text of a condition to its tree.

Here: the words of a text and the grammar. Not here: whether names exist and types fit
(``meaning``). Nothing of a text is ever executed.

The grammar, loosest first::

    condition   conjunction ("or" conjunction)*
    conjunction negation ("and" negation)*
    negation    "not" negation | comparison
    comparison  sum (("<" | "<=" | ">" | ">=" | "==" | "!=") sum)?
    sum         product (("+" | "-") product)*
    product     factor (("*" | "/") factor)*
    factor      "-" factor | "(" condition ")" | "missing" "(" name ")" | name | number | word
    number      digits UNIT?
    name        (("baseline" | "nadir") ".")? WORD ("." WORD)* ("(" NAME ")")?
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from countermove.foundation import ScenarioError, shown, suggestion
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

LONGEST = 2000
DEEPEST = 30
KEYWORDS = ("and", "or", "not", "missing")
MOMENTS = ("baseline", "nadir")
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_UNIT = re.compile(r"%|[A-Za-zµμ][A-Za-z0-9µμ]*(?:/[A-Za-zµμ][A-Za-z0-9µμ]*)?")
_OF = re.compile(r"[ \t\r\n]*\([ \t\r\n]*([A-Za-z0-9_][A-Za-z0-9_\-]*)[ \t\r\n]*\)")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_SIGN = re.compile(r"<=|>=|==|!=|[-+*/()<>]")
_ELSE = re.compile(r"[^ \t\r\n()]{1,20}")
_PLAIN = r"[A-Za-z_][A-Za-z0-9_]*"
_INSTEAD = {
    "=": "Write '==' to compare.",
    "&": "Write 'and'.",
    "|": "Write 'or'.",
    "!": "Write 'not'.",
    "≤": "Write '<='.",
    "≥": "Write '>='.",
    "≠": "Write '!='.",
    "%": "Write it after a number, as 50 %.",
    "'": "Close the quotes.",
    '"': "Close the quotes.",
}


def placed(text: str, at: int) -> str:
    """Name an offending word and its place, for the ``got`` of an error."""
    return f"{shown(text)} at character {at + 1}"


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the text, its place, and the node it stands for if it stands for one."""

    text: str
    at: int
    node: Node | None = None


def read_condition(text: str, where: str, names: Iterable[str] = ()) -> Node:
    """Read the text of a condition.

    Parameters
    ----------
    text
        At most ``LONGEST`` characters, parentheses at most ``DEEPEST`` deep.
    where
        Path named in an error, such as ``treatment.rules.0.when``.
    names
        Names to be recognized although they are no plain words, as the marker ``ca-125``.

    Returns
    -------
    The tree, whose names and types are not checked yet.

    Raises
    ------
    ScenarioError
        The text does not follow the grammar; the offending word is told with its place.
    """
    if len(text) > LONGEST:
        raise ScenarioError(
            where,
            got=f"a condition of {len(text)} characters",
            expected=f"at most {LONGEST}",
            remedy="Split it into several rules.",
        )
    return _Parser(_tokens(text, where, names), where).read()


def _tokens(text: str, where: str, names: Iterable[str]) -> list[Token]:
    """Cut a text into words, the last of them empty."""
    odd = [n for n in names if not re.fullmatch(_PLAIN, n) and not _NUMBER.fullmatch(n)]
    either = [re.escape(name) for name in sorted(odd, key=len, reverse=True)]
    word = rf"(?:{'|'.join([*either, _PLAIN])})(?![A-Za-z0-9_])"
    path = re.compile(rf"{word}(?:\.{word})*")
    result: list[Token] = []
    at = _end(_SPACE, text, 0)
    while at < len(text):
        if match := path.match(text, at):
            token, end = _name(match.group(), text, match)
        elif match := _NUMBER.match(text, at):
            token, end = _number(match, where)
        elif match := _QUOTED.match(text, at):
            inside = match.group(1) if match.group(1) is not None else match.group(2)
            token, end = Token(match.group(), at, Word(inside, at)), match.end()
        elif match := _SIGN.match(text, at):
            token, end = Token(match.group(), at), match.end()
        else:
            match = _ELSE.match(text, at)
            raise ScenarioError(
                where,
                got=placed(match.group() if match else text[at], at),
                expected="a name, a number, a word in quotes or an operator",
                remedy=_INSTEAD.get(text[at], ""),
            )
        result.append(token)
        at = _end(_SPACE, text, end)
    return [*result, Token("", len(text))]


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _name(path: str, text: str, match: re.Match[str]) -> tuple[Token, int]:
    """Make a keyword, or a name with what follows it in parentheses."""
    at, end = match.start(), match.end()
    if path in KEYWORDS:
        return Token(path, at), end
    moment, _, thing = path.partition(".")
    if moment not in MOMENTS or not thing:
        moment, thing = "", path
    of = _OF.match(text, end)
    if of is not None:
        end = of.end()
    node = Name(thing, of.group(1) if of else "", moment, at)
    return Token(text[at:end], at, node), end


def _number(match: re.Match[str], where: str) -> tuple[Token, int]:
    """Make a number with the unit word that follows it."""
    text, at, end = match.string, match.start(), match.end()
    value = float(match.group())
    if math.isinf(value):
        raise ScenarioError(where, got=placed(match.group(), at), expected="a finite number")
    unit = ""
    if following := _UNIT.match(text, _end(_SPACE, text, end)):
        word = following.group()
        head = word.partition("/")[0]
        if word in UNITS:
            unit, end = word, following.end()
        elif head in UNITS:
            unit, end = head, following.start() + len(head)
        elif head not in KEYWORDS:
            raise _unknown_unit(word if "/" in word else head, following.start(), where)
    return Token(text[at:end], at, Number(value, unit, at)), end


def _unknown_unit(word: str, at: int, where: str) -> ScenarioError:
    remedy = suggestion(word, [*UNITS, *KEYWORDS])
    return ScenarioError(
        where,
        got=f"{placed(word, at)} after a number",
        expected="a unit of what is observed, such as weeks, ng/mL, cm, cm3, cells or %",
        remedy="" if remedy.startswith("Known") else remedy,
    )


class _Parser:
    """Recursive descent over the words of one text."""

    def __init__(self, tokens: list[Token], where: str) -> None:
        self.tokens = tokens
        self.where = where
        self.next = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.next]

    def read(self) -> Node:
        if self.token.text == "":
            raise ScenarioError(
                self.where, got="an empty condition", expected="one such as psa > 4 ng/mL"
            )
        tree = self.condition()
        if self.token.text != "":
            called = (
                "" if self.token.text != "(" else "In parentheses stands one name, without quotes."
            )
            raise self.unexpected("the end, or an operator such as and", called)
        return tree

    def unexpected(self, expected: str, remedy: str = "") -> ScenarioError:
        text = self.token.text
        got = placed(text, self.token.at) if text else "the end of the condition"
        if text in KEYWORDS:
            got = f"the keyword {got}"
        return ScenarioError(self.where, got=got, expected=expected, remedy=remedy)

    def take(self, *signs: str) -> Token | None:
        """Go past the next word if it is one of these."""
        token = self.token
        if token.node is not None or token.text not in signs:
            return None
        self.next += 1
        return token

    def need(self, sign: str) -> None:
        if self.take(sign) is None:
            raise self.unexpected(f"'{sign}'")

    def deeper(self, rule: Callable[[], Node]) -> Node:
        """Read something nested, within bounds."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise ScenarioError(
                self.where,
                got=f"more than {DEEPEST} nested parts at character {self.token.at + 1}",
                expected=f"at most {DEEPEST}",
                remedy="Split the condition into several rules.",
            )
        tree = rule()
        self.depth -= 1
        return tree

    def joined(self, word: str, rule: Callable[[], Node]) -> Node:
        """Read parts joined by ``and``, or by ``or``."""
        first = self.token.at
        parts = [rule()]
        while self.take(word):
            parts.append(rule())
        return parts[0] if len(parts) == 1 else Logic(word, tuple(parts), first)

    def condition(self) -> Node:
        return self.joined("or", self.conjunction)

    def conjunction(self) -> Node:
        return self.joined("and", self.negation)

    def negation(self) -> Node:
        if token := self.take("not"):
            return Not(self.deeper(self.negation), token.at)
        return self.comparison()

    def comparison(self) -> Node:
        left = self.sum()
        sign = self.take(*COMPARISONS)
        if sign is None:
            return left
        right = self.sum()
        if self.token.node is None and self.token.text in COMPARISONS:
            raise self.unexpected(
                "one comparison at a time", "Write 1 < x and x < 3 rather than 1 < x < 3."
            )
        return Comparison(left, sign.text, right, sign.at)

    def chain(self, signs: tuple[str, str], rule: Callable[[], Node]) -> Node:
        """Read parts joined by either of two signs, from left to right."""
        first = self.token.at
        parts, between = [rule()], []
        while sign := self.take(*signs):
            between.append(sign.text)
            parts.append(rule())
        return Arithmetic(tuple(parts), tuple(between), first) if between else parts[0]

    def sum(self) -> Node:
        return self.chain(("+", "-"), self.product)

    def product(self) -> Node:
        return self.chain(("*", "/"), self.factor)

    def factor(self) -> Node:
        if token := self.take("-"):
            return Negative(self.deeper(self.factor), token.at)
        if self.take("("):
            tree = self.deeper(self.condition)
            self.need(")")
            return tree
        if token := self.take("missing"):
            return Missing(self.missing(), token.at)
        node = self.token.node
        if node is None:
            raise self.unexpected("a name, a number or '('")
        self.next += 1
        return node

    def missing(self) -> Name:
        self.need("(")
        node = self.token.node
        if not isinstance(node, Name):
            raise self.unexpected("the name of something observed, as missing(psa)")
        self.next += 1
        self.need(")")
        return node
