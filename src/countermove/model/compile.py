"""From a scenario to a compiled model: the one place where names become indices.

Here: types, rates and edges of the untreated and treated tumor. Not here: origins of lineages
(``model.origins``), doses over time (``treatment``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from countermove.foundation.errors import ScenarioError
from countermove.model.compiled import CompiledModel, Edges, When
from countermove.model.dose_response import DoseResponse, Knob
from countermove.model.genotypes import Genotypes, enumerate_genotypes
from countermove.model.growth_laws import EXPONENTIAL, LAWS, LOGISTIC, Growth
from countermove.scenario import Alteration, Scenario

MAX_TYPES = 50_000
BASE_STATE, BASE_NICHE = "cycling", "bulk"

Floats = NDArray[np.float64]


def compile_model(scenario: Scenario) -> CompiledModel:
    """Compile a scenario's tumor and drugs.

    Parameters
    ----------
    scenario
        A loaded, validated scenario.

    Raises
    ------
    ScenarioError
        Too many types are reachable, or the mutation probabilities of a type add up to more than 1.
    """
    genotypes = enumerate_genotypes(scenario.alterations, scenario.max_alterations)
    states = (BASE_STATE, *(s for s in scenario.states if s != BASE_STATE))
    niches = (BASE_NICHE, *(n for n in scenario.niches if n != BASE_NICHE))
    count = len(genotypes.names)
    sub_types = len(states) * len(niches)
    if count * sub_types > MAX_TYPES:
        raise ScenarioError(
            "max_alterations",
            got=f"{count:,} genotypes x {sub_types} states and niches",
            expected=f"at most {MAX_TYPES:,} types",
            remedy="Lower max_alterations, or leave out states or niches.",
        )
    genotype = np.repeat(np.arange(count), sub_types)
    state = np.tile(np.repeat(np.arange(len(states)), len(niches)), count)
    niche = np.tile(np.arange(len(niches)), count * len(states))
    birth, death = _untreated(scenario, genotypes, states)
    return CompiledModel(
        drugs=tuple(scenario.drugs),
        states=states,
        niches=niches,
        genotypes=genotypes,
        genotype=genotype,
        state=state,
        niche=niche,
        origin=np.zeros(genotype.size, dtype=np.int64),
        variants=count,
        sub_types=sub_types,
        birth=birth[genotype, state],
        death=death[genotype, state],
        response=_response(scenario, genotypes, (states, niches), (genotype, state, niche)),
        mutation=_mutation(scenario, genotypes, states, len(niches)),
        moves=_moves(scenario, (states, niches), count),
        growth=_growth(scenario, niches),
    )


def _untreated(
    scenario: Scenario, genotypes: Genotypes, states: tuple[str, ...]
) -> tuple[Floats, Floats]:
    """(genotypes, states) birth and death off drug; evasion acts later, as drugs undo it."""
    tumor = scenario.tumor
    costs = np.array([scenario.alterations[name].cost for name in genotypes.alterations])
    fitness: Floats = np.asarray(np.prod((1.0 - costs) ** genotypes.levels, axis=1), dtype=float)
    if tumor.cost_acts_on == "net_growth":
        division = (tumor.birth - tumor.death) * fitness + tumor.death
    else:
        division = tumor.birth * fitness
    own = [scenario.states.get(name) for name in states]
    birth_factor = np.array([1.0 if s is None else s.birth for s in own])
    death_factor = np.array([1.0 if s is None else s.death for s in own])
    death = np.full(division.shape, tumor.death)
    return np.outer(division, birth_factor), np.outer(death, death_factor)


def _mutation(
    scenario: Scenario, genotypes: Genotypes, states: tuple[str, ...], niches: int
) -> Edges:
    rate = np.array([scenario.alterations[n].rate for n in genotypes.alterations])
    own = [scenario.states.get(name) for name in states]
    factor = np.array([1.0 if s is None else s.mutation for s in own])
    sub_types = len(states) * niches
    sub = np.arange(sub_types)
    source = (genotypes.source[:, None] * sub_types + sub).ravel()
    target = (genotypes.target[:, None] * sub_types + sub).ravel()
    probability = (rate[genotypes.step][:, None] * np.repeat(factor, niches)).ravel()
    total = np.bincount(source, probability, minlength=len(genotypes.names) * sub_types)
    if total.size and total.max() > 1.0:
        worst = genotypes.names[int(total.argmax()) // sub_types]
        raise ScenarioError(
            "alterations",
            got=f"mutation probabilities that add up to {total.max():.3g} in genotype '{worst}'",
            expected="at most 1 per division over all alterations open to a cell",
            remedy="Lower the rates, or a state's mutation factor.",
        )
    return _edges(source, target, probability)


def _moves(
    scenario: Scenario, places: tuple[tuple[str, ...], tuple[str, ...]], count: int
) -> Edges:
    states, niches = places
    drugs = tuple(scenario.drugs)
    rows = [*_switches(scenario, states, len(niches), drugs)]
    rows += _exchanges(scenario, len(states), niches, len(drugs))
    sub_types = len(states) * len(niches)
    base = np.arange(count)[:, None] * sub_types
    shared = [name in scenario.niches and scenario.niches[name].share > 0.0 for name in niches]

    def spread(position: int) -> NDArray[np.int64]:
        column = np.array([row[position] for row in rows], dtype=np.int64)
        return (base + column).ravel()

    def repeat(position: int, width: tuple[int, ...]) -> Floats:
        column = np.array([row[position] for row in rows], dtype=float).reshape(len(rows), *width)
        return np.tile(column, (count, *[1] * len(width)))

    edges = _edges(
        spread(0), spread(1), repeat(2, ()), repeat(3, (len(drugs),)), repeat(4, (len(drugs),))
    )
    # a niche whose share at diagnosis is given is filled then, not by exchange before
    filled = (
        np.array(shared)[edges.target % len(niches)] | np.array(shared)[edges.source % len(niches)]
    )
    treated = When.FREE.value | When.SHELTERED.value
    return replace(edges, when=np.where(filled, treated, edges.when))


Move = tuple[int, int, float, list[float], list[float]]


def _switches(
    scenario: Scenario, states: tuple[str, ...], niches: int, drugs: tuple[str, ...]
) -> Iterator[Move]:
    none = [0.0] * len(drugs)
    for number, name in enumerate(states):
        if name not in scenario.states:
            continue
        state = scenario.states[name]
        induced = [state.enter_under.get(drug, 0.0) for drug in drugs]
        held = [state.held_by.get(drug, 0.0) for drug in drugs]
        for niche in range(niches):
            cycling, there = niche, number * niches + niche
            if state.enter or any(induced):
                yield cycling, there, state.enter, induced, none
            if state.leave:
                yield there, cycling, state.leave, none, held


def _exchanges(
    scenario: Scenario, states: int, niches: tuple[str, ...], drugs: int
) -> Iterator[Move]:
    none = [0.0] * drugs
    for number, name in enumerate(niches):
        if name not in scenario.niches or number == 0:
            continue
        niche = scenario.niches[name]
        back = niche.exchange if niche.back is None else niche.back
        for state in range(states):
            bulk, there = state * len(niches), state * len(niches) + number
            if niche.exchange:
                yield bulk, there, niche.exchange, none, none
            if back:
                yield there, bulk, back, none, none


def _edges(
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    rate: Floats,
    induced: Floats | None = None,
    held: Floats | None = None,
) -> Edges:
    order = np.lexsort((target, source))
    nothing = np.zeros((source.size, 0))
    return Edges(
        source=source[order].astype(np.int64),
        target=target[order].astype(np.int64),
        rate=rate[order].astype(float),
        induced=(nothing if induced is None else induced)[order],
        held=(nothing if held is None else held)[order],
        when=np.full(source.size, When.ALWAYS.value, dtype=np.int64),
    )


def _growth(scenario: Scenario, niches: tuple[str, ...]) -> Growth:
    law = scenario.tumor.growth
    codes = np.full(len(niches), LAWS.index(law.law))
    capacity = np.full(len(niches), law.capacity or 1.0)
    for number, name in enumerate(niches):
        own = scenario.niches[name].capacity if name in scenario.niches else None
        if own is not None:
            capacity[number] = own
            codes[number] = LOGISTIC if codes[number] == EXPONENTIAL else codes[number]
    return Growth(
        law=codes.astype(np.int64),
        capacity=capacity.astype(float),
        on_birth=law.acts_on == "birth",
        exponent=1.0 if law.exponent is None else law.exponent,
        reference=law.reference,
        added=max(scenario.tumor.birth - scenario.tumor.death, 0.0),
    )


def _factor(value: float | Mapping[str, float], drug: str, default: float) -> float:
    return value.get(drug, default) if isinstance(value, Mapping) else float(value)


def _response(
    scenario: Scenario,
    genotypes: Genotypes,
    places: tuple[tuple[str, ...], tuple[str, ...]],
    of: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
) -> DoseResponse:
    """Dose response of every type; ``of`` is (genotype, state, niche) of each type."""
    drugs = tuple(scenario.drugs)
    states, niches = places
    genotype, state, niche = of
    levels = genotypes.levels[genotype]
    shape = (genotype.size, len(drugs))
    fold, retention = np.ones(shape), np.ones(shape)
    knobs: dict[str, list[Knob]] = {"bypass": [], "efflux": [], "death_evasion": []}
    for column, name in enumerate(genotypes.alterations):
        alteration = scenario.alterations[name]
        carried = levels[:, column]
        touched = _touched(alteration, scenario, drugs)
        if alteration.mechanism == "target":
            fold *= np.where((carried > 0)[:, None] & touched, alteration.fold, 1.0)
        elif alteration.mechanism == "processing":
            retention *= np.where(touched, (alteration.retention or 0.0) ** carried[:, None], 1.0)
        else:
            knobs[alteration.mechanism].append(_knob(alteration, scenario, carried, touched))
    penetration, spared = np.ones(shape), np.ones(shape)
    for number, drug in enumerate(drugs):
        for index, name in enumerate(niches):
            if name in scenario.niches:
                here, own = niche == index, scenario.niches[name]
                penetration[here, number] = _factor(own.penetration, drug, 1.0)
                spared[here, number] *= 1.0 - _factor(own.shelter, drug, 0.0)
        for index, name in enumerate(states):
            if name in scenario.states:
                protection = _factor(scenario.states[name].protection, drug, 0.0)
                spared[state == index, number] *= 1.0 - protection
    gamma = np.zeros((len(drugs), len(drugs)))
    for pair, value in scenario.interactions.items():
        i, j = (drugs.index(part.strip()) for part in pair.split("+"))
        gamma[i, j] = gamma[j, i] = value
    return DoseResponse(
        kill=np.array([d.kill for d in scenario.drugs.values()]),
        stop=np.array([d.stop for d in scenario.drugs.values()]),
        hill=np.array([d.hill for d in scenario.drugs.values()]),
        cycle_specific=np.array([d.cycle_specific for d in scenario.drugs.values()], dtype=bool),
        fold=fold,
        penetration=penetration,
        retention=retention,
        spared=spared,
        bypass=tuple(knobs["bypass"]),
        efflux=tuple(knobs["efflux"]),
        evasion=tuple(knobs["death_evasion"]),
        highest=scenario.combine == "highest",
        interaction=gamma,
    )


def _touched(
    alteration: Alteration, scenario: Scenario, drugs: tuple[str, ...]
) -> NDArray[np.bool_]:
    """(drugs,) the drugs whose effect the alteration changes."""

    def is_touched(name: str) -> bool:
        drug = scenario.drugs[name]
        match alteration.mechanism:
            case "bypass":
                return drug.pathway is not None and drug.pathway == alteration.pathway
            case "efflux":
                return alteration.pump in drug.substrate_of
            case "death_evasion":
                return True
            case _:
                return name in alteration.drug

    return np.array([is_touched(name) for name in drugs], dtype=bool)


def _knob(
    alteration: Alteration,
    scenario: Scenario,
    carried: NDArray[np.int64],
    touched: NDArray[np.bool_],
) -> Knob:
    drugs = tuple(scenario.drugs)
    kind = alteration.mechanism
    own = {"bypass": alteration.blocked_by, "death_evasion": alteration.restored_by}.get(kind, ())
    undone = set(own)
    key = {"bypass": "bypass", "efflux": "efflux", "death_evasion": "death"}[kind]
    aim = {"bypass": alteration.pathway, "efflux": alteration.pump}.get(kind)
    for name, drug in scenario.drugs.items():
        given = drug.restores.get(key)
        if given is True or (given is not None and given is not False and given == aim):
            undone.add(name)
    strength = alteration.retention if kind == "efflux" else alteration.strength
    return Knob(
        carried=carried,
        strength=strength,
        drugs=touched,
        undone_by=tuple(sorted(drugs.index(name) for name in undone)),
    )
