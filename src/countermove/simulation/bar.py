"""The progress line of a long call from Python, on standard error.

Here: when it is shown, and its text. Not here: what is counted (``cohort``), the terminal's bar
(``command_line.progress``).
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[int, int], None]
PATIENCE = 1.0  # seconds before anything is shown: short calls stay silent
WIDTH = 24
OFF = "COUNTERMOVE_PROGRESS"  # set to 0 it silences every call


@contextmanager
def reporting(progress: Report | bool | None) -> Iterator[Report | None]:
    """Give the function to report to.

    Parameters
    ----------
    progress
        The function itself; False for none; True for a line whatever standard error is; None for a
        line where it is a terminal or a notebook, unless the variable `COUNTERMOVE_PROGRESS` is 0.

    Yields
    ------
    The function, or None.
    """
    if callable(progress):
        yield progress
        return
    if progress is False or (progress is None and not _somebody_looks()):
        yield None
        return
    line = _Line()
    try:
        yield line.report
    finally:
        line.close()


def _somebody_looks() -> bool:
    if os.environ.get(OFF) == "0":
        return False
    return "ipykernel" in sys.modules or bool(sys.stderr and sys.stderr.isatty())


class _Line:
    """One line that is written over, and gone in the end."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self._done, self._total, self._longest = 0, 0, 0
        self._lock = threading.Lock()
        self._open = True
        self._timer = threading.Timer(PATIENCE, self._write)
        self._timer.daemon = True
        self._timer.start()

    def report(self, done: int, total: int) -> None:
        self._done, self._total = done, total
        if time.perf_counter() - self._begun > PATIENCE:
            self._write()

    def close(self) -> None:
        self._timer.cancel()
        with self._lock:
            self._open = False
            if self._longest:
                sys.stderr.write("\r" + " " * self._longest + "\r")
                sys.stderr.flush()

    def _write(self) -> None:
        with self._lock:
            if not self._open:
                return
            text = self._text()
            self._longest = max(self._longest, len(text))
            sys.stderr.write("\r" + text.ljust(self._longest))
            sys.stderr.flush()

    def _text(self) -> str:
        if not self._total:
            return "Simulating: preparing"
        filled = round(WIDTH * self._done / self._total)
        seconds = time.perf_counter() - self._begun
        bar = "#" * filled + "." * (WIDTH - filled)
        rate = self._done / max(seconds, 1e-9)
        left = f", {(self._total - self._done) / rate:.0f} s left" if rate else ""
        count = f"{self._done:,} of {self._total:,} patients"
        return f"Simulating {bar} {count}, {rate:,.0f} a second{left}"
