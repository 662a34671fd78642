"""The engine ``branching``: the stochastic truth for 1 to 1e13 cells, a cohort at once.

Here: founding and advancing a population of patients by leaps of exact flows. Not here: what a leap
does (``kernels``), which leaps (``branching.plan``), recorded lineages (``branching.clones``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from countermove.engines.branching import plan as plans
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
from countermove.engines.kernels.tuples import OVERFLOW, Crowding, Network
from countermove.foundation import EngineFailure
from countermove.model import CompiledModel, Edges, Exposure, untreated

Floats = NDArray[np.float64]
CACHED_PLANS = 4096
CAPABILITIES = Capabilities(
    courses=True, chance=True, crowding=True, reacting=True, lineages=True, leaps=True
)


def compressed(edges: Edges, types: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Edges as (start (types + 1,), target), in the order of their sources."""
    counts = np.bincount(edges.source, minlength=types)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), edges.target.astype(np.int64)


class Branching:
    """Splitting into exact flows, with exact events where cells are few.

    Parameters
    ----------
    model
        The compiled model, with or without origins.
    longest_leap
        Days; shorter ones are taken where rates demand it.
    """

    name = "branching"
    capabilities = CAPABILITIES

    def __init__(self, model: CompiledModel, *, longest_leap: float = plans.LONGEST) -> None:
        self.model = model
        self.longest_leap = longest_leap
        self._plans: dict[bytes, plans.Plan] = {}
        growth = model.growth
        niche = model.niche[: model.sub_types].astype(np.int64)
        frequent = np.bincount(model.mutation.source, model.mutation.rate, minlength=1).max()
        linear = growth.is_linear
        few = not linear or model.moves.source.size > 0 or frequent > plans.FREQUENT
        self.network = Network(
            *compressed(model.mutation, model.types),
            *compressed(model.moves, model.types),
            growth=Crowding(niche, growth.law, growth.capacity, growth.numbers),
            linear=bool(linear),
            few=bool(few),
        )

    def book(self, *, recording: bool, lineages: int, capacity: int) -> NDArray[np.int64]:
        """Book of a tumor; see ``kernels.tuples.Tumor``."""
        return np.array([int(recording), lineages, capacity, self.model.sub_types, 0])

    def whole_book(self) -> NDArray[np.int64]:
        """Book of a tumor whose lineages are its variants."""
        return self.book(
            recording=False, lineages=self.model.variants, capacity=self.model.variants
        )

    def ladder(self) -> plans.Plan:
        """Leaps of a growing, untreated tumor."""
        none = untreated(len(self.model.drugs), 0.0, 1.0)
        return plans.ladder(
            self.model, self.model.rates(none.levels, phase="before"), self.longest_leap
        )

    def plan(self, exposure: Exposure) -> plans.Plan:
        """Leaps over an exposure; the same one is worked out once."""
        spans = np.diff(exposure.edges).round(9)
        key = b"|".join(
            [a.tobytes() for a in (spans, exposure.levels, exposure.peak)]
            + [bytes([exposure.treated])]
        )
        found = self._plans.get(key)
        if found is None:
            if len(self._plans) >= CACHED_PLANS:
                self._plans.clear()
            # from the key alone: which of two nearly equal exposures came first must not matter
            alike = replace(exposure, edges=np.concatenate([[0.0], np.cumsum(spans)]))
            found = plans.build(self.model, *plans.cut(self.model, alike, self.longest_leap))
            self._plans[key] = found
        return found

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
            book = self.whole_book()
            age = grow_tumors(
                Cohort(streams, clocks, cells, start),
                founding.founder,
                founding.size,
                self.ladder(),
                self.network,
                book,
            )
            check_room(book)
        distribute(streams, cells, founding)
        draw_clocks(later, clocks)
        population = unwatched(cells, age, start)
        population.private = {"streams": later, "clocks": clocks}
        return population

    def advance(
        self, population: Population, exposure: Exposure, chosen: NDArray[np.int64]
    ) -> None:
        """Advance the chosen patients; see `Engine.advance`."""
        if chosen.size == 0 or exposure.edges[-1] <= exposure.edges[0]:
            return
        own: dict[str, Any] = population.private
        book = self.whole_book()
        advance_patients(
            Cohort(own["streams"], own["clocks"], population.cells, population.start),
            chosen,
            float(exposure.edges[0]),
            self.plan(exposure),
            self.network,
            (population.watch, population.courses, book),
        )
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
