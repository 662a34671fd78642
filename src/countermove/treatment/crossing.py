"""Another treatment from progression on, for each patient from the day that shows it.

Here: going over from one policy to another. Not here: either of the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from countermove.foundation import SAME_DAY
from countermove.treatment.observations import RESPONSES, Bools, Floats, Ints, Observations

if TYPE_CHECKING:
    from countermove.treatment.policies import Policy

PD = RESPONSES.index("PD")


@dataclass(slots=True)
class Crossing:
    """One policy until a scan shows progression by RECIST, another one of the same day on.

    The second policy is asked for those alone who have gone over to it, one of its own for all who
    do on one day. Its baseline is what had been seen by then, and so is its nadir at first.

    Attributes
    ----------
    first : the policy of everybody at first
    after : makes the second policy, from the day and (patients,) numbers of those who go over
    start : day on which treatment starts
    patients : how many
    over : (patients,) who has gone over
    """

    first: Policy
    after: Callable[[float, Ints], Policy]
    start: float
    patients: int
    over: Bools = field(init=False)
    regimen: Floats = field(init=False)
    _groups: list[tuple[Ints, Policy]] = field(default_factory=list)
    _base: dict[str, Floats] = field(default_factory=dict)
    _lowest: dict[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.over = np.zeros(self.patients, dtype=np.bool_)

    def moments(self, until: float) -> Floats:
        """See `Policy`."""
        return self.first.moments(until)

    def decide(self, seen: Observations) -> Floats:
        """See `Policy`."""
        doses = np.array(self.first.decide(seen), dtype=float)
        self.regimen = np.array(getattr(self.first, "regimen", doses), dtype=float)
        new = seen.scanned & (seen.recist == PD) & ~self.over
        if seen.time < self.start - SAME_DAY:
            new = np.zeros_like(new)
        for name, value in seen.latest.items():
            begun, low = self._base.get(name, value), self._lowest.get(name, value)
            self._base[name] = np.where(new, value, begun)
            self._lowest[name] = np.where(new, value, np.fmin(low, value))
        if new.any():
            who = np.flatnonzero(new)
            self._groups.append((who, self.after(seen.time, who)))
            self.over = self.over | new
        for who, policy in self._groups:
            given = np.asarray(policy.decide(self._of(seen, who)), dtype=float)
            doses[who] = given
            self.regimen[who] = getattr(policy, "regimen", given)
        return doses

    def _of(self, seen: Observations, who: Ints) -> Observations:
        """Return what was seen of some patients, from the day on which they went over."""

        def part(values: Mapping[str, Floats]) -> dict[str, Floats]:
            return {name: value[who] for name, value in values.items()}

        return Observations(
            seen.time,
            seen.visited[who],
            seen.scanned[who],
            part(seen.latest),
            part(self._base),
            part(self._lowest),
            seen.recist[who],
            part(seen.day),
            {name: value[who] for name, value in seen.new.items()},
        )
