"""A virtual population made elsewhere, as numbers of the scenario.

Here: which column gives which number, its unit, and every value checked. Not here: reading the file
(``scenario.population``).
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from countermove.foundation.arrays import Floats
from countermove.foundation.errors import ScenarioError, shown, suggestion
from countermove.foundation.units import number_text, parse_quantity
from countermove.scenario import Scenario
from countermove.scenario.population import Population, Rows, read_rows
from countermove.scenario.quantities import Place
from countermove.scenario.variation import MAY_DIFFER, varied_place
from countermove.simulation.drawing_checks import outside

WHERE = "patients.table"


@dataclass(frozen=True, slots=True)
class PatientTable:
    """The rows of a table, ready to use.

    Attributes
    ----------
    places
        Each number a column gives, by its path.
    values
        (rows,) in base units by path.
    covariates
        (rows,) numbers or words by name.
    sha256
        Of the file.
    patients
        How many rows are used.
    """

    places: dict[str, Place]
    values: dict[str, Floats]
    covariates: dict[str, NDArray[Any]]
    sha256: str
    patients: int

    def rows(self, first: int, count: int) -> tuple[dict[str, Floats], dict[str, NDArray[Any]]]:
        """Copy the values and the covariates of some patients.

        Raises
        ------
        ScenarioError
            There are not so many.
        """
        if first + count > self.patients:
            raise ScenarioError(
                "patients.number",
                got=f"patient {first + count - 1}",
                expected=f"0 to {self.patients - 1}, the rows of the table that are used",
            )
        cut = slice(first, first + count)
        values = {path: column[cut].copy() for path, column in self.values.items()}
        return values, {name: column[cut].copy() for name, column in self.covariates.items()}


def read_patients(scenario: Scenario, table: Population, drawn: set[str]) -> PatientTable:
    """Read a table and check all that the patients use of it.

    Parameters
    ----------
    scenario, table
        The scenario, and its ``patients.table``.
    drawn
        Paths and covariates that come from elsewhere.

    Raises
    ------
    ScenarioError
        No such file or column, fewer rows than patients, a unit of something else, a gap, a text
        or a number out of range; row and column are named.
    """
    rows = _rows_of(table)
    patients = scenario.patients.number
    if patients > rows.rows:
        raise ScenarioError(
            "patients.number",
            got=f"{patients} patients for the {rows.rows} rows of {shown(table.file)}",
            expected=f"at most {rows.rows}",
            remedy="Lower it, or leave it out to take every row.",
        )
    places = _places(scenario, table, rows, drawn)
    _check_names(table, rows, places)
    values: dict[str, Floats] = {}
    for column, place in places.items():
        cells = _numbers(rows.columns[column][:patients], column)
        values[place.path] = _in_base_units(cells, column, place, table)
    covariates = {name: _as_they_are(rows.columns[name][:patients]) for name in table.covariates}
    result = {place.path: place for place in places.values()}
    return PatientTable(result, values, covariates, rows.sha256, patients)


def table_hash(table: Population) -> str:
    """SHA-256 of a table's file.

    Raises
    ------
    ScenarioError
        It cannot be read.
    """
    return _rows_of(table).sha256


def _rows_of(table: Population) -> Rows:
    try:
        return read_rows(table.file)
    except ScenarioError as error:
        raise ScenarioError(
            f"{WHERE}.{error.where}", got=error.got, expected=error.expected, remedy=error.remedy
        ) from None


def _places(scenario: Scenario, table: Population, rows: Rows, drawn: set[str]) -> dict[str, Place]:
    """Find the number each column gives: as mapped, or named by its dotted path."""
    places: dict[str, Place] = {}
    source: dict[str, str] = {}
    dotted = [c for c in rows.columns if "." in c and _meant(scenario, c.split(".")[0].strip())]
    targets = dict(table.columns)
    targets |= {c: c for c in dotted if c not in targets and c not in table.covariates}
    for column, path in targets.items():
        where = f"{WHERE}.columns.{column}"
        place = varied_place(scenario, path, where)
        if place.path in drawn or place.path in source:
            other = source.get(place.path, "patients.vary")
            raise ScenarioError(
                where,
                got=f"{place.path}, which {other} gives too",
                expected="each number from one source",
            )
        places[column], source[place.path] = place, f"column {column}"
    if not places and not table.covariates:
        raise ScenarioError(
            WHERE,
            got="no column that is used",
            expected="columns: {COLUMN: dotted.path}, or a column named by a dotted path",
            remedy=f"Its columns: {', '.join(list(rows.columns)[:12])}.",
        )
    return places


def _meant(scenario: Scenario, head: str) -> bool:
    """Whether a column whose name starts so means a path: well spelt, nearly, or out of place."""
    near = difflib.get_close_matches(head.casefold(), MAY_DIFFER, n=1, cutoff=0.75)
    return bool(near) or head in type(scenario).model_fields


def _check_names(table: Population, rows: Rows, places: dict[str, Place]) -> None:
    """Refuse a column that is not there, and a unit of a column that is not used."""
    for section, names in (
        ("columns", list(table.columns)),
        ("covariates", list(table.covariates)),
    ):
        for name in names:
            if name not in rows.columns:
                raise ScenarioError(
                    f"{WHERE}.{section}",
                    got=f"no column {shown(name)} in the table",
                    expected="the name of a column",
                    remedy=suggestion(name, rows.columns),
                )
    for name in table.units:
        if name not in places:
            raise ScenarioError(
                f"{WHERE}.units.{name}",
                got=f"the unit of {shown(name)}, which gives no number",
                expected="a column that does",
                remedy=suggestion(name, places),
            )


def _numbers(cells: NDArray[Any], column: str) -> Floats:
    """Read a column as numbers, none missing."""
    if cells.dtype.kind in "iuf":
        numbers = cells.astype(float)
    elif cells.dtype.kind == "b":
        numbers = np.full(len(cells), np.nan)
    else:
        numbers = _to_numbers(cells)
    missing = np.isnan(numbers)
    if missing.any():
        row = int(np.argmax(missing))
        gap = _is_gap(cells[row])
        raise ScenarioError(
            WHERE,
            got=f"{'a gap' if gap else shown(_plain(cells[row]))} in row {row + 1} of column "
            f"{shown(column)}",
            expected="a number",
            remedy="Leave that patient out, or fill it in."
            if gap
            else "A unit word goes to patients.table.units.",
        )
    return numbers


def _to_numbers(cells: Sequence[object] | NDArray[Any]) -> Floats:
    """Numbers of texts; NaN where a text is none."""
    series: Any = pd.Series(list(cells), dtype=object)
    return np.asarray(pd.to_numeric(series, errors="coerce"), dtype=float)


def _plain(cell: object) -> object:
    """Return a cell as Python has it: True, not numpy's own."""
    return cell.item() if isinstance(cell, np.generic) else cell


def _is_gap(cell: object) -> bool:
    if cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)):
        return True
    return isinstance(cell, str) and cell.strip().lower() in ("", "nan", "na", "n/a", ".", "null")


def _in_base_units(cells: Floats, column: str, place: Place, table: Population) -> Floats:
    """Numbers in base units, each within the range of its field."""
    unit = table.units.get(column)
    factor = 1.0
    if unit is not None:
        where = f"{WHERE}.units.{column}"
        factor = parse_quantity(f"1 {unit}", place.quantity.dimension, where)
    numbers = cells * factor
    wrong = outside(place.quantity, numbers)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ScenarioError(
            WHERE,
            got=f"{number_text(float(cells[row]))} {unit or ''}".rstrip()
            + f" in row {row + 1} of column {shown(column)}, {place.path}",
            expected=place.quantity.range_text(),
        )
    return numbers


def _as_they_are(cells: NDArray[Any]) -> NDArray[Any]:
    """Numbers where all that is there are numbers, otherwise words; gaps stay gaps."""
    if cells.dtype.kind in "iufb":
        return cells
    texts = ["" if _is_gap(cell) else str(cell) for cell in cells]
    numbers = _to_numbers(texts)
    if all(text == "" or not np.isnan(n) for text, n in zip(texts, numbers, strict=True)):
        return numbers
    return np.array(texts)
