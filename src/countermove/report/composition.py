"""Which cells a tumor is made of, over time.

Here: mean shares of the types, stacked. Not here: how many cells there are (``report.burden``).
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from countermove.foundation.arrays import Floats
from countermove.report.reading import OTHERS, alive, clock, grouped_types, mean_shares
from countermove.report.style import (
    HEIGHT,
    OTHER,
    PAPER,
    SERIES,
    WIDTH,
    days_of,
    message,
    time_axis,
    time_unit,
)
from countermove.results import Runs

MOST_GROUPS = len(SERIES) + 1
LONGEST = 40  # letters of a name in the legend


def draw_composition(figure: Figure, runs: Runs) -> tuple[str, str]:
    """Fill a figure with the shares of the types over time; see the module docstring."""
    title = "What the tumor is made of"
    axes = figure.subplots()
    if not runs.trajectories["cells"].size:
        message(axes, "No trajectories were kept.")
        return title, "No trajectories were kept in this run."
    names = composition_on(axes, runs)
    rows = -(-len(names) // _columns(names))
    figure.set_size_inches(WIDTH, HEIGHT - 0.2 + 0.19 * rows)
    cells = runs.trajectories["cells"].to_numpy() * alive(runs)[:, :, None]
    return title, _caption((cells.sum(axis=2) > 0.0).sum(axis=0), len(cells))


def composition_on(axes: Axes, runs: Runs) -> list[str]:
    """Draw the shares of the types over time on some axes; returns the groups drawn."""
    if not runs.trajectories["cells"].size:
        message(axes, "No trajectories were kept.")
        return []
    names, cells = grouped_types(runs, MOST_GROUPS)
    lives = alive(runs)
    cells = cells * lives[:, :, None]
    days, since = clock(runs)
    _, length = time_unit(days_of(days))
    living = (cells.sum(axis=2) > 0.0).sum(axis=0)
    _draw_shares(axes, days / length, mean_shares(cells), names)
    _mark_empty(axes, days / length, living, "no cells left" if lives[:, -1].any() else "all dead")
    time_axis(axes, float(days[-1]), label=since)
    axes.set_xlim(days[0] / length, days[-1] / length)
    return names


def _labels(names: list[str]) -> list[str]:
    return [name if len(name) <= LONGEST else name[: LONGEST - 1] + "…" for name in names]


def _columns(names: list[str]) -> int:
    return 2 if len(names) > 1 and max(map(len, _labels(names))) <= LONGEST // 2 else 1


def type_colors(names: list[str]) -> list[str]:
    """Give a color to each group of types; joined ones are gray."""
    return [
        OTHER if name.startswith(f"{OTHERS} (") else SERIES[i % len(SERIES)]
        for i, name in enumerate(names)
    ]


def _draw_shares(axes: Axes, time: Floats, shares: Floats, names: list[str]) -> None:
    layers = axes.stackplot(
        time, *(100.0 * shares.T), colors=type_colors(names), edgecolor=PAPER, linewidth=0.8
    )
    axes.set_ylim(0, 100)
    axes.set_yticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
    axes.set_ylabel("Mean share of cells")
    axes.grid(visible=False)
    axes.legend(
        layers,
        _labels(names),
        loc="upper center",
        bbox_to_anchor=(0.45, -0.2),
        ncols=_columns(names),
        columnspacing=1.2,
        handlelength=1.1,
    )


def _mark_empty(axes: Axes, time: Floats, living: Floats, why: str) -> None:
    """Say why there is nothing where no patient counts, so that white is not taken for missing."""
    gone = np.flatnonzero(living == 0)
    if gone.size and time[-1] > time[0]:
        middle = float(0.5 * (time[gone[0]] + time[gone[-1]]))
        wide = (time[gone[-1]] - time[gone[0]]) / (time[-1] - time[0])
        if wide > 0.25:
            axes.text(middle, 50, why, ha="center", va="center")


def _caption(living: Floats, kept: int) -> str:
    if kept == 1:
        return "Share of each type of cell in the one patient."
    text = "Share of each type of cell, averaged over the patients who live with a tumor"
    last = int(living[-1])
    text += f" ({int(living[0]):,} at first, {last:,} at the end)."
    return text + " Every patient counts the same, whatever the size of the tumor."
