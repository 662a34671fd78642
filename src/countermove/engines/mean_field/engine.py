"""The engine ``mean_field``: deterministic mean trajectories, with crowding.

Here: founding and advancing populations by their mean equations, and trajectories at chosen times.
Not here: one step (``kernels.dopri``), stiff tumors (``mean_field.stiff``), growth from one cell
(``mean_field.growth``).

Where nothing is crowded the numbers are exact means of the model. With crowding they are the
limit of many cells, in which each niche's crowding factor is that of its mean.

Patients who differ have rates of their own, and their tumors lanes of their own: a patient's
numbers are the same alone and in any cohort.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from countermove.engines.contract import Capabilities, Founding, Population, unwatched
from countermove.engines.kernels.courses import follow
from countermove.engines.mean_field.carrying import carry
from countermove.engines.mean_field.growth import grown
from countermove.engines.mean_field.system import Exposed, build, exposed_of
from countermove.foundation.arrays import Floats, Ints
from countermove.foundation.errors import ScenarioError
from countermove.model import CompiledModel, Exposure

CAPABILITIES = Capabilities(
    courses=True,
    chance=False,
    crowding=True,
    unequal=True,
    making=True,
    reacting=True,
    lineages=False,
    leaps=False,
)
RTOL = 1e-8
LOOK_EVERY = 1.0  # days between looks at a course, which is followed in between as in a leap
LOOKS = 64  # looks held in memory at a time
FLOOR = 1e-6  # cells; below it errors are absolute: tolerance is rtol * (cells + FLOOR)
GROUP, GROUP_BYTES = 512, 4e6  # patients carried at a time: most, and memory of their arrays
ROWS = 4  # rates of a patient between looks, about, where levels move


class MeanField:
    """Mean trajectories by Dormand-Prince 5(4), or implicitly where rates are stiff.

    Steps end where rates change and at the times asked for, so nothing is interpolated. No count
    is ever negative: a step that would carry a type below zero by more than its tolerance is
    refused, a smaller dip becomes zero.

    Parameters
    ----------
    model
        The compiled model, with or without origins.
    rtol
        Largest relative error of a type's count in one step, of counts below 1e-6 as if they were
        that.

    Raises
    ------
    ScenarioError
        ``rtol`` is not within 1e-13 to 0.01.
    """

    name = "mean_field"
    capabilities = CAPABILITIES

    def __init__(self, model: CompiledModel, *, rtol: float = RTOL) -> None:
        if not 1e-13 <= rtol <= 0.01:
            raise ScenarioError("engine.rtol", got=f"{rtol!r}", expected="1e-13 to 0.01")
        self.model = model
        self.tolerance = (float(rtol), float(rtol) * FLOOR)

    def start(self, founding: Founding, *, seed: int, first: int) -> Population:
        """Mean population at diagnosis; see `Engine.start`. No chance is drawn: ``seed`` is unused.

        A tumor given by its cells starts at their expected counts, not rounded. One grown from a
        cell is described in `mean_field.growth.grown`. Scatter and conversion move expected shares.

        Raises
        ------
        ScenarioError
            A tumor never reaches its size at diagnosis.
        """
        tumors = founding.founder.size
        cells = np.zeros((tumors, self.model.types))
        age = np.full(tumors, np.nan)
        if founding.cells is not None:
            cells[:] = founding.cells
        else:
            patient = np.repeat(np.arange(founding.offsets.size - 1), np.diff(founding.offsets))
            how = (founding.founder, founding.size, self.tolerance)
            cells[:], age[:] = grown(self.model, patient, *how)
        if founding.convert is not None and founding.conversion is not None:
            share_out(cells, founding.convert, founding.conversion)
        share_out(cells, np.ones(tumors, dtype=bool), founding.scatter)
        return unwatched(cells, age, founding.offsets, drugs=len(self.model.drugs))

    def advance(
        self, population: Population, exposure: Exposure, chosen: NDArray[np.int64]
    ) -> None:
        """Advance the chosen patients; see `Engine.advance`.

        Raises
        ------
        EngineFailure
            Rates are so stiff that no implicit method reaches the tolerance.
        """
        if chosen.size == 0 or exposure.end <= exposure.begin:
            return
        for first, last in pairwise(looked_at(exposure, LOOK_EVERY * LOOKS)):
            part = exposure.between(float(first), float(last))
            alive = chosen[np.isnan(population.watch.ended[chosen])]
            if alive.size:
                self._advance_block(population, part, alive)

    def _advance_block(self, population: Population, exposure: Exposure, chosen: Ints) -> None:
        """Advance patients over a stretch short enough to hold every look at it."""
        days = looked_at(exposure, LOOK_EVERY)
        exposed = exposed_of(exposure, days[1:] - exposure.begin)
        model = self.model
        rates = 2 * (model.types + model.mutation.source.size + model.moves.source.size)
        wants = 8.0 * LOOKS * (model.types + (ROWS * rates if model.patients > 1 else 0))
        size = int(np.clip(GROUP_BYTES / wants, 1, GROUP))  # patients side by side
        for first in range(0, chosen.size, size):
            self._advance_group(population, days, chosen[first : first + size], exposed)

    def _advance_group(
        self, population: Population, days: Floats, chosen: Ints, exposed: Exposed
    ) -> None:
        """Advance patients side by side; ``days`` (looks + 1,) are those of the course's looks."""
        start, model = population.start, self.model
        counts = start[chosen + 1] - start[chosen]
        number = np.repeat(np.arange(chosen.size), counts)
        begun = np.cumsum(counts) - counts
        tumors = start[chosen][number] + np.arange(number.size) - begun[number]
        cells = np.empty((days.size, tumors.size, model.types))
        cells[0] = population.cells[tumors]
        whose = chosen if model.patients > 1 else chosen[:1]
        peaks = population.peaks[whose]
        system = build(model, whose, exposed, peaks)
        if model.patients > 1:
            carry(cells[0].copy(), number, system, self.tolerance, cells[1:])
        else:  # tumors in the same state are carried once
            alike, back = np.unique(cells[0], axis=0, return_inverse=True)
            kept = np.empty((days.size - 1, *alike.shape))
            owner = np.zeros(len(alike), dtype=np.int64)
            carry(np.ascontiguousarray(alike), owner, system, self.tolerance, kept)
            cells[1:] = kept[:, back.reshape(-1)]
        now = cells[-1].copy()
        follow(population.watch, population.courses, chosen, start, (days, cells, now))
        population.cells[tumors], population.peaks[chosen] = now, peaks

    def trajectory(
        self, cells: Floats, exposure: Exposure, times: Floats, *, peak: Floats | None = None
    ) -> Floats:
        """Mean cells of tumors of one patient at chosen times of an exposure.

        Parameters
        ----------
        cells : (tumors, types)
            Cells at the exposure's beginning; (types,) for one tumor.
        exposure
            Drug levels.
        times : (times,)
            Days on the exposure's clock, within it, not falling.
        peak : (drugs,)
            Highest levels before the exposure; none by default.

        Returns
        -------
        (tumors, times, types), or (times, types) for one tumor

        Raises
        ------
        ScenarioError
            A time lies outside the exposure, or times fall.
        """
        since = np.asarray(times, dtype=float) - exposure.begin
        length = exposure.end - exposure.begin
        if since.size and not (
            since[0] >= 0 and since[-1] <= length and np.all(np.diff(since) >= 0)
        ):
            raise ScenarioError(
                "times",
                got=f"{times[0]:g} to {times[-1]:g} days",
                expected=f"rising, within {exposure.begin:g} to {exposure.end:g} days",
            )
        many = np.atleast_2d(np.asarray(cells, dtype=float))
        looks, back = np.unique(since, return_inverse=True)
        later = looks > 0.0
        exposed = exposed_of(exposure, looks[later])
        highest = np.zeros((1, len(self.model.drugs)))
        highest[0] = 0.0 if peak is None else peak
        system = build(self.model, np.zeros(1, dtype=np.int64), exposed, highest)
        kept = np.empty((looks.size, *many.shape))
        kept[:] = many
        owner = np.zeros(len(many), dtype=np.int64)
        carry(many.copy(), owner, system, self.tolerance, kept[looks.size - later.sum() :])
        result = kept[back].transpose(1, 0, 2)
        return result[0] if np.ndim(cells) == 1 else result


def looked_at(exposure: Exposure, every: float) -> Floats:
    """Days from an exposure's beginning to its end, so many apart but for the last one.

    Doses, visits and recorded days are mostly whole days from there too.
    """
    parts = max(1, int(np.ceil((exposure.end - exposure.begin) / every - 1e-9)))
    days = np.asarray(exposure.begin + every * np.arange(parts + 1), dtype=np.float64)
    days[-1] = exposure.end
    return days


def share_out(
    cells: Floats,
    tumors: NDArray[np.bool_],
    shares: tuple[NDArray[np.int64], NDArray[np.int64], Floats],
) -> None:
    """Move expected shares of cells between types in some tumors, in place.

    ``shares`` is (source, target, share), sorted by source; shares of one source are of the
    cells it has when its turn comes, (1 or tumors, moves).
    """
    source, target, share = shares
    for kind in np.unique(source):
        own = np.flatnonzero(source == kind)
        there = np.where(tumors, cells[:, kind], 0.0)
        for move in own:
            cells[:, target[move]] += share[:, move] * there
        cells[:, kind] -= there * share[:, own].sum(axis=1)
    np.maximum(cells, 0.0, out=cells)
