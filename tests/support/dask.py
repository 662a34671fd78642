"""Here: a Dask cluster of processes that a test can kill. Not here: tests."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


class Processes:
    """A scheduler and its workers, each a process of its own.

    Parameters
    ----------
    folder
        For the scheduler's address.
    workers
        How many to begin with.
    """

    def __init__(self, folder: Path, workers: int = 2) -> None:
        self._file = folder / "scheduler.json"
        self.scheduler = self._start("dask_scheduler", "--port", "0")
        self.workers = []
        until = time.monotonic() + 60.0
        while not (said := self._said()) and time.monotonic() < until:
            time.sleep(0.05)
        self.address: str = json.loads(said)["address"]
        try:
            for _ in range(workers):
                self.join()
            if workers:
                self.wait(workers)
        except BaseException:
            self.close()
            raise

    def _said(self) -> str:
        """What the scheduler wrote of itself; empty until all of it is there."""
        text = self._file.read_text(encoding="utf-8") if self._file.exists() else ""
        return text if text.rstrip().endswith("}") else ""

    def wait(self, workers: int) -> None:
        """Wait until so many workers have joined."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)

    def join(self, **environment: str) -> None:
        """Start one more worker."""
        own = ("--no-nanny", "--nthreads", "1", "--local-directory", str(self._file.parent))
        self.workers.append(self._start("dask_worker", *own, **environment))

    def _start(self, what: str, *options: str, **environment: str) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.{what}", "--no-dashboard", *options]
        command += ["--scheduler-file", str(self._file)]
        return subprocess.Popen(command, env={**os.environ, **environment}, **QUIET)

    def close(self) -> None:
        """Kill what is left."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()
