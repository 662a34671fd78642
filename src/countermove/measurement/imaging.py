"""Scans: when they are.

Here: the visit grid. Not here: errors of reading (a later version), what follows from a scan
(``treatment``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def scan_days(every: float, start: float, until: float) -> Floats:
    """Days of scans: one when treatment starts, then every ``every`` days, before ``until``."""
    count = max(int(np.ceil((until - start) / every - 1e-9)), 0)
    return np.asarray(start + every * np.arange(count), dtype=np.float64)
