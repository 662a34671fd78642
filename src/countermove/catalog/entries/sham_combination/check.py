"""A drug with itself: the effect of two halves over that of the whole.

Here: from scenario to number. Not here: what the paper reports (``reported.yaml``).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import countermove as cm


def numbers(questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    return {one.id: _kill(one.scenario, 1.0) / _alone(one.scenario) for one in questions}


def _alone(scenario: cm.Scenario) -> float:
    one = {"treatment": {"policy": "continuous", "drugs": ["A"]}, "drugs.A.levels": 2.0}
    return _kill(cm.replace(scenario, one), 1.0)


def _kill(scenario: cm.Scenario, day: float) -> float:
    """Kill in the first days, 1/day: growth off drug less growth under it."""
    burden = cm.simulate(scenario, every=day, progress=False).trajectories["burden"]
    change = math.log(float(burden[0, 1]) / float(burden[0, 0])) / day
    return float(cm.read(scenario, "tumor.birth")) - change
