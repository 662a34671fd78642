"""The lineages of one tumor whose clones are recorded.

Here: their arrays, numbers, and the record of those that died out. Not here: how they are opened
(``kernels.leaps``), the engine that keeps them (``branching.clones``).

Lineages that have died out leave the arrays that a kernel works on, and stay in the record.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from countermove.engines.kernels.tuples import Tumor
from countermove.foundation.arrays import Floats, Ints, Words


@dataclass(slots=True)
class Lineages:
    """One tumor's lineages, alive ones first in the arrays; ``gone`` holds the others.

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

    def tumor(self, stream: Words, clock: Floats, book: Ints) -> Tumor:
        """Give the arrays to a kernel."""
        return Tumor(stream, clock, self.cells, self.variant, self.parent, self.born, book)

    def number_new(self, before: int) -> None:
        """Give numbers to lineages opened since there were ``before``, and to their parents."""
        new = np.arange(before, self.alive)
        self.number[new] = self.numbered + np.arange(new.size)
        self.parent[new] = self.number[self.parent[new]]
        self.numbered += new.size

    def retire(self, subs: int) -> None:
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
