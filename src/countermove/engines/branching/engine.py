"""The engine ``branching``: the stochastic truth for 1 to 1e13 cells, a cohort at once.

Here: founding and advancing a population of patients by leaps of exact flows. Not here: what a leap
does (``kernels``), which leaps (``branching.plan``), recorded lineages (``branching.clones``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from countermove.engines.branching.cohorts import (
    advance_each,
    drafts_of,
    grow_each,
    ladder_for,
    plan_for,
    sizes_of,
)
from countermove.engines.branching.lengths import LONGEST, Exposed
from countermove.engines.branching.plan import FREQUENT
from countermove.engines.contract import (
    Capabilities,
    Founding,
    Population,
    Purpose,
    tumor_streams,
    unwatched,
)
from countermove.engines.kernels.founding import draw_clocks, round_counts, scatter_cells
from countermove.engines.kernels.patients import Cohort, advance_patients, grow_tumors
from countermove.engines.kernels.tuples import OVERFLOW, Crowding, Network, Plan
from countermove.foundation import EngineFailure
from countermove.foundation.arrays import Floats
from countermove.model import CompiledModel, Edges, Exposure
from countermove.model.exposure import NOTHING, alike

CACHED_PLANS = 4096
CAPABILITIES = Capabilities(
    courses=True,
    chance=True,
    crowding=True,
    unequal=False,
    making=False,
    reacting=True,
    lineages=True,
    leaps=True,
)


def compressed(edges: Edges, types: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Edges as (start (types + 1,), target), in the order of their sources."""
    counts = np.bincount(edges.source, minlength=types)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), edges.target.astype(np.int64)


def events_pay(model: CompiledModel) -> NDArray[np.bool_]:
    """(patients,) whether few cells are simulated event by event: where leaps are not exact."""
    edges, moves = np.atleast_2d(model.mutation.rate), np.atleast_2d(model.moves.rate)
    source = model.mutation.source
    frequent = np.zeros(model.patients, dtype=np.bool_)
    if source.size:
        starts = np.flatnonzero(np.r_[True, source[1:] != source[:-1]])
        frequent = (np.add.reduceat(edges, starts, axis=1) > FREQUENT).any(axis=1)
    induced = np.broadcast_to((model.parameters.induced > 0.0).any(axis=(1, 2)), frequent.shape)
    moving = (moves > 0.0).any(axis=1) | induced
    return np.asarray(frequent | moving | (not model.growth.is_linear), dtype=np.bool_)


class Branching:
    """Splitting into exact flows, with exact events where cells are few.

    Parameters
    ----------
    model
        The compiled model, with or without origins, of one patient or of several who differ.
    longest_leap
        Days; shorter ones are taken where rates demand it.
    """

    name = "branching"
    capabilities = CAPABILITIES

    def __init__(self, model: CompiledModel, *, longest_leap: float = LONGEST) -> None:
        self.model = model
        self.longest_leap = longest_leap
        self.linear = model.growth.is_linear
        self.few = events_pay(model)
        self._plans: dict[bytes, tuple[Plan, Floats]] = {}
        self._first_network: Network | None = None

    def network(self, patient: int) -> Network:
        """Which type leads to which, and what crowds whom, of one patient."""
        model = self.model.one(patient if self.model.patients > 1 else 0)
        growth = model.growth
        niche = model.niche[: model.sub_types].astype(np.int64)
        return Network(
            *compressed(model.mutation, model.types),
            *compressed(model.moves, model.types),
            growth=Crowding(niche, growth.law, growth.capacity, growth.numbers),
            linear=self.linear,
            few=bool(self.few[patient if self.few.size > 1 else 0]),
        )

    def book(self, *, recording: bool, lineages: int, capacity: int) -> NDArray[np.int64]:
        """Book of a tumor; see ``kernels.tuples.Tumor``."""
        return np.array([int(recording), lineages, capacity, self.model.sub_types, 0])

    def whole_book(self) -> NDArray[np.int64]:
        """Book of a tumor whose lineages are its variants."""
        return self.book(
            recording=False, lineages=self.model.variants, capacity=self.model.variants
        )

    def exposed(self, exposure: Exposure) -> Exposed:
        """Describe an exposure to whoever plans for it."""
        length = round(exposure.end - exposure.begin, 9)
        dosing = alike(exposure.dosing, self.model.levels.kind, length)
        return Exposed(dosing, length, exposure.treated, self.longest_leap, self.linear)

    def growing(self) -> Exposed:
        """Describe growth without drugs to whoever plans for it."""
        return Exposed(NOTHING, 1.0, False, self.longest_leap, self.linear)

    def plan(self, exposure: Exposure, peak: Floats) -> tuple[Plan, Floats]:
        """Plan that patients who are alike share, and their highest levels after it.

        The same one is worked out once.
        """
        exposed = self.exposed(exposure)
        key = Exposure(0.0, exposed.length, exposed.dosing, exposed.treated).key + peak.tobytes()
        result = self._plans.get(key)
        if result is None:
            if len(self._plans) >= CACHED_PLANS:
                self._plans.clear()
            highest = peak.copy()
            result = self._plans[key] = (plan_for(self.model, 0, exposed, highest), highest)
        return result

    def start(self, founding: Founding, *, seed: int, first: int) -> Population:
        """Found the patients and bring them to diagnosis; see `Engine.start`.

        Raises
        ------
        EngineFailure
            More mutant batches nested in one leap than the kernel has room for.
        """
        start = founding.offsets
        streams = tumor_streams(seed, first, start, Purpose.GROWTH)
        later = tumor_streams(seed, first, start, Purpose.TREATMENT)
        clocks = np.empty(len(streams))
        draw_clocks(streams, clocks)
        cells = np.zeros((len(streams), self.model.types))
        if founding.cells is not None:
            cells[:] = founding.cells
            round_counts(streams, cells)
            age = np.full(len(streams), np.nan)
        else:
            age = self._grow(Cohort(streams, clocks, cells, start), founding)
        distribute(streams, cells, founding)
        draw_clocks(later, clocks)
        population = unwatched(cells, age, start, drugs=len(self.model.drugs))
        population.private = {"streams": later, "clocks": clocks}
        return population

    def _grow(self, cohort: Cohort, founding: Founding) -> Floats:
        """Grow every tumor to its size; returns their ages."""
        book, network, exposed = self.whole_book(), self.network(0), self.growing()
        goals = (founding.founder, founding.size)
        if self.model.patients == 1:
            ladder = ladder_for(self.model, 0, exposed)
            age = grow_tumors(cohort, *goals, ladder, network, book)
        else:
            drafts, sizes = drafts_of(self.model), sizes_of(self.model)
            seen = (book, self.few, exposed, drafts, sizes)
            age = grow_each(cohort, *goals, self.model.arrays, network, seen)
        check_room(book)
        return age

    def advance(
        self, population: Population, exposure: Exposure, chosen: NDArray[np.int64]
    ) -> None:
        """Advance the chosen patients; see `Engine.advance`."""
        if chosen.size == 0 or exposure.end <= exposure.begin:
            return
        own: dict[str, Any] = population.private
        if self._first_network is None:
            self._first_network = self.network(0)
        book, network = self.whole_book(), self._first_network
        cohort = Cohort(own["streams"], own["clocks"], population.cells, population.start)
        watch, courses, peaks = population.watch, population.courses, population.peaks
        if self.model.patients == 1:
            plan, highest = self.plan(exposure, peaks[chosen[0]])
            seen = (watch, courses, book)
            advance_patients(cohort, chosen, exposure.begin, plan, network, seen)
            peaks[chosen] = highest
        else:
            exposed, drafts = self.exposed(exposure), drafts_of(self.model)
            more = (self.few, peaks, exposed, drafts, sizes_of(self.model))
            seen = (watch, courses, book, *more)
            advance_each(cohort, chosen, exposure.begin, self.model.arrays, network, seen)
        check_room(book)


def distribute(streams: NDArray[np.uint64], cells: Floats, founding: Founding) -> None:
    """Apply a founding's conversion and scatter to the cells at diagnosis, in place."""
    if founding.convert is not None and founding.conversion is not None:
        scatter_cells(streams, cells, founding.convert, *founding.conversion)
    if founding.scatter[0].size:
        scatter_cells(streams, cells, np.ones(len(cells), dtype=bool), *founding.scatter)


def check_room(book: NDArray[np.int64]) -> None:
    """Raise EngineFailure where a kernel ran out of room: a result would be biased."""
    if book[OVERFLOW]:
        raise EngineFailure(
            "engine branching",
            got="more mutants within one leap than it has room for",
            expected="room for each",
            remedy="Shorten its leaps with --longest-leap 1 (days; longest_leap from Python).",
        )
