"""``countermove examples``: the shipped examples, listed or written.

Here: the command. Not here: the examples (``scenario.library`` and the folder ``examples``).
"""

from __future__ import annotations

from pathlib import Path

import click

from countermove.command_line.options import json_option
from countermove.command_line.wording import echo_json
from countermove.command_line.writing import write_new
from countermove.scenario.library import example_files
from countermove.scenario.library import examples as names


@click.command()
@click.argument("name", required=False)
@click.option("--out", metavar="FILE", help="Write the example there; '.' for its own name here.")
@json_option
def examples(name: str | None, out: str | None, as_json: bool) -> None:
    """List the shipped examples, or write one to start from.

    Without NAME: each example and what it teaches. With NAME: the file itself, printed, or written
    with --out. A file that is there already is never replaced.
    """
    if name is None:
        if out is not None:
            raise click.UsageError("--out needs the NAME of an example.")
        _list(as_json)
        return
    result = example_files(name)
    if out is None:
        if as_json:
            parts = {"name": name, "title": result.load().name, "teaches": result.teaches}
            echo_json({**parts, "text": result.text, "companions": result.companions})
        else:
            click.echo(result.text, nl=False)
        return
    path = Path(out)
    path = path / f"{name}.yaml" if path.is_dir() else path
    texts = {path: result.text}
    texts |= {path.parent / other: text for other, text in result.companions.items()}
    write_new(texts, replace=False)
    if as_json:
        echo_json({"written": [str(path) for path in texts]})
        return
    for written in texts:
        click.echo(f"Written: {written}")
    click.echo(f"Next: countermove run {path}")


def _list(as_json: bool) -> None:
    result = [example_files(name) for name in names()]
    if as_json:
        items = [{"name": e.name, "title": e.load().name, "teaches": e.teaches} for e in result]
        echo_json({"examples": items})
        return
    from rich.padding import Padding
    from rich.text import Text

    from countermove.command_line.tables import console

    out = console()
    for item in result:
        out.print(Text(item.name, style="bold"))
        out.print(Padding(Text(item.teaches), (0, 0, 1, 4)))
    out.print("Run one:    countermove run NAME")
    out.print("Write one:  countermove examples NAME --out FILE")
