"""Dose limits, which no policy can exceed.

Here: the largest total of each drug, counted as it is given: dose by dose where a drug is dosed,
otherwise by days of full dose; and the largest dose per day, which a train of doses begun too soon
after the last dose would exceed. Not here: whether a drug's own dosing keeps its daily limit, found
when the scenario is read (``scenario.drugs``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countermove.foundation import SAME_DAY, ScenarioError, number_text
from countermove.scenario import Drug, OneCompartment, Scenario, TwoCompartment

Floats = NDArray[np.float64]


class Limits:
    """Doses given so far, and what is left of each drug's total.

    Attributes
    ----------
    given : (patients, drugs) full-dose days so far
    """

    def __init__(self, scenario: Scenario, patients: int) -> None:
        drugs = scenario.drugs.values()
        self._total = np.array([_total(d) for d in drugs], dtype=float)
        self._every = np.array([_interval(d) for d in drugs], dtype=float)
        self._divisible = np.array(
            [d.levels is not None and _interval(d) == 0.0 for d in drugs], dtype=bool
        )
        self._most = np.array([_most(d) for d in drugs], dtype=float)
        self._apart = np.array([_apart(d) for d in drugs], dtype=float)
        shape = (patients, self._total.size)
        self.given = np.zeros(shape)
        self._used, self._since, self._held = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self._waited = np.full(shape, np.inf)  # days since the last dose
        self._limited = bool(np.isfinite(self._total).any() or np.isfinite(self._most).any())

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
        self.given = self.given + allowed * days
        return allowed

    def refund(self, unused: Floats) -> None:
        """Take back full-dose days, (patients, drugs), that were counted and not given."""
        self.given = self.given - unused


def within_totals(
    times: Floats, doses: Floats, scenario: Scenario, *, until: float
) -> tuple[Floats, Floats]:
    """Cut a fixed course short, drug by drug, on the day its total is used up.

    Parameters
    ----------
    times : (changes,)
        Days at which doses change, rising.
    doses : (changes, drugs)
        From each of them on, each the full dose or none.
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
    for number, (name, drug) in enumerate(scenario.drugs.items()):
        _check_restarts(name, drug, times, doses[:, number] > 0.0)
        stop = _used_up(times, doses[:, number] > 0.0, drug, until)
        if stop is None:
            continue
        place = int(np.searchsorted(times, stop - SAME_DAY))
        if place == times.size or times[place] > stop + SAME_DAY:
            times = np.insert(times, place, stop)
            doses = np.insert(doses, place, doses[place - 1], axis=0)
        doses = doses.copy()
        doses[place:, number] = 0.0
    return times, doses


def exhausted_days(scenario: Scenario, begun: Floats, until: float) -> Floats:
    """Days on which a drug begun on one of the days ``begun``, and not stopped, is used up."""
    totals = [_total(d) * (_interval(d) or 1.0) for d in scenario.drugs.values()]
    lengths = [
        np.floor(_total(d) * (1.0 + 1e-12)) * _interval(d) if _interval(d) > 0.0 else total
        for d, total in zip(scenario.drugs.values(), totals, strict=True)
        if np.isfinite(total)
    ]
    days = np.unique(np.add.outer(begun, np.array(lengths, dtype=float)))
    return days[days < until]


def _check_restarts(name: str, drug: Drug, times: Floats, on: NDArray[np.bool_]) -> None:
    """Refuse a course that begins a train of doses too soon after the last dose."""
    every, apart = _interval(drug), _apart(drug)
    starts = np.flatnonzero(on & ~np.r_[False, on[:-1]])
    ends = np.flatnonzero(~on & np.r_[False, on[:-1]])
    for end, again in zip(ends, starts[1:], strict=False):
        begin = times[starts[np.searchsorted(starts, end) - 1]]
        doses = float(_due(np.asarray(times[end] - begin), np.asarray(every)))
        gap = float(times[again] - begin - max(doses - 1.0, 0.0) * every)
        if gap < apart - SAME_DAY:
            assert drug.limits is not None
            raise ScenarioError(
                f"drugs.{name}.limits.per_day",
                got=f"{number_text(drug.limits.per_day or 0.0)}, with a treatment that doses "
                f"'{name}' again after {number_text(gap)} days",
                expected=f"at least {number_text(apart)} days between doses of "
                f"{number_text(drug.dose_per_day * every)}, which that limit allows",
                remedy="Stop and restart the drug at multiples of levels.every, or raise the "
                "limit.",
            )


def _used_up(times: Floats, on: NDArray[np.bool_], drug: Drug, until: float) -> float | None:
    """Day on which a drug's total is used up, or None."""
    left, every = _total(drug), _interval(drug)
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


def _total(drug: Drug) -> float:
    """Largest total: doses, or days of full dose where there is no interval."""
    if drug.limits is None or drug.limits.cumulative is None:
        return np.inf
    days = drug.limits.cumulative / drug.dose_per_day
    return days / (_interval(drug) or 1.0)


def _most(drug: Drug) -> float:
    """Largest multiple of the full dose."""
    if drug.limits is None or drug.limits.per_day is None:
        return np.inf
    return drug.limits.per_day / drug.dose_per_day


def _apart(drug: Drug) -> float:
    """Fewest days between two full doses; 0 where there is no limit or no dosing."""
    most = _most(drug)
    return _interval(drug) / most if np.isfinite(most) else 0.0


def _interval(drug: Drug) -> float:
    """Days between doses; 0 where the drug is not given dose by dose."""
    own = drug.levels
    return own.every if isinstance(own, (OneCompartment, TwoCompartment)) else 0.0
