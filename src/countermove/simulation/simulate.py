"""The front door: a scenario in, runs out.

Here: ``simulate``. Not here: the loop, the cohort, or what is made of the results.
"""

from __future__ import annotations

import hashlib
import json
import operator
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from countermove.foundation.errors import OutputError, ScenarioError
from countermove.model import Origin
from countermove.results import Runs, provenance, trajectory_dataset
from countermove.scenario import Scenario, replace, scenario_hash, to_document
from countermove.simulation.choose import choose
from countermove.simulation.chunk_store import ChunkStore
from countermove.simulation.cohort import Progress, run_chunks
from countermove.simulation.patients import Chunk
from countermove.simulation.setup import Setup, prepare

Floats = NDArray[np.float64]


def simulate(
    scenario: Scenario,
    *,
    patients: int | None = None,
    seed: int | None = None,
    engine: str | None = None,
    every: float | None = None,
    keep: int = 1000,
    threads: int | None = None,
    longest_leap: float | None = None,
    origins: bool | Literal["auto"] = "auto",
    clones: bool = False,
    out: str | Path | None = None,
    progress: Progress | None = None,
    chunk: int | None = None,
) -> Runs:
    """Simulate a cohort of a scenario's patients.

    Parameters
    ----------
    scenario
        A loaded scenario.
    patients, seed, engine
        Override the scenario's own.
    every
        Days between recorded times; about 14 by default.
    keep
        Patients, from the first, whose courses are kept; outcomes are kept for all.
    threads
        The machine's cores by default. Results do not depend on it, nor on ``chunk``.
    longest_leap
        Days; the engine's own by default.
    origins
        Whether to follow where lineages came from: relapse attribution needs it to tell cells
        that were there at diagnosis from those that arose later.
    clones
        Whether to record every clone, with its parent and time of birth: slower, and much to keep
        where mutation is frequent.
    out
        Folder in which each finished chunk is kept at once: an interrupted run of the same scenario
        goes on from there.
    progress
        Called with (patients done, patients in all).

    Returns
    -------
    Runs

    Raises
    ------
    ScenarioError
        A value is out of range, or the engine cannot run the scenario.
    OutputError
        ``out`` cannot be written.
    """
    changes: dict[str, object] = {}
    if patients is not None:
        changes["patients.number"] = patients
    if seed is not None:
        changes["seed"] = seed
    if changes:
        scenario = replace(scenario, changes)
    _check(every, "every", scenario.follow_up)
    _check(longest_leap, "longest_leap", np.inf)
    for name, value in (("keep", keep), ("threads", threads), ("chunk", chunk)):
        _check_whole(value, name, 0 if name == "keep" else 1)
    choice = choose(scenario, engine)
    setup = prepare(
        scenario,
        choice.engine,
        every=every,
        longest_leap=longest_leap,
        origins=origins,
        clones=clones and choice.engine == "branching",
        chunk=chunk,
    )
    count = 1 if choice.engine == "mean_field" else scenario.patients.number
    keep = min(keep, count)
    settings = {"every": every, "longest_leap": longest_leap, "keep": keep, "clones": clones}
    record = provenance(
        to_document(scenario),
        seed=scenario.seed,
        engine=choice.engine,
        why_not=choice.against,
        settings=settings,
        criterion=scenario.criterion,
        origins="followed" if setup.followed else "not followed",
    )
    store = None
    if out is not None:
        key = [scenario_hash(scenario), choice.engine, setup.chunk, setup.model.types, settings]
        key.append(record["versions"])  # another version may draw other numbers
        store = ChunkStore(
            Path(out), hashlib.sha256(json.dumps(key, default=str).encode()).hexdigest()
        )
    try:
        found = list(
            run_chunks(setup, count, keep, threads=threads, store=store, progress=progress)
        )
    except OutputError:
        if store:
            store.leave()
        raise
    found.sort(key=operator.attrgetter("first"))
    kinds = [chunk.clones for chunk in found if chunk.clones is not None]
    return Runs(
        _trajectories(setup, found),
        _join(found),
        record,
        to_document(scenario),
        pd.concat(kinds, ignore_index=True) if kinds else None,
    )


def _check(value: float | None, where: str, most: float) -> None:
    if value is not None and not (np.isfinite(value) and 0.0 < value <= most):
        raise ScenarioError(
            where,
            got=f"{value!r} days",
            expected=f"more than 0{f' and at most {most:g}' if np.isfinite(most) else ''} days",
        )


def _check_whole(value: int | None, where: str, least: int) -> None:
    if value is not None and (isinstance(value, bool) or value != int(value) or value < least):
        raise ScenarioError(where, got=repr(value), expected=f"a whole number of at least {least}")


def _join(chunks: list[Chunk]) -> pd.DataFrame:
    tables = [chunk.table for chunk in chunks]
    for name in tables[0].columns[tables[0].dtypes == "category"]:
        known = sorted(set().union(*(table[name].cat.categories for table in tables)))
        for table in tables:
            table[name] = table[name].cat.set_categories(known)
    return pd.concat(tables)


def _trajectories(setup: Setup, chunks: list[Chunk]) -> xr.Dataset:
    model = setup.model
    kept = [chunk for chunk in chunks if len(chunk.cells)]
    shape = (0, chunks[0].days.size)
    arisen = (model.origin & Origin.ARISEN.value) > 0
    came = np.where(arisen, "arisen under treatment", "at diagnosis")
    return trajectory_dataset(
        _stack([c.cells for c in kept], (*shape, model.types)),
        _stack([c.doses for c in kept], (*shape, len(model.drugs))),
        time=chunks[0].days,
        names={
            "type": model.type_names,
            "genotype": _names(model.genotypes.names, model.genotype),
            "state": _names(model.states, model.state),
            "niche": _names(model.niches, model.niche),
            "origin": came if setup.followed else np.full(came.shape, "not followed"),
            "drug": model.drugs,
        },
    )


def _stack(parts: list[Floats], empty: tuple[int, ...]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(empty)


def _names(names: tuple[str, ...], index: NDArray[np.int64]) -> NDArray[np.str_]:
    return np.array(names)[index]
