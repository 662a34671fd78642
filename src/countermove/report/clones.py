"""Cells of each clone over time on a log axis: the resistant clone, from long before it is seen.

Here: the median and the middle half of patients, by genotype. Not here: shares of the tumor
(``report.composition``).
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from countermove.foundation.arrays import Floats
from countermove.report.composition import columns_of, labels_of, type_colors
from countermove.report.reading import alive, clock, detection_limit, enough_alive
from countermove.report.style import (
    HEIGHT,
    MUTED,
    WIDTH,
    days_of,
    message,
    power,
    time_axis,
    time_unit,
)
from countermove.results import Runs

MOST_CLONES = 7
TITLE = "Cells by clone"
GONE = -1.0


def draw_clones(figure: Figure, runs: Runs) -> tuple[str, str]:
    """Fill a figure with the cells of each genotype over time."""
    axes = figure.subplots()
    if not runs.trajectories["cells"].size:
        message(axes, "No trajectories were kept.")
        return TITLE, "No trajectories were kept in this run."
    names = clones_on(axes, runs)
    rows = -(-len(names) // columns_of(names))
    figure.set_size_inches(WIDTH, HEIGHT + 0.19 * rows)
    many = runs.trajectories.sizes["patient"] > 1
    text = "Cells with each set of alterations, on a log axis"
    text += ": the median patient and, shaded, the middle half" if many else ""
    text += (
        ". What is far below the limit of detection is there all the same. Nothing is drawn where "
    )
    text += "fewer than a tenth of the patients are alive."
    return TITLE, text + (" A line at the bottom is a clone without a cell." if many else "")


def clones_on(axes: Axes, runs: Runs) -> list[str]:
    """Draw the cells of each genotype on some axes; returns the genotypes drawn."""
    if not runs.trajectories["cells"].size:
        message(axes, "No trajectories were kept.")
        return []
    names, cells = by_genotype(runs)
    days, since = clock(runs)
    _, length = time_unit(days_of(days))
    lives = alive(runs) & enough_alive(runs)
    top = 1.0
    for label, color, own in zip(labels_of(names), type_colors(names), cells, strict=True):
        height = np.where(own >= 1.0, np.log10(np.maximum(own, 1.0)), GONE)
        height = np.where(lives, height, np.nan)
        some = ~np.isnan(height).all(axis=0)
        low, middle, high = np.full((3, days.size), np.nan)
        low[some], middle[some], high[some] = np.nanquantile(
            height[:, some], [0.25, 0.5, 0.75], axis=0, method="nearest"
        )
        if len(own) > 1:
            axes.fill_between(days / length, low, high, color=color, alpha=0.22, lw=0)
        axes.plot(days / length, middle, color=color, lw=2.0, label=label)
        top = max(top, float(np.nanmax(high)))
    limit = np.log10(detection_limit(runs))
    axes.axhline(limit, color=MUTED, lw=1.0, ls=(0, (1, 2)), label="limit of detection")
    _axis(axes, np.ceil(max(top, limit) + 0.1))
    time_axis(axes, float(days[-1]), label=since)
    axes.set_xlim(days[0] / length, days[-1] / length)
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.45, -0.2),
        ncols=columns_of(names),
        columnspacing=1.2,
        handlelength=1.4,
    )
    return names


def by_genotype(runs: Runs) -> tuple[list[str], list[Floats]]:
    """Genotypes and their cells, (kept, times) each; those that matter least are left out."""
    data = runs.trajectories
    labels = data["genotype"].to_numpy().astype(str)
    names = list(dict.fromkeys(labels.tolist()))
    cells = data["cells"].to_numpy()
    groups = {name: cells[:, :, labels == name].sum(axis=2) for name in names}
    there = [name for name in names if groups[name].max(initial=0.0) >= 1.0]
    by_size = sorted(there, key=lambda name: -float(np.log10(groups[name] + 1.0).mean()))
    shown = [name for name in there if name in by_size[:MOST_CLONES]]
    return shown, [groups[name] for name in shown]


def _axis(axes: Axes, top: float) -> None:
    step = max(1, -(-int(top) // 6))
    ticks = [float(n) for n in range(0, int(top) + 1, step)]
    axes.set_yticks([GONE, *ticks], ["0", *(power(int(tick)) for tick in ticks)])
    axes.set_ylim(GONE - 0.25, top)
    axes.set_ylabel("Cells")
