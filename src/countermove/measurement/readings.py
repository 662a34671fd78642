"""What several measurements share: a reading with a relative error, a limit and a rounding grid.

Here: `Lognormal`, drawn and with its log density, and checks of a model's numbers. Not here: what
is measured (``measurement.imaging``, ``measurement.marker``), counts (``measurement.counts``).

nan is "not measured"; 0 is "below the limit".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from countermove.foundation import ScenarioError
from countermove.foundation.arrays import Floats

GRID = 1e-6  # of a step: a reading this near a grid point is on it
MOST_ERROR = 100.0  # coefficient of variation
DECIMALS = 12  # of a reading on a grid, so that 3 steps of 0.1 are 0.3


@dataclass(frozen=True, slots=True)
class Lognormal:
    """A reading whose median is the truth.

    The truth times a lognormal error, rounded to the grid; what is then below the limit reads 0.

    Attributes
    ----------
    error : coefficient of variation of a reading before rounding; 0: the truth itself
    limit : readings below it are 0, in the unit of the truth
    rounding : step of the grid, in the unit of the truth; 0: none
    """

    error: float
    limit: float = 0.0
    rounding: float = 0.0

    @property
    def spread(self) -> float:
        """Standard deviation of the logarithm."""
        return float(np.sqrt(np.log1p(self.error**2)))

    def draw(self, truths: ArrayLike, uniforms: ArrayLike) -> Floats:
        """Turn uniform numbers into readings.

        Parameters
        ----------
        truths, uniforms
            Any shapes that broadcast; truths finite, not negative, or nan; uniforms inside (0, 1).

        Returns
        -------
        Readings of the same shape: nan where the truth is nan, 0 for sure where it is 0.
        """
        truth = np.asarray(truths, dtype=np.float64)
        score = special.ndtri(np.asarray(uniforms, dtype=np.float64))
        return self._read(truth * np.exp(self.spread * score))

    def log_density(self, readings: ArrayLike, truths: ArrayLike) -> Floats:
        """Log density of readings, or their log probability where that is what they have.

        Parameters
        ----------
        readings, truths
            Any shapes that broadcast; truths as for `draw`, readings not negative or nan.

        Returns
        -------
        * nan reading: 0, not measured says nothing; else nan where the truth is nan.
        * 0: log probability to be below the limit.
        * With rounding: log probability of the grid point; -inf off the grid.
        * Without: log density in 1/unit; -inf between 0 and the limit.
        * Where nothing is random (error 0, or truth 0): 0 at the one reading, -inf elsewhere. For
          error 0 without rounding that is a probability, not a density.
        """
        reading, truth = np.broadcast_arrays(
            np.asarray(readings, dtype=np.float64), np.asarray(truths, dtype=np.float64)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.error == 0.0:
                result = self._certain(reading, truth)
            else:
                result = np.where(
                    truth == 0.0, self._certain(reading, truth), self._random(reading, truth)
                )
        result = np.where(np.isnan(truth), np.nan, result)
        return np.where(np.isnan(reading), 0.0, result)

    def _read(self, raw: Floats) -> Floats:
        """Round, then look at the limit."""
        if self.rounding == 0.0:
            return np.where(raw < self.limit, 0.0, raw)
        steps = np.rint(raw / self.rounding)
        rounded = np.round(steps * self.rounding, DECIMALS)
        return np.where(steps < self._least_step, 0.0, rounded)

    @property
    def _least_step(self) -> float:
        """First grid point that is seen, in steps."""
        return max(float(np.ceil(self.limit / self.rounding - GRID)), 1.0)

    def _certain(self, reading: Floats, truth: Floats) -> Floats:
        return np.where(np.isclose(reading, self._read(truth), rtol=1e-12, atol=0.0), 0.0, -np.inf)

    def _random(self, reading: Floats, truth: Floats) -> Floats:
        log_truth = np.log(truth)

        def score(edge: ArrayLike) -> Floats:
            return (np.log(edge) - log_truth) / self.spread

        if self.rounding == 0.0:
            hidden = score(self.limit) if self.limit > 0.0 else np.full(truth.shape, -np.inf)
            z = score(reading)
            seen = -0.5 * z**2 - np.log(reading * self.spread) - 0.5 * np.log(2.0 * np.pi)
            allowed = (reading >= self.limit) & (reading > 0.0)
        else:
            hidden = score((self._least_step - 0.5) * self.rounding)
            steps = np.rint(reading / self.rounding)
            low, high = ((steps + side) * self.rounding for side in (-0.5, 0.5))
            seen = log_normal_between(score(low), score(high))
            on_grid = np.abs(reading / self.rounding - steps) < GRID
            allowed = on_grid & (steps >= self._least_step)
        result = np.where(allowed, seen, -np.inf)
        return np.where(reading == 0.0, special.log_ndtr(hidden), result)


def log_normal_between(low: Floats, high: Floats) -> Floats:
    """Log probability that a standard normal number is between two, precise in both tails."""
    turn = low > 0.0
    low, high = np.where(turn, -high, low), np.where(turn, -low, high)
    above, below = special.log_ndtr(high), special.log_ndtr(low)
    return above + np.log1p(-np.exp(below - above))


def keep_missing(readings: Floats, truths: Floats, found: Floats) -> Floats:
    """Put 0 where nothing was measured, else nan where the truth is not known."""
    return np.where(np.isnan(readings), 0.0, np.where(np.isnan(truths), np.nan, found))


def check_number(model: str, name: str, value: Any, *, below: float = np.inf) -> None:
    """Refuse what is not a finite number of at least 0 and below ``below``."""
    number = _number(value)
    if not (np.isfinite(number) and 0.0 <= number < below):
        end = f" and below {below:g}" if np.isfinite(below) else ""
        expected = f"a finite number of at least 0{end}"
        raise ScenarioError(f"{model}.{name}", got=repr(value), expected=expected)


def check_positive(model: str, name: str, value: Any, *, most: float = np.inf) -> None:
    """Refuse what is not a finite number above 0 and at most ``most``."""
    number = _number(value)
    if not (np.isfinite(number) and 0.0 < number <= most):
        end = f" and at most {most:g}" if np.isfinite(most) else ""
        expected = f"a finite number above 0{end}"
        raise ScenarioError(f"{model}.{name}", got=repr(value), expected=expected)


def check_whole(model: str, name: str, value: Any, *, least: int, most: int) -> None:
    """Refuse what is not a whole number from ``least`` to ``most``."""
    number = _number(value)
    if not (least <= number <= most and number == np.floor(number)):
        expected = f"a whole number from {least} to {most}"
        raise ScenarioError(f"{model}.{name}", got=repr(value), expected=expected)


def _number(value: Any) -> float:
    """Nan for whatever is not a number; booleans are none."""
    if isinstance(value, (bool, np.bool_, str, bytes)):
        return np.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return np.nan
