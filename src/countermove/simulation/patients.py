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
from countermove.measurement import attribute, course
from countermove.simulation.founding import carriers, found
from countermove.simulation.setup import Setup
from countermove.simulation.treatment_loop import Record, treat
from countermove.treatment import Histories, Limits, policy_of

Floats = NDArray[np.float64]
WORDS = ("relapse_genotype", "relapse_mechanisms", "relapse_origin", "relapse_route", "resistance")


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
    scenario = setup.scenario
    carrying = carriers(scenario, first, count)
    population = setup.engine.start(
        found(scenario, setup.model, carrying), seed=scenario.seed, first=first
    )
    age = population.age.copy()
    record = treat(
        setup.engine,
        population,
        policy_of(scenario, count),
        setup.calendar,
        histories=Histories(setup.courses, count, scenario.treatment.start),
        limits=Limits(scenario, count),
    )
    table = _table(setup, record, first)
    table.insert(0, "age", age)
    table.insert(1, "intrinsic_carrier", carrying)
    kept = int(np.clip(keep - first, 0, count))
    engine = setup.engine
    clones = engine.clones(population, first) if isinstance(engine, BranchingClones) else None
    courses = (record.cells[:kept].copy(), record.doses[:kept].copy())
    return Chunk(first, table, record.days, *courses, clones)


def _table(setup: Setup, record: Record, first: int) -> pd.DataFrame:
    scenario = setup.scenario
    begin = int(np.searchsorted(record.days, scenario.treatment.start - 1e-6))
    days = record.days[begin:] - record.days[begin]
    cells = record.cells[:, begin:]
    ends = course(cells.sum(axis=2), days, setup.criteria)
    why = attribute(
        setup.model,
        cells,
        ends,
        peaks=record.peaks[:, begin:],
        mechanisms=[a.mechanism for a in scenario.alterations.values()],
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(ends.baseline > 0.0, ends.nadir / ends.baseline, np.nan)
    columns: dict[str, object] = {
        "baseline": ends.baseline,
        "nadir": ends.nadir,
        "best_response": ratio,
        "responded": ends.responded,
        "time_to_response": ends.time_to_response,
        "progressed": ends.progressed,
        "time_to_progression": ends.time_to_progression,
        "followed": np.full(len(ratio), days[-1]),
        "duration_of_response": ends.duration_of_response,
        "response_ended": ends.response_ended,
        "cured": ends.cured,
        "time_to_lethal": ends.time_to_lethal,
        "final": ends.final,
        "relapse_genotype": why.genotype,
        "relapse_mechanisms": why.mechanisms,
        "relapse_origin": why.origin,
        "relapse_route": why.route,
        "resistance": why.resistance,
        "lines": record.changes,
    }
    for number, drug in enumerate(setup.model.drugs):
        columns[f"dose_{drug}"] = record.given[:, number]
    index = pd.RangeIndex(first, first + len(ratio), name="patient")
    table = pd.DataFrame(columns, index=index)
    return table.astype({name: "str" for name in WORDS}).astype({n: "category" for n in WORDS})
