"""``countermove headline``: what the numbers of a report can mean, and what they cannot tell.

Here: the command and its tables. Not here: the answer (``countermove.headlines``), its figure
(``report.headline_figure``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from countermove.command_line.options import json_option
from countermove.command_line.wording import echo_json, number, percent
from countermove.foundation import OutputError, ScenarioError, shown

if TYPE_CHECKING:
    from countermove.headlines import Headline

EPILOG = """\b
Examples:
  countermove headline --response-rate 60% --months-to-progression 5.5
  countermove headline --response-rate .6 --months-to-progression 9 \\
      --follow-up 24 --figure headline.png
"""
ROWS = {
    "resistant_fraction": "Resistant fraction before treatment",
    "resistant_cells": "Resistant cells before treatment",
    "regrowth": "Regrowth of resistant cells, per day",
    "regrowth_doubling": "  doubling, days",
    "net_kill": "Net kill of the other cells, per day",
    "halving": "  halving, days",
    "resistant_throughout": "Patients in whom every cell resists",
}


@click.command(epilog=EPILOG)
@click.argument("words", nargs=-1, metavar="")
@click.option("--response-rate", metavar="SHARE", help="Patients with a response, .6 or 60%.")
@click.option("--depth", metavar="SHARE", help="Median largest shrinking of diameters, .7 or 70%.")
@click.option("--months-to-progression", metavar="MONTHS", help="Median.")
@click.option("--follow-up", metavar="MONTHS", help="How long patients were followed.")
@click.option("--size", metavar="CELLS", default="1e10", show_default=True,
              help="Cells of a tumor when treatment starts.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True,
              help="Seed of all random numbers.")  # fmt: skip
@click.option("--members", type=click.IntRange(1000, 1_000_000), default=20_000, show_default=True,
              help="Virtual cohorts of each round.")  # fmt: skip
@click.option("--figure", metavar="FILE", help="Draw it: .png, .svg or .pdf.")
@click.option("--replace", is_flag=True, help="Write over FILE.")
@json_option
def headline(words: tuple[str, ...], **options: Any) -> None:
    """Say which tumors would give a report's headline numbers, and for how long.

    Of the numbers at least one is needed. It speaks of groups of patients, never of a person.
    """
    from countermove.headlines import headline as answer

    if words:
        raise ScenarioError(
            "headline",
            got=shown(" ".join(words)),
            expected="numbers of a report alone, each with its option",
            remedy="It answers for no person, drug or disease by name.",
        )
    figure, replace, as_json = (options.pop(name) for name in ("figure", "replace", "as_json"))
    path = None if figure is None else _picture(figure, replace=replace)
    result = answer(**options)
    if path is not None:
        from countermove.report.headline_figure import write_headline

        write_headline(result, path)
    if as_json:
        echo_json({**result.to_dict(), **({} if path is None else {"figure": str(path)})})
        return
    _show(result, path)


def _picture(figure: str, *, replace: bool) -> Path:
    """Path of the picture, refused before any work."""
    from countermove.report.headline_figure import check_ending

    path = check_ending(figure)
    if path.exists() and not replace:
        raise OutputError(
            figure, got="a file that is there", expected="a new one", remedy="Or use --replace."
        )
    return path


def _show(found: Headline, path: Path | None) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from countermove.command_line.outcome_tables import DISCLAIMER
    from countermove.command_line.tables import console, heading, listed, show
    from countermove.headlines import NOBODY
    from countermove.headlines.answer import said

    out, sections = console(), found.sentences()
    heading(out, "What a headline can mean", said(found.report))
    table = found.table()
    rows = [(words, *map(_two_digits, table.loc[name])) for name, words in ROWS.items()]
    note = f"Of the typical patient at {number(found.report.size)} cells; 80% of the cohorts that "
    note += "fit lie between the outer columns."
    show(out, "What fits", ("", "10%", "50%", "90%"), rows, note=note)
    listed(out, "What that says", map(str, sections["what fits"]))
    out.print()
    lasting = found.lasting()
    rows = [(f"at {year} years" if year > 1 else "at 1 year", *map(_share, lasting.loc[year]))
            for year in lasting.index]  # fmt: skip
    show(out, "Expected without progression", ("", "10%", "50%", "90%"), rows)
    listed(out, "How long it lasts", map(str, sections["how long it lasts"]))
    out.print()
    title = "what the numbers cannot tell"
    listed(out, title.capitalize(), map(str, sections[title]))
    out.print()
    out.print(Text(f"[ensemble]: {found.ensemble}."))
    out.print(Text("Other names in brackets are claims: countermove evidence --claims"))
    if path is not None:
        out.print(Text(f"Figure: {path}", style="bold"))
    out.print(Padding(Text(NOBODY, style="bold"), (1, 0, 0, 0)))
    out.print(Text(DISCLAIMER, style="dim"))


def _share(value: float) -> str:
    """Write a share; 200 patients a cohort resolve no less than half a percent."""
    return "<1%" if value < 0.01 else percent(value)


def _two_digits(value: float) -> str:
    return number(float(f"{value:.2g}"))
