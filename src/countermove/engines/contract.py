"""The contract every engine that moves a population forward in time keeps.

Here: capabilities, founding, the population it moves, and the calls. Not here: any engine; what a
policy is (an engine never knows).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from countermove.engines.kernels.courses import Courses, keep_nothing
from countermove.engines.kernels.watching import Watch, watch_nothing
from countermove.foundation.arrays import Floats
from countermove.foundation.streams import patient_streams
from countermove.model import CompiledModel, Exposure

if TYPE_CHECKING:
    import pandas as pd


class Purpose(IntEnum):
    """What a patient's random stream is for: one stream each, so that moves share patients."""

    COHORT = 0
    GROWTH = 1
    TREATMENT = 2


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do.

    Attributes
    ----------
    courses : moves patients through time; otherwise it gives probabilities alone
    chance : patients differ by chance; otherwise it gives mean trajectories
    crowding : growth laws other than exponential
    unequal : kinds of cells crowd each other unequally, a drug takes capacity, or crowding scales
        net growth
    making : cells make cells of another state and stay what they are
    reacting : follows a treatment that reacts to what is seen
    lineages : can record clones with parent and birth time
    leaps : steps in leaps whose longest can be asked for
    """

    courses: bool
    chance: bool
    crowding: bool
    unequal: bool
    making: bool
    reacting: bool
    lineages: bool
    leaps: bool


@dataclass(frozen=True, slots=True)
class Founding:
    """How tumors begin, one row per tumor: grown from one cell, or given.

    Attributes
    ----------
    founder : (tumors,) type of the first cell; ignored where ``cells`` is given
    size : (tumors,) cells at diagnosis; ignored where ``cells`` is given
    cells : (tumors, types) expected counts at diagnosis, or None to grow
    scatter : (source, target, share) at diagnosis each cell of a type moves with this chance;
        shares of one source are of the same cells. (moves,) types, types, and (1 or tumors, moves)
        probabilities
    convert : (tumors,) bool, or None: tumors that carry the intrinsic alteration in part, to which
        ``conversion``, of the same form as ``scatter``, is applied first
    start : (patients + 1,) first tumor of each patient, or None: one tumor each
    """

    founder: NDArray[np.int64]
    size: Floats
    cells: Floats | None
    scatter: tuple[NDArray[np.int64], NDArray[np.int64], Floats]
    convert: NDArray[np.bool_] | None = None
    conversion: tuple[NDArray[np.int64], NDArray[np.int64], Floats] | None = None
    start: NDArray[np.int64] | None = None

    @property
    def offsets(self) -> NDArray[np.int64]:
        """(patients + 1,) first tumor of each patient."""
        if self.start is not None:
            return self.start
        return np.arange(self.founder.size + 1, dtype=np.int64)


@dataclass(slots=True)
class Population:
    """Patients' cells now.

    Attributes
    ----------
    time : days since diagnosis
    cells : (tumors, types)
    age : (tumors,) days from the first cell to diagnosis; nan where the start is given
    start : (patients + 1,) first tumor of each patient
    peaks : (patients, drugs) highest level of each drug since treatment started
    watch : what is watched of each patient, from leap to leap
    courses : courses that are kept
    private : the engine's own state (random streams, recorded lineages)
    """

    time: float
    cells: Floats
    age: Floats
    start: NDArray[np.int64]
    peaks: Floats
    watch: Watch
    courses: Courses
    private: dict[str, object] = field(default_factory=dict)

    @property
    def burden(self) -> Floats:
        """(patients,) cells of all tumors of each patient."""
        return np.add.reduceat(self.cells.sum(axis=1), self.start[:-1])


def unwatched(cells: Floats, age: Floats, start: NDArray[np.int64], *, drugs: int) -> Population:
    """Make a population at diagnosis that nobody watches yet."""
    patients = start.size - 1
    watch, courses = watch_nothing(patients, *cells.shape), keep_nothing(cells.shape[1])
    return Population(0.0, cells, age, start, np.zeros((patients, drugs)), watch, courses)


def tumor_streams(
    seed: int, first: int, start: NDArray[np.int64], purpose: Purpose
) -> NDArray[np.uint64]:
    """(tumors, 4) random streams of the tumors of patients ``first`` and on.

    A tumor's stream depends on the seed, its patient's number and its place among the patient's
    tumors alone; the first tumor's is the patient's own.
    """
    counts = np.diff(start)
    streams = np.empty((int(start[-1]), 4), dtype=np.uint64)
    for place in range(int(counts.max(initial=1))):
        who = np.flatnonzero(counts > place)
        own = patient_streams(seed, first, counts.size, purpose + (place << 8))
        streams[start[who] + place] = own[who]
    return streams


@dataclass(frozen=True, slots=True)
class Part:
    """Part of what an engine compiles on a first run; parts can be compiled beside each other.

    Attributes
    ----------
    kernels : by which to see whether it was compiled before
    compile : does it, for a model; without it the engine's first patient does
    """

    kernels: tuple[Callable[..., object], ...]
    compile: Callable[[CompiledModel], object] | None = None


class Engine(Protocol):
    """One way to move a compiled model forward."""

    name: str
    capabilities: Capabilities
    model: CompiledModel

    def __init__(self, model: CompiledModel) -> None: ...

    def start(self, founding: Founding, *, seed: int, first: int) -> Population:
        """Bring patients ``first`` and on to diagnosis."""
        ...

    def advance(
        self, population: Population, exposure: Exposure, chosen: NDArray[np.int64]
    ) -> None:
        """Advance the chosen patients over the whole exposure, in place, and watch them.

        A patient whose course ends on the way keeps the cells of that moment. ``population.time``
        is left to the caller: groups of patients see different exposures.
        """
        ...


@runtime_checkable
class RecordsClones(Protocol):
    """An engine that records every clone."""

    def clones(self, population: Population, first: int = 0) -> pd.DataFrame:
        """Table of every clone of patients ``first`` and on, so far; one row each."""
        ...
