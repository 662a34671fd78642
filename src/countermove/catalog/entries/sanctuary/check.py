"""A sanctuary: where relapses come from, with the drug shut out and let in.

Here: from scenario to number. Not here: what the paper reports (``reported.yaml``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import countermove as cm


def numbers(questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    return {one.id: _share(one) for one in questions}


def _share(one: Any) -> float:
    table = cm.simulate(one.scenario, patients=100, keep=0, seed=3, progress=False).outcomes()
    back = table["progressed"].to_numpy(bool)
    hidden = back & (table["relapse_route"] == "sheltered niche").to_numpy()
    return float(hidden.mean() if one.ask == "route of all" else hidden.sum() / back.sum())
