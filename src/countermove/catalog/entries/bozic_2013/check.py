"""Bozic et al. 2013: chances that treatment fails, exact and simulated.

Here: from scenario to number. Not here: what the paper reports (``reported.yaml``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import countermove as cm


def numbers(questions: Sequence[Any], full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    return {one.id: HOW[one.ask](one.scenario, full) for one in questions}


def _fails(scenario: cm.Scenario, _full: bool) -> float:
    """Chance that a lineage is left that would last under treatment for good."""
    return 1.0 - cm.exact(scenario).cured_for_good


def _cures(scenario: cm.Scenario, _full: bool) -> float:
    return cm.exact(scenario).cured_for_good


def _alive(scenario: cm.Scenario, _full: bool) -> float:
    """Chance that a cell resistant to both drugs is alive at diagnosis."""
    return 1.0 - cm.exact(scenario).no_resistant_at_start["A + B"]


def _cured_of_many(scenario: cm.Scenario, _full: bool) -> float:
    """Patients of a thousand with no cell left."""
    runs = cm.simulate(scenario, patients=1000, keep=0, every=365.25, seed=11, progress=False)
    return float(runs.outcomes()["cured"].sum())


def _fails_simulated(scenario: cm.Scenario, full: bool) -> float:
    patients = 8000 if full else 1000
    runs = cm.simulate(scenario, patients=patients, keep=0, every=365.25, seed=21, progress=False)
    return 1.0 - float(runs.outcomes()["cured"].mean())


HOW = {
    "fails": _fails,
    "cures": _cures,
    "alive": _alive,
    "cured of 1,000": _cured_of_many,
    "fails, simulated": _fails_simulated,
}
