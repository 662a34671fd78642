"""Names that refer to one another: every name exists, and no demand contradicts another.

Here: drugs, alterations, states, niches, pumps and pathways by name; requires and excludes.
Not here: numbers without effect and times past the end (``consistency``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from countermove.foundation import ScenarioError, shown, suggestion
from countermove.scenario.alterations import Alteration
from countermove.scenario.fields import members
from countermove.scenario.scenario import Scenario
from countermove.scenario.treatment import Treatment


def check_references(scenario: Scenario) -> None:
    """Raise ScenarioError for the first name that does not exist or cannot be."""
    drugs = scenario.drugs
    for reserved, where, names in (
        ("cycling", "states", scenario.states),
        ("bulk", "niches", scenario.niches),
    ):
        if reserved in names:
            raise ScenarioError(
                f"{where}.{reserved}",
                got=f"'{reserved}'",
                expected="another name, because this one always exists and takes the rest",
            )
    _check_drugs(scenario)
    _check_alterations(scenario)
    for name, state in scenario.states.items():
        _known(f"states.{name}.enter_under", state.enter_under, drugs, "drug")
        _known(f"states.{name}.held_by", state.held_by, drugs, "drug")
        _check_made(name, scenario)
        if isinstance(state.protection, dict):
            _known(f"states.{name}.protection", state.protection, drugs, "drug")
    for name, niche in scenario.niches.items():
        for field, value in (("penetration", niche.penetration), ("shelter", niche.shelter)):
            if isinstance(value, dict):
                _known(f"niches.{name}.{field}", value, drugs, "drug")
    _check_start(scenario)
    _check_lines("treatment", scenario.treatment, drugs)
    if scenario.treatment.at_progression is not None:
        _check_lines("treatment.at_progression", scenario.treatment.at_progression, drugs)


def _check_made(name: str, scenario: Scenario) -> None:
    """Refuse a state that is made by itself or by none that exists."""
    where, there = f"states.{name}.made_by", ("cycling", *scenario.states)
    for maker, making in scenario.states[name].made_by.items():
        _known(where, [maker], there, "state")
        _known(f"{where}.{maker}.held_by", making.held_by, scenario.drugs, "drug")
        if maker == name:
            raise ScenarioError(
                where,
                got=f"'{name}' itself",
                expected="other states",
                remedy="Cells that make their own kind divide: raise 'birth'.",
            )


def _check_lines(where: str, treatment: Treatment, drugs: Iterable[str]) -> None:
    for number, line in enumerate(treatment.drugs):
        for name in line:
            _known(f"{where}.drugs.{number}", [name], drugs, "drug")


def _known(where: str, names: Iterable[str], known: Iterable[str], what: str) -> None:
    for name in names:
        if name not in known:
            there = list(known)
            raise ScenarioError(
                where,
                got=shown(name),
                expected=f"the name of {'an' if what[0] in 'aeiou' else 'a'} {what} in this file",
                remedy=suggestion(name, there) or f"The file has no {what}.",
            )


def _check_drugs(scenario: Scenario) -> None:
    pumps = {pump for drug in scenario.drugs.values() for pump in drug.substrate_of}
    pumps |= {alteration.pump for alteration in scenario.alterations.values() if alteration.pump}
    pathways = {drug.pathway for drug in scenario.drugs.values() if drug.pathway}
    for name, drug in scenario.drugs.items():
        if drug.adds_to is not None:
            _known(f"drugs.{name}.adds_to", [drug.adds_to], scenario.drugs, "drug")
        where = f"drugs.{name}.restores"
        if drug.restores.efflux is not None:
            _known(f"{where}.efflux", [drug.restores.efflux], sorted(pumps), "pump")
        if drug.restores.bypass is not None:
            _known(f"{where}.bypass", [drug.restores.bypass], sorted(pathways), "pathway")
    pairs: dict[frozenset[str], str] = {}
    for pair in scenario.interactions:
        where, names = f"interactions.{pair}", members(pair)
        if len(names) != 2 or names[0] == names[1] or not all(names):
            raise ScenarioError(where, got=shown(pair), expected="two drugs written 'A + B'")
        _known(where, names, scenario.drugs, "drug")
        _once(where, names, pairs)


def _once(where: str, names: tuple[str, ...], seen: dict[frozenset[str], str]) -> None:
    """Refuse the same combination in another order."""
    combination = frozenset(names)
    if combination in seen:
        raise ScenarioError(
            where, got="the same combination twice", expected="each combination once"
        )
    seen[combination] = where


def _check_alterations(scenario: Scenario) -> None:
    alterations = scenario.alterations
    pumps = sorted({pump for drug in scenario.drugs.values() for pump in drug.substrate_of})
    pathways = sorted({drug.pathway for drug in scenario.drugs.values() if drug.pathway})
    for name, alteration in alterations.items():
        where = f"alterations.{name}"
        for field in ("drug", "blocked_by", "restored_by"):
            _known(f"{where}.{field}", getattr(alteration, field), scenario.drugs, "drug")
        for field in ("requires", "excludes"):
            _known(f"{where}.{field}", getattr(alteration, field), alterations, "alteration")
        if alteration.pathway is not None:
            _known(f"{where}.pathway", [alteration.pathway], pathways, "pathway of a drug")
        if alteration.pump is not None:
            _known(f"{where}.pump", [alteration.pump], pumps, "pump of a drug")
        if name in alteration.excludes:
            raise ScenarioError(
                f"{where}.excludes", got=f"'{name}' itself", expected="other alterations"
            )
    _check_cycles(alterations)
    for name in alterations:
        _check_possible(name, alterations)
    if scenario.intrinsic is not None:
        where = "intrinsic.alteration"
        _known(where, [scenario.intrinsic.alteration], alterations, "alteration")
        _check_genotype(where, (scenario.intrinsic.alteration,), scenario)


def _check_cycles(alterations: Mapping[str, Alteration]) -> None:
    """Refuse alterations that wait for each other, without recursion."""
    done: set[str] = set()
    for first in alterations:
        path: list[str] = []
        stack = [(first, False)]
        while stack:
            name, leaving = stack.pop()
            if leaving:
                path.pop()
                done.add(name)
            elif name in path:
                cycle = [*path[path.index(name) :], name]
                raise ScenarioError(
                    f"alterations.{name}.requires",
                    got=f"a cycle: {' requires '.join(cycle[:6])}",
                    expected="an order in which alterations can arise",
                )
            elif name not in done:
                path.append(name)
                stack.append((name, True))
                stack += [(needed, False) for needed in alterations[name].requires]


def required_by(names: Iterable[str], alterations: Mapping[str, Alteration]) -> set[str]:
    """Everything the alterations need in the same cell, themselves included."""
    needed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += alterations[name].requires
    return needed


def _excluding(
    names: Iterable[str], alterations: Mapping[str, Alteration]
) -> tuple[str, str] | None:
    """Two of the alterations that cannot be in the same cell."""
    together = set(names)
    for name in sorted(together):
        for other in alterations[name].excludes:
            if other in together:
                return name, other
    return None


def _check_possible(name: str, alterations: Mapping[str, Alteration]) -> None:
    clash = _excluding(required_by([name], alterations), alterations)
    if clash is None:
        return
    one, other = clash
    if name == one:
        got = f"'{other}', which it also requires"
    elif name == other:
        got = f"'{name}' excluded by '{one}', which it requires"
    else:
        got = f"'{one}' and '{other}', both required, which exclude each other"
    field = "excludes" if name == one else "requires"
    raise ScenarioError(
        f"alterations.{name}.{field}", got=got, expected="alterations that can be in one cell"
    )


def _check_genotype(where: str, names: tuple[str, ...], scenario: Scenario) -> None:
    """Refuse a combination of alterations that no cell can carry."""
    alterations = scenario.alterations
    missing = sorted(required_by(names, alterations) - set(names))
    if missing:
        raise ScenarioError(
            where,
            got=f"{shown(' + '.join(names))} without {' and '.join(missing)}, which it requires",
            expected="alterations together with what they require",
            remedy=f"Write '{' + '.join([*missing, *names])}'."
            if where != "intrinsic.alteration"
            else "Choose an alteration that requires nothing.",
        )
    clash = _excluding(names, alterations)
    if clash is not None:
        raise ScenarioError(
            where,
            got=f"'{clash[0]}' with '{clash[1]}', which it excludes",
            expected="alterations that can be in one cell",
        )
    most = scenario.max_alterations
    if most is not None and len(names) > most:
        raise ScenarioError(
            where,
            got=f"{len(names)} alterations",
            expected=f"at most max_alterations, {most}",
        )


def _check_start(scenario: Scenario) -> None:
    start = scenario.tumor.start
    if start is None:
        return
    seen: dict[frozenset[str], str] = {}
    for combination in start.fractions:
        where, names = f"tumor.start.fractions.{combination}", members(combination)
        if len(set(names)) < len(names):
            raise ScenarioError(where, got="an alteration twice", expected="each alteration once")
        _known(where, names, scenario.alterations, "alteration")
        _once(where, names, seen)
        _check_genotype(where, names, scenario)
    _known("tumor.start.states", start.states, scenario.states, "state")
    _known("tumor.start.niches", start.niches, scenario.niches, "niche")
