"""``countermove explain``: the resolved scenario and what follows from it, as tables.

Here: the command. Not here: the tables' content (``model.explain``).
"""

from __future__ import annotations

import click

from countermove.command_line.inputs import scenario_of
from countermove.command_line.notes import heard
from countermove.command_line.options import changes_option, json_option, rows_option
from countermove.command_line.wording import echo_json


@click.command()
@click.argument("file")
@changes_option
@rows_option("Rows shown of each table that grows with the model.")
@json_option
def explain(file: str, changes: tuple[str, ...], rows: int, as_json: bool) -> None:
    """Print the resolved scenario and the rates that follow.

    FILE is a scenario file or the name of a shipped example. Shown are every default, every type
    of cell with its birth and death off drug and under each line of the treatment, and how cells
    pass from type to type.
    """
    from countermove.model.explain import explain as explained

    result = explained(scenario_of(file, changes), most=rows)
    if as_json:
        content = result.to_dict()
        echo_json({**content, "notes": [*heard(), *content["notes"]]})
        return
    from countermove.command_line.tables import console, heading, listed, show

    out = console()
    heading(out, result.name, result.description.strip())
    for table in result.tables:
        show(
            out,
            table.title,
            table.columns,
            table.rows,
            note=table.note,
            left_out=table.left_out,
        )
    listed(out, "Notes", result.notes)
