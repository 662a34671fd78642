"""A cohort in chunks, handed to whoever computes, each chunk kept as soon as it is done.

Here: splitting, running on threads, interruption and resuming. Not here: a chunk
(``simulation.patients``), processes and clusters (``simulation.apart``, ``simulation.cluster``).

Patients have random streams of their own, so neither the chunks nor who computes them touch the
results.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Protocol

from countermove.simulation.chunk_store import ChunkStore
from countermove.simulation.patients import Chunk, run_chunk
from countermove.simulation.setup import Setup

Progress = Callable[[int, int], None]
Answer = Future[Chunk | None]
WAIT = 0.5  # seconds between looks at Ctrl-C


class Crew(Protocol):
    """Those who compute chunks, and keep each one where there is a store."""

    def room(self) -> int:
        """How many chunks to have under way, so that nobody waits for work."""
        ...

    def submit(self, first: int, count: int) -> Answer:
        """Have a chunk computed, or found."""
        ...

    def collect(self, answer: Answer, first: int, count: int) -> Chunk | None:
        """Return a chunk that is done; None where it was lost and must be submitted again."""
        ...

    def close(self) -> None:
        """Let the chunks under way be finished, as far as that can be, and begin no other."""
        ...


class Threads:
    """Threads of this process.

    Parameters
    ----------
    setup
        The prepared run.
    keep
        How many of the first patients keep their courses.
    store
        Where finished chunks are kept, and found again.
    threads
        The machine's cores by default.
    """

    def __init__(
        self, setup: Setup, keep: int, store: ChunkStore | None, threads: int | None
    ) -> None:
        self._setup, self._keep, self._store = setup, keep, store
        self._threads = max(1, threads or os.cpu_count() or 1)
        self._pool = ThreadPoolExecutor(self._threads)
        self._stop = threading.Event()

    def room(self) -> int:
        """Twice the threads."""
        return 2 * self._threads

    def submit(self, first: int, count: int) -> Answer:
        """Compute a chunk on a thread, or read it there."""
        return self._pool.submit(self._work, first, count)

    def _work(self, first: int, count: int) -> Chunk | None:
        if self._stop.is_set():
            return None
        result = self._store.load(first, count) if self._store else None
        if result is None:
            result = run_chunk(self._setup, first, count, self._keep)
            if self._store:
                self._store.save(result)
        return result

    def collect(self, answer: Answer, first: int, count: int) -> Chunk | None:
        """Return the chunk, or raise what stopped it."""
        del first, count
        return answer.result()

    def close(self) -> None:
        """Finish the chunks under way."""
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)


def run_chunks(
    spans: list[tuple[int, int]], crew: Crew, progress: Progress | None = None
) -> Iterator[Chunk]:
    """Run a cohort; yields chunks as they finish, in any order.

    Parameters
    ----------
    spans
        (first patient, how many) of each chunk.
    crew
        Who computes them; closed in the end.
    progress
        Called with (patients done, patients in all), always from this thread.

    Raises
    ------
    KeyboardInterrupt
        Passed on after running chunks were finished and stored.
    """
    patients, done = sum(count for _, count in spans), 0
    left, waiting = spans[::-1], dict[Answer, tuple[int, int]]()
    try:
        while left or waiting:
            while left and len(waiting) < crew.room():
                span = left.pop()
                waiting[crew.submit(*span)] = span
            ready, _ = wait(waiting, timeout=WAIT, return_when=FIRST_COMPLETED)
            for answer in ready:
                span = waiting.pop(answer)
                chunk = crew.collect(answer, *span)
                if chunk is None:
                    left.append(span)
                    continue
                done += len(chunk.table)
                if progress:
                    progress(done, patients)
                yield chunk
            crew.room()  # notices a scheduler that is gone
    finally:
        crew.close()
