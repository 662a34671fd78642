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
    decided : (days,) bool, whether doses may change
    start : day of treatment start
    """

    days: Floats
    decided: NDArray[np.bool_]
    start: float


def make_calendar(decisions: Floats, *, start: float, until: float) -> Calendar:
    """Lay out decisions from diagnosis to ``until``, treatment start among them."""
    every = np.unique(np.concatenate([[0.0, start, until], decisions]))
    every = every[(every >= 0.0) & (every <= until)]
    every = every[np.r_[True, np.diff(every) > SAME_DAY]]
    every[-1] = until
    near = np.abs(every[:, None] - decisions[None, :]) <= 2 * SAME_DAY
    return Calendar(every, np.asarray(near.any(axis=1), dtype=np.bool_), start)
