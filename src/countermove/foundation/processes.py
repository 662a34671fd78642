"""How worker processes begin.

Here: the one way, for cohorts and for the lab. Not here: what they do (``simulation.apart``,
``lab.worker``).
"""

from __future__ import annotations

import multiprocessing
from multiprocessing.context import ForkServerContext, SpawnContext


def worker_context(*modules: str) -> ForkServerContext | SpawnContext:
    """Return the context in which worker processes are started.

    Where the system can, they are forked from one process that has imported ``modules`` and has no
    threads of its own, so that a worker is there at once; elsewhere each is a fresh interpreter
    that imports them itself.

    Parameters
    ----------
    modules
        What every worker needs. The first call of a process decides.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(modules))
    return context
