"""The look that all figures share, and turning a figure into files or into part of a page.

Here: colors, axes, time units, SVG and PNG. Not here: what is drawn.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

INK, MUTED, GRID, PAPER = "#1f2328", "#646c76", "#dfe3e8", "#ffffff"
# Okabe and Ito (2008), told apart under the common color-vision deficiencies; black is the ink's.
SERIES = ("#56b4e9", "#d55e00", "#009e73", "#e69f00", "#cc79a7", "#0072b2", "#f0e442")
OTHER = "#9aa0a6"
BLUE, ORANGE = "#0072b2", "#e69f00"
LINE = "#0071b1"  # the blue of lines; a dark page brightens it

MONTH = 365.25 / 12.0
WIDTH, HEIGHT = 4.2, 3.5  # inches; text stays readable when a phone shows it 3.6 inches wide

SETTINGS: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.size": 10.0,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 3.0,
    "ytick.major.size": 0.0,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "figure.facecolor": PAPER,
    "axes.facecolor": "none",
    "hatch.linewidth": 1.2,
    "svg.fonttype": "none",
}

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PAGE_COLORS = {
    LINE: "var(--line)",
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--grid)",
    PAPER: "var(--card)",
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure with what a page says about it.

    Attributes
    ----------
    name : file name without ending
    title, caption : for people; the caption says how to read it
    figure : the matplotlib figure
    svg : the figure as an SVG file; the same runs give the same text
    """

    name: str
    title: str
    caption: str
    figure: Figure
    svg: str


def drawn(draw: Callable[[Figure], tuple[str, str]], name: str) -> Drawing:
    """Draw a figure in the shared look, leaving matplotlib's settings as they were.

    Parameters
    ----------
    draw
        Fills the figure; returns the title and the caption.
    name
        File name without ending.
    """
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        title, caption = draw(figure)
        layout = figure.get_layout_engine()
        if layout is not None:  # laid out once, not again for every file
            layout.execute(figure)
            figure.set_layout_engine(None)  # "none" would draw each file twice
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    text = _saved(figure, name, format="svg", metadata=nothing).decode("utf-8")
    return Drawing(name, title, caption, figure, text)


def png(drawing: Drawing) -> bytes:
    """Return the figure as a PNG at 200 dots per inch."""
    return _saved(drawing.figure, drawing.name, format="png", dpi=200)


def pdf(drawing: Drawing) -> bytes:
    """Return the figure as a PDF, the same bytes each time."""
    nothing = {"CreationDate": None, "Creator": None, "Producer": None}
    return _saved(drawing.figure, drawing.name, format="pdf", metadata=nothing)


def _saved(figure: Figure, name: str, **options: Any) -> bytes:
    file = io.BytesIO()
    with mpl.rc_context({**SETTINGS, "svg.hashsalt": name}):
        figure.savefig(file, **options)
    return file.getvalue()


def inline_svg(drawing: Drawing, label: str) -> str:
    """Return the figure as part of a page: its colors follow the page, its ids are its own."""
    text = drawing.svg[drawing.svg.index("<svg") :]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = re.sub(r'\s(xmlns(:\w+)?)="[^"]*"', "", text)
    text = text.replace("xlink:href", "href")
    text = re.sub(r'\bid="([^"]+)"', rf'id="{drawing.name}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{drawing.name}-\1)", text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{drawing.name}-\1"', text)
    for color, variable in _PAGE_COLORS.items():
        text = text.replace(color, variable)
    text = re.sub(r'<svg\b[^>]*?viewBox="([^"]+)"[^>]*>', r'<svg viewBox="\1">', text, count=1)
    head = f'<svg role="img" aria-label="{label}" '
    return re.sub(r"\s+\n", "\n", text.replace("<svg ", head, 1)).strip()


def time_unit(days: float) -> tuple[str, float]:
    """Choose the unit in which a span is best read, and its length in days."""
    return ("months", MONTH) if days > 120.0 else ("days", 1.0)


def time_axis(axes: Axes, span: float, *, label: str) -> None:
    """Ticks at round numbers of months or days; the axis is already in that unit."""
    unit, length = time_unit(span)
    last = span / length
    steps = (3, 6, 12, 24, 60, 120) if unit == "months" else (1, 2, 5, 7, 14, 28)
    step = next((s for s in steps if last / s <= 8), None)
    if step is not None and last >= step:
        axes.set_xticks(np.arange(0.0, last * 1.001, step))
    axes.set_xlabel(f"{unit.capitalize()} {label}")


def power(exponent: int) -> str:
    """Write a power of ten, as ``10⁹``."""
    return "1" if exponent == 0 else "10" + str(exponent).translate(_SUPERSCRIPTS)


def message(axes: Axes, text: str) -> None:
    """Say in the middle of empty axes why there is nothing to see."""
    axes.set_axis_off()
    figure = axes.figure.get_figure(root=True)
    if figure.canvas.manager is None and len(figure.axes) == 1:  # not a figure of the user's own
        figure.set_size_inches(WIDTH, 1.3)
    axes.text(
        0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes, color=MUTED, wrap=True
    )


def days_of(times: NDArray[np.float64]) -> float:
    """Span of some times, at least a day."""
    return float(max(times[-1] - times[0], 1.0)) if times.size else 1.0
