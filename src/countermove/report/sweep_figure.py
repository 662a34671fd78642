"""Outcomes of a sweep against what was swept: lines for one path, heat maps for two.

Here: drawing rows of a sweep's table. Not here: the page around them (``sweep_page``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from countermove.foundation.arrays import Floats
from countermove.report.style import BLUE, MUTED, ORANGE, OTHER, PAPER, WIDTH, message, time_unit

Rows = Sequence[Mapping[str, Any]]


class Look(NamedTuple):
    """How a series is drawn: set apart sideways (points), so that equal values stay visible."""

    label: str
    color: str
    marker: str
    line: Any
    aside: float


SHARES = {
    "responded": Look("Responded", "#009e73", "s", "-", -4.5),
    "progressed": Look("Progressed", ORANGE, "o", "-", -1.5),
    "died": Look("Died", OTHER, "D", ":", 1.5),
    "cured": Look("Alive, no cell left", BLUE, "^", (0, (4, 2.5)), 4.5),
}
TIMES = {
    "median_time_to_progression": Look("Median time to progression", ORANGE, "o", "-", 0.0),
    "median_overall_survival": Look("Median overall survival", OTHER, "D", ":", 3.0),
}
WIDE_RANGE = 30.0  # largest over smallest value from which an axis is logarithmic
ROOM = 0.05  # of an axis, left and right of the outermost values
MOST_MAPS = 3
MOST_WRITTEN = 8  # columns of a heat map whose cells still have room for a number
MAP = LinearSegmentedColormap.from_list("house", ["#e8f1f8", "#56a5d6", "#0b5a96"])


def can_draw(paths: Sequence[str], rows: Rows) -> bool:
    """Whether a sweep has a figure: one path, or two that cross, and more than one run."""
    values = [{row[path] for row in rows} for path in paths]
    return len(rows) > 1 and len(paths) in (1, 2) and any(len(result) > 1 for result in values)


def draw_sweep(figure: Figure, paths: Sequence[str], rows: Rows) -> tuple[str, str]:
    """Fill a figure; see the module docstring.

    Returns
    -------
    Its title and caption.
    """
    title = f"Outcomes by {' and '.join(paths)}"
    if not can_draw(paths, rows):
        message(figure.subplots(), "Figures are drawn of one or two\nswept paths.")
        return title, "Nothing to draw."
    if len(paths) == 1:
        return title, _draw_lines(figure, paths[0], rows)
    return title, _draw_maps(figure, paths, rows)


def _draw_lines(figure: Figure, path: str, rows: Rows) -> str:
    at, numeric = places_of([row[path] for row in rows])
    order = np.argsort(at, kind="stable")
    ordered = [rows[i] for i in order]
    place = at[order]
    reached = [name for name in TIMES if any(row[name] is not None for row in rows)]
    heights = [1.0, 0.75] if reached else [1.0]
    figure.set_size_inches(WIDTH, 5.6 if reached else 3.6)
    panels = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False)
    died = any(row["died"] for row in rows)
    for name, look in SHARES.items():
        if name == "died" and not died:
            continue
        _series(panels[0, 0], place, ordered, name, look, 0.01, numeric=numeric)
    panels[0, 0].set_ylim(-3, 103)
    panels[0, 0].set_yticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
    panels[0, 0].set_ylabel("Share of patients")
    if reached:
        longest = max(row[name] for row in rows for name in reached if row[name] is not None)
        unit, length = time_unit(longest)
        for name in reached:
            _series(panels[1, 0], place, ordered, name, TIMES[name], length, numeric=numeric)
        panels[1, 0].set_ylim(0.0, 1.08 * _highest(rows, reached) / length)
        panels[1, 0].set_ylabel(unit.capitalize())
        panels[1, 0].yaxis.set_major_locator(MaxNLocator(4))
    for axes in panels[:, 0]:
        axes.legend(
            loc="lower center",
            bbox_to_anchor=(0.45, 1.0),
            ncols=2,
            columnspacing=1.2,
            handlelength=1.6,
        )
    value_axis(panels[-1, 0], [row[path] for row in ordered], place, numeric=numeric)
    panels[-1, 0].set_xlabel(path)
    text = f"Each run's outcomes against {path}; bars are 95% intervals."
    text += "" if died else " Nobody died."
    if reached and any(row[name] is None for row in rows for name in reached):
        text += " A median that was not reached has no point."
    return text


def _highest(rows: Rows, names: Sequence[str]) -> float:
    result = (row[key] for row in rows for name in names for key in (name, f"{name}_high"))
    return max(value for value in result if value is not None)


def _series(
    axes: Axes,
    place: Floats,
    rows: Rows,
    name: str,
    look: Look,
    length: float,
    *,
    numeric: bool,
) -> None:
    value, low, high = (
        np.array([math.nan if row[key] is None else row[key] / length for row in rows])
        for key in (name, f"{name}_low", f"{name}_high")
    )
    below, above = np.nan_to_num(value - low), np.nan_to_num(high - value)
    axes.errorbar(
        place,
        value,
        yerr=[np.maximum(below, 0.0), np.maximum(above, 0.0)],
        color=look.color,
        marker=look.marker,
        ls=look.line,
        transform=axes.transData
        + ScaledTranslation(look.aside / 72.0, 0.0, axes.figure.dpi_scale_trans),
        ms=4.5,
        lw=1.8 if numeric else 0.0,
        elinewidth=1.0,
        capsize=0,
        label=look.label,
        clip_on=False,
        zorder=3,
    )


def places_of(values: Sequence[object]) -> tuple[Floats, bool]:
    """Where values stand on an axis: themselves, or one step each where they are no numbers."""
    if all(isinstance(v, (int, float)) and math.isfinite(v) for v in values):
        return np.array(values, dtype=float), True
    known = list(dict.fromkeys(map(str, values)))
    return np.array([known.index(str(v)) for v in values], dtype=float), False


def value_axis(axes: Axes, values: Sequence[object], place: Floats, *, numeric: bool) -> None:
    """Set limits and ticks of an axis of values that were swept."""
    if not numeric:
        names = dict(zip(place.tolist(), map(value_word, values), strict=True))
        axes.set_xticks(list(names), list(names.values()))
        axes.set_xlim(-0.5, len(names) - 0.5)
        return
    first, last = float(place.min()), float(place.max())
    if _wide(place):
        axes.set_xscale("log")
        room = (last / first) ** ROOM
        axes.set_xlim(first / room, last * room)
    else:
        room = ROOM * (last - first)
        axes.set_xlim(first - room, last + room)
    if len(set(place)) <= 6:
        known = sorted(set(place.tolist()))
        axes.set_xticks(known, [value_word(v) for v in known])
        axes.set_xticks([], minor=True)


def _wide(place: Floats) -> bool:
    return bool(place.min() > 0.0 and place.max() / place.min() >= WIDE_RANGE)


def value_word(value: object) -> str:
    """Write a value that was swept, short enough for a tick."""
    if not isinstance(value, (int, float)):
        text = str(value)
        return text if len(text) <= 14 else text[:13] + "…"
    mantissa, mark, exponent = f"{value:.3g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if mark else mantissa


def _draw_maps(figure: Figure, paths: Sequence[str], rows: Rows) -> str:
    across, down = (list(dict.fromkeys(row[path] for row in rows)) for path in (paths[1], paths[0]))
    across, down = in_order(across), in_order(down)
    maps = _most_telling(rows)
    figure.set_size_inches(WIDTH, 0.5 + len(maps) * (1.0 + 0.36 * max(3, min(len(down), 9))))
    panels = figure.subplots(len(maps), 1, sharex=True, squeeze=False)[:, 0]
    for axes, name in zip(panels, maps, strict=True):
        grid = np.full((len(down), len(across)), math.nan)
        for row in rows:
            value = row[name]
            if value is not None:
                grid[down.index(row[paths[0]]), across.index(row[paths[1]])] = value
        _draw_map(axes, grid, name)
        axes.set_yticks(range(len(down)), [value_word(v) for v in down])
        axes.set_ylabel(paths[0] if len(paths[0]) < 26 else paths[0].rpartition(".")[2])
    step = -(-len(across) // 8)
    panels[-1].set_xticks(
        range(0, len(across), step), [value_word(v) for v in across[::step]], fontsize=9
    )
    panels[-1].set_xlabel(paths[1])
    return (
        f"Each cell is one run: {paths[0]} upwards, {paths[1]} to the right; darker is "
        "more. "
        "Shown are the outcomes that differ most; a cell without color: not reached."
    )


def in_order(values: list[Any]) -> list[Any]:
    """Sort values where they are numbers; others stay in the order given."""
    numbers = all(isinstance(v, (int, float)) for v in values)
    return sorted(values) if numbers else values


def _most_telling(rows: Rows) -> list[str]:
    """Shares that differ most between runs, and the median time to progression if there is one."""
    spread = {name: np.ptp([row[name] for row in rows]) for name in SHARES}
    time = "median_time_to_progression"
    reached = any(row[time] is not None for row in rows)
    by_spread = sorted(SHARES, key=lambda name: -spread[name])
    differing = [name for name in by_spread if spread[name] > 0.0] or by_spread[:1]
    chosen = differing[: MOST_MAPS - reached]
    return [name for name in SHARES if name in chosen] + [time] * reached


def _draw_map(axes: Axes, grid: Floats, name: str) -> None:
    share = name in SHARES
    label = (SHARES if share else TIMES)[name].label
    known = grid[np.isfinite(grid)]
    unit, length = ("", 0.01) if share else time_unit(float(known.max()))
    low, high = (0.0, 1.0) if share else (float(known.min()), float(known.max()))
    low, high = (0.0, max(high, 1e-9)) if low == high else (low, high)
    map_on(axes, grid, (low, high), lambda value: _in_cell(value / length, share=share))
    axes.set_title(f"{label}{f' ({unit})' if unit else ''}", fontsize=10, loc="left")


def _in_cell(shown: float, *, share: bool) -> str:
    digits = 0 if share or shown >= 20.0 else 1
    return f"{shown:.{digits}f}{'%' if share else ''}"


def map_on(
    axes: Axes, grid: Floats, span: tuple[float, float], write: Callable[[float], str]
) -> None:
    """Color the cells of a grid, and write its numbers where there is room.

    Parameters
    ----------
    axes
        Where to draw.
    grid : (rows, columns)
        The first row at the bottom; nan has no color.
    span
        Values of the lightest and the darkest color.
    write
        Words for a value.
    """
    low, high = span
    axes.pcolormesh(
        np.arange(grid.shape[1] + 1) - 0.5,
        np.arange(grid.shape[0] + 1) - 0.5,
        np.ma.masked_invalid(grid),
        cmap=MAP,
        vmin=low,
        vmax=high,
        edgecolor=PAPER,
        linewidth=1.0,
    )
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0)
    if grid.shape[1] > MOST_WRITTEN or grid.shape[0] > 2 * MOST_WRITTEN:
        return
    for (row, column), value in np.ndenumerate(grid):
        finite = bool(np.isfinite(value))
        text = write(float(value)) if finite else "-"
        dark = finite and (value - low) / (high - low) > 0.6
        color = "#fefefe" if dark else "#14181d" if finite else MUTED
        axes.text(column, row, text, ha="center", va="center", color=color, fontsize=9)
