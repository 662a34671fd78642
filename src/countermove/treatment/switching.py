"""The next line when blood tells: a rise of circulating tumor DNA, or progression by scan.

Here: ``ctdna_switch``. Not here: lines that change on scans alone (``treatment.policies``).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from countermove.foundation import SAME_DAY
from countermove.treatment.observations import RESPONSES, Bools, Floats, Ints, Observations

PD = RESPONSES.index("PD")


@dataclass(slots=True)
class CtdnaSwitch:
    """One line after another, the next one when ctDNA rises or a scan shows progression.

    A rise is a sample at least ``rise`` times the lowest since the line began, and above it, in
    ``confirmed_by`` samples in a row; one taken before the line began is none of its own, whenever
    its result comes. Where an alteration is followed and the lowest is none, its
    detection is the rise.

    Attributes
    ----------
    lines : (lines, drugs) doses of each line
    start, stop : days between which drugs are given
    patients : how many
    alteration : whose share of reads is followed; empty for all tumor DNA
    """

    lines: Floats
    start: float
    stop: float
    patients: int
    alteration: str = ""
    rise: float = 2.0
    confirmed_by: int = 1
    line: Ints = field(init=False)
    lowest: Floats = field(init=False)
    row: Ints = field(init=False)
    since: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.line = np.zeros(self.patients, dtype=np.int64)
        self.row = np.zeros(self.patients, dtype=np.int64)
        self.lowest = np.full(self.patients, np.inf)
        self.since = np.full(self.patients, -np.inf)

    def moments(self, until: float) -> Floats:
        """See `Policy`."""
        days = np.array([self.start, self.stop])
        return days[days < until]

    def decide(self, seen: Observations) -> Floats:
        """See `Policy`."""
        if seen.time < self.start - SAME_DAY or seen.time >= self.stop - SAME_DAY:
            return np.zeros((self.patients, self.lines.shape[1]))
        risen = self._risen(seen)
        scanned = seen.scanned & (seen.recist == PD) & (seen.day["burden"] > self.since)
        switch = (risen | scanned) & (self.line < len(self.lines) - 1)
        self.line = self.line + switch
        self.row = np.where(switch, 0, self.row)
        self.lowest = np.where(switch, self._followed(seen), self.lowest)
        self.since = np.where(switch, seen.time, self.since)
        return self.lines[self.line]

    @property
    def _name(self) -> str:
        return f"ctdna.vaf({self.alteration})" if self.alteration else "ctdna.hge"

    def _followed(self, seen: Observations) -> Floats:
        """Latest value; reads of an alteration that may be errors are none."""
        value = seen.latest[self._name]
        if not self.alteration:
            return value
        there = seen.latest[f"ctdna.detected({self.alteration})"] != 0.0
        return np.where(there, value, 0.0)

    def _risen(self, seen: Observations) -> Bools:
        """Whose new sample completes a rise."""
        value = self._followed(seen)
        new = seen.fresh(self._name) & (seen.day[self._name] > self.since)
        with np.errstate(invalid="ignore"):
            up = new & (value > self.lowest) & (value >= self.rise * self.lowest)
        self.row = np.where(new, np.where(up, self.row + 1, 0), self.row)
        lower = np.fmin(self.lowest, value)
        self.lowest = np.where(new & ~up, lower, self.lowest)
        return np.asarray(up & (self.row >= self.confirmed_by), dtype=np.bool_)
