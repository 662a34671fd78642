"""Dose limits, which no policy can exceed.

Here: holding doses to a largest total. Not here: the limit per day, which a scenario's own dosing
is checked against when it is read (``scenario.drugs``), as no policy gives more than the full dose.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countermove.scenario import Scenario

Floats = NDArray[np.float64]


class Limits:
    """Doses given so far, and what is left of each drug's total.

    Attributes
    ----------
    given : (patients, drugs) full-dose days so far
    """

    def __init__(self, scenario: Scenario, patients: int) -> None:
        drugs = scenario.drugs.values()
        total = [
            np.inf
            if d.limits is None or d.limits.cumulative is None
            else d.limits.cumulative / d.dose_per_day
            for d in drugs
        ]
        self._total = np.array(total, dtype=float)
        self._scales = np.array([d.levels is not None for d in drugs], dtype=bool)
        self.given = np.zeros((patients, len(drugs)))

    def hold(self, doses: Floats, days: float) -> Floats:
        """Doses for the coming days, lowered where the total would be exceeded, and counted.

        The last dose is given in part where levels scale with dose; a saturating drug is stopped.
        """
        left = np.maximum(self._total - self.given, 0.0)
        allowed = np.where(doses * days <= left * (1.0 + 1e-12), doses, left / max(days, 1e-300))
        partial = (allowed < doses) & ~self._scales
        allowed = np.where(partial, 0.0, allowed)
        self.given = self.given + allowed * days
        return allowed
