"""Viossat and Noble 2021: days until resistant cells fill the limit.

Here: from scenario to number. Not here: what the paper reports (``reported.yaml``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import countermove as cm


def numbers(questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    return {one.id: HOW[one.ask](one.scenario) for one in questions}


def _fills(scenario: cm.Scenario) -> float:
    """Days until the resistant cells are as many as the tumor was."""
    cells = cm.simulate(scenario, every=0.5, progress=False).trajectories["cells"]
    resistant = np.maximum(cells.sel(type="R").to_numpy()[0], 1.0)
    limit = cm.read(scenario, "tumor.start.cells")
    grown = int(np.argmax(resistant >= limit)) + 1
    days = cells["time"].to_numpy()[:grown]
    return float(np.interp(np.log(limit), np.log(resistant[:grown]), days))


def _ratio(scenario: cm.Scenario) -> float:
    at_once = {"treatment": {"policy": "continuous", "drugs": ["D"]}, "drugs.D.kill": 200}
    return _fills(scenario) / _fills(cm.replace(scenario, at_once))


HOW = {"fills": _fills, "ratio": _ratio}
