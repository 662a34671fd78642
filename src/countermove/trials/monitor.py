"""What a data monitoring committee sees: the statistic at each look beside its bound.

Here: `analyze`, the whole reading of one conducted trial. Not here: carrying it out
(``trials.conduct``), each estimate (``trials.analysis``, ``trials.response``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from countermove.results import Survival, product_limit
from countermove.trials.analysis import (
    HazardRatio,
    LogRank,
    RestrictedMean,
    hazard_ratio,
    log_rank,
    restricted_mean_difference,
)
from countermove.trials.bounds import conditional_power, efficacy_bounds
from countermove.trials.conduct import Conducted, LookData
from countermove.trials.response import Response, response_beside_durability


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one comparison.

    Attributes
    ----------
    day : days since the trial opened
    patients, events : in the two arms compared
    fraction : of the planned events of all arms; may pass 1 at the final look
    z : log-rank statistic, above 0 in favor of the treated arm
    bound : the trial stops where z is at least this far from 0
    crossed : whether it is
    conditional : power at the final look given the data so far, if the effect goes on as seen; nan
        at the final look
    futile : whether that is below the design's limit
    """

    day: float
    patients: int
    events: int
    fraction: float
    z: float
    bound: float
    crossed: bool
    conditional: float = math.nan
    futile: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """One arm against the control: read at the look that stopped, or else at the final one.

    The interval of the hazard ratio and the p-value are not adjusted for the looks: after an early
    stop the ratio overstates the effect.

    Attributes
    ----------
    arm, control : names
    looks : up to the one that stopped
    rejected : whether a bound was crossed
    futile : whether the trial stopped as futile
    favors : name of the arm with fewer events than expected, where a bound was crossed; else empty
    log_rank, hazard_ratio, restricted_mean : None where an arm had nobody under observation
    """

    arm: str
    control: str
    looks: tuple[Look, ...]
    rejected: bool
    futile: bool
    favors: str
    log_rank: LogRank | None
    hazard_ratio: HazardRatio | None
    restricted_mean: RestrictedMean | None


@dataclass(frozen=True, slots=True)
class TrialResult:
    """A conducted trial read in full.

    Attributes
    ----------
    comparisons : each later arm against the first
    data : of the last look read: where every comparison had stopped, or the final one
    curves : (arms,) Kaplan-Meier estimates of the endpoint there
    responses : (arms,) response beside durability there
    """

    comparisons: tuple[Comparison, ...]
    data: LookData
    curves: tuple[Survival, ...]
    responses: tuple[Response, ...]


def analyze(trial: Conducted, *, confidence: float = 0.95) -> TrialResult:
    """Read a conducted trial look by look, as its committee would.

    Parameters
    ----------
    trial
        What `conduct` returned.
    confidence
        Level of every interval.

    Returns
    -------
    TrialResult

    Notes
    -----
    Bounds follow the events actually seen at each look; the final look spends all alpha left
    (Lan and DeMets 1983). Alpha is shared equally by the comparisons (Bonferroni).
    """
    views = [trial.at(look) for look in range(len(trial.look_days))]
    comparisons, last = [], 0
    for arm in range(1, len(trial.design.arms)):
        looks = _looks(trial, views, arm)
        last = max(last, len(looks) - 1)
        comparisons.append(
            _compare(trial, views[len(looks) - 1], arm, looks, confidence=confidence)
        )
    data = views[last]
    arms = [data.arm == index for index in range(len(trial.design.arms))]
    return TrialResult(
        comparisons=tuple(comparisons),
        data=data,
        curves=tuple(
            product_limit(data.time[here], data.event[here], confidence=confidence) for here in arms
        ),
        responses=tuple(
            response_beside_durability(
                data.responded[here],
                data.response[here],
                data.response_ended[here],
                confidence=confidence,
            )
            for here in arms
        ),
    )


def _looks(trial: Conducted, views: list[LookData], arm: int) -> tuple[Look, ...]:
    design = trial.design
    seen = np.array([view.event.sum() for view in views], dtype=np.float64)
    # a look without a new event adds nothing to test
    told = np.diff(seen, prepend=0.0) > 0.0
    bounds = np.full(len(views), np.inf)
    if told.any():
        at = np.minimum(seen[told] / trial.planned, 1.0)
        at[-1] = 1.0
        rising = np.diff(at, prepend=0.0) > 0.0
        level = np.full(at.size, np.inf)
        level[rising] = efficacy_bounds(
            seen[told][rising],
            alpha=design.alpha / design.comparisons,
            spending=design.spending,
            spent_at=at[rising],
        ).z
        bounds[told] = level
    looks: list[Look] = []
    for number, view in enumerate(views):
        pair = (view.arm == 0) | (view.arm == arm)
        test = _both(view, arm)
        z = test.z if test else 0.0
        last = number == len(views) - 1
        chance = (
            math.nan
            if last
            else float(conditional_power(z, seen[number] / trial.planned, float(bounds[-1])))
        )
        looks.append(
            Look(
                day=view.day,
                patients=int(pair.sum()),
                events=int(view.event[pair].sum()),
                fraction=float(seen[number] / trial.planned),
                z=z,
                bound=float(bounds[number]),
                crossed=bool(abs(z) >= bounds[number]),
                conditional=chance,
                futile=design.futility is not None and chance < design.futility,
            )
        )
        if looks[-1].crossed or looks[-1].futile:
            break
    return tuple(looks)


def _both(view: LookData, arm: int) -> LogRank | None:
    """Log-rank test of an arm against the control; None where one of them is empty so far."""
    pair = (view.arm == 0) | (view.arm == arm)
    treated = view.arm[pair] == arm
    if treated.all() or not treated.any():
        return None
    return log_rank(view.time[pair], view.event[pair], treated, strata=view.stratum[pair])


def _compare(
    trial: Conducted, view: LookData, arm: int, looks: tuple[Look, ...], *, confidence: float
) -> Comparison:
    names = [each.name for each in trial.design.arms]
    test = _both(view, arm)
    pair = (view.arm == 0) | (view.arm == arm)
    sides = view.time[pair], view.event[pair], view.arm[pair] == arm
    rejected, strata = looks[-1].crossed, view.stratum[pair]
    better = names[arm] if looks[-1].z > 0.0 else names[0]
    return Comparison(
        arm=names[arm],
        control=names[0],
        looks=looks,
        rejected=rejected,
        futile=looks[-1].futile and not rejected,
        favors=better if rejected else "",
        log_rank=test,
        hazard_ratio=hazard_ratio(*sides, strata=strata, confidence=confidence) if test else None,
        restricted_mean=restricted_mean_difference(*sides, confidence=confidence) if test else None,
    )
