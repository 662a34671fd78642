"""Dose limits, which no policy can exceed.

Here: the largest total of each drug, counted as it is given: dose by dose where a drug is dosed,
otherwise by days of full dose; the largest dose per day, which a train of doses begun too soon
after the last dose would exceed, and per week; and toxicity, which holds a drug until it has faded.
Not here: whether a drug's own dosing keeps its daily limit, found when the scenario is read
(``scenario.drugs``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countermove.foundation import SAME_DAY, ScenarioError, number_text
from countermove.foundation.arrays import Floats
from countermove.treatment.compiled import DrugLimits


class Limits:
    """Doses given so far, and what is left of each drug's total.

    Attributes
    ----------
    given : (patients, drugs) full-dose days so far
    toxicity : (patients, drugs) days of full dose that have not faded
    """

    def __init__(self, limits: DrugLimits, patients: int) -> None:
        self._total, self._every, self._divisible = limits.total, limits.every, limits.divisible
        self._most, self._apart, self._limited = limits.most, limits.apart, limits.binding
        shape = (patients, self._total.size)
        self.given = np.zeros(shape)
        self._used, self._since, self._held = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self._waited = np.full(shape, np.inf)  # days since the last dose
        self._toxic, self._holding = limits.toxic, limits.holding
        self.toxicity = np.zeros(shape)
        self._sick = np.zeros(shape, dtype=np.bool_)

    def hold(self, doses: Floats, days: float) -> Floats:
        """Doses for the coming days, lowered where the total would be exceeded, and counted.

        A constant level is lowered to what is left; a drug given dose by dose, or saturating, is
        withheld until the next decision. So is a new train of doses that begins too soon after
        the last dose for the limit per day.
        """
        if not self._limited:
            self.given = self.given + doses * days
            return doses
        doses = np.minimum(doses, self._most)
        if self._holding:
            self._sick = (self.toxicity > self._toxic[1]) | (
                self._sick & (self.toxicity >= self._toxic[2])
            )
            doses = np.where(self._sick, 0.0, doses)
        begun = (doses != self._held) & (self._waited < self._apart - SAME_DAY)
        doses = np.where(begun, 0.0, doses)
        since = np.where(doses == self._held, self._since, 0.0)  # a new dose starts its own train
        due = _due(since + days, self._every) - _due(since, self._every)
        left = np.maximum(self._total - self._used, 0.0)
        lowered = np.where(self._divisible, left / max(days, 1e-300), 0.0)
        allowed = np.where(doses * due <= left * (1.0 + 1e-12), doses, lowered)
        self._since = np.where(allowed > 0.0, np.where(allowed == doses, since, 0.0) + days, 0.0)
        last = np.maximum(_due(self._since, self._every) - 1.0, 0.0) * self._every
        self._waited = np.where(allowed > 0.0, self._since - last, self._waited + days)
        self._used = self._used + allowed * due
        self._held = allowed
        if self._holding:
            self._grow_toxic(allowed, days)
        self.given = self.given + allowed * days
        return allowed

    def _grow_toxic(self, doses: Floats, days: float) -> None:
        """Let toxicity fade and grow under doses held for some days: exact for constant doses."""
        fading = self._toxic[0]
        left = np.exp(-fading * days)
        self.toxicity = self.toxicity * left + doses * (1.0 - left) / fading

    def refund(self, unused: Floats) -> None:
        """Take back full-dose days, (patients, drugs), that were counted and not given."""
        self.given = self.given - unused


def within_totals(
    times: Floats, doses: Floats, limits: DrugLimits, *, until: float
) -> tuple[Floats, Floats]:
    """Cut a fixed course short, drug by drug, on the day its total is used up.

    Parameters
    ----------
    times : (changes,)
        Days at which doses change, rising.
    doses : (changes, drugs)
        From each of them on, each the full dose or none.
    limits
        Of the drugs.
    until
        Day on which the course ends.

    Returns
    -------
    times and doses of the same form

    Raises
    ------
    ScenarioError
        The course begins a drug anew too soon after its last dose for the limit per day.
    """
    for drug in range(len(limits.names)):
        _check_restarts(limits, drug, times, doses[:, drug] > 0.0)
        stop = _used_up(limits, drug, (times, doses[:, drug] > 0.0), until)
        if stop is None:
            continue
        place = int(np.searchsorted(times, stop - SAME_DAY))
        if place == times.size or times[place] > stop + SAME_DAY:
            times = np.insert(times, place, stop)
            doses = np.insert(doses, place, doses[place - 1], axis=0)
        doses = doses.copy()
        doses[place:, drug] = 0.0
    return times, doses


def exhausted_days(limits: DrugLimits, begun: Floats, until: float) -> Floats:
    """Days on which a drug begun on one of the days ``begun``, and not stopped, is used up."""
    limited = np.isfinite(limits.total)
    total, every = limits.total[limited], limits.every[limited]
    lengths = np.where(every > 0.0, np.floor(total * (1.0 + 1e-12)) * every, total)
    days = np.unique(np.add.outer(begun, lengths))
    return days[days < until]


def _check_restarts(limits: DrugLimits, drug: int, times: Floats, on: NDArray[np.bool_]) -> None:
    """Refuse a course that begins a train of doses too soon after the last dose."""
    every, apart = float(limits.every[drug]), float(limits.apart[drug])
    starts = np.flatnonzero(on & ~np.r_[False, on[:-1]])
    ends = np.flatnonzero(~on & np.r_[False, on[:-1]])
    for end, again in zip(ends, starts[1:], strict=False):
        begin = times[starts[np.searchsorted(starts, end) - 1]]
        doses = float(_due(np.asarray(times[end] - begin), np.asarray(every)))
        gap = float(times[again] - begin - max(doses - 1.0, 0.0) * every)
        if gap < apart - SAME_DAY:
            name = limits.names[drug]
            raise ScenarioError(
                f"drugs.{name}.limits.per_day",
                got=f"{number_text(float(limits.per_day[drug]))}, with a treatment that doses "
                f"'{name}' again after {number_text(gap)} days",
                expected=f"at least {number_text(apart)} days between doses of "
                f"{number_text(float(limits.dose_per_day[drug]) * every)}, which that limit allows",
                remedy="Stop and restart the drug at multiples of levels.every, or raise the "
                "limit.",
            )


def _used_up(
    limits: DrugLimits, drug: int, course: tuple[Floats, NDArray[np.bool_]], until: float
) -> float | None:
    """Day on which a drug's total is used up, or None."""
    left, every = float(limits.total[drug]), float(limits.every[drug])
    times, on = course
    starts = np.flatnonzero(on & ~np.r_[False, on[:-1]])
    for start in starts:
        off = np.flatnonzero(~on[start:])
        end = times[start + off[0]] if off.size else until
        length = max(float(end - times[start]), 0.0)
        need = float(_due(np.asarray(length), np.asarray(every)))
        if need > left * (1.0 + 1e-12):
            whole = np.floor(left * (1.0 + 1e-12)) * every if every > 0.0 else left
            return float(times[start] + whole)
        left -= need
    return None


def _due(days: Floats, every: Floats) -> Floats:
    """Doses due within so many days, or the days themselves where there is no interval."""
    with np.errstate(divide="ignore", invalid="ignore"):
        doses = np.where(days > SAME_DAY, np.floor((days - SAME_DAY) / every) + 1.0, 0.0)
    return np.where(every > 0.0, doses, days)
