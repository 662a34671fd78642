r"""Virtual cohorts: the prior, their patients, and each cohort's headline numbers in closed form.

Here: two kinds of cells per patient, those that the drug kills and those that it does not; many
cohorts at once. Not here: which cohorts fit a report (``fitting``), chance among few cells
(``simulation``).

A tumor of one unit, of which the fraction :math:`f` resists, is after :math:`t` days under the drug

.. math:: b(t) = (1 - f) e^{-k t} + f e^{g t}

with net kill :math:`k` and regrowth :math:`g`. Its lowest point is at
:math:`\ln(k (1 - f) / (g f)) / (k + g)`, where the derivative is 0, or at the start.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from countermove.foundation.arrays import Bools, Floats

RESPONSE, PROGRESSION = 0.7**3, 1.2**3  # of volume: diameters of RECIST 1.1, cubed
SMALLEST_SEEN = np.pi / 6.0 * 0.5**3 * 1e9  # cells of a sphere 5 mm across
FEWEST_RESISTANT = 10.0  # cells in the typical patient: below, chance rules and not this formula
PATIENTS = 200  # of each cohort, the same points of the spread in all

# Name -> lowest, highest, whether uniform in the logarithm. Every dimension is independent.
PRIOR = {
    "resistant_fraction": (1e-9, 0.5, True),  # of the typical patient's cells, before treatment
    "regrowth": (0.002, 0.1, True),  # 1/day: doubling in 7 to 347 days
    "net_kill": (0.002, 0.2, True),  # 1/day: halving in 3.5 to 347 days
    "spread_of_fraction": (0.5, 4.0, False),  # sd between patients, of its logit
    "spread_of_regrowth": (0.1, 1.0, False),  # sd of its natural logarithm
    "spread_of_kill": (0.1, 1.0, False),
    "resistant_throughout": (0.0, 0.6, False),  # share of patients in whom every cell resists
}


class Event(NamedTuple):
    """What happened in patients of some cohorts.

    Attributes
    ----------
    partly : (cohorts, patients) in those with two kinds of cells
    throughout : the same, or one value for all, in those in whom every cell resists
    """

    partly: Bools
    throughout: Bools


@dataclass(frozen=True)
class Cohorts:
    """Some cohorts of one prior.

    Attributes
    ----------
    places : (cohorts, 7) where each lies in `PRIOR`, 0 to 1 in every dimension
    size : cells of a tumor when treatment starts
    """

    places: Floats
    size: float

    @cached_property
    def numbers(self) -> dict[str, Floats]:
        """Value of each name of `PRIOR`, (cohorts,)."""
        result = {}
        for column, (name, (low, high, by_log)) in enumerate(limits(self.size).items()):
            place = self.places[:, column]
            result[name] = low * (high / low) ** place if by_log else low + (high - low) * place
        return result

    @cached_property
    def _patients(self) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Fraction, regrowth, kill, day of the lowest point, and the burden there."""
        mine, points = self.numbers, _points()
        middle = mine["resistant_fraction"]
        logit = np.log(middle / (1.0 - middle))[:, None]
        logit = logit + mine["spread_of_fraction"][:, None] * points[0]
        fraction = 1.0 / (1.0 + np.exp(-logit))
        regrowth = self._spread("regrowth", "spread_of_regrowth", points[1])
        kill = self._spread("net_kill", "spread_of_kill", points[2])
        lowest = np.maximum((np.log(kill / regrowth) - logit) / (kill + regrowth), 0.0)
        return fraction, regrowth, kill, lowest, burden(lowest, fraction, regrowth, kill)

    def _spread(self, name: str, spread: str, points: Floats) -> Floats:
        return self.numbers[name][:, None] * np.exp(self.numbers[spread][:, None] * points)

    def shrunk(self, depth: float, days: float) -> Event:
        """Whether diameters fell by a share ``depth`` within some days.

        Those of patients in whom every cell resists never do.
        """
        fraction, regrowth, kill, lowest, least = self._patients
        if np.isfinite(days):
            least = burden(np.minimum(lowest, days), fraction, regrowth, kill)
        return Event(least <= (1.0 - depth) ** 3, np.full((1, 1), depth <= 0.0))

    def progressed(self, days: float) -> Event:
        """Whether there was progression by a day.

        Progression is a volume 1.728 times the lowest so far, which counts as no less than what a
        scan can show.
        """
        fraction, regrowth, kill, lowest, least = self._patients
        reference = np.maximum(least, min(SMALLEST_SEEN / self.size, 1.0))
        now = burden(np.full_like(fraction, days), fraction, regrowth, kill)
        throughout = regrowth * days >= np.log(PROGRESSION)
        return Event((days > lowest) & (now >= PROGRESSION * reference), throughout)

    def share(self, *events: Event) -> Floats:
        """Share of all patients in whom every one of some events happened, (cohorts,)."""
        alone = self.numbers["resistant_throughout"]
        partly, throughout = (
            np.logical_and.reduce(np.broadcast_arrays(*sides)).mean(1)
            for sides in zip(*events, strict=True)
        )
        return (1.0 - alone) * partly + alone * throughout


def limits(size: float) -> dict[str, tuple[float, float, bool]]:
    """`PRIOR`, without fractions below ten cells of a tumor of some size."""
    low, high, by_log = PRIOR["resistant_fraction"]
    return {**PRIOR, "resistant_fraction": (max(low, FEWEST_RESISTANT / size), high, by_log)}


def burden(days: Floats, fraction: Floats, regrowth: Floats, kill: Floats) -> Floats:
    """Volume of a tumor in units of that before treatment; see the module."""
    grown = np.minimum(regrowth * days, 690.0)  # e^690 is still a number
    return (1.0 - fraction) * np.exp(-kill * days) + fraction * np.exp(grown)


def _points() -> Floats:
    """(3, patients) standard normal numbers, spread evenly.

    Notes
    -----
    A Kronecker sequence with the generalized golden ratio of three dimensions, 1.2207..., the root
    of x^4 = x + 1.
    """
    steps = 1.2207440846057596 ** -np.arange(1.0, 4.0)
    return ndtri((0.5 + np.arange(1, PATIENTS + 1) * steps[:, None]) % 1.0)
