"""The figure of a headline: cohorts that fit it, and how long patients do well in them.

Here: drawing a ``Headline``. Not here: its numbers (``headlines``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from countermove.foundation import ScenarioError, shown
from countermove.headlines import Headline
from countermove.headlines.cohorts import limits
from countermove.report.plotting import drawn_on
from countermove.report.style import INK, LINE, MUTED, ORANGE, WIDTH, drawn, pdf, png, power
from countermove.results.storage import write_bytes

ENDINGS = (".png", ".svg", ".pdf")
SHOWN = 600  # cohorts of the cloud
BINS = 24


def draw_headline(figure: Figure, found: Headline) -> tuple[str, str]:
    """Fill a figure with both parts, one above the other."""
    figure.set_size_inches(WIDTH, 6.0)
    above, below = figure.subplots(2, 1)
    fits_on(above, found)
    course_on(below, found)
    return "What fits a headline", (
        "Above: virtual cohorts that have the numbers; the typical patient's resistant fraction "
        "and regrowth, darker where more fit, the medians orange. Below: the share without "
        "progression, median over cohorts with the middle 80%; the cross is the median given."
    )


def fits_on(axes: Axes, found: Headline) -> None:
    """Draw the joint spread of resistant fraction and regrowth."""
    numbers = found.fit.cohorts.numbers
    prior = limits(found.report.size)
    across, up = (np.log10(numbers[name]) for name in ("resistant_fraction", "regrowth"))
    spans = [np.log10(prior[name][:2]) for name in ("resistant_fraction", "regrowth")]
    axes.scatter(
        across[:SHOWN * 3:3], up[:SHOWN * 3:3], s=9, color=LINE, alpha=0.25, lw=0, rasterized=True
    )  # fmt: skip
    axes.plot(np.median(across), np.median(up), "o", color=ORANGE, ms=6, mec=INK, mew=0.8)
    axes.set_xlim(*spans[0])
    axes.set_ylim(*spans[1])
    first = int(np.ceil(spans[0][0]))
    ticks = [place for place in range(first, 1) if place % 2 == 0 and place <= spans[0][1]]
    axes.set_xticks(ticks, [power(place) for place in ticks])
    rates = np.array([0.002, 0.005, 0.01, 0.02, 0.05, 0.1])
    axes.set_yticks(np.log10(rates), [f"{rate:g}" for rate in rates])
    axes.set_xlabel("Resistant fraction before treatment")
    axes.set_ylabel("Regrowth, per day")
    axes.set_title("Cohorts that fit; axes span the prior", fontsize=10, loc="left", color=MUTED)


def course_on(axes: Axes, found: Headline) -> None:
    """Draw the share without progression over time, with its band."""
    low, middle, high = 100.0 * np.quantile(found.free, (0.1, 0.5, 0.9), axis=0)
    months = np.arange(len(middle))
    axes.fill_between(months, low, high, color=LINE, alpha=0.2, lw=0)
    axes.plot(months, middle, color=LINE, lw=2.0)
    stated = found.report.months_to_progression
    if stated is not None and stated <= months[-1]:
        axes.plot(stated, 50.0, "+", color=INK, ms=11, mew=1.8, zorder=4)
    end = found.report.follow_up
    if end is not None and end < months[-1]:
        axes.axvline(end, color=MUTED, lw=1.0, ls=(0, (4, 3)))
        axes.annotate(
            "follow-up ends", (end, 98), (4, 0), textcoords="offset points", va="top",
            color=MUTED, fontsize=9,
        )  # fmt: skip
    axes.set_xlim(0, months[-1])
    axes.set_ylim(0, 103)
    axes.set_xticks(range(0, int(months[-1]) + 1, 6))
    axes.set_yticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
    axes.set_xlabel("Months since treatment started")
    axes.set_ylabel("Without progression")
    axes.set_title("Median of cohorts and the middle 80%", fontsize=10, loc="left", color=MUTED)


def plot_headline(
    found: Headline, ax: Axes | None = None, *, show: Literal["course", "fits"] = "course"
) -> Axes:
    """Draw what a headline means: how long patients do well, or which cohorts fit.

    Parameters
    ----------
    found
        What `headline` returned.
    ax
        Where to draw; axes of a new figure by default.
    show
        ``course``: the share without progression over time, with a band. ``fits``: resistant
        fraction and regrowth of the cohorts.

    Examples
    --------
    >>> import countermove as cm
    >>> found = cm.headline(response_rate=0.6, months_to_progression=5.5, members=2000)
    >>> cm.plot_headline(found).get_ylabel()
    'Without progression'
    """
    parts = {"course": course_on, "fits": fits_on}
    if show not in parts:
        raise ScenarioError("show", got=shown(show), expected="course or fits")
    return drawn_on(lambda axes: parts[show](axes, found), ax)


def check_ending(file: str) -> Path:
    """Return the path of a picture.

    Raises
    ------
    ScenarioError
        Its ending is not one of `ENDINGS`.
    """
    path = Path(file)
    if path.suffix not in ENDINGS:
        raise ScenarioError("figure", got=shown(file), expected=f"a file {', '.join(ENDINGS)}")
    return path


def write_headline(found: Headline, path: Path) -> None:
    """Write the figure as the file's ending says.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    drawing = drawn(lambda figure: draw_headline(figure, found), "headline")
    made = {".png": png, ".pdf": pdf, ".svg": lambda one: one.svg.encode()}[path.suffix]
    write_bytes(made(drawing), path)
