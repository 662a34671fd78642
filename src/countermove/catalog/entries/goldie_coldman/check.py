"""Goldie and Coldman 1979: sizes between which the chance of no resistance falls.

Here: from scenario to number. Not here: what the paper reports (``reported.yaml``).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from scipy.optimize import root_scalar

import countermove as cm


def numbers(questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    result = {}
    for one in questions:
        high, low = (_log_size(one.scenario, chance) for chance in (0.05, 0.95))
        result[one.id] = (high - low) / math.log(2.0 if one.ask == "doublings" else 10.0)
    return result


def _log_size(scenario: cm.Scenario, chance: float) -> float:
    """Log of the size at which the chance of no resistant cell is so much."""

    def above(log_size: float) -> float:
        one = cm.replace(scenario, {"tumor.diagnosed_at": math.exp(log_size)})
        return cm.exact(one).no_resistant_at_start["A"] - chance

    result = root_scalar(above, bracket=(math.log(1e3), math.log(2e7)), xtol=1e-5)
    return float(result.root)
