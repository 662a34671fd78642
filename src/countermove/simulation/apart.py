"""Chunks computed in other processes, each written by whoever computed it.

Here: what another process is told, what it does, processes of this machine. Not here: a Dask
cluster (``simulation.cluster``), where chunks lie (``simulation.chunk_store``).
"""

from __future__ import annotations

import os
import signal
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from countermove.foundation.errors import EngineFailure, ScenarioError
from countermove.foundation.processes import worker_context
from countermove.results.provenance import versions
from countermove.scenario import Scenario
from countermove.simulation.chunk_store import ChunkStore
from countermove.simulation.cohort import Answer
from countermove.simulation.patients import Chunk, run_chunk
from countermove.simulation.setup import Setup, prepare

TRIES = 5  # times that a chunk may end with its process before the run stops
PATIENCE = 5.0  # seconds until a file that a worker wrote is seen on a shared disk


@dataclass(frozen=True, slots=True)
class Job:
    """A run, as another process is told of it.

    Attributes
    ----------
    name : of this call, no other has it
    scenario, engine, settings : what `prepare` is given
    keep : patients, from the first, who keep their courses
    table_hash : of the table that patients come from; None without one
    out, key : folder of the chunks and their key; None where chunks are sent back
    store : URL of where chunks go in place of the folder; None for the folder
    """

    name: str
    scenario: Scenario
    engine: str
    settings: dict[str, Any]
    keep: int
    table_hash: str | None
    out: str | None
    key: str
    store: str | None = None


_lock = threading.Lock()
_known: dict[str, tuple[Setup, ChunkStore | None]] = {}


def work_apart(job: Job, told: dict[str, str], first: int, count: int) -> Chunk | None:
    """Compute a chunk in this process and keep it.

    Parameters
    ----------
    job
        The run.
    told
        Versions of the packages where the run was begun.
    first, count
        The patients.

    Returns
    -------
    The chunk where there is no folder to keep it in; else None: it is in the folder.

    Raises
    ------
    ScenarioError
        Versions or the table of patients are others here.
    OutputError
        The folder is not shared, or cannot be written.
    """
    with _lock:
        if job.name not in _known:
            refuse_versions({"this process": versions()}, told)
            _known.clear()
            _known[job.name] = _prepared(job)
        setup, store = _known[job.name]
    if store is None:
        return run_chunk(setup, first, count, job.keep)
    if not store.has(first, count):
        store.save(run_chunk(setup, first, count, job.keep))
    return None


def _prepared(job: Job) -> tuple[Setup, ChunkStore | None]:
    setup = prepare(job.scenario, job.engine, **job.settings)
    if setup.cast.table_hash != job.table_hash:
        raise ScenarioError(
            "patients.table",
            got="a table that reads otherwise where a worker is",
            expected="the same file for all workers",
            remedy="Put it on a disk that all of them see by the same path.",
        )
    if job.out is None:
        return setup, None
    store = ChunkStore(Path(job.out), job.key, url=job.store)
    store.join()
    return setup, store


def refuse_versions(found: dict[str, dict[str, str]], told: dict[str, str]) -> None:
    """Refuse workers that would draw other numbers.

    Parameters
    ----------
    found
        Versions of the packages by worker.
    told
        Those of this process.

    Raises
    ------
    ScenarioError
        They differ; both are named.
    """
    for worker, have in found.items():
        for name, version in told.items():
            if have.get(name) != version:
                raise ScenarioError(
                    "cluster",
                    got=f"{name} {have.get(name, 'unknown')} on the worker {worker}",
                    expected=f"{name} {version}, as here",
                    remedy="Install the same on both sides: others may draw other numbers.",
                )


class Apart(ABC):
    """What processes and clusters have in common: finished chunks are read by the client.

    Parameters
    ----------
    job
        The run.
    store
        Opened by this process; None where chunks are sent back.
    """

    def __init__(self, job: Job, store: ChunkStore | None) -> None:
        self._job, self._store = job, store
        self._told = versions()
        self._lost: Counter[int] = Counter()

    def submit(self, first: int, count: int) -> Answer:
        """Have a chunk computed, unless it is there."""
        result = self._store.load(first, count) if self._store else None
        if result is None:
            return self._send(first, count)
        answer: Answer = Future()
        answer.set_result(result)
        return answer

    @abstractmethod
    def _send(self, first: int, count: int) -> Answer:
        """Hand a chunk to a worker."""

    def _written(self, first: int, count: int) -> Chunk | None:
        """Read a chunk that a worker wrote; None where it must be computed again.

        Raises
        ------
        OutputError
            It is never there.
        """
        assert self._store is not None
        until = time.monotonic() + PATIENCE
        while (result := self._store.load(first, count)) is None and time.monotonic() < until:
            time.sleep(0.1)
        self._lost[first] += result is None
        if self._lost[first] > 1:
            raise self._store.unshared("where a chunk that a worker wrote is not seen")
        return result


class Processes(Apart):
    """Processes of this machine, each of one thread.

    One that is killed loses the chunk it was at, which another computes.

    Parameters
    ----------
    job, store
        See `Apart`.
    workers
        How many.
    """

    def __init__(self, job: Job, store: ChunkStore | None, workers: int) -> None:
        super().__init__(job, store)
        self._workers = workers
        self._died: Counter[int] = Counter()
        self._under_way: set[Answer] = set()
        self._start()

    def _start(self) -> None:
        context = worker_context("countermove.simulation.apart")
        told_by, self._line = context.Pipe(duplex=False)  # its end here closes with this process
        serve = {"initializer": _serve, "initargs": (told_by,)}
        self._pool = ProcessPoolExecutor(self._workers, context, **serve)

    def _end(self) -> None:
        """End the processes, also one that waits for a lock that a killed one held."""
        self._line.close()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def room(self) -> int:
        """Twice the processes."""
        return 2 * self._workers

    def _send(self, first: int, count: int) -> Answer:
        told = (self._job, self._told, first, count)
        try:
            answer = self._pool.submit(work_apart, *told)
        except BrokenProcessPool:
            self._end()
            self._start()
            answer = self._pool.submit(work_apart, *told)
        self._under_way.add(answer)
        return answer

    def collect(self, answer: Answer, first: int, count: int) -> Chunk | None:
        """Return the chunk; None where its process was killed.

        Raises
        ------
        EngineFailure
            That happened again and again.
        """
        self._under_way.discard(answer)
        try:
            sent = answer.result()
        except BrokenProcessPool:
            self._died[first] += 1
            if self._died[first] < TRIES:
                return None
            raise EngineFailure(
                "workers",
                got=f"processes that died {TRIES} times at patients {first} and on",
                expected="processes that live until they are done",
                remedy="Give --workers fewer if memory ran out; what finished is kept.",
            ) from None
        return self._written(first, count) if sent is None else sent

    def close(self) -> None:
        """Finish the chunks under way."""
        wait([answer for answer in self._under_way if not answer.cancel()])
        self._end()


def _serve(told_by: Connection) -> None:
    """Leave Ctrl-C to the client, and end with it however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_client, args=(told_by,), daemon=True).start()


def _end_with_client(told_by: Connection) -> None:
    with suppress(EOFError, OSError):
        told_by.recv()
    os._exit(1)
