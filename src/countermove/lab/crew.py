"""Worker processes seen from the server: kept warm, watched, replaced when they die.

Here: one worker and its bounds of time and memory, and the quick crew that answers while a page
waits. Not here: the queue of long jobs (``jobs``), what a worker does (``work``).
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from countermove.foundation.processes import worker_context
from countermove.lab.limits import PREVIEW_SECONDS, WORKER_MB, Refused, refused
from countermove.lab.worker import serve_tasks

LOOK = 0.1  # seconds between looks at a worker
Say = Callable[[int, int], None]


class Stopped(Exception):
    """A worker was ended before it answered; the words say why."""


class Worker:
    """One process; a thread at a time may give it a task."""

    def __init__(self, *, long: bool = False) -> None:
        self.long = long
        self._closed = False
        self._begin()

    def _begin(self) -> None:
        context = worker_context("countermove.lab.work", "countermove.lab.worker")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve_tasks, args=(theirs, self.long), daemon=True)
        self.process.start()
        theirs.close()

    def call(
        self,
        task: str,
        given: dict[str, Any],
        *,
        seconds: float,
        say: Say | None = None,
        stop: threading.Event | None = None,
    ) -> bytes:
        """Give a task and wait for the answer, in JSON.

        Raises
        ------
        Refused
            What was asked for is not possible (422), or the worker failed at it (500).
        Stopped
            It took too long or too much memory, it died, or ``stop`` was set. The next task finds a
            new worker.
        """
        try:
            if not self.process.is_alive():
                self.replace()
            self.pipe.send((task, given))
            end = time.monotonic() + seconds
            while True:
                while not self.pipe.poll(LOOK):
                    self._watch(end, seconds, stop)
                kind, told = self.pipe.recv()
                if kind == "progress":
                    if say is not None:
                        say(*told)
                    self._watch(end, seconds, stop)
                    continue
                break
        except (EOFError, OSError):
            self.replace()
            raise Stopped("The worker ended before it was done.") from None
        except Stopped:
            self.replace()
            raise
        if kind == "done":
            return told
        if kind == "refused":
            raise Refused(422, told)
        raise refused(500, task, got=told, expected="an answer", remedy="The next job is not lost.")

    def _watch(self, end: float, seconds: float, stop: threading.Event | None) -> None:
        if stop is not None and stop.is_set():
            raise Stopped("Cancelled.")
        if time.monotonic() > end:
            raise Stopped(f"It took longer than {seconds:,.0f} seconds.")
        if self.megabytes() > WORKER_MB:
            raise Stopped(f"It needed more than {WORKER_MB:,} MB of memory.")

    def megabytes(self) -> float:
        """Memory in use, where the system tells; else 0."""
        with suppress(OSError, ValueError, IndexError):
            pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
            return int(pages) * 4096 / 1e6
        return 0.0

    def replace(self) -> None:
        """End the process and begin another."""
        self._end()
        if not self._closed:
            self._begin()

    def close(self) -> None:
        """End the process for good."""
        self._closed = True
        self._end()

    def _end(self) -> None:
        with suppress(ValueError, OSError):
            self.process.kill()
            self.process.join(5.0)
        with suppress(OSError):
            self.pipe.close()


class QuickCrew:
    """Workers that answer while a page waits: checks, previews, moves of the game."""

    def __init__(self, workers: int) -> None:
        self._all = [Worker() for _ in range(workers)]
        self._free: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        self.warm = threading.Event()
        self._closed = False
        threading.Thread(target=self._warm, daemon=True).start()

    def _warm(self) -> None:
        """Compile once, in the first worker; the others find the compiled code on disk."""
        for worker in self._all:
            with suppress(Refused, Stopped, OSError, ValueError):
                if not self._closed:
                    worker.call("warm", {}, seconds=300.0)
            self._free.put(worker)
            self.warm.set()

    def call(self, task: str, given: dict[str, Any], seconds: float = PREVIEW_SECONDS) -> bytes:
        """Answer, or refuse.

        Raises
        ------
        Refused
            As ``Worker.call``; 503 where no worker was free in time, 504 where it took too long.
        """
        try:
            worker = self._free.get(timeout=seconds)
        except queue.Empty:
            raise refused(
                503, task, got="a lab that is busy", expected="a free worker", remedy="Try again."
            ) from None
        try:
            return worker.call(task, given, seconds=seconds)
        except Stopped as error:
            raise refused(
                504,
                task,
                got=str(error).rstrip("."),
                expected="an answer at once",
                remedy="Ask for less: fewer patients, a shorter follow-up, fewer alterations.",
            ) from None
        finally:
            if not self._closed:
                self._free.put(worker)

    def close(self) -> None:
        """End all workers."""
        self._closed = True
        for worker in self._all:
            worker.close()
