"""Zhang et al. 2022: resistant cells at each restart, and when the tumor has escaped.

Here: from scenario to number. Not here: what the paper reports (``reported.yaml``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import countermove as cm


def numbers(questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    result: dict[str, float] = {}
    for one in questions:
        every = float(cm.read(one.scenario, "monitoring.imaging.every"))
        course = cm.simulate(one.scenario, every=every, progress=False).trajectories
        burden = np.asarray(course["burden"])[0]
        if one.ask == "highest":
            result[one.id] = float(burden.max() / burden[0])
        elif one.ask == "fails":
            result[one.id] = float(np.argmax(burden > 1.2 * burden[0]))
        else:
            result[one.id] = _at_restart(course, int(one.id.removeprefix("restart_")))
    return result


def _at_restart(course: Any, number: int) -> float:
    """Resistant cells when the drug is given again for the given time, counted from 1."""
    on = np.asarray(course["on"])[0, :, 0] > 0.0
    again = np.flatnonzero(on[1:] & ~on[:-1]) + 1
    resistant = np.asarray(course["genotype"]) == "R"
    return float(np.asarray(course["cells"])[0, again[number - 1], resistant].sum())
