"""How an object shows itself in a notebook: a small table of names and values.

Here: the HTML of such a card. Not here: what it says (each object's own ``_repr_html_``).
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


def card(title: str, rows: Iterable[tuple[str, str]], note: str = "") -> str:
    """Return an HTML table with a title above and a note below; every text is escaped."""
    lines = "".join(
        f'<tr><th style="text-align:left">{escape(name)}</th>'
        f'<td style="text-align:left">{escape(value)}</td></tr>'
        for name, value in rows
    )
    below = f"<small>{escape(note)}</small>" if note else ""
    return f"<div><strong>{escape(title)}</strong><table>{lines}</table>{below}</div>"
