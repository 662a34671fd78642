"""The engine ``branching`` with every clone recorded: who arose from whom, and when.

Here: one lineage per functional mutation, kept tumor by tumor. Not here: the flows
(``kernels``), which are the same ones, or what is drawn of clones.

A lineage is opened by each mutation, at its own time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from countermove.engines.branching.cohorts import ladder_for, plan_for
from countermove.engines.branching.engine import Branching, check_room
from countermove.engines.branching.lineages import Lineages
from countermove.engines.contract import Founding, Population, Purpose, tumor_streams, unwatched
from countermove.engines.kernels.courses import hold, keep
from countermove.engines.kernels.founding import draw_clocks, round_counts, scatter_cells
from countermove.engines.kernels.leaps import move
from countermove.engines.kernels.patients import grow_tumor, needs_room, take_leap
from countermove.engines.kernels.tuples import (
    LINEAGES,
    Leap,
    Network,
    Plan,
    Tumor,
    Work,
    leap_at,
    workspace,
)
from countermove.engines.kernels.watching import Span, look
from countermove.foundation.arrays import Floats, Words
from countermove.model import CompiledModel, Exposure

ROOM = 512


class BranchingClones(Branching):
    """`Branching`, recording each clone. Cells by type are those of the same process."""

    def start(self, founding: Founding, *, seed: int, first: int) -> Population:
        """Found the patients; see `Engine.start`."""
        start = founding.offsets
        streams = tumor_streams(seed, first, start, Purpose.GROWTH)
        later = tumor_streams(seed, first, start, Purpose.TREATMENT)
        tumors = len(streams)
        clocks = np.empty(tumors)
        draw_clocks(streams, clocks)
        patient = np.repeat(np.arange(start.size - 1), np.diff(start))
        kept: list[Lineages] = []
        age = np.full(tumors, np.nan)
        for t in range(tumors):
            if founding.cells is None:
                own = (streams[t], clocks[t : t + 1])
                lineages, age[t] = self._grow_recorded(own, founding, t, patient=int(patient[t]))
            else:
                lineages = self._given(streams[t], founding.cells[t])
            self._distribute(streams[t : t + 1], lineages, founding, t)
            lineages.retire(self.model.sub_types)
            lineages.at_diagnosis = self._sizes(lineages)
            kept.append(lineages)
        draw_clocks(later, clocks)
        cells = np.zeros((tumors, self.model.types))
        population = unwatched(cells, age, start, drugs=len(self.model.drugs))
        population.private = {"streams": later, "clocks": clocks, "lineages": kept}
        self._count(population, np.arange(tumors))
        return population

    def advance(
        self, population: Population, exposure: Exposure, chosen: NDArray[np.int64]
    ) -> None:
        """Advance the chosen patients; see `Engine.advance`."""
        if chosen.size == 0 or exposure.end <= exposure.begin:
            return
        kept: list[Lineages] = self._own(population)["lineages"]
        before_all = population.peaks[chosen[0]].copy()
        for p in chosen:
            if self.model.patients == 1:
                plan, population.peaks[p] = self.plan(exposure, before_all)
            else:
                plan = plan_for(self.model, int(p), self.exposed(exposure), population.peaks[p])
            tumors = range(int(population.start[p]), int(population.start[p + 1]))
            before = [kept[t].alive for t in tumors]
            until = self._advance_patient(population, int(p), exposure.begin, plan)
            for t, alive in zip(tumors, before, strict=True):
                kept[t].number_new(alive)
                kept[t].retire(self.model.sub_types)
            cells = population.cells[tumors.start : tumors.stop]
            hold(population.courses, int(p), cells, tumors.start, until)

    def _advance_patient(self, population: Population, p: int, begin: float, plan: Plan) -> float:
        """Take the leaps of a plan, one after another; returns the day on which it ends."""
        first, last = int(population.start[p]), int(population.start[p + 1])
        cells = population.cells[first:last]
        waiting, pace, now = np.zeros(last - first, dtype=bool), np.empty_like(cells), begin
        network, leaps = self.network(p), int(plan.leaps[0])
        for number in range(leaps):
            before, end = cells.copy(), now + float(plan.length[number])
            if not before.any():
                break
            step = leap_at(plan, number, now)
            closing = plan.half[max(number - 1, 0), 1]
            for t in range(first, last):
                moves = plan.meeting[number] if waiting[t - first] else plan.half[number, 0]
                tables = (moves, closing, bool(waiting[t - first]))
                waiting[t - first] = self._leap(population, t, step, tables, network)
            self._count(population, np.arange(first, last))
            reached = cells.copy()
            span = Span(p, first, now, end, before, cells, pace)
            ended = look(population.watch, span, True)
            if ended or number == leaps - 1:
                self._close(population, first, waiting, plan.half[number, 1])
            if ended:
                self._shrink(population, first, reached)
                span = span._replace(end=float(population.watch.ended[p]))
            keep(population.courses, span)
            if ended:
                break
            now = end
        return begin + float(plan.length[:leaps].sum())

    def _leap(
        self, population: Population, t: int, step: Leap, tables: Any, network: Network
    ) -> bool:
        """One leap of one tumor, with as much room for new lineages as it may want."""
        own = self._own(population)
        lineages: Lineages = own["lineages"][t]
        if not lineages.cells.any():
            return False
        while needs_room(self._tumor(own, t, lineages), step.flow, step.length):
            lineages = lineages.enlarged(2 * lineages.number.size, self.model.sub_types)
        own["lineages"][t] = lineages
        tumor = self._tumor(own, t, lineages)
        still = take_leap(tumor, step, tables, network, self._work(lineages))
        check_room(tumor.book)
        lineages.alive = int(tumor.book[LINEAGES])
        return bool(still)

    def _close(
        self, population: Population, first: int, waiting: NDArray[np.bool_], table: Floats
    ) -> None:
        """Make the moves that close the last leap, where they are still to come."""
        own = self._own(population)
        for t in (first + np.flatnonzero(waiting)).tolist():
            lineages = own["lineages"][t]
            move(self._tumor(own, t, lineages), table, np.empty(self.model.sub_types))
        self._count(population, first + np.flatnonzero(waiting))

    def _shrink(self, population: Population, first: int, reached: Floats) -> None:
        """Hold a patient's lineages at the moment the course ended, as their types were held."""
        own, subs = self._own(population), self.model.sub_types
        held = population.cells[first : first + len(reached)]
        ratio = np.divide(held, reached, out=np.zeros_like(held), where=reached > 0.0)
        for t, share in enumerate(ratio, start=first):
            lineages: Lineages = own["lineages"][t]
            rows = lineages.cells[: lineages.alive * subs].reshape(-1, subs)
            by_variant = share.reshape(-1, subs)[lineages.variant[: lineages.alive]]
            rows[:] = np.floor(rows * by_variant + 0.5)
        self._count(population, np.arange(first, first + len(reached)))

    def _own(self, population: Population) -> dict[str, Any]:
        return population.private

    def _tumor(self, own: dict[str, Any], t: int, lineages: Lineages) -> Tumor:
        stream, clock = own["streams"][t], own["clocks"][t : t + 1]
        return lineages.tumor(stream, clock, self._book(lineages))

    def _work(self, lineages: Lineages) -> Work:
        model = self.model
        return workspace(model.types, model.sub_types, model.growth.law.size, lineages.cells.size)

    def clones(self, population: Population, first: int = 0) -> pd.DataFrame:
        """Table of every clone so far.

        Parameters
        ----------
        population
            From `start`, advanced or not.
        first
            Number of the first patient.

        Returns
        -------
        One row a clone: patient, clone, parent (-1 for the first cells), genotype, born (days since
        diagnosis; nan for those given at the start), diagnosis and now (cells), alive.
        """
        own: dict[str, Any] = population.private
        patient = np.repeat(np.arange(population.start.size - 1), np.diff(population.start))
        tables = [
            self._table(lineages, first + int(patient[t]))
            for t, lineages in enumerate(own["lineages"])
        ]
        return pd.concat(tables, ignore_index=True)

    def _book(self, lineages: Lineages) -> NDArray[np.int64]:
        return self.book(recording=True, lineages=lineages.alive, capacity=lineages.number.size)

    def _grow_recorded(
        self, own: tuple[Words, Floats], founding: Founding, t: int, *, patient: int
    ) -> tuple[Lineages, float]:
        """Grow one tumor, with more room each time it runs out; the stream starts over."""
        stream, clock = own
        network = self.network(patient)
        ladder = ladder_for(self.model, patient, self.growing())
        capacity, begin, hazard = ROOM, stream.copy(), float(clock[0])
        founder, size = int(founding.founder[t]), float(founding.size[t])
        while True:
            lineages = Lineages.empty(capacity, self.model.sub_types)
            lineages.alive = 1
            stream[:], clock[0] = begin, hazard
            tumor = lineages.tumor(stream, clock, self._book(lineages))
            age = grow_tumor(tumor, founder, size, ladder, network, self._work(lineages))
            check_room(tumor.book)
            if age >= 0.0:
                break
            capacity *= 2
        lineages.alive = int(tumor.book[LINEAGES])
        lineages.numbered = 1
        lineages.parent[0] = -1
        lineages.number_new(1)
        lineages.born[: lineages.alive] -= age
        lineages.born[0] = -age
        return lineages, float(age)

    def _given(self, stream: NDArray[np.uint64], expected: Floats) -> Lineages:
        """One lineage for each variant present in a start given outright."""
        subs = self.model.sub_types
        counts = expected[None, :].copy()
        round_counts(stream[None, :], counts)
        by_variant = counts[0].reshape(-1, subs)
        present = np.flatnonzero(by_variant.sum(axis=1) > 0.0)
        lineages = Lineages.empty(max(ROOM, 2 * present.size), subs)
        lineages.alive = lineages.numbered = present.size
        lineages.cells[: present.size * subs] = by_variant[present].ravel()
        lineages.variant[: present.size] = present
        lineages.parent[: present.size] = -1
        lineages.born[: present.size] = np.nan
        lineages.number[: present.size] = np.arange(present.size)
        return lineages

    def _distribute(
        self, stream: NDArray[np.uint64], lineages: Lineages, founding: Founding, p: int
    ) -> None:
        """Spread each lineage over niches, after a share of the first took on the alteration."""
        subs, every = self.model.sub_types, np.ones(1, dtype=bool)
        if founding.convert is not None and founding.convert[p] and founding.conversion:
            self._convert(stream, lineages, founding)
        source, target, share = founding.scatter
        for row in range(lineages.alive if source.size else 0):
            here = source // subs == lineages.variant[row]
            cells = lineages.cells[row * subs : (row + 1) * subs][None, :]
            own = share[p if len(share) > 1 else 0 : (p if len(share) > 1 else 0) + 1]
            scatter_cells(
                stream, cells, every, source[here] % subs, target[here] % subs, own[:, here]
            )

    def _convert(self, stream: NDArray[np.uint64], lineages: Lineages, founding: Founding) -> None:
        assert founding.conversion is not None
        subs = self.model.sub_types
        source, target, share = founding.conversion
        row, new = int(np.flatnonzero(lineages.variant[: lineages.alive] == 0)[0]), lineages.alive
        pair = np.concatenate([lineages.cells[row * subs : (row + 1) * subs], np.zeros(subs)])
        both = pair[None, :]
        scatter_cells(
            stream, both, np.ones(1, dtype=bool), source % subs, subs + target % subs, share
        )
        lineages.cells[row * subs : (row + 1) * subs] = both[0, :subs]
        lineages.cells[new * subs : (new + 1) * subs] = both[0, subs:]
        lineages.variant[new] = target[0] // subs
        lineages.parent[new] = row
        lineages.born[new] = 0.0
        lineages.alive += 1
        lineages.number_new(new)

    def _sizes(self, lineages: Lineages) -> dict[int, float]:
        subs, size = self.model.sub_types, lineages.alive
        totals = lineages.cells[: size * subs].reshape(size, subs).sum(axis=1)
        return dict(zip(lineages.number[:size].tolist(), totals.tolist(), strict=True))

    def _count(self, population: Population, chosen: NDArray[np.int64]) -> None:
        """Write the cells by type of the chosen tumors."""
        subs = self.model.sub_types
        own: dict[str, Any] = population.private
        for t in chosen:
            lineages: Lineages = own["lineages"][t]
            size = lineages.alive
            rows = lineages.cells[: size * subs].reshape(size, subs)
            grid = population.cells[t].reshape(self.model.variants, subs)
            grid[:] = 0.0
            np.add.at(grid, lineages.variant[:size], rows)

    def _table(self, lineages: Lineages, patient: int) -> pd.DataFrame:
        size = lineages.alive
        present = (lineages.number, lineages.parent, lineages.variant, lineages.born)
        parts = [*lineages.gone, tuple(values[:size] for values in present)]
        number, parent, variant, born = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        now = self._sizes(lineages)
        names = _genotype_of_variant(self.model)
        table = pd.DataFrame(
            {
                "patient": patient,
                "clone": number,
                "parent": parent,
                "genotype": names[variant],
                "born": born,
                "diagnosis": [lineages.at_diagnosis.get(int(n), 0.0) for n in number],
                "now": [now.get(int(n), 0.0) for n in number],
            }
        )
        table["alive"] = table["now"] > 0.0
        return table.sort_values("clone", ignore_index=True)


def _genotype_of_variant(model: CompiledModel) -> NDArray[np.object_]:
    names = np.array(model.genotypes.names, dtype=object)
    return names[model.genotype[:: model.sub_types]]
