"""YAML as the scenario format uses it: plain values, no tags, no surprises.

Here: text to nested dicts, lists and scalars, with bounds on depth, size and aliases. Numbers and
words follow YAML 1.2 (``1e-9`` is a number; ``no``, ``on`` and ``12:30`` are text). Not here: what
the document means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from countermove.foundation import Place, ScenarioError, shown

DEEPEST = 40
MOST_NODES = 500_000
MOST_FROM_ALIASES = 20_000

_INTEGER = re.compile(r"[-+]?[0-9]{1,400}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class _Open:
    """A mapping or list being read."""

    content: dict[str, object] | list[object]
    anchor: str | None
    path: str = ""
    key: str | None = None
    nodes: int = 1
    height: int = 1

    def inside(self) -> str:
        """Dotted path of what is read next in it."""
        step = str(len(self.content)) if isinstance(self.content, list) else str(self.key)
        return f"{self.path}.{step}" if self.path else step


@dataclass
class _Reader:
    """What has been read so far."""

    where: str
    open: list[_Open] = field(default_factory=list[_Open])
    anchored: dict[str, tuple[object, int, int]] = field(
        default_factory=dict[str, tuple[object, int, int]]
    )
    nodes: int = 0
    from_aliases: int = 0
    documents: int = 0
    result: object = None
    places: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])

    def refuse(self, event: Any, got: str, expected: str, remedy: str = "") -> ScenarioError:
        """Name the line and column in the file."""
        mark = event.start_mark
        place = f"{self.where}, line {mark.line + 1}, column {mark.column + 1}"
        return ScenarioError(place, got=got, expected=expected, remedy=remedy)

    def take(self, event: Any) -> None:
        """Take one event of the parser."""
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self.refuse(event, "a second document", "one scenario in a file")
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._begin(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            done = self.open.pop()
            if done.anchor is not None:
                self.anchored[done.anchor] = (done.content, done.nodes, done.height)
            self._put(event, done.content, done.nodes, done.height)

    def _begin(self, event: Any) -> None:
        self._refuse_tag(event)
        if len(self.open) >= DEEPEST:
            raise self.refuse(event, f"more than {DEEPEST} levels", "less nesting")
        if self._wants_key():
            raise self.refuse(event, "a mapping or list as a name", "a name")
        mapping = isinstance(event, yaml.MappingStartEvent)
        self._count(event)
        self._item_starts(event)
        path = self.open[-1].inside() if self.open else ""
        self.open.append(_Open({} if mapping else [], event.anchor, path))

    def _scalar(self, event: Any) -> None:
        self._refuse_tag(event)
        self._count(event)
        if self._wants_key():
            self._key(event, event.value)
            return
        self._item_starts(event)
        value = event.value if event.style else self._plain(event)
        if event.anchor is not None:
            self.anchored[event.anchor] = (value, 1, 1)
        self._put(event, value, 1, 1)

    def _plain(self, event: Any) -> object:
        text: str = event.value
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text

    def _alias(self, event: Any) -> None:
        if event.anchor not in self.anchored:
            raise self.refuse(
                event, f"*{event.anchor}", "an anchor that is complete before it is used"
            )
        value, nodes, height = self.anchored[event.anchor]
        self.from_aliases += nodes
        if self.from_aliases > MOST_FROM_ALIASES or len(self.open) + height > DEEPEST:
            raise self.refuse(
                event,
                "aliases that unfold to a very large document",
                f"at most {MOST_FROM_ALIASES} values from aliases",
                "Write the values out.",
            )
        if self._wants_key():
            raise self.refuse(event, "an alias as a name", "a name")
        self._item_starts(event)
        self._put(event, value, nodes, height)

    def _key(self, event: Any, key: str) -> None:
        here = self.open[-1]
        if key in here.content:
            raise self.refuse(event, f"{shown(key)} a second time", "each name once")
        here.key = key
        self._mark(event)

    def _item_starts(self, event: Any) -> None:
        """Note where an item of a list stands; a field of a mapping stands where its name does."""
        if not self.open or isinstance(self.open[-1].content, list):
            self._mark(event)

    def _mark(self, event: Any) -> None:
        mark = event.start_mark
        path = self.open[-1].inside() if self.open else ""
        self.places[path] = (mark.line + 1, mark.column + 1)

    def _wants_key(self) -> bool:
        return (
            bool(self.open)
            and isinstance(self.open[-1].content, dict)
            and (self.open[-1].key is None)
        )

    def _put(self, event: Any, value: object, nodes: int, height: int) -> None:
        if not self.open:
            self.result = value
            return
        here = self.open[-1]
        here.nodes += nodes
        here.height = max(here.height, height + 1)
        if isinstance(here.content, list):
            here.content.append(value)
        else:
            assert here.key is not None, event
            here.content[here.key] = value
            here.key = None

    def _count(self, event: Any) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise self.refuse(event, f"more than {MOST_NODES} values", "a smaller file")

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            raise self.refuse(
                event, f"the tag {shown(tag)}", "a plain value", "Tags are never carried out."
            )


def read_yaml(text: str, where: str) -> object:
    """Turn YAML text into nested dicts, lists and scalars.

    Parameters
    ----------
    text
        The document.
    where
        Name of the file, for errors.

    Raises
    ------
    ScenarioError
        Not YAML, or YAML that the scenario format does not use.
    """
    return _read(text, where).result


def place_of(text: str, path: str, file: str) -> Place | None:
    """Say where in a text a field stands, or the part that it is missing from.

    Parameters
    ----------
    text
        YAML, or JSON, which is YAML too.
    path
        Dotted path of the field.
    file
        Its name, for the answer.

    Returns
    -------
    The place of the field's name, of the item of a list, or of the nearest part around it, at last
    of the whole; None where the text cannot be read.
    """
    try:
        places = _read(text, file).places
    except ScenarioError:
        return None
    while path and path not in places:
        path = path.rpartition(".")[0]
    return Place(file, *places[path]) if path in places else None


def _read(text: str, where: str) -> _Reader:
    reader = _Reader(where)
    try:
        for event in _events(text):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(text, where, error) from None
    except (yaml.YAMLError, UnicodeError):
        raise ScenarioError(
            where, got="characters that YAML does not allow", expected="a scenario in YAML"
        ) from None
    return reader


def _not_yaml(text: str, where: str, error: yaml.MarkedYAMLError) -> ScenarioError:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        place = where
    else:
        place = f"{where}, line {mark.line + 1}, column {mark.column + 1}"
        if (tab := _tab_near(text, mark.line)) is not None:
            return ScenarioError(
                f"{where}, line {tab[0]}, column {tab[1]}",
                got="a tab",
                expected="spaces, with which alone YAML indents",
                remedy="Replace each tab by spaces, two for each level.",
            )
    return ScenarioError(
        place,
        got=f"text that is not YAML ({error.problem or error.context})",
        expected="a scenario in YAML",
        remedy="Check the indentation, quotes and brackets there and on the line above.",
    )


def _tab_near(text: str, line: int) -> tuple[int, int] | None:
    """Line and column of a tab in the indentation of a line or of the one above."""
    lines = text.splitlines()
    for number in (line, line - 1):
        if 0 <= number < len(lines):
            indent = lines[number][: len(lines[number]) - len(lines[number].lstrip(" \t"))]
            if "\t" in indent:
                return number + 1, indent.index("\t") + 1
    return None


def _events(text: str) -> Iterator[Any]:
    """Yield the parser's events one at a time."""
    loader = _LOADER(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()
