"""Which engine runs a scenario, and why not the others.

Here: what a scenario asks of an engine, held against what each can do. Not here: the engines, nor
the list of them (``engines.registry``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from countermove.engines.registry import ENGINES
from countermove.foundation.errors import EngineRefusal
from countermove.scenario import Scenario

FEEDBACK = "competition between cells makes their fates depend on each other"
UNEQUAL = "kinds of cells crowd each other unequally, which only mean trajectories can say yet"
MAKING = "cells make cells of another state and stay, which only mean trajectories can say yet"
UNEQUAL_FIELDS = ("feels_others", "crowds_others", "takes_capacity")
REACTING = "the treatment reacts to what is seen of the tumor"


@dataclass(frozen=True, slots=True)
class Need:
    """Something that a scenario may ask of an engine.

    Attributes
    ----------
    capability : the field of ``Capabilities`` that must be true
    where : the field of the scenario that asks for it
    asked : whether a scenario does
    reason : why an engine without it cannot
    wanted : a scenario that it could run
    """

    capability: str
    where: str
    asked: Callable[[Scenario], bool]
    reason: str
    wanted: str


def _crowded(scenario: Scenario) -> bool:
    limited = any(niche.capacity is not None for niche in scenario.niches.values())
    return limited or scenario.tumor.growth.law != "exponential"


def _unequal(scenario: Scenario) -> bool:
    """Whether crowding differs between kinds of cells."""
    growth = scenario.tumor.growth
    weighed = any(
        own.feels_others != 1.0 or own.crowds_others != 1.0 for own in scenario.alterations.values()
    )
    taken = any(drug.takes_capacity > 0.0 for drug in scenario.drugs.values())
    scaled = growth.law != "exponential" and growth.acts_on == "net_growth"
    return weighed or taken or scaled or _varies(scenario, UNEQUAL_FIELDS)


def _varies(scenario: Scenario, fields: tuple[str, ...]) -> bool:
    """Whether patients differ in a number of one of these names, whatever the scenario's own is."""
    patients = scenario.patients
    paths = list(patients.vary)
    if patients.table is not None:
        paths += [*patients.table.columns, *patients.table.columns.values()]
    return any(path.rpartition(".")[2] in fields for path in paths)


def _makes(scenario: Scenario) -> bool:
    return any(state.made_by for state in scenario.states.values())


def _reacts(scenario: Scenario) -> bool:
    """Whether doses depend on the patient: on what is seen, or on toxicity."""
    own = scenario.treatment
    limits = [scenario.drugs[drug].limits for drug in own.named_drugs if drug in scenario.drugs]
    toxic = any(limit is not None and limit.toxicity is not None for limit in limits)
    return own.reacts or toxic


NEEDS = (
    Need(
        "crowding", "tumor.growth", _crowded, FEEDBACK, "cells that are independent of each other"
    ),
    Need("unequal", "alterations", _unequal, UNEQUAL, "cells that crowd each other alike"),
    Need("making", "states", _makes, MAKING, "states that cells enter by leaving another"),
    Need("reacting", "treatment.policy", _reacts, REACTING, "a treatment fixed in advance"),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine, and for each other one the reason against it."""

    engine: str
    against: dict[str, str]


def missing(scenario: Scenario, engine: str) -> Need | None:
    """Return what a scenario asks of an engine that the engine cannot do; None where it can all."""
    able = ENGINES[engine].capabilities
    asked = (need for need in NEEDS if need.asked(scenario))
    return next((need for need in asked if not getattr(able, need.capability)), None)


def with_courses(scenario: Scenario | None) -> tuple[str, ...]:
    """Names of the engines that run courses, of this scenario if given; the preferred one first."""
    able = (name for name, row in ENGINES.items() if row.capabilities.courses)
    return tuple(name for name in able if scenario is None or missing(scenario, name) is None)


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
    reasons: dict[str, str] = {}
    for name, row in ENGINES.items():
        need = missing(scenario, name)
        if need is not None:
            reasons[name] = need.reason
        elif not row.capabilities.courses:
            reasons[name] = row.when
    able = [name for name in ENGINES if name not in reasons]
    chosen = able[0] if asked == "auto" and able else asked
    if chosen not in able:
        raise EngineRefusal(
            "engine",
            got=f"'{asked}', but {reasons.get(asked, 'there is no such engine')}",
            expected="an engine that can run courses of patients",
            remedy="Engines that can: " + ", ".join(able) + ".",
        )
    for name in able:
        if name != chosen:
            reasons[name] = ENGINES[name].when
    return Choice(chosen, reasons)
