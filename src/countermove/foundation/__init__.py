"""The ground floor: what every other part stands on.

Here: errors and warnings, unit words, citations. Not here: anything that knows what a tumor is.
The modules that need numba or numpy (``jit``, ``streams``) are imported by those who use them.
"""

from countermove.foundation.citation import Citation, parse_citation
from countermove.foundation.errors import (
    CountermoveError,
    EngineFailure,
    EngineRefusal,
    NotYetError,
    OutputError,
    Place,
    ScenarioError,
    ScenarioWarning,
    shown,
    suggestion,
    tidy,
    warn_reader,
)
from countermove.foundation.tolerances import SAME_DAY
from countermove.foundation.units import (
    cells_of_size,
    comma_remedy,
    exact_text,
    has_unit,
    number_text,
    parse_quantity,
)

__all__ = [
    "SAME_DAY",
    "Citation",
    "CountermoveError",
    "EngineFailure",
    "EngineRefusal",
    "NotYetError",
    "OutputError",
    "Place",
    "ScenarioError",
    "ScenarioWarning",
    "cells_of_size",
    "comma_remedy",
    "exact_text",
    "has_unit",
    "number_text",
    "parse_citation",
    "parse_quantity",
    "shown",
    "suggestion",
    "tidy",
    "warn_reader",
]
