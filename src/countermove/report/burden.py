"""Burden over time on a log axis, with the drugs above it.

Here: the median, the bands, single patients, cells gone. Not here: which cells they are
(``report.composition``).
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from countermove.foundation.arrays import Bools, Floats
from countermove.report.reading import (
    alive,
    clock,
    detection_limit,
    enough_alive,
    quantity,
    treated,
)
from countermove.report.style import (
    INK,
    LINE,
    MUTED,
    ORANGE,
    days_of,
    message,
    power,
    time_axis,
    time_unit,
)
from countermove.results import Runs

SINGLE_PATIENTS = 20
MOST_DRUGS = 5
READING = (  # of the legend
    "the one patient",
    "median",
    "single patients",
    "50% of patients",
    "90% of patients",
    "limit of detection",
)
GONE = -1.0  # where no cells at all are drawn, in powers of ten


def draw_burden(figure: Figure, runs: Runs) -> tuple[str, str]:
    """Fill a figure with burdens over time; see the module docstring."""
    title = "Tumor burden over time"
    burden = _living(runs)
    if not burden.size:
        message(figure.subplots(), "No trajectories were kept.")
        return title, "No trajectories were kept in this run."
    days, since = clock(runs)
    _, length = time_unit(days_of(days))
    drugs = drug_rows(runs) if treated(runs) else []
    ratio = [0.085 * len(drugs), 1.0] if drugs else [1.0]
    rows = figure.subplots(len(ratio), 1, sharex=True, height_ratios=ratio, squeeze=False)[:, 0]
    if drugs:
        draw_drugs(rows[0], days / length, drugs)
    burden_on(rows[-1], runs)
    return title, _caption(burden, len(runs.table), since)


def burden_on(axes: Axes, runs: Runs) -> None:
    """Draw burdens over time on some axes, without the drugs above them."""
    burden = _living(runs)
    if not burden.size:
        message(axes, "No trajectories were kept.")
        return
    days, since = clock(runs)
    _, length = time_unit(days_of(days))
    _draw_cells(axes, days / length, burden, enough_alive(runs))
    _draw_limit(axes, runs)
    _legend(axes, len(burden))
    _draw_lethal(axes, runs, burden)
    time_axis(axes, float(days[-1]), label=since)
    axes.set_xlim(days[0] / length, days[-1] / length)


def log_cells(cells: Floats) -> Floats:
    """Powers of ten of numbers of cells; fewer than one is drawn at the bottom, as gone.

    Nothing is drawn where there is no number: after death.
    """
    height = np.where(cells >= 1.0, np.log10(np.maximum(cells, 1.0)), GONE)
    return np.where(np.isnan(cells), np.nan, height)


def _living(runs: Runs) -> Floats:
    """(kept, times) burdens; nan after death."""
    burden = runs.trajectories["burden"].to_numpy()
    return np.where(alive(runs), burden, np.nan) if burden.size else burden


def _draw_cells(axes: Axes, time: Floats, burden: Floats, enough: Bools) -> None:
    height = log_cells(burden)
    seen = np.count_nonzero(~np.isnan(height).all(axis=0))
    marker = "o" if seen == 1 else ""  # a line needs two points; all who die early leave one
    if len(height) > 1:
        bands = np.full((5, time.size), np.nan)
        some = ~np.isnan(height).all(axis=0) & enough
        bands[:, some] = np.nanquantile(height[:, some], [0.05, 0.25, 0.5, 0.75, 0.95], 0)
        low, mid_low, middle, mid_high, high = bands
        axes.fill_between(time, low, high, color=LINE, alpha=0.14, lw=0, label="90% of patients")
        axes.fill_between(
            time, mid_low, mid_high, color=LINE, alpha=0.28, lw=0, label="50% of patients"
        )
        for number, single in enumerate(height[:SINGLE_PATIENTS]):
            label = "single patients" if number == 0 else None
            axes.plot(time, single, color=MUTED, lw=0.7, alpha=0.6, label=label)
        axes.plot(time, middle, color=LINE, lw=2.4, marker=marker, label="median")
    else:
        axes.plot(time, height[0], color=LINE, lw=2.4, marker=marker, label="the one patient")
    _log_axis(axes, height, gone=bool((burden < 1.0).any()), whole=not _fractions(burden))


def _draw_limit(axes: Axes, runs: Runs) -> None:
    """Draw the burden of the smallest lesion that a scan sees, where it is on the axis."""
    height = float(np.log10(detection_limit(runs)))
    if axes.get_ylim()[0] < height < axes.get_ylim()[1]:
        axes.axhline(height, color=MUTED, lw=1.0, ls=(0, (1, 2)), label="limit of detection")


def _legend(axes: Axes, patients: int) -> None:
    handles, labels = axes.get_legend_handles_labels()
    if patients == 1 and len(labels) == 1:
        return
    order = sorted(range(len(labels)), key=lambda i: READING.index(labels[i]))
    axes.legend(
        [handles[i] for i in order],
        [labels[i] for i in order],
        loc="upper center",
        bbox_to_anchor=(0.45, -0.2),
        ncols=2,
        columnspacing=1.2,
        handlelength=1.6,
    )


def _log_axis(axes: Axes, height: Floats, *, gone: bool, whole: bool) -> None:
    top = max(float(np.ceil(np.nanmax(height) + 0.15)), 1.0)
    bottom = GONE if gone else max(0.0, float(np.floor(np.nanmin(height) - 0.15)))
    first = 0 if gone else int(bottom)
    step = max(1, -(-(int(top) - first) // 6))
    powers = [n for n in range(first, int(top) + 1) if (n - first) % step == 0]
    ticks, labels = [float(n) for n in powers], [power(n) for n in powers]
    if gone:
        ticks, labels = [GONE, *ticks], ["0" if whole else "<1", *labels]
        axes.axhline(GONE / 2.0, color=MUTED, lw=0.8, ls=(0, (1, 3)))
    axes.set_yticks(ticks, labels)
    axes.set_ylim(bottom - (0.25 if gone else 0.0), top)
    axes.set_ylabel("Cells")


def _fractions(burden: Floats) -> bool:
    return bool(((burden > 0.0) & (burden < 1.0)).any())


def _draw_lethal(axes: Axes, runs: Runs, burden: Floats) -> None:
    lethal = quantity(runs.document, "tumor.lethal_at", "cells")
    if lethal is None or lethal < 1.0 or np.nanmax(burden) < lethal / 30.0:
        return
    height = float(np.log10(lethal))
    axes.set_ylim(top=max(axes.get_ylim()[1], height + 0.4))
    axes.axhline(height, color=INK, lw=1.0, ls=(0, (4, 3)))
    axes.annotate(
        "lethal",
        (1.0, height),
        (-4, 3),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        ha="right",
        fontsize=9.5,
    )


def drug_rows(runs: Runs, patient: int | None = None) -> list[tuple[str, Floats]]:
    """Names of drugs and doses in multiples of the full one: of a patient, or their mean."""
    data = runs.trajectories
    names = [str(name) for name in data["drug"].to_numpy()]
    every = data["on"].to_numpy()
    doses = every.mean(axis=0) if patient is None else every[patient]
    given = [i for i in range(len(names)) if doses[:, i].max(initial=0.0) > 0.0]
    rows = [(names[i], doses[:, i]) for i in given[:MOST_DRUGS]]
    if len(given) > MOST_DRUGS:
        rest = given[MOST_DRUGS - 1 :]
        rows[-1] = (f"{len(rest)} more", doses[:, rest].max(axis=1))
    return rows


def draw_drugs(axes: Axes, time: Floats, drugs: list[tuple[str, Floats]]) -> None:
    """Draw a row of bars a drug, as high as its dose."""
    for row, (_, dose) in enumerate(drugs):
        full = 0.76 * np.minimum(dose, 1.0)
        base = np.full(time.size, row + 0.88)
        axes.fill_between(time, base, base - full, step="post", color=ORANGE, lw=0)
        axes.axhline(row + 0.88, color=MUTED, lw=0.5)
    names = [name if len(name) <= 14 else name[:13] + "…" for name, _ in drugs]
    axes.set_yticks(np.arange(len(drugs)) + 0.5, names)
    axes.set_ylim(len(drugs), 0)
    axes.tick_params(axis="x", length=0, labelbottom=False)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _caption(burden: Floats, patients: int, since: str) -> str:
    kept = len(burden)
    text = f"Cells in the whole tumor, {since}, on a log axis. "
    if kept > 1:
        shown = min(kept, SINGLE_PATIENTS)
        text += f"Line: median; bands: the middle 50% and 90% of {kept:,} patients"
        text += f"; thin lines: {shown} single patients. "
        if kept < patients:
            text += f"Courses were kept for {kept:,} of {patients:,} patients. "
    if np.isnan(burden).any():
        text += "A line ends where the patient dies; the others are of those alive. "
    if (burden < 1.0).any():
        text += "A line that drops to the bottom is a tumor that is gone"
        text += " (fewer than one cell on average). " if _fractions(burden) else ". "
    return text.strip()
