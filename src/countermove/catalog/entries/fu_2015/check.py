"""Fu, Nowak and Bonhoeffer 2015: chances of resistance where drug levels differ and where not.

Here: from scenario to number. Not here: what the paper reports (``reported.yaml``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import countermove as cm

LOW, HIGH = "R | low", "R | bulk"


def numbers(questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    return {one.id: HOW[one.ask](one.scenario) for one in questions}


def _chance(scenario: cm.Scenario, *types: str) -> float:
    """Chance that a cell of some of the types is alive at the end of follow-up."""
    return 1.0 - cm.probability_absent(scenario, list(types), cm.read(scenario, "follow_up"))


def _low_over_high(scenario: cm.Scenario) -> float:
    return _chance(scenario, LOW) / _chance(scenario, HIGH)


def _spreads(scenario: cm.Scenario) -> float:
    """Chance of resistance where the drug is high, over that without exchange."""
    apart = cm.replace(scenario, {"niches.low.exchange": 0.0})
    return _chance(scenario, HIGH) / _chance(apart, HIGH)


def _over_even(scenario: cm.Scenario) -> float:
    """Chance of resistance over that where half of the level is everywhere."""
    half = 0.5 * float(cm.read(scenario, "drugs.D.levels.level"))
    even = cm.replace(scenario, {"drugs.D.levels": half, "niches.low.penetration": 1.0})
    return _chance(scenario, LOW, HIGH) / _chance(even, LOW, HIGH)


HOW = {"low over high": _low_over_high, "spreads": _spreads, "over even": _over_even}
