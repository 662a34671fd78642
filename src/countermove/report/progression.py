"""Time to progression as a Kaplan-Meier curve.

Here: the curve, its band, the median, the numbers at risk. Not here: the estimate
(``results.survival``).
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from countermove.report.reading import clock
from countermove.report.style import INK, LINE, MONTH, MUTED, message, time_axis, time_unit
from countermove.results import Runs, Survival
from countermove.results.cohort import progression_curve
from countermove.results.sentences import criterion_sentence

MOST_COUNTS = 6


def draw_progression(figure: Figure, runs: Runs) -> tuple[str, str]:
    """Fill a figure with the share of patients free of progression over time."""
    title = "Time to progression"
    axes = figure.subplots()
    curve = progression_on(axes, runs)
    if curve is None:
        return title, "There was no follow-up."
    unit, length = time_unit(_span(runs))
    draw_at_risk(axes, curve, length)
    criterion = criterion_sentence(runs.provenance, runs.document)
    return title, f"{_caption(curve, unit, length)} {criterion}".strip()


def progression_on(
    axes: Axes, runs: Runs, *, color: str = LINE, label: str | None = None
) -> Survival | None:
    """Draw the curve of a run on some axes; returns it, or None where there was no follow-up."""
    curve = progression_curve(runs.table)
    if not curve.durations.size or curve.durations[-1] <= 0.0:
        message(axes, "No follow-up.")
        return None
    span = max(_span(runs), _span_before(axes))
    _draw_curve(axes, curve, span, color=color, label=label)
    length = time_unit(span)[1]
    axes.set_xlim(0.0, span / length)
    axes.set_ylim(0, 103)
    axes.set_yticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
    axes.set_ylabel("Without progression")
    time_axis(axes, span, label=clock(runs)[1])
    if label is not None:
        axes.legend(loc="best")
    return curve


def _span_before(axes: Axes) -> float:
    """Days that the curves of other runs span on these axes already, 0 where there are none."""
    if not axes.lines:
        return 0.0
    days = axes.get_xlabel().startswith("Days")
    return float(axes.get_xlim()[1]) * (1.0 if days else MONTH)


def _span(runs: Runs) -> float:
    return float(runs.table["overall_survival"].to_numpy().max())


def _draw_curve(axes: Axes, curve: Survival, span: float, *, color: str, label: str | None) -> None:
    unit, length = time_unit(span)
    draw_steps(axes, curve, length, color=color, label=label)
    if curve.median is not None:
        middle = curve.median / length
        axes.plot([0, middle, middle], [50, 50, 0], color=INK, lw=0.9, ls=(0, (4, 3)))
        left = middle > 0.55 * span / length
        axes.annotate(
            f"median {middle:.1f} {unit}",
            (middle, 50),
            (-5 if left else 5, 5),
            textcoords="offset points",
            ha="right" if left else "left",
        )


def draw_steps(
    axes: Axes, curve: Survival, length: float, *, color: str, label: str | None
) -> None:
    """Draw a curve as steps, with its band; it ends where nobody is observed any longer."""
    end = curve.durations[-1] / length
    time = np.concatenate([[0.0], curve.times / length, [end]])

    def stairs(values: np.ndarray, start: float = 1.0) -> np.ndarray:
        level = values[-1] if values.size else start
        return 100.0 * np.concatenate([[start], values, [level]])

    if curve.durations.size > 1:
        axes.fill_between(
            time, stairs(curve.low), stairs(curve.high), step="post", color=color, alpha=0.2, lw=0
        )
    line = {"drawstyle": "steps-post", "color": color, "lw": 2.2, "label": label}
    axes.plot(time, stairs(curve.survival), **line)


def draw_at_risk(
    axes: Axes,
    curve: Survival,
    length: float,
    *,
    row: int = 0,
    label: str = "at risk",
    color: str = MUTED,
) -> None:
    """Write a row of patients at risk below the ticks of a curve's axes."""
    ticks = axes.get_xticks()
    ticks = ticks[(ticks >= 0.0) & (ticks <= axes.get_xlim()[1] * 1.001)]
    ticks = ticks[:: max(1, -(-ticks.size // MOST_COUNTS))]
    below = {
        "textcoords": "offset points",
        "annotation_clip": False,
        "va": "center",
        "fontsize": 9.5,
    }
    axes.annotate(
        label,
        (0, 0),
        (-19, -45 - 13 * row),
        xycoords="axes fraction",
        ha="right",
        color=color,
        **below,
    )
    place = axes.get_xaxis_transform()
    for tick, count in zip(ticks, curve.at_risk_at(ticks * length - 1e-9), strict=True):
        axes.annotate(_short(int(count)), (tick, 0), (0, -45 - 13 * row), xycoords=place,
                      ha="center", **below)  # fmt: skip


def _short(count: int) -> str:
    return f"{count:,}" if count < 100_000 else f"{count / 1000:,.0f}k"


def _caption(curve: Survival, unit: str, length: float) -> str:
    events, number = int(curve.events.sum()), curve.durations.size
    text = "Kaplan-Meier estimate"
    text += " with its pointwise 95% band (Greenwood, log-log)" if number > 1 else ""
    text += f"; {events:,} of {number:,} progressed"
    text += (
        ". "
        if events == number
        else ", the others are censored at death or at the end of follow-up. "
    )
    if curve.median is None:
        return text + "The median was not reached."
    return text + f"Median {curve.median / length:.1f} {unit}."
