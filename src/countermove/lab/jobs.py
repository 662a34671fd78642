"""Long jobs: a queue that is fair to each client, run by a bounded crew of warm workers.

Here: the queue, its order, cancelling, results kept by what was asked. Not here: processes
(``crew``), computing (``work``), the web (``app``).
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from countermove.lab.crew import Stopped, Worker
from countermove.lab.files import FILES
from countermove.lab.limits import JOB_SECONDS, KEPT_RESULTS, QUEUED, Refused, refused

State = Literal["queued", "running", "done", "failed", "cancelled"]
MOST_REMEMBERED = 2000
RESULT = "result.json"


@dataclass(eq=False)
class Job:
    """One job, as the server knows it."""

    id: str
    client: str
    task: str
    given: dict[str, Any]
    key: str
    state: State = "queued"
    done: int = 0
    total: int = 0
    asked_at: float = field(default_factory=time.monotonic)
    began_at: float | None = None
    ended_at: float | None = None
    error: dict[str, Any] | None = None
    folder: Path | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def seconds(self) -> float:
        """How long it has run."""
        if self.began_at is None:
            return 0.0
        return (self.ended_at or time.monotonic()) - self.began_at


class Jobs:
    """The queue and its crew."""

    def __init__(self, workers: int, *, seconds: float = JOB_SECONDS) -> None:
        self._seconds = seconds
        self._jobs: dict[str, Job] = {}
        self._queue: list[Job] = []
        self._kept: dict[str, Path] = {}
        self._turn = threading.Condition()
        self._closed = False
        self._place = Path(tempfile.mkdtemp(prefix="countermove-lab-"))
        self._workers: list[Worker] = []
        for _ in range(workers):
            threading.Thread(target=self._work, daemon=True).start()

    def add(self, client: str, task: str, given: dict[str, Any]) -> tuple[Job, int]:
        """Queue a job, or answer from what is kept.

        Raises
        ------
        Refused
            429: the queue is full.
        """
        key = hashlib.sha256(json.dumps([task, given], sort_keys=True).encode()).hexdigest()
        job = Job(secrets.token_urlsafe(12), client, task, given, key)
        with self._turn:
            if len(self._queue) >= QUEUED:
                raise refused(
                    429,
                    "jobs",
                    got=f"{len(self._queue)} jobs that wait",
                    expected=f"at most {QUEUED}",
                    remedy="Wait until some are done, or cancel some.",
                )
            self._forget()
            self._jobs[job.id] = job
            if key in self._kept:
                self._kept[key] = self._kept.pop(key)  # the latest used goes last
                job.state, job.folder = "done", self._kept[key]
                job.began_at = job.ended_at = time.monotonic()
                return job, 0
            self._queue.append(job)
            self._turn.notify()
            return job, self._position(job)

    def job(self, name: str) -> Job:
        """Return a job.

        Raises
        ------
        Refused
            404: there is none.
        """
        result = self._jobs.get(name)
        if result is None:
            raise refused(404, "job", got="no such job", expected="a job of this server")
        return result

    def told(self, name: str) -> dict[str, Any]:
        """Say how far a job is."""
        with self._turn:
            job = self.job(name)
            return {
                "id": job.id,
                "state": job.state,
                "position": self._position(job) if job.state == "queued" else 0,
                "done": job.done,
                "total": job.total,
                "seconds": round(job.seconds, 2),
                "error": job.error,
            }

    def cancel(self, name: str) -> dict[str, Any]:
        """Take a job out of the queue, or stop it; one that has ended stays as it is."""
        with self._turn:
            job = self.job(name)
            if job.state == "queued":
                self._queue.remove(job)
                self._end(job, "cancelled")
            elif job.state == "running":
                job.stop.set()
                job.state = "cancelled"
        return self.told(name)

    def file(self, name: str, file: str) -> Path:
        """Return a file of a job that is done: ``result.json``, or one of those in ``FILES``.

        Raises
        ------
        Refused
            404: no such job or file; 409: the job is not done.
        """
        job = self.job(name)
        if file != RESULT and file not in FILES:
            raise refused(404, "file", got="no such file", expected=f"one of {', '.join(FILES)}")
        if job.state != "done" or job.folder is None:
            raise refused(409, "job", got=f"a job that is {job.state}", expected="one that is done")
        path = job.folder / file
        if not path.is_file():
            raise refused(
                404, "file", got="no such file any more", expected="a recent job", remedy="Run it."
            )
        return path

    def close(self) -> None:
        """End everything; results go."""
        with self._turn:
            self._closed = True
            for job in self._jobs.values():
                job.stop.set()
            self._turn.notify_all()
        for worker in self._workers:
            worker.close()
        shutil.rmtree(self._place, ignore_errors=True)

    def _order(self) -> list[Job]:
        """Order the queue as it will be served: clients in turn, the jobs of each as they came."""
        running: dict[str, int] = {}
        for job in self._jobs.values():
            if job.state == "running":
                running[job.client] = running.get(job.client, 0) + 1
        ranked = []
        for job in self._queue:
            running[job.client] = rank = running.get(job.client, 0) + 1
            ranked.append((rank, job.asked_at, job))
        ranked.sort(key=lambda one: one[:2])
        return [job for *_, job in ranked]

    def _position(self, job: Job) -> int:
        return 1 + self._order().index(job) if job in self._queue else 0

    def _next(self) -> Job | None:
        with self._turn:
            while not self._queue and not self._closed:
                self._turn.wait()
            if self._closed:
                return None
            job = self._order()[0]
            self._queue.remove(job)
            job.state, job.began_at = "running", time.monotonic()
            return job

    def _work(self) -> None:
        """Serve the queue with one worker, warm before the first job."""
        worker = Worker(long=True)
        self._workers.append(worker)
        with suppress(Stopped, Refused, ValueError, OSError):
            worker.call("warm", {}, seconds=300.0)
        while (job := self._next()) is not None:
            self._run(worker, job)

    def _run(self, worker: Worker, job: Job) -> None:
        folder = self._place / job.id
        with self._turn:
            if self._closed:
                return
            folder.mkdir(exist_ok=True)

        def say(done: int, total: int) -> None:
            job.done, job.total = done, total

        state: State = "failed"
        try:
            given = {**job.given, "folder": str(folder)}
            answer = worker.call(job.task, given, seconds=self._seconds, say=say, stop=job.stop)
            (folder / RESULT).write_bytes(answer)
            state = "done"
        except Refused as error:
            job.error = error.error
        except Stopped as error:
            state = "cancelled" if job.stop.is_set() else "failed"
            words = str(error).rstrip(".")
            job.error = refused(
                500, "job", got=words, expected="a job that ends", remedy="Ask for less."
            ).error
        except OSError as error:
            job.error = refused(
                500, "job", got=str(error.strerror), expected="room for the results"
            ).error
        with self._turn:
            if state != "done":
                shutil.rmtree(folder, ignore_errors=True)
            elif job.state != "cancelled":
                job.folder = self._keep(job.key, folder)
            self._end(job, "cancelled" if job.state == "cancelled" else state)

    def _end(self, job: Job, state: State) -> None:
        job.state, job.ended_at = state, time.monotonic()
        if state == "cancelled":
            job.error = None

    def _keep(self, key: str, folder: Path) -> Path:
        """Keep results; where the same were there already, those stay."""
        if key in self._kept:
            shutil.rmtree(folder, ignore_errors=True)
            return self._kept[key]
        self._kept[key] = folder
        while len(self._kept) > KEPT_RESULTS:
            oldest = next(iter(self._kept))
            shutil.rmtree(self._kept.pop(oldest), ignore_errors=True)
        return folder

    def _forget(self) -> None:
        """Forget the oldest ended jobs where there are very many."""
        ended = [name for name, job in self._jobs.items() if job.ended_at is not None]
        for name in ended[: max(0, len(self._jobs) - MOST_REMEMBERED)]:
            del self._jobs[name]
