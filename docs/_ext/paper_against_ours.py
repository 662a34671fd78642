"""Published numbers beside ours, recomputed once as the documentation is built.

Here: the directive ``paper-against-ours``, the table of every entry, and a page of each, written
into ``docs/entries``. Not here: the numbers (``countermove.catalog``).
"""

import dataclasses
import re
from collections import Counter
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from ledger import plain
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from countermove.catalog import Entry, Reproduced, Verdict, draw_entry, entry, entry_names
from countermove.catalog import reproduce as recompute
from countermove.command_line.reproduce import allowed, printed
from countermove.command_line.wording import number
from countermove.evidence import claims_about
from countermove.foundation import parse_citation
from countermove.report.style import inline_svg
from countermove.scenario import to_document

FOLDER = "entries"  # below docs; built, never committed
BUILT: dict[str, Reproduced] = {}


def pages(app: Sphinx) -> None:
    """Recompute the quick tier of every entry, and write a page of each.

    Raises
    ------
    ExtensionError
        A number fails; the build stops.
    """
    BUILT.update({name: recompute(entry(name)) for name in entry_names()})
    failed = [name for name, done in BUILT.items() if not done.passed]
    if failed:
        raise ExtensionError(f"published numbers fail in: {', '.join(failed)}")
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.md"):
        if old.stem not in BUILT:
            old.unlink()
    for name, done in BUILT.items():
        path, text = folder / f"{name}.md", page(done)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def page(done: Reproduced) -> str:
    """Return the page of an entry: numbers, figure, reading, claims and scenario."""
    own = done.entry
    lines = [f"# {own.title}", "", f"{sources(own)}. {counted([done])}.", ""]
    lines += ["## The paper against ours", "", *table(done, whole=True)]
    lines += figure(done)
    lines += ["## Where each number was read", "", *reading(own)]
    lines += known(own)
    lines += ["## The scenario", "", "A file to start from. Some numbers change settings of it:"]
    lines += [f"`countermove reproduce {own.name} --json -` says which.", ""]
    lines += ["```text", f"countermove reproduce {own.name}"]
    lines += [f"countermove catalog {own.name} --write .", "```", ""]
    return "\n".join([*lines, "```yaml", own.text.rstrip(), "```", ""])


def sources(own: Entry) -> str:
    """Return the sources as links."""
    cited = [parse_citation(text) for text in own.sources]
    return ", ".join(f"[{one}]({one.url})" for one in cited)


def counted(every: list[Reproduced]) -> str:
    """Return how many numbers have which verdict."""
    counts = Counter(own.verdict for one in every for own in one.verdicts)
    total = sum(counts.values())
    said = "; ".join(f"{n} {verdict}" for verdict, n in counts.items())
    return f"**{total} number{'s' * (total > 1)}:** {said}"


def table(done: Reproduced, *, whole: bool) -> list[str]:
    """Return the numbers of an entry; ``whole`` says where each stands, and why, as well."""
    heads = {"Number": 40, "Paper": 14, "Ours": 14, "Tolerance": 13, "Verdict": 19}
    if whole:
        heads = {"Number": 32, "Where": 24, "Paper": 11, "Ours": 11, "Tolerance": 22, "Verdict": 14}
    lines = ["```{list-table}", ":header-rows: 1"]
    lines += [f":widths: {' '.join(map(str, heads.values()))}", ""]
    rows = [_row(own, whole) for own in done.verdicts]
    for cells in [list(heads), *(_as_above(rows) if whole else rows)]:
        lines += [f"{'  ' if place else '* '}- {cell}" for place, cell in enumerate(cells)]
    lines += ["```", ""]
    notes = dict.fromkeys(own.note for own in done.verdicts if own.note) if whole else {}
    return [*lines, *(f"- {note}." for note in notes), ""]


def _as_above(rows: list[list[str]]) -> list[list[str]]:
    """Say where a number stands, and why its tolerance, once for rows that share them."""
    said = [list(cells) for cells in rows]
    for above, cells, out in zip(rows, rows[1:], said[1:], strict=False):
        for place in (1, 4):
            if cells[place] == above[place]:
                out[place] = "as above"
    return said


def _row(own: Verdict, whole: bool) -> list[str]:
    row = own.number
    unit = f" ({row.unit})" if row.unit else ""
    ours = "" if own.ours is None else number(own.ours)
    cells = [f"{row.says}{unit}", printed(own), ours, allowed(own), own.verdict]
    if whole:
        cells.insert(1, f"{row.place}; *{row.status}*")
        cells[4] = f"{row.why}" if row.tolerance is None else f"{cells[4]}: {row.why}"
    return [cell.strip() for cell in cells]


def figure(done: Reproduced) -> list[str]:
    """Return the entry's figure, in the colors of the page; nothing where nothing was compared."""
    if all(own.ours is None for own in done.verdicts):
        return []
    drawing = draw_entry(done)
    drawing = dataclasses.replace(drawing, name=f"entry-{drawing.name}")
    text = inline_svg(drawing, "The paper's numbers and ours")
    html = f"<figure>{text}<figcaption>{drawing.caption}</figcaption></figure>"
    start = ["## The figure", "", "```{raw} html", '<div class="gallery entry">']
    return [*start, *html.splitlines(), "</div>", "```", ""]


def reading(own: Entry) -> list[str]:
    """Return the reading without its title; names of entries lead to their pages."""
    known = set(entry_names())

    def link(found: re.Match[str]) -> str:
        return f"[{found[0]}]({found[1]}.md)" if found[1] in known else found[0]

    text = re.sub(r"\A# .*\n", "", own.reading)
    return [*re.sub(r"`(\w+)`", link, text).strip().splitlines(), ""]


def known(own: Entry) -> list[str]:
    """Return the claims that the scenario touches, or those that every scenario does."""
    found, always = claims_about(to_document(own.scenario())), claims_about()
    said = [one for one in found if one not in always] or found
    lines = ["## What is known", "", "Claims of the [ledger](../ledger.md) that the scenario"]
    lines += ["touches. The numbers above are a model's.", ""]
    return [*lines, *(f"- {{claim}}`{one.id}` {plain(one.plain)}" for one in said), ""]


class PaperAgainstOurs(SphinxDirective):
    """Every entry's numbers, each heading leading to the entry's page."""

    def run(self) -> list[nodes.Node]:
        lines = [f"{counted(list(BUILT.values()))}, in {len(BUILT)} entries.", ""]
        for name, done in BUILT.items():
            lines += [f"```{{rubric}} [{done.entry.title}]({FOLDER}/{name}.md)", "```", ""]
            lines += table(done, whole=False)
        container = nodes.Element()
        self.state.nested_parse(StringList(lines, source="catalog"), 0, container)
        return container.children


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, and the writing of the pages."""
    app.connect("builder-inited", pages)
    app.add_directive("paper-against-ours", PaperAgainstOurs)
    return {"parallel_read_safe": True}
