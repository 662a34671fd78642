"""Power by simulation, with its Monte Carlo error.

Here: thousands of trials at once, drawn from pools of simulated outcomes. Not here: the size that
a power needs (``trials.sample_size``), one trial read in full (``trials.monitor``), how the pools
came about (``simulation``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from countermove.foundation import ScenarioError, shown
from countermove.foundation.arrays import Bools, Floats, Ints
from countermove.results import wilson_interval
from countermove.trials.analysis import log_rank_batch, z_of
from countermove.trials.bounds import conditional_power, efficacy_bounds
from countermove.trials.conduct import (
    analyzed_in,
    check_sizes,
    crossing_times,
    endpoint_times,
    members,
    pooled,
    rows_of,
    strata_of,
    within_strata,
)
from countermove.trials.design import Design
from countermove.trials.draws import (
    Generator,
    block_of,
    dropouts,
    entries,
    generator,
    randomized,
)
from countermove.trials.last_scan import last_scan, side_by_side
from countermove.trials.outcomes import Outcomes, check_pools

TRIALS_PER_BLOCK = 250  # each block has its own stream; arrays stay in the cache
MOST_CELLS_PER_BLOCK = 2_000_000
NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Power:
    """Power of one design, from simulated trials.

    Attributes
    ----------
    patients : randomized in each trial
    trials : simulated
    rejected : trials in which a comparison crossed its bound, either way
    power : their share
    interval : Wilson's, from the finite number of trials
    pool_error : standard error, at most, from the finite pools; shrinks with larger pools, not with
        more trials
    favors_treated : share of trials rejected in favor of a treated arm
    stopped : (looks,) share of trials that ended at each look; the last one holds the rest
    futile : share of trials that stopped as futile
    events, days : means over trials, of events and of days since opening, when they ended
    z : (trials, comparisons) log-rank statistics at the final look, had no trial stopped
    """

    patients: int
    trials: int
    rejected: int
    power: float
    interval: tuple[float, float]
    pool_error: float
    favors_treated: float
    stopped: Floats
    futile: float
    events: float
    days: float
    z: Floats

    @property
    def monte_carlo_error(self) -> float:
        """Standard error of the power from the finite number of trials."""
        return math.sqrt(self.power * (1.0 - self.power) / self.trials)


def design_power(
    design: Design,
    outcomes: Sequence[Outcomes],
    *,
    seed: int,
    trials: int = 1000,
    paired: bool = False,
    strata: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Power:
    """Power of a design: the share of simulated trials that cross a bound.

    Parameters
    ----------
    design
        The protocol. `design.accrual_per_month` is a pace, `accrual_months` a length.
    outcomes
        One pool an arm; each trial draws from it without replacement.
    seed
        0 to 2^64 - 1; the same seed gives the same trials.
    trials
        How many.
    paired
        Whether row i of every pool is the same virtual patient: then nobody is in two arms of one
        trial. Without it, pools of the same patients make trials too alike: say True for them.
    strata : (patients of the pools,)
        As in `conduct`.
    confidence
        Level of the Monte Carlo interval.

    Returns
    -------
    Power

    Raises
    ------
    ScenarioError
        Pools do not fit the design or are too small; no trial was asked for.

    Notes
    -----
    Each look uses the log-rank test against the bounds of the planned fractions, which the looks
    hit by construction; a look whose events never come is left out, as in ``trials.monitor``.
    `pool_error` moves the statistic by the standard deviation that a fixed pool of N patients gives
    it, the square root of (patients in the trial / patients in the pools) where arms are equal, and
    takes the standard deviation of the power that follows where the statistic is normal.
    """
    if not isinstance(trials, int) or isinstance(trials, bool) or trials < 1:
        raise ScenarioError("trials", got=shown(trials), expected="a whole number above 0")
    check_pools(outcomes, len(design.arms), paired=paired)
    check_sizes(outcomes, most_in_arms(design, design.patients), paired=paired)
    size = max(1, min(TRIALS_PER_BLOCK, MOST_CELLS_PER_BLOCK // design.patients))
    level = efficacy_bounds(
        design.looks, alpha=design.alpha / design.comparisons, spending=design.spending
    ).z
    stratum = None if strata is None else strata_of(strata, outcomes, paired)
    scans = side_by_side([each.scans for each in outcomes]) if outcomes[0].by_scans else None
    drawn = Drawn(outcomes, paired, stratum, scans)
    blocks = [
        _block(design, drawn, (seed, number, min(size, trials - start)), level)
        for number, start in enumerate(range(0, trials, size))
    ]
    z, stop, favor, futile, events, days = (
        np.concatenate(each) for each in zip(*blocks, strict=True)
    )
    rejected = int((stop >= 0).sum())
    share = rejected / trials
    ended = np.where(stop >= 0, stop, len(design.looks) - 1)
    ended = np.where(futile >= 0, futile, ended)
    futile = futile >= 0
    return Power(
        patients=design.patients,
        trials=trials,
        rejected=rejected,
        power=share,
        interval=wilson_interval(rejected, trials, confidence=confidence),
        pool_error=_pool_error(design, outcomes, share, paired),
        favors_treated=float((favor & (stop >= 0)).mean()),
        stopped=np.bincount(ended, minlength=len(design.looks)) / trials,
        futile=float(futile.mean()),
        events=float(events.mean()),
        days=float(days.mean()),
        z=z,
    )


@dataclass(frozen=True, slots=True)
class Drawn:
    """What trials draw from: a pool an arm, whether they are paired, strata of paired ones.

    And the days of scans of all pools side by side, where the endpoint is read at scans.
    """

    outcomes: Sequence[Outcomes]
    paired: bool
    strata: Ints | None
    scans: Floats | None

    def trials(self, design: Design, shape: tuple[int, int], rng: Generator) -> Trials:
        """Draw trials: who is in which arm."""
        arm = randomized(design, shape[1], shape[0], rng)
        member = members([each.size for each in self.outcomes], arm, self.paired, rng)
        stratum = None
        if self.strata is not None:
            stratum = self.strata[member]
            arm = np.stack([within_strata(design, row, rng) for row in stratum])
        return Trials(arm, member, stratum)


class Trials(NamedTuple):
    """Many trials of one design: (trials, patients) arm, row of the pool, stratum."""

    arm: Ints
    member: Ints
    stratum: Ints | None


def _block(
    design: Design, drawn: Drawn, part: tuple[int, int, int], level: Floats
) -> tuple[Floats, Ints, Bools, Ints, Floats, Floats]:
    """Trials of one block: final statistics, look that stopped (-1: none), favors, futile, ..."""
    seed, number, trials = part
    rng = generator(seed, number)
    shape = (trials, design.patients)
    who = drawn.trials(design, shape, rng)
    entry = entries(design, design.patients, trials, rng)
    event, until = _observed(design, drawn.outcomes, who, rng)
    happens = event <= until
    time = np.where(happens, event, until)
    final = entry[:, -1] + design.follow_up
    called = np.where(happens, entry + event, np.inf)
    day = _days(design, called, final)
    stop, futile = np.full(trials, -1), np.full(trials, -1)
    favor = np.zeros(trials, dtype=bool)
    z = np.zeros((trials, design.comparisons))
    last = len(design.looks) - 1
    for look in range(last + 1):
        z = _statistics(design, who, drawn, (entry, time, called), day[:, look])
        best = np.abs(z).argmax(axis=1)
        result = np.take_along_axis(z, best[:, None], axis=1)[:, 0]
        # a look whose events never come falls on the final day and is left to the final look
        comes = day[:, look] < day[:, last] if look < last else np.ones(trials, dtype=bool)
        open_still = (stop < 0) & (futile < 0) & comes
        hit = (np.abs(result) >= level[look]) & open_still
        stop[hit] = look
        favor[hit] = result[hit] > 0.0
        if design.futility is not None and look < last:
            chance = conditional_power(z.max(axis=1), design.looks[look], level[-1])
            futile[open_still & ~hit & (chance < design.futility)] = look
    ended = np.where(futile >= 0, futile, np.where(stop >= 0, stop, last))
    over = np.take_along_axis(day, ended[:, None], axis=1)[:, 0]
    counted = (called <= over[:, None]).sum(axis=1).astype(np.float64)
    return z, stop, favor, futile, counted, over


def _observed(
    design: Design, outcomes: Sequence[Outcomes], who: Trials, rng: Generator
) -> tuple[Floats, Floats]:
    """(trials, patients) days from entry to the event and to the end of observation."""
    pair = (who.arm, who.member)
    until = pooled([each.followed for each in outcomes], *pair)
    if design.dropout_rate > 0.0:
        until = np.minimum(until, dropouts(design, who.arm.shape, rng))
    if design.at_crossover_censored:
        until = np.minimum(until, crossing_times(design, outcomes, *pair))
    event = endpoint_times(design, outcomes, *pair)
    analyzed = analyzed_in(design, outcomes, pair, until)
    # who is not analyzed is in no risk set: observed for no time at all
    return np.where(analyzed, event, np.inf), np.where(analyzed, until, -1.0)


def _days(design: Design, called: Floats, final: Floats) -> Floats:
    """(trials, looks) days of the looks; those whose events never come fall on the final day."""
    ordered = np.sort(np.where(called <= final[:, None], called, np.inf), axis=1)
    total = np.isfinite(ordered).sum(axis=1)
    planned = np.maximum(total, 1) if design.events is None else np.full(total.size, design.events)
    needed = np.ceil(np.outer(planned, design.looks) - 1e-9).astype(np.int64)
    place = np.minimum(needed, called.shape[1]) - 1
    day = np.take_along_axis(ordered, place, axis=1)
    day = np.where(needed <= total[:, None], day, final[:, None])
    if design.events is None:
        day[:, -1] = final
    return day


def _statistics(
    design: Design, who: Trials, drawn: Drawn, times: tuple[Floats, Floats, Floats], day: Floats
) -> Floats:
    """(trials, comparisons) log-rank statistics on a day of each trial."""
    entry, time, called = times
    seen = day[:, None] - entry
    event = called <= day[:, None]
    known = np.minimum(time, seen)
    if drawn.scans is not None:
        known = last_scan(drawn.scans, rows_of(drawn.outcomes, who.arm, who.member), known)
    days = np.where(event, time, known)
    entered = (seen >= 0.0) & (time >= 0.0)
    strata = [None] if who.stratum is None else list(range(int(who.stratum.max()) + 1))
    result = np.empty((who.arm.shape[0], design.comparisons))
    for number in range(1, len(design.arms)):
        treated = who.arm == number
        present = entered if design.comparisons == 1 else entered & (treated | (who.arm == 0))
        parts = []
        for each in strata:
            here = present if each is None else present & (who.stratum == each)
            everyone = None if here.all() else here
            parts.append(log_rank_batch(days, event, treated, present=everyone))
        sums = [np.sum(part, axis=0) for part in zip(*parts, strict=True)]
        result[:, number - 1] = z_of(*sums)
    return result


def most_in_arms(design: Design, patients: int) -> Ints:
    """Most patients that each arm can get: the last block may hold its places first."""
    block = np.bincount(block_of(design), minlength=len(design.arms))
    whole, rest = divmod(patients, int(block.sum()))
    return whole * block + np.minimum(rest, block)


def _pool_error(design: Design, outcomes: Sequence[Outcomes], share: float, paired: bool) -> float:
    parts = np.array(design.allocation) / sum(design.allocation)
    sizes = np.array([each.size for each in outcomes])
    # variance of an arm's mean is 1/(its patients): what the pools add, relative to the trial's own
    shift = math.sqrt(float((1.0 / sizes).sum() / (1.0 / (parts * design.patients)).sum()))
    if paired and all(np.array_equal(each.event, outcomes[0].event) for each in outcomes):
        return 0.0
    edge = NORMAL.inv_cdf(1.0 - design.alpha / 2.0)
    mean = max(edge + NORMAL.inv_cdf(min(max(share, 1e-6), 1.0 - 1e-6)), 0.0)
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    moved = mean + shift * nodes
    chance = ndtr(moved - edge) + ndtr(-moved - edge)
    weights = weights / weights.sum()
    return math.sqrt(float(weights @ (chance - weights @ chance) ** 2))
