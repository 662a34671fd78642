"""The policy that follows rules.

Here: what a patient's rules have come to so far, and the doses that follow. Not here: conditions
(``evaluate``), dose limits (``treatment.limits``).

At treatment start everyone gets the first line, at full dose. At each visit from then on, that of
treatment start included, the conditions are read on what was seen by then and what was given until
then; no rule sees what another does at the same visit. Every rule whose condition holds acts, top
to bottom, and the first to claim a drug has it for that visit: what later rules want of it counts
for nothing.

start
    The drug is given from now on, at its last dose.
stop
    It is not, until a later visit's rule starts it.
hold
    It is withheld until the next visit at which no rule holds it.
dose
    Its dose from now on, while it is given; it does not start a drug.
next_line
    The drugs of the line end, those of the next begin; at most one line per visit. After the last
    line there is none: the last goes on. A hold by an earlier rule withholds drugs of either line
    and does not keep a line from changing.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

import numpy as np

from countermove.foundation import SAME_DAY
from countermove.treatment.observations import Bools, Floats, Ints, Observations
from countermove.treatment.rules.actions import Rule, Then
from countermove.treatment.rules.evaluate import Facts, evaluate
from countermove.treatment.rules.tree import observables_needed


@dataclass(slots=True)
class _Visit:
    """What rules have claimed at one visit.

    Attributes
    ----------
    claimed : (patients, drugs) by start, stop, dose or a change of line
    held : (patients, drugs) by hold
    moved : (patients,) on to another line
    """

    claimed: Bools
    held: Bools
    moved: Bools


@dataclass(slots=True)
class Rules:
    """Rules read at each visit, patient by patient.

    Attributes
    ----------
    rules : as checked against the scenario, top to bottom
    drugs : names of all drugs
    lines : (lines, drugs) 1 where a line has a drug
    start, stop : days between which drugs are given
    patients : how many
    line : (patients,) 1, 2, ...; 1 before the start too
    visits : (patients,) scans so far
    running : (patients, drugs) whether given unless held
    level : (patients, drugs) dose while given, in multiples of the full dose
    held : (patients, drugs) whether withheld until the next visit
    doses : (patients, drugs) given now
    days : (patients, drugs) on each drug in all
    """

    rules: tuple[Rule, ...]
    drugs: tuple[str, ...]
    lines: Floats
    start: float
    stop: float
    patients: int
    line: Ints = field(init=False)
    visits: Ints = field(init=False)
    running: Bools = field(init=False)
    level: Floats = field(init=False)
    held: Bools = field(init=False)
    doses: Floats = field(init=False)
    days: Floats = field(init=False)
    _time: float = field(init=False, default=0.0)
    _begun: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        shape = (self.patients, len(self.drugs))
        self.line = np.ones(self.patients, dtype=np.int64)
        self.visits = np.zeros(self.patients, dtype=np.int64)
        self.running, self.held = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        self.level, self.doses, self.days = np.ones(shape), np.zeros(shape), np.zeros(shape)

    @property
    def needed(self) -> set[str]:
        """What has to be measured; see `observables_needed`."""
        return observables_needed(*(rule.when for rule in self.rules))

    @property
    def regimen(self) -> Floats:
        """(patients, drugs) what each is on, withheld or not: a pause makes no new line."""
        return self.running.astype(np.float64)

    def moments(self, until: float) -> Floats:
        """See `Policy`."""
        days = np.array([self.start, self.stop])
        return days[days < until]

    def decide(self, seen: Observations) -> Floats:
        """See `Policy`."""
        self.days = self.days + np.where(self.doses > 0.0, seen.time - self._time, 0.0)
        self._time = seen.time
        self.visits = self.visits + seen.scanned
        if seen.time < self.start - SAME_DAY or seen.time >= self.stop - SAME_DAY:
            self.doses = np.zeros_like(self.doses)
            return self.doses
        if not self._begun:
            self._begun = True
            if len(self.lines):
                self.running = np.tile(self.lines[0] > 0.0, (self.patients, 1))
            self.doses = self._given()
        if seen.visited.any():
            self._read(seen)
            self.doses = self._given()
        return self.doses

    def _given(self) -> Floats:
        return np.where(self.running & ~self.held, self.level, 0.0)

    def _read(self, seen: Observations) -> None:
        """Let every rule act on the patients visited today."""
        facts = Facts(
            seen, seen.time - self.start, self.drugs, self.doses, self.days, self.line, self.visits
        )
        shape = self.doses.shape
        none = np.zeros(shape, dtype=bool)
        visit = _Visit(none, none.copy(), np.zeros(self.patients, dtype=bool))
        for rule in self.rules:
            acts = evaluate(rule.when, facts) & seen.visited
            if acts.any():
                self._act(rule.then, acts, visit)
        self.held = np.where(seen.visited[:, None], visit.held, self.held)

    def _act(self, then: Then, acts: Bools, visit: _Visit) -> None:
        """Do what one rule wants of the drugs that no rule before it has claimed."""
        free = acts[:, None] & ~visit.claimed & ~visit.held
        if then.next_line:
            self._next_line(acts & ~visit.moved, visit)
        started, stopped = free & self._are(then.start), free & self._are(then.stop)
        dosed, held = free & self._are(then.dose), free & self._are(then.hold)
        self.running = (self.running | started) & ~stopped
        multiples = np.array([then.dose.get(drug, 1.0) for drug in self.drugs])
        self.level = np.where(dosed, multiples, self.level)
        visit.claimed |= started | stopped | dosed
        visit.held |= held

    def _next_line(self, moving: Bools, visit: _Visit) -> None:
        """End the line and begin the next for patients who have one."""
        moving = moving & (self.line < len(self.lines))
        if not moving.any():
            return
        old = self.lines[self.line - 1] > 0.0
        self.line = self.line + moving
        new = self.lines[self.line - 1] > 0.0
        changed = (old | new) & moving[:, None] & ~visit.claimed
        self.running = np.where(changed, new, self.running)
        visit.claimed |= changed
        visit.moved |= moving

    def _are(self, named: Container[str]) -> Bools:
        """Return, for each drug, whether it is among those named."""
        return np.array([drug in named for drug in self.drugs], dtype=bool)
