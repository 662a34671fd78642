"""Here: drug levels given outright, piece by piece, for tests that drive an engine directly.

Not here: dosing and pharmacokinetics, which runs of a scenario go through.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countermove.model import CompiledModel, Exposure
from countermove.model.arrays import Dosing


@dataclass(frozen=True)
class GivenLevels:
    """Levels (pieces, drugs) between edges (pieces + 1,), in days and multiples of EC50."""

    edges: np.ndarray
    levels: np.ndarray
    treated: bool = True

    @property
    def peak(self) -> np.ndarray:
        """(pieces, drugs) highest levels up to each piece."""
        return np.maximum.accumulate(self.levels, axis=0)

    def between(self, begin: float, end: float) -> GivenLevels:
        """Return the part from ``begin`` to ``end``, cutting pieces where needed."""
        keep = (self.edges[1:] > begin) & (self.edges[:-1] < end)
        edges = np.concatenate([[begin], self.edges[1:-1][keep[:-1] & keep[1:]], [end]])
        return GivenLevels(edges, self.levels[keep], self.treated)

    def of(self, model: CompiledModel) -> Exposure:
        """The same as multiples of each drug's own steady level."""
        begin, rows = float(self.edges[0]), []
        for drug in range(self.levels.shape[1]):
            own = model.levels.amplitude[0, drug, 0]
            for piece, level in enumerate(self.levels[:, drug]):
                since, until = self.edges[piece] - begin, self.edges[piece + 1] - begin
                multiple = 1.0 if np.isinf(level) else level / own
                assert multiple > 0.0 or level == 0.0
                if level > 0.0 and rows and rows[-1][0] == drug and rows[-1][2] == since:
                    if rows[-1][3] == multiple:
                        since = rows.pop()[1]
                if level > 0.0:
                    rows.append((drug, since, until, multiple))
        drug, since, until, multiple = np.array(rows, dtype=float).reshape(-1, 4).T
        dosing = Dosing(drug.astype(np.int64), since.copy(), until.copy(), multiple.copy())
        return Exposure(begin, float(self.edges[-1]), dosing, self.treated)


class TakesLevels:
    """For an engine's subclass in a test: courses are `GivenLevels`."""

    def trajectory(self, cells, course, times, **more):
        """See ``MeanField.trajectory``."""
        exposure = course.of(self.model) if isinstance(course, GivenLevels) else course
        return super().trajectory(cells, exposure, times, **more)

    def advance(self, population, course, chosen):
        """See ``Engine.advance``."""
        exposure = course.of(self.model) if isinstance(course, GivenLevels) else course
        super().advance(population, exposure, chosen)
