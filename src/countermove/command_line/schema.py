"""``countermove schema``: the JSON Schema of a scenario file.

Here: the command. Not here: the schema (``scenario.files``).
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from countermove.command_line.writing import write_new


@click.command()
@click.option("--out", metavar="FILE", help="Write it there instead of printing it.")
@click.option("--json", "as_json", is_flag=True, help="Same: the schema is JSON.")
def schema(out: str | None, as_json: bool) -> None:
    """Print the JSON Schema of a scenario file.

    An editor with a YAML language server completes and checks scenario files by it.
    """
    from countermove.scenario import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    if out is None:
        click.echo(text, nl=False)
        return
    write_new({Path(out): text}, replace=True)
    click.echo(json.dumps({"written": [out]}) if as_json else f"Written: {out}")
