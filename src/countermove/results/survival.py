"""The product-limit (Kaplan-Meier) estimate of time to an event, with its band.

Here: the curve, its log-log Greenwood band, its median, numbers at risk. Not here: what an event is
(``measurement.endpoints``), drawing it (``report``).
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from countermove.foundation.arrays import Floats, Ints


@dataclass(frozen=True, slots=True)
class Survival:
    """A product-limit curve: steps down at each event time, starting from 1 at time 0.

    Attributes
    ----------
    times : (steps,) distinct event times, rising; days
    at_risk, events : (steps,) patients under observation just before, and with the event at, each
    survival : (steps,) estimated share free of the event just after each time
    low, high : (steps,) pointwise confidence band
    durations : (patients,) sorted times of event or censoring
    """

    times: Floats
    at_risk: Ints
    events: Ints
    survival: Floats
    low: Floats
    high: Floats
    durations: Floats

    @property
    def median(self) -> float | None:
        """First time at which at most half are free of the event; None if not reached."""
        return _first_at_most(self.times, self.survival)

    @property
    def median_interval(self) -> tuple[float | None, float | None]:
        """Times at which the band's two edges reach one half; None where they do not."""
        return _first_at_most(self.times, self.low), _first_at_most(self.times, self.high)

    def at_risk_at(self, times: ArrayLike) -> Ints:
        """Patients still under observation and free of the event just before each time."""
        past = np.searchsorted(self.durations, np.asarray(times, dtype=np.float64), side="left")
        return (self.durations.size - past).astype(np.int64)


def _first_at_most(times: Floats, curve: Floats, half: float = 0.5) -> float | None:
    # a product of many factors may miss one half by rounding alone
    hits = np.flatnonzero(curve <= half * (1.0 + 1e-12))
    return float(times[hits[0]]) if hits.size else None


def product_limit(
    durations: ArrayLike, observed: ArrayLike, *, confidence: float = 0.95
) -> Survival:
    r"""Estimate the share still free of an event over time, under right censoring.

    .. math:: \hat S(t) = \prod_{t_i \le t} (1 - e_i / n_i)

    Parameters
    ----------
    durations : (patients,)
        Time to the event, or to the end of observation; not negative.
    observed : (patients,) bool
        True where the event happened.
    confidence
        Level of the pointwise band.

    Returns
    -------
    The curve; its arrays are empty where nobody had the event.

    Raises
    ------
    ValueError
        A duration is negative or not finite, or the lengths differ.

    Notes
    -----
    Kaplan and Meier (1958). The variance of log S is Greenwood's sum e/(n(n-e)); the band is
    symmetric in log(-log S), so it stays inside 0 to 1 (Kalbfleisch and Prentice). Where the
    estimate reaches 0 the variance is not defined and the band runs from 0 to its last upper edge.
    """
    length = np.asarray(durations, dtype=np.float64).ravel()
    event = np.asarray(observed, dtype=bool).ravel()
    if length.size != event.size:
        raise ValueError(f"{length.size} durations and {event.size} observations differ")
    if not np.isfinite(length).all() or (length < 0.0).any():
        raise ValueError("durations are finite and not negative")
    ordered = np.sort(length)
    times, events = np.unique(length[event], return_counts=True)
    at_risk = length.size - np.searchsorted(ordered, times, side="left")
    survival: Floats = np.cumprod(1.0 - events / at_risk, dtype=np.float64)
    low, high = _log_log_band(survival, at_risk, events, confidence)
    return Survival(
        times=times,
        at_risk=at_risk.astype(np.int64),
        events=events.astype(np.int64),
        survival=survival,
        low=low,
        high=high,
        durations=ordered,
    )


def _log_log_band(
    survival: Floats, at_risk: Ints, events: Ints, confidence: float
) -> tuple[Floats, Floats]:
    left = at_risk - events
    inside = left > 0
    step = np.divide(events, at_risk * left, out=np.zeros(survival.size), where=inside)
    spread = np.sqrt(np.cumsum(step))
    level = np.where(inside, survival, 0.5)
    width = NormalDist().inv_cdf(0.5 + confidence / 2.0) * spread / np.log(level)
    low = np.where(inside, level ** np.exp(-width), 0.0)
    high = np.where(inside, level ** np.exp(width), 0.0)
    if survival.size and not inside[-1]:
        high[-1] = high[-2] if survival.size > 1 else 1.0
    return low, high
