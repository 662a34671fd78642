"""What is watched of patients while they are treated: baseline, progression, death, doses.

Here: setting the engine's watch when treatment starts and when drugs are paused, and noting what it
found. Not here: the watching from leap to leap (the engines), what it means
(``measurement.endpoints``).
"""

from __future__ import annotations

import numpy as np

from countermove.engines.contract import Population
from countermove.foundation.arrays import Bools, Floats
from countermove.measurement import Criteria


class Progress:
    """Patients between diagnosis and death.

    Attributes
    ----------
    alive : (patients,) bool
    baseline : (patients,) cells when treatment started; nan before, and for who had died
    lesion_baseline : (tumors,) cells of each then
    peaks, paused : see `treatment_loop.Record`
    doses : (patients kept, recorded times, drugs)
    given : days, rising, and (patients,) whether any drug is given from each of them on
    drug_free : (patients,) days without any drug since treatment start, while alive
    last_dose : (patients,) day until which any drug was given; -inf where none was
    unused : (patients, drugs) full-dose days counted as given that death left over, of one stretch
    """

    def __init__(self, population: Population, criteria: Criteria, *, drugs: int) -> None:
        patients = population.start.size - 1
        kept = population.courses.asked.slot.size
        self.population, self.criteria = population, criteria
        self.alive = np.ones(patients, dtype=np.bool_)
        self.baseline = np.full(patients, np.nan)
        self.lesion_baseline = np.full(len(population.cells), np.nan)
        self.peaks = np.zeros((patients, drugs))
        self.paused = np.zeros(patients, dtype=np.bool_)
        self.doses = np.zeros((kept, population.courses.asked.days.size, drugs))
        self.unused = np.zeros((patients, drugs))
        self.drug_free = np.zeros(patients)
        self.last_dose = np.full(patients, -np.inf)
        self.given: list[tuple[float, Bools]] = []
        self._risen = np.zeros(patients, dtype=np.bool_)
        self._held = np.zeros((patients, drugs))
        self._since = 0.0
        self._keep_diagnosis()

    def _keep_diagnosis(self) -> None:
        """Keep the cells of today for visits: nothing moves before the first decision."""
        visits = self.population.courses.visits
        if visits.days.size == 0:
            return
        today = int(np.searchsorted(visits.days, self.population.time, side="right"))
        visits.cells[:, :today] = self.population.cells[:, None]
        visits.slot[:] = today

    def begin(self, day: float) -> None:
        """Take the burden of today as baseline, and watch for response and progression."""
        watch, rule = self.population.watch, self.criteria
        burden = self.population.burden
        who = self.alive
        self.baseline[who] = burden[who]
        self.lesion_baseline[:] = self.population.cells.sum(axis=1)
        watch.reference[who] = burden[who]
        watch.lowest[who], watch.lowest_day[who] = burden[who], day
        watch.lowest_cells[:] = self.population.cells
        watch.floor[:] = np.minimum(rule.detectable, burden)
        watch.factor[:] = rule.progression
        watch.level[:] = np.where(burden > 0.0, rule.response * burden, -1.0)
        watch.follows[:] = rule.criterion != "baseline"
        watch.counts_from[who] = np.inf if rule.criterion == "on_drug" else day

    def dose(self, day: float, until: float, doses: Floats) -> None:
        """Note the doses given from one day to another."""
        on = np.asarray(doses.any(axis=1), dtype=np.bool_)
        if not self.given or not np.array_equal(self.given[-1][1], on):
            self.given.append((day, on))
        days = self.population.courses.asked.days
        last = np.inf if until >= days[-1:].max(initial=-np.inf) else until
        slots = np.flatnonzero((days >= day - 1e-9) & (days < last - 1e-9))
        self.doses[:, slots] = doses[: len(self.doses), None]
        if self.criteria.criterion == "on_drug":
            self._count_on_drug(day, doses)
        self._held = doses

    def _count_on_drug(self, day: float, doses: Floats) -> None:
        """Count progression only while a drug is given, a cycle after it was begun."""
        watch, before, now = self.population.watch, self._held.any(axis=1), doses.any(axis=1)
        watching = ~np.isnan(watch.reference)
        begun = watching & now & (~before | np.isinf(watch.counts_from))
        watch.counts_from[begun] = day + self.criteria.cycle
        watch.reference[begun] = self.population.burden[begun]
        watch.counts_from[watching & ~now] = np.inf

    def note(self, until: float) -> None:
        """Note who progressed or died in a stretch."""
        watch = self.population.watch
        new = np.isfinite(watch.rose) & ~self._risen
        if new.any():
            self.peaks[new] = self.population.peaks[new]
            self.paused[new] = ~(self._held[new] > 0.0).any(axis=1)
            self._risen |= new
        dead = self.alive & np.isfinite(watch.ended)
        self.unused[:] = 0.0
        free = self.alive & ~np.isnan(watch.reference) & ~(self._held > 0.0).any(axis=1)
        last = np.where(dead, watch.ended, until)
        self.drug_free[free] += (last - self._since)[free]
        given = self.alive & (self._held > 0.0).any(axis=1)
        self.last_dose[given] = last[given]
        self._since = until
        if dead.any():
            left = until - watch.ended[dead]
            self.unused[dead] = self._held[dead] * left[:, None]
            self.alive &= ~dead

    def finish(self) -> None:
        """Hold the cells of the dead, and their doses at none, for all days left."""
        population = self.population
        for kept in population.courses:
            for patient in np.flatnonzero(kept.slot < kept.days.size):
                first, last = population.start[patient], population.start[patient + 1]
                slot = kept.slot[patient]
                kept.cells[first:last, slot:] = population.cells[first:last, None]
                kept.slot[patient] = kept.days.size
        asked = population.courses.asked
        ended = population.watch.ended[: asked.slot.size]
        gone = asked.days[None, :] > np.where(np.isnan(ended), np.inf, ended)[:, None]
        self.doses[gone] = 0.0
