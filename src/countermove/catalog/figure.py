"""The figure of an entry: the paper's numbers beside ours.

Here: what is drawn of each number. Not here: the drawing (``report.reproduced``).
"""

from __future__ import annotations

from functools import partial

from countermove.catalog.verdicts import Reproduced
from countermove.report.reproduced import Compared, draw_reproduced
from countermove.report.style import Drawing, drawn


def draw_entry(done: Reproduced) -> Drawing:
    """Draw an entry: along its axes where it names some, else as deviations in tolerances."""
    rows = [
        Compared(
            own.number.says,
            own.number.value,
            own.ours,
            (own.number.low, own.number.high),
            own.number.x,
            own.number.series,
            own.verdict,
        )
        for own in done.verdicts
        if own.number is not None and own.ours is not None
    ]
    draw = partial(draw_reproduced, title=done.entry.title, rows=rows, axes=done.entry.figure)
    return drawn(draw, done.entry.name)
