"""What the scenario format allows and this version does not do, refused by name.

Here: one list; when a later version implements something, its line goes. Not here: what can never
be computed (``references``, ``consistency``).
"""

from __future__ import annotations

from countermove.foundation import NotYetError
from countermove.scenario.scenario import Scenario
from countermove.scenario.treatment import LATER_POLICIES, POLICIES


def refuse_not_yet(scenario: Scenario) -> None:
    """Raise NotYetError for the first thing this version does not do."""
    treatment, monitoring = scenario.treatment, scenario.monitoring
    if treatment.policy in LATER_POLICIES:
        raise NotYetError(
            "treatment.policy",
            got=f"'{treatment.policy}'",
            expected=f"one of {', '.join(POLICIES)}",
        )
    if treatment.rules:
        raise NotYetError(
            "treatment.rules", got="rules", expected=f"a policy: {', '.join(POLICIES)}"
        )
    imaging = monitoring.imaging
    for where, given, what in (
        ("monitoring.imaging.error", imaging.error > 0.0, "scans with error"),
        ("monitoring.imaging.limit", imaging.limit > 0.0, "a limit of detection"),
        ("monitoring.marker", monitoring.marker is not None, "a serum marker"),
        ("monitoring.ctdna", monitoring.ctdna is not None, "circulating DNA"),
        ("monitoring.biopsy", monitoring.biopsy is not None, "biopsies"),
        ("space", scenario.space is not None, "positions in space"),
    ):
        if given:
            raise NotYetError(where, got=what, expected="nothing here", remedy="Remove it.")
    if scenario.engine == "spatial":
        raise NotYetError(
            "engine", got="'spatial'", expected="one of auto, exact, mean_field, branching"
        )
