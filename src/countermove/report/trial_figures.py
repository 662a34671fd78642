"""The figures of a trial: its curves, its looks against their bounds, response beside durability.

Here: drawing what ``VirtualTrial`` holds. Not here: the numbers (``trials.virtual``,
``trials.monitor``), the page (``trial_page``), curves of arms in general (``compare_figures``).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from countermove.foundation.arrays import Floats
from countermove.report.compare_figures import DASHES, arms_on, color_at, short_name
from countermove.report.style import GRID, HEIGHT, INK, MUTED, WIDTH, message
from countermove.report.tables import percent
from countermove.results import Survival
from countermove.trials.bounds import efficacy_bounds
from countermove.trials.design import DAYS_PER_MONTH
from countermove.trials.monitor import Look
from countermove.trials.virtual import LABELS, VirtualTrial

HIGHEST = 8.0  # |z| that an axis of bounds shows
BESIDE = 0.03  # of the planned events: the gray of a look to its left and right
SHARE = {
    "time_to_progression": "Without progression",
    "progression_free_survival": "Progression-free",
    "overall_survival": "Alive",
    "progression_free_survival_2": "Free of the event",
}
MARKS = ("o", "s", "^", "D", "v")
MEASURES = ("It shrank", "It lasted", "Both")


def draw_trial_survival(figure: Figure, virtual: VirtualTrial) -> tuple[str, str]:
    """Fill a figure with the Kaplan-Meier curve of each arm, and its patients at risk."""
    title, curves = LABELS[virtual.endpoint], virtual.curves()
    figure.set_size_inches(WIDTH, HEIGHT + 0.18 * len(curves))
    length = trial_curves_on(figure.subplots(), virtual)
    if not length:
        return title, "There was no follow-up."
    unit = "days" if length == 1.0 else "months"
    medians = ", ".join(f"{arm} {_median(curve, length)}" for arm, curve in curves.items())
    month = virtual.result.data.day / DAYS_PER_MONTH
    return title, (
        f"Kaplan-Meier estimates of the patients randomized, as they stood {month:.0f} months "
        "after the trial opened, with pointwise 95% bands; below them, patients at risk. Medians "
        f"({unit}): {medians}. {virtual.protocol.criterion}"
    )


def trial_curves_on(axes: Axes, virtual: VirtualTrial) -> float:
    """Draw the arms' curves on some axes; returns days in a unit of time, 0 without any."""
    share = SHARE[virtual.endpoint]
    return arms_on(axes, virtual.curves(), share=share, since="since randomization")


def _median(curve: Survival, length: float) -> str:
    return "not reached" if curve.median is None else f"{curve.median / length:.1f}"


def draw_trial_looks(figure: Figure, virtual: VirtualTrial) -> tuple[str, str]:
    """Fill a figure with z and conditional power at each look that was taken."""
    interim = any(math.isfinite(look.conditional) for look in _all_looks(virtual))
    if interim:
        figure.set_size_inches(WIDTH, 1.45 * HEIGHT)
        both: Any = figure.subplots(2, 1, sharex=True, height_ratios=[1.7, 1.0])
        above, below = both
        trial_looks_on(above, virtual)
        above.set_xlabel("")
        _conditional_on(below, virtual)
        below.set_xlabel(_events_label(virtual))
    else:
        trial_looks_on(figure.subplots(), virtual)
    spending = {"obrien_fleming": "O'Brien-Fleming", "pocock": "Pocock"}
    text = (
        f"Log-rank z at each look that was taken; above 0 favors {_others(virtual)}. A point in "
        "the gray is past a bound: an effect is claimed, for the arm above and for "
        f"{virtual.arms[0]} below. The bounds spend {percent(virtual.protocol.design.alpha)} as "
        f"{spending[virtual.protocol.design.spending]} do (Lan and DeMets 1983), by the events "
        "seen; dashed, as planned."
    )
    if interim:
        text += " Below: chance to pass the final bound if the effect goes on as seen"
        if virtual.protocol.design.futility is None:
            text += "; this trial does not stop for it."
        else:
            text += ", and the share below which the trial stops as futile."
    return "Looks and bounds", text


def _others(virtual: VirtualTrial) -> str:
    return virtual.arms[1] if len(virtual.arms) == 2 else "the arm"


def _all_looks(virtual: VirtualTrial) -> list[Look]:
    return [look for one in virtual.result.comparisons for look in one.looks]


def trial_looks_on(axes: Axes, virtual: VirtualTrial) -> None:
    """Draw z at each look against the bounds of both sides, on some axes."""
    looks = _all_looks(virtual)
    at, bound = _bounds(virtual)
    planned, level = _planned(virtual)
    top = max([3.0, *(1.2 * abs(look.z) for look in looks), *(1.15 * np.append(bound, level))])
    top = float(min(top, max(HIGHEST, max(1.2 * abs(look.z) for look in looks))))
    right = 1.06 * max(1.0, max(look.fraction for look in looks))
    for side in (1.0, -1.0):
        if planned.size:
            axes.plot(100 * planned, side * level, color=MUTED, lw=1.0, ls=(0, (4, 3)))
        if at.size:
            edge = 100 * np.array([at[0] - BESIDE, *at, at[-1] + BESIDE])
            height = side * np.array([bound[0], *bound, bound[-1]])
            axes.fill_between(edge, height, side * top, color=GRID, alpha=0.7, lw=0)
            axes.plot(100 * at, side * bound, color=INK, lw=1.4, marker="_", ms=9,
                      label="bound" if side > 0 else None)  # fmt: skip
    for number, one in enumerate(virtual.result.comparisons):
        axes.plot(
            [100 * look.fraction for look in one.looks], [look.z for look in one.looks],
            color=color_at(number + 1), ls=DASHES[(number + 1) % len(DASHES)], lw=1.8,
            marker=MARKS[number % len(MARKS)], ms=6.5, label=short_name(one.arm), zorder=4,
        )  # fmt: skip
    axes.axhline(0.0, color=INK, lw=0.8)
    axes.set_xlim(0.0, 100 * right)
    axes.set_ylim(-top, top)
    axes.set_ylabel("Log-rank z")
    axes.set_xlabel(_events_label(virtual))
    axes.xaxis.set_major_formatter("{x:.0f}%")
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=3, columnspacing=1.2,
                handlelength=1.6)  # fmt: skip


def _events_label(virtual: VirtualTrial) -> str:
    return f"Events, of {virtual.conducted.planned:,} planned"


def _bounds(virtual: VirtualTrial) -> tuple[Floats, Floats]:
    """Fractions of the looks taken, and the bounds there, where they had one."""
    longest = max((one.looks for one in virtual.result.comparisons), key=len)
    told = [look for look in longest if math.isfinite(look.bound)]
    return np.array([look.fraction for look in told]), np.array([look.bound for look in told])


def _planned(virtual: VirtualTrial) -> tuple[Floats, Floats]:
    """Fractions and bounds of the looks as the protocol plans them."""
    design = virtual.protocol.design
    at = np.array(design.looks, dtype=np.float64)
    alpha = design.alpha / design.comparisons
    level = efficacy_bounds(at, alpha=alpha, spending=design.spending).z
    shown = level <= HIGHEST
    return at[shown], level[shown]


def _conditional_on(axes: Axes, virtual: VirtualTrial) -> None:
    """Draw conditional power at each interim look."""
    for number, one in enumerate(virtual.result.comparisons):
        told = [look for look in one.looks if math.isfinite(look.conditional)]
        axes.plot(
            [100 * look.fraction for look in told], [100 * look.conditional for look in told],
            color=color_at(number + 1), ls=DASHES[(number + 1) % len(DASHES)], lw=1.8,
            marker=MARKS[number % len(MARKS)], ms=6.5, clip_on=False,
        )  # fmt: skip
    limit = virtual.protocol.design.futility
    if limit is not None:
        axes.axhline(100 * limit, color=INK, lw=1.0, ls=(0, (4, 3)))
        axes.annotate("futile below", (1, 100 * limit), (0, 3), xycoords=("axes fraction", "data"),
                      textcoords="offset points", ha="right", color=MUTED, fontsize=9)  # fmt: skip
    axes.set_ylim(0, 103)
    axes.set_yticks([0, 50, 100], ["0%", "50%", "100%"])
    axes.set_ylabel("Conditional\npower")


def draw_trial_response(figure: Figure, virtual: VirtualTrial) -> tuple[str, str]:
    """Fill a figure with the response rate beside how long responses last."""
    title = "It shrank, it lasted"
    figure.set_size_inches(WIDTH, 1.3 + 0.95 * max(2, len(virtual.arms)))
    axes = figure.subplots()
    if all(one.rate is None for one in virtual.result.responses):
        message(axes, "Nobody was analyzed.")
        return title, "Nobody was analyzed."
    count = len(virtual.arms)
    step = 0.8 / count
    for number, one in enumerate(virtual.result.responses):
        low, high = one.lasting_interval
        triples = ((one.rate, *one.interval), (one.lasting, low, high), (one.durable, None, None))
        for place, (value, below, above) in enumerate(triples):
            y = place + step * (number - (count - 1) / 2)
            label = short_name(virtual.arms[number]) if place == 0 else None
            axes.barh(y, 100 * (value or 0.0), height=0.86 * step, color=color_at(number),
                      alpha=0.85, label=label)  # fmt: skip
            end = value or 0.0
            if value is not None and below is not None and above is not None:
                axes.plot([100 * below, 100 * above], [y, y], color=INK, lw=1.2)
                end = above
            axes.annotate(percent(value), (100 * end, y), (4, 0), textcoords="offset points",
                          va="center", fontsize=9)  # fmt: skip
    axes.set_yticks(range(len(MEASURES)), list(MEASURES))
    axes.set_ylim(len(MEASURES) - 0.5, -0.5)
    axes.set_xlim(0, 114)
    axes.set_xticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
    axes.grid(visible=False, axis="y")
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=3, columnspacing=1.2,
                handlelength=1.2)  # fmt: skip
    return title, (
        "It shrank: share of the patients analyzed with a response by scans. It lasted: share of "
        "these responses that held for 12 months (Kaplan-Meier; -: nobody was followed so long). "
        "Both: share of all patients analyzed whose tumor shrank and stayed so. Lines are 95% "
        f"intervals. {virtual.protocol.criterion}"
    )
