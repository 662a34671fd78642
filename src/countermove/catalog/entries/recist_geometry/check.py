"""RECIST 1.1: volumes at response and at progression.

Here: from scenario to number. Not here: what the paper reports (``reported.yaml``).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import countermove as cm


def numbers(questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    return {one.id: HOW[one.ask](one.scenario) for one in questions}


def _responds(scenario: cm.Scenario) -> float:
    return _volume(scenario, "imaging_time_to_response", -0.1)


def _progresses(scenario: cm.Scenario) -> float:
    return _volume(scenario, "imaging_time_to_progression", 0.1)


def _volume(scenario: cm.Scenario, column: str, rate: float) -> float:
    """Volume on the day of an endpoint, of the baseline's, of a tumor that changes at a rate."""
    table = cm.simulate(scenario, progress=False).outcomes()
    return math.exp(rate * float(table[column].iloc[0]))


HOW = {"responds": _responds, "progresses": _progresses}
