"""Responses patient by patient, as trials show them: waterfall, spider, swimmer.

Here: the three plots. Not here: curves over a cohort (``report.survival``).
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from countermove.foundation.arrays import Floats
from countermove.report.reading import clock
from countermove.report.seen import (
    PD_CODE,
    RESPONSE_COLORS,
    RESPONSE_NAMES,
    best_responses,
    courses_of,
)
from countermove.report.style import (
    BLUE,
    HEIGHT,
    INK,
    MUTED,
    ORANGE,
    OTHER,
    SERIES,
    WIDTH,
    message,
    time_axis,
    time_unit,
)
from countermove.results import Runs

HIGHEST = 100.0  # percent; what grew more is cut there
MOST_BARS, MOST_LINES, MOST_SWIMMERS = 300, 60, 40
NOTHING = "No lesion was measured twice."
LINES = ("time_on_first_line", "time_on_second_line", "time_on_later_lines")
LINE_COLORS = (BLUE, SERIES[0], SERIES[4])


def draw_waterfall(figure: Figure, runs: Runs) -> tuple[str, str]:
    """Fill a figure with the best change of each patient's target lesions."""
    title, axes = "Best response by scan (waterfall)", figure.subplots()
    shown = waterfall_on(axes, runs)
    if not shown:
        return title, NOTHING
    _legend(figure, shown)
    text = (
        "Lowest change of the sum of target lesions from baseline, up to progression; one bar a "
        "patient, colored by the best response by RECIST 1.1."
    )
    many = len(runs.table) > MOST_BARS
    return title, text + (f" {MOST_BARS} of {len(runs.table):,} patients." if many else "")


def waterfall_on(axes: Axes, runs: Runs) -> list[str]:
    """Draw the waterfall on some axes; returns the responses that occur."""
    depth = runs.table["depth_of_response"].to_numpy(dtype=np.float64)[:MOST_BARS]
    best = np.array(best_responses(runs)[:MOST_BARS])
    known = ~np.isnan(depth)
    if not known.any():
        message(axes, NOTHING)
        return []
    order = np.argsort(-depth[known], kind="stable")
    height, kind = np.minimum(depth[known][order], HIGHEST), best[known][order]
    colors = [RESPONSE_COLORS.get(str(word), OTHER) for word in kind]
    axes.bar(np.arange(height.size), height, width=1.0 if height.size > 60 else 0.85, color=colors)
    axes.axhline(0.0, color=INK, lw=0.8)
    for level in (20.0, -30.0):
        axes.axhline(level, color=MUTED, lw=0.8, ls=(0, (4, 3)))
    axes.set_ylim(-105, max(25.0, float(height.max()) * 1.05))
    ticks = [-100, -60, -30, 0, 20]
    axes.set_yticks(ticks, [f"{tick:+d}%" if tick else "0" for tick in ticks])
    axes.set_xticks([])
    axes.set_xlabel("Patients")
    axes.set_ylabel("Change of target lesions")
    axes.grid(visible=False, axis="x")
    return [word for word in RESPONSE_COLORS if word in set(kind.tolist())]


def draw_spider(figure: Figure, runs: Runs) -> tuple[str, str]:
    """Fill a figure with the course of each patient's target lesions."""
    title, axes = "Target lesions over time (spider)", figure.subplots()
    shown = spider_on(axes, runs)
    if not shown:
        return title, NOTHING
    _legend(figure, shown, more=[progression_mark()])
    number = min(MOST_LINES, runs.trajectories.sizes["patient"])
    return title, (
        f"Change of the sum of target lesions from baseline at each scan, {number} patients; a "
        "line ends at the scan that shows progression."
    )


def progression_mark() -> Line2D:
    """Return what a legend shows for the end of a spider's line."""
    return Line2D([], [], color=ORANGE, marker="o", ls="", ms=5, label="progression seen")


def spider_on(axes: Axes, runs: Runs) -> list[str]:
    """Draw the spider on some axes; returns the responses that occur."""
    sums, codes = courses_of(runs, "sld"), courses_of(runs, "recist")
    days, since = clock(runs)
    start = float(runs.trajectories["time"].to_numpy()[0] - days[0]) if days.size else 0.0
    best, result = best_responses(runs), set()
    lines: list[Floats] = []
    colors: list[str] = []
    ends: list[tuple[float, float]] = []
    _, length = time_unit(float(days[-1]) if days.size else 1.0)
    for patient, (when, value) in list(sums.items())[:MOST_LINES]:
        if value.size < 2 or value[0] <= 0.0:
            continue
        bad = np.flatnonzero(codes[patient][1] == PD_CODE) if patient in codes else np.zeros(0)
        last = int(bad[0]) + 1 if bad.size else value.size
        change = np.minimum(100.0 * (value / value[0] - 1.0), HIGHEST)[:last]
        time = (when[:last] - start) / length
        result.add(best[patient])
        lines.append(np.column_stack([time, change]))
        colors.append(RESPONSE_COLORS.get(best[patient], OTHER))
        ends += [(float(time[-1]), float(change[-1]))] if bad.size else []
    if not result:
        message(axes, NOTHING)
        return []
    axes.add_collection(LineCollection(lines, colors=colors, linewidths=0.9, alpha=0.8))
    if ends:
        axes.plot(*zip(*ends, strict=True), "o", color=ORANGE, ms=3.5)
    for level in (20.0, -30.0):
        axes.axhline(level, color=MUTED, lw=0.8, ls=(0, (4, 3)))
    tallest = max(float(line[:, 1].max()) for line in lines)
    axes.set_ylim(-105, max(25.0, 1.05 * tallest))
    ticks = [-100, -60, -30, 0, 20, 60, 100]
    axes.set_yticks(ticks, [f"{tick:+d}%" if tick else "0" for tick in ticks])
    axes.set_ylabel("Change of target lesions")
    time_axis(axes, float(days[-1]), label=since)
    axes.set_xlim(0.0, days[-1] / length)
    return [word for word in RESPONSE_COLORS if word in result]


def draw_swimmer(figure: Figure, runs: Runs) -> tuple[str, str]:
    """Fill a figure with a bar for each patient's time under each line."""
    title, axes = "Patients on treatment (swimmer)", figure.subplots()
    number = swimmer_on(axes, runs)
    if not number:
        return title, "Nobody was treated."
    figure.set_size_inches(WIDTH, HEIGHT + 0.6)
    handles = swimmer_handles([runs])
    figure.legend(
        handles=handles, loc="outside lower center", ncols=2, columnspacing=1.2, handlelength=1.4
    )
    return title, f"{number} patients, the longest first: time under each line, pauses included."


def swimmer_handles(arms: list[Runs]) -> list[Patch | Line2D]:
    """Return the legend of one swimmer or several: the lines, then the marks."""
    used = max(1, *(int(runs.table["lines"].max()) for runs in arms))
    names = ("first line", "second line", "later lines")
    handles: list[Patch | Line2D] = [
        Patch(color=color, label=name)
        for color, name in list(zip(LINE_COLORS, names, strict=True))[: min(used, 3)]
    ]
    handles += [
        Line2D([], [], color=INK, marker="o", mfc="white", ls="", ms=5, label="response seen"),
        Line2D([], [], color=ORANGE, marker="D", ls="", ms=4.5, label="progression seen"),
    ]
    if any(runs.table["died"].to_numpy(dtype=bool)[:MOST_SWIMMERS].any() for runs in arms):
        handles.append(Line2D([], [], color=INK, marker="x", ls="", ms=5, label="death"))
    return handles


def swimmer_on(axes: Axes, runs: Runs) -> int:
    """Draw the swimmer on some axes; returns how many patients are drawn."""
    table = runs.table.head(MOST_SWIMMERS)
    spans = np.stack([table[name].to_numpy(dtype=np.float64) for name in LINES], axis=1)
    if not spans.any():
        message(axes, "Nobody was treated.")
        return 0
    total = table["overall_survival"].to_numpy(dtype=np.float64)
    order = np.argsort(-total, kind="stable")
    _, length = time_unit(float(total.max()))
    row = np.arange(len(order))
    left = np.zeros(len(order))
    for place, color in enumerate(LINE_COLORS):
        own = spans[order, place] / length
        axes.barh(row, own, left=left, height=0.72, color=color, lw=0)
        left = left + own
    events = {
        "imaging_time_to_response": {"marker": "o", "mfc": "white", "mec": INK, "ms": 3.5},
        "imaging_time_to_progression": {"marker": "D", "color": ORANGE, "ms": 3.2},
    }
    for name, look in events.items():
        axes.plot(table[name].to_numpy(dtype=float)[order] / length, row, ls="", **look)
    died = table["died"].to_numpy(dtype=bool)[order]
    axes.plot(total[order][died] / length, row[died], "x", color=INK, ms=4.5)
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.set_yticks([])
    axes.set_ylabel("Patients")
    axes.grid(visible=False, axis="y")
    time_axis(axes, float(total.max()), label="since treatment started")
    axes.set_xlim(0.0, float(total.max()) / length * 1.02)
    return len(order)


def _legend(figure: Figure, shown: list[str], more: list[Line2D] | None = None) -> None:
    handles: list[Patch | Line2D] = [
        Patch(color=RESPONSE_COLORS[word], label=RESPONSE_NAMES[word]) for word in shown
    ]
    figure.legend(
        handles=[*handles, *(more or [])],
        loc="outside lower center",
        ncols=2,
        columnspacing=1.2,
        handlelength=1.2,
    )
