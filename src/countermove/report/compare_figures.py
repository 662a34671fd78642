"""The figures of a comparison: all arms on one set of axes.

Here: curves with patients at risk, differences with their intervals, who gains and who loses. Not
here: the numbers (``trials.compare``), patients arm by arm (``compare_responses``), the page
(``compare_page``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from countermove.report.progression import draw_at_risk, draw_steps
from countermove.report.reading import clock
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
from countermove.results import Survival
from countermove.trials.compare import PFS, Comparison

COLORS = (LINE, SERIES[1], SERIES[2], SERIES[4], SERIES[3], SERIES[0], INK)
DASHES = ("-", (0, (5, 1.2)), (0, (1.5, 1)), (0, (6, 1.2, 1.5, 1.2)))
LONGEST_NAME = 16
MOST_STEPS = 2000  # of a curve of single patients; more cannot be told apart
TIMES = {
    PFS: "PFS by scans",
    "progression_free_survival_2": "PFS2",
    "overall_survival": "overall survival",
    "time_to_progression": "progression\n(truth)",
    "drug_free": "without drug",
}
SHARES = {"objective_response": "response", "cured": "no cell left\n(truth)"}


def color_of(comparison: Comparison, arm: str) -> str:
    """Return the color of an arm, the same in every figure."""
    return color_at(comparison.arms.index(arm))


def color_at(number: int) -> str:
    """Return the color of an arm by its place."""
    return COLORS[number % len(COLORS)]


def draw_curves(figure: Figure, comparison: Comparison, endpoint: str = PFS) -> tuple[str, str]:
    """Fill a figure with the Kaplan-Meier curve of each arm, and its patients at risk."""
    title = {PFS: "Progression-free survival by scans", "overall_survival": "Overall survival"}
    curves = comparison.curves(endpoint)
    figure.set_size_inches(WIDTH, HEIGHT + 0.18 * len(curves))
    length = curves_on(figure.subplots(), comparison, endpoint)
    if not length:
        return title[endpoint], "There was no follow-up."
    medians = ", ".join(
        f"{arm} {'not reached' if curve.median is None else f'{curve.median / length:.1f}'}"
        for arm, curve in curves.items()
    )
    unit = "days" if length == 1.0 else "months"
    text = "Kaplan-Meier estimates with pointwise 95% bands; below them, patients at risk. "
    text += f"Medians ({unit}): {medians}. "
    return title[endpoint], text + comparison.criterion


def curves_on(axes: Axes, comparison: Comparison, endpoint: str = PFS) -> float:
    """Draw the curve of each arm on some axes; returns days in a unit of time, 0 without any."""
    share = "Alive" if endpoint == "overall_survival" else "Free of the event"
    since = clock(next(iter(comparison.runs.values())))[1]
    return arms_on(axes, comparison.curves(endpoint), share=share, since=since)


def arms_on(axes: Axes, curves: Mapping[str, Survival], *, share: str, since: str) -> float:
    """Draw the curve of each arm and its patients at risk; returns days in a unit, 0 without any.

    Parameters
    ----------
    axes
        Where to draw.
    curves
        By arm, in order; one of nobody is left out.
    share
        What the vertical axis counts.
    since
        What time counts from.
    """
    durations = [curve.durations[-1] for curve in curves.values() if curve.durations.size]
    span = float(max(durations, default=0.0))
    if span <= 0.0:
        message(axes, "No follow-up.")
        return 0.0
    _, length = time_unit(span)
    for number, (arm, curve) in enumerate(curves.items()):
        if curve.durations.size:
            draw_steps(axes, curve, length, color=color_at(number), label=short_name(arm))
            axes.lines[-1].set_linestyle(DASHES[number % len(DASHES)])  # equal curves stay apart
    axes.set_xlim(0.0, span / length)
    axes.set_ylim(0, 103)
    axes.set_yticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
    axes.set_ylabel(share)
    time_axis(axes, span, label=since)
    axes.legend(loc="best")
    for row, (arm, curve) in enumerate(curves.items()):
        draw_at_risk(axes, curve, length, row=row, label=short_name(arm), color=color_at(row))
    return length


def draw_differences(figure: Figure, comparison: Comparison) -> tuple[str, str]:
    """Fill a figure with the difference of each arm from the first, endpoint by endpoint."""
    control = comparison.arms[0]
    times = {name: words for name, words in TIMES.items() if name in comparison.told}
    rows = len(times) + len(SHARES)
    figure.set_size_inches(WIDTH, 1.5 + 0.26 * rows * max(2, len(comparison.arms) - 1))
    both: Any = figure.subplots(2, 1, height_ratios=[len(times), len(SHARES)])
    above, below = both
    unit, length = time_unit(max(comparison.horizons.values()))
    _dots(above, comparison, times, 1.0 / length)
    above.set_xlabel(f"{unit.capitalize()} more (right) or less (left)")
    _dots(below, comparison, SHARES, 100.0)
    below.set_xlabel("Percentage points")
    if len(comparison.arms) > 2:
        figure.legend(*above.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    others = ", ".join(comparison.arms[1:])
    return f"Differences from {control}", (
        f"{others} minus {control}: means over the same {comparison.patients:,} patients, with "
        "95% intervals; times up to the end of follow-up. An interval that leaves out the line is "
        f"a difference beyond chance. {comparison.criterion}"
    )


def draw_gains(figure: Figure, comparison: Comparison, endpoint: str = PFS) -> tuple[str, str]:
    """Fill a figure with each patient's own difference, from the largest loss to a gain."""
    axes, control = figure.subplots(), comparison.arms[0]
    gains_on(axes, comparison, endpoint)
    if len(comparison.arms) > 2:
        figure.legend(loc="outside lower center", ncols=2)
    said = " ".join(comparison.gains(arm, endpoint).sentences()[0] for arm in comparison.arms[1:])
    text = "Time free of progression by scans, patient by patient: below the line the patient does "
    return "Who gains and who loses", f"{text}better under {control}. {said} {comparison.criterion}"


def gains_on(axes: Axes, comparison: Comparison, endpoint: str = PFS) -> None:
    """Draw the difference of each patient on some axes, one line an arm."""
    unit, length = time_unit(comparison.horizons[endpoint])
    for arm in comparison.arms[1:]:
        height = np.sort(comparison.gains(arm, endpoint).differences) / length
        place = 100.0 * (np.arange(height.size) + 0.5) / height.size
        if height.size > MOST_STEPS:
            every = np.linspace(0, height.size - 1, MOST_STEPS).astype(int)
            place, height = place[every], height[every]
        color = color_of(comparison, arm)
        axes.fill_between(place, height, 0.0, color=color, alpha=0.2, lw=0, step="mid")
        axes.plot(place, height, color=color, lw=2.0, label=short_name(arm), drawstyle="steps-mid")
    axes.axhline(0.0, color=INK, lw=0.8)
    axes.set_xlim(0.0, 100.0)
    axes.set_xticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
    axes.set_xlabel("Patients, the largest loss first")
    axes.set_ylabel(f"{unit.capitalize()} gained over {short_name(comparison.arms[0])}")


def _dots(axes: Axes, comparison: Comparison, names: dict[str, str], scale: float) -> None:
    table, others = comparison.table(), comparison.arms[1:]
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
            color=color_of(comparison, arm), label=short_name(arm),
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


def short_name(arm: str) -> str:
    """Cut a name that is too long for a legend."""
    return arm if len(arm) <= LONGEST_NAME else f"{arm[: LONGEST_NAME - 1]}…"
