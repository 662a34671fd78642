"""What the scenario format allows and this version does not do, refused by name.

Here: one list; when a later version implements something, its line goes. Not here: what can never
be computed (``references``, ``consistency``).
"""

from __future__ import annotations

from countermove.foundation import NotYetError
from countermove.scenario.scenario import Scenario


def refuse_not_yet(scenario: Scenario) -> None:
    """Raise NotYetError for the first thing this version does not do."""
    for where, given, what in (("space", scenario.space is not None, "positions in space"),):
        if given:
            raise NotYetError(where, got=what, expected="nothing here", remedy="Remove it.")
    if scenario.engine == "spatial":
        raise NotYetError(
            "engine", got="'spatial'", expected="one of auto, exact, mean_field, branching"
        )
