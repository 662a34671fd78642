"""The tree of a condition, and how it is written.

Here: the nodes, their text, and which observables a tree looks at. Not here: reading a text
(``reading``), what may be said (``meaning``), what it comes to (``evaluate``).

A node's ``at`` is the place of its first character in the text, from 0; nodes that differ in
nothing else are equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from countermove.foundation import exact_text

OWN_NAMES = ("time", "line", "visits", "recist")
"""What is known of a patient without measuring anything, besides drugs."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number, and the unit word after it if any."""

    value: float
    unit: str = ""
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Word:
    """A word in quotes."""

    text: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A name such as ``psa``, ``baseline.volume`` or ``ctdna.vaf(t790m)``.

    Attributes
    ----------
    thing : the dotted name, ``ctdna.vaf``
    of : the name in parentheses, ``t790m``; empty where there are none
    moment : ``baseline``, ``nadir``, or empty for the latest
    """

    thing: str
    of: str = ""
    moment: str = ""
    at: int = field(default=0, compare=False)

    @property
    def key(self) -> str:
        """The name without its moment, as ``Observations`` knows it."""
        return f"{self.thing}({self.of})" if self.of else self.thing

    @property
    def observed(self) -> bool:
        """Whether it is measured, rather than known."""
        return self.thing not in OWN_NAMES and not self.thing.startswith("drug.")


@dataclass(frozen=True, slots=True)
class Missing:
    """Whether a value was not measured so far."""

    name: Name
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Negative:
    """Minus something."""

    part: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A sum (signs ``+`` and ``-``) or a product (``*`` and ``/``), from left to right.

    Attributes
    ----------
    parts : two or more
    signs : one fewer, each before the next part
    """

    parts: tuple[Node, ...]
    signs: tuple[str, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left sign right`` with one of ``< <= > >= == !=``."""

    left: Node
    sign: str
    right: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """What holds where its part does not."""

    part: Node
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Logic:
    """Two or more conditions joined by ``and`` or by ``or``."""

    word: str
    parts: tuple[Node, ...]
    at: int = field(default=0, compare=False)


Node = Number | Word | Name | Missing | Negative | Arithmetic | Comparison | Not | Logic

_OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _NEGATIVE, _PRIMARY = range(8)


def text_of(tree: Node) -> str:
    """Write a tree so that it reads back to the same tree."""
    match tree:
        case Number():
            return f"{exact_text(tree.value)} {tree.unit}".rstrip()
        case Word():
            return f'"{tree.text}"' if "'" in tree.text else f"'{tree.text}'"
        case Name():
            return f"{tree.moment}.{tree.key}" if tree.moment else tree.key
        case Missing():
            return f"missing({text_of(tree.name)})"
        case Negative():
            return f"-{_within(tree.part, _NEGATIVE)}"
        case Not():
            return f"not {_within(tree.part, _NOT)}"
        case Comparison():
            return f"{_within(tree.left, _SUM)} {tree.sign} {_within(tree.right, _SUM)}"
        case Logic():
            least = _AND if tree.word == "or" else _NOT
            return f" {tree.word} ".join(_within(part, least) for part in tree.parts)
        case Arithmetic():
            least = _PRODUCT if tree.signs[0] in "+-" else _NEGATIVE
            first, *others = (_within(part, least) for part in tree.parts)
            pairs = zip(tree.signs, others, strict=True)
            return first + "".join(f" {sign} {part}" for sign, part in pairs)


def _within(tree: Node, least: int) -> str:
    """Write a part, in parentheses where it binds less than ``least``."""
    text = text_of(tree)
    return f"({text})" if _binding(tree) < least else text


def _binding(tree: Node) -> int:
    match tree:
        case Logic():
            return _OR if tree.word == "or" else _AND
        case Not():
            return _NOT
        case Comparison():
            return _COMPARISON
        case Arithmetic():
            return _SUM if tree.signs[0] in "+-" else _PRODUCT
        case Negative():
            return _NEGATIVE
        case _:
            return _PRIMARY


def parts_of(tree: Node) -> tuple[Node, ...]:
    """Return the nodes right below a node."""
    match tree:
        case Arithmetic() | Logic():
            return tree.parts
        case Comparison():
            return (tree.left, tree.right)
        case Negative() | Not():
            return (tree.part,)
        case Missing():
            return (tree.name,)
        case _:
            return ()


def nodes_of(tree: Node) -> Iterator[Node]:
    """Yield every node of a tree, the tree itself first."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(parts_of(node)))


def observables_needed(*trees: Node) -> set[str]:
    """Observables that trees look at, so that the loop knows what to measure.

    Returns
    -------
    Keys of ``Observations.latest``; and ``recist`` where a tree asks for the response.
    """
    names = [node for tree in trees for node in nodes_of(tree) if isinstance(node, Name)]
    return {name.key for name in names if name.observed or name.thing == "recist"}
