"""Cohorts weighted by how well their numbers agree with a report.

Here: the agreement of a cohort, and finding cohorts that agree by importance sampling in rounds.
Not here: the cohorts (``cohorts``), what is said of them (``sentences``).

A report is taken to be of 100 patients. Among so many the share that responded has the binomial
standard error, and the sample median of a time or a depth lies where 50% of all patients, with a
standard error of 5%, are past it. To both the rounding of print is added, half a unit of which is
half a percentage point or half a tenth of a month. The shares are counted among the same patients,
and correlated as they are in each cohort.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from countermove.foundation import ScenarioError, number_text
from countermove.foundation.arrays import Floats
from countermove.foundation.streams import patient_streams
from countermove.headlines.asked import MONTH, WORDS, Report
from countermove.headlines.cohorts import PRIOR, Cohorts, Event

PURPOSE = 0x4EAD11  # of the streams
REPORTED = 100  # patients of a report
ROUNDING = {"response_rate": 0.005, "depth": 0.005, "months_to_progression": 0.05}  # half a unit
SLOPE_OVER = {"depth": 0.05, "months_to_progression": 0.15}  # to each side; months in proportion
FARTHEST = 3.0  # standard errors at which a cohort still agrees with the numbers together
KEPT = 2000  # cohorts drawn from those that fit
ROUNDS = 6
CENTERS = 300
WIDENINGS = (1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 40.0, 100.0, 1000.0)
FROM_PRIOR = 0.1  # share of each round that the prior gives, so that nothing is ruled out
CHUNK = 500
ENDS = (0.005, 0.995)  # depths past which a median is all or nothing
LEAST_VARIANCE = 0.01  # of one patient, so that a share of none has an error too


@dataclass(frozen=True, slots=True)
class Fit:
    """Cohorts that fit.

    Attributes
    ----------
    cohorts : drawn in proportion to their weight
    effective : number of equally weighted cohorts with the same precision
    members : cohorts of the last round, from which they are drawn
    """

    cohorts: Cohorts
    effective: float
    members: int


def fit(report: Report, *, seed: int, members: int) -> Fit:
    """Find cohorts that have the numbers of a report.

    Raises
    ------
    ScenarioError
        No cohort has them together; the number that is farthest off is named.

    Notes
    -----
    Adaptive importance sampling (population Monte Carlo, Cappe et al. 2004): cohorts of the prior
    first, then rounds from a mixture of normals around those that agree best. Tolerances are
    widened while few agree, never in the last round. Effective number after Kish: 1 / sum(w^2).
    """
    key = patient_streams(seed, 0, 1, PURPOSE)[0, :2]
    generator = np.random.Generator(np.random.Philox(key=key))
    places, log_density = generator.random((members, len(PRIOR))), np.zeros(members)
    result = agreement(report, places)
    nearest, off, apart = places[0], result.away[0], np.inf
    for turn in range(ROUNDS):
        if turn:
            result = agreement(report, places)
        best = int(result.square.argmin())
        if result.square[best] < apart:
            nearest, off, apart = places[best], result.away[best], result.square[best]
        weights, widened = _widened(result, log_density, enough=members / 100)
        effective = 1.0 / np.square(weights).sum()
        if turn == ROUNDS - 1 or (turn > 1 and widened == 1.0 and effective > members / 20):
            break
        places, log_density = _next(places, weights, generator, members)
    if apart > FARTHEST**2:
        raise _impossible(report, nearest, off)
    weights = _weights(result, log_density, 1.0)
    spots = (generator.random() + np.arange(KEPT)) / KEPT
    chosen = np.searchsorted(np.cumsum(weights), spots).clip(0, len(weights) - 1)
    effective = float(1.0 / np.square(weights).sum())
    return Fit(Cohorts(places[chosen], report.size), effective, members)


class Agreement(NamedTuple):
    """How well cohorts agree with a report.

    Attributes
    ----------
    away : (cohorts, numbers) standard errors from each number by itself
    square : (cohorts,) squared distance from all of them, correlated as they are
    log_scale : (cohorts,) log of what turns that into a density: slopes over the root of the
        determinant of the covariance
    """

    away: Floats
    square: Floats
    log_scale: Floats


def agreement(report: Report, places: Floats) -> Agreement:
    """Compare cohorts with a report.

    Parameters
    ----------
    report
        What is stated.
    places : (cohorts, 7)
        See `Cohorts`.
    """
    parts = [
        _agreement(report, Cohorts(places[at : at + CHUNK], report.size))
        for at in range(0, len(places), CHUNK)
    ]
    return Agreement(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _agreement(report: Report, cohorts: Cohorts) -> Agreement:
    """Distances of one chunk: shares of 100 patients are jointly normal, around their means."""
    number = len(cohorts.places)
    events, off, rounding = [], [], []
    log_scale = np.zeros(number)
    for name in report.stated:
        event, expected, slope = _expected(report, cohorts, name)
        share = cohorts.share(event)
        if slope is None:  # the median lies at an end of the scale: one side alone is off
            away = share - expected
            off.append(
                np.maximum(away, 0.0) if report.stated[name] < ENDS[0] else np.minimum(away, 0.0)
            )
            rounding.append(np.zeros(number))
        else:
            off.append(share - expected)
            rounding.append((slope * ROUNDING[name]) ** 2 / 3.0)
            log_scale += np.log(slope)
        events.append(event)
    covariance = np.empty((number, len(events), len(events)))
    shares = [cohorts.share(event) for event in events]
    for i, one in enumerate(events):
        for j, other in enumerate(events):
            covariance[:, i, j] = cohorts.share(one, other) - shares[i] * shares[j]
        covariance[:, i, i] = np.maximum(covariance[:, i, i], LEAST_VARIANCE)
    covariance /= REPORTED
    each = np.arange(len(events))
    covariance[:, each, each] += np.stack(rounding, axis=1) + 1e-6
    distance = np.stack(off, axis=1)
    root = np.linalg.cholesky(covariance)
    white = np.linalg.solve(root, distance[:, :, None])[:, :, 0]
    log_scale -= np.log(root[:, each, each]).sum(1)
    return Agreement(
        distance / np.sqrt(covariance[:, each, each]), np.square(white).sum(1), log_scale
    )


def _expected(report: Report, cohorts: Cohorts, name: str) -> tuple[Event, float, Floats | None]:
    """Event that a number counts, its share by the report, and how fast that share changes."""
    end = np.inf if report.follow_up is None else report.follow_up * MONTH
    value = report.stated[name]
    if name == "response_rate":
        return cohorts.shrunk(0.3, end), value, np.ones(len(cohorts.places))
    over = SLOPE_OVER[name]
    if name == "depth":
        if not ENDS[0] <= value <= ENDS[1]:
            return cohorts.shrunk(ENDS[0] if value < 0.5 else ENDS[1], end), 0.5, None
        over = min(over, 0.5 * value, 0.5 * (1.0 - value))
        low, high = (cohorts.shrunk(value + step, end) for step in (over, -over))
        event, width = cohorts.shrunk(value, end), 2.0 * over
    else:
        times = [MONTH * value * factor for factor in (1.0 / (1.0 + over), 1.0, 1.0 + over)]
        low, event, high = (cohorts.progressed(time) for time in times)
        width = (times[2] - times[0]) / MONTH
    slope = (cohorts.share(high) - cohorts.share(low)) / width
    return event, 0.5, np.maximum(slope, 1e-9)


def _weights(found: Agreement, log_density: Floats, widened: float) -> Floats:
    log_weight = -0.5 * found.square / widened**2 + found.log_scale - log_density
    weights = np.exp(log_weight - log_weight.max())
    return weights / weights.sum()


def _widened(found: Agreement, log_density: Floats, *, enough: float) -> tuple[Floats, float]:
    """Weights under the narrowest tolerances that leave enough cohorts."""
    weights, widened = _weights(found, log_density, WIDENINGS[0]), WIDENINGS[0]
    for widened in WIDENINGS:
        weights = _weights(found, log_density, widened)
        if 1.0 / np.square(weights).sum() >= enough:
            break
    return weights, widened


def _next(
    places: Floats, weights: Floats, generator: np.random.Generator, members: int
) -> tuple[Floats, Floats]:
    """Cohorts of the next round, and the log density they come from."""
    dims = places.shape[1]
    centers = places[generator.choice(len(places), CENTERS, p=weights)]
    shrink = (4.0 / (dims + 2.0) / CENTERS) ** (2.0 / (dims + 4.0))  # Silverman's rule
    covariance = np.cov(places.T, aweights=weights) * shrink + 1e-6 * np.eye(dims)
    root = np.linalg.cholesky(covariance)
    result = np.empty((0, dims))
    tried = 0
    while len(result) < members:
        around = centers[generator.integers(CENTERS, size=members)]
        drawn = around + generator.standard_normal((members, dims)) @ root.T
        whole = generator.random(members) < FROM_PRIOR
        drawn[whole] = generator.random((int(whole.sum()), dims))
        result = np.concatenate([result, drawn[((drawn > 0.0) & (drawn < 1.0)).all(1)]])
        tried += members
    result = result[:members]
    back = np.linalg.inv(root).T
    here, there = result @ back, centers @ back
    square = np.square(here).sum(1)[:, None] + np.square(there).sum(1) - 2.0 * here @ there.T
    height = np.log(np.diag(root)).sum() + 0.5 * dims * np.log(2.0 * np.pi)
    near = np.exp(-0.5 * np.maximum(square, 0.0)).mean(1) * np.exp(-height)
    return result, np.log(FROM_PRIOR + (1.0 - FROM_PRIOR) * near)


def _impossible(report: Report, nearest: Floats, off: Floats) -> ScenarioError:
    names = list(report.stated)
    name = names[int(np.abs(off).argmax())]
    has = number_of(Cohorts(nearest[None], report.size), name, report.follow_up)
    given = ", ".join(f"{WORDS[one]} {number_text(value)}" for one, value in report.stated.items())
    return ScenarioError(
        "headline",
        got=given,
        expected="numbers that some virtual cohort has together",
        remedy=f"Farthest off is the {WORDS[name]}: the nearest cohort has {has:.2g}, "
        f"{abs(off).max():.1f} standard errors away. They count the same patients.",
    )


def number_of(cohorts: Cohorts, name: str, follow_up: float | None = None) -> float:
    """Return a headline number of the first cohort; infinite for a median that is not reached."""
    end = np.inf if follow_up is None else follow_up * MONTH
    if name == "response_rate":
        return float(cohorts.share(cohorts.shrunk(0.3, end))[0])
    if name == "depth":
        steps = np.linspace(0.0, 1.0, 201)
        deep = [step for step in steps if cohorts.share(cohorts.shrunk(step, end))[0] >= 0.5]
        return float(deep[-1]) if deep else 0.0
    months = np.geomspace(0.1, 600.0, 400)
    past = [month for month in months if cohorts.share(cohorts.progressed(month * MONTH))[0] >= 0.5]
    return float(past[0]) if past else np.inf
