"""What cells are exposed to over a stretch of time: who is dosed with what, and since when.

Here: the one object that carries doses from the treatment side to an engine. Not here: how doses
become levels (``model.level_kernels``), how an engine steps (``engines``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countermove.model.arrays import Dosing

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
