"""Scans: the longest diameters read from them.

Here: spheres, `ImagingModel` with draw and log density. Not here: which lesions are
targets and what follows from a scan (``measurement.recist``, ``treatment``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from countermove.foundation.arrays import Floats
from countermove.measurement.readings import MOST_ERROR, Lognormal, check_number


def diameter_of_volume(cm3: ArrayLike) -> Floats:
    """Diameter in cm of a sphere of this volume in cm3, any shape."""
    return np.cbrt(6.0 / np.pi * np.asarray(cm3, dtype=np.float64))


def volume_of_diameter(cm: ArrayLike) -> Floats:
    """Volume in cm3 of a sphere of this diameter in cm, any shape."""
    return np.pi / 6.0 * np.asarray(cm, dtype=np.float64) ** 3


@dataclass(frozen=True, slots=True)
class ImagingModel:
    """Longest diameters as read from a scan, each lesion by itself; cm.

    The diameter times a lognormal error, rounded; what is then below the limit is not seen.

    Attributes
    ----------
    error : coefficient of variation of a diameter as read, below 100; its median is the truth
    limit : lesions that read less are not seen, cm
    rounding : readings are multiples of it, cm; 0: none. RECIST 1.1 reads whole mm: 0.1

    Raises
    ------
    ScenarioError
        A number that is negative, not finite or too large.

    Notes
    -----
    RECIST 1.1 calls lesions of 1 cm, nodes of 1.5 cm, measurable and asks for readings in mm:
    Eisenhauer et al. 2009, doi:10.1016/j.ejca.2008.10.026.
    """

    error: float
    limit: float
    rounding: float

    def __post_init__(self) -> None:
        for name in ("limit", "rounding"):
            check_number("imaging", name, getattr(self, name))
        check_number("imaging", "error", self.error, below=MOST_ERROR)

    def draw(self, diameters: ArrayLike, uniforms: ArrayLike) -> Floats:
        """Turn uniform numbers into readings.

        Parameters
        ----------
        diameters, uniforms
            Shapes that broadcast; diameters in cm, not negative, nan where a lesion is not looked
            at; uniforms inside (0, 1).

        Returns
        -------
        cm: 0 not seen, nan not measured. A lesion without a cell, of diameter 0, reads 0 for sure.
        """
        return self._reading.draw(diameters, uniforms)

    def log_density(self, readings: ArrayLike, diameters: ArrayLike) -> Floats:
        """Log probability of a reading on the grid; without rounding log density in 1/cm.

        Parameters
        ----------
        readings, diameters
            Shapes that broadcast, cm; a nan reading says nothing and has log density 0.

        Notes
        -----
        A reading of 0 has the log probability not to be seen. Error 0: 0 at the one reading that
        can be, -inf elsewhere (a probability).
        """
        return self._reading.log_density(readings, diameters)

    @property
    def _reading(self) -> Lognormal:
        return Lognormal(self.error, self.limit, self.rounding)
