"""The output reference, from the registry of variables of the running version.

Here: the directive ``output-reference``. Not here: meanings (``countermove.results.registry``).
"""

from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from countermove.results.registry import VARIABLES


class OutputReference(SphinxDirective):
    """A table of variables: ``outcomes`` (one value a patient) or ``trajectories``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        names = list(VARIABLES)
        first = names.index("tumor_age")
        chosen = names[first:] if self.arguments[0] == "outcomes" else names[:first]
        lines = [
            "```{list-table}",
            ":header-rows: 1",
            ":widths: 26 44 10 10 10",
            ":class: field-table",
        ]
        lines += ["", "* - Variable", "  - Meaning", "  - Unit", "  - Kind", "  - Known to"]
        for name in chosen:
            own = VARIABLES[name]
            dims = "" if self.arguments[0] == "outcomes" else f" ({', '.join(own.dims)})"
            lines += [f"* - `{name}`{dims}", f"  - {own.meaning}"]
            lines += [f"  - {own.unit}".rstrip(), f"  - {own.dtype}"]
            lines.append("  - the clinic" if own.source == "seen" else "  - the truth")
        lines.append("```")
        container = nodes.Element()
        self.state.nested_parse(StringList(lines, source="output registry"), 0, container)
        return container.children


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("output-reference", OutputReference)
    return {"parallel_read_safe": True}
