"""The days on which a course of treatment stops to look or to decide.

Here: the calendar. Not here: what happens on its days (``simulation.treatment_loop``), the days
that are recorded, which stop nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countermove.foundation import SAME_DAY
from countermove.foundation.arrays import Floats


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days on which something happens, rising; the first is diagnosis, the last the end.

    Attributes
    ----------
    days : (days,)
    scanned, decided : (days,) bool, what happens on each
    start : day of treatment start
    """

    days: Floats
    scanned: NDArray[np.bool_]
    decided: NDArray[np.bool_]
    start: float


def make_calendar(scans: Floats, decisions: Floats, *, start: float, until: float) -> Calendar:
    """Lay out scans and decisions from diagnosis to ``until``, treatment start among them."""
    every = np.unique(np.concatenate([[0.0, start, until], scans, decisions]))
    every = every[(every >= 0.0) & (every <= until)]
    every = every[np.r_[True, np.diff(every) > SAME_DAY]]
    every[-1] = until

    def among(days: Floats) -> NDArray[np.bool_]:
        near = np.abs(every[:, None] - days[None, :]) <= 2 * SAME_DAY
        return np.asarray(near.any(axis=1), dtype=np.bool_)

    scanned = among(scans)
    return Calendar(every, scanned, scanned | among(decisions), start)
