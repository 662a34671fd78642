"""``countermove exact``: probabilities and means of a scenario, without simulation.

Here: the command and its tables. Not here: the answers (``simulation.exact``).
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from countermove.command_line.inputs import scenario_of
from countermove.command_line.notes import heard
from countermove.command_line.options import changes_option, json_option, rows_option
from countermove.command_line.wording import days, echo_json, percent

if TYPE_CHECKING:
    from countermove.simulation.exact import Exact

MOST_NAMES = 6


@click.command()
@click.argument("file")
@changes_option
@rows_option("Types shown.")
@json_option
def exact(file: str, changes: tuple[str, ...], rows: int, as_json: bool) -> None:
    """Compute probabilities without simulating.

    FILE is a scenario file or the name of a shipped example. Its cells must be independent of each
    other (exponential growth) and its treatment fixed in advance; what stands against that is said
    otherwise. Nothing is drawn at random and nothing is written.
    """
    from countermove.simulation import exact as answers

    scenario = scenario_of(file, changes)
    result = answers(scenario)
    if as_json:
        answers_ = {name: value for name, value in asdict(result).items() if name[0] != "_"}
        echo_json({"scenario": scenario.name, **answers_, "notes": heard()})
        return
    from countermove.command_line.tables import console, heading, show

    out = console()
    heading(out, scenario.name, "Engine exact: one patient drawn from the scenario")
    show(
        out,
        "At the end of follow-up",
        ("", "probability"),
        [
            ("No cell is alive", percent(result.cured)),
            ("No lineage is left that would last", percent(result.cured_for_good)),
        ],
        note="The second holds the last drug levels forever.",
    )
    _show_lines(result)
    if math.isfinite(result.mean_time_to_diagnosis):
        out.print(
            f"Mean time from the first cell to diagnosis: {days(result.mean_time_to_diagnosis)}"
        )
        out.print()
    names = result.types[:rows]
    cells = [
        (n, result.mean_at_diagnosis[n], result.mean_at_end[n], _known(result.sd_at_end[n]))
        for n in names
    ]
    show(
        out,
        "Cells of each type",
        ("type", "mean at diagnosis (cells)", "mean at end (cells)", "SD at end (cells)"),
        cells,
        left_out=len(result.types) - len(names),
        note="Means over patients, which rare large clones rule. -: no SD for a tumor grown from "
        "one cell.",
    )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _show_lines(found: Exact) -> None:
    """Show for each line how likely resistance is absent at diagnosis, and what it would be."""
    from countermove.command_line.tables import console, show

    rows: list[tuple[str, str, str]] = []
    for line, chance in found.no_resistant_at_start.items():
        names = found.resistant[line]
        more = f", {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        text = ", ".join(names[:MOST_NAMES]) + more
        rows.append((line, percent(chance), text or "none"))
    if rows:
        columns = ("line", "no resistant cell at diagnosis", "resistant: grows under the line")
        show(console(), "Resistance before treatment", columns, rows)
