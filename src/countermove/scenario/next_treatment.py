"""A treatment that follows at progression: what it cannot be.

Here: refusals by field. Not here: the fields (``treatment``), going over to it while a simulation
runs (``treatment.crossing`` on a higher floor).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from countermove.foundation import ScenarioError, number_text
from countermove.scenario.policies import POLICY_KINDS

if TYPE_CHECKING:
    from countermove.scenario.treatment import Treatment


def check_next(own: Treatment) -> None:
    """Refuse what a treatment that begins at progression, on any day, cannot be."""
    for name, value in (("start", own.start), ("stop", own.stop), ("at", own.at or None)):
        if value:
            raise ScenarioError(
                f"at_progression.{name}",
                got="a list of days" if isinstance(value, tuple) else f"{number_text(value)} days",
                expected="no such field: it begins for each patient at progression",
                remedy="Remove it.",
            )
    if own.at_progression is not None:
        raise ScenarioError(
            "at_progression.at_progression",
            got="a third treatment",
            expected="one that follows, and none after it",
            remedy="Later lines can be lines of the second: {policy: sequential, drugs: [B, C]}.",
        )
    if not own.kind.any_day:
        may = [name for name, kind in POLICY_KINDS.items() if kind.any_day]
        raise ScenarioError(
            "at_progression.policy",
            got=f"'{own.policy}'",
            expected=f"a policy that may begin on any day: {', '.join(may)}",
        )
