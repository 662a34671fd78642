"""What cells are exposed to over a stretch of time: who is dosed with what, and since when.

Here: the one object that carries doses from the treatment side to an engine. Not here: how doses
become levels (``model.level_kernels``), how an engine steps (``engines``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countermove.foundation.arrays import Ints
from countermove.model.arrays import COMPARTMENTS, STEADY, Dosing

NOTHING = Dosing(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), np.zeros(0))
"""No drug at all."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """Doses over a stretch of time.

    Attributes
    ----------
    begin, end : days
    dosing : stretches of dosing, days since ``begin``; what was stopped before may still be there
    treated : treatment has started; before it, lineages are at home as they are
    """

    begin: float
    end: float
    dosing: Dosing = NOTHING
    treated: bool = True

    def between(self, begin: float, end: float) -> Exposure:
        """Return the part from one day to another."""
        drug, since, until, multiple = self.dosing
        moved = begin - self.begin
        dosing = Dosing(drug, since - moved, until - moved, multiple)
        return Exposure(begin, end, dosing, self.treated)

    @property
    def key(self) -> bytes:
        """The same for exposures that are alike but for their place in time."""
        length = np.array([self.end - self.begin, float(self.treated)]).round(9)
        return b"|".join([length.tobytes(), *(array.tobytes() for array in self.dosing)])


def alike(dosing: Dosing, kind: Ints, length: float) -> Dosing:
    """Leave out of a stretch's dosing what makes no difference to its levels.

    A steady level does not depend on when its dosing began or will stop; of a drug that stops at
    once nothing is left.
    """
    keep = (kind[dosing.drug] == COMPARTMENTS) | ((dosing.until > 0.0) & (dosing.since < length))
    drug, multiple = dosing.drug[keep], dosing.multiple[keep]
    steady = kind[drug] == STEADY
    since = np.where(steady & (dosing.since[keep] <= 0.0), 0.0, dosing.since[keep]).round(9)
    until = np.where(dosing.until[keep] >= length, np.inf, dosing.until[keep]).round(9)
    return Dosing(drug, since, until, multiple)
