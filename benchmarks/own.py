"""countermove on jobs S1 to S3, and the limits that it is measured against.

Here: seconds of processor time on one core, compile time excluded; correctness beside speed. Not
here: peers (``benchmarks.peers``), S4 (``benchmarks.s4``), whole commands (``benchmarks.whole``).
"""

import time

import numba
import numpy as np

from benchmarks.network import BIRTH, DEATH, KILL, S1_DAYS, S1_MUTATION, S2_MUTATION, S2_RESISTANT
from countermove.engines.branching import Branching
from countermove.engines.contract import Founding
from countermove.engines.kernels.birth_death import FIELDS, descend, fill_flow
from countermove.model import CompiledModel, Exposure, compile_model
from countermove.model.arrays import Dosing
from countermove.scenario import loads

NOWHERE = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
TURNS = 3
HEAD = "countermove: 1\nname: benchmark\ntreatment: {policy: none}\nfollow_up: 3 years\n"
S2_TEXT = f"""
countermove: 1
name: S2
tumor: {{birth: {BIRTH} /day, death: {DEATH} /day, diagnosed_at: 1e9 cells}}
drugs: {{A: {{kill: {KILL} /day}}, B: {{kill: {KILL} /day}}}}
combine: highest
alterations:
  RA: {{mechanism: target, drug: A, rate: MUTATION}}
  RB: {{mechanism: target, drug: B, rate: MUTATION}}
treatment: {{policy: combination, drugs: [A, B]}}
follow_up: 3 years
"""
S3_TEXT = (
    HEAD
    + "tumor: {birth: 0.14 /day, death: 0.1 /day, start: {cells: 1e8}, "
    + "growth: {law: logistic, capacity: 2e8 cells}}\n"
    + "drugs: {A: {kill: 0.1 /day, ec50: 1 uM, levels: 5 uM}}\nalterations:\n"
    + "".join(
        f"  r{i}: {{mechanism: target, drug: A, fold: 3, rate: {S2_MUTATION}, cost: 0.02}}\n"
        for i in range(6)
    )
    + "states: {dormant: {enter: 0.01 /day, leave: 0.05 /day, birth: 0, death: 0.1, "
    + "protection: 1}}\n"
)


VARIED = """
patients:
  vary:
    tumor.birth: {lognormal_cv: 0.005}
    drugs.A.kill: {lognormal_cv: 0.2}
    drugs.B.kill: {lognormal_cv: 0.2}
    alterations.RA.rate: {lognormal_cv: 0.3}
    drugs.A.levels.half_life: {lognormal_cv: 0.3}
"""


def s2_dosed(*, varied: bool) -> str:
    """S2 whose drug A is dosed daily; varied, its half-life and four other numbers differ."""
    levels = "levels: {kind: one_compartment, dose: 8, every: 1 day, half_life: 1 day}"
    dosed = S2_TEXT.replace(f"A: {{kill: {KILL} /day}}", f"A: {{kill: {KILL} /day, {levels}}}")
    return dosed + (VARIED if varied else "")


def s2_model(mutation: float = S2_MUTATION) -> CompiledModel:
    """Compile the two-drug lesion: types S, RA, RB, RAB."""
    return compile_model(loads(S2_TEXT.replace("MUTATION", repr(mutation))))


def given(counts: np.ndarray, patients: int) -> Founding:
    """Patients who start with the same counts."""
    return Founding(
        np.zeros(patients, np.int64), np.ones(patients), np.tile(counts, (patients, 1)), NOWHERE
    )


def grown(size: float, patients: int) -> Founding:
    """Patients whose tumors grow from one cell."""
    return Founding(np.zeros(patients, np.int64), np.full(patients, size), None, NOWHERE)


def course(days: float, multiples: list[float], period: float | None = None) -> Exposure:
    """One multiple of each drug's level for some days; with a period, on and off in turn."""
    starts = np.arange(0.0, days, 2.0 * period) if period else np.zeros(1)
    ends = np.minimum(starts + period, days) if period else np.full(1, np.inf)
    rows = [
        (drug, since, until, multiple)
        for drug, multiple in enumerate(multiples)
        for since, until in zip(starts, ends, strict=True)
        if multiple > 0.0
    ]
    table = np.array(rows, dtype=float).reshape(-1, 4).T
    dosing = Dosing(table[0].astype(np.int64), *(column.copy() for column in table[1:]))
    return Exposure(0.0, days, dosing)


def timed(model: CompiledModel, founding: Founding, exposure: Exposure | None, leap: float = 30.0):
    """(best patients/s/core of a few turns, cells at diagnosis, cells at the end)."""
    patients, best = founding.founder.size, 0.0
    for turn in range(TURNS + 1):  # the first compiles
        few = founding if turn else _first(founding)
        engine = Branching(model, longest_leap=leap)
        begin = time.thread_time()
        population = engine.start(few, seed=turn, first=0)
        at_diagnosis = population.cells.copy()
        if exposure is not None:
            engine.advance(population, exposure, np.arange(few.founder.size))
        if turn:
            best = max(best, patients / (time.thread_time() - begin))
    return best, at_diagnosis, population.cells


def _first(founding: Founding) -> Founding:
    cells = None if founding.cells is None else founding.cells[:2]
    return Founding(founding.founder[:2], founding.size[:2], cells, founding.scatter)


def share(hits: np.ndarray) -> str:
    """Return a share with its standard error, as text."""
    p = hits.mean()
    return f"{p:.4f} +- {np.sqrt(p * (1 - p) / hits.size):.4f}"


def run_s1(patients: int) -> dict:
    """One cell for 657 days: runs/s and the share alive."""
    text = (
        HEAD + f"tumor: {{birth: {BIRTH}, death: {DEATH}, start: {{cells: 1}}}}\n"
        "drugs: {A: {kill: 0.1}}\n"
        f"alterations: {{R: {{mechanism: target, drug: A, rate: {S1_MUTATION}}}}}\n"
    )
    speed, _, end = timed(
        compile_model(loads(text)), given(np.array([1.0, 0.0]), patients), course(S1_DAYS, [0.0])
    )
    return {"per_s": speed, "alive": share(end.sum(axis=1) > 0)}


def run_s2_treatment(patients: int) -> dict:
    """Three years of A+B from given counts."""
    counts = np.array([1e9, S2_RESISTANT, S2_RESISTANT, 0.0])
    both = course(1095.0, [1.0, 1.0])
    speed, _, end = timed(s2_model(), given(counts, patients), both)
    return {"per_s": speed, "extinct": share(end.sum(axis=1) == 0)}


def run_s2_full(patients: int, mutation: float = S2_MUTATION, leap: float = 30.0) -> dict:
    """Growth from one cell to 1e9, then three years of A+B."""
    both = course(1095.0, [1.0, 1.0])
    speed, start, end = timed(s2_model(mutation), grown(1e9, patients), both, leap)
    return {
        "per_s": speed,
        "double mutant at 1e9": share(start[:, -1] > 0),
        "cured": share(end.sum(axis=1) == 0),
    }


def run_s3(patients: int, leap: float = 30.0) -> dict:
    """Run 128 types under crowding, switching and a pulsed drug for two years."""
    model = compile_model(loads(S3_TEXT))
    counts = np.zeros(model.types)
    counts[0] = 1e8
    speed, _, end = timed(model, given(counts, patients), course(730.0, [1.0], 30.0), leap)
    total = end.sum(axis=1)
    note = f"{total.mean():.4g} +- {total.std() / np.sqrt(patients):.1g}"
    return {"per_s": speed, "cells": note, "types": model.types}


@numba.njit(error_model="numpy")
def _steps(state, cells, flow, number):
    total = 0.0
    for _ in range(number):
        total += descend(state, cells, flow)
    return total


def bare_draws(number: int = 1_000_000) -> dict[str, float]:
    """Exact birth-death steps/s/core: what any code built of these draws cannot pass."""
    state, flow = np.array([1, 2, 3, 4], dtype=np.uint64), np.empty(FIELDS)
    fill_flow(flow, BIRTH, DEATH, 0.0, 30.0)
    found = {}
    for cells in (1.0, 20.0, 1e9):
        _steps(state, cells, flow, 10)
        best = 0.0
        for _ in range(TURNS):
            begin = time.thread_time()
            _steps(state, cells, flow, number)
            best = max(best, number / (time.thread_time() - begin))
        found[f"{cells:.0g}"] = best
    return found
