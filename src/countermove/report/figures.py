"""The four figures of a run.

Here: their list and their files. Not here: each one's drawing.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from countermove.report.attribution import draw_attribution
from countermove.report.burden import draw_burden
from countermove.report.composition import draw_composition
from countermove.report.progression import draw_progression
from countermove.report.style import Drawing, drawn, png
from countermove.results import Runs, prepare_folder, write_text
from countermove.results.storage import write_bytes

DRAWINGS = {
    "burden": draw_burden,
    "composition": draw_composition,
    "time_to_progression": draw_progression,
    "relapse_attribution": draw_attribution,
}


def draw_all(runs: Runs) -> list[Drawing]:
    """Draw every figure of a run, in the order of reading."""
    return [drawn(partial(draw, runs=runs), name) for name, draw in DRAWINGS.items()]


def write_figures(drawings: list[Drawing], folder: str | Path) -> list[Path]:
    """Write each figure as PNG and SVG.

    Returns
    -------
    The files.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    path = prepare_folder(folder)
    files = []
    for drawing in drawings:
        write_bytes(png(drawing), path / f"{drawing.name}.png")
        write_text(drawing.svg, path / f"{drawing.name}.svg")
        files += [path / f"{drawing.name}.png", path / f"{drawing.name}.svg"]
    return files
