"""A response rate set beside durability: that it shrank, and that it lasted, are read apart.

Here: both for one arm. Not here: what a response is (``measurement``), comparing arms
(``trials.analysis``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from countermove.foundation import ScenarioError
from countermove.results import Survival, product_limit, wilson_interval
from countermove.trials.design import DAYS_PER_YEAR

Interval = tuple[float, float]
OpenInterval = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Response:
    """Response and durability of one arm.

    Attributes
    ----------
    patients, responders
        Everybody in the arm counts in the rate.
    rate, interval
        Share that responded, with Wilson's interval; None without patients.
    median_duration, median_interval
        Days from first response to progression, Kaplan-Meier among responders; None where not
        reached.
    lasting, lasting_interval
        Share of responders still in response at `horizon`, Kaplan-Meier; None where no responder
        was followed that long.
    durable
        `rate` times `lasting`: share of everybody who responded and stayed in response.
    horizon
        Days after the first response.
    """

    patients: int
    responders: int
    rate: float | None
    interval: Interval
    median_duration: float | None
    median_interval: OpenInterval
    lasting: float | None
    lasting_interval: OpenInterval
    durable: float | None
    horizon: float


def response_beside_durability(
    responded: ArrayLike,
    duration: ArrayLike,
    ended: ArrayLike,
    *,
    horizon: float = DAYS_PER_YEAR,
    confidence: float = 0.95,
) -> Response:
    """Response rate with the durability of those responses.

    Parameters
    ----------
    responded : (patients,) bool
        Whether a response was seen.
    duration : (patients,)
        Days from the first response to its end or to censoring; not read without a response.
    ended : (patients,) bool
        Whether the end was seen.
    horizon
        Days at which the share still in response is given; 12 months by default.
    confidence
        Level of the intervals.

    Returns
    -------
    Response

    Raises
    ------
    ScenarioError
        Lengths differ, or a responder's duration is negative or not finite.

    Notes
    -----
    Responders are compared with nobody here: they are not a randomized group.
    """
    yes = np.asarray(responded, dtype=bool)
    days, end = np.asarray(duration, dtype=np.float64), np.asarray(ended, dtype=bool)
    if not yes.shape == days.shape == end.shape or yes.ndim != 1:
        raise ScenarioError(
            "duration",
            got=f"shapes {yes.shape}, {days.shape} and {end.shape}",
            expected="three lists of one length",
        )
    length, over = days[yes], end[yes]
    if not (np.isfinite(length).all() and (length >= 0.0).all()):
        raise ScenarioError(
            "duration", got="a negative, infinite or missing time", expected="days for responders"
        )
    number, hits = yes.size, int(yes.sum())
    rate = hits / number if number else None
    curve = product_limit(length, over, confidence=confidence)
    lasting, band = _at(curve, horizon)
    return Response(
        patients=number,
        responders=hits,
        rate=rate,
        interval=wilson_interval(hits, number, confidence=confidence),
        median_duration=curve.median,
        median_interval=curve.median_interval,
        lasting=lasting,
        lasting_interval=band,
        durable=None if rate is None or lasting is None else rate * lasting,
        horizon=horizon,
    )


def _at(curve: Survival, horizon: float) -> tuple[float | None, OpenInterval]:
    """Share and band at a time; None past the last time under observation, unless all ended."""
    if not curve.durations.size:
        return None, (None, None)
    step = int(np.searchsorted(curve.times, horizon, side="right")) - 1
    all_ended = step >= 0 and curve.survival[step] == 0.0
    if horizon > curve.durations[-1] and not all_ended:
        return None, (None, None)
    if step < 0:
        return 1.0, (None, 1.0)
    return float(curve.survival[step]), (float(curve.low[step]), float(curve.high[step]))
