"""``countermove evidence``: resistance seen in the clinic, and what is claimed about biology.

Here: the command. Not here: the table and the ledger (``countermove.evidence``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from countermove.command_line.options import json_option
from countermove.command_line.wording import echo_json

if TYPE_CHECKING:
    from countermove.evidence import Claim, Observed

COLUMNS = ("Drugs, mechanism, id", "Alteration, status, source", "Seen in")


@click.command()
@click.argument("words", nargs=-1)
@click.option("--claims", "of_claims", is_flag=True, help="List claims about biology instead.")
@click.option("--alteration", metavar="ID", help="Write one row as the start of an alteration.")
@json_option
def evidence(
    words: tuple[str, ...], of_claims: bool, alteration: str | None, as_json: bool
) -> None:
    """List alterations seen in the clinic under a drug, with how surely and from where.

    WORDS are a drug, a gene, a mechanism or a disease; each row has them all.
    """
    from countermove.evidence import alteration_of, claims, observed

    if alteration is not None:
        if words or of_claims:
            raise click.UsageError("--alteration ID stands alone.")
        text = alteration_of(alteration)
        if as_json:
            echo_json({"id": alteration, "alteration": text})
        else:
            click.echo(text)
    elif of_claims:
        _claims(claims(" ".join(words)), as_json)
    else:
        _rows(observed(" ".join(words)), as_json)


def _claims(found: Sequence[Claim], as_json: bool) -> None:
    if as_json:
        echo_json({"claims": [one.to_dict() for one in found]})
        return
    from rich.padding import Padding
    from rich.text import Text

    from countermove.command_line.tables import console

    out = console()
    for one in found:
        out.print(Text.assemble((one.id, "bold"), f"  {one.badge}; {one.topic}"))
        lines = [one.plain, one.science, ", ".join(map(str, one.sources))]
        out.print(Padding(Text("\n".join(lines)), (0, 0, 1, 4)))
    out.print(f"{len(found)} {'claim' if len(found) == 1 else 'claims'}.")


def _rows(found: Sequence[Observed], as_json: bool) -> None:
    if as_json:
        echo_json({"rows": [_fields(one) for one in found]})
        return
    from countermove.command_line.tables import console, show

    out = console()
    by_disease: dict[str, list[Observed]] = {}
    for one in found:
        by_disease.setdefault(one.disease, []).append(one)
    for disease, rows in by_disease.items():
        show(out, disease, COLUMNS, [_cells(one) for one in rows])
    out.print(
        "Seen in: share of the patients of one series, where it was read in the source.\n"
        "A chance for no one. Of whom, and every source: --json."
    )
    out.print("As an alteration of a scenario:  countermove evidence --alteration ID")


def _fields(one: Observed) -> dict[str, Any]:
    return {**one.to_dict(), "frequency": one.frequency, "sources": [str(s) for s in one.sources]}


def _cells(one: Observed) -> list[str]:
    drugs = ", ".join(one.drugs.split(";")) or one.drug_class
    where = "" if one.evidence == "clinical" else ", models"
    return [
        f"{drugs}\n{one.mechanism}\n{one.id}",
        f"{one.alteration}\n{one.status}{where}\n{one.sources[0]}",
        one.frequency or "-",
    ]
