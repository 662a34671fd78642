"""``countermove reproduce``: published numbers beside ours.

Here: the command and its table. Not here: verdicts (``countermove.catalog``).
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from countermove.command_line.wording import number, plain
from countermove.command_line.writing import write_new

if TYPE_CHECKING:
    from countermove.catalog import Reproduced, Verdict

DIFFERENT = 1  # exit code: a number fails


@click.command()
@click.argument("name", metavar="[ENTRY]", required=False)
@click.option("--all", "every", is_flag=True, help="Every entry.")
@click.option("--quick", is_flag=True, help="Leave out the numbers that take long.")
@click.option("--json", "file", metavar="FILE", help="Write all as JSON; '-' prints it.")
@click.option("--out", metavar="FOLDER", help="Draw a figure of each entry there.")
def reproduce(name: str | None, every: bool, quick: bool, file: str | None, out: str | None) -> int:
    """Recompute published numbers and compare.

    ENTRY is a name that `countermove catalog` lists. Exit code 1 says that a number fails: it is
    outside of its tolerance, was not computed, or is in no paper. Numbers that wait for an engine,
    cannot be said in a scenario, or are known to differ, are counted apart.
    """
    from countermove.catalog import entry, entry_names
    from countermove.catalog import reproduce as recompute

    if (name is None) != every:
        raise click.UsageError("Give the name of an ENTRY, or --all. List them with: catalog.")
    done: list[Reproduced] = []
    chosen = [entry(one) for one in (entry_names() if name is None else (name,))]
    for one in chosen:
        done.append(recompute(one, full=not quick))
        if file != "-":
            _show(done[-1])
    if out is not None:
        _draw(done, out)
    failed = any(not one.passed for one in done)
    if file is not None:
        result = {"tier": "quick" if quick else "full", "counts": _counts(done)}
        result |= {"passed": not failed, "entries": [one.document() for one in done]}
        text = json.dumps(plain(result), indent=2, ensure_ascii=False) + "\n"
        if file == "-":
            click.echo(text, nl=False)
        else:
            write_new({Path(file): text}, replace=True, option="--json")
    if file != "-":
        counts = "; ".join(f"{n} {verdict}" for verdict, n in _counts(done).items())
        click.echo(f"{counts}. {sum(one.seconds for one in done):.1f} s")
    return DIFFERENT if failed else 0


def _counts(done: list[Reproduced]) -> dict[str, int]:
    return dict(Counter(own.verdict for one in done for own in one.verdicts))


def _show(done: Reproduced) -> None:
    from countermove.command_line.tables import console, show

    rows = [_row(own) for own in done.verdicts]
    notes = list(dict.fromkeys(own.note for own in done.verdicts if own.note and own.bad))
    title = f"{done.entry.name}: {done.entry.title}"
    show(
        console(),
        title,
        ("number", "paper", "ours", "tolerance", "verdict"),
        rows,
        note=" ".join(notes),
    )


def _row(own: Verdict) -> tuple[str, ...]:
    row = own.number
    if row is None:
        return own.id, "-", number(own.ours), "-", own.verdict
    says = f"{row.says}, {row.unit}" if row.unit else row.says
    ours = number(own.ours) if own.ours is not None else "-"
    return says, printed(own), ours, allowed(own), own.verdict


def printed(own: Verdict) -> str:
    """Write the paper's number, or its bound."""
    row = own.number
    if row is None:
        return "-"
    if row.value is not None:
        return number(row.value)
    low, high = number(row.low), number(row.high)
    if row.low == -float("inf"):
        return f"at most {high}"
    return f"at least {low}" if row.high == float("inf") else f"{low} to {high}"


def allowed(own: Verdict) -> str:
    """Write the tolerance, empty for a bound."""
    tolerance = own.number.tolerance if own.number is not None else None
    return "-" if tolerance is None else f"±{number(float(f'{tolerance:.6g}'))}"


def _draw(done: list[Reproduced], folder: str) -> None:
    from countermove.catalog import draw_entry
    from countermove.report.figures import write_figures

    drawings = [draw_entry(one) for one in done]
    for path in write_figures(drawings, folder):
        if path.suffix == ".png":
            click.echo(f"Written: {path} and .svg")
