"""What is known of the biology a page touches: claims of the ledger, each with its status.

Here: the section of a page. Not here: the claims (``evidence``). A page states nothing about
biology outside of this section; a test walks the pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from countermove.evidence import STATUSES, Claim, claims_about
from countermove.foundation import Citation

TITLE = "What is known"
NOTE = (
    "Claims that the scenario touches, each with its sources. They speak of tumors in general; "
    "everything else on this page is about simulated patients."
)


def known(*documents: Mapping[str, Any]) -> str:
    """Return the section for scenarios as `to_document` writes them."""
    items = "\n".join(_item(one) for one in claims_about(*documents))
    return (
        f'<section id="known">\n<h2>{TITLE}</h2>\n<p class="note">{NOTE}</p>\n'
        f'<ul class="claims">\n{items}\n</ul>\n</section>'
    )


def link(one: Citation) -> str:
    """Return a source as a link to where its identifier resolves."""
    return f'<a href="{escape(one.url, quote=True)}" rel="noreferrer">{escape(str(one))}</a>'


def _item(one: Claim) -> str:
    kind = "established" if one.status == STATUSES[0] else "research"
    sources = ", ".join(link(source) for source in one.sources)
    return (
        f'<li data-claim="{escape(one.id, quote=True)}">'
        f'<span class="badge {kind}">{escape(one.badge)}</span> {escape(one.plain)} '
        f'<span class="from">{sources}</span></li>'
    )
