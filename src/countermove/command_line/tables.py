"""Tables for the terminal, readable at 80 columns.

Here: the console and how a table looks. Not here: what is in one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from countermove.command_line.wording import number

WIDEST = 100


def console() -> Console:
    """Return a console on standard output: as wide as the terminal, 80 where there is none."""
    found = Console(file=sys.stdout, highlight=False, emoji=False, markup=False)
    if found.width > WIDEST:
        found.width = WIDEST
    return found


def heading(out: Console, title: str, under: str = "") -> None:
    """Print a title and a few words below it."""
    out.print(Text(title, style="bold"))
    if under:
        out.print(Text(under))
    out.print()


def show(
    out: Console,
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    note: str = "",
    left_out: int = 0,
) -> None:
    """Print a table; columns whose cells are all numbers stand to the right."""
    found = [list(row) for row in rows]
    table = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        header_style="",
        padding=(0, 1, 0, 0),
    )
    for place, name in enumerate(columns):
        right = bool(found) and all(_is_number(row[place]) for row in found)
        # a unit goes below its name, so that columns stay narrow
        head = name.replace(" (", "\n(") if right or len(columns) > 4 else name
        table.add_column(Text(head), justify="right" if right else "left", overflow="fold")
    for row in found:
        table.add_row(*(Text(number(cell)) for cell in row))
    out.print(Text(title, style="bold"))
    out.print(table)
    more = f"... and {left_out:,} more." if left_out else ""
    below = " ".join(text for text in (more, note) if text)
    if below:
        out.print(Text(below, style="dim"))
    out.print()


def listed(out: Console, title: str, lines: Iterable[str]) -> None:
    """Print sentences, one below the other, each indented under its dash."""
    out.print(Text(title, style="bold"))
    grid = Table.grid(padding=(0, 1, 0, 0))
    for line in lines:
        grid.add_row(Text("-"), Text(line))
    out.print(grid)


def _is_number(cell: object) -> bool:
    return cell is None or (isinstance(cell, (int, float)) and not isinstance(cell, bool))
