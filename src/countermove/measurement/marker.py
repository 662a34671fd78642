"""A serum marker: its level in blood, and the reading of a sample.

Here: production by living cells, clearance, `MarkerModel` with draw and log density. Not here: when
blood is drawn, what counts as a rise (``measurement.molecular``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from countermove.measurement.readings import MOST_ERROR, Floats, Lognormal, check_number


@dataclass(frozen=True, slots=True)
class MarkerModel:
    """A marker made by living cells; levels in ng/mL of blood.

    Attributes
    ----------
    per_cell : level that one cell holds up in steady state, ng/mL
    error : coefficient of variation of a reading, below 100; its median is the level
    limit : readings below it are 0, ng/mL
    healthy : level without a tumor, ng/mL
    half_life : days in which half the marker is cleared; 0: the level follows the burden at once

    Raises
    ------
    ScenarioError
        A number that is negative, not finite or too large.
    """

    per_cell: float
    error: float
    limit: float
    healthy: float = 0.0
    half_life: float = 0.0

    def __post_init__(self) -> None:
        for name in ("per_cell", "limit", "healthy", "half_life"):
            check_number("marker", name, getattr(self, name))
        check_number("marker", "error", self.error, below=MOST_ERROR)

    def steady(self, cells: ArrayLike) -> Floats:
        """Level under a burden that stays as it is.

        Parameters
        ----------
        cells
            Cells of the whole patient, any shape, not negative, or nan.

        Returns
        -------
        ng/mL, same shape.
        """
        return self.per_cell * np.asarray(cells, dtype=np.float64) + self.healthy

    def follow(
        self, level: ArrayLike, before: ArrayLike, after: ArrayLike, days: ArrayLike
    ) -> Floats:
        r"""Level after a while in which the burden rose or fell exponentially.

        .. math:: L' = k\,(p\,N(t) + h - L), \quad k = \ln 2 / t_{1/2}

        solved exactly for log-linear N(t); from or to 0 cells N(t) is linear.

        Parameters
        ----------
        level
            At the start, ng/mL.
        before, after
            Cells of the whole patient at the start and at the end, not negative, or nan.
        days
            Between them, not negative. All four: shapes that broadcast.

        Returns
        -------
        ng/mL; the steady level of ``after`` where the half-life is 0.
        """
        start, first, last, time = np.broadcast_arrays(
            *(np.asarray(given, dtype=np.float64) for given in (level, before, after, days))
        )
        if self.half_life == 0.0:
            return self.steady(last)
        cleared = np.log(2.0) / self.half_life * time
        left = np.exp(-cleared)
        straight = (first == 0.0) | (last == 0.0)
        made = np.where(
            straight,
            _made_linearly(first, last, cleared),
            _made_exponentially(
                np.where(straight, 1.0, first), np.where(straight, 1.0, last), cleared
            ),
        )
        return start * left - self.healthy * np.expm1(-cleared) + self.per_cell * made

    def draw(self, levels: ArrayLike, uniforms: ArrayLike) -> Floats:
        """Turn uniform numbers into readings.

        Parameters
        ----------
        levels, uniforms
            Shapes that broadcast; levels in ng/mL, not negative, or nan; uniforms inside (0, 1).

        Returns
        -------
        ng/mL: 0 below the limit, nan where the level is nan.
        """
        return self._reading.draw(levels, uniforms)

    def log_density(self, readings: ArrayLike, levels: ArrayLike) -> Floats:
        """Log density in 1/(ng/mL); of a reading of 0 the log probability to be below the limit.

        Parameters
        ----------
        readings, levels
            Shapes that broadcast, ng/mL; a nan reading says nothing and has log density 0.

        Notes
        -----
        Error 0: 0 where the reading is the level, -inf elsewhere (a probability).
        """
        return self._reading.log_density(readings, levels)

    @property
    def _reading(self) -> Lognormal:
        return Lognormal(self.error, self.limit)


def _made_exponentially(first: Floats, last: Floats, cleared: Floats) -> Floats:
    """Add up what was made and is not yet cleared, for one unit per cell."""
    both = np.log(last / first) + cleared
    falling = first * np.exp(-cleared) * special.exprel(np.minimum(both, 0.0))
    rising = last * special.exprel(-np.maximum(both, 0.0))
    return cleared * np.where(both > 0.0, rising, falling)


def _made_linearly(first: Floats, last: Floats, cleared: Floats) -> Floats:
    """Do so for cells that rise or fall by as many each day."""
    mean = special.exprel(-cleared)  # of what is left, over the time
    return last * (1.0 - mean) + first * (mean - np.exp(-cleared))
