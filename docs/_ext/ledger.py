"""The ledger in the documentation: claims with badges, mechanisms by disease, links to a claim.

Here: the directives ``claims`` and ``mechanisms``, the role ``claim``. Not here: what is claimed
and what was seen (``countermove.evidence``).
"""

import re
from html import escape
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from countermove.evidence import Claim, Observed, claim, claims, observed
from countermove.foundation import Citation, ScenarioError

PAGE = "ledger.html"
# Heading of docs/mechanisms.md -> words of which a disease has one; the first that fits takes it.
GROUPS = {
    "blood": ("leukemia", "AML", "ALL", "CLL", "IDH", "lymphoma", "myeloma"),
    "lung": ("NSCLC", "lung"),
    "melanoma": ("melanoma",),
    "bowel": ("colorectal", "CRC"),
    "breast": ("breast",),
    "ovary": ("ovarian", "BRCA"),
    "prostate": ("prostate",),
    "elsewhere": ("",),
}


def group_of(row: Observed) -> str:
    """Name of the heading that a row stands below."""
    return next(
        name for name, words in GROUPS.items() if any(word in row.disease for word in words)
    )


def plain(text: str) -> str:
    """Text that Markdown takes as it stands."""
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", text)


def source(one: Citation | str) -> str:
    """A source as a link where it has an address."""
    if isinstance(one, Citation):
        return f"[{plain(str(one))}]({one.url})"
    number = re.match(r"PMC\d+", one)
    if number is not None:
        return f"[{plain(one)}](https://pmc.ncbi.nlm.nih.gov/articles/{number[0]}/)"
    return plain(one)


def badge(status: str) -> str:
    """A status as a small colored word."""
    kind = "established" if status == "established" else "research"
    return f'<span class="claim-badge {kind}">{escape(status.capitalize())}</span>'


class Claims(SphinxDirective):
    """Claims of one topic, each with an anchor ``claim-ID``."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        found = [one for one in claims() if one.topic == self.arguments[0]]
        if not found:
            raise self.error(f"no claim is about '{self.arguments[0]}'")
        lines = [line for one in found for line in self._lines(one)]
        container = nodes.Element()
        self.state.nested_parse(StringList(lines, source="ledger"), 0, container)
        return container.children

    def _lines(self, one: Claim) -> list[str]:
        start = f'<div class="claim" id="claim-{one.id}" data-claim="{one.id}">{badge(one.status)}'
        here = f'<a class="claim-id" href="#claim-{one.id}">{one.id}</a>'
        return [
            f"{start} {here}",
            "",
            plain(one.plain),
            "",
            f"*In the terms of the field:* {plain(one.science)}",
            "",
            "Sources: " + ", ".join(source(own) for own in one.sources),
            "",
            "</div>",
            "",
        ]


class Mechanisms(SphinxDirective):
    """Rows of the table for one group of diseases."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        if self.arguments[0] not in GROUPS:
            raise self.error(f"no group '{self.arguments[0]}'; there are {', '.join(GROUPS)}")
        rows = [one for one in observed() if group_of(one) == self.arguments[0]]
        rows.sort(key=lambda one: one.disease)
        lines = ["```{list-table}", ":header-rows: 1", ":widths: 22 30 16 20 22", ""]
        lines += ["* - Under", "  - Alteration", "  - Mechanism", "  - Seen in", "  - Source"]
        for one in rows:
            lines += self._row(one)
        container = nodes.Element()
        self.state.nested_parse(StringList([*lines, "```", ""], source="mechanisms"), 0, container)
        return container.children

    def _row(self, one: Observed) -> list[str]:
        drugs = ", ".join(one.drugs.split(";")) or one.drug_class
        shown = f"{one.frequency}: {one.frequency_context}" if one.frequency else "not verified"
        gene = f" ({', '.join(one.gene.split(';'))})" if one.gene else ""
        models = "" if one.evidence == "clinical" else "; in models"
        cited = f"{plain(one.citation)}. " if one.citation[:1].isalpha() else ""
        return [
            f"* - {plain(drugs)}. {plain(one.disease)}. `{one.id}`",
            f"  - {plain(one.alteration)}{plain(gene)}",
            f"  - {one.mechanism}; {one.timing}. {badge(one.status)}{models}",
            f"  - {plain(shown)}",
            f"  - {cited}{', '.join(source(own) for own in one.sources)}",
        ]


class ClaimRole(SphinxRole):
    """A badge that leads to a claim; an id that the ledger lacks stops the build."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            one = claim(self.text)
        except ScenarioError as error:
            message = self.inliner.reporter.error(str(error), line=self.lineno)
            return [], [message]
        kind = "established" if one.badge == "Established" else "research"
        up = "../" * self.env.docname.count("/")
        html = (
            f'<a class="claim-badge {kind}" data-claim="{one.id}" title="{escape(one.plain)}" '
            f'href="{up}{PAGE}#claim-{one.id}">{escape(one.status)}</a>'
        )
        return [nodes.raw("", html, format="html")], []


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives and the role."""
    app.add_directive("claims", Claims)
    app.add_directive("mechanisms", Mechanisms)
    app.add_role("claim", ClaimRole())
    return {"parallel_read_safe": True}
