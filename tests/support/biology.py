"""Here: what a page says about biology outside of claims. Not here: which pages (``faces``).

A page may state nothing about biology that is not a claim. The rule is mechanical: a sentence with
one of `WORDS` stands inside an element with ``data-claim``, or in the words of the scenario's
author, or is a label, or is one of `ABOUT_THE_RUN`.
"""

import re
from html.parser import HTMLParser

from support.pages import VOID

WORDS = re.compile(
    r"resist|mutat|dorman|persist|clon(e|al)|evol|tolera|sanctuar|heterogen|metasta|"
    r"plastic|efflux|bypass|pathway|apopto|immun|microenviron|compet|genom|genetic|ctdna|\bshed",
    re.IGNORECASE,
)
# A label names what a number is; it has no verb, and so ends without a full stop and is short.
LABELS = {"th", "td", "dt", "dd", "h1", "h2", "h3", "summary", "text", "tspan", "title"}
LONGEST_LABEL = 12
# What the author of the scenario wrote, or the scenario itself.
AUTHORS = {"lead"}
# Sentences that say what a figure or a table of this run shows.
ABOUT_THE_RUN = {
    "Hatching: survived first in a dormant state or a sheltered niche.",
    "A line at the bottom is a clone without a cell.",
    "it gives the mean course, which cannot show that few resistant cells decide",
}


class Stated(HTMLParser):
    """Texts of a page that speak of biology and are no claim."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.claims: list[str] = []
        self.loose: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if found.get("data-claim"):
            self.claims.append(found["data-claim"])
        if tag not in VOID:
            self.open.append((tag, found))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        for text in re.split(r"(?<=\.) ", " ".join(data.split())):
            if WORDS.search(text) and text not in ABOUT_THE_RUN and not self._allowed(text):
                self.loose.append(text)

    def _allowed(self, text: str) -> bool:
        if any("data-claim" in attrs for _, attrs in self.open):
            return True
        if any(attrs.get("class") in AUTHORS for _, attrs in self.open):
            return True
        tags = [tag for tag, _ in self.open]
        if {"style", "pre", "head"} & set(tags):
            return True
        short = len(text.split()) <= LONGEST_LABEL and not text.endswith(".")
        return bool(tags) and tags[-1] in LABELS and short
