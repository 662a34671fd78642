"""Policies: which dose of each drug until the next decision.

Here: treatments fixed in advance, and lines that change on progression. Not here: drug levels
(``treatment.histories``), what a scan shows (``measurement``), dose limits (``treatment.limits``).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from countermove.foundation import SAME_DAY
from countermove.treatment.asked import Python
from countermove.treatment.compiled import CompiledTreatment
from countermove.treatment.crossing import Crossing
from countermove.treatment.limits import within_totals
from countermove.treatment.looking_ahead import LookAhead
from countermove.treatment.observations import RESPONSES, Bools, Floats, Observations
from countermove.treatment.reacting import Adaptive, Containment, StrikeTwice, Titrated
from countermove.treatment.rules.policy import Rules
from countermove.treatment.switching import CtdnaSwitch

PD = RESPONSES.index("PD")
REACTING = {
    "adaptive": (Adaptive, ("stop_below", "restart_above")),
    "containment": (Containment, ("level",)),
    "titrated": (Titrated, ("step", "raise_above", "lower_below", "least")),
    "strike_twice": (StrikeTwice, ("strike_below",)),
}


class Policy(Protocol):
    """A way of treating a whole cohort."""

    def moments(self, until: float) -> Floats:
        """Days, rising, at which doses may change by the clock."""
        ...

    def decide(self, seen: Observations) -> Floats:
        """Doses (patients, drugs) until the next decision, in multiples of the full dose."""
        ...


@dataclass(slots=True)
class Fixed:
    """A course of treatment fixed in advance.

    Attributes
    ----------
    times : (changes,) days at which doses change
    doses : (changes, drugs) from each of them on; none before the first
    patients : how many
    planned : the same two before limits cut them: a drug withheld by its limit begins no line
    """

    times: Floats
    doses: Floats
    patients: int
    planned: tuple[Floats, Floats]
    _today: float = -np.inf

    def moments(self, until: float) -> Floats:
        """See `Policy`."""
        return self.times[self.times < until]

    def decide(self, seen: Observations) -> Floats:
        """See `Policy`."""
        self._today = seen.time
        return self._on(self.times, self.doses)

    @property
    def regimen(self) -> Floats:
        """What was planned for today, (patients, drugs)."""
        return self._on(*self.planned)

    def _on(self, times: Floats, doses: Floats) -> Floats:
        number = int(np.searchsorted(times, self._today + SAME_DAY, side="right")) - 1
        row = doses[number] if number >= 0 else np.zeros(doses.shape[1])
        return np.broadcast_to(row, (self.patients, row.size))


@dataclass(slots=True)
class OnProgression:
    """One line of drugs after another, the next one at the scan that shows progression.

    Progression is RECIST's, of the scan since the line began; or, where ``guide`` names an
    observable, a value at least ``factor`` times the reference: the lowest seen since the line
    began, or the value when it began. Below ``floor`` nothing counts as progression then: the
    reference is never less than that.

    Attributes
    ----------
    lines : (lines, drugs) doses of each line
    start, stop : days between which drugs are given
    guide : the observable that tells; empty for RECIST
    """

    lines: Floats
    start: float
    stop: float
    factor: float
    from_nadir: bool
    floor: float | Floats
    line: NDArray[np.int64]
    guide: str = ""
    reference: Floats = field(default_factory=lambda: np.zeros(0))
    _since: float | Floats = -np.inf

    def moments(self, until: float) -> Floats:
        """See `Policy`."""
        days = np.array([self.start, self.stop])
        return days[days < until]

    def decide(self, seen: Observations) -> Floats:
        """See `Policy`."""
        if seen.time < self.start - SAME_DAY or seen.time >= self.stop - SAME_DAY:
            return np.zeros((self.line.size, self.lines.shape[1]))
        if not self.guide:
            progressed = seen.scanned & (seen.recist == PD) & (seen.day["burden"] > self._since)
            switch = progressed & (self.line < len(self.lines) - 1)
            self.line = self.line + switch
            self._since = np.where(switch, seen.time, self._since)
            return self.lines[self.line]
        value = seen.latest[self.guide]
        if self.reference.size == 0:
            self.reference = value.copy()
            self._least = np.minimum(self.floor, value)
        else:
            taken = seen.day.get(self.guide, np.full(value.shape, seen.time))
            self._judge(value, seen.fresh(self.guide) & (taken > self._since), seen.time)
        return self.lines[self.line]

    def _judge(self, value: Floats, who: Bools, day: float) -> None:
        """Move those on whose new value, taken since the line began, shows progression."""
        with np.errstate(invalid="ignore"):
            bar = self.factor * np.fmax(self.reference, self._least)
            progressed = who & (value >= bar) & (value > 0.0)
        switch = progressed & (self.line < len(self.lines) - 1)
        self.line = self.line + switch
        self._since = np.where(switch, day, self._since)
        lower = np.fmin(self.reference, value) if self.from_nadir else self.reference
        self.reference = np.where(switch, value, np.where(who, lower, self.reference))

    _least: Floats = field(default_factory=lambda: np.zeros(0))


def policy_of(treatment: CompiledTreatment, patients: int, first: int = 0) -> Policy:
    """Policy of a compiled treatment for a number of patients.

    Parameters
    ----------
    treatment
        Compiled; policies of later versions were refused when the scenario was read.
    patients
        How many the policy treats at once.
    first
        Number of the first of them, for messages.
    """
    if treatment.later is not None:
        own = replace(treatment, later=None)
        after = partial(_from_a_day, treatment.later)
        return Crossing(policy_of(own, patients, first), after, treatment.start, patients)
    if treatment.on_progression:
        return OnProgression(
            lines=treatment.lines,
            start=treatment.start,
            stop=treatment.stop,
            factor=treatment.factor,
            from_nadir=not treatment.from_baseline,
            floor=treatment.floor,
            line=np.zeros(patients, dtype=np.int64),
            guide=treatment.guide,
        )
    if treatment.policy == "rules":
        return Rules(
            rules=treatment.rules,
            drugs=treatment.limits.names,
            lines=treatment.lines,
            start=treatment.start,
            stop=treatment.stop,
            patients=patients,
        )
    if treatment.ahead is not None:
        span = (treatment.lines, treatment.start, treatment.stop, patients)
        return LookAhead(*span, pause=treatment.ahead.pause, horizon=treatment.ahead.horizon)
    if treatment.policy == "python":
        return Python(
            treatment.python,
            treatment.lines,
            treatment.limits.names,
            treatment.start,
            treatment.stop,
            patients,
            first,
        )
    if treatment.policy == "ctdna_switch":
        return CtdnaSwitch(
            treatment.lines,
            treatment.start,
            treatment.stop,
            patients,
            alteration=treatment.alteration,
            rise=treatment.thresholds["rise"],
            confirmed_by=treatment.confirmed_by,
        )
    if treatment.policy in REACTING:
        kind, names = REACTING[treatment.policy]
        settings = {name: treatment.thresholds[name] for name in names}
        span = (treatment.lines, treatment.start, treatment.stop, patients)
        return kind(*span, guide=treatment.guide, **settings)
    planned, end = _by_the_clock(treatment), min(treatment.stop, treatment.until)
    times, doses = within_totals(*planned, treatment.limits, until=end)
    return Fixed(times, doses, patients, planned)


def _from_a_day(treatment: CompiledTreatment, day: float, who: NDArray[np.int64]) -> Policy:
    """Policy of some of the patients, who begin with it on a day."""
    floor = treatment.floor
    own = floor[who] if isinstance(floor, np.ndarray) and floor.size > 1 else floor
    return policy_of(replace(treatment, start=day, floor=own), who.size)


def _by_the_clock(treatment: CompiledTreatment) -> tuple[Floats, Floats]:
    """Days at which doses change, and the doses from each of them on."""
    start, end = treatment.start, min(treatment.stop, treatment.until)
    match treatment.policy:
        case "sequential":
            times, order = np.array([start, *treatment.at]), np.arange(len(treatment.lines))
        case "alternating":
            times = _clock(start, end, treatment.every)
            order = np.arange(times.size) % len(treatment.lines)
        case "pulsed":
            begin = _clock(start, end, treatment.on + treatment.off)
            times = np.sort(np.concatenate([begin, begin + treatment.on]))
            order = np.where(np.arange(times.size) % 2 == 0, 0, -1)
        case "none":
            times, order = np.zeros(0), np.zeros(0, dtype=np.int64)
        case _:
            times, order = np.array([start]), np.array([0])
    nothing = np.zeros((1, treatment.lines.shape[1]))
    doses = np.vstack([treatment.lines, nothing])[order]
    if np.isfinite(treatment.stop) and times.size:
        doses = np.vstack([doses[times < treatment.stop], nothing])
        times = np.append(times[times < treatment.stop], treatment.stop)
    return times, doses.reshape(times.size, nothing.size)


def _clock(start: float, end: float, every: float) -> Floats:
    if not np.isfinite(every):
        return np.array([start], dtype=np.float64)
    turns = int(np.ceil(max(end - start, 0.0) / every - SAME_DAY))
    return np.asarray(start + every * np.arange(max(turns, 1)), dtype=np.float64)
