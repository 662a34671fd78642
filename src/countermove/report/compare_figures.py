"""The figures of a comparison: all arms on one set of axes.

Here: curves with patients at risk, differences with their intervals, who gains and who loses, best
responses side by side. Not here: the numbers (``trials.compare``), the page (``compare_page``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from countermove.report.progression import draw_at_risk, draw_steps
from countermove.report.reading import clock
from countermove.report.responses import NOTHING, waterfall_on
from countermove.report.seen import RESPONSE_COLORS, RESPONSE_NAMES
from countermove.report.style import (
    HEIGHT,
    INK,
    LINE,
    MUTED,
    SERIES,
    WIDTH,
    message,
    time_axis,
    time_unit,
)
from countermove.trials.compare import PFS, Comparison

COLORS = (LINE, SERIES[1], SERIES[2], SERIES[4], SERIES[3], SERIES[0], INK)
DASHES = ("-", (0, (5, 1.2)), (0, (1.5, 1)), (0, (6, 1.2, 1.5, 1.2)))
LONGEST_NAME = 16
MOST_WATERFALLS = 6
TIMES = {
    PFS: "PFS by scans",
    "progression_free_survival_2": "PFS2",
    "overall_survival": "overall survival",
    "time_to_progression": "progression\n(truth)",
    "drug_free": "without drug",
}
SHARES = {"objective_response": "response", "cured": "no cell left\n(truth)"}


def color_of(found: Comparison, arm: str) -> str:
    """Return the color of an arm, the same in every figure."""
    return COLORS[found.arms.index(arm) % len(COLORS)]


def draw_curves(figure: Figure, found: Comparison, endpoint: str = PFS) -> tuple[str, str]:
    """Fill a figure with the Kaplan-Meier curve of each arm, and its patients at risk."""
    title = {PFS: "Progression-free survival by scans", "overall_survival": "Overall survival"}
    axes, curves = figure.subplots(), found.curves(endpoint)
    span = max(float(curve.durations[-1]) for curve in curves.values())
    if span <= 0.0:
        message(axes, "No follow-up.")
        return title[endpoint], "There was no follow-up."
    figure.set_size_inches(WIDTH, HEIGHT + 0.18 * len(curves))
    unit, length = time_unit(span)
    for number, (arm, curve) in enumerate(curves.items()):
        draw_steps(axes, curve, length, color=color_of(found, arm), label=_short(arm))
        axes.lines[-1].set_linestyle(DASHES[number % len(DASHES)])  # equal curves stay apart
    axes.set_xlim(0.0, span / length)
    axes.set_ylim(0, 103)
    axes.set_yticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
    axes.set_ylabel("Free of the event" if endpoint == PFS else "Alive")
    time_axis(axes, span, label=clock(next(iter(found.runs.values())))[1])
    axes.legend(loc="best")
    for row, (arm, curve) in enumerate(curves.items()):
        color = color_of(found, arm)
        draw_at_risk(axes, curve, length, row=row, label=_short(arm), color=color)
    medians = ", ".join(
        f"{arm} {'not reached' if curve.median is None else f'{curve.median / length:.1f}'}"
        for arm, curve in curves.items()
    )
    text = "Kaplan-Meier estimates with pointwise 95% bands; below them, patients at risk. "
    text += f"Medians ({unit}): {medians}. "
    return title[endpoint], text + found.criterion


def draw_differences(figure: Figure, found: Comparison) -> tuple[str, str]:
    """Fill a figure with the difference of each arm from the first, endpoint by endpoint."""
    control = found.arms[0]
    times = {name: words for name, words in TIMES.items() if name in found.told}
    rows = len(times) + len(SHARES)
    figure.set_size_inches(WIDTH, 1.5 + 0.26 * rows * max(2, len(found.arms) - 1))
    both: Any = figure.subplots(2, 1, height_ratios=[len(times), len(SHARES)])
    above, below = both
    unit, length = time_unit(max(found.horizons.values()))
    _dots(above, found, times, 1.0 / length)
    above.set_xlabel(f"{unit.capitalize()} more (right) or less (left)")
    _dots(below, found, SHARES, 100.0)
    below.set_xlabel("Percentage points")
    if len(found.arms) > 2:
        figure.legend(*above.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    others = ", ".join(found.arms[1:])
    return f"Differences from {control}", (
        f"{others} minus {control}: means over the same {found.patients:,} patients, with "
        "95% intervals; times up to the end of follow-up. An interval that leaves out the line is "
        f"a difference beyond chance. {found.criterion}"
    )


def draw_gains(figure: Figure, found: Comparison, endpoint: str = PFS) -> tuple[str, str]:
    """Fill a figure with each patient's own difference, from the largest loss to a gain."""
    axes, control = figure.subplots(), found.arms[0]
    unit, length = time_unit(found.horizons[endpoint])
    said = []
    for arm in found.arms[1:]:
        own = found.gains(arm, endpoint)
        height = np.sort(own.differences) / length
        place = 100.0 * (np.arange(height.size) + 0.5) / height.size
        color = color_of(found, arm)
        axes.fill_between(place, height, 0.0, color=color, alpha=0.2, lw=0, step="mid")
        axes.plot(place, height, color=color, lw=2.0, label=_short(arm), drawstyle="steps-mid")
        said.append(own.sentences()[0])
    axes.axhline(0.0, color=INK, lw=0.8)
    axes.set_xlim(0.0, 100.0)
    axes.set_xticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
    axes.set_xlabel("Patients, the largest loss first")
    axes.set_ylabel(f"{unit.capitalize()} gained over {_short(control)}")
    if len(found.arms) > 2:
        figure.legend(loc="outside lower center", ncols=2)
    text = "Time free of progression by scans, patient by patient: below the line the patient does "
    text += f"better under {control}. {' '.join(said)} {found.criterion}"
    return "Who gains and who loses", text


def draw_waterfalls(figure: Figure, found: Comparison) -> tuple[str, str]:
    """Fill a figure with the waterfall of each arm, one below the other."""
    title = "Best response by scan, arm by arm"
    arms = found.arms[:MOST_WATERFALLS]
    measured = [
        arm
        for arm in arms
        if np.isfinite(found.runs[arm].table["depth_of_response"].to_numpy(dtype=float)).any()
    ]
    if not measured:
        message(figure.subplots(), NOTHING)
        return title, NOTHING
    figure.set_size_inches(WIDTH, 1.0 + 1.7 * len(measured))
    every: Any = figure.subplots(len(measured), 1, squeeze=False)
    shown = set[str]()
    for axes, arm in zip(every[:, 0], measured, strict=True):
        shown |= set(waterfall_on(axes, found.runs[arm]))
        axes.set_title(_short(arm), loc="left", fontsize=10, color=color_of(found, arm))
        axes.set_ylabel("")
        axes.set_xlabel("Patients" if arm == measured[-1] else "")
    figure.supylabel("Change of target lesions", fontsize=10, color=INK)
    handles = [
        Patch(color=color, label=RESPONSE_NAMES[word])
        for word, color in RESPONSE_COLORS.items()
        if word in shown
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return title, (
        "Lowest change of the sum of target lesions from baseline, up to progression; one bar a "
        f"patient, colored by the best response by RECIST 1.1. {found.criterion}"
    )


def _dots(axes: Axes, found: Comparison, names: dict[str, str], scale: float) -> None:
    table, others = found.table(), found.arms[1:]
    step = 0.6 / max(len(others), 2)
    for number, arm in enumerate(others):
        rows = [table.loc[(name, arm)] for name in names]
        middle, low, high = (
            scale * np.array([row[f"difference{end}"] for row in rows])
            for end in ("", "_low", "_high")
        )
        place = np.arange(len(rows)) + step * (number - (len(others) - 1) / 2)
        axes.errorbar(
            middle, place, xerr=[middle - low, high - middle], fmt="o", ms=5.0, lw=1.6,
            color=color_of(found, arm), label=_short(arm),
        )  # fmt: skip
    axes.axvline(0.0, color=INK, lw=0.8)
    axes.set_yticks(np.arange(len(names)), list(names.values()))
    axes.set_ylim(len(names) - 0.5, -0.5)
    low, high = axes.get_xlim()
    least = 0.05 * scale if scale >= 1.0 else scale  # no axis for differences of nothing
    low, high = min(low, -least), max(high, least)
    axes.set_xlim(low - 0.04 * (high - low), high + 0.04 * (high - low))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="x", colors=MUTED)


def _short(arm: str) -> str:
    return arm if len(arm) <= LONGEST_NAME else f"{arm[: LONGEST_NAME - 1]}…"
