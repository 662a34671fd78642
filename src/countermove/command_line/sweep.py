"""``countermove run --sweep``: one run for each value, one table of them all.

Here: reading the values and the table. Not here: one run (``one_run``).
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import countermove
from countermove.command_line.inputs import assignment
from countermove.command_line.one_run import Finished, Settings, present, run_one, with_command
from countermove.command_line.outcome_tables import DISCLAIMER
from countermove.command_line.tables import console, heading, show
from countermove.command_line.wording import echo_json, number, percent
from countermove.foundation import ScenarioError, shown, suggestion
from countermove.results import Runs, load_runs
from countermove.results.storage import PROVENANCE_FILE, write_text
from countermove.scenario import Scenario, read, replace, scenario_hash
from countermove.scenario.library import example, examples
from countermove.scenario.yaml_text import read_yaml

MOST_VALUES = 10_000
MOST_LABELS = 3  # shown on the terminal; the table written has them all
LARGEST_TABLE = 5_000_000
TABLE = "sweep.csv"


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a sweep, with what else its row of the table says."""

    value: object
    labels: dict[str, str]


def run_sweep(scenario: Scenario, text: str, settings: Settings) -> None:
    """Run a scenario once for each value at a path and print one table.

    Every value is checked before the first run starts.

    Raises
    ------
    ScenarioError
        The path, the table or one of the values is not right.
    """
    path, values = assignment(text, "--sweep")
    points = points_of(path, values)
    scenarios = [replace(scenario, {path: point.value}) for point in points]
    width = len(str(len(points)))
    rows: list[dict[str, Any]] = []
    for place, (point, changed) in enumerate(zip(points, scenarios, strict=True)):
        folder = Path(settings.out) / f"{place + 1:0{width}d}"
        own = dataclasses.replace(settings, out=str(folder))
        done = finished_before(changed, own)
        if done is None:
            done = run_one(changed, own, what=f"Run {place + 1} of {len(points)}")
        rows.append(_row(point, path, read(changed, path), done))
    write_text(_as_csv(rows), Path(settings.out) / TABLE)
    if settings.as_json:
        echo_json({"scenario": scenario.name, "sweep": path, "runs": rows, "folder": settings.out})
        return
    _show(scenario, path, rows, settings)


def finished_before(scenario: Scenario, settings: Settings) -> Finished | None:
    """Results of the same run from a sweep that was interrupted; None where there are none."""
    folder = Path(settings.out)
    if not (folder / PROVENANCE_FILE).is_file() or (settings.report and not _reported(folder)):
        return None
    try:
        runs = load_runs(folder)
    except ScenarioError:
        return None
    asked = {"patients.number": settings.patients, "seed": settings.seed}
    values = {path: value for path, value in asked.items() if value is not None}
    record = runs.provenance
    same = (
        record.get("scenario_hash") == scenario_hash(replace(scenario, values)),
        record.get("command") == _kept_command(settings, runs),
        record.get("versions", {}).get("countermove") == countermove.__version__,
    )
    if not all(same):
        return None
    return Finished(runs, runs.summary(), 0.0, folder, present(folder))


def _reported(folder: Path) -> bool:
    return (folder / "report.html").is_file()


def _kept_command(settings: Settings, runs: Runs) -> str:
    """Return the command as provenance keeps it; the same command asks for the same run."""
    return with_command(runs, settings.command)["command"]


def points_of(path: str, values: str) -> list[Point]:
    """Read ``a,b,c``, or a table's column named as the path or its last part.

    Raises
    ------
    ScenarioError
        There are no values, or the table cannot be read or has no such column.
    """
    content = _table_text(values)
    if content is None:
        found = [Point(read_yaml(v.strip(), path), {}) for v in values.split(",") if v.strip()]
    else:
        found = _points_of_table(path, values, content)
    if not 0 < len(found) <= MOST_VALUES:
        raise ScenarioError(
            "--sweep", got=f"{len(found)} values", expected=f"1 to {MOST_VALUES:,} values"
        )
    return found


def _table_text(values: str) -> str | None:
    """Text of the table named, from a file or shipped with an example; None for plain values."""
    if not values.endswith(".csv"):
        return None
    file = Path(values)
    shipped = example(file.stem).companions if file.stem in examples() else {}
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
    found = []
    for line, row in enumerate(rows, start=2):
        if None in row or any(cell is None for cell in row.values()):
            raise ScenarioError(
                f"{file}, line {line}", got="another number of cells", expected=f"{len(names)}"
            )
        value = read_yaml(row[column].strip(), f"{file}, line {line}")
        found.append(Point(value, {n: row[n].strip() for n in names if n != column}))
    return found


def _row(point: Point, path: str, value: object, done: Finished) -> dict[str, Any]:
    """Return one line of the table; the value in base units, where it is a number."""
    summary = done.summary
    time = summary["time_to_progression"]
    found: dict[str, Any] = {**point.labels, path: value if _simple(value) else str(point.value)}
    found["patients"] = summary["patients"]
    for name in ("responded", "progressed", "cured"):
        low, high = summary[name]["interval"]
        found |= {name: summary[name]["share"], f"{name}_low": low, f"{name}_high": high}
    found["median_time_to_progression"] = time["median"]
    found["folder"] = done.folder.name
    return found


def _simple(value: object) -> bool:
    return isinstance(value, (int, float, str))


def _as_csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _show(scenario: Scenario, path: str, rows: list[dict[str, Any]], settings: Settings) -> None:
    out = console()
    heading(out, scenario.name, f"{len(rows)} runs of {rows[0]['patients']:,} patients")
    names = list(rows[0])
    labels = names[: min(names.index(path), MOST_LABELS)]
    cells = [
        (
            *(row[name] for name in labels),
            number(row[path]),
            percent(row["progressed"]),
            _with_interval(row),
            number(row["median_time_to_progression"]),
        )
        for row in rows
    ]
    last = path.rsplit(".", 1)[-1]
    columns = (*labels, last, "progressed", "no cell left (95%)", "TTP (days)")
    show(out, f"Sweep of {path}", columns, cells, note="TTP: median time to progression.")
    out.print(f"Results: {settings.out}, the table in {TABLE}")
    out.print(DISCLAIMER)


def _with_interval(row: Mapping[str, Any]) -> str:
    low, high = 100.0 * row["cured_low"], 100.0 * row["cured_high"]
    return f"{percent(row['cured'])} ({low:.0f}-{high:.0f})"
