"""The figures of power: curves against the size of a trial, and a map of two numbers that change.

Here: drawing a ``PowerGrid``. Not here: its numbers (``trials.power_grid``), the page
(``power_page``), outcomes of a sweep (``sweep_figure``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from countermove.report.compare_figures import DASHES, color_at
from countermove.report.style import HEIGHT, INK, MUTED, WIDTH
from countermove.report.sweep_figure import in_order, map_on, places_of, value_axis, value_word
from countermove.report.tables import percent
from countermove.trials.power_grid import SIZE, PowerGrid

Row = Mapping[str, Any]
MARKS = ("o", "s", "^", "D", "v", "P")
MOST_LINES = 12
MOST_MAPS = 3
MEASURE = re.compile(r"\s*([-+]?\d*\.?\d+(?:[eE][-+]?\d+)?)\s*(\S.*?)\s*")  # as 6 weeks


def swept(grid: PowerGrid) -> tuple[str, ...]:
    """Paths with more than one value, the size of the trial first."""
    result = [path for path in grid.paths if len({str(row[path]) for row in rows_of(grid)}) > 1]
    return tuple(sorted(result, key=lambda path: path != SIZE))


def rows_of(grid: PowerGrid) -> list[Row]:
    """Return the grid's table, row by row; its size under the path of the size too."""
    rows = grid.table().to_dict(orient="records")
    return [{**{str(name): value for name, value in row.items()}, SIZE: row["patients"]}
            for row in rows]  # fmt: skip


def draw_power(figure: Figure, grid: PowerGrid) -> tuple[str, str]:
    """Fill a figure with power against the size, or against the first number that was swept."""
    paths = swept(grid)
    lines = _lines(grid)
    rest = paths[1:]
    figure.set_size_inches(WIDTH, HEIGHT + 0.13 * (min(len(lines), MOST_LINES) if rest else 0))
    power_on(figure.subplots(), grid)
    text = (
        f"Share of {grid.plan.trials:,} simulated trials that claim an effect; bars are 95% "
        f"intervals from the number of trials (Monte Carlo). {grid.pool_words}"
    )
    if grid.plan.target is not None:
        text += f" Dashed: the power asked for, {percent(grid.plan.target)}."
    if len(lines) > MOST_LINES:
        text += f" The first {MOST_LINES} of {len(lines)} lines; the table has all."
    return "Power", text


def power_on(axes: Axes, grid: PowerGrid) -> None:
    """Draw the curves on some axes."""
    path, rest = (*swept(grid), SIZE)[0], swept(grid)[1:]
    lines = dict(list(_lines(grid).items())[:MOST_LINES])
    every = [row[path] for row in rows_of(grid)]
    numbers, unit = _measured(every) if len(set(map(str, every))) > 1 else ([*map(str, every)], "")
    place, numeric = places_of(numbers)
    at = dict(zip(map(str, every), place.tolist(), strict=True))
    for number, (label, rows) in enumerate(lines.items()):
        ordered = sorted(rows, key=lambda row: at[str(row[path])])
        value, low, high = (
            100.0 * np.array([row[name] for row in ordered]) for name in ("power", "low", "high")
        )
        aside = 2.5 * (number - (len(lines) - 1) / 2) / 72.0
        axes.errorbar(
            [at[str(row[path])] for row in ordered],
            value,
            yerr=[np.maximum(value - low, 0.0), np.maximum(high - value, 0.0)],
            color=color_at(number),
            ls=DASHES[number % len(DASHES)] if numeric else "none",
            marker=MARKS[number % len(MARKS)],
            transform=axes.transData + ScaledTranslation(aside, 0, axes.figure.dpi_scale_trans),
            ms=5.0, lw=1.8, elinewidth=1.2, label=label, clip_on=False, zorder=3,
        )  # fmt: skip
    value_axis(axes, numbers, place, numeric=numeric)
    name = "Patients" if path == SIZE else path
    axes.set_xlabel(f"{name} ({unit})" if unit else name)
    axes.set_ylim(-2, 103)
    axes.set_yticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
    axes.set_ylabel("Power")
    if rest:
        axes.legend(title=", ".join(rest), title_fontsize=9.5, loc="lower center", ncols=2,
                    bbox_to_anchor=(0.45, 1.0), columnspacing=1.2, handlelength=1.8)  # fmt: skip
    _target_on(axes, grid.plan.target)


def _target_on(axes: Axes, target: float | None) -> None:
    if target is None:
        return
    axes.axhline(100.0 * target, color=INK, lw=1.0, ls=(0, (4, 3)))
    axes.annotate(
        percent(target), (1.0, 100.0 * target), (3, 0), xycoords=("axes fraction", "data"),
        textcoords="offset points", va="center", color=MUTED, fontsize=9,
    )  # fmt: skip


def _lines(grid: PowerGrid) -> dict[str, list[Row]]:
    """Rows of each line, by the words for what sets it apart."""
    rest, result = swept(grid)[1:], {}
    for row in rows_of(grid):
        label = ", ".join(value_word(row[path]) for path in rest)
        result.setdefault(label, []).append(row)
    return result


def _measured(values: Sequence[object]) -> tuple[list[Any], str]:
    """Read values such as ``6 weeks`` as numbers, where all have one unit; and that unit."""
    parts = [MEASURE.fullmatch(value) if isinstance(value, str) else None for value in values]
    units = {part.group(2) if part else "" for part in parts}
    if len(units) != 1 or units == {""}:
        return list(values), ""
    return [float(part.group(1)) for part in parts if part], units.pop()


def can_map(grid: PowerGrid) -> bool:
    """Whether two things other than the size were swept."""
    return len([path for path in swept(grid) if path != SIZE]) == 2


def draw_power_map(figure: Figure, grid: PowerGrid) -> tuple[str, str]:
    """Fill a figure with the power of each pair of values, for up to three sizes."""
    down, across = (path for path in swept(grid) if path != SIZE)
    panels = list(_maps(grid, down, across))
    rows = panels[0][1].shape[0]
    figure.set_size_inches(WIDTH, 0.5 + len(panels) * (0.9 + 0.36 * max(2, min(rows, 9))))
    every: Any = figure.subplots(len(panels), 1, sharex=True, squeeze=False)
    up, right = (_values(grid, path) for path in (down, across))
    for axes, (size, power) in zip(every[:, 0], panels, strict=True):
        map_on(axes, power, (0.0, 1.0), lambda value: f"{100.0 * value:.0f}%")
        axes.set_title(f"Power of {size:,} patients", fontsize=10, loc="left")
        axes.set_yticks(range(len(up)), [value_word(value) for value in up])
        axes.set_ylabel(down if len(down) < 20 else down.rpartition(".")[2])
    every[-1, 0].set_xticks(range(len(right)), [value_word(value) for value in right], fontsize=9)
    every[-1, 0].set_xlabel(across)
    return f"Power by {down} and {across}", (
        f"Share of {grid.plan.trials:,} simulated trials that claim an effect: {down} upwards, "
        f"{across} to the right; darker is more."
    )


def _values(grid: PowerGrid, path: str) -> list[Any]:
    given = list(dict.fromkeys(row[path] for row in rows_of(grid)))
    numbers = dict(zip(map(str, given), _measured(given)[0], strict=True))
    if all(isinstance(one, (int, float)) for one in numbers.values()):
        return sorted(given, key=lambda value: numbers[str(value)])
    return in_order(given)


def _maps(grid: PowerGrid, down: str, across: str) -> Iterator[tuple[int, Any]]:
    """Sizes, smallest first, and the power of each pair at that size."""
    up, right = (_values(grid, path) for path in (down, across))
    sizes = sorted({int(row["patients"]) for row in rows_of(grid)})
    chosen = np.unique(np.linspace(0, len(sizes) - 1, MOST_MAPS).round().astype(int))
    for size in (sizes[number] for number in chosen):
        power = np.full((len(up), len(right)), np.nan)
        for row in rows_of(grid):
            if row["patients"] == size:
                power[up.index(row[down]), right.index(row[across])] = row["power"]
        yield size, power
