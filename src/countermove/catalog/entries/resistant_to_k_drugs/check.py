"""Cells resistant to all of k drugs: means at diagnosis.

Here: from scenario to number. Not here: what the paper reports (``reported.yaml``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import countermove as cm


def numbers(questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute each number asked for."""
    return {one.id: cm.exact(one.scenario).mean_at_diagnosis[one.ask] for one in questions}
