"""A page of ours read back: its elements, links, words, and what is wrong with its HTML.

Here: reading. Not here: what a page must say (``faces``).
"""

import re
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Page(HTMLParser):
    """Elements, ids, text and links of a page; notes tags that do not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.problems: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.used: list[str] = []
        self.links: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self._seen(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self._seen(tag, attrs)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing, line {self.getpos()[0]}")

    def handle_data(self, data):
        self.words.append(data)

    def _seen(self, tag, attrs):
        self.tags.append(tag)
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.problems.append(f"<{tag}> has an attribute twice, line {self.getpos()[0]}")
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in ("href", "src", "action", "data", "poster", "srcset", "xlink:href"):
                self.links.append((tag, name, value))
            self.used += re.findall(r"url\(#([^)]+)\)", value or "")
            if name == "href" and value.startswith("#"):
                self.used.append(value[1:])
