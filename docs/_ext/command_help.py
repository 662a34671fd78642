"""Help texts of the command line, as the running version prints them.

Here: the directive ``command-help``, which runs the command. Not here: what it says
(``countermove.command_line``).
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

COMMAND = Path(sys.executable).parent / "countermove"


class CommandHelp(SphinxDirective):
    """``countermove [ARGUMENTS] --help``, run at build; without it, the arguments as they are."""

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"as-given": lambda _: True}  # noqa: RUF012 (docutils' own shape)

    def run(self) -> list[nodes.Node]:
        words = self.arguments[0].split() if self.arguments else []
        if "as-given" not in self.options:
            words.append("--help")
        ran = subprocess.run(
            [str(COMMAND), *words],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "COLUMNS": "88", "NO_COLOR": "1", "TERM": "dumb"},
            check=False,
        )
        if ran.returncode:
            raise self.error(f"countermove {' '.join(words)}: {ran.stderr.strip()}")
        text = f"$ countermove {' '.join(words)}\n{ran.stdout.rstrip()}"
        return [nodes.literal_block(text, text, language="text")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("command-help", CommandHelp)
    return {"parallel_read_safe": True}
