"""Who computes a cohort's chunks: threads, processes or a cluster.

Here: the choice, and what is refused of it before any work. Not here: the computing
(``simulation.cohort``, ``simulation.apart``, ``simulation.cluster``).
"""

from __future__ import annotations

from typing import Any

from countermove.foundation.errors import ScenarioError
from countermove.simulation.apart import Job, Processes
from countermove.simulation.chunk_store import ChunkStore
from countermove.simulation.cluster import Cluster, check_cluster
from countermove.simulation.cohort import Crew, Threads
from countermove.simulation.request import check_whole
from countermove.simulation.setup import Setup


def check_crew(threads: int | None, workers: int | None, cluster: Any) -> None:
    """Refuse numbers that are none, and means that do not go together.

    Raises
    ------
    ScenarioError
        Naming the argument.
    """
    check_whole(threads, "threads", 1)
    check_whole(workers, "workers", 1)
    check_cluster(cluster)
    if threads is not None and (workers is not None or cluster is not None):
        raise ScenarioError(
            "threads",
            got=f"{threads} threads beside {'workers' if cluster is None else 'a cluster'}",
            expected="one of the two",
            remedy="Processes and workers of a cluster have their own threads.",
        )
    if workers is not None and cluster not in (None, "local"):
        raise ScenarioError(
            "workers",
            got=f"{workers} workers for a cluster that is there",
            expected="none: it has its own",
            remedy="Leave them out, or start a cluster of your own with --cluster local.",
        )


def hire(
    setup: Setup,
    job: Job,
    store: ChunkStore | None,
    *,
    threads: int | None = None,
    workers: int | None = None,
    cluster: Any = None,
) -> Crew:
    """Start those who compute.

    Parameters
    ----------
    setup, job
        The run, for this process and for others.
    store
        Opened; None where nothing is kept.
    threads, workers, cluster
        As `simulate` was given them, checked by `check_crew`.

    Raises
    ------
    ScenarioError
        The cluster does not answer, or its workers are of another version.
    """
    if cluster is not None:
        return Cluster(job, store, cluster, workers)
    if workers is not None:
        return Processes(job, store, workers)
    return Threads(setup, job.keep, store, threads)
