"""The contract every engine that moves a population forward in time keeps.

Here: capabilities, founding, the population it moves, and the calls. Not here: any engine; what a
policy is (an engine never knows).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from countermove.model import CompiledModel, Exposure

Floats = NDArray[np.float64]


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
    chance : runs differ; otherwise it gives mean trajectories
    crowding : growth laws other than exponential
    lineages : can record clones with parent and birth time
    """

    chance: bool
    crowding: bool
    lineages: bool


@dataclass(frozen=True, slots=True)
class Founding:
    """How tumors begin, one row per patient: grown from one cell, or given.

    Attributes
    ----------
    founder : (patients,) type of the first cell; ignored where ``cells`` is given
    size : (patients,) cells at diagnosis; ignored where ``cells`` is given
    cells : (patients, types) expected counts at diagnosis, or None to grow
    scatter : (source, target, share) at diagnosis each cell of a type moves with this chance;
        shares of one source are of the same cells. Rows: (moves,) types, types, probabilities
    convert : (patients,) bool, or None: patients whose tumor carries the intrinsic alteration in
        part, to whom ``conversion``, of the same form as ``scatter``, is applied first
    """

    founder: NDArray[np.int64]
    size: Floats
    cells: Floats | None
    scatter: tuple[NDArray[np.int64], NDArray[np.int64], Floats]
    convert: NDArray[np.bool_] | None = None
    conversion: tuple[NDArray[np.int64], NDArray[np.int64], Floats] | None = None


@dataclass(slots=True)
class Population:
    """Patients' cells now.

    Attributes
    ----------
    time : days since diagnosis
    cells : (patients, types)
    age : (patients,) days from the first cell to diagnosis; nan where the start is given
    private : the engine's own state (random streams, recorded lineages)
    """

    time: float
    cells: Floats
    age: Floats
    private: dict[str, object] = field(default_factory=dict)


class Engine(Protocol):
    """One way to move a compiled model forward."""

    name: str
    capabilities: Capabilities

    def __init__(self, model: CompiledModel) -> None: ...

    def start(self, founding: Founding, *, seed: int, first: int) -> Population:
        """Bring patients ``first`` and on to diagnosis."""
        ...

    def advance(
        self, population: Population, exposure: Exposure, chosen: NDArray[np.int64]
    ) -> None:
        """Advance the chosen patients over the whole exposure, in place.

        ``population.time`` is left to the caller: groups of patients see different exposures.
        """
        ...
