"""What cells are exposed to over a stretch of time: drug levels, piece by piece.

Here: the one object that carries levels from the treatment side to an engine. Not here: how doses
become levels (``treatment.histories``), how an engine steps (``engines``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Exposure:
    """Levels of every drug over consecutive pieces of time.

    Attributes
    ----------
    edges : (pieces + 1,) days
    levels : (pieces, drugs) multiples of EC50; ``inf`` for a saturating drug that is on
    peak : (pieces, drugs) highest level since treatment started
    treated : treatment has started; before it, lineages are at home as they are
    """

    edges: Floats
    levels: Floats
    peak: Floats
    treated: bool

    def between(self, begin: float, end: float) -> Exposure:
        """Return the part from ``begin`` to ``end``, cutting pieces where needed."""
        keep = (self.edges[1:] > begin) & (self.edges[:-1] < end)
        edges = np.concatenate([[begin], self.edges[1:-1][keep[:-1] & keep[1:]], [end]])
        return Exposure(edges, self.levels[keep], self.peak[keep], self.treated)


def untreated(drugs: int, begin: float, end: float) -> Exposure:
    """No drug from ``begin`` to ``end``, before treatment starts."""
    none = np.zeros((1, drugs))
    return Exposure(np.array([begin, end]), none, none, treated=False)
