"""Which cells a tumor is made of, over time.

Here: mean shares of the types, stacked. Not here: how many cells there are (``report.burden``).
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from countermove.foundation.arrays import Floats
from countermove.report.reading import (
    OTHERS,
    alive,
    clock,
    enough_alive,
    grouped_types,
    mean_shares,
)
from countermove.report.style import (
    GRID,
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
NO_CELL = "no cell left"
LONGEST = 40  # letters of a name in the legend


def draw_composition(figure: Figure, runs: Runs) -> tuple[str, str]:
    """Fill a figure with the shares of the types over time; see the module docstring."""
    title = "What the tumor is made of"
    axes = figure.subplots()
    if not runs.trajectories["cells"].size:
        message(axes, "No trajectories were kept.")
        return title, "No trajectories were kept in this run."
    names = composition_on(axes, runs)
    rows = -(-len(names) // columns_of(names))
    figure.set_size_inches(WIDTH, HEIGHT - 0.2 + 0.19 * rows)
    lives = alive(runs)
    return title, _caption(lives.sum(axis=0), len(lives))


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
    enough = enough_alive(runs)
    lives, cells = lives & enough, cells * enough[:, None]
    there = (cells.sum(axis=2) > 0.0).sum(axis=0)
    living = lives.sum(axis=0)
    part = np.divide(there, living, out=np.zeros(living.size), where=living > 0)
    shares = mean_shares(cells) * part[:, None]
    if (there < living).any():  # who is cured counts too, as a tumor of no cells
        names = [*names, NO_CELL]
        shares = np.column_stack([shares, np.where(living > 0, 1.0 - part, 0.0)])
    _draw_shares(axes, days / length, shares, names)
    all_dead = not alive(runs)[:, -1].any()
    why = "all dead" if all_dead and enough[alive(runs).any(axis=0)].all() else "few alive"
    _mark_empty(axes, days / length, living, why)
    time_axis(axes, float(days[-1]), label=since)
    axes.set_xlim(days[0] / length, days[-1] / length)
    return names


def labels_of(names: list[str]) -> list[str]:
    """Cut names for a legend where they are too long."""
    return [name if len(name) <= LONGEST else name[: LONGEST - 1] + "…" for name in names]


def columns_of(names: list[str]) -> int:
    """Count the columns that a legend of these names has room for."""
    return 2 if len(names) > 1 and max(map(len, labels_of(names))) <= LONGEST // 2 else 1


def type_colors(names: list[str]) -> list[str]:
    """Give a color to each group of types; joined ones are gray."""
    return [
        GRID
        if name == NO_CELL
        else OTHER
        if name.startswith(f"{OTHERS} (")
        else SERIES[i % len(SERIES)]
        for i, name in enumerate(names)
    ]


def _draw_shares(axes: Axes, time: Floats, shares: Floats, names: list[str]) -> None:
    layers = axes.stackplot(
        time, *(100.0 * shares.T), colors=type_colors(names), edgecolor=PAPER, linewidth=0.8
    )
    axes.set_ylim(0, 100)
    axes.set_yticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
    axes.set_ylabel("Mean share")
    axes.grid(visible=False)
    axes.legend(
        layers,
        labels_of(names),
        loc="upper center",
        bbox_to_anchor=(0.45, -0.2),
        ncols=columns_of(names),
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
    text = "Share of each type of cell, averaged over the patients alive"
    text += f" ({int(living[0]):,} at first, {int(living[-1]):,} at the end); whoever has no cell "
    text += "left counts too. Every patient counts the same, whatever the size of the tumor. "
    return text + "Nothing is drawn where fewer than a tenth are alive."
