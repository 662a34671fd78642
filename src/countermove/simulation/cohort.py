"""A cohort in chunks on threads, each chunk kept as soon as it is done.

Here: splitting, running, interruption and resuming. Not here: a chunk (``simulation.patients``).

Patients have random streams of their own, so neither the chunks nor the threads touch the results.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from countermove.simulation.chunk_store import ChunkStore
from countermove.simulation.patients import Chunk, run_chunk
from countermove.simulation.setup import Setup

Progress = Callable[[int, int], None]
WAIT = 0.5  # seconds between looks at Ctrl-C


def run_chunks(
    setup: Setup,
    patients: int,
    keep: int,
    *,
    threads: int | None = None,
    store: ChunkStore | None = None,
    progress: Progress | None = None,
) -> Iterator[Chunk]:
    """Run a cohort; yields chunks as they finish, in any order.

    Parameters
    ----------
    setup
        The prepared run.
    patients, keep
        How many, and how many of the first ones keep their courses.
    threads
        The machine's cores by default.
    store
        Where finished chunks are kept, and found again.
    progress
        Called with (patients done, patients in all), always from this thread.

    Raises
    ------
    KeyboardInterrupt
        Passed on after running chunks were finished and stored.
    """
    spans = [(i, min(setup.chunk, patients - i)) for i in range(0, patients, setup.chunk)]
    stop = threading.Event()

    def work(first: int, count: int) -> Chunk | None:
        if stop.is_set():
            return None
        found = store.load(first, count) if store else None
        if found is None:
            found = run_chunk(setup, first, count, keep)
            if store:
                store.save(found)
        return found

    done = 0
    workers = max(1, threads or os.cpu_count() or 1)
    pool = ThreadPoolExecutor(workers)
    waiting: set[Future[Chunk | None]] = set()
    queue = iter(spans)
    try:
        while True:
            while len(waiting) < 2 * workers:
                span = next(queue, None)
                if span is None:
                    break
                waiting.add(pool.submit(work, *span))
            if not waiting:
                return
            ready, waiting = wait(waiting, timeout=WAIT, return_when=FIRST_COMPLETED)
            for future in ready:
                chunk = future.result()
                if chunk is not None:
                    done += len(chunk.table)
                    if progress:
                        progress(done, patients)
                    yield chunk
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
