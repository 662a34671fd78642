"""Policies that answer what a visit sees: hold and restart, raise and lower, contain, strike twice.

Here: adaptive therapy, dose titration, containment, first strike and second strike. Not here: lines
that change on progression or by the clock (``treatment.policies``), rules of a user's own
(``treatment.rules``).

Each begins with full doses at treatment start, and takes the burden seen then as its baseline.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from countermove.foundation import SAME_DAY
from countermove.treatment.observations import Bools, Floats, Observations


@dataclass(slots=True)
class Reacting:
    """What all of them share: when drugs are given at all, and what was seen at the start.

    Attributes
    ----------
    lines : (lines, drugs) full doses of each line
    start, stop : days between which drugs may be given
    patients : how many
    guide : the observable that they follow
    """

    lines: Floats
    start: float
    stop: float
    patients: int
    guide: str = "burden"
    baseline: Floats = field(default_factory=lambda: np.zeros(0))
    doses: Floats = field(default_factory=lambda: np.zeros((0, 0)))

    def moments(self, until: float) -> Floats:
        """See `Policy`."""
        days = np.array([self.start, self.stop])
        return days[days < until]

    def decide(self, seen: Observations) -> Floats:
        """See `Policy`."""
        if seen.time < self.start - SAME_DAY or seen.time >= self.stop - SAME_DAY:
            return np.zeros((self.patients, self.lines.shape[1]))
        value = seen.latest[self.guide]
        if self.baseline.size == 0:
            self.baseline = value.copy()
            self.doses = np.tile(self.lines[0], (self.patients, 1))
            self.begin()
            return self.doses
        who = seen.fresh(self.guide)
        if who.any():
            with np.errstate(invalid="ignore"):  # nan: whoever died before the start
                answered = self.answer(value, who)
            self.doses = np.where(who[:, None], answered, self.doses)
        return self.doses

    def begin(self) -> None:
        """Set up memory at treatment start."""

    def answer(self, value: Floats, who: Bools) -> Floats:
        """Doses (patients, drugs) of those whose ``value`` (patients,) is new; ``who`` says whose.

        Memory of the others stays as it is.
        """
        del value, who
        return self.doses


@dataclass(slots=True)
class Adaptive(Reacting):
    """Hold below one fraction of baseline, restart above another.

    The rule of the first trial of adaptive therapy: Zhang et al. 2017,
    doi:10.1038/s41467-017-01968-5.
    """

    stop_below: float = 0.5
    restart_above: float = 1.0

    def answer(self, value: Floats, who: Bools) -> Floats:
        """See `Reacting`."""
        on = self.doses.any(axis=1)
        held = value < self.stop_below * self.baseline
        back = value > self.restart_above * self.baseline
        on = np.where(on, ~held, back)
        return np.where(on[:, None], self.lines[0], 0.0)


@dataclass(slots=True)
class Containment(Reacting):
    """Full doses while more than a fraction of baseline is seen, none otherwise.

    Source: Viossat and Noble 2021, doi:10.1038/s41559-021-01428-w.
    """

    level: float = 1.0

    def answer(self, value: Floats, who: Bools) -> Floats:
        """See `Reacting`."""
        return np.where((value > self.level * self.baseline)[:, None], self.lines[0], 0.0)


@dataclass(slots=True)
class Titrated(Reacting):
    """Raise the dose where the tumor grew since the visit before, lower it where it shrank.

    Source: Enriquez-Navas et al. 2016, doi:10.1126/scitranslmed.aad7842.
    """

    step: float = 0.25
    raise_above: float = 1.2
    lower_below: float = 0.8
    least: float = 0.0
    share: Floats = field(default_factory=lambda: np.zeros(0))
    before: Floats = field(default_factory=lambda: np.zeros(0))

    def begin(self) -> None:
        """See `Reacting`."""
        self.share, self.before = np.ones(self.patients), self.baseline.copy()

    def answer(self, value: Floats, who: Bools) -> Floats:
        """See `Reacting`."""
        grew = value > self.raise_above * self.before
        shrank = value < self.lower_below * self.before
        change = self.step * (grew.astype(float) - shrank.astype(float))
        moved = np.clip(self.share + change, self.least, 1.0)
        self.share = np.where(who, moved, self.share)
        self.before = np.where(who, value, self.before)
        return self.share[:, None] * self.lines[0]


@dataclass(slots=True)
class StrikeTwice(Reacting):
    """The next line while the tumor is small: below a fraction of baseline, or no longer falling.

    Source: Gatenby, Zhang and Brown 2019, doi:10.1158/0008-5472.CAN-19-0807.
    """

    strike_below: float = 0.1
    line: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    before: Floats = field(default_factory=lambda: np.zeros(0))

    def begin(self) -> None:
        """See `Reacting`."""
        self.line = np.zeros(self.patients, dtype=np.int64)
        self.before = self.baseline.copy()

    def answer(self, value: Floats, who: Bools) -> Floats:
        """See `Reacting`."""
        small = value < self.strike_below * self.baseline
        strike = who & (small | (value >= self.before)) & (self.line < len(self.lines) - 1)
        self.line = self.line + strike
        self.before = np.where(who, value, self.before)
        return self.lines[self.line]
