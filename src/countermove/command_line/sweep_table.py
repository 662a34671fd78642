"""The table of a sweep: one row a run, for the terminal, CSV and JSON.

Here: its columns and how they are shown. Not here: the runs (``sweep``), the page
(``report.sweep_page``).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from countermove.command_line.one_run import Finished
from countermove.command_line.outcome_tables import DISCLAIMER
from countermove.command_line.points import Point
from countermove.command_line.tables import console, heading, show
from countermove.command_line.wording import number, percent
from countermove.foundation import parse_quantity
from countermove.results.cohort import CURVES, SEEN_CURVES, SHARES
from countermove.results.run_folder import INDEX_FILE, SWEEP_FILE
from countermove.results.sentences import criterion_sentence
from countermove.scenario import Scenario, read, to_document

COLUMNS = {
    "progressed": "progressed",
    "second_line": "2+ lines",
    "died": "died",
    "cured": "no cell left (95%)",
    "median_time_to_progression": "TTP",
    "median_overall_survival": "OS",
    "median_imaging_progression_free_survival": "PFS by scans",
    "median_progression_free_survival_2": "PFS2",
    "median_time_on_first_line": "line 1",
}
LATER = ("median_progression_free_survival_2", "median_time_on_first_line")
OPTIONAL = (
    "second_line",
    "died",
    "median_overall_survival",
    *LATER,
)  # shown where any run has them
MOST_LABELS = 3  # shown on the terminal; the table written has them all


def values_of(point: Point, scenario: Scenario) -> dict[str, object]:
    """Values of a run at the paths swept, in base units where they are numbers."""
    result: dict[str, object] = {}
    for path, given in point.values.items():
        value = read(scenario, path)
        if path == "tumor.doubling_time":  # read into birth or death
            value = parse_quantity(given, "time")
        result[path] = value if isinstance(value, (int, float, str)) else str(given)
    return result


def written(point: Point, values: Mapping[str, object]) -> tuple[str, ...]:
    """Values of a run as its user wrote them, such as ``1 year``."""
    return tuple(
        given if isinstance(given, str) else number(values[path])
        for path, given in point.values.items()
    )


def row_of(point: Point, values: Mapping[str, object], done: Finished) -> dict[str, Any]:
    """Return one line of the table."""
    summary = done.summary
    result: dict[str, Any] = {**point.labels, **values, "patients": summary["patients"]}
    for name in SHARES:
        low, high = summary[name]["interval"]
        result |= {name: summary[name]["share"], f"{name}_low": low, f"{name}_high": high}
    later = sum(summary["lines"][name]["share"] or 0.0 for name in ("2", "3+"))
    result["second_line"] = later
    result["cured_after_progression"] = summary["cured_after_progression"]["share"]
    for name in (*CURVES, *SEEN_CURVES):
        low, high = summary[name]["interval"]
        result[f"median_{name}"] = summary[name]["median"]
        result |= {f"median_{name}_low": low, f"median_{name}_high": high}
    result["median_time_on_first_line"] = summary["time_on_first_line"]["median"]
    result["folder"] = done.folder.name
    return result


def as_csv(rows: list[dict[str, Any]]) -> str:
    """Write the table as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def criterion_of(scenarios: Iterable[Scenario]) -> str:
    """Say what progression was measured against, or that it differs between the runs."""
    said = {criterion_sentence({"criterion": s.criterion}, to_document(s)) for s in scenarios}
    return said.pop() if len(said) == 1 else "What progression is measured against differs by run."


def show_sweep(
    scenario: Scenario,
    paths: list[str],
    rows: list[dict[str, Any]],
    folder: Path,
    *,
    given: list[tuple[str, ...]],
    note: str,
    page: bool,
) -> None:
    """Print the table of a sweep; ``given`` has the values swept as they were written."""
    out = console()
    heading(out, scenario.name, f"{len(rows)} runs of {rows[0]['patients']:,} patients")
    names = list(rows[0])
    labels = names[: min(names.index(paths[0]), MOST_LABELS)]
    later = any(row["second_line"] for row in rows)  # without one, PFS2 is death and line 1 is all
    shown = [
        name
        for name in COLUMNS
        if name not in OPTIONAL or (any(row[name] for row in rows) and (later or name not in LATER))
    ]
    cells = [
        (
            *(row[name] for name in labels),
            *said,
            *(_cell(row, name) for name in shown),
        )
        for row, said in zip(rows, given, strict=True)
    ]
    title = f"Sweep of {' and '.join(paths)}"
    heads = (*labels, *short_paths(paths), *(COLUMNS[name] for name in shown))
    show(out, title, heads, cells, note=_note(shown, note))
    where = f", start with {INDEX_FILE}" if page else ""
    out.print(f"Results: {folder}, the table in {SWEEP_FILE}{where}")
    out.print(DISCLAIMER)


def short_paths(paths: list[str]) -> list[str]:
    """Last part of each path, and more of it where two end alike."""
    for parts in range(1, 1 + max(path.count(".") + 1 for path in paths)):
        short = [".".join(path.split(".")[-parts:]) for path in paths]
        if len(set(short)) == len(paths):
            return short
    return paths


def _cell(row: Mapping[str, Any], name: str) -> str:
    if name.startswith("median_"):
        return number(row[name])
    if name != "cured":
        return percent(row[name])
    low, high = 100.0 * row["cured_low"], 100.0 * row["cured_high"]
    return f"{percent(row['cured'])} ({low:.0f}-{high:.0f})"


def _note(shown: list[str], criterion: str) -> str:
    words = ["TTP: median time to progression; PFS: median progression-free survival;"]
    words += ["times in days; -: not reached."]
    if "median_overall_survival" in shown:
        words.append("OS: median overall survival.")
    if "median_progression_free_survival_2" in shown:
        words.append("PFS2: the same under the second line, by scans; line 1: time on the first.")
    if "second_line" in shown:
        words.append("2+ lines: went on to a second line, which may leave no cell after the first "
                     "failed.")  # fmt: skip
    return " ".join([*words, criterion])
