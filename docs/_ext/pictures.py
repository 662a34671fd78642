"""The pictures of the front page and of the gallery, drawn from the shipped examples.

Here: ``python docs/_ext/pictures.py`` (or ``make picture``) draws the front page's anew into
``docs/_static``; the directive ``example-gallery`` runs every example as the pages are built. Not
here: what a figure shows (``countermove.report``).
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

import countermove as cm
from countermove.report.burden import draw_burden
from countermove.report.composition import composition_on
from countermove.report.style import GRID, INK, LINE, MUTED, PAPER, SETTINGS

STATIC = Path(__file__).resolve().parents[1] / "_static"
FRONT = "two_drugs_together"
IN_TURN = {"treatment": {"policy": "sequential", "drugs": ["A", "B"]}}
PATIENTS = 200
# what the report's page uses where the reader prefers dark
DARK = {INK: "#e8eaed", MUTED: "#a5adb8", GRID: "#3a4048", PAPER: "#1c2026", LINE: "#4ba6e3"}
GALLERY_PATIENTS = 100


def front() -> str:
    """SVG of three figures of two reports: two drugs in turn, and the same two together."""
    together = cm.example(FRONT)
    in_turn = cm.replace(together, IN_TURN)
    runs = {
        "A until it fails, then B": cm.simulate(in_turn, patients=PATIENTS, every=28),
        "A and B together": cm.simulate(together, patients=PATIENTS, every=28),
    }
    with mpl.rc_context({**SETTINGS, "svg.fonttype": "path", "svg.hashsalt": "front"}):
        figure = Figure(figsize=(12.6, 4.1), layout="constrained")
        parts = figure.subfigures(1, 3, wspace=0.03)
        for part, (title, run) in zip(parts, runs.items(), strict=False):
            draw_burden(part, run)
            part.suptitle(title, fontsize=12, fontweight="bold")
        composition_on(parts[2].subplots(), runs["A until it fails, then B"])
        parts[2].suptitle("What is left under A, then B", fontsize=12, fontweight="bold")
        figure.set_facecolor("none")
        for part in parts:
            part.set_facecolor("none")
        file = io.BytesIO()
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(file, format="svg", metadata=nothing)
    return file.getvalue().decode("utf-8")


def dark(svg: str) -> str:
    """Return the same picture for a dark page."""
    for light, color in DARK.items():
        svg = svg.replace(light, color)
    return svg


def write_front() -> list[Path]:
    """Write the picture of the front page, light and dark."""
    svg = front()
    files = {STATIC / "front-light.svg": svg, STATIC / "front-dark.svg": dark(svg)}
    for path, text in files.items():
        path.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n", "utf-8")
    return list(files)


if __name__ == "__main__":
    for written in write_front():
        print(f"Written: {written.relative_to(STATIC.parents[1])}")
