"""What is shown while somebody waits, on standard error.

Here: the bar of a long run with rate and time left, the same as JSON lines, what is said while the
engine is compiled. Not here: what is counted (``simulation.cohort``), the compiling
(``simulation.first_run``).
"""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[int, int], None]
COMPILING = "Compiling the engine, first run of this kind"
LINE_EVERY = 0.5  # seconds between JSON lines
LOOKED_BACK = 40  # lines over which the rate is taken, so that chunks found on disk soon count less


@contextmanager
def progress_shown(what: str, kind: str, unit: str = "patients") -> Iterator[Report]:
    """Show a bar, print JSON lines or say nothing while the block runs.

    Parameters
    ----------
    what
        The bar's words.
    kind
        ``bar``, ``json`` or ``none``.
    unit
        What is counted.

    Yields
    ------
    A function to call with (patients done, patients in all), or what else is counted.
    """
    if kind == "json":
        yield json_lines(what, unit)
        return
    with progress_bar(what, shown=kind == "bar", unit=unit) as report:
        yield report


def json_lines(what: str, unit: str) -> Report:
    """Make a function that prints progress as lines of JSON; docs/scale.md has their fields."""
    seen = deque([(time.perf_counter(), 0)], maxlen=LOOKED_BACK)

    def report(done: int, total: int) -> None:
        now = time.perf_counter()
        if done < total and now - seen[-1][0] < LINE_EVERY:
            return
        seen.append((now, done))
        begun, before = seen[0]
        rate = (done - before) / max(now - begun, 1e-9)
        line = {
            "done": done,
            "total": total,
            "per_second": round(rate, 1),
            "seconds_left": round((total - done) / rate, 1) if rate else None,
            "unit": unit,
            "what": what,
        }
        print(json.dumps(line), file=sys.stderr, flush=True)

    return report


@contextmanager
def progress_bar(what: str, *, shown: bool = True, unit: str = "patients") -> Iterator[Report]:
    """Show a bar while the block runs; nothing where standard error is not a terminal.

    Yields
    ------
    A function to call with (patients done, patients in all), or what else is counted.
    """
    if not shown or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.fields[all]}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None, rate="preparing", all="?")

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, all=f"{total:,}")
            speed = bar.tasks[0].finished_speed or bar.tasks[0].speed
            bar.update(task, rate=f"{speed:,.0f} {unit}/s" if speed else "")

        yield report


@contextmanager
def compiling(*, shown: bool = True) -> Iterator[None]:
    """Say that the engine is compiled while the block runs, with the seconds it has taken.

    Where standard error is no terminal, in a line before and a line after.
    """
    if not shown:
        yield
        return
    if not sys.stderr.isatty():
        begun = time.perf_counter()
        print(COMPILING, file=sys.stderr, flush=True)
        yield
        print(f"Compiled in {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), SpinnerColumn("line"))
    console = Console(file=sys.stderr)
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        bar.add_task(COMPILING, total=None)
        yield
