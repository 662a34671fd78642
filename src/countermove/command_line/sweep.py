"""``countermove run --sweep``: one run for each value or combination, one table of them all.

Here: the runs and the table. Not here: reading the values (``points``), one run (``one_run``).
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from countermove.command_line.folders import State, choose_folder, state_of_run
from countermove.command_line.notes import heard, noting
from countermove.command_line.one_run import Finished, Settings, run_one
from countermove.command_line.outcome_tables import DISCLAIMER
from countermove.command_line.points import Point, grid_of
from countermove.command_line.tables import console, heading, show
from countermove.command_line.wording import echo_json, number, percent
from countermove.foundation import ScenarioError
from countermove.results import load_runs
from countermove.results.run_folder import NAMES, REPORT_FILE, SWEEP_FILE, RunFolder, taken
from countermove.results.storage import write_text
from countermove.scenario import Scenario, read, replace

MOST_LABELS = 3  # shown on the terminal; the table written has them all


def run_sweep(scenario: Scenario, sweeps: Iterable[str], settings: Settings) -> None:
    """Run a scenario once for each value, or each combination of several sweeps' values.

    Every run is checked, and the folder is, before the first one starts.

    Raises
    ------
    ScenarioError
        A path, a table or one of the values is not right.
    OutputError
        The folder holds other runs, or cannot be written.
    """
    points = grid_of(sweeps)
    with noting():
        scenarios = [replace(scenario, point.values) for point in points]
    width = len(str(len(points)))
    runs = {
        f"{place:0{width}d}": settings.request(changed).run
        for place, changed in enumerate(scenarios, start=1)
    }
    path = choose_folder(settings.out, lambda place: _state(place, runs))
    if _state(path, runs) == "other" and not settings.out.replace:
        raise taken(path, "other runs")
    if settings.out.replace:
        _make_room(RunFolder(path), runs)
    rows: list[dict[str, Any]] = []
    for (name, run), point, changed in zip(runs.items(), points, scenarios, strict=True):
        out = dataclasses.replace(settings.out, name=str(path / name), given=True)
        own = dataclasses.replace(settings, out=out)
        done = finished_before(path / name, run, report=settings.report)
        if done is None:
            done = run_one(changed, own, what=f"Run {len(rows) + 1} of {len(points)}")
        rows.append(_row(point, changed, done))
    write_text(_as_csv(rows), path / SWEEP_FILE)
    paths = list(points[0].values)
    if settings.as_json:
        said = {"scenario": scenario.name, "sweep": paths, "runs": rows, "folder": str(path)}
        echo_json({**said, "notes": heard()})
        return
    _show(scenario, paths, rows, path)


def _state(path: Path, runs: Mapping[str, str]) -> State:
    """Whether a folder holds runs of this sweep, none, or others."""
    folder = RunFolder(path)
    if folder.holds() or folder.begun():
        return "other"
    found = {
        state_of_run(inside.path, runs.get(inside.path.name, "none of these"))
        for inside in folder.numbered()
    }
    return "other" if "other" in found else "same" if "same" in found else "free"


def _make_room(folder: RunFolder, runs: Mapping[str, str]) -> None:
    """Take away a single run's files and runs that are none of this sweep's."""
    folder.remove(SWEEP_FILE)
    if folder.holds() or folder.begun():
        folder.remove(*reversed(NAMES))
        folder.discard_chunks()
    for inside in folder.numbered():
        if inside.path.name not in runs:
            inside.clear()


def finished_before(path: Path, run: str, *, report: bool) -> Finished | None:
    """Results of the same run from a sweep that was interrupted; None where there are none."""
    folder = RunFolder(path)
    if folder.holds() != run or (report and REPORT_FILE not in folder.present()):
        return None
    try:
        runs = load_runs(path)
    except ScenarioError:
        return None
    return Finished(runs, runs.summary(), 0.0, path, folder.present())


def _row(point: Point, scenario: Scenario, done: Finished) -> dict[str, Any]:
    """Return one line of the table; values in base units, where they are numbers."""
    summary = done.summary
    time = summary["time_to_progression"]
    found: dict[str, Any] = {**point.labels}
    for path, given in point.values.items():
        value = read(scenario, path)
        found[path] = value if _simple(value) else str(given)
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


def _show(scenario: Scenario, paths: list[str], rows: list[dict[str, Any]], folder: Path) -> None:
    out = console()
    heading(out, scenario.name, f"{len(rows)} runs of {rows[0]['patients']:,} patients")
    names = list(rows[0])
    labels = names[: min(names.index(paths[0]), MOST_LABELS)]
    cells = [
        (
            *(row[name] for name in labels),
            *(number(row[path]) for path in paths),
            percent(row["progressed"]),
            _with_interval(row),
            number(row["median_time_to_progression"]),
        )
        for row in rows
    ]
    columns = (*labels, *_short(paths), "progressed", "no cell left (95%)", "TTP (days)")
    title = f"Sweep of {' and '.join(paths)}"
    show(out, title, columns, cells, note="TTP: median time to progression.")
    out.print(f"Results: {folder}, the table in {SWEEP_FILE}")
    out.print(DISCLAIMER)


def _short(paths: list[str]) -> list[str]:
    """Last part of each path, and more of it where two end alike."""
    for parts in range(1, 1 + max(path.count(".") + 1 for path in paths)):
        short = [".".join(path.split(".")[-parts:]) for path in paths]
        if len(set(short)) == len(paths):
            return short
    return paths


def _with_interval(row: Mapping[str, Any]) -> str:
    low, high = 100.0 * row["cured_low"], 100.0 * row["cured_high"]
    return f"{percent(row['cured'])} ({low:.0f}-{high:.0f})"
