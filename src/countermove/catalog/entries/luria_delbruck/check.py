"""The Luria-Delbrück distribution: chances of a number of mutants, and the plating factor.

Here: from scenario to number. Not here: what the paper reports (``reported.yaml``).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import countermove as cm


def numbers(questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    return {one.id: _number(one) for one in questions}


def _number(one: Any) -> float:
    if one.ask == "plating":
        expected = 1.0  # mutations: cells times rate
        return expected / -math.log(cm.exact(one.scenario).cured)
    chances = cm.clone_size_distribution(one.scenario, ["r"], largest=8)
    return float(chances[int(one.ask)])
