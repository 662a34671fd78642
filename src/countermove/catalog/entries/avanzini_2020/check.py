"""Avanzini et al. 2020: mean genomes in a mL of plasma.

Here: from scenario to number. Not here: what the paper reports (``reported.yaml``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import countermove as cm


def numbers(questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    return {one.id: _mean(one.scenario) for one in questions}


def _mean(scenario: cm.Scenario) -> float:
    visits = cm.simulate(scenario, patients=6000, keep=6000, seed=5, progress=False).visits
    assert visits is not None
    samples = visits[visits["observable"] == "ctdna.hge"]
    return float(samples["value"].mean())
