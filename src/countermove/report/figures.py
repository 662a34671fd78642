"""The figures of a run.

Here: their list and their files. Not here: each one's drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from countermove.report.attribution import draw_attribution
from countermove.report.burden import draw_burden
from countermove.report.clones import draw_clones
from countermove.report.composition import draw_composition
from countermove.report.patient import draw_patient
from countermove.report.progression import draw_progression
from countermove.report.responses import draw_spider, draw_swimmer, draw_waterfall
from countermove.report.style import Drawing, drawn, pdf, png
from countermove.report.survival import draw_survival
from countermove.results import Runs, prepare_folder, write_text
from countermove.results.storage import write_bytes

DRAWINGS = {
    "burden": draw_burden,
    "clones": draw_clones,
    "patient": draw_patient,
    "composition": draw_composition,
    "time_to_progression": draw_progression,
    "relapse_attribution": draw_attribution,
    "survival": draw_survival,
    "waterfall": draw_waterfall,
    "spider": draw_spider,
    "swimmer": draw_swimmer,
}


def draw_all(runs: Runs) -> list[Drawing]:
    """Draw every figure of a run, in the order of reading."""
    return draw_some(runs, DRAWINGS)


def draw_some(runs: Runs, names: Iterable[str]) -> list[Drawing]:
    """Draw the figures named, keys of `DRAWINGS`."""
    return [drawn(partial(DRAWINGS[name], runs=runs), name) for name in names]


def write_figures(
    drawings: Sequence[Drawing], folder: str | Path, formats: Sequence[str] = ("png", "svg")
) -> list[Path]:
    """Write each figure in each format, ``png``, ``svg`` or ``pdf``.

    Returns
    -------
    The files.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    path = prepare_folder(folder)
    files: list[Path] = []
    for drawing in drawings:
        for kind in dict.fromkeys(formats):
            file = path / f"{drawing.name}.{kind}"
            if kind == "svg":
                write_text(drawing.svg, file)
            else:
                write_bytes(png(drawing) if kind == "png" else pdf(drawing), file)
            files.append(file)
    return files
