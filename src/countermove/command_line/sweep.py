"""``countermove run --sweep``: one run for each value or combination, one table of them all.

Here: the runs and their folders. Not here: reading the values (``points``), one run (``one_run``),
the table (``sweep_table``), the page and the figure (``report.sweep_page``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from countermove.command_line.folders import State, choose_folder, state_of_run
from countermove.command_line.notes import heard, noting
from countermove.command_line.one_run import Finished, Settings, run_one
from countermove.command_line.points import grid_of
from countermove.command_line.run_names import folder_names
from countermove.command_line.sweep_table import (
    as_csv,
    criterion_of,
    row_of,
    show_sweep,
    values_of,
    written,
)
from countermove.command_line.wording import echo_json
from countermove.foundation import OutputError, ScenarioError
from countermove.results import load_runs
from countermove.results.run_folder import (
    CSV_FILE,
    INDEX_FILE,
    NAMES,
    REPORT_FILE,
    SWEEP_FILE,
    RunFolder,
    taken,
)
from countermove.results.storage import write_text
from countermove.scenario import Scenario, replace


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
    values = [values_of(*pair) for pair in zip(points, scenarios, strict=True)]
    requests = [settings.request(changed).run for changed in scenarios]
    runs = dict(zip(folder_names(values), requests, strict=True))
    path = choose_folder(settings.out, lambda place: _state(place, runs))
    if _state(path, runs) == "other" and not settings.out.replace:
        raise taken(path, "other runs")
    if settings.out.replace:
        _make_room(RunFolder(path), runs)
    if settings.report:
        _refuse_foreign_page(path)
    needed = {REPORT_FILE} if settings.report else set[str]()
    needed |= {CSV_FILE} if settings.csv else set()
    rows: list[dict[str, Any]] = []
    for (name, run), point, changed in zip(runs.items(), points, scenarios, strict=True):
        out = dataclasses.replace(settings.out, name=str(path / name), given=True)
        own = dataclasses.replace(settings, out=out)
        done = finished_before(path / name, run, needed)
        if done is None:
            done = run_one(changed, own, what=f"Run {len(rows) + 1} of {len(points)}")
        rows.append(row_of(point, values[len(rows)], done))
    RunFolder(path).clear_overview()
    write_text(as_csv(rows), path / SWEEP_FILE)
    paths = list(points[0].values)
    given = [written(*pair) for pair in zip(points, values, strict=True)]
    criterion = criterion_of(scenarios)
    if settings.report:
        from countermove.report.sweep_page import Sweep, write_sweep

        about = (scenario.name, scenario.description, criterion)
        write_sweep(Sweep(*about, tuple(paths), tuple(rows), tuple(given)), path)
    if settings.as_json:
        said = {"scenario": scenario.name, "sweep": paths, "runs": rows, "folder": str(path)}
        echo_json({**said, "criterion": criterion, "notes": heard()})
        return
    show_sweep(scenario, paths, rows, path, given=given, note=criterion, page=settings.report)


def _refuse_foreign_page(path: Path) -> None:
    """Refuse to write over a page that is not ours, before any work."""
    if not RunFolder(path).foreign_page():
        return
    raise OutputError(
        str(path / INDEX_FILE),
        got="a file that countermove did not write",
        expected=f"no {INDEX_FILE} in a sweep's folder, or its own",
        remedy="Choose another folder with --out, or give --no-report.",
    )


def _state(path: Path, runs: Mapping[str, str]) -> State:
    """Whether a folder holds runs of this sweep, none, or others."""
    folder = RunFolder(path)
    if folder.holds() or folder.begun():
        return "other"
    found = {
        state_of_run(inside.path, runs.get(inside.path.name, "none of these"))
        for inside in folder.swept()
    }
    return "other" if "other" in found else "same" if "same" in found else "free"


def _make_room(folder: RunFolder, runs: Mapping[str, str]) -> None:
    """Take away a single run's files and runs that are none of this sweep's."""
    folder.clear_overview()
    if folder.holds() or folder.begun():
        folder.remove(*reversed(NAMES))
        folder.discard_chunks()
    for inside in folder.swept():
        if inside.path.name not in runs:
            inside.clear()


def finished_before(path: Path, run: str, needed: set[str]) -> Finished | None:
    """Results of the same run from a sweep that was interrupted; None where they lack a file."""
    folder = RunFolder(path)
    if folder.holds() != run or not needed <= set(folder.present()):
        return None
    try:
        runs = load_runs(path)
    except ScenarioError:
        return None
    return Finished(runs, runs.summary(), 0.0, path, folder.present())
