"""One chunk of patients, from founding to outcomes.

Here: a chunk's table of outcomes and its recorded courses. Not here: how chunks are spread over
threads (``simulation.cohort``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from countermove.engines.branching import BranchingClones
from countermove.engines.contract import Population, Purpose
from countermove.engines.kernels.courses import Courses
from countermove.foundation.streams import patient_streams
from countermove.measurement import Relapsed, Watched, attribute, course
from countermove.results import outcome_table
from countermove.simulation.founding import carriers, found
from countermove.simulation.setup import Setup
from countermove.simulation.treatment_loop import Record, treat
from countermove.treatment import Histories, Limits, policy_of

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Patients ``first`` and on.

    Attributes
    ----------
    first : number of the first patient
    table : outcomes, one row each, index "patient"
    days : (times,) recorded
    cells : (kept, times, types); doses : (kept, times, drugs), of those whose courses are kept
    """

    first: int
    table: pd.DataFrame
    days: Floats
    cells: Floats
    doses: Floats
    clones: pd.DataFrame | None = None


def run_chunk(setup: Setup, first: int, count: int, keep: int) -> Chunk:
    """Run ``count`` patients from ``first`` on, keeping the courses of those below ``keep``."""
    scenario, engine = setup.scenario, setup.engine
    carrying = carriers(scenario, first, count)
    population = engine.start(
        found(scenario, setup.model, carrying), seed=scenario.seed, first=first
    )
    _watch_death(setup, population, first)
    kept = int(np.clip(keep - first, 0, count))
    population.courses = _courses(setup, population, kept)
    age = population.age[population.start[:-1]].copy()
    record = treat(
        engine,
        population,
        policy_of(setup.treatment, count),
        setup.calendar,
        histories=Histories(len(setup.model.drugs), count, scenario.treatment.start),
        limits=Limits(setup.treatment.limits, count),
        criteria=setup.criteria,
    )
    columns = _columns(setup, population, record)
    table = outcome_table({"age": age, "intrinsic_carrier": carrying, **columns}, first=first)
    clones = engine.clones(population, first) if isinstance(engine, BranchingClones) else None
    return Chunk(first, table, setup.record, population.courses.cells, record.doses, clones)


def _watch_death(setup: Setup, population: Population, first: int) -> None:
    """Tell the engine at which burden, or under which hazard, each patient dies."""
    tumor, watch = setup.scenario.tumor, population.watch
    watch.most[:] = tumor.lethal_at
    if tumor.lethal_hazard is not None:
        watch.hazard[:] = tumor.lethal_hazard
        watch.left[:] = np.log(2.0)  # without chance: when half would have died
        if setup.engine.capabilities.chance:
            words = patient_streams(setup.scenario.seed, first, watch.left.size, Purpose.COHORT)
            uniform = (words[:, 1] >> np.uint64(11)).astype(float) * 2.0**-53
            watch.left[:] = -np.log1p(-uniform)


def _courses(setup: Setup, population: Population, kept: int) -> Courses:
    """Room for the courses of the first patients."""
    tumors = int(population.start[kept])
    return Courses(
        setup.record,
        np.zeros((tumors, setup.record.size, setup.model.types)),
        np.zeros(kept, dtype=np.int64),
        setup.engine.capabilities.chance,
    )


def _columns(setup: Setup, population: Population, record: Record) -> dict[str, object]:
    scenario, watch = setup.scenario, population.watch
    seen = Watched(
        record.baseline, watch.lowest, population.burden, watch.fell, watch.rose, watch.ended
    )
    ends = course(seen, start=scenario.treatment.start, until=scenario.follow_up)
    why = attribute(
        setup.model,
        ends,
        Relapsed(
            watch.lowest_cells,
            watch.risen_cells,
            population.start,
            record.peaks,
            record.paused,
            setup.followed,
        ),
        mechanisms=[a.mechanism for a in scenario.alterations.values()],
    )
    ratio = np.divide(
        ends.nadir, ends.baseline, out=np.full(len(ends.nadir), np.nan), where=ends.baseline > 0.0
    )
    columns: dict[str, object] = {
        "baseline": ends.baseline,
        "nadir": ends.nadir,
        "best_response": ratio,
        "responded": ends.responded,
        "time_to_response": ends.time_to_response,
        "progressed": ends.progressed,
        "time_to_progression": ends.time_to_progression,
        "progression_free_survival": ends.progression_free_survival,
        "died": ends.died,
        "overall_survival": ends.overall_survival,
        "duration_of_response": ends.duration_of_response,
        "response_ended": ends.response_ended,
        "cured": ends.cured,
        "final": ends.final,
        "relapse_genotype": why.genotype,
        "relapse_mechanisms": why.mechanisms,
        "relapse_origin": why.origin,
        "relapse_route": why.route,
        "resistance": why.resistance,
        "lines": record.lines,
    }
    for number, drug in enumerate(setup.model.drugs):
        columns[f"dose_{drug}"] = record.given[:, number]
    return columns
