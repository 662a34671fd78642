"""The front door: a scenario in, runs out.

Here: ``simulate``. Not here: the loop, the cohort, or what is made of the results.
"""

from __future__ import annotations

import hashlib
import json
import operator
import secrets
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from countermove.foundation.arrays import Floats
from countermove.foundation.errors import CountermoveError
from countermove.model import Origin
from countermove.results import Runs, trajectory_dataset
from countermove.results.run_folder import RunFolder
from countermove.scenario import Scenario, scenario_hash, to_document
from countermove.scenario.library import scenario_of
from countermove.simulation.apart import Job
from countermove.simulation.bar import reporting
from countermove.simulation.chunk_store import ChunkStore
from countermove.simulation.cohort import Progress, run_chunks
from countermove.simulation.crews import check_crew, hire
from countermove.simulation.joining import join_tables
from countermove.simulation.patients import Chunk
from countermove.simulation.request import Request, check_whole, request
from countermove.simulation.setup import Setup, prepare
from countermove.simulation.shelf import check_store


def simulate(
    scenario: Scenario | str | Path,
    *,
    patients: int | None = None,
    seed: int | None = None,
    engine: str | None = None,
    every: float | None = None,
    keep: int = 1000,
    threads: int | None = None,
    workers: int | None = None,
    cluster: Any = None,
    longest_leap: float | None = None,
    origins: bool | Literal["auto"] = "auto",
    clones: bool = False,
    allow_python: bool = False,
    out: str | Path | None = None,
    store: str | None = None,
    overwrite: bool = False,
    progress: Progress | bool | None = None,
    chunk: int | None = None,
) -> Runs:
    """Simulate a cohort of a scenario's patients.

    Parameters
    ----------
    scenario
        A scenario, a file of one, or the name of a shipped example.
    patients, seed, engine
        Override the scenario's own.
    every
        Days between recorded times; about 14 by default.
    keep
        Patients, from the first, whose courses are kept; outcomes are kept for all.
    threads
        The machine's cores by default. Results do not depend on it, nor on ``chunk``.
    workers
        Processes to use in place of threads; of a local cluster, its workers.
    cluster
        ``"local"``, the address of a Dask scheduler, a Dask client or a Dask cluster whose workers
        are to compute; with ``out``, a folder that they share.
    longest_leap
        Days; the engine's own by default.
    origins
        Whether to follow where lineages came from: relapse attribution needs it to tell cells
        that were there at diagnosis from those that arose later.
    clones
        Whether to record every clone, with its parent and time of birth: slower, and much to keep
        where mutation is frequent.
    allow_python
        Whether the function that ``treatment.python`` names may be imported and run.
    out
        Folder in which each finished chunk is kept at once: an interrupted run of the same scenario
        goes on from there. `Runs.save` to the same folder clears them.
    store
        URL of a store that fsspec reaches, as ``"s3://bucket/folder"``, to which finished chunks go
        in place of ``out``; they stay there.
    overwrite
        Whether ``out`` may hold another finished run, whose place this one will take.
    progress
        A line of progress is shown where standard error is a terminal or a notebook; False shows
        none. A function is called instead with (patients done, patients in all).

    Returns
    -------
    Runs

    Raises
    ------
    ScenarioError
        A value is out of range, the engine cannot run the scenario, or a cluster does not answer.
    OutputError
        ``out`` cannot be written, holds another finished run, or another call is at work in it.
    EngineFailure
        The engine did not reach a result it can answer for; the remedy says what to change.

    Examples
    --------
    >>> import countermove as cm
    >>> runs = cm.simulate("one_drug_then_relapse", patients=4, progress=False)
    >>> len(runs.outcomes()), bool(runs.outcomes()["progressed"].all())
    (4, True)
    """
    asked = request(
        scenario_of(scenario),
        patients=patients,
        seed=seed,
        engine=engine,
        every=every,
        keep=keep,
        longest_leap=longest_leap,
        origins=origins,
        clones=clones,
        allow_python=allow_python,
    )
    scenario, record, chosen = asked.scenario, asked.record, asked.choice.engine
    check_whole(chunk, "chunk", 1)
    check_crew(threads, workers, cluster)
    check_store(store, out)
    if out is not None:
        RunFolder(out).claim(asked.run, overwrite=overwrite)
    settings = {"every": every, "longest_leap": longest_leap, "origins": origins}
    settings |= {"clones": asked.settings["clones"], "chunk": chunk}
    setup = prepare(scenario, chosen, **settings)
    setup.cast.check()
    record = {**record, "origins": "followed" if setup.followed else "not followed"}
    job = _job(asked, setup, settings, (out, store))
    means = {"threads": threads, "workers": workers, "cluster": cluster}
    kept = None if out is None else ChunkStore(Path(out), job.key, asked.run, store)
    size, count = setup.chunk, asked.count
    spans = [(first, min(size, count - first)) for first in range(0, count, size)]
    try:
        with kept.opened() if kept else nullcontext(), reporting(progress) as report:
            crew = hire(setup, job, kept, **means)
            result = list(run_chunks(spans, crew, report))
    except (CountermoveError, OSError):
        if kept:
            kept.leave()
        raise
    result.sort(key=operator.attrgetter("first"))
    kinds = [chunk.clones for chunk in result if chunk.clones is not None]
    return Runs(
        _trajectories(setup, result),
        join_tables(result),
        record,
        to_document(scenario),
        pd.concat(kinds, ignore_index=True) if kinds else None,
        pd.concat([chunk.visits for chunk in result], ignore_index=True),
    )


def _job(
    asked: Request,
    setup: Setup,
    settings: dict[str, Any],
    place: tuple[str | Path | None, str | None],
) -> Job:
    """Gather what another process must know, and the key of all that decides the results."""
    out, store = place
    scenario, engine, table = asked.scenario, asked.choice.engine, setup.cast.table_hash
    key = [scenario_hash(scenario), engine, setup.chunk, setup.model.types, asked.settings]
    key += [table, asked.record["versions"]]  # another version may draw other numbers
    return Job(
        name=secrets.token_hex(8),
        scenario=scenario,
        engine=engine,
        settings=settings,
        keep=asked.keep,
        table_hash=table,
        out=None if out is None else str(Path(out).resolve()),
        key=hashlib.sha256(json.dumps(key, default=str).encode()).hexdigest(),
        store=store,
    )


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
        lesions=_lesions(kept),
    )


def _lesions(chunks: list[Chunk]) -> Floats | None:
    """(patients, times, lesions) of all chunks; None where every patient has one."""
    most = max((chunk.lesions.shape[2] for chunk in chunks), default=0)
    if most == 0:
        return None
    parts = []
    for chunk in chunks:
        own = chunk.lesions if chunk.lesions.shape[2] else chunk.cells.sum(axis=2)[:, :, None]
        room = ((0, 0), (0, 0), (0, most - own.shape[2]))
        parts.append(np.pad(own, room, constant_values=np.nan))
    return np.concatenate(parts)


def _stack(parts: list[Floats], empty: tuple[int, ...]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(empty)


def _names(names: tuple[str, ...], index: NDArray[np.int64]) -> NDArray[np.str_]:
    return np.array(names)[index]
