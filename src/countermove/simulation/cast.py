"""Who the patients of a run are: their numbers, lesions, model and engine, chunk by chunk.

Here: everything of a scenario that depends on the patient, drawn and compiled for a chunk of them.
Patients who do not differ share one model and one engine. Not here: their treatment and what
becomes of them (``simulation.patients``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from countermove.engines.contract import Engine, Founding, Population, Purpose
from countermove.engines.registry import create
from countermove.foundation.arrays import Floats
from countermove.foundation.errors import ScenarioError
from countermove.foundation.streams import patient_streams
from countermove.model import CompiledModel, compile_model, with_origins
from countermove.results.registry import OUTCOMES
from countermove.scenario import Scenario
from countermove.scenario.endpoints import SMALLEST_SEEN_CM3
from countermove.simulation.drawing import Drawing, VirtualPatients
from countermove.simulation.drawing_lesions import PatientLesions
from countermove.simulation.founding import Beginning, beginning, founding_of

CHECKED = 4096  # patients whose beginning is checked at a time


@dataclass(frozen=True, slots=True)
class Chosen:
    """Patients ``first`` and on, ready to be brought to diagnosis.

    Attributes
    ----------
    first, seed : number of the first one, and the run's seed
    engine : of these patients
    founding : how their tumors begin
    lesions, carrying : see `Beginning`
    drawn : numbers and covariates in which they differ
    model : compiled, of these patients
    lethal, hazard, detectable : (1 or patients,) cells, 1/day (0: none), cells
    density : (1 or patients,) cells per cm3
    """

    first: int
    seed: int
    engine: Engine
    founding: Founding
    lesions: PatientLesions
    carrying: NDArray[np.bool_]
    drawn: VirtualPatients
    model: CompiledModel
    lethal: Floats
    hazard: Floats
    detectable: Floats
    density: Floats

    def start(self) -> Population:
        """Bring them to diagnosis, and tell the engine at which burden each one dies."""
        population = self.engine.start(self.founding, seed=self.seed, first=self.first)
        watch = population.watch
        watch.most[:], watch.hazard[:] = self.lethal, self.hazard
        watch.left[:] = np.log(2.0)  # without chance: when half would have died
        if self.engine.capabilities.chance and (self.hazard > 0.0).any():
            words = patient_streams(self.seed, self.first, watch.left.size, Purpose.COHORT)
            uniform = (words[:, 1] >> np.uint64(11)).astype(float) * 2.0**-53
            watch.left[:] = -np.log1p(-uniform)
        return population


class Cast:
    """All patients of a scenario, chunk by chunk.

    Parameters
    ----------
    scenario
        Loaded.
    engine
        Name of an engine that gives courses.
    followed
        Follow lineages from diagnosis on.
    settings
        Of the engine; see ``engines.registry.create``.

    Attributes
    ----------
    model : of the scenario's own numbers: names and types of every patient
    differ : whether patients differ in numbers or lesions
    """

    def __init__(
        self, scenario: Scenario, engine: str, *, followed: bool, settings: dict[str, Any]
    ) -> None:
        self._scenario, self._name = scenario, engine
        self._followed, self._settings = followed, settings
        self._drawing = Drawing(scenario)
        self.model = self._compiled(None)
        self.differ = bool(self._drawing.places)
        self._shared = None if self.differ else create(engine, self.model, **settings)

    @property
    def table_hash(self) -> str | None:
        """SHA-256 of the table that patients come from; None without one."""
        return self._drawing.table_hash

    def check(self) -> None:
        """Draw every patient once, so that none is refused in the midst of a run.

        Raises
        ------
        ScenarioError
            What is wrong, naming the patient.
        """
        self._refuse_names()
        if self.differ:
            self._drawing.check()
        for first in range(0, self._founded_apart(), CHECKED):
            drawn, known = self._beginning(first, min(CHECKED, self._founded_apart() - first))
            model = self._compiled(drawn.values) if self.differ else self.model
            founding_of(self._scenario, model, known)

    def _founded_apart(self) -> int:
        """How many patients to look at until every kind of first cell was seen."""
        number, model = self._scenario.patients.number, self.model
        if self._scenario.intrinsic is None and len(model.states) == len(model.niches) == 1:
            return 1
        return number if self.differ else min(number, CHECKED)

    def _refuse_names(self) -> None:
        """Refuse a covariate that would take the place of an outcome in the table."""
        taken = {"patient", *OUTCOMES, *(f"dose_{drug}" for drug in self.model.drugs)}
        for name in self._drawing.patients(0, 1).covariates:
            if name in taken:
                raise ScenarioError(
                    f"patients.covariates.{name}",
                    got=f"'{name}', a column of the outcome table",
                    expected="a name that no outcome has",
                    remedy=f"Call it '{name}_at_baseline', for instance.",
                )

    def _compiled(self, values: dict[str, Floats] | None) -> CompiledModel:
        model = compile_model(self._scenario, values)
        return with_origins(model) if self._followed else model

    def _beginning(self, first: int, count: int) -> tuple[VirtualPatients, Beginning]:
        drawn = self._drawing.patients(first, count)
        return drawn, beginning(self._scenario, first, count, drawn.values)

    def choose(self, first: int, count: int) -> Chosen:
        """Draw and compile patients ``first`` to ``first + count - 1``."""
        drawn, known = self._beginning(first, count)
        model, engine = self.model, self._shared
        if engine is None:
            model = self._compiled(drawn.values)
            engine = create(self._name, model, **self._settings)
        tumor, numbers = self._scenario.tumor, known.numbers
        given = self._scenario.endpoints.detectable
        density = numbers.at("tumor.cells_per_cm3", tumor.cells_per_cm3)
        return Chosen(
            first=first,
            seed=self._scenario.seed,
            engine=engine,
            founding=founding_of(self._scenario, model, known),
            lesions=known.lesions,
            carrying=known.carrying,
            drawn=drawn,
            model=model,
            lethal=numbers.at("tumor.lethal_at", tumor.lethal_at),
            hazard=numbers.at("tumor.lethal_hazard", tumor.lethal_hazard or 0.0),
            detectable=SMALLEST_SEEN_CM3 * density if given is None else np.array([given]),
            density=np.asarray(density, dtype=float),
        )
