"""Komarova and Wodarz 2005: failure of one drug and of two.

Here: from scenario to number. Not here: what the paper reports (``reported.yaml``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import countermove as cm


def numbers(questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    return {one.id: HOW[one.ask](one.scenario) for one in questions}


def _fails(scenario: cm.Scenario) -> float:
    return 1.0 - cm.exact(scenario).cured_for_good


def _rises(scenario: cm.Scenario) -> float:
    """Failure over what it is where nothing dies."""
    return _fails(scenario) / _fails(cm.replace(scenario, {"tumor.death": 0}))


HOW = {"fails": _fails, "rises": _rises}
