"""Persisters: relapse without an alteration, with the state and without it.

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
    plain = back & (table["relapse_genotype"] == "ancestral").to_numpy()
    if one.ask == "relapses":
        return float(back.mean())
    return float(plain.mean() if one.ask == "unmutated of all" else plain.sum() / back.sum())
