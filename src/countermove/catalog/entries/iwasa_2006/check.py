"""Iwasa, Nowak and Michor 2006: the factor F.

Here: from scenario to number. Not here: what the paper reports (``reported.yaml``).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import countermove as cm


def numbers(questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    return {one.id: _factor(one.scenario) for one in questions}


def _factor(scenario: cm.Scenario) -> float:
    expected = cm.read(scenario, "tumor.diagnosed_at") * cm.read(scenario, "alterations.r.rate")
    return -math.log(cm.exact(scenario).no_resistant_at_start["A"]) / expected
