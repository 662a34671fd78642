"""Why tumors came back: mechanism, origin and route of every relapse.

Here: the bars. Not here: how a relapse is attributed (``measurement.attribution``).
"""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from countermove.report.style import (
    BLUE,
    HEIGHT,
    INK,
    ORANGE,
    OTHER,
    PAPER,
    WIDTH,
    message,
)
from countermove.results import Runs
from countermove.results.cohort import attribution_counts

MOST_BARS = 8
NEVER = ", never responded"
NOTHING = "No relapse under treatment:\nnothing to attribute."
LEGEND: dict[str, Any] = {
    "ncols": 2,
    "columnspacing": 1.2,
    "handlelength": 1.4,
    "labelcolor": INK,
}
COLORS = {"pre-existing": BLUE, "arisen under treatment": ORANGE}
HATCHES = {
    "direct": "",
    "dormant state": "///",
    "sheltered niche": "...",
    "dormant state and sheltered niche": "xxx",
}

Parts = dict[str, Counter[tuple[str, str]]]


def draw_attribution(figure: Figure, runs: Runs) -> tuple[str, str]:
    """Fill a figure with counts of relapses by mechanism, origin and route."""
    title = "Why tumors came back"
    axes = figure.subplots()
    parts = relapse_parts(runs)
    if not parts:
        message(axes, NOTHING)
        return title, "A relapse is a progression while a drug is or was given."
    figure.set_size_inches(WIDTH, min(HEIGHT, 1.7 + 0.5 * len(parts)))
    _draw_bars(axes, parts)
    figure.legend(handles=_handles(parts), loc="outside lower center", **LEGEND)
    total = sum(sum(counts.values()) for counts in parts.values())
    caption = (
        f"Relapses ({total:,}) by the mechanisms of the cells that carry them. Color: whether "
        "their latest alteration was there before treatment."
    )
    if {route for counts in parts.values() for _, route in counts} - {"direct"}:
        caption += " Hatching: survived first in a dormant state or a sheltered niche."
    return title, caption


def attribution_on(axes: Axes, runs: Runs) -> None:
    """Draw the counts of relapses on some axes."""
    parts = relapse_parts(runs)
    if not parts:
        message(axes, NOTHING)
        return
    _draw_bars(axes, parts)
    axes.legend(handles=_handles(parts), loc="upper center", bbox_to_anchor=(0.45, -0.2), **LEGEND)


def relapse_parts(runs: Runs) -> Parts:
    """Count by (origin, route) for each mechanism, most frequent first, the rest joined."""
    parts: Parts = {}
    for (mechanisms, origin, route, resistance), count in attribution_counts(runs.table):
        parts.setdefault(_reason(mechanisms, resistance), Counter())[origin, route] += count
    ordered = sorted(parts.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    if len(ordered) > MOST_BARS:
        rest: Counter[tuple[str, str]] = Counter()
        for _, counts in ordered[MOST_BARS - 1 :]:
            rest.update(counts)
        ordered = [*ordered[: MOST_BARS - 1], (f"other ({len(ordered) - MOST_BARS + 1})", rest)]
    return dict(ordered)


def _reason(mechanisms: str, resistance: str) -> str:
    """Name a bar: who never responded stands apart from who relapsed."""
    return (mechanisms or "not known") + (NEVER if resistance == "intrinsic" else "")


def _draw_bars(axes: Axes, parts: Parts) -> None:
    most = max(sum(counts.values()) for counts in parts.values())
    for row, counts in enumerate(parts.values()):
        left = 0
        for key in sorted(counts, key=_order):
            color = COLORS.get(key[0], OTHER)
            axes.barh(
                row,
                counts[key],
                left=left,
                height=0.62,
                color=color,
                hatch=HATCHES.get(key[1], ""),
                edgecolor=PAPER,
                linewidth=0.8,
            )
            left += counts[key]
        axes.text(left + 0.012 * most, row, f"{left:,}", va="center", fontsize=9)
    axes.set_yticks(range(len(parts)), [_wrapped(name) for name in parts])
    axes.set_ylim(len(parts) - 0.45, -0.55)
    axes.set_xlim(0, most * 1.14)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("Relapses")


def _wrapped(name: str) -> str:
    lines = textwrap.wrap(name.replace("_", " "), 18)
    return "\n".join(lines if len(lines) <= 3 else [*lines[:2], lines[2][:16] + " …"])


def _order(key: tuple[str, str]) -> tuple[int, int]:
    origins, routes = [*COLORS], [*HATCHES]
    return (
        origins.index(key[0]) if key[0] in origins else len(origins),
        routes.index(key[1]) if key[1] in routes else len(routes),
    )


def _handles(parts: Parts) -> list[Patch]:
    seen = {key for counts in parts.values() for key in counts}
    handles = [
        Patch(facecolor=COLORS.get(origin, OTHER), label=origin or "not known")
        for origin in dict.fromkeys(key[0] for key in sorted(seen, key=_order))
    ]
    routes = [r for r in dict.fromkeys(key[1] for key in sorted(seen, key=_order))]
    if set(routes) - {"direct"}:
        handles += [
            Patch(facecolor=OTHER, hatch=HATCHES.get(r, ""), edgecolor=PAPER, label=r)
            for r in sorted(routes, key=lambda r: [*HATCHES].index(r) if r in HATCHES else 9)
        ]
    return handles
