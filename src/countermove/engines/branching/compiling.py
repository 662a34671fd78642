"""What a first run compiles, in parts that two processes can compile beside each other.

Here: calls that compile a kernel and do nothing else. Not here: when they are made
(``simulation.first_run``), the kernels.
"""

from __future__ import annotations

import numpy as np

from countermove.engines.branching.cohorts import (
    RUNGS,
    advance_each,
    drafts_of,
    grow_each,
    ladder_for,
    plan_of,
    sizes_of,
)
from countermove.engines.branching.engine import Branching
from countermove.engines.contract import Part, unwatched
from countermove.engines.kernels.founding import draw_clocks
from countermove.engines.kernels.patients import Cohort, advance_patients, grow_tumors
from countermove.engines.kernels.tuples import empty_plan
from countermove.model import CompiledModel


def parts(*, differ: bool) -> tuple[Part, ...]:
    """List the parts; see `contract.Part`.

    Parameters
    ----------
    differ
        Whether patients differ, so that each has a plan of its own.
    """
    if differ:
        return (
            Part((grow_each,), lambda model: _Nobody(model).grow()),
            Part((advance_each,), lambda model: _Nobody(model).advance()),
        )
    return (
        Part((plan_of, draw_clocks), lambda model: _Nobody(model).plan()),
        Part((grow_tumors, advance_patients), lambda model: _Nobody(model).take_plans()),
    )


class _Nobody:
    """A cohort of no patients, for which a kernel is compiled and has nothing to do."""

    def __init__(self, model: CompiledModel) -> None:
        self.model, self.engine = model, Branching(model)
        none = np.zeros(0)
        start = np.zeros(1, dtype=np.int64)
        self.population = unwatched(np.zeros((0, model.types)), none, start, drugs=len(model.drugs))
        streams = np.zeros((0, 4), dtype=np.uint64)
        self.cohort = Cohort(streams, none, self.population.cells, start)
        self.book, self.network = self.engine.whole_book(), self.engine.network(0)
        self.index = np.zeros(0, dtype=np.int64)
        self.watched = (self.population.watch, self.population.courses, self.book)
        self.own = (self.engine.growing(), drafts_of(model), sizes_of(model))

    def plan(self) -> None:
        """Make a plan that others follow."""
        ladder_for(self.model, 0, self.own[0])
        draw_clocks(self.cohort.streams, self.cohort.clocks)

    def take_plans(self) -> None:
        """Grow and advance by a plan made before."""
        plan = empty_plan.py_func(RUNGS, sizes_of(self.model))  # pyright: ignore[reportFunctionMemberAccess]
        none = np.zeros(0)
        grow_tumors(self.cohort, self.index, none, plan, self.network, self.book)
        advance_patients(self.cohort, self.index, 0.0, plan, self.network, self.watched)

    def grow(self) -> None:
        """Grow by plans made on the way."""
        seen = (self.book, self.engine.few, *self.own)
        arrays = self.model.arrays
        grow_each(self.cohort, self.index, np.zeros(0), arrays, self.network, seen)

    def advance(self) -> None:
        """Advance by plans made on the way."""
        seen = (*self.watched, self.engine.few, self.population.peaks, *self.own)
        advance_each(self.cohort, self.index, 0.0, self.model.arrays, self.network, seen)
