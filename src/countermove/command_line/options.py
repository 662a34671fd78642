"""Options that several commands take.

Here: ``--set``, ``--rows`` and ``--json`` as decorators. Not here: what is read from them
(``inputs``).
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
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def rows_option(meaning: str) -> _Decorator:
    """``--rows`` of a command whose tables can be long; ``meaning`` is its help text."""
    return click.option(
        "--rows",
        type=click.IntRange(1, 1_000_000),
        default=24,
        show_default=True,
        help=meaning,
    )
