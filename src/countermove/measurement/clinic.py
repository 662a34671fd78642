"""The clinic: what visits have shown of each patient so far.

Here: readings drawn when their results come in, and the one account of them that policies, rules
and endpoints get. Not here: the models of reading (``imaging``, ``marker``, ``ctdna``, ``biopsy``),
when visits are (``visits``), what is done about it (``treatment``).

A reading depends on the truth of its day and on the seed, the patient's number, the kind and the
visit: whatever the treatment, the same patient's scan is read with the same error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from countermove.foundation import SAME_DAY
from countermove.foundation.arrays import Bools, Floats, Ints
from countermove.foundation.streams import visit_uniforms
from countermove.measurement.imaging import diameter_of_volume, volume_of_diameter
from countermove.measurement.instruments import Instruments
from countermove.measurement.recist import NE, PD, Assessor, choose_targets
from countermove.measurement.visits import KINDS, READING, Visits

DeathRates = Callable[[Ints, Floats], Floats]
"""(patients, their days) -> (patients, types) deaths per cell and day under that day's drugs."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is the case, on every day on which somebody may be seen.

    Attributes
    ----------
    days : (days,) since diagnosis, rising
    cells : (tumors, days, types)
    start : (patients + 1,) first tumor of each patient
    organ : (tumors,) number of the organ each is in
    density : (1 or patients,) cells per cm3
    ended : (patients,) day of death; nan while alive
    death_rates : see `DeathRates`
    """

    days: Floats
    cells: Floats
    start: Ints
    organ: Ints
    density: Floats
    ended: Floats
    death_rates: DeathRates


class Clinic:
    """Patients ``first`` and on, as they are seen.

    Attributes
    ----------
    visits, taken : by kind, the plan and (patients, visits) whether a reading was made
    values : by observable, (patients, visits of its kind); nan where none was made
    diameters : (patients, scans, lesions) longest diameters in cm, as read; nan without a scan
    latest, day, baseline, nadir : by observable, (patients,) the last value, its day, the last at
        or before treatment start, the lowest since then; nan where there is none
    called : biopsies that progression called for: observable, patients, days, days on which the
        results were known, values
    codes : (patients,) index into ``RESPONSES`` of the latest scan
    """

    def __init__(self, instruments: Instruments, truth: Truth, *, seed: int, first: int) -> None:
        self.instruments, self.truth = instruments, truth
        self._seed, self._first = seed, first
        self.patients = truth.start.size - 1
        counts = np.diff(truth.start)
        self._owner = np.repeat(np.arange(self.patients), counts)
        self._place = np.arange(len(self._owner)) - np.repeat(truth.start[:-1], counts)
        self.lesions = int(counts.max(initial=1))
        self.visits: dict[str, Visits] = {}
        self.taken: dict[str, Bools] = {}
        self._due: dict[str, dict[int, list[int]]] = {}
        for one in instruments.protocols:
            self.visits[one.kind] = one.draw(seed, first, self.patients)
            self.taken[one.kind] = np.zeros(self.visits[one.kind].day.shape, dtype=np.bool_)
            due: dict[int, list[int]] = {}
            for visit in range(one.nominal.size):
                for day in one.known(visit):
                    due.setdefault(_tick(float(day)), []).append(visit)
            self._due[one.kind] = due
        scans = self.visits["imaging"].day.shape[1]
        self.diameters = np.full((self.patients, scans, self.lesions), np.nan)
        self.values: dict[str, Floats] = {}
        self.latest: dict[str, Floats] = {}
        for name in instruments.names:
            self.latest[name] = np.full(self.patients, np.nan)
        self.day = {name: own.copy() for name, own in self.latest.items()}
        self.baseline = {name: own.copy() for name, own in self.latest.items()}
        self.nadir = {name: own.copy() for name, own in self.latest.items()}
        self.targets = np.zeros((self.patients, self.lesions), dtype=np.bool_)
        self.assessor: Assessor | None = None
        self.called: list[tuple[str, Ints, Floats, Floats, Floats]] = []
        self._biopsied = np.zeros(self.patients, dtype=np.bool_)
        self._lines: list[Floats] = []
        self._judged = np.zeros(self.patients, dtype=np.int64)  # lines that have a baseline
        self._levels: Floats | None = None
        self._leveled = 0

    @property
    def codes(self) -> Ints:
        """See the class."""
        if self.assessor is None:
            return np.full(self.patients, NE, dtype=np.int64)
        begun = np.sum([~np.isnan(line) for line in self._lines], axis=0, dtype=np.int64)
        return np.where(begun > self._judged, NE, self.assessor.codes)

    @property
    def organs(self) -> Ints:
        """(patients, lesions) number of each lesion's organ; -1 where it is not told."""
        organs = np.full((self.patients, self.lesions), -1, dtype=np.int64)
        organs[self._owner, self._place] = self.truth.organ
        return organs

    def look(self, day: float, alive: Bools) -> tuple[Bools, Bools, dict[str, Bools]]:
        """Take in every result that becomes known today.

        Returns
        -------
        visited, scanned : (patients,) whose results came, and whose were of a scan
        new : by observable, (patients,) whose latest value came today
        """
        none = np.zeros(self.patients, dtype=np.bool_)
        came = {kind: none.copy() for kind in KINDS}
        biopsied = self._biopsied
        for kind, due in self._due.items():
            for visit in due.get(_tick(day), ()):
                plan = self.visits[kind]
                today = np.abs(plan.known[:, visit] - day) <= SAME_DAY
                who = alive & today & plan.kept[:, visit] & ~self.taken[kind][:, visit]
                if who.any():
                    self._read(kind, visit, who)
                    came[kind] |= who
        came["biopsy"] |= self._biopsied & ~biopsied
        new = {name: came[source] for name, source in self.instruments.names.items()}
        return np.logical_or.reduce(list(came.values())), came["imaging"], new

    def begin_line(self, who: Bools, day: float) -> None:
        """Make the last scan until a day the baseline of the line that begins for some patients.

        Its result may come later; no scan is judged until the first one of the line.
        """
        self._lines.append(np.where(who, day, np.nan))

    def _judge_anew(self, visit: int, who: Bools) -> None:
        """Give a new baseline to whose line began between the last scan and this one."""
        assert self.assessor is not None
        day = self.visits["imaging"].day[:, visit] - SAME_DAY
        begun = np.sum([line < day for line in self._lines], axis=0, dtype=np.int64)
        due = who & (begun > self._judged)
        if not due.any():
            return
        self._biopsied = self._biopsied & ~due  # the progression of each line calls for one
        self.assessor.restart(due)
        self._judged = np.where(due, begun, self._judged)

    def finish(self) -> None:
        """Make the readings whose results nobody waited for."""
        ended = np.where(np.isnan(self.truth.ended), np.inf, self.truth.ended)
        for kind, plan in self.visits.items():
            for visit in range(plan.day.shape[1]):
                lives = plan.day[:, visit] <= ended
                who = lives & plan.kept[:, visit] & ~self.taken[kind][:, visit]
                if who.any():
                    self._read(kind, visit, who)

    def _read(self, kind: str, visit: int, who: Bools) -> None:
        """Make one visit's readings and remember them."""
        self.taken[kind][:, visit] |= who
        readers = {
            "imaging": self._scan,
            "marker": self._marker,
            "ctdna": self._ctdna,
            "biopsy": self._biopsy,
        }
        for name, value in readers[kind](visit, who).items():
            self._remember(name, kind, visit, who, value + 0.0)
        if kind == "imaging":
            self._assess(visit, who)

    def _remember(self, name: str, kind: str, visit: int, who: Bools, value: Floats) -> None:
        plan = self.visits[kind]
        if name not in self.values:
            self.values[name] = np.full(plan.day.shape, np.nan)
        day = plan.day[:, visit]
        np.copyto(self.values[name][:, visit], value, where=who)
        np.copyto(self.latest[name], value, where=who)
        np.copyto(self.day[name], day, where=who)
        np.fmin(self.nadir[name], value, out=self.nadir[name], where=who)
        early = who & (day <= self.instruments.start + SAME_DAY)
        if early.any():
            np.copyto(self.baseline[name], value, where=early)
            np.copyto(self.nadir[name], value, where=early)

    def _uniforms(self, kind: str, visit: int, draws: int) -> Floats:
        purpose = READING + KINDS.index(kind)
        return visit_uniforms(
            self._seed, self._first, self.patients, purpose=purpose, visit=visit, draws=draws
        )

    def _slots(self, kind: str, visit: int) -> Ints:
        """(patients,) where the day of a visit stands among the days of truth."""
        day = self.visits[kind].day[:, visit] - SAME_DAY
        last = self.truth.days.size - 1
        return np.minimum(np.searchsorted(self.truth.days, day), last).astype(np.int64)

    def _cells(self, kind: str, visit: int) -> Floats:
        """(tumors, types) on the day of each patient's visit."""
        slot = self._slots(kind, visit)[self._owner]
        if (slot == slot[0]).all():  # the same day for all, which is much faster
            return self.truth.cells[:, int(slot[0])]
        return self.truth.cells[np.arange(len(slot)), slot]

    def _scan(self, visit: int, who: Bools) -> dict[str, Floats]:
        model = self.instruments.imaging
        density = np.broadcast_to(self.truth.density, (self.patients,))
        volume = self._cells("imaging", visit).sum(axis=1) / density[self._owner]
        given = np.zeros((self.patients, self.lesions))
        given[self._owner, self._place] = diameter_of_volume(volume)
        chance = np.full(given.shape, 0.5)
        if model.error > 0.0:
            chance = self._uniforms("imaging", visit, self.lesions)
        read = model.draw(given, chance)
        self.diameters[who, visit] = read[who]
        if visit == 0:
            chosen = choose_targets(read, self.instruments.recist, organs=self.organs)
            self.targets[who] = chosen[who]
        seen = one_by_one(volume_of_diameter(read))
        sld = one_by_one(np.where(self.targets, read, 0.0))
        return {"burden": seen * density, "volume": seen, "sld": sld}

    def _assess(self, visit: int, who: Bools) -> None:
        """Let RECIST judge a scan; a biopsy follows the first progression where one is planned."""
        read = self.diameters[:, visit]
        if self.assessor is None:
            base = np.where(who[:, None], read, np.nan)
            self.assessor = Assessor(
                base, targets=self.targets, criteria=self.instruments.recist, organs=self.organs
            )
            return
        if visit == 0:
            return
        self._judge_anew(visit, who)
        codes = self.assessor.visit(np.where(who[:, None], read, np.nan), who=who)
        if self.instruments.at_progression:
            new = who & (codes == PD) & ~self._biopsied
            self._biopsied = self._biopsied | new
            if new.any():
                slot = self._slots("imaging", visit)
                self._remember_tissue(new, slot, self.visits["imaging"].day[:, visit], visit)

    def _marker(self, visit: int, who: Bools) -> dict[str, Floats]:
        model = self.instruments.marker
        assert model is not None
        slot = self._slots("marker", visit)
        levels = self._levels_up_to(int(slot[who].max()))[np.arange(self.patients), slot]
        chance = self._uniforms("marker", visit, 1)[:, 0]
        return {self.instruments.marker_name: model.draw(levels, chance)}

    def _levels_up_to(self, slot: int) -> Floats:
        """(patients, days) true levels of the marker, worked out as far as needed."""
        model, truth = self.instruments.marker, self.truth
        assert model is not None
        if self._levels is None:
            self._levels = np.full((self.patients, truth.days.size), np.nan)
            self._levels[:, 0] = model.steady(self._total(0))
            self._leveled = 1
        for now in range(self._leveled, slot + 1):
            days = float(truth.days[now] - truth.days[now - 1])
            before, after = self._total(now - 1), self._total(now)
            self._levels[:, now] = model.follow(self._levels[:, now - 1], before, after, days)
        self._leveled = max(self._leveled, slot + 1)
        return self._levels

    def _total(self, slot: int) -> Floats:
        """(patients,) cells on one of the days of truth."""
        return np.add.reduceat(self.truth.cells[:, slot].sum(axis=1), self.truth.start[:-1])

    def _ctdna(self, visit: int, who: Bools) -> dict[str, Floats]:
        model, truth = self.instruments.ctdna, self.truth
        assert model is not None
        cells = self._cells("ctdna", visit)
        if len(cells) > self.patients:
            cells = np.add.reduceat(cells, truth.start[:-1], axis=0)
        days = self.visits["ctdna"].day[:, visit]
        rates, these = np.zeros_like(cells), np.flatnonzero(who)
        rates[these] = truth.death_rates(these, days[these])
        with np.errstate(invalid="ignore"):
            shed = model.concentration(rates * cells)
        tumor = shed.sum(axis=1)
        panel = self.instruments.panel
        chance = self._uniforms("ctdna", visit, 1 + 3 * len(panel))
        result = {"ctdna.hge": model.draw_genomes(tumor, chance[:, 0])}
        for number, (name, carrying) in enumerate(panel):
            mutant = model.mutated(shed[:, carrying].sum(axis=1))
            mine = chance[:, 1 + 3 * number : 4 + 3 * number]
            reads = model.draw_reads(mutant, tumor + model.healthy, mine).astype(float)
            result[f"ctdna.vaf({name})"] = reads / model.depth
            result[f"ctdna.reads({name})"] = reads
            result[f"ctdna.detected({name})"] = model.detected(reads).astype(float)
        return result

    def _biopsy(self, visit: int, who: Bools) -> dict[str, Floats]:
        del who
        return self._tissue(self._slots("biopsy", visit), visit)

    def _remember_tissue(self, who: Bools, slot: Ints, day: Floats, visit: int) -> None:
        """Keep a biopsy that progression called for, beside those that were planned."""
        for name, value in self._tissue(slot, 10_000 + visit).items():
            self.latest[name] = np.where(who, value, self.latest[name])
            self.day[name] = np.where(who, day, self.day[name])
            lowest = np.fmin(self.nadir[name], value)
            self.nadir[name] = np.where(who, lowest, self.nadir[name])
            patients = np.flatnonzero(who)
            known = self.visits["imaging"].known[patients, visit]
            self.called.append((name, patients, day[patients], known, value[patients]))

    def _tissue(self, slot: Ints, visit: int) -> dict[str, Floats]:
        """Read every alteration, over all regions, in the cells of each patient's day."""
        model, regions = self.instruments.biopsy, self.instruments.regions
        assert model is not None
        cells = self.truth.cells[np.arange(len(self._owner)), slot[self._owner]]
        total = np.full((self.patients, self.lesions), -1.0)
        total[self._owner, self._place] = cells.sum(axis=1)
        order = np.argsort(-total, axis=1, kind="stable")
        there = np.maximum((total > 0.0).sum(axis=1), 1)
        tissue = self.instruments.tissue
        chance = self._uniforms("biopsy", visit, max(regions * len(tissue), 1))
        result: dict[str, Floats] = {}
        for number, (name, carrying) in enumerate(tissue):
            carried = np.zeros((self.patients, self.lesions))
            carried[self._owner, self._place] = cells[:, carrying].sum(axis=1)
            share = carried / np.maximum(total, 1.0)
            reads = np.zeros(self.patients)
            for region in range(regions):
                lesion = np.take_along_axis(order, (region % there)[:, None], axis=1)
                mine = np.take_along_axis(share, lesion, axis=1)[:, 0]
                reads += model.draw_reads(mine, chance[:, number * regions + region])
            result[f"biopsy.vaf({name})"] = reads / (model.depth * regions)
            result[f"biopsy.reads({name})"] = reads
        return result


def one_by_one(values: Floats) -> Floats:
    """(patients,) sums of (patients, lesions) in their order, whatever room other patients need."""
    total = np.zeros(len(values))
    for lesion in range(values.shape[1]):
        total = total + values[:, lesion]
    return total


def _tick(day: float) -> int:
    """Whole number by which two days that are one are the same."""
    return round(day * 1e6)
