"""Which scans count where progression counts only on drug.

Here: the criterion ``on_drug``, from when drugs were given. Not here: what a scan shows
(``measurement.recist``), the same criterion on the true burden (``simulation.watching``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from countermove.foundation import SAME_DAY
from countermove.foundation.arrays import Bools, Floats


def scans_on_drug(
    days: Floats, given: Sequence[tuple[float, Bools]], *, cycle: float
) -> tuple[Bools, Floats]:
    """Say of each scan whether it counts, and since when the drug was given.

    Parameters
    ----------
    days : (patients, scans)
        Since diagnosis.
    given
        Days, rising, and (patients,) whether any drug is given from each of them on.
    cycle
        Days that a drug must have been given for.

    Returns
    -------
    counted : (patients, scans) a drug was given up to the scan, for a cycle or longer
    since : (patients, scans) the day on which it was begun after the last pause; nan while paused

    Notes
    -----
    A scan is taken before what is decided that day: one on the day of a restart is still off drug,
    one on the day of a pause still on it.
    """
    counted = np.zeros(days.shape, dtype=np.bool_)
    since = np.full(days.shape, np.nan)
    on, begun = np.zeros(len(days), dtype=np.bool_), np.full(len(days), np.nan)
    ends = [*(day for day, _ in given[1:]), np.inf]
    for (day, now), end in zip(given, ends, strict=True):
        begun = np.where(now & ~on, day, begun)
        on = now
        inside = (days > day + SAME_DAY) & (days <= end + SAME_DAY) & on[:, None]
        since = np.where(inside, begun[:, None], since)
        long = days - begun[:, None] >= cycle - SAME_DAY
        counted |= inside & long
    return counted, since
