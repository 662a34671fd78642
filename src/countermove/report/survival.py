"""Survival as a trial shows it: progression-free by scans, its second, and overall.

Here: the three curves, each with its patients at risk. Not here: time to progression of the truth
(``report.progression``).
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from countermove.report.progression import draw_at_risk, draw_steps
from countermove.report.reading import clock
from countermove.report.style import HEIGHT, INK, LINE, ORANGE, WIDTH, message, time_axis, time_unit
from countermove.results import Runs, Survival
from countermove.results.cohort import SEEN_CURVES, survival_curve
from countermove.results.sentences import criterion_sentence

TITLE = "Survival, as scans and deaths show it"
NAMES = {
    "imaging_progression_free_survival": ("PFS by scans", LINE),
    "progression_free_survival_2": ("PFS2", ORANGE),
    "overall_survival": ("overall", INK),
}


def draw_survival(figure: Figure, runs: Runs) -> tuple[str, str]:
    """Fill a figure with the curves and a row of patients at risk for each."""
    axes = figure.subplots()
    curves = survival_on(axes, runs)
    if not curves:
        return TITLE, "There was no follow-up."
    figure.set_size_inches(WIDTH, HEIGHT + 0.35)
    _, length = time_unit(_span(runs))
    for row, (name, curve) in enumerate(curves.items()):
        words, color = NAMES[name]
        draw_at_risk(axes, curve, length, row=row, label=words, color=color)
    medians = [
        f"{NAMES[name][0]} {curve.median / length:.1f}"
        for name, curve in curves.items()
        if curve.median is not None
    ]
    unit = time_unit(_span(runs))[0]
    text = "Kaplan-Meier estimates; below them, patients at risk. PFS ends at the scan that shows "
    text += "progression or at death, PFS2 at the second such under the next line, or at death. "
    text += f"Medians ({unit}): {', '.join(medians)}. " if medians else ""
    return TITLE, f"{text}{criterion_sentence(runs.provenance, runs.document)}".strip()


def survival_on(axes: Axes, runs: Runs) -> dict[str, Survival]:
    """Draw the curves on some axes; returns them by outcome."""
    span = _span(runs)
    if span <= 0.0:
        message(axes, "No follow-up.")
        return {}
    _, length = time_unit(span)
    curves = {name: curve_of(runs.table) for name, curve_of in SEEN_CURVES.items()}
    curves["overall_survival"] = survival_curve(runs.table)
    if int(runs.table["lines"].max()) < 2:
        curves.pop("progression_free_survival_2")
    for name, curve in curves.items():
        words, color = NAMES[name]
        draw_steps(axes, curve, length, color=color, label=words)
    axes.set_xlim(0.0, span / length)
    axes.set_ylim(0, 103)
    axes.set_yticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
    axes.set_ylabel("Free of the event")
    time_axis(axes, span, label=clock(runs)[1])
    axes.legend(
        loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=3, columnspacing=1.2, handlelength=1.4
    )
    return curves


def _span(runs: Runs) -> float:
    length = runs.table["overall_survival"].to_numpy(dtype=np.float64)
    return float(length.max()) if length.size else 0.0
