"""Numbers that have no effect together, and times past the end.

Here: finite changes or titration of a drug that is always saturating, effects of a drug that only
adds to another, shares that sum above 1, what lies after the follow-up. Not here: names that do
not exist (``references``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from countermove.foundation import ScenarioError, number_text
from countermove.scenario.alterations import Alteration
from countermove.scenario.fields import members
from countermove.scenario.scenario import Scenario
from countermove.scenario.tumor import check_shares


def check_consistency(scenario: Scenario) -> None:
    """Raise ScenarioError for the first number that cannot mean what it says."""
    check_shares("niches", {name: niche.share for name, niche in scenario.niches.items()})
    for name, alteration in scenario.alterations.items():
        _check_change(name, alteration, scenario)
    for name, niche in scenario.niches.items():
        _check_niche(name, scenario)
        if niche.capacity is not None and scenario.tumor.growth.law == "power":
            raise ScenarioError(
                f"niches.{name}.capacity",
                got=f"{number_text(niche.capacity)} cells",
                expected="no capacity under the power law, which has none",
                remedy="Remove it, or choose another growth law.",
            )
    _check_adding(scenario)
    _check_crowding(scenario)
    _check_titration(scenario)
    _check_times(scenario)


def _without_effect(where: str, got: str, drug: str) -> ScenarioError:
    return ScenarioError(
        where,
        got=f"{got}, a change without effect on '{drug}', which has no levels and is always at "
        "full effect",
        expected=f"a drug with levels, or a complete change ({_complete(where)})",
        remedy=f"Give drugs.{drug}.levels, for instance 'levels: 3' (three times its EC50).",
    )


def _complete(where: str) -> str:
    return "fold: inf" if where.endswith("fold") else f"{where.rpartition('.')[2]}: 0"


def _check_change(name: str, alteration: Alteration, scenario: Scenario) -> None:
    """Refuse a partial change of the level or the EC50 of a drug that has no levels."""
    where = f"alterations.{name}"
    if alteration.mechanism == "target" and math.isfinite(alteration.fold):
        touched, field, value = alteration.drug, "fold", alteration.fold
    elif alteration.mechanism == "processing" and alteration.retention > 0.0:
        touched, field, value = alteration.drug, "retention", alteration.retention
    elif alteration.mechanism == "efflux" and alteration.retention > 0.0:
        touched = tuple(
            drug for drug, it in scenario.drugs.items() if alteration.pump in it.substrate_of
        )
        field, value = "retention", alteration.retention
    else:
        return
    for drug in touched:
        if scenario.drugs[drug].levels is None:
            raise _without_effect(f"{where}.{field}", number_text(value), drug)


def _check_niche(name: str, scenario: Scenario) -> None:
    niche = scenario.niches[name]
    named = niche.penetration if isinstance(niche.penetration, dict) else scenario.drugs
    for drug in named:
        reached = niche.penetration_of(drug)
        if 0.0 < reached < 1.0 and scenario.drugs[drug].levels is None:
            where = f"niches.{name}.penetration"
            where += f".{drug}" if isinstance(niche.penetration, dict) else ""
            error = _without_effect(where, number_text(reached), drug)
            raise ScenarioError(
                where,
                got=error.got,
                expected="a drug with levels, or a penetration of 0 or 1",
                remedy=error.remedy + " To weaken the drug itself, use 'shelter'.",
            )


def _check_adding(scenario: Scenario) -> None:
    """Refuse to give effects of its own to a drug whose levels count as those of another."""
    for name, drug in scenario.drugs.items():
        other = drug.adds_to
        if other is None:
            continue
        where, base = f"drugs.{name}.adds_to", scenario.drugs[other]
        if other == name or base.adds_to is not None:
            what = "itself" if other == name else f"'{other}', which adds to '{base.adds_to}'"
            raise ScenarioError(where, got=what, expected="a drug with effects of its own")
        if base.levels is None:
            raise ScenarioError(
                where,
                got=f"'{other}', which has no levels and is always at full effect",
                expected="a drug with levels, to which others can be added",
                remedy=f"Give drugs.{other}.levels, for instance 'levels: 3' (three times its "
                "EC50).",
            )
        for field in _effects_of(name, scenario):
            raise ScenarioError(
                field,
                got=f"'{name}', whose levels count as those of '{other}'",
                expected="a drug with effects of its own",
                remedy=f"Name '{other}'.",
            )


def _effects_of(name: str, scenario: Scenario) -> Iterator[str]:
    """Fields that give a drug an effect by name."""
    for one, state in scenario.states.items():
        makings = {f"made_by.{maker}.held_by": own.held_by for maker, own in state.made_by.items()}
        named = {"enter_under": state.enter_under, "held_by": state.held_by, **makings}
        named |= {"protection": state.protection} if isinstance(state.protection, dict) else {}
        yield from (f"states.{one}.{field}" for field, drugs in named.items() if name in drugs)
    for one, niche in scenario.niches.items():
        if isinstance(niche.shelter, dict) and name in niche.shelter:
            yield f"niches.{one}.shelter"
    for one, alteration in scenario.alterations.items():
        for field in ("blocked_by", "restored_by"):
            if name in getattr(alteration, field):
                yield f"alterations.{one}.{field}"
    yield from (f"interactions.{pair}" for pair in scenario.interactions if name in members(pair))


def _check_crowding(scenario: Scenario) -> None:
    """Refuse what changes crowding or takes capacity where the growth law has none."""
    law = scenario.tumor.growth.law
    for name, drug in scenario.drugs.items():
        if drug.takes_capacity > 0.0 and law not in ("logistic", "gompertz"):
            raise ScenarioError(
                f"drugs.{name}.takes_capacity",
                got=f"{number_text(drug.takes_capacity)} under the {law} law",
                expected="a growth law with a capacity",
                remedy="Give tumor.growth.law: logistic or gompertz, with a capacity.",
            )
    if law != "exponential":
        return
    for name, alteration in scenario.alterations.items():
        for field in ("feels_others", "crowds_others"):
            if getattr(alteration, field) != 1.0:
                raise ScenarioError(
                    f"alterations.{name}.{field}",
                    got=f"{number_text(getattr(alteration, field))} under the exponential law",
                    expected="a growth law under which cells crowd each other",
                    remedy="Give tumor.growth, such as {law: logistic, capacity: 1e10 cells}.",
                )


def _check_titration(scenario: Scenario) -> None:
    """Refuse to titrate a drug whose effect does not depend on its dose."""
    if scenario.treatment.policy != "titrated":
        return
    for drug in scenario.treatment.named_drugs:
        if scenario.drugs[drug].levels is None:
            raise ScenarioError(
                "treatment.drugs",
                got=f"'{drug}' to be titrated, which has no levels: half its dose has its full "
                "effect",
                expected="drugs with levels, whose effect falls with the dose",
                remedy=f"Give drugs.{drug}.levels, for instance 'levels: 3' (three times its "
                "EC50), or choose another policy.",
            )


def _check_times(scenario: Scenario) -> None:
    """Refuse a treatment, or the first visit it waits for, after the end of follow-up."""
    treatment, end = scenario.treatment, scenario.follow_up
    times = [("treatment.start", treatment.start)]
    times += [(f"treatment.at.{number}", time) for number, time in enumerate(treatment.at)]
    if treatment.reacts and (len(treatment.drugs) > 1 or treatment.policy != "sequential"):
        times.append(("monitoring.imaging.every", scenario.monitoring.imaging.every))
    for where, time in times:
        if time >= end and where.startswith("monitoring") and not _given_visits(scenario):
            raise ScenarioError(
                "follow_up",
                got=f"{number_text(end)} days",
                expected=f"more than the {number_text(time)} days to the first scan",
                remedy="Lengthen follow_up, or give monitoring.imaging.every.",
            )
        if time >= end:
            raise ScenarioError(
                where,
                got=f"{number_text(time)} days",
                expected=f"less than the follow-up, {number_text(end)} days",
                remedy="Lengthen follow_up, or bring it forward.",
            )


def _given_visits(scenario: Scenario) -> bool:
    return "monitoring" in scenario.model_fields_set
