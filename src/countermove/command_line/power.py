"""``countermove power``: power and sample size of a trial, over a grid, resumable.

Here: the command, its table, the cells that are there already. Not here: the grid and its cells
(``trials.power_grid``), the runs and their folders (``several``), the page
(``report.power_page``).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from countermove.command_line.inputs import scenario_of
from countermove.command_line.notes import heard, note, noting
from countermove.command_line.options import changes_option, crew_options, json_option
from countermove.command_line.points import grid_of
from countermove.command_line.progress import progress_shown
from countermove.command_line.run_names import folder_names
from countermove.command_line.several import arm_settings, each_run, settle_folder
from countermove.command_line.wording import echo_json, percent
from countermove.results.run_folder import CELLS_FILE, POWER_FILE, POWER_PAGE, RunFolder
from countermove.results.storage import write_text

if TYPE_CHECKING:
    from countermove.trials.power_grid import Plan, PowerGrid

EPILOG = """\b
Examples:
  countermove power ctdna_trial --target 80%
  countermove power tumor.yaml --sweep trial.patients=100,200,400 \\
      --sweep monitoring.imaging.every='6 weeks,12 weeks'
"""
Row = dict[str, Any]


@click.command(epilog=EPILOG)
@click.argument("file")
@changes_option
@click.option(
    "--sweep",
    "sweeps",
    metavar="PATH=A,B,...",
    multiple=True,
    help="Values to cross: trial.patients, trial.accrual, visits, effects; repeatable.",
)
@click.option("--trials", type=click.IntRange(1), default=1000, show_default=True,
              help="Trials simulated for each cell.")  # fmt: skip
@click.option("--target", metavar="POWER", help="Seek the fewest patients with this power, as 80%.")
@click.option("--pool", type=click.IntRange(2), help="Patients simulated in each arm, of whom "
              "trials draw theirs.  [default: 5 x the largest trial, at least 1000]")  # fmt: skip
@click.option("--out", metavar="FOLDER", help="Where results go.  [default: runs/NAME-power]")
@click.option("--replace", is_flag=True, help="Write over other runs that FOLDER holds.")
@click.option("--seed", type=click.IntRange(0), help="Seed of all random numbers.")
@click.option("--engine", help="branching or mean_field.  [default: the scenario's]")
@crew_options
@click.option("--allow-python", is_flag=True, help="Run the function that treatment.python names.")
@click.option("--no-report", is_flag=True, help="Write the results without report and figures.")
@json_option
def power(file: str, changes: tuple[str, ...], sweeps: tuple[str, ...], **options: Any) -> None:
    """Simulate a scenario's trial many times; say how often it claims an effect.

    FILE is a scenario with `trial`, or the name of a shipped example. Patients are simulated once
    for all cells that differ in the design alone; each trial draws its own of them.
    """
    from countermove.trials.last_scan import kept_for
    from countermove.trials.power_grid import PowerGrid, plan
    from countermove.trials.protocol import alike
    from countermove.trials.virtual import with_numbers

    with noting():
        scenario = with_numbers(
            scenario_of(file, changes), None, options["seed"], options["engine"]
        )
        points = [point.values for point in grid_of(sweeps)] if sweeps else [{}]
        target = _share(options["target"])
        asked = plan(
            scenario, points, trials=options["trials"], pool=options["pool"], target=target
        )
    if text := alike(scenario):
        note(text)
    settings = arm_settings(file, {**options, "no_report": True}, what="power")
    settings = replace(settings, keep=kept_for(asked.screened))
    names = folder_names(
        [
            {"pool": number + 1, "arm": arm}
            for number, arms in enumerate(asked.pools)
            for arm in arms
        ]
    )
    arms = [arm for each in asked.pools for arm in each.values()]
    scenarios = dict(zip(names, arms, strict=True))
    runs = {name: settings.request(arm).run for name, arm in scenarios.items()}
    report = not options["no_report"]
    path = settle_folder(runs, replace(settings, report=report), page=POWER_PAGE)
    done = each_run(path, scenarios, runs, settings)
    grid = PowerGrid(asked, _cells(asked, path, done, runs, shown=settings.shown))
    RunFolder(path).clear_overview()
    write_text(grid.table().to_csv(index=False, lineterminator="\n"), path / POWER_FILE)
    if report:
        from countermove.report.power_page import write_power

        write_power(grid, path)
    if settings.as_json:
        rows = [_plain(row) for row in grid.table().to_dict(orient="records")]
        echo_json({"name": asked.name, "cells": rows, "folder": str(path), "notes": heard()})
        return
    _show(grid, path, page=report)


def _share(text: str | None) -> float | None:
    """Read a power such as ``80%`` or ``0.8``."""
    from countermove.foundation import parse_quantity

    return None if text is None else float(parse_quantity(text, "fraction", "--target"))


def _cells(asked: Plan, path: Path, done: Any, runs: Mapping[str, str], *, shown: str) -> list[Row]:
    """Work out each cell as soon as its patients are there; what an earlier command did is kept."""
    from countermove.trials.power_grid import cell_row

    known = _read(path / CELLS_FILE)
    identities = list(runs.values())
    rows: list[Row] = [{}] * len(asked.cells)
    first = 0
    for number, arms in enumerate(asked.pools):
        result = {arm: next(done).runs for arm in arms}
        mine = identities[first : first + len(arms)]
        first += len(arms)
        places = [place for place, cell in enumerate(asked.cells) if cell.pool == number]
        with progress_shown("Trials", shown, unit="cells") as tell:
            for count, place in enumerate(places, 1):
                key = asked.key(asked.cells[place], mine)
                if key not in known:
                    known[key] = cell_row(asked, asked.cells[place], result)
                    RunFolder(path).clear_overview()
                    write_text(json.dumps(known), path / CELLS_FILE)
                rows[place] = known[key]
                tell(count, len(places))
    return rows


def _read(path: Path) -> dict[str, Row]:
    """Cells of an earlier command; none where the file is not there or not whole."""
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return result if isinstance(result, dict) else {}


def _plain(row: Mapping[Any, Any]) -> Row:
    return {
        str(name): None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in row.items()
    }


def _show(grid: PowerGrid, path: Path, *, page: bool) -> None:
    """Print the grid."""
    from countermove.command_line.outcome_tables import DISCLAIMER
    from countermove.command_line.tables import console, heading, show

    out, asked = console(), grid.plan
    heading(out, asked.name, f"{grid.cells_words}, seed {asked.seed}")
    paths = [name for name in grid.paths if name != "trial.patients"]
    heads = [
        *(path.replace(".", ".\n") for path in paths),
        "patients",
        "power",
        "95% interval",
        "events",
        "months",
    ]
    heads += [] if asked.target is None else [f"for {percent(asked.target)}"]
    rows = [_line(row, paths, asked.target) for row in grid.table().to_dict(orient="records")]
    note = f"Intervals are of the number of trials (Monte Carlo). {grid.pool_words}"
    if asked.target is not None:
        note += " Last: patients for that power, and between which numbers that lies."
    show(out, "Power", heads, rows, note=note)
    where = f", start with {POWER_PAGE}" if page else ""
    out.print(f"Results: {path}, the table in {POWER_FILE}{where}")
    out.print(DISCLAIMER)


def _line(row: Mapping[Any, Any], paths: Sequence[str], target: float | None) -> list[object]:
    cells: list[object] = [row[name] for name in paths]
    cells += [
        f"{row['patients']:,}",
        percent(row["power"]),
        f"{percent(row['low'])} to {percent(row['high'])}",
        f"{row['events']:.0f}",
        f"{row['months']:.0f}",
    ]
    if target is None:
        return cells
    if math.isnan(row["needed"]):
        return [*cells, "more"]
    high = "more" if math.isnan(row["needed_high"]) else f"{row['needed_high']:,.0f}"
    return [*cells, f"{row['needed']:,.0f} ({row['needed_low']:,.0f} to {high})"]
