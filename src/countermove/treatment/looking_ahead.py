"""The policy that looks ahead: try each move on what may be, and make the best one.

Here: the choice, and what it asks of whoever can look ahead. Not here: the futures themselves
(``simulation.belief``), which begin from a belief and never from the truth.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from countermove.foundation import SAME_DAY
from countermove.foundation.arrays import Bools, Floats, Ints
from countermove.treatment.observations import Observations

WORSE_BY = 1e-9  # a move must be better by more than rounding to take the place of an earlier one


class Rollout(Protocol):
    """What may become of patients, as far as a clinic can know."""

    def learn(self, seen: Observations) -> None:
        """Take in what has become known today."""
        ...

    def futures(self, moves: Floats, who: Bools, horizon: float) -> Floats:
        """Work out the expected cost of some moves, held from now on.

        Parameters
        ----------
        moves : (moves, drugs)
            Doses in multiples of the full dose.
        who : (patients,)
            Whose futures are asked for.
        horizon
            Days to look ahead.

        Returns
        -------
        (moves, patients) smaller is better; nan for who was not asked for.
        """
        ...

    def give(self, until: float, doses: Floats) -> None:
        """Let the belief go on to a day under the doses (patients, drugs) given."""
        ...


@dataclass(slots=True)
class LookAhead:
    """At each visit, the line whose expected future is best.

    Attributes
    ----------
    lines : (lines, drugs) full doses of each line, each a candidate
    start, stop : days between which drugs are given
    patients : how many
    pause : no drug at all is a candidate too
    horizon : days to look ahead
    rollout : see `Rollout`; handed over before the first decision
    chosen : (patients,) the candidate given now
    """

    lines: Floats
    start: float
    stop: float
    patients: int
    pause: bool
    horizon: float
    rollout: Rollout | None = None
    chosen: Ints = field(init=False)
    _begun: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.chosen = np.zeros(self.patients, dtype=np.int64)

    @property
    def candidates(self) -> Floats:
        """(candidates, drugs) doses that may be given."""
        if not self.pause:
            return self.lines
        return np.vstack([self.lines, np.zeros((1, self.lines.shape[1]))])

    def moments(self, until: float) -> Floats:
        """See `Policy`."""
        days = np.array([self.start, self.stop])
        return days[days < until]

    def decide(self, seen: Observations) -> Floats:
        """See `Policy`."""
        assert self.rollout is not None
        self.rollout.learn(seen)
        if seen.time < self.start - SAME_DAY or seen.time >= self.stop - SAME_DAY:
            return np.zeros((self.patients, self.lines.shape[1]))
        who = seen.visited if self._begun else np.ones(self.patients, dtype=np.bool_)
        self._begun = True
        if who.any() and len(self.candidates) > 1:
            costs = self.rollout.futures(self.candidates, who, self.horizon)
            best = np.where(np.isnan(costs), np.inf, costs).argmin(axis=0)
            now = costs[self.chosen, np.arange(self.patients)]
            gain = now - costs[best, np.arange(self.patients)]
            move = who & (~(gain <= WORSE_BY) | np.isnan(now))
            self.chosen = np.where(move & ~np.isnan(costs).all(axis=0), best, self.chosen)
        return self.candidates[self.chosen]
