"""Numbers that pages print and the code decides, compared at each build.

Here: the list; a build whose code has moved on stops and names the page. Not here: the pages.
"""

from importlib import import_module
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

ENGINES = "countermove.engines."
# (page, module, name, value printed)
PRINTED = (
    ("engines", ENGINES + "branching.lengths", "LONGEST", 30.0),
    ("engines", ENGINES + "branching.lengths", "MAX_GROWTH", 3.0),
    ("engines", ENGINES + "branching.lengths", "MOVED", 0.2),
    ("engines", ENGINES + "branching.lengths", "SPREAD", 1.0),
    ("engines", ENGINES + "branching.lengths", "CROWDED", 0.45),
    ("engines", ENGINES + "branching.lengths", "PATH_NOISE", 0.05),
    ("engines", ENGINES + "branching.lengths", "DOSED", 0.5),
    ("engines", ENGINES + "branching.plan", "FREQUENT", 1e-4),
    ("engines", ENGINES + "kernels.events", "FEW", 100.0),
    ("engines", ENGINES + "kernels.leaps", "ONE_BY_ONE", 24.0),
    ("engines", ENGINES + "kernels.patients", "NEAR", 5e-4),
    ("engines", ENGINES + "kernels.birth_death", "SKEWED", 0.4),
    ("engines", ENGINES + "kernels.birth_death", "WIDE", 25.0),
    ("engines", ENGINES + "mean_field.engine", "RTOL", 1e-8),
    ("engines", ENGINES + "exact.at_size", "LARGEST_MUTANT_FRACTION", 0.1),
    ("engines", "countermove.simulation.exact", "LARGEST", 256),
    ("outcomes", "countermove.simulation.setup", "MANY_TYPES", 600),
    ("outcomes", "countermove.simulation.setup", "RECORD_EVERY", 14.0),
    ("patients", "countermove.simulation.exact_parts", "MOST_PATIENTS", 1000),
)


def compare(app: Sphinx) -> None:
    """Stop the build where a page prints what the code no longer does."""
    for page, module, name, printed in PRINTED:
        now = getattr(import_module(module), name, None)
        if now != printed:
            raise ExtensionError(f"docs/{page}.md prints {printed} for {module}.{name}, now {now}")


def setup(app: Sphinx) -> dict[str, Any]:
    """Compare before anything is read."""
    app.connect("builder-inited", compare)
    return {"parallel_read_safe": True}
