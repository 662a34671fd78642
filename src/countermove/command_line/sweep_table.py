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
from countermove.results.cohort import CURVES, SHARES
from countermove.results.run_folder import INDEX_FILE, SWEEP_FILE
from countermove.results.sentences import criterion_sentence
from countermove.scenario import Scenario, read, to_document

MOST_LABELS = 3  # shown on the terminal; the table written has them all


def values_of(point: Point, scenario: Scenario) -> dict[str, object]:
    """Values of a run at the paths swept, in base units where they are numbers."""
    found: dict[str, object] = {}
    for path, given in point.values.items():
        value = read(scenario, path)
        found[path] = value if isinstance(value, (int, float, str)) else str(given)
    return found


def row_of(point: Point, values: Mapping[str, object], done: Finished) -> dict[str, Any]:
    """Return one line of the table."""
    summary = done.summary
    found: dict[str, Any] = {**point.labels, **values, "patients": summary["patients"]}
    for name in SHARES:
        low, high = summary[name]["interval"]
        found |= {name: summary[name]["share"], f"{name}_low": low, f"{name}_high": high}
    for name in CURVES:
        low, high = summary[name]["interval"]
        found[f"median_{name}"] = summary[name]["median"]
        found |= {f"median_{name}_low": low, f"median_{name}_high": high}
    found["folder"] = done.folder.name
    return found


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
    note: str,
    page: bool,
) -> None:
    """Print the table of a sweep."""
    out = console()
    heading(out, scenario.name, f"{len(rows)} runs of {rows[0]['patients']:,} patients")
    names = list(rows[0])
    labels = names[: min(names.index(paths[0]), MOST_LABELS)]
    cells = [
        (
            *(row[name] for name in labels),
            *(number(row[path]) for path in paths),
            percent(row["progressed"]),
            percent(row["died"]),
            _with_interval(row),
            number(row["median_time_to_progression"]),
            number(row["median_overall_survival"]),
        )
        for row in rows
    ]
    outcomes = ("progressed", "died", "no cell left (95%)", "TTP (days)", "OS (days)")
    title = f"Sweep of {' and '.join(paths)}"
    words = f"TTP, OS: median time to progression and overall survival; -: not reached. {note}"
    show(out, title, (*labels, *short_paths(paths), *outcomes), cells, note=words)
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


def _with_interval(row: Mapping[str, Any]) -> str:
    low, high = 100.0 * row["cured_low"], 100.0 * row["cured_high"]
    return f"{percent(row['cured'])} ({low:.0f}-{high:.0f})"
