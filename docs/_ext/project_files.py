"""What the project's own files say: coming changes, how to cite.

Here: the directives ``unreleased-changes`` and ``citation``. Not here: the files.
"""

from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("feature", "bugfix", "doc", "removal", "misc")


class UnreleasedChanges(SphinxDirective):
    """Fragments of ``changelog.d`` by kind, as the next release will gather them."""

    def run(self) -> list[nodes.Node]:
        lines: list[str] = []
        for kind in KINDS:
            for path in sorted((ROOT / "changelog.d").glob(f"*.{kind}*.md")):
                self.env.note_dependency(str(path))
                text = " ".join(path.read_text(encoding="utf-8").split())
                lines.append(f"- **{kind}** (issue {path.name.split('.')[0]}): {text}")
        container = nodes.Element()
        self.state.nested_parse(StringList(lines or ["Nothing yet."]), 0, container)
        return container.children


class Citation(SphinxDirective):
    """A BibTeX entry from ``CITATION.cff``."""

    def run(self) -> list[nodes.Node]:
        path = ROOT / "CITATION.cff"
        self.env.note_dependency(str(path))
        cff = yaml.safe_load(path.read_text(encoding="utf-8"))
        names = [
            a.get("name") or f"{a['family-names']}, {a['given-names']}" for a in cff["authors"]
        ]
        entry = "\n".join(
            (
                f"@software{{countermove_{cff['version'].replace('.', '_')},",
                f"  title   = {{{{{cff['title']}}}}},",
                f"  author  = {{{' and '.join(f'{{{name}}}' for name in names)}}},",
                f"  version = {{{cff['version']}}},",
                f"  license = {{{cff['license']}}},",
                "}",
            )
        )
        return [nodes.literal_block(entry, entry, language="bibtex")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("unreleased-changes", UnreleasedChanges)
    app.add_directive("citation", Citation)
    return {"parallel_read_safe": True}
