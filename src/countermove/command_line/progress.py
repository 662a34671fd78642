"""What is shown while somebody waits, on standard error.

Here: the bar of a long run with rate and time left, what is said while the engine is compiled. Not
here: what is counted (``simulation.cohort``), the compiling (``simulation.first_run``).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[int, int], None]
COMPILING = "Compiling the engine, first run of this kind"


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
