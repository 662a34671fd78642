"""The engine ``mean_field``: deterministic mean trajectories, with crowding.

Here: founding and advancing populations by their mean equations, and trajectories at chosen times.
Not here: one step (``kernels.dopri``), stiff patients (``mean_field.stiff``), growth from one cell
(``mean_field.growth``).

Where nothing is crowded the numbers are exact means of the model. With crowding they are the
limit of many cells, in which each niche's crowding factor is that of its mean.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from countermove.engines.contract import Capabilities, Founding, Population, unwatched
from countermove.engines.kernels.courses import follow
from countermove.engines.kernels.dopri import Into, walk
from countermove.engines.mean_field.growth import grown
from countermove.engines.mean_field.stiff import integrate
from countermove.engines.mean_field.system import System, build
from countermove.foundation.arrays import Floats
from countermove.foundation.errors import ScenarioError
from countermove.model import CompiledModel, Exposure

CACHED_SYSTEMS = 4096
CAPABILITIES = Capabilities(
    courses=True, chance=False, crowding=True, reacting=True, lineages=False, leaps=False
)
RTOL = 1e-8
LOOK_EVERY = 1.0  # days between looks at a course, which is followed in between as in a leap
LOOKS = 64  # looks held in memory at a time
FLOOR = 1e-6  # cells; below it errors are absolute: tolerance is rtol * (cells + FLOOR)


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
        self._systems: dict[bytes, tuple[System, Floats]] = {}

    def system(self, exposure: Exposure, peak: Floats) -> tuple[System, Floats]:
        """Pieces of constant rates over an exposure, and the highest levels after it.

        ``peak`` (drugs,) are the highest before. The same system is worked out once.
        """
        key = exposure.key + peak.tobytes()
        found = self._systems.get(key)
        if found is None:
            if len(self._systems) >= CACHED_SYSTEMS:
                self._systems.clear()
            found = self._systems[key] = build(self.model, exposure, peak)
        return found

    def of_patient(self, patient: int) -> MeanField:
        """Return the engine of one patient alone."""
        return MeanField(self.model.one(patient), rtol=self.tolerance[0])

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
            self._grow(founding, cells, age)
        if founding.convert is not None and founding.conversion is not None:
            share_out(cells, founding.convert, founding.conversion)
        share_out(cells, np.ones(tumors, dtype=bool), founding.scatter)
        return unwatched(cells, age, founding.offsets, drugs=len(self.model.drugs))

    def _grow(self, founding: Founding, cells: Floats, age: Floats) -> None:
        """Fill the cells and ages of tumors grown from one cell each."""
        start, several = founding.offsets, self.model.patients > 1
        for patient in range(self.model.patients):
            own = slice(start[patient], start[patient + 1]) if several else slice(None)
            model = self.model.one(patient)
            founder, size = founding.founder[own], founding.size[own]
            cells[own], age[own] = grown(model, founder, size, self.tolerance)

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
        begin, end = exposure.begin, exposure.end
        blocks = max(1, int(np.ceil((end - begin) / (LOOK_EVERY * LOOKS) - 1e-9)))
        groups = [(self, chosen)]
        if self.model.patients > 1:
            groups = [(self.of_patient(int(p)), np.array([p])) for p in chosen]
        for engine, patients in groups:
            for first, last in pairwise(np.linspace(begin, end, blocks + 1)):
                alive = patients[np.isnan(population.watch.ended[patients])]
                if alive.size:
                    part = exposure.between(float(first), float(last))
                    engine._advance_block(population, part, alive)

    def _advance_block(
        self, population: Population, exposure: Exposure, chosen: NDArray[np.int64]
    ) -> None:
        """Advance patients who are alike over a stretch short enough to hold every look at it."""
        begin, end = exposure.begin, exposure.end
        looks = max(1, int(np.ceil((end - begin) / LOOK_EVERY - 1e-9)))
        days = np.linspace(begin, end, looks + 1)
        start, peak = population.start, population.peaks[chosen[0]]
        tumors = np.concatenate([np.arange(int(start[p]), int(start[p + 1])) for p in chosen])
        cells = self.trajectory(population.cells[tumors], exposure, days, peak=peak)
        course = np.ascontiguousarray(cells.transpose(1, 0, 2))
        now = course[-1].copy()
        follow(population.watch, population.courses, chosen, start, (days, course, now))
        population.cells[tumors] = now
        population.peaks[chosen] = self.system(exposure, peak)[1]

    def trajectory(
        self, cells: Floats, exposure: Exposure, times: Floats, *, peak: Floats | None = None
    ) -> Floats:
        """Mean cells of patients at chosen times of an exposure.

        Parameters
        ----------
        cells : (patients, types)
            Cells at the exposure's beginning; (types,) for one patient.
        exposure
            Drug levels.
        times : (times,)
            Days on the exposure's clock, within it, not falling.
        peak : (drugs,)
            Highest levels before the exposure; none by default.

        Returns
        -------
        (patients, times, types), or (times, types) for one patient

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
        unique, back = np.unique(since, return_inverse=True)
        before = np.zeros(len(self.model.drugs)) if peak is None else peak
        system, _ = self.system(exposure, before)
        unique = np.where(
            np.isclose(unique, length, rtol=1e-12), system.lengths.cumsum()[-1], unique
        )
        finer, rows = system.cut(unique)
        _, kept = carry(many, finer, self.tolerance, (rows, unique.size))
        if unique.size and unique[0] == 0.0:
            kept[:, 0] = many
        kept = kept[:, back]
        return kept[0] if np.ndim(cells) == 1 else kept


def carry(
    cells: Floats,
    system: System,
    tolerance: tuple[float, float],
    keep: tuple[NDArray[np.int64], int],
) -> tuple[Floats, Floats]:
    """Carry patients over a system; patients in the same state are carried once.

    Parameters
    ----------
    cells : (patients, types)
        At the beginning.
    system
        Pieces of constant rates.
    tolerance
        Relative, and absolute in cells.
    keep
        For each piece the row to keep the state after it in, or -1; and the number of rows.

    Returns
    -------
    (patients, types) at the end, and (patients, rows, types) kept
    """
    rows, count = keep
    state, back = np.unique(cells, axis=0, return_inverse=True)
    back = back.reshape(-1)
    state = np.ascontiguousarray(state)
    kept = np.zeros((len(state), count, state.shape[1]))
    place = np.empty((len(state), 2))
    walk(state, system.lengths, system.arrays, tolerance, Into(rows, kept, place))
    for patient in np.flatnonzero(place[:, 0] >= 0.0):
        piece = int(place[patient, 0])
        where = (piece, float(place[patient, 1]))
        ends = integrate(state[patient], system, where, tolerance)
        state[patient] = ends[-1]
        wanted = rows[piece:] >= 0
        kept[patient, rows[piece:][wanted]] = ends[wanted]
    return state[back], kept[back]


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
