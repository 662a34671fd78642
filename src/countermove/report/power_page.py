"""The page of power: the curve, the map where two numbers change, and every cell.

Here: ``power.html`` and its table. Not here: the numbers (``trials.power_grid``), the figures
(``power_figures``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from countermove.report.figures import write_figures
from countermove.report.known import known
from countermove.report.markup import page, section, table
from countermove.report.power_figures import Row, can_map, draw_power, draw_power_map, rows_of
from countermove.report.style import Drawing, drawn
from countermove.report.tables import percent
from countermove.results import prepare_folder, write_text
from countermove.results.run_folder import (
    FIGURES_FOLDER,
    POWER_FIGURE,
    POWER_FILE,
    POWER_MAP,
    POWER_PAGE,
)
from countermove.scenario import to_document
from countermove.trials.power_grid import SIZE, PowerGrid
from countermove.trials.virtual import LABELS


def write_power(grid: PowerGrid, folder: str | Path) -> Path:
    """Write ``power.html`` (one file, readable offline), its figures and ``power.csv``.

    Parameters
    ----------
    grid
        What `power` returned.
    folder
        Where to.

    Returns
    -------
    The page's path.

    Raises
    ------
    OutputError
        The folder cannot be written, or the disk is full.
    """
    path = prepare_folder(folder)
    drawings = [drawn(partial(draw_power, grid=grid), POWER_FIGURE)]
    if can_map(grid):
        drawings.append(drawn(partial(draw_power_map, grid=grid), POWER_MAP))
    write_figures(drawings, path / FIGURES_FOLDER)
    write_text(grid.table().to_csv(index=False, lineterminator="\n"), path / POWER_FILE)
    write_text(power_page(grid, drawings), path / POWER_PAGE)
    return path / POWER_PAGE


def power_page(grid: PowerGrid, drawings: Sequence[Drawing]) -> str:
    """Return the whole page as text."""
    asked = grid.plan
    protocol = asked.cells[0].protocol
    cells = f"{len(asked.cells)} design{'s' if len(asked.cells) > 1 else ''}"
    said = (
        f"{LABELS[protocol.design.endpoint]}: {', '.join(list(protocol.arms)[1:])} against "
        f"{next(iter(protocol.arms))}. {cells} of {asked.trials:,} simulated trials each, seed "
        f"{asked.seed}. {protocol.criterion}"
    )
    parts = [
        _cells(grid),
        known(*(to_document(arm) for pool in asked.pools for arm in pool.values())),
    ]
    title = f"{asked.name}: power"
    return page((title, title), said, parts, drawings)


def _cells(grid: PowerGrid) -> str:
    paths, target = [path for path in grid.paths if path != SIZE], grid.plan.target
    heads = [*paths, "Patients", "Power", "95% interval", "Pool error", "Favors a treated arm",
             "Futile", "Events", "Months"]  # fmt: skip
    heads += [] if target is None else [f"Patients for {percent(target)}"]
    rows = [_cell(row, paths, with_target=target is not None) for row in rows_of(grid)]
    notes = [
        "Power: share of trials that claim an effect, for any arm; the interval is of the number "
        "of trials. Pool error: standard error, at most, that the finite pool of patients adds. "
        f"Events and months: means at the end of a trial. All numbers are in {POWER_FILE}."
    ]
    if target is not None:
        notes.append(
            f"Patients for {percent(target)}: the fewest that reach it, and between which numbers "
            "that lies; more: the pool is too small to show it."
        )
    return section("Designs", table(heads, rows, style="wide"), *notes)


def _cell(row: Row, paths: Sequence[str], *, with_target: bool) -> list[str]:
    cells = [str(row[path]) for path in paths]
    cells += [
        f"{row['patients']:,}",
        percent(row["power"]),
        f"{percent(row['low'])} to {percent(row['high'])}",
        "<0.1%" if row["pool_error"] < 0.001 else percent(row["pool_error"]),
        percent(row["favors"]),
        percent(row["futile"]),
        f"{row['events']:.0f}",
        f"{row['months']:.0f}",
    ]
    if not with_target:
        return cells
    if math.isnan(row["needed"]):
        return [*cells, "more"]
    high = "more" if math.isnan(row["needed_high"]) else f"{row['needed_high']:,.0f}"
    return [*cells, f"{row['needed']:,.0f} [{row['needed_low']:,.0f} to {high}]"]
