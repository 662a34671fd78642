"""The engine ``branching`` with every clone recorded: who arose from whom, and when.

Here: one lineage per functional mutation, kept patient by patient. Not here: the flows
(``kernels``), which are the same ones, or what is drawn of clones.

A lineage is opened by each mutation, at its own time. Lineages that have died out leave the arrays
a kernel works on, and stay in the record.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from countermove.engines.branching.engine import Branching, check_room
from countermove.engines.contract import Founding, Population, Purpose
from countermove.engines.kernels.founding import draw_clocks, round_counts, scatter_cells
from countermove.engines.kernels.leaps import workspace
from countermove.engines.kernels.patients import advance_patient, grow_patient
from countermove.foundation.streams import patient_streams
from countermove.model import CompiledModel, Exposure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ROOM = 512


@dataclass(slots=True)
class Lineages:
    """One patient's lineages, alive ones first in the arrays; ``gone`` holds the others.

    Attributes
    ----------
    cells : (capacity * sub types,) cells of each lineage by sub-type
    variant, parent, born, number : (capacity,) of each lineage; ``parent`` is a number, -1 for the
        first cells; ``born`` is in days since diagnosis
    alive : how many lineages the arrays hold
    numbered : how many have been numbered
    at_diagnosis : cells at diagnosis by lineage number
    gone : rows (number, parent, variant, born) of lineages that died out
    """

    cells: Floats
    variant: Ints
    parent: Ints
    born: Floats
    number: Ints
    alive: int
    numbered: int
    at_diagnosis: dict[int, float] = field(default_factory=dict)
    gone: list[tuple[Ints, Ints, Ints, Floats]] = field(default_factory=list)

    @classmethod
    def empty(cls, capacity: int, subs: int) -> Lineages:
        """Arrays with room for some lineages, none in use."""
        whole = np.zeros(capacity, dtype=np.int64)
        return cls(
            np.zeros(capacity * subs), whole, whole.copy(), np.zeros(capacity), whole.copy(), 0, 0
        )

    def enlarged(self, capacity: int, subs: int) -> Lineages:
        """Return the same lineages with room for more."""
        other = Lineages.empty(capacity, subs)
        other.cells[: self.cells.size] = self.cells
        for name in ("variant", "parent", "born", "number"):
            getattr(other, name)[: self.number.size] = getattr(self, name)
        other.alive, other.numbered = self.alive, self.numbered
        other.at_diagnosis, other.gone = self.at_diagnosis, self.gone
        return other

    def number_new(self, before: int) -> None:
        """Give numbers to lineages opened since there were ``before``, and to their parents."""
        new = np.arange(before, self.alive)
        self.number[new] = self.numbered + np.arange(new.size)
        self.parent[new] = self.number[self.parent[new]]
        self.numbered += new.size

    def bury(self, subs: int) -> None:
        """Move lineages that died out from the arrays to the record."""
        size = self.alive
        left = self.cells[: size * subs].reshape(size, subs).sum(axis=1) > 0.0
        dead, kept = np.flatnonzero(~left), np.flatnonzero(left)
        if dead.size == 0:
            return
        self.gone.append(
            (self.number[dead], self.parent[dead], self.variant[dead], self.born[dead])
        )
        rows = self.cells[: size * subs].reshape(size, subs)[kept].copy()
        self.cells[: size * subs] = 0.0
        self.cells[: rows.size] = rows.ravel()
        for name in ("variant", "parent", "born", "number"):
            values = getattr(self, name)
            values[: kept.size] = values[kept]
        self.alive = kept.size


class BranchingClones(Branching):
    """`Branching`, recording each clone. Cells by type are those of the same process."""

    def start(self, founding: Founding, *, seed: int, first: int) -> Population:
        """Found the patients; see `Engine.start`."""
        patients = founding.founder.size
        streams = patient_streams(seed, first, patients, Purpose.GROWTH)
        later = patient_streams(seed, first, patients, Purpose.TREATMENT)
        clocks = np.empty(patients)
        draw_clocks(streams, clocks)
        ladder = self.ladder().arrays if founding.cells is None else ()
        kept: list[Lineages] = []
        age = np.full(patients, np.nan)
        for p in range(patients):
            if founding.cells is None:
                lineages, age[p] = self._grow(
                    streams[p], clocks[p : p + 1], founding, p, ladder=ladder
                )
            else:
                lineages = self._given(streams[p], founding.cells[p])
            self._distribute(streams[p : p + 1], lineages, founding, p)
            lineages.bury(self.model.sub_types)
            lineages.at_diagnosis = self._sizes(lineages)
            kept.append(lineages)
        draw_clocks(later, clocks)
        own: dict[str, object] = {"streams": later, "clocks": clocks, "lineages": kept}
        population = Population(0.0, np.zeros((patients, self.model.types)), age, own)
        self._count(population, np.arange(patients))
        return population

    def advance(
        self, population: Population, exposure: Exposure, chosen: NDArray[np.int64]
    ) -> None:
        """Advance the chosen patients; see `Engine.advance`."""
        if chosen.size == 0 or exposure.edges[-1] <= exposure.edges[0]:
            return
        own: dict[str, Any] = population.private
        plan, begin = self.plan(exposure).arrays, float(exposure.edges[0])
        subs = self.model.sub_types
        work = workspace(self.model.types, subs, self.model.growth.law.size)
        for p in chosen:
            lineages: Lineages = own["lineages"][p]
            leap, before = 0, lineages.alive
            while True:
                book = self._book(lineages)
                log = (lineages.variant, lineages.parent, lineages.born)
                leap = advance_patient(
                    own["streams"][p],
                    own["clocks"][p : p + 1],
                    lineages.cells,
                    np.zeros(lineages.cells.size),
                    lineages.variant,
                    begin,
                    leap,
                    plan,
                    self.fixed,
                    book,
                    log,
                    work,
                )
                check_room(book)
                lineages.alive = int(book[1])
                if leap >= plan[0].size:
                    break
                lineages = lineages.enlarged(2 * lineages.number.size, subs)
            lineages.number_new(before)
            lineages.bury(subs)
            own["lineages"][p] = lineages
        self._count(population, chosen)

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
        tables = [self._table(lineages, first + p) for p, lineages in enumerate(own["lineages"])]
        return pd.concat(tables, ignore_index=True)

    def _book(self, lineages: Lineages) -> NDArray[np.int64]:
        return self.book(recording=True, lineages=lineages.alive, capacity=lineages.number.size)

    def _grow(
        self,
        stream: NDArray[np.uint64],
        clock: Floats,
        founding: Founding,
        p: int,
        *,
        ladder: tuple[Floats, ...],
    ) -> tuple[Lineages, float]:
        """Grow one patient, with more room each time it runs out; the stream starts over."""
        capacity, begin, hazard = ROOM, stream.copy(), float(clock[0])
        while True:
            lineages = Lineages.empty(capacity, self.model.sub_types)
            lineages.alive = 1
            book = self._book(lineages)
            stream[:], clock[0] = begin, hazard
            age = grow_patient(
                stream,
                clock,
                lineages.cells,
                np.zeros(lineages.cells.size),
                lineages.variant,
                int(founding.founder[p]),
                float(founding.size[p]),
                ladder,
                self.fixed,
                book,
                (lineages.variant, lineages.parent, lineages.born),
                workspace(self.model.types, self.model.sub_types, self.model.growth.law.size),
            )
            check_room(book)
            if age >= 0.0:
                break
            capacity *= 2
        lineages.alive = int(book[1])
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
            scatter_cells(
                stream, cells, every, source[here] % subs, target[here] % subs, share[here]
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
        """Write the cells by type of the chosen patients."""
        subs = self.model.sub_types
        own: dict[str, Any] = population.private
        for p in chosen:
            lineages: Lineages = own["lineages"][p]
            size = lineages.alive
            rows = lineages.cells[: size * subs].reshape(size, subs)
            grid = population.cells[p].reshape(self.model.variants, subs)
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
