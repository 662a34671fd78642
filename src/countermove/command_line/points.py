"""The values of sweeps: ``path=a,b,c`` or a table, several of them crossed into a grid.

Here: reading and crossing them. Not here: the runs (``sweep``).
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from countermove.command_line.inputs import assignment
from countermove.foundation import ScenarioError, shown, suggestion
from countermove.scenario.library import example_files, examples
from countermove.scenario.yaml_text import read_yaml

MOST_RUNS = 10_000
LARGEST_TABLE = 5_000_000


@dataclass(frozen=True, slots=True)
class Point:
    """One run of a sweep: a value for each path, with what else its row of the table says."""

    values: dict[str, object]
    labels: dict[str, str]


def grid_of(sweeps: Iterable[str]) -> list[Point]:
    """Read each ``path=values`` and combine every value of one with every value of the others.

    Returns
    -------
    The points, the values of the last sweep changing fastest.

    Raises
    ------
    ScenarioError
        A sweep has no values, its table cannot be read, or the runs are too many.
    """
    axes = [points_of(*assignment(text, "--sweep")) for text in sweeps]
    total = 1
    for axis in axes:
        total *= len(axis)
    if not 0 < total <= MOST_RUNS:
        raise ScenarioError(
            "--sweep",
            got=f"{total:,} " + ("values" if len(axes) == 1 else "combinations"),
            expected=f"1 to {MOST_RUNS:,}",
        )
    return [_joined(parts) for parts in itertools.product(*axes)]


def _joined(parts: Iterable[Point]) -> Point:
    """Put points of several sweeps together; a label of the same name twice says whose it is."""
    values: dict[str, object] = {}
    labels: dict[str, str] = {}
    for part in parts:
        values |= part.values
        (path,) = part.values
        labels |= {
            f"{name} of {path}" if name in labels else name: text
            for name, text in part.labels.items()
        }
    return Point(values, labels)


def points_of(path: str, values: str) -> list[Point]:
    """Read ``a,b,c``, or a table's column named as the path or its last part.

    Raises
    ------
    ScenarioError
        There are no values, or the table cannot be read or has no such column.
    """
    content = _table_text(values)
    if content is not None:
        result = _points_of_table(path, values, content)
    else:
        result = [
            Point({path: read_yaml(value.strip(), path)}, {})
            for value in values.split(",")
            if value.strip()
        ]
    if not result:
        raise ScenarioError(
            "--sweep", got=f"0 values for {path}", expected=f"1 to {MOST_RUNS:,} values"
        )
    return result


def _table_text(values: str) -> str | None:
    """Text of the table named, from a file or shipped with an example; None for plain values."""
    if not values.endswith(".csv"):
        return None
    file = Path(values)
    shipped = example_files(file.stem).companions if file.stem in examples() else {}
    if not file.exists() and values in shipped:
        return shipped[values]
    try:
        if file.stat().st_size > LARGEST_TABLE:
            raise ScenarioError(
                values, got="a table of more than 5 MB", expected="at most 10,000 values"
            )
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text in UTF-8"
        raise ScenarioError(
            values,
            got=f"a table that cannot be read ({reason})",
            expected="a CSV file with a header line",
        ) from None


def _points_of_table(path: str, file: str, content: str) -> list[Point]:
    try:
        rows = list(csv.DictReader(io.StringIO(content), strict=True))
    except csv.Error as error:
        raise ScenarioError(file, got=str(error), expected="a CSV file") from None
    names = [name for name in (rows[0] if rows else {}) if name is not None]
    last = path.rsplit(".", 1)[-1]
    column = next((name for name in (path, last) if name in names), None)
    if column is None and len(names) == 1:
        column = names[0]
    if column is None:
        raise ScenarioError(
            file,
            got="columns " + (", ".join(names) or "none"),
            expected=f"a column named {shown(path)} or {shown(last)}",
            remedy=suggestion(last, names),
        )
    result = []
    for line, row in enumerate(rows, start=2):
        if None in row or any(cell is None for cell in row.values()):
            raise ScenarioError(
                f"{file}, line {line}", got="another number of cells", expected=f"{len(names)}"
            )
        value = read_yaml(row[column].strip(), f"{file}, line {line}")
        result.append(Point({path: value}, {n: row[n].strip() for n in names if n != column}))
    return result
