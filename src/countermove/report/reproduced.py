"""A paper's numbers beside ours, as points along an axis or as deviations.

Here: the drawing. Not here: the numbers (``catalog``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from textwrap import shorten, wrap
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator

from countermove.report.style import BLUE, INK, MUTED, SERIES, WIDTH, message

LINE_HIGH, ROW, AROUND = 0.15, 0.11, 0.95  # inches of a row's lines, between, around all
COLORS = (BLUE, *SERIES[1:5])
FURTHEST = 3.0  # tolerances shown to either side, or times a bound
LONGEST, MOST_LINES = 36, 2  # letters of a line of a row's name, and its lines
KEPT: dict[str, Any] = {"color": SERIES[2], "alpha": 0.12, "lw": 0}  # the span that agrees


class Compared(NamedTuple):
    """One number: the paper's, ours, the span that agrees, and where it stands in the figure."""

    says: str
    paper: float | None
    ours: float
    agrees: tuple[float, float]
    x: float | None
    series: str
    verdict: str


def draw_reproduced(
    figure: Figure, *, title: str, rows: Sequence[Compared], axes: Mapping[str, Any]
) -> tuple[str, str]:
    """Fill a figure; see the module docstring.

    Returns
    -------
    Its title and caption.
    """
    placed = [row for row in rows if row.x is not None]
    if axes and placed:
        _along(figure, placed, axes)
        marks = []
        if any(row.paper is not None for row in placed):
            marks.append("Circles: the paper, with its tolerance.")
        if any(row.paper is None for row in placed):
            marks.append("Triangles: bounds, which ours keeps if it lies where they point.")
        return title, " ".join([*marks, "Crosses: recomputed."])
    valued = [row for row in rows if row.paper is not None and row.agrees[1] > row.agrees[0]]
    bounded = [row for row in rows if row.paper is None and any(map(_divides, row.agrees))]
    if not valued and bounded:
        _kept(figure, bounded)
        return title, "Dots: recomputed. The bands keep the bound; its value stands beside ours."
    if not valued:
        message(figure.subplots(), "Nothing with a tolerance to draw.")
        return title, "Nothing to draw."
    _deviations(figure, valued)
    return title, "Recomputed less printed, in tolerances; the band agrees."


def _along(figure: Figure, rows: Sequence[Compared], axes: Mapping[str, Any]) -> None:
    figure.set_size_inches(WIDTH + 0.8, 3.8)
    panel = figure.subplots()
    names = list(dict.fromkeys(row.series for row in rows))
    for place, name in enumerate(names):
        own = [row for row in rows if row.series == name]
        color = COLORS[place % len(COLORS)]
        _papers(panel, [row for row in own if row.paper is not None], color)
        marks = _bounds(panel, [row for row in own if row.paper is None], color)
        places = np.array([row.x for row in own], dtype=float)
        panel.plot(places, [row.ours for row in own], "x", ms=6, mew=1.4, color=INK, zorder=3)
        if name:
            panel.plot([], [], marks or "o", ls="", ms=7, mfc="none", mec=color, label=name)
    if len(names) == 1 and not names[0]:
        panel.plot([], [], "o", ms=7, mfc="none", mec=BLUE, label="Paper")
    panel.plot([], [], "x", ms=6, mew=1.4, color=INK, label="Recomputed")
    _scales(panel, axes)
    if all(float(row.x or 0.0).is_integer() for row in rows) and "x" not in axes.get("log", []):
        panel.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    panel.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=2, columnspacing=1.0)


def _papers(panel: Axes, rows: Sequence[Compared], color: str) -> None:
    """Circles of what the paper prints, with tolerances."""
    x = np.array([row.x for row in rows], dtype=float)
    paper = np.array([row.paper for row in rows], dtype=float)
    half = [(row.agrees[1] - row.agrees[0]) / 2.0 for row in rows]
    panel.errorbar(
        x, paper, half, fmt="o", ms=7, mfc="none", mec=color, ecolor=color, lw=1, zorder=2
    )


def _bounds(panel: Axes, rows: Sequence[Compared], color: str) -> str:
    """Triangles at the bounds, pointing to where ours must lie; return the mark drawn last."""
    mark = ""
    for row in rows:
        for bound, mark_of in zip(row.agrees, "^v", strict=True):
            if math.isfinite(bound):
                mark = mark_of
                panel.plot(row.x or 0.0, bound, mark, ms=7, mfc="none", mec=color, zorder=2)
    return mark


def _scales(panel: Axes, axes: Mapping[str, Any]) -> None:
    panel.set_xlabel(axes.get("x", ""))
    panel.set_ylabel(axes.get("y", ""))
    if "x" in axes.get("log", []):
        panel.set_xscale("log")
    if "y" in axes.get("log", []):
        panel.set_yscale("log")


def _deviations(figure: Figure, rows: Sequence[Compared]) -> None:
    panel = _of_rows(figure, rows)
    panel.axvspan(-1.0, 1.0, **KEPT)
    panel.axvline(0.0, color=MUTED, lw=0.8)
    for place, row in enumerate(rows):
        half = (row.agrees[1] - row.agrees[0]) / 2.0
        off = (row.ours - (row.paper or 0.0)) / half
        shown = math.copysign(min(abs(off), FURTHEST), off)
        inside = abs(off) <= 1.0
        mark = "o" if abs(off) <= FURTHEST else (">" if off > 0 else "<")
        panel.plot(shown, place, mark, color=BLUE if inside else SERIES[1], ms=6, clip_on=False)
    panel.set_xlim(-FURTHEST, FURTHEST)
    panel.set_xlabel("Ours less the paper's, in tolerances")


def _divides(bound: float) -> bool:
    return math.isfinite(bound) and bound > 0.0


def _kept(figure: Figure, rows: Sequence[Compared]) -> None:
    """Ours over its bound, of numbers that the paper only bounds."""
    panel = _of_rows(figure, rows)
    panel.axvline(1.0, color=MUTED, lw=0.8)
    for place, row in enumerate(rows):
        low, high = row.agrees
        bound = low if _divides(low) else high
        span = (1.0, FURTHEST) if _divides(low) else (0.0, 1.0)
        panel.fill_betweenx([place - 0.38, place + 0.38], *span, **KEPT)
        ratio = row.ours / bound
        mark = "o" if ratio <= FURTHEST else ">"
        color = BLUE if low <= row.ours <= high else SERIES[1]
        panel.plot(min(ratio, FURTHEST), place, mark, color=color, ms=6, clip_on=False)
        word = "at least" if _divides(low) else "at most"
        text = f"{row.ours:.3g}; {word} {bound:.3g}"
        panel.text(FURTHEST * 1.03, place, text, va="center", fontsize=8.5, color=INK)
    panel.set_xlim(-0.1, FURTHEST)
    panel.set_xlabel("Ours over the bound")


def _of_rows(figure: Figure, rows: Sequence[Compared]) -> Axes:
    """Axes with a named row for each number, high enough for its name, and no lines between."""
    names = [_broken(row.says) for row in rows]
    lines = max(name.count("\n") + 1 for name in names)
    figure.set_size_inches(WIDTH + 1.6, AROUND + (ROW + LINE_HIGH * lines) * len(rows))
    layout = figure.get_layout_engine()
    if isinstance(layout, ConstrainedLayoutEngine):
        layout.set(w_pad=0.12)  # inches; long names come short by less
    panel = figure.subplots()
    panel.set_yticks(range(len(rows)), names, fontsize=8.5, linespacing=1.1)
    panel.set_ylim(len(rows) - 0.4, -0.6)
    panel.grid(visible=False, axis="x")
    panel.tick_params(axis="y", colors=INK)
    return panel


def _broken(name: str) -> str:
    """Break a row's name into lines; what is longer than those is cut off."""
    return "\n".join(wrap(shorten(name, LONGEST * MOST_LINES - 6, placeholder=" ..."), LONGEST))
