"""Palmer and Sorger 2017: median time to progression under both drugs.

Here: from scenario to number. Not here: what the paper reports (``reported.yaml``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import countermove as cm


def numbers(questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    known: dict[int, float] = {}
    scenarios: list[cm.Scenario] = []
    result = {}
    for one in questions:
        if one.ask == "benefit":
            result[one.id] = _benefit(one.scenario)
            continue
        if one.scenario not in scenarios:
            scenarios.append(one.scenario)
        place = scenarios.index(one.scenario)
        if place not in known:
            known[place] = _median(one.scenario)
        result[one.id] = known[place]
    return result


def _benefit(scenario: cm.Scenario) -> float:
    """Median under both drugs over the larger of the medians under one."""
    one = {"treatment.policy": "continuous"}
    alone = [_median(cm.replace(scenario, {**one, "treatment.drugs": [drug]})) for drug in "AB"]
    return _median(scenario) / max(alone)


def _median(scenario: cm.Scenario) -> float:
    """Months that half of the patients stay free of progression."""
    table = cm.simulate(scenario, patients=40_000, keep=0, seed=7, progress=False).outcomes()
    return float(table["time_to_progression"].fillna(float("inf")).median()) / MONTH


MONTH = 365.25 / 12.0
