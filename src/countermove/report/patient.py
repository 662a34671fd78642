"""One patient as the clinic saw it: scans against their thresholds, blood, drugs.

Here: the patient whose course is the middle one. Not here: the cohort (``report.burden``).
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from countermove.foundation.arrays import Floats
from countermove.report.burden import draw_drugs, drug_rows
from countermove.report.reading import alive, clock, detection_limit, treated
from countermove.report.seen import PD_CODE, followed_of, markers_of, readings, typical_patient
from countermove.report.style import (
    BLUE,
    HEIGHT,
    INK,
    LINE,
    MUTED,
    ORANGE,
    WIDTH,
    days_of,
    message,
    power,
    time_axis,
    time_unit,
)
from countermove.results import Runs

TITLE = "One patient, as the clinic saw it"
NOBODY = "No course was kept."


def draw_patient(figure: Figure, runs: Runs) -> tuple[str, str]:
    """Fill a figure with the course of the patient in the middle; see the module docstring."""
    patient = typical_patient(runs)
    if patient is None or not readings(runs, "burden", patient)[0].size:
        message(figure.subplots(), NOBODY)
        return TITLE, "No course or no visit was kept in this run."
    days, since = clock(runs)
    unit, length = time_unit(days_of(days))
    drugs = drug_rows(runs, patient) if treated(runs) else []
    blood = markers_of(runs) + followed_of(runs)
    ratio = [0.085 * len(drugs)] * bool(drugs) + [1.0] + [0.42] * len(blood)
    figure.set_size_inches(WIDTH, HEIGHT + 0.3 + 0.85 * len(blood))
    rows = figure.subplots(len(ratio), 1, sharex=True, height_ratios=ratio, squeeze=False)[:, 0]
    if drugs:
        draw_drugs(rows[0], days / length, drugs)
    main = rows[1 if drugs else 0]
    seen_on(main, runs, patient)
    for axes, name in zip(rows[len(rows) - len(blood) :], blood, strict=True):
        _draw_blood(axes, runs, patient, name)
    for axes in rows[:-1]:
        axes.tick_params(axis="x", labelbottom=False)
        axes.set_xlabel("")
    time_axis(rows[-1], float(days[-1]), label=since)
    rows[-1].set_xlim(days[0] / length, days[-1] / length)
    handles, labels = main.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=2, columnspacing=1.2, handlelength=1.6
    )
    return TITLE, _caption(runs, patient, unit)


def seen_on(axes: Axes, runs: Runs, patient: int | None = None) -> None:
    """Draw what scans showed of one patient on some axes, over the truth."""
    patient = typical_patient(runs) if patient is None else patient
    if patient is None:
        message(axes, NOBODY)
        return
    days, since = clock(runs)
    _, length = time_unit(days_of(days))
    start = float(runs.trajectories["time"].to_numpy()[0] - days[0])
    truth = runs.trajectories["burden"].to_numpy()[patient]
    truth = np.where(alive(runs)[patient] & (truth >= 1.0), truth, np.nan)
    axes.plot(days / length, np.log10(truth), color=MUTED, lw=1.2, label="true burden")
    scan, value = readings(runs, "burden", patient)
    when = (scan - start) / length
    limit = detection_limit(runs)
    seen = value > 0.0
    _draw_thresholds(axes, runs, when, value)
    axes.plot(when[seen], np.log10(value[seen]), "o", color=LINE, ms=4.5, label="seen by scan")
    if (~seen).any():
        low = np.full(int((~seen).sum()), np.log10(limit))
        axes.plot(when[~seen], low, "v", mfc="none", color=LINE, ms=5, label="nothing seen")
    axes.axhline(np.log10(limit), color=MUTED, lw=0.9, ls=(0, (1, 2)), label="limit of detection")
    codes = readings(runs, "recist", patient)[1]
    if codes.size == when.size and (codes == PD_CODE).any():
        first = int(np.argmax(codes == PD_CODE))
        height = np.log10(max(value[first], limit))
        axes.plot(when[first], height, "o", mfc="none", mec=ORANGE, mew=2, ms=10, ls="",
                  label="progression seen")  # fmt: skip
    _axis(axes, truth, value, limit)
    time_axis(axes, float(days[-1]), label=since)
    axes.set_xlim(days[0] / length, days[-1] / length)


def _draw_thresholds(axes: Axes, runs: Runs, when: Floats, value: Floats) -> None:
    """Lines at which a scan of a tumor of one lesion is a response, and a progression."""
    base = float(value[0])
    if base <= 0.0:
        return
    own = runs.document.get("endpoints") or {}
    response = float(own.get("response") or 0.343)
    progression = float(own.get("progression") or 1.728)
    axes.axhline(np.log10(response * base), color=BLUE, lw=0.9, ls=(0, (5, 3)), label="response")
    reference = np.full(value.size, base)
    if runs.provenance.get("criterion") != "baseline":
        lowest = np.minimum.accumulate(np.maximum(value, detection_limit(runs)))
        reference = np.concatenate([[base], lowest[:-1]])
    axes.plot(
        when,
        np.log10(progression * reference),
        drawstyle="steps-pre",
        color=ORANGE,
        lw=1.2,
        ls=(0, (5, 3)),
        label="progression",
    )


def _axis(axes: Axes, truth: Floats, value: Floats, limit: float) -> None:
    known = np.concatenate([truth[~np.isnan(truth)], value[value > 0.0], [limit]])
    low, high = np.floor(np.log10(known.min()) - 0.1), np.ceil(np.log10(known.max()) + 0.1)
    low = max(low, 0.0)
    step = max(1, -(-int(high - low) // 6))
    ticks = np.arange(low, high + 1, step)
    axes.set_yticks(ticks, [power(int(tick)) for tick in ticks])
    axes.set_ylim(low, high)
    axes.set_ylabel("Cells")


def _draw_blood(axes: Axes, runs: Runs, patient: int, name: str) -> None:
    days, _ = clock(runs)
    _, length = time_unit(days_of(days))
    start = float(runs.trajectories["time"].to_numpy()[0] - days[0])
    when, value = readings(runs, name, patient)
    axes.plot((when - start) / length, value, "o-", color=LINE, ms=3, lw=0.9)
    if name == "ctdna.hge" and value.size and value.max() > 10.0:
        axes.set_yscale("symlog", linthresh=1.0)
        axes.set_ylim(0.0, 1.5 * value.max())
    else:
        axes.set_ylim(bottom=0.0)
        axes.yaxis.set_major_locator(MaxNLocator(3))
    words = "ctDNA\nhGE/mL" if name == "ctdna.hge" else f"{name}\nng/mL"
    if name.startswith("ctdna.vaf("):
        words = f"{name[10:-1]}\nreads"
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
    axes.set_ylabel(words, color=INK)


def _caption(runs: Runs, patient: int, unit: str) -> str:
    del unit
    text = (
        f"Patient {patient}, whose progression-free survival by scans is the middle one of those "
        "whose courses were kept. Dots: the burden that each scan stands for, with its error; the "
        "line below them is the truth, which no clinic sees. Dashed: where the next scan would be "
        "a response or a progression, for a tumor of one lesion."
    )
    died = bool(runs.table["died"].to_numpy()[patient])
    return text + (" The line ends where the patient dies." if died else "")
