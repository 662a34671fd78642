"""Claret et al. 2009: size on given days and day of the nadir, from a level that decays.

Here: from scenario to number. Not here: what the paper reports (``reported.yaml``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import countermove as cm


def numbers(questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    return {one.id: HOW[one.ask](one) for one in questions}


def _course(scenario: cm.Scenario) -> tuple[np.ndarray, np.ndarray]:
    """Days, and the size over that at the start."""
    burden = cm.simulate(scenario, every=1.0, progress=False).trajectories["burden"]
    cells = burden.to_numpy()[0]
    return burden["time"].to_numpy(), cells / cells[0]


def _size(one: Any) -> float:
    days, size = _course(one.scenario)
    return float(size[days == float(one.id.removeprefix("day_"))][0])


def _nadir(one: Any) -> float:
    """Day of the lowest size, from a parabola through the lowest day and its neighbors."""
    days, size = _course(one.scenario)
    at = int(np.argmin(size))
    if at == 0:
        return 0.0
    before, lowest, after = size[at - 1 : at + 2]
    return float(days[at] + (before - after) / (2.0 * (before - 2.0 * lowest + after)))


HOW = {"size": _size, "nadir": _nadir}
