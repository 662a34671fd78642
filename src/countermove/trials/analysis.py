"""Estimates that compare two arms, fast enough for many trials.

Here: the log-rank test, the hazard ratio, the restricted mean. Not here: what happens at a look
(``trials.monitor``), responses (``trials.response``), curves (``results.survival``), Cox's terms
(``trials.partial_likelihood``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from countermove.foundation import ScenarioError, number_text
from countermove.foundation.arrays import Bools, Floats
from countermove.results import product_limit
from countermove.trials.partial_likelihood import efron_terms, maximum


@dataclass(frozen=True, slots=True)
class LogRank:
    """A log-rank test of two arms.

    Attributes
    ----------
    z : above 0 where the treated arm has fewer events than expected; 0 where nothing can be said
    p : two-sided
    observed, expected : events in the treated arm
    variance : of the difference, hypergeometric
    """

    z: float
    p: float
    observed: float
    expected: float
    variance: float


@dataclass(frozen=True, slots=True)
class HazardRatio:
    """Hazard in the treated arm divided by the hazard in control.

    Attributes
    ----------
    ratio : 0 or inf where all events of the arms lie apart; nan without events
    low, high : Wald interval on the log scale; 0 to inf where the ratio is not finite
    standard_error : of the logarithm
    """

    ratio: float
    low: float
    high: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class RestrictedMean:
    """Mean time free of the event up to a horizon, in days.

    Attributes
    ----------
    mean : area under the Kaplan-Meier curve; of a difference: treated minus control
    low, high : normal interval
    standard_error
    horizon : days
    """

    mean: float
    low: float
    high: float
    standard_error: float
    horizon: float


def log_rank_batch(
    time: Floats, event: Bools, treated: Bools, *, present: Bools | None = None
) -> tuple[Floats, Floats, Floats]:
    r"""Log-rank sums of many trials at once.

    .. math:: O - E = \sum_t (d_{1t} - d_t n_{1t}/n_t), \quad
        V = \sum_t d_t \frac{n_{1t}}{n_t} \frac{n_{0t}}{n_t} \frac{n_t - d_t}{n_t - 1}

    Parameters
    ----------
    time : (trials, patients)
        Days to the event or to censoring.
    event : (trials, patients)
        Whether the event was seen.
    treated : (trials, patients)
        Whether in the treated arm.
    present : (trials, patients)
        Who counts at all; everybody by default.

    Returns
    -------
    (trials,), (trials,), (trials,) observed and expected events in the treated arm, and variance.

    Notes
    -----
    Source: Mantel (1966); Peto and Peto (1972). Events on one day are tied; who is censored on a
    day is at risk on it.
    """
    if present is not None:
        time = np.where(present, time, -1.0)  # before every event: in no risk set
        event, treated = event & present, treated & present
    order = np.argsort(time, axis=1)
    ordered = np.take_along_axis(time, order, axis=1)
    hit = np.take_along_axis(event, order, axis=1)
    one = np.take_along_axis(treated, order, axis=1)
    number = time.shape[1]
    left = np.arange(number, 0, -1, dtype=np.float64)
    passed = np.cumsum(one, axis=1, dtype=np.int32)
    left_one = (passed[:, -1:] - passed + one).astype(np.float64)
    share = left_one / left
    same = ordered[:, 1:] == ordered[:, :-1]
    spread: Floats = np.ones(1)
    if (same & (hit[:, 1:] | hit[:, :-1])).any():
        share, spread = _tied(same, hit, left, left_one)
    weight = np.where(hit, share, 0.0)
    observed = (hit & one).sum(axis=1).astype(np.float64)
    return observed, weight.sum(axis=1), (weight * (1.0 - share) * spread).sum(axis=1)


def _tied(same: Bools, hit: Bools, left: Floats, left_one: Floats) -> tuple[Floats, Floats]:
    """Share treated at the start of each tie, and (n - d) / (n - 1) of it."""
    rows, number = hit.shape
    edge = np.ones((rows, 1), dtype=bool)
    place = np.arange(number)
    first = np.maximum.accumulate(np.where(np.hstack([edge, ~same]), place, 0), axis=1)
    ends = np.where(np.hstack([~same, edge]), place, number)
    last = np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]
    events = np.zeros((rows, number + 1))
    np.cumsum(hit, axis=1, out=events[:, 1:])
    tied = np.take_along_axis(events, last + 1, axis=1) - np.take_along_axis(events, first, axis=1)
    risk = left[first]
    spread = np.divide(risk - tied, risk - 1.0, out=np.zeros_like(risk), where=risk > 1.0)
    return np.take_along_axis(left_one, first, axis=1) / risk, spread


def z_of(observed: Floats, expected: Floats, variance: Floats) -> Floats:
    """Log-rank statistics, above 0 where the treated arm has fewer events; 0 without variance."""
    scale = np.sqrt(variance)
    return np.divide(expected - observed, scale, out=np.zeros_like(scale), where=scale > 0.0)


def log_rank(
    time: ArrayLike, event: ArrayLike, treated: ArrayLike, *, strata: ArrayLike | None = None
) -> LogRank:
    """Log-rank test of one trial, its sums taken over strata where there are any.

    Parameters
    ----------
    time : (patients,)
        Days to the event or to censoring, not negative.
    event : (patients,)
        Whether the event was seen.
    treated : (patients,)
        Whether in the treated arm.
    strata : (patients,)
        Stratum of each; all in one by default. Patients are compared within strata only.

    Returns
    -------
    LogRank

    Raises
    ------
    ScenarioError
        Lengths differ, an arm is empty, or a time is negative or not finite.
    """
    days, hit, one = _checked(time, event, treated)
    parts = [
        log_rank_batch(days[None, who], hit[None, who], one[None, who])
        for who in _strata(strata, days.size)
    ]
    sums = tuple(np.sum(each, axis=0) for each in zip(*parts, strict=True))
    z = float(z_of(*sums)[0])
    observed, expected, variance = (float(each[0]) for each in sums)
    return LogRank(z, 2.0 * NormalDist().cdf(-abs(z)), observed, expected, variance)


def hazard_ratio(
    time: ArrayLike,
    event: ArrayLike,
    treated: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    confidence: float = 0.95,
) -> HazardRatio:
    """Hazard ratio of two arms by Cox's partial likelihood, a baseline hazard a stratum.

    Parameters
    ----------
    time, event, treated, strata : (patients,)
        As in `log_rank`.
    confidence
        Level of the interval.

    Returns
    -------
    HazardRatio

    Raises
    ------
    ScenarioError
        As in `log_rank`.

    Notes
    -----
    Source: Cox (1972); ties after Efron (1977), as in lifelines. Newton's method on one number.
    """
    days, hit, one = _checked(time, event, treated)
    if not hit.any():
        return HazardRatio(math.nan, 0.0, math.inf, math.inf)
    parts = [
        efron_terms(days[who], hit[who], one[who])
        for who in _strata(strata, days.size)
        if hit[who].any()
    ]
    terms = np.concatenate([part[0] for part in parts]), np.concatenate([p[1] for p in parts])
    log_ratio, information = maximum(terms, int((hit & one).sum()))
    if not math.isfinite(log_ratio):
        return HazardRatio(0.0 if log_ratio < 0.0 else math.inf, 0.0, math.inf, math.inf)
    error = 1.0 / math.sqrt(information)
    half = NormalDist().inv_cdf(0.5 + confidence / 2.0) * error
    return HazardRatio(
        math.exp(log_ratio), math.exp(log_ratio - half), math.exp(log_ratio + half), error
    )


def restricted_mean(
    time: ArrayLike, event: ArrayLike, *, horizon: float, confidence: float = 0.95
) -> RestrictedMean:
    r"""Mean time free of the event up to a horizon: the area under the Kaplan-Meier curve.

    Parameters
    ----------
    time, event : (patients,)
        As in `log_rank`.
    horizon
        Days, above 0 and at most the longest time under observation (unless that one is an event).
    confidence
        Level of the interval.

    Returns
    -------
    RestrictedMean

    Raises
    ------
    ScenarioError
        The horizon lies past what was observed.

    Notes
    -----
    Source: Royston and Parmar (2013). The variance is
    :math:`\sum_i A_i^2 d_i / (n_i (n_i - d_i))` with :math:`A_i` the area after each event time.
    """
    days, hit = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=bool)
    longest = float(days.max()) if days.size else 0.0
    ended = bool(days.size) and bool(hit[days == longest].any())
    if not 0.0 < horizon < math.inf or (horizon > longest and not ended):
        raise ScenarioError(
            "horizon",
            got=f"{number_text(horizon)} days",
            expected=f"more than 0 and at most {number_text(longest)} days, the longest observed",
        )
    curve = product_limit(days, hit)
    inside = curve.times < horizon
    at, level = curve.times[inside], curve.survival[inside]
    edges = np.concatenate([[0.0], at, [horizon]])
    areas = np.diff(edges) * np.concatenate([[1.0], level])
    after = areas[::-1].cumsum()[::-1][1:]
    risk, events = curve.at_risk[inside], curve.events[inside]
    left = risk - events
    ratio = np.divide(events, risk * left, out=np.zeros(at.size), where=left > 0)
    return _mean(float(areas.sum()), float((after**2 * ratio).sum()), horizon, confidence)


def restricted_mean_difference(
    time: ArrayLike,
    event: ArrayLike,
    treated: ArrayLike,
    *,
    horizon: float | None = None,
    confidence: float = 0.95,
) -> RestrictedMean:
    """Restricted mean of the treated arm minus that of control.

    Parameters
    ----------
    time, event, treated : (patients,)
        As in `log_rank`.
    horizon
        Days; by default the longest time to which both arms were observed.
    confidence
        Level of the interval.

    Returns
    -------
    RestrictedMean

    Raises
    ------
    ScenarioError
        As in `log_rank` and `restricted_mean`.
    """
    days, hit, one = _checked(time, event, treated)
    if horizon is None:
        horizon = float(min(days[one].max(), days[~one].max()))
    first = restricted_mean(days[one], hit[one], horizon=horizon)
    second = restricted_mean(days[~one], hit[~one], horizon=horizon)
    variance = first.standard_error**2 + second.standard_error**2
    return _mean(first.mean - second.mean, variance, horizon, confidence)


def _mean(mean: float, variance: float, horizon: float, confidence: float) -> RestrictedMean:
    error = math.sqrt(variance)
    half = NormalDist().inv_cdf(0.5 + confidence / 2.0) * error
    return RestrictedMean(mean, mean - half, mean + half, error, horizon)


def _strata(strata: ArrayLike | None, patients: int) -> list[Bools]:
    """Masks of the strata; one that holds everybody where there are none."""
    if strata is None:
        return [np.ones(patients, dtype=np.bool_)]
    given = np.asarray(strata)
    if given.shape != (patients,):
        raise ScenarioError(
            "strata", got=f"shape {given.shape}", expected=f"({patients},), one a patient"
        )
    return [np.asarray(given == each, dtype=np.bool_) for each in np.unique(given)]


def _checked(time: ArrayLike, event: ArrayLike, treated: ArrayLike) -> tuple[Floats, Bools, Bools]:
    days = np.asarray(time, dtype=np.float64)
    hit, one = np.asarray(event, dtype=bool), np.asarray(treated, dtype=bool)
    if days.ndim != 1 or hit.shape != days.shape or one.shape != days.shape:
        raise ScenarioError(
            "time",
            got=f"shapes {days.shape}, {hit.shape} and {one.shape}",
            expected="three lists of one length",
        )
    if not np.isfinite(days).all() or (days < 0.0).any():
        raise ScenarioError(
            "time", got="a negative, infinite or missing time", expected="days, 0 or more"
        )
    if one.all() or not one.any():
        raise ScenarioError("treated", got="an empty arm", expected="patients in both arms")
    return days, hit, one
