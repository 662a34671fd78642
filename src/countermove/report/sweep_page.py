"""The page of a sweep: what was swept, what came of it, and the way to each run's report.

Here: ``index.html`` and its figure. Not here: the runs, drawing (``sweep_figure``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from countermove.report.figures import write_figures
from countermove.report.markup import Link, page, report_links, section, table
from countermove.report.style import Drawing, drawn
from countermove.report.sweep_figure import can_draw, draw_sweep
from countermove.report.tables import percent, time_words
from countermove.results import prepare_folder, write_text
from countermove.results.run_folder import FIGURES_FOLDER, INDEX_FILE, SWEEP_FIGURE

OUTCOMES = {
    "responded": "Responded",
    "progressed": "Progressed",
    "died": "Died",
    "cured": "Alive with no cell left",
    "median_time_to_progression": "Median time to progression",
    "median_progression_free_survival": "Median PFS",
    "median_overall_survival": "Median OS",
    "median_imaging_progression_free_survival": "Median PFS by scans",
    "median_progression_free_survival_2": "Median PFS2 by scans",
    "median_time_on_first_line": "Median time on first line",
}


@dataclass(frozen=True, slots=True)
class Sweep:
    """Runs of one scenario with some values changed.

    Attributes
    ----------
    name, description : of the scenario
    criterion : the sentence on what progression was measured against
    paths : dotted paths swept
    rows : one a run, with the columns of ``sweep.csv``
    given : values at the paths, one row a run, as their user wrote them
    """

    name: str
    description: str
    criterion: str
    paths: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    given: tuple[tuple[str, ...], ...]


def write_sweep(sweep: Sweep, folder: str | Path) -> Path:
    """Write ``index.html`` (one file, readable offline) and the figure as PNG and SVG.

    Returns
    -------
    The page's path.

    Raises
    ------
    OutputError
        The folder cannot be written, or the disk is full.
    """
    path = prepare_folder(folder)
    drawings = []
    if can_draw(sweep.paths, sweep.rows):
        draw = partial(draw_sweep, paths=sweep.paths, rows=sweep.rows)
        drawings = [drawn(draw, SWEEP_FIGURE)]
        write_figures(drawings, path / FIGURES_FOLDER)
    write_text(sweep_page(sweep, drawings, path), path / INDEX_FILE)
    return path / INDEX_FILE


def sweep_page(sweep: Sweep, drawings: list[Drawing], folder: Path) -> str:
    """Return the whole page as text; runs without a report in the folder get no link."""
    said = f"{len(sweep.rows):,} runs, each with other values of {' and '.join(sweep.paths)}."
    labels = list(sweep.rows[0])
    labels = labels[: labels.index(sweep.paths[0])]
    heads = ("Run", *labels, *sweep.paths, *OUTCOMES.values())
    rows = [
        (
            _link(str(row["folder"]), folder),
            *(str(row[name]) for name in labels),
            *given,
            *(_outcome(row, name) for name in OUTCOMES),
        )
        for row, given in zip(sweep.rows, sweep.given, strict=True)
    ]
    notes = (
        sweep.criterion,
        _later(sweep),
        "95% intervals in brackets; all numbers with theirs are in sweep.csv.",
    )
    runs = section("Runs", table(heads, rows, style="wide"), *notes)
    names = (f"{sweep.name}: sweep", sweep.name)
    return page(names, said, [runs], drawings, lead=sweep.description)


def _later(sweep: Sweep) -> str:
    """Say how a patient can progress and be cured at once, where any went on to a second line."""
    if not any(row.get("second_line") for row in sweep.rows):
        return ""
    return "Progressed: for the first time; a later line of therapy may then leave no cell."


def _link(name: str, folder: Path) -> str | Link:
    link = report_links({name: name}, folder).get(name)
    return name if link is None else Link(name, link.href)


def _outcome(row: Mapping[str, Any], name: str) -> str:
    value = row[name]
    if name.startswith("median_"):
        return time_words(value)
    if value is None or not np.isfinite(value):
        return "-"
    return f"{percent(value)} [{percent(row[f'{name}_low'])} to {percent(row[f'{name}_high'])}]"
