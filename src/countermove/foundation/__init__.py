"""The ground floor: what every other part stands on.

Here: errors in one shape, unit words, citations. Not here: anything that knows what a tumor is.
The modules that need numba or numpy (``jit``, ``streams``) are imported by those who use them.
"""

from countermove.foundation.citation import Citation, parse_citation
from countermove.foundation.errors import (
    CountermoveError,
    EngineRefusal,
    NotYetError,
    OutputError,
    ScenarioError,
    shown,
    suggestion,
)
from countermove.foundation.tolerances import SAME_DAY
from countermove.foundation.units import has_unit, number_text, parse_quantity

__all__ = [
    "SAME_DAY",
    "Citation",
    "CountermoveError",
    "EngineRefusal",
    "NotYetError",
    "OutputError",
    "ScenarioError",
    "has_unit",
    "number_text",
    "parse_citation",
    "parse_quantity",
    "shown",
    "suggestion",
]
