"""Laleh et al. 2022: the growth laws' sizes; the orders among fits wait.

Here: from scenario to number. Not here: what the paper reports (``reported.yaml``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import countermove as cm


def numbers(questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    return {one.id: _grown(one.scenario) for one in questions}


def _grown(scenario: cm.Scenario) -> float:
    """Size at the end of follow-up over that at the start."""
    burden = cm.simulate(scenario, every=50.0, progress=False).trajectories["burden"].to_numpy()[0]
    return float(burden[-1] / burden[0])
