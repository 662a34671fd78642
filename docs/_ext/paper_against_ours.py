"""The table of published numbers beside ours, recomputed when the page is built.

Here: the directive ``paper-against-ours``. Not here: the numbers (``countermove.catalog``).
"""

from collections import Counter
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from countermove.catalog import Reproduced, entry, entry_names, reproduce
from countermove.command_line.reproduce import allowed, printed
from countermove.command_line.wording import number


def table(done: Reproduced) -> list[str]:
    """Lines of one entry: its heading, its numbers, and why some are not compared."""
    links = ", ".join(done.entry.sources)
    lines = [f"```{{rubric}} {done.entry.title}", "```", "", f"`{done.entry.name}`. {links}", ""]
    lines += ["```{list-table}", ":header-rows: 1", ":widths: 34 16 12 12 10 16", ""]
    lines += ["* - Number", "  - Where", "  - Paper", "  - Ours", "  - Tolerance", "  - Verdict"]
    for own in done.verdicts:
        row = own.number
        unit = f" ({row.unit})" if row.unit else ""
        ours = "" if own.ours is None else number(own.ours)
        lines += [f"* - {row.says}{unit}", f"  - {row.place}; *{row.status}*"]
        lines += [f"  - {printed(own)}", f"  - {ours}".rstrip(), f"  - {allowed(own)}"]
        lines.append(f"  - {own.verdict}")
    lines += ["```", ""]
    notes = dict.fromkeys(own.note for own in done.verdicts if own.note)
    return lines + [f"- {note}." for note in notes] + [""]


class PaperAgainstOurs(SphinxDirective):
    """Every entry's quick tier; the build stops where a number fails."""

    def run(self) -> list[nodes.Node]:
        every = [reproduce(entry(name)) for name in entry_names()]
        failed = [one.entry.name for one in every if not one.passed]
        if failed:
            raise self.error(f"published numbers fail in: {', '.join(failed)}")
        counts = Counter(own.verdict for one in every for own in one.verdicts)
        said = "; ".join(f"{n} {verdict}" for verdict, n in counts.items())
        lines = [f"**{sum(counts.values())} numbers of {len(every)} entries:** {said}.", ""]
        for one in every:
            lines += table(one)
        container = nodes.Element()
        self.state.nested_parse(StringList(lines, source="catalog"), 0, container)
        return container.children


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("paper-against-ours", PaperAgainstOurs)
    return {"parallel_read_safe": True}
