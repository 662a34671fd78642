"""Chunks computed by the workers of a Dask cluster.

Here: reaching one or starting one on this machine, its workers' versions, a scheduler that goes
away. Not here: what a worker does (``simulation.apart``). Only this module loads Dask.
"""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import re
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from countermove.foundation.errors import EngineFailure, ScenarioError, shown, warn_reader
from countermove.simulation.apart import Apart, Job, refuse_versions, work_apart
from countermove.simulation.chunk_store import ChunkStore
from countermove.simulation.cohort import Answer
from countermove.simulation.patients import Chunk

LOCAL = "local"
ANSWER = 6.0  # seconds for a scheduler to answer
ADDRESS = re.compile(r"(tcp|tls|ws|wss|ucx)://[^\s/:]+:\d{1,5}/?")
COUNT_EVERY = 2.0  # seconds between counts of the workers


def check_cluster(cluster: Any) -> None:
    """Refuse what names no cluster, and any cluster where Dask is not installed.

    Raises
    ------
    ScenarioError
        It is neither ``local``, an address, a Dask client nor a Dask cluster.
    """
    if cluster is None:
        return
    text = isinstance(cluster, str)
    named = text and (cluster == LOCAL or ADDRESS.fullmatch(cluster))
    if not named and (text or not (_is_client(cluster) or hasattr(cluster, "scheduler_address"))):
        raise ScenarioError(
            "cluster",
            got=shown(cluster),
            expected="local, or the address of a Dask scheduler such as tcp://host:8786",
            remedy="From Python a Dask client or cluster will do too.",
        )
    if find_spec("distributed") is None:
        raise ScenarioError(
            "cluster",
            got=f"{shown(cluster)} without the package distributed",
            expected="Dask to be installed",
            remedy="Install it with: pip install 'countermove[cluster]'.",
        )


def _is_client(cluster: Any) -> bool:
    return hasattr(cluster, "scheduler_info") and hasattr(cluster, "get_executor")


async def _greet(address: str) -> None:
    """Shake hands; who speaks HTTP, as Dask's own dashboard, ends in a MemoryError for its text.

    Dask reads the first bytes of an answer as the length of a message. A Client to which that
    happens cannot be closed, so that it is found out before there is one. Dask's own limit ends
    with the connection: who takes it and stays silent would be waited for without end.
    """

    async def shake() -> None:
        comm: Any = await import_module("distributed.comm").connect(address, timeout=ANSWER)
        await comm.close()

    await asyncio.wait_for(shake(), ANSWER)


class Cluster(Apart):
    """The workers of a Dask cluster.

    A worker that goes away loses the chunk it was at, which Dask gives to another; a scheduler that
    goes away ends the run, which the same call continues.

    Parameters
    ----------
    job, store
        See `Apart`.
    cluster
        As `check_cluster` let it pass.
    workers
        Of a local one; the machine's cores by default.

    Raises
    ------
    ScenarioError
        Nobody answers, or a worker is of another version.
    """

    def __init__(
        self, job: Job, store: ChunkStore | None, cluster: Any, workers: int | None
    ) -> None:
        super().__init__(job, store)
        self._made: list[Any] = []  # what to close
        self._counted, self._threads = 0.0, 1
        try:
            self._client = self._reach(cluster, workers)
            self._refuse_versions()
        except BaseException:
            self.close()
            raise
        self._pool: Any = self._client.get_executor(pure=False)

    def _reach(self, cluster: Any, workers: int | None) -> Any:
        if _is_client(cluster):
            return cluster
        dask: Any = import_module("distributed")
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # errors are told in our words
        if cluster == LOCAL:
            cluster = dask.LocalCluster(
                n_workers=workers or os.cpu_count() or 1,
                threads_per_worker=1,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            )
            self._made.append(cluster)
        where = shown(cluster) if isinstance(cluster, str) else type(cluster).__name__
        try:
            if isinstance(cluster, str) and cluster.startswith("tcp:"):
                with ThreadPoolExecutor(1) as apart:  # a notebook has a loop of its own
                    apart.submit(asyncio.run, _greet(cluster)).result()
            client = dask.Client(cluster, timeout=ANSWER, set_as_default=False)
        except (OSError, ValueError, MemoryError) as error:
            raise ScenarioError(
                "cluster",
                got=f"no answer from {where}",
                expected="a Dask scheduler that runs and can be reached",
                remedy="Start one with: dask scheduler. It prints its address.",
            ) from error
        self._made.append(client)
        return client

    def _refuse_versions(self) -> None:
        result: dict[str, dict[str, str]] = {}
        for name in self._told:
            ask, given = (platform.python_version, ()) if name == "python" else (version, (name,))
            for worker, answer in self._client.run(ask, *given, on_error="return").items():
                if isinstance(answer, str):
                    result.setdefault(worker, {})[name] = answer
                else:
                    result.setdefault(worker, {})
        refuse_versions(result, self._told)
        if not result:
            warn_reader("The cluster has no worker yet: the run begins when one joins.")

    def room(self) -> int:
        """Twice the workers' threads, as many as there are by now.

        Raises
        ------
        EngineFailure
            The scheduler is gone.
        """
        if self._client.status != "running":
            raise self._gone()
        if time.monotonic() - self._counted > COUNT_EVERY:
            try:
                self._threads = max(1, sum(self._client.nthreads().values()))
            except (OSError, CancelledError) as error:
                raise self._gone() from error
            self._counted = time.monotonic()
        return 2 * self._threads

    def _send(self, first: int, count: int) -> Answer:
        return self._pool.submit(work_apart, self._job, self._told, first, count)

    def collect(self, answer: Answer, first: int, count: int) -> Chunk | None:
        """Return the chunk.

        Raises
        ------
        EngineFailure
            The scheduler is gone, or workers died again and again.
        """
        dask: Any = import_module("distributed")
        try:
            sent = answer.result()
        except CancelledError as error:
            raise self._gone() from error
        except dask.KilledWorker as error:
            raise EngineFailure(
                "cluster",
                got=f"workers that died again and again at patients {first} and on",
                expected="workers that live until they are done",
                remedy="Give each worker more memory; what finished is kept.",
            ) from error
        return self._written(first, count) if sent is None else sent

    @staticmethod
    def _gone() -> EngineFailure:
        return EngineFailure(
            "cluster",
            got="a scheduler that went away",
            expected="one that runs until the run has ended",
            remedy="What finished is kept: start a cluster and give the same command again.",
        )

    def close(self) -> None:
        """Begin no other chunk; what workers of a lasting cluster are at is finished there."""
        pool = getattr(self, "_pool", None)
        if pool is not None and self._client.status == "running":
            pool.shutdown(wait=False)
        for made in reversed(self._made):
            made.close()
        self._made.clear()
