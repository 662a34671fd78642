"""The progress bar of a long run, on standard error.

Here: one bar with rate and time left. Not here: what is counted (``simulation.cohort``).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[int, int], None]


@contextmanager
def progress_bar(what: str, *, shown: bool = True) -> Iterator[Report]:
    """Show a bar while the block runs; nothing where standard error is not a terminal.

    Yields
    ------
    A function to call with (patients done, patients in all).
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
            bar.update(task, rate=f"{speed:,.0f} patients/s" if speed else "")

        yield report
