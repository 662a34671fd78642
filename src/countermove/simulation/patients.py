"""One chunk of patients, from founding to outcomes.

Here: a chunk's table of outcomes and its recorded courses. Not here: how chunks are spread over
threads (``simulation.cohort``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from countermove.engines.contract import Population, RecordsClones
from countermove.engines.kernels.courses import Courses, room_for
from countermove.foundation.arrays import Floats
from countermove.measurement import (
    Clinic,
    Moves,
    Relapsed,
    Truth,
    Watched,
    attribute,
    clinical_columns,
    course,
    guide_floor,
    scans_on_drug,
    visit_table,
)
from countermove.results import outcome_table
from countermove.simulation.belief import Belief, Plan
from countermove.simulation.cast import Chosen
from countermove.simulation.dose_table import with_doses
from countermove.simulation.dying import DeathRates
from countermove.simulation.setup import Setup
from countermove.simulation.treatment_loop import Record, treat
from countermove.treatment import CompiledTreatment, Histories, Limits, LookAhead, policy_of
from countermove.treatment.rules import eligible


@dataclass(frozen=True, slots=True)
class Chunk:
    """Patients ``first`` and on.

    Attributes
    ----------
    first : number of the first patient
    table : outcomes, one row each, index "patient"
    days : (times,) recorded
    cells : (kept, times, types); doses : (kept, times, drugs), of those whose courses are kept
    visits : what visits read of the kept, and their doses; see `measurement.visit_table` and
        `simulation.dose_table`
    lesions : (kept, times, most lesions) cells of each lesion, nan where there is none; or no
        lesions, where every patient has one
    """

    first: int
    table: pd.DataFrame
    days: Floats
    cells: Floats
    doses: Floats
    lesions: Floats
    visits: pd.DataFrame
    clones: pd.DataFrame | None = None


def run_chunk(setup: Setup, first: int, count: int, keep: int) -> Chunk:
    """Run ``count`` patients from ``first`` on, keeping the courses of those below ``keep``."""
    chosen = setup.cast.choose(first, count)
    population = chosen.start()
    kept = int(np.clip(keep - first, 0, count))
    population.courses = _courses(setup, population, kept)
    treatment = _with_floors(setup.treatment, setup, chosen)
    histories = Histories(len(setup.model.drugs), count, treatment.start)
    clinic = _clinic(setup, population, chosen, histories)
    policy = policy_of(treatment, count, first)
    belief = _belief(setup, first, count)
    if isinstance(policy, LookAhead):
        policy.rollout = belief
    record = treat(
        chosen.engine,
        population,
        policy,
        setup.calendar,
        histories=histories,
        limits=Limits(treatment.limits, count),
        criteria=replace(setup.criteria, detectable=chosen.detectable),
        clinic=clinic,
        rollout=belief,
    )
    moves = _moves(setup, population, record, clinic)
    seen = clinical_columns(clinic, moves, molecular=setup.molecular)
    enrolled = {"eligible": eligible(setup.eligible, clinic.baseline, count)}
    table = outcome_table(
        _columns(setup, population, record, chosen) | seen | enrolled,
        first=first,
        drawn={**chosen.drawn.values, **chosen.drawn.covariates},
    )
    engine = chosen.engine
    clones = engine.clones(population, first) if isinstance(engine, RecordsClones) else None
    courses = _by_patient(population, kept)
    visits = with_doses(
        visit_table(clinic, moves, kept=kept, first=first),
        histories,
        setup.model.drugs,
        ended=moves.ended[:kept],
        first=first,
    )
    kept_courses = (courses[0], record.doses, courses[1])
    return Chunk(first, table, setup.record, *kept_courses, visits, clones)


def _with_floors(treatment: CompiledTreatment, setup: Setup, chosen: Chosen) -> CompiledTreatment:
    """Give a treatment the least that these patients' visits can see, in the unit of its guide."""
    floor = guide_floor(treatment.guide, setup.instruments, chosen.detectable, chosen.density)
    later = treatment.later
    after = None if later is None else _with_floors(later, setup, chosen)
    return replace(treatment, floor=floor, later=after)


def _belief(setup: Setup, first: int, count: int) -> Belief | None:
    """Make what a policy that looks ahead may believe of these patients; None for others."""
    ahead = setup.treatment.ahead
    if ahead is None or setup.believed is None:
        return None
    plan = Plan(ahead.futures, ahead.objective, setup.criteria.progression)
    start = setup.treatment.start
    return Belief(setup.believed, setup.instruments, plan, (first, count), start)


def _clinic(setup: Setup, population: Population, chosen: Chosen, histories: Histories) -> Clinic:
    """Make the clinic that sees these patients and nothing more."""
    lesions, visits = chosen.lesions, population.courses.visits
    told = np.array([name != "" for name in lesions.organs], dtype=np.bool_)
    truth = Truth(
        days=visits.days,
        cells=visits.cells,
        start=population.start,
        organ=np.where(told[lesions.organ], lesions.organ, -1),
        density=chosen.density,
        ended=population.watch.ended,
        death_rates=DeathRates(chosen.model, histories),
    )
    return Clinic(setup.instruments, truth, seed=chosen.seed, first=chosen.first)


def _moves(setup: Setup, population: Population, record: Record, clinic: Clinic) -> Moves:
    """Gather what was given, as the clinic's own records have it."""
    counted = since = None
    if setup.criteria.criterion == "on_drug":
        days, cycle = clinic.visits["imaging"].day, setup.criteria.cycle
        counted, since = scans_on_drug(days, record.on_drug, cycle=cycle)
    return Moves(
        setup.treatment.start,
        setup.treatment.until,
        population.watch.ended,
        record.begun,
        record.drug_free,
        record.last_dose,
        counted,
        since,
    )


def _courses(setup: Setup, population: Population, kept: int) -> Courses:
    """Room for the courses of the first patients, and for what visits may see of all."""
    tumors, types, whole = int(population.start[kept]), setup.model.types, setup.able.chance
    patients, every = population.start.size - 1, len(population.cells)
    return Courses(
        room_for(setup.record, (kept, tumors, types), whole=whole),
        room_for(setup.instruments.days, (patients, every, types), whole=whole),
    )


def _by_patient(population: Population, kept: int) -> tuple[Floats, Floats]:
    """Kept courses of patients, (kept, times, types), and of lesions, (kept, times, lesions)."""
    cells, start = population.courses.asked.cells, population.start
    times, most = cells.shape[1], int(np.diff(start).max(initial=1))
    if most == 1 or kept == 0:
        return cells, np.zeros((kept, times, 0))
    owner = np.repeat(np.arange(kept), np.diff(start[: kept + 1]))
    lesions = np.full((kept, times, most), np.nan)
    lesions[owner, :, np.arange(len(owner)) - start[owner]] = cells.sum(axis=2)
    return np.add.reduceat(cells, start[:kept], axis=0), lesions


def _columns(
    setup: Setup, population: Population, record: Record, chosen: Chosen
) -> dict[str, object]:
    treatment, watch = setup.treatment, population.watch
    seen = Watched(
        record.baseline, watch.lowest, population.burden, watch.fell, watch.rose, watch.ended
    )
    ends = course(seen, start=treatment.start, until=treatment.until)
    relapsed = Relapsed(
        watch.lowest_cells,
        watch.risen_cells,
        population.start,
        record.peaks,
        record.paused,
        setup.followed,
    )
    why = attribute(chosen.model, ends, relapsed, mechanisms=setup.mechanisms)
    ratio = np.divide(
        ends.nadir, ends.baseline, out=np.full(len(ends.nadir), np.nan), where=ends.baseline > 0.0
    )
    columns: dict[str, object] = {
        "tumor_age": np.maximum.reduceat(population.age, population.start[:-1]),
        "intrinsic_carrier": chosen.carrying,
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
        **_lesion_columns(population, record, chosen, why.lesion),
    }
    for number, drug in enumerate(setup.model.drugs):
        columns[f"dose_{drug}"] = record.given[:, number]
    return columns


def _lesion_columns(
    population: Population, record: Record, chosen: Chosen, carrier: NDArray[np.int64]
) -> dict[str, object]:
    """Totals, the largest and new ones, of each patient's lesions."""
    first, now = population.start[:-1], population.cells.sum(axis=1)
    seen_at = np.broadcast_to(chosen.detectable, first.shape)[chosen.lesions.patient]
    new = (record.lesion_baseline < seen_at) & (now >= seen_at)
    names = np.array(["", *chosen.lesions.names], dtype=object)
    return {
        "lesions": np.diff(population.start),
        "largest_lesion": np.maximum.reduceat(chosen.lesions.size, first),
        "lesions_left": np.add.reduceat((now > 0.0).astype(np.int64), first),
        "new_lesions": np.add.reduceat(new.astype(np.int64), first),
        "relapse_lesion": names[carrier + 1],
    }
