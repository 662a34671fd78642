"""``countermove catalog``: the published results, listed, searched or written as a starting file.

Here: the command. Not here: entries (``countermove.catalog``), recomputing (``reproduce``).
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from countermove.command_line.options import json_option
from countermove.command_line.wording import echo_json
from countermove.command_line.writing import write_new

if TYPE_CHECKING:
    from countermove.catalog import Entry


@click.command()
@click.argument("words", nargs=-1)
@click.option(
    "--write", "write", metavar="FILE", help="Write the scenario of one entry, by its name."
)
@json_option
def catalog(words: tuple[str, ...], write: str | None, as_json: bool) -> None:
    """List published results that countermove recomputes.

    WORDS are the name of an entry, which is shown whole, or words that it must have. A file that is
    there already is never replaced.
    """
    from countermove.catalog import entry, entry_names, search

    if write is not None:
        if len(words) != 1:
            raise click.UsageError("--write needs the name of one entry.")
        _write(entry(words[0]), write, as_json)
        return
    known = [entry(name) for name in entry_names()]
    one = next((own for own in known if words == (own.name,)), None)
    if one is not None:
        _show(one, as_json)
        return
    _list(search(known, words), as_json)


def _write(one: Entry, name: str, as_json: bool) -> None:
    path = Path(name)
    path = path / f"{one.name}.yaml" if path.is_dir() else path
    write_new({path: one.text}, replace=False, option="--write")
    if as_json:
        echo_json({"written": [str(path)]})
        return
    click.echo(f"Written: {path}")
    click.echo(f"Next: countermove run {path}")


def _about(one: Entry) -> dict[str, Any]:
    states = Counter(
        "waiting for an engine"
        if own.waits_for
        else "not expressible"
        if own.not_expressible
        else "recomputed"
        for own in one.numbers
    )
    return {
        "name": one.name,
        "title": one.title,
        "sources": list(one.sources),
        "numbers": dict(states),
    }


def _show(one: Entry, as_json: bool) -> None:
    if as_json:
        echo_json({**_about(one), "scenario": one.text, "reading": one.reading})
        return
    click.echo(one.reading)
    click.echo("Sources: " + ", ".join(one.sources))
    click.echo(f"Recompute:  countermove reproduce {one.name}")
    click.echo(f"Start from: countermove catalog {one.name} --write FILE")


def _list(found: list[Entry], as_json: bool) -> None:
    if as_json:
        echo_json({"entries": [_about(one) for one in found]})
        return
    from rich.padding import Padding
    from rich.text import Text

    from countermove.command_line.tables import console

    out = console()
    for one in found:
        counts = ", ".join(f"{n} {state}" for state, n in _about(one)["numbers"].items())
        out.print(Text(one.name, style="bold"))
        out.print(Padding(Text(f"{one.title}\n{counts}"), (0, 0, 1, 4)))
    out.print("Recompute:  countermove reproduce NAME, or --all")
    out.print("Read one:   countermove catalog NAME")
    out.print("Write one:  countermove catalog NAME --write FILE")
