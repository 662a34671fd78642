"""Most mutations are not in every region (Gerlinger et al. 2012): waits for genealogies.

Here: nothing yet. Not here: why (``reading.md``).
"""

from collections.abc import Mapping, Sequence
from typing import Any


def numbers(_questions: Sequence[Any], _full: bool) -> Mapping[str, float]:
    """Recompute nothing: no number of this entry can be computed."""
    return {}
