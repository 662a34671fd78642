"""Strobl et al. 2021: days to progression.

Here: from scenario to number. Not here: what the paper reports (``reported.yaml``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import countermove as cm


def numbers(questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    return {one.id: _progresses(one.scenario) for one in questions}


def _progresses(scenario: cm.Scenario) -> float:
    table = cm.simulate(scenario, every=1.0, progress=False).outcomes()
    return float(table["time_to_progression"].iloc[0])
