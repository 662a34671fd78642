"""Estimates that use that the same patients were simulated in two arms.

Here: the contribution of each patient to a restricted mean, the mean difference of pairs, the
difference of paired shares. Not here: estimates of arms that hold different patients
(``trials.analysis``), which endpoints there are (``trials.compared``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from countermove.foundation.arrays import Bools, Floats
from countermove.results import product_limit


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference with its interval.

    Attributes
    ----------
    value : the arm minus its control; nan where nobody has both
    low, high : interval
    patients : pairs behind it
    """

    value: float
    low: float
    high: float
    patients: int


def horizon_of(courses: Sequence[tuple[Floats, Bools]]) -> float:
    """Latest day up to which the curve of every arm is known.

    Parameters
    ----------
    courses
        For each arm, (patients,) days to the event or to censoring, and whether it was the event.

    Returns
    -------
    The longest time observed in the arm where that is shortest; an arm whose longest time is an
    event is known for ever.
    """
    last = [float(time.max()) for time, _ in courses]
    open_ended = [
        most for most, (time, hit) in zip(last, courses, strict=True) if not hit[time == most].any()
    ]
    return min(open_ended) if open_ended else max(last)


def restricted_values(time: Floats, event: Bools, horizon: float) -> Floats:
    r"""Contribution of each patient to the mean time free of the event up to a horizon.

    .. math:: \hat\theta - \sum_{t_k < h} A_k
        \frac{1\{T_i = t_k\}\, n / n_k - 1\{T_i \ge t_k\}\, n\, e_k / n_k^2}{1 - e_k / n_k}

    with :math:`\hat\theta` the area under the Kaplan-Meier curve up to the horizon h and
    :math:`A_k` what of it lies after :math:`t_k`.

    Parameters
    ----------
    time, event : (patients,)
        Days to the event or to censoring, and whether it was the event.
    horizon
        Days, above 0.

    Returns
    -------
    (patients,) days; their mean is the restricted mean. Without censoring before the horizon they
    are the patients' own times, cut there.

    Notes
    -----
    Source: pseudo-observations (Andersen, Hansen and Klein 2004) in their infinitesimal form, the
    influence function of the Kaplan-Meier curve.
    """
    known = event | (time >= horizon)
    if known.all():
        return np.minimum(time, horizon)
    curve = product_limit(time, event)
    inside = curve.times < horizon
    at, level = curve.times[inside], curve.survival[inside]
    areas = np.diff(np.concatenate([[0.0], at, [horizon]])) * np.concatenate([[1.0], level])
    after = areas[::-1].cumsum()[::-1][1:]
    risk, events = curve.at_risk[inside].astype(float), curve.events[inside].astype(float)
    left = risk - events
    number = float(time.size)
    weight = np.divide(after * number, left, out=np.zeros(at.size), where=left > 0.0)
    passed = np.concatenate([[0.0], (weight * events / risk).cumsum()])
    gain = passed[np.searchsorted(at, time, side="right")]
    own = np.searchsorted(at, time, side="left")
    hit = event & (time < horizon)
    loss = np.zeros(time.size)
    loss[hit] = weight[own[hit]]
    return float(areas.sum()) - loss + gain


def mean_difference(one: ArrayLike, control: ArrayLike, *, confidence: float = 0.95) -> Difference:
    """Mean of the differences of pairs, with a normal interval.

    Parameters
    ----------
    one, control : (patients,)
        A number of each patient in either arm; pairs that lack one are left out.
    confidence
        Level of the interval.
    """
    gap = np.asarray(one, dtype=np.float64) - np.asarray(control, dtype=np.float64)
    gap = gap[np.isfinite(gap)]
    if not gap.size:
        return Difference(math.nan, math.nan, math.nan, 0)
    value = float(gap.mean())
    if gap.size == 1:
        return Difference(value, -math.inf, math.inf, 1)
    half = _z(confidence) * float(gap.std(ddof=1)) / math.sqrt(gap.size)
    return Difference(value, value - half, value + half, gap.size)


def share_difference(one: ArrayLike, control: ArrayLike, *, confidence: float = 0.95) -> Difference:
    """Difference of two shares of the same patients.

    Parameters
    ----------
    one, control : (patients,) bool
        Whether each patient counts in either arm.
    confidence
        Level of the interval.

    Notes
    -----
    Only the patients who count in one arm and not in the other say anything, as in McNemar's test.
    The interval is that of Bonett and Price (2012), which keeps its level where they are few.
    """
    first, second = np.asarray(one, dtype=bool), np.asarray(control, dtype=bool)
    number = first.size
    gained, lost = int((first & ~second).sum()), int((~first & second).sum())
    if not number:
        return Difference(math.nan, math.nan, math.nan, 0)
    up, down = (gained + 1) / (number + 2), (lost + 1) / (number + 2)
    half = _z(confidence) * math.sqrt((up + down - (up - down) ** 2) / (number + 2))
    low, high = max(-1.0, up - down - half), min(1.0, up - down + half)
    return Difference((gained - lost) / number, low, high, number)


def better_under(
    one: tuple[Floats, Bools], control: tuple[Floats, Bools], horizon: float
) -> tuple[Bools, Bools]:
    """Who is free of the event for longer in one of two arms, as far as both courses are known.

    Parameters
    ----------
    one, control
        (patients,) days to the event or to censoring, and whether it was the event.
    horizon
        Days; what comes later does not count.

    Returns
    -------
    (patients,), (patients,) better in the arm, better in the control. Who is in neither fares alike
    in both, or was censored in one arm before the event in the other.
    """
    first = np.minimum(one[0], horizon)
    second = np.minimum(control[0], horizon)
    hit_first, hit_second = one[1] & (one[0] < horizon), control[1] & (control[0] < horizon)
    return hit_second & (first > second), hit_first & (second > first)


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf(0.5 + confidence / 2.0)
