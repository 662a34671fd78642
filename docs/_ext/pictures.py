"""The pictures of the front page and of the gallery, drawn from the shipped examples.

Here: ``python docs/_ext/pictures.py`` (or ``make picture``) draws the front page's anew into
``docs/_static``; the directive ``example-gallery`` runs every example as the pages are built. Not
here: what a figure shows (``countermove.report``).
"""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path
from typing import Any

import matplotlib as mpl
from docutils import nodes
from docutils.statemachine import StringList
from matplotlib.figure import Figure
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import countermove as cm
from countermove.report.burden import draw_burden
from countermove.report.composition import composition_on
from countermove.report.figures import draw_some
from countermove.report.style import GRID, INK, LINE, MUTED, PAPER, SETTINGS, inline_svg
from countermove.scenario.library import example_files

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


class ExampleGallery(SphinxDirective):
    """A section for each shipped example: what it teaches, and two figures of its report."""

    def run(self) -> list[nodes.Node]:
        lines: list[str] = []
        for name in cm.examples():
            lines += section(name)
        container = nodes.Element()
        self.state.nested_parse(
            StringList(lines, source="examples"), 0, container, match_titles=True
        )
        return container.children


def section(name: str) -> list[str]:
    """Markdown of one example; its figures stand in the page and follow its colors."""
    files = example_files(name)
    runs = cm.simulate(name, patients=GALLERY_PATIENTS)
    figures = []
    for drawing in draw_some(runs, ("burden", "relapse_attribution")):
        own = dataclasses.replace(drawing, name=f"{name}-{drawing.name}")
        text = inline_svg(own, f"{drawing.title}: {drawing.caption}")
        figures += [f"<figure>{text}<figcaption>{drawing.title}</figcaption></figure>"]
    return [
        f"## {cm.example(name).name}",
        "",
        files.teaches,
        "",
        "```{raw} html",
        '<div class="gallery">',
        *"\n".join(figures).splitlines(),
        "</div>",
        "```",
        "",
        "```text",
        f"countermove run {name}",
        "```",
        "",
    ]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("example-gallery", ExampleGallery)
    return {"parallel_read_safe": True}


if __name__ == "__main__":
    for written in write_front():
        print(f"Written: {written.relative_to(STATIC.parents[1])}")
