"""A virtual population in a table: which column is which number, and the table itself.

Here: ``patients.table``, where it lies, reading CSV and Parquet into columns of text or numbers.
Not here: what the numbers must be (``simulation.patient_tables``).
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from pydantic import Field

from countermove.foundation import ScenarioError, shown
from countermove.foundation.documents import table_file, with_table_file
from countermove.scenario.fields import Name, Part, Text

LARGEST_TABLE = 4_000_000_000


class Population(Part):
    """A table of patients, one row each, as CSV with a header or as Parquet."""

    file: Text = Field(
        description="The table's path, absolute or relative to the scenario file's folder, then to "
        "the working directory; ending in .parquet it is Parquet, otherwise CSV. Required."
    )
    columns: dict[Text, Text] = Field(
        default_factory=dict,
        description="Column to the dotted path of the number it gives. A column named by a dotted "
        "path needs none. Default none.",
    )
    units: dict[Text, Text] = Field(
        default_factory=dict,
        description="Unit word of a column, as `L/h`. Default: base units.",
    )
    covariates: tuple[Name, ...] = Field(
        default=(),
        description="Columns, numbers or words, that are carried to the outcomes as they are. "
        "Default none.",
    )


@dataclass(frozen=True, slots=True)
class Rows:
    """A table as read.

    Attributes
    ----------
    columns
        (rows,) arrays by name: numbers where all of a column are, otherwise text or what
        Parquet holds.
    rows
        How many; row 1 is the first below the header.
    sha256
        Of the file's bytes, in hexadecimal.
    """

    columns: dict[str, Any]
    rows: int
    sha256: str


def beside(document: dict[str, object], folder: Path) -> dict[str, object]:
    """Return a scenario's document with its table's path in full.

    Parameters
    ----------
    document
        As read from a file.
    folder
        Of that file; a relative path is looked for there, then in the working directory.

    Returns
    -------
    The document as it is where the table is in neither, but says how many patients to take.

    Raises
    ------
    ScenarioError
        It is in neither, and its rows are to be counted; both places are named.
    """
    file = table_file(document)
    if file is None or os.path.isabs(file):
        return document
    tried = list(dict.fromkeys((os.path.abspath(str(folder)), os.path.abspath("."))))
    for place in tried:
        path = os.path.join(place, file)
        if os.path.exists(path):
            return with_table_file(document, os.path.abspath(path))
    if "number" in cast("dict[str, object]", document["patients"]):
        return document
    raise ScenarioError(
        "patients.table.file",
        got=f"{shown(file)}, no such file",
        expected="a table in CSV or Parquet",
        remedy=f"Looked for in {' and in '.join(map(repr, tried))}.",
    )


def rows_of(file: str) -> int:
    """Rows of a table.

    Raises
    ------
    ScenarioError
        As ``read_rows``.
    """
    return read_rows(file).rows


def read_rows(file: str) -> Rows:
    """Read a table, once for as long as the file stays as it is.

    Raises
    ------
    ScenarioError
        There is no such file, it is no table, it has no rows or a column twice; at ``file``.
    """
    path = Path(file)
    try:
        status = path.stat()
        if not path.is_file():
            raise ScenarioError("file", got=f"{shown(file)}, not a file", expected="a table")
    except (OSError, ValueError) as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else "a file out of reach"
        raise ScenarioError(
            "file",
            got=f"{shown(file)}, {reason}" if not isinstance(error, ScenarioError) else error.got,
            expected="a table in CSV or Parquet",
            remedy=f"Looked for in {os.getcwd()!r}, after the scenario file's folder if it came "
            "from a file. Give its path in full.",
        ) from None
    if status.st_size > LARGEST_TABLE:
        raise ScenarioError(
            "file",
            got=f"{status.st_size / 1e9:.1f} GB",
            expected=f"a table of at most {LARGEST_TABLE / 1e9:.0f} GB",
        )
    return _read(os.path.realpath(path), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _read(file: str, changed: int, size: int) -> Rows:
    """Read a file; ``changed`` and ``size`` are only there so that a new content is read anew."""
    path = Path(file)
    try:
        frame = _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_csv(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except ScenarioError:
        raise
    except (OSError, ValueError, UnicodeError) as error:  # pandas and pyarrow raise ValueErrors
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise ScenarioError(
            "file",
            got=f"{shown(path.name)}, which cannot be read ({reason})",
            expected="a table in CSV with a header, or in Parquet",
        ) from None
    if not len(frame):
        raise ScenarioError(
            "file", got=f"{shown(path.name)} without a row", expected="one row a patient"
        )
    names = [str(name).strip() for name in frame.columns]
    columns = {name: frame.iloc[:, place].to_numpy() for place, name in enumerate(names)}
    return Rows(columns, len(frame), digest)


def _read_csv(path: Path) -> Any:
    with path.open(encoding="utf-8-sig", newline="") as opened:
        header = [name.strip() for name in next(iter(csv.reader(opened)), cast("list[str]", []))]
    twice = [name for name, times in Counter(header).items() if times > 1]
    if twice or not all(header):
        got = f"the column {shown(twice[0])} twice" if twice and twice[0] else "a column unnamed"
        raise ScenarioError("file", got=got, expected="a header that names each column once")
    _refuse_short_rows(path, len(header))
    frame = _csv(path)
    if type(frame.index).__name__ != "RangeIndex":  # pandas took the columns too many for an index
        raise ScenarioError(
            "file", got="rows with more fields than the header", expected="as many in each row"
        )
    rows = len(frame)
    while rows and all(cell == "" or cell != cell for cell in frame.iloc[rows - 1]):
        rows -= 1  # blank lines after the last patient are the end of the file
    return frame if rows == len(frame) else _csv(path, rows)


def _refuse_short_rows(path: Path, fields: int) -> None:
    """Refuse a row that ends before its last column: what is missing cannot be told."""
    with path.open(encoding="utf-8-sig", newline="") as opened:
        for number, row in enumerate(csv.reader(opened)):
            if row and len(row) < fields:
                raise ScenarioError(
                    "file",
                    got=f"{len(row)} fields in row {number}",
                    expected=f"{fields}, as in the header",
                    remedy="Separate columns by commas." if fields == 1 else "",
                )


def _csv(path: Path, rows: int | None = None) -> Any:
    """Read the rows, or the first so many; a blank line is a row of gaps, not left out."""
    return _pandas().read_csv(
        path,
        nrows=rows,
        keep_default_na=False,
        skip_blank_lines=False,
        low_memory=False,
        float_precision="round_trip",
        encoding="utf-8-sig",
    )


def _read_parquet(path: Path) -> Any:
    return _pandas().read_parquet(path).reset_index(drop=True)


def _pandas() -> Any:
    """Import pandas when a table is read, because a scenario without one does not need it."""
    return import_module("pandas")
