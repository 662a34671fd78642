"""Lines of drugs, as a file writes them: ``A``, ``[A, B]`` or ``[A, [B, C]]``.

Here: reading them, and their JSON schema. Not here: which lines a policy needs (``treatment``).
"""

from __future__ import annotations

from typing import Any, cast

from countermove.foundation import ScenarioError, shown
from countermove.scenario.fields import check_name

Line = tuple[str, ...]


def read_lines(value: object) -> tuple[Line, ...]:
    """Read ``A``, ``[A, B]`` or ``[A, [B, C]]`` as lines of drugs."""
    if isinstance(value, str):
        return ((check_name(value),),)
    if not isinstance(value, (list, tuple)):
        raise ScenarioError(
            "", got=shown(value), expected="a list of lines, each a drug or a list of drugs"
        )
    lines: list[Line] = []
    for number, line in enumerate(cast("list[object]", value)):
        members = cast("list[object]", line) if isinstance(line, (list, tuple)) else [line]
        if not members:
            raise ScenarioError(str(number), got="an empty line", expected="a drug's name")
        for member in members:
            if not isinstance(member, str):
                raise ScenarioError(str(number), got=shown(member), expected="a drug's name")
        names = tuple(check_name(member) for member in members)
        if len(set(names)) < len(names):
            raise ScenarioError(
                str(number), got="a drug named twice in one line", expected="each drug once"
            )
        lines.append(names)
    return tuple(lines)


_LINES_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "array",
            "items": {
                "anyOf": [
                    {"type": "string"},
                    {"type": "array", "items": {"type": "string"}, "minItems": 1},
                ]
            },
        },
    ]
}


def lines_schema(schema: dict[str, Any]) -> None:
    """Describe lines in a JSON schema."""
    for key in ("type", "items"):
        schema.pop(key, None)
    schema.update(_LINES_SCHEMA)


def located_lines(where: str, value: object) -> tuple[Line, ...]:
    """Read lines, naming the field in an error."""
    try:
        return read_lines(value)
    except ScenarioError as error:
        path = ".".join(part for part in (where, error.where) if part)
        raise ScenarioError(
            path, got=error.got, expected=error.expected, remedy=error.remedy
        ) from None
