"""Foo and Michor 2009: days to regrowth under three schedules of the same amount of drug.

Here: from scenario to number. Not here: what the paper reports (``reported.yaml``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import countermove as cm

WEEK = 7.0
GROWN = 1.2  # of the cells at the start


def numbers(questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    return {one.id: HOW[one.ask](one.scenario) for one in questions}


def _regrows(scenario: cm.Scenario) -> float:
    """First day on which the tumor has 1.2 times its cells at the start; nan if there is none."""
    burden = cm.simulate(scenario, every=WEEK, progress=False).trajectories["burden"]
    size, days = np.log(burden.to_numpy()[0]), burden["time"].to_numpy()
    limit = size[0] + np.log(GROWN)
    if size.max() < limit:
        return np.nan
    after = int(np.argmax(size >= limit))
    return float(np.interp(limit, size[after - 1 : after + 1], days[after - 1 : after + 1]))


def _evenly(scenario: cm.Scenario) -> cm.Scenario:
    given = {"policy": "continuous", "drugs": ["low"]}
    return cm.replace(scenario, {"treatment": given, "drugs.low.levels": _amount(scenario) / WEEK})


def _in_pulses(scenario: cm.Scenario) -> cm.Scenario:
    given = {"policy": "continuous", "drugs": ["pulses"]}
    return cm.replace(
        scenario, {"treatment": given, "drugs.pulses.levels.level": _amount(scenario)}
    )


def _amount(scenario: cm.Scenario) -> float:
    """Levels x days in a week: the low dose on six days, the pulse on one."""
    low = float(cm.read(scenario, "drugs.low.levels.level"))
    return 6.0 * low + float(cm.read(scenario, "drugs.pulses.levels.level"))


def _over_the_better(scenario: cm.Scenario) -> float:
    others = _regrows(_evenly(scenario)), _regrows(_in_pulses(scenario))
    return _regrows(scenario) / max(others)


def _gains(scenario: cm.Scenario) -> float:
    """Days gained over an even dose, of those gained where resistance costs nothing."""
    as_fast = cm.replace(scenario, {"alterations.R.cost": 0.0})
    gained = [_regrows(own) - _regrows(_evenly(own)) for own in (scenario, as_fast)]
    return gained[0] / gained[1]


HOW = {"over the better": _over_the_better, "gains": _gains}
