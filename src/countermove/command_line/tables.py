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
    result = Console(file=sys.stdout, highlight=False, emoji=False, markup=False)
    if result.width > WIDEST:
        result.width = WIDEST
    return result


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
    result = [list(row) for row in rows]
    table = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        header_style="",
        padding=(0, 1, 0, 0),
    )
    rights = [bool(result) and all(map(_is_number, cells)) for cells in _turned(result, columns)]
    # a unit goes below its name, so that columns stay narrow
    heads = [
        name.replace(" (", "\n(") if right or len(columns) > 4 else name
        for name, right in zip(columns, rights, strict=True)
    ]
    texts = [[number(cell) for cell in row] for row in result]
    widths = _widths([heads, *texts], out.width)
    for head, right, width in zip(heads, rights, widths, strict=True):
        justify = "right" if right else "left"
        table.add_column(Text(head), justify=justify, overflow="fold", width=width)
    for row in texts:
        table.add_row(*map(Text, row))
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


def _turned(rows: list[list[object]], columns: Sequence[str]) -> list[tuple[object, ...]]:
    return list(zip(*rows, strict=True)) or [() for _ in columns]


def _widths(rows: list[list[str]], room: int) -> list[int | None]:
    """Return widths that break no word; None for each where the table fits, or where none can."""
    columns = list(zip(*rows, strict=True))
    wide = [max(len(line) for cell in cells for line in cell.split("\n")) for cells in columns]
    least = [max([0, *(len(word) for cell in cells for word in cell.split())]) for cells in columns]
    gaps = 2 * len(columns) - 1  # a space and the box's own between two columns
    if sum(wide) + gaps <= room or sum(least) + gaps > room:
        return [None] * len(columns)
    while sum(wide) + gaps > room:
        spare = [own - low for own, low in zip(wide, least, strict=True)]
        wide[spare.index(max(spare))] -= 1
    return list(wide)


def _is_number(cell: object) -> bool:
    return cell is None or (isinstance(cell, (int, float)) and not isinstance(cell, bool))
