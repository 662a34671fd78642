"""HTML that every page of ours is made of: one file that asks nothing of any network.

Here: the document around a body, its header, sections, figures and tables, the advice, the links to
the reports of the runs that a page is about. Not here: what a page says (``page``, ``sweep_page``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from countermove.report.style import Drawing, inline_svg
from countermove.results.run_folder import REPORT_FILE, SIGNATURE

ADVICE = "Simulated courses, for research and education, not medical advice."

# The browser itself refuses every request, whatever a scenario's words may hold.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class Link:
    """A table's cell that leads to a file beside the page."""

    text: str
    href: str


def document(title: str, body: Sequence[str]) -> str:
    """Return a whole page as text."""
    style = resources.files("countermove.report").joinpath("page.css").read_text(encoding="utf-8")
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="referrer" content="no-referrer">',
            SIGNATURE.decode(),
            f"<title>{escape(title)} · countermove</title>",
            f"<style>\n{style}</style>",
            "</head>",
            "<body>",
            *body,
            "</body>",
            "</html>",
            "",
        ]
    )


def page(
    names: tuple[str, str],
    said: str,
    parts: Sequence[str],
    drawings: Sequence[Drawing] = (),
    *,
    lead: str = "",
    first: str = "",
) -> str:
    """Return the page of several runs as text.

    Parameters
    ----------
    names
        The title, and the heading.
    said
        What was done, in a sentence or two.
    parts
        What follows the figures, empty ones left out.
    drawings
        Its figures.
    lead
        Description of the scenario; may be empty.
    first
        What stands before the figures; may be empty.
    """
    title, heading = names
    body = [
        header(heading, lead, said),
        first,
        *figures(drawings),
        *parts,
        footer(version("countermove")),
    ]
    return document(title, [part for part in body if part])


def header(heading: str, lead: str = "", said: str = "") -> str:
    """Return the top of a page: its heading, what it is about, and the advice."""
    lead = " ".join(lead.split())
    words = [f'<p class="lead">{escape(lead)}</p>'] if lead else []
    words += [f"<p>{escape(said)}</p>"] if said else []
    inside = "\n".join([f"<h1>{escape(heading)}</h1>", *words, advice()])
    return f"<header>\n{inside}\n</header>"


def section(title: str, inside: str, *notes: str) -> str:
    """Return a part of a page under its title, with notes below it; empty notes are left out."""
    words = "".join(f'<p class="note">{escape(note)}</p>\n' for note in notes if note)
    return f"<section>\n<h2>{escape(title)}</h2>\n{inside}\n{words}</section>"


def figures(drawings: Sequence[Drawing]) -> list[str]:
    """Return the figures of a page beside each other, where there are any."""
    if not drawings:
        return []
    return ['<div class="figures">', *(figure(drawing) for drawing in drawings), "</div>"]


def report_links(folders: Mapping[str, str] | None, beside: Path) -> dict[str, Link]:
    """Return the links to the reports that are there, by name of the run."""
    return {
        name: Link("open", f"{quote(folder)}/{REPORT_FILE}")
        for name, folder in (folders or {}).items()
        if (beside / folder / REPORT_FILE).exists()
    }


def report_row(names: Sequence[str], links: Mapping[str, Link]) -> list[tuple[str | Link, ...]]:
    """Return a table's row of links to each run's own report, where any is there."""
    return [("Own report", *(links.get(name, "-") for name in names))] if links else []


def advice() -> str:
    """Return the note that this is not medical advice."""
    return f'<p class="advice" role="note">{escape(ADVICE)}</p>'


def footer(version: str) -> str:
    """Return the end of a page."""
    return f"<footer><p>{escape(ADVICE)}</p><p>Made by countermove {escape(version)}.</p></footer>"


def figure(drawing: Drawing) -> str:
    """Return a figure with its title and caption, in the page's colors."""
    picture = inline_svg(drawing, escape(f"{drawing.title}. {drawing.caption}", quote=True))
    return (
        f"<figure>\n<h2>{escape(drawing.title)}</h2>\n{picture}\n"
        f"<figcaption>{escape(drawing.caption)}</figcaption>\n</figure>"
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[str | Link]], *, style: str = "") -> str:
    """Return a table that scrolls by itself where a screen is narrow."""
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    lines = "\n".join(
        "<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    kind = f' class="{style}"' if style else ""
    return (
        f'<div class="scroll" tabindex="0"><table{kind}>\n<thead><tr>{top}</tr></thead>\n'
        f"<tbody>\n{lines}\n</tbody></table></div>"
    )


def _cell(cell: str | Link) -> str:
    if isinstance(cell, Link):
        return f'<a href="{escape(cell.href, quote=True)}">{escape(cell.text)}</a>'
    return escape(cell)
