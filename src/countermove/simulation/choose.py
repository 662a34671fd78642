"""Which engine runs a scenario, and why not the others.

Here: the choice and its reasons. Not here: the engines.
"""

from __future__ import annotations

from dataclasses import dataclass

from countermove.foundation.errors import EngineRefusal
from countermove.scenario import Scenario

TRAJECTORIES = ("branching", "mean_field")
FEEDBACK = "competition between cells makes their fates depend on each other"
REACTING = "the treatment reacts to what is seen of the tumor"
PROBABILITIES = "it gives probabilities, not courses of patients: ask countermove.exact for those"


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine, and for each other one the reason against it."""

    engine: str
    against: dict[str, str]


def cannot(scenario: Scenario, engine: str) -> str | None:
    """Why an engine cannot run a scenario's courses; None where it can."""
    match engine:
        case "exact":
            if scenario.tumor.growth.law != "exponential" or any(
                niche.capacity is not None for niche in scenario.niches.values()
            ):
                return FEEDBACK
            if scenario.treatment.reacts:
                return REACTING
            return PROBABILITIES
        case "spatial":
            return "it is not yet in this version"
        case _:
            return None


def choose(scenario: Scenario, engine: str | None = None) -> Choice:
    """Choose the engine for courses of patients.

    Parameters
    ----------
    scenario
        Loaded.
    engine
        Asked for; the scenario's own by default.

    Raises
    ------
    EngineRefusal
        The engine asked for cannot.
    """
    asked = engine or scenario.engine
    against = {name: cannot(scenario, name) for name in ("exact", "spatial")}
    reasons = {name: reason for name, reason in against.items() if reason}
    if asked in reasons or asked not in ("auto", *TRAJECTORIES):
        raise EngineRefusal(
            "engine",
            got=f"'{asked}', but {reasons.get(asked, 'there is no such engine')}",
            expected="an engine that can run courses of patients",
            remedy="Engines that can: " + ", ".join(TRAJECTORIES) + ".",
        )
    if asked == "mean_field":
        reasons["branching"] = "mean_field was asked for; it gives the mean, without chance"
        return Choice("mean_field", reasons)
    reasons["mean_field"] = "one trajectory cannot show that few resistant cells decide"
    return Choice("branching", reasons)
