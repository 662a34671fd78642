"""Two slopes of decline: the logarithm of the cells in blood over a stretch of days.

Here: from scenario to number. Not here: what the papers report (``reported.yaml``).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import countermove as cm

EARLY, LATE, LAST = (20, 60), (300, 600), (1700, 2100)  # days over which a slope is taken
DAYS = {"first": EARLY, "second": LATE, "terminal": LAST, "levels_off": LAST}


def numbers(questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    result: dict[str, float] = {}
    for one in questions:
        first, last = DAYS[one.id]
        course = cm.simulate(one.scenario, every=1.0, progress=False).trajectories
        seen = course["cells"][0][:, course["state"].values == "terminal"].sum("type")
        result[one.id] = math.log(float(seen[last]) / float(seen[first])) / (last - first)
    return result
