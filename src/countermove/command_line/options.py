"""Options that several commands take.

Here: ``--set``, ``--rows``, ``--json`` and who computes, as decorators. Not here: what is read from
them (``inputs``), who is refused (``simulation.crews``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

changes_option = click.option(
    "--set",
    "changes",
    metavar="PATH=VALUE",
    multiple=True,
    help="Change a value first; repeatable.",
)
CREW = (
    click.option("--threads", type=click.IntRange(1), help="Threads.  [default: all cores]"),
    click.option("--workers", type=click.IntRange(1), help="Processes to use in place of threads."),
    click.option(
        "--cluster",
        metavar="WHERE",
        help="Dask cluster to use: local, or tcp://host:port of its scheduler.",
    ),
    click.option(
        "--store",
        metavar="URL",
        help="Where finished chunks go, as s3://bucket/folder.  [default: the run's folder]",
    ),
    click.option(
        "--progress",
        type=click.Choice(["bar", "json", "none"]),
        help="On standard error: a bar, JSON lines, or nothing.  [default: a bar]",
    ),
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def crew_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that simulates the options of who computes, and of where chunks go."""
    for option in reversed(CREW):
        command = option(command)
    return command


def rows_option(meaning: str) -> _Decorator:
    """``--rows`` of a command whose tables can be long; ``meaning`` is its help text."""
    return click.option(
        "--rows",
        type=click.IntRange(1, 1_000_000),
        default=24,
        show_default=True,
        help=meaning,
    )
