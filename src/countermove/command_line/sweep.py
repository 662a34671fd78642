"""``countermove run --sweep``: one run for each value or combination, one table of them all.

Here: the command's work from start to end. Not here: reading the values (``points``), the runs and
their folders (``several``), the table (``sweep_table``), the page (``report.sweep_page``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from countermove.command_line.notes import heard, noting
from countermove.command_line.one_run import Settings
from countermove.command_line.points import grid_of
from countermove.command_line.run_names import folder_names
from countermove.command_line.several import each_run, settle_folder
from countermove.command_line.sweep_table import (
    as_csv,
    criterion_of,
    row_of,
    show_sweep,
    values_of,
    written,
)
from countermove.command_line.wording import echo_json
from countermove.results.run_folder import INDEX_FILE, SWEEP_FILE, RunFolder
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
    path = settle_folder(runs, settings, page=INDEX_FILE)
    rows: list[dict[str, Any]] = []
    for done in each_run(path, dict(zip(runs, scenarios, strict=True)), runs, settings):
        rows.append(row_of(points[len(rows)], values[len(rows)], done))
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
