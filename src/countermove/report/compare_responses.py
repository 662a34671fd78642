"""Patients of a comparison arm by arm: waterfall, spider and swimmer of each, one below the other.

Here: the three figures. Not here: one run's own (``responses``), curves and differences
(``compare_figures``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from countermove.report.compare_figures import color_of, short_name
from countermove.report.responses import (
    MOST_BARS,
    MOST_LINES,
    MOST_SWIMMERS,
    NOTHING,
    progression_mark,
    spider_on,
    swimmer_handles,
    swimmer_on,
    waterfall_on,
)
from countermove.report.seen import RESPONSE_COLORS, RESPONSE_NAMES
from countermove.report.style import INK, WIDTH, message
from countermove.results import Runs
from countermove.trials.compare import Comparison

MOST_ARMS = 6


def draw_waterfalls(figure: Figure, comparison: Comparison) -> tuple[str, str]:
    """Fill a figure with the waterfall of each arm."""
    title = "Best response by scan, arm by arm (waterfall)"
    shown = _stacked(figure, comparison, waterfall_on, 1.7)
    if not shown:
        return title, NOTHING
    figure.supylabel("Change of target lesions", fontsize=10, color=INK)
    _legend(figure, _responses(shown))
    return title, (
        "Lowest change of the sum of target lesions from baseline, up to progression; one bar a "
        f"patient{_most(comparison, MOST_BARS)}, colored by the best response by RECIST 1.1. "
        f"{comparison.criterion}"
    )


def draw_spiders(figure: Figure, comparison: Comparison) -> tuple[str, str]:
    """Fill a figure with the spider of each arm."""
    title = "Target lesions over time, arm by arm (spider)"
    shown = _stacked(figure, comparison, spider_on, 1.9)
    if not shown:
        return title, NOTHING
    figure.supylabel("Change of target lesions", fontsize=10, color=INK)
    _legend(figure, [*_responses(shown), progression_mark()])
    return title, (
        "Change of the sum of target lesions from baseline at each scan, one line a "
        f"patient{_most(comparison, MOST_LINES)}; a line ends at the scan that shows progression. "
        f"{comparison.criterion}"
    )


def draw_swimmers(figure: Figure, comparison: Comparison) -> tuple[str, str]:
    """Fill a figure with the swimmer of each arm."""
    title = "Patients on treatment, arm by arm (swimmer)"
    arms = _stacked(
        figure, comparison, lambda axes, runs: [runs] if swimmer_on(axes, runs) else [], 2.5
    )
    if not arms:
        return title, "Nobody was treated."
    _legend(figure, swimmer_handles(arms))
    return title, (
        f"The same patients in each arm{_most(comparison, MOST_SWIMMERS)}, the longest first: time "
        f"under each line, pauses included. {comparison.criterion}"
    )


def _stacked(
    figure: Figure, comparison: Comparison, draw: Callable[[Axes, Runs], list[Any]], height: float
) -> list[Any]:
    """Draw each arm below the one before, on the same axis of time; returns what was shown."""
    arms = comparison.arms[:MOST_ARMS]
    figure.set_size_inches(WIDTH, 1.0 + height * len(arms))
    every: Any = figure.subplots(len(arms), 1, squeeze=False)
    shown: list[Any] = []
    full: list[Axes] = []
    for axes, arm in zip(every[:, 0], arms, strict=True):
        own = draw(axes, comparison.runs[arm])
        shown += [word for word in own if word not in shown]
        full += [axes] if own else []
        axes.set_title(short_name(arm), loc="left", fontsize=10, color=color_of(comparison, arm))
        axes.set_ylabel("")
    if not shown:
        figure.clear()
        message(figure.subplots(), NOTHING)
        return []
    if len({axes.get_xlabel() for axes in full}) == 1:  # the same unit of time
        last = max(full, key=lambda axes: axes.get_xlim()[1])
        ticks = last.get_xticks()
        for axes in full:
            axes.set_xlim(last.get_xlim())
            axes.set_xticks([tick for tick in ticks if tick <= last.get_xlim()[1]])
            axes.set_xlabel(axes.get_xlabel() if axes is full[-1] else "")
    return shown


def _most(comparison: Comparison, most: int) -> str:
    return f" ({most} of {comparison.patients:,})" if comparison.patients > most else ""


def _responses(shown: list[str]) -> list[Patch]:
    return [
        Patch(color=color, label=RESPONSE_NAMES[word])
        for word, color in RESPONSE_COLORS.items()
        if word in shown
    ]


def _legend(figure: Figure, handles: list[Any] | list[Patch | Line2D]) -> None:
    figure.legend(
        handles=handles, loc="outside lower center", ncols=2, columnspacing=1.2, handlelength=1.4
    )
