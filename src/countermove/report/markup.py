"""HTML that every page of ours is made of: one file that asks nothing of any network.

Here: the document around a body, figures, tables, the advice. Not here: what a page says (``page``,
``sweep_page``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources

from countermove.report.style import Drawing, inline_svg
from countermove.results.run_folder import SIGNATURE

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
