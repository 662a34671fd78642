"""Visits: on which days each patient is seen, and when the result is known.

Here: nominal days, jitter, missed visits, delay. Not here: what is seen (``measurement.clinic``).

A patient's visits depend on the seed, the patient's number and the visit alone: they are the same
under every treatment, in every chunk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countermove.foundation import SAME_DAY
from countermove.foundation.arrays import Bools, Floats
from countermove.foundation.streams import visit_uniforms

KINDS = ("imaging", "marker", "ctdna", "biopsy")
CALENDAR, READING = 1000, 2000  # purposes of random streams; the place of the kind is added


def visit_days(every: float, start: float, until: float) -> Floats:
    """Days of visits: one when treatment starts, then every ``every`` days, before ``until``."""
    count = max(int(np.ceil((until - start) / every - 1e-9)), 0)
    return np.asarray(start + every * np.arange(count), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Protocol:
    """When one kind of measurement is planned.

    Attributes
    ----------
    kind : one of `KINDS`
    nominal : (visits,) days since diagnosis, rising
    jitter : whole days by which a visit may come early or late; not the first
    missed : chance that a visit is missed; not the first
    delay : days until the result of a visit is known; of the first it is known at once
    until : no visit is on this day or later
    """

    kind: str
    nominal: Floats
    jitter: int = 0
    missed: float = 0.0
    delay: float = 0.0
    until: float = np.inf

    @property
    def offsets(self) -> Floats:
        """Days by which a visit may come early or late."""
        return np.arange(-self.jitter, self.jitter + 1, dtype=np.float64)

    def days(self, visit: int) -> Floats:
        """Every day on which some patient may have a visit."""
        moved = self.offsets if visit > 0 else np.zeros(1)
        days = self.nominal[visit] + moved
        return days[days < self.until - SAME_DAY]

    def known(self, visit: int) -> Floats:
        """Every day on which the result of a visit may become known."""
        return self.days(visit) + (self.delay if visit > 0 else 0.0)

    def all_days(self) -> Floats:
        """Every day on which some patient may be seen, rising."""
        every = [self.days(visit) for visit in range(self.nominal.size)]
        return np.unique(np.concatenate([np.zeros(0), *every]))

    def all_known(self) -> Floats:
        """Every day on which some result may become known, rising."""
        every = [self.known(visit) for visit in range(self.nominal.size)]
        return np.unique(np.concatenate([np.zeros(0), *every]))

    def draw(self, seed: int, first: int, count: int) -> Visits:
        """Visits of patients ``first`` to ``first + count - 1``."""
        visits = self.nominal.size
        day = np.broadcast_to(self.nominal, (count, visits)).copy()
        planned = np.ones((count, visits), dtype=np.bool_)
        purpose = CALENDAR + KINDS.index(self.kind)
        if self.jitter or self.missed > 0.0:
            for visit in range(1, visits):
                drawn = visit_uniforms(seed, first, count, purpose=purpose, visit=visit, draws=2)
                day[:, visit] += np.floor(drawn[:, 0] * (2 * self.jitter + 1)) - self.jitter
                planned[:, visit] = drawn[:, 1] >= self.missed
        known = day + self.delay
        known[:, :1] = day[:, :1]
        return Visits(day, known, planned & (day < self.until - SAME_DAY))


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits of some patients.

    Attributes
    ----------
    day, known : (patients, visits) days since diagnosis: of the visit, and of its result
    kept : (patients, visits) whether the visit takes place, if the patient lives
    """

    day: Floats
    known: Floats
    kept: Bools
