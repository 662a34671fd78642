"""What a scenario fixes for all its patients: types, edges, and which drug meets which alteration.

Here: names to indices, the ways between types, the graded mechanisms. Not here: any number
(``model.parameters``); a number only decides here whether something is there at all, by being
above 0 in the scenario or in any patient.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countermove.foundation.arrays import Bools, Ints
from countermove.foundation.errors import ScenarioError
from countermove.model.arrays import BYPASS, EFFLUX, EVASION, Layout, Ways, When
from countermove.model.genotypes import Genotypes, enumerate_genotypes
from countermove.model.growth_laws import EXPONENTIAL, LAWS, LOGISTIC
from countermove.model.numbers import Numbers
from countermove.scenario import Alteration, Scenario

MAX_TYPES = 50_000
BASE_STATE, BASE_NICHE = "cycling", "bulk"
GRADED = {"bypass": BYPASS, "efflux": EFFLUX, "death_evasion": EVASION}
UNDONE_BY = {"bypass": "bypass", "efflux": "efflux", "death_evasion": "death"}


@dataclass(frozen=True, slots=True)
class Outline:
    """A scenario with its names in index order.

    Attributes
    ----------
    scenario, genotypes, states, niches : what there is
    touched : (alterations, drugs) drugs whose effect an alteration changes
    graded_columns, graded : alteration and kind of each graded mechanism
    """

    scenario: Scenario
    genotypes: Genotypes
    states: tuple[str, ...]
    niches: tuple[str, ...]
    touched: Bools
    graded_columns: tuple[int, ...]
    graded: tuple[int, ...]


def outline_of(scenario: Scenario) -> Outline:
    """Enumerate the genotypes, states and niches.

    Raises
    ------
    ScenarioError
        Too many types are reachable.
    """
    genotypes = enumerate_genotypes(scenario.alterations, scenario.max_alterations)
    states = (BASE_STATE, *(s for s in scenario.states if s != BASE_STATE))
    niches = (BASE_NICHE, *(n for n in scenario.niches if n != BASE_NICHE))
    count, sub_types = len(genotypes.names), len(states) * len(niches)
    if count * sub_types > MAX_TYPES:
        raise ScenarioError(
            "max_alterations",
            got=f"{count:,} genotypes x {sub_types} states and niches",
            expected=f"at most {MAX_TYPES:,} types",
            remedy="Lower max_alterations, or leave out states or niches.",
        )
    carried = [scenario.alterations[name] for name in genotypes.alterations]
    drugs = tuple(scenario.drugs)
    touched = [[_is_touched(own, scenario, drug) for drug in drugs] for own in carried]
    columns = [column for column, own in enumerate(carried) if own.mechanism in GRADED]
    return Outline(
        scenario=scenario,
        genotypes=genotypes,
        states=states,
        niches=niches,
        touched=np.array(touched, dtype=bool).reshape(len(carried), len(drugs)),
        graded_columns=tuple(columns),
        graded=tuple(GRADED[carried[column].mechanism] for column in columns),
    )


def _is_touched(alteration: Alteration, scenario: Scenario, name: str) -> bool:
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


def _undoing(alteration: Alteration, scenario: Scenario) -> list[bool]:
    """Whether each drug undoes a graded mechanism, by its own word or the alteration's."""
    kind = alteration.mechanism
    own = {"bypass": alteration.blocked_by, "death_evasion": alteration.restored_by}.get(kind, ())
    aim = {"bypass": alteration.pathway, "efflux": alteration.pump}.get(kind)

    def undoes(name: str) -> bool:
        given = scenario.drugs[name].restores.get(UNDONE_BY[kind])
        if name in own or given is True:
            return True
        return given is not None and given is not False and given == aim

    return [undoes(name) for name in scenario.drugs]


def layout_of(outline: Outline, numbers: Numbers) -> Layout:
    """Types and edges of a scenario, without origins."""
    scenario = outline.scenario
    count = len(outline.genotypes.names) * len(outline.states) * len(outline.niches)
    mechanisms, drugs = len(outline.graded), len(scenario.drugs)
    alterations = [outline.genotypes.alterations[column] for column in outline.graded_columns]
    undone = [_undoing(scenario.alterations[name], scenario) for name in alterations]
    interacting = any(scenario.interactions.values()) or any(
        path.startswith("interactions.") for path in numbers.drawn
    )
    moves, stays = _moves(outline, numbers)
    return Layout(
        base=np.arange(count),
        like=_like(outline),
        cycle=np.array([drug.cycle_specific for drug in scenario.drugs.values()], dtype=bool),
        stresses=_stresses(outline, numbers),
        taking=_taking(outline, numbers),
        into=_into(scenario),
        adding=any(drug.adds_to is not None for drug in scenario.drugs.values()),
        mechanism=np.array(outline.graded, dtype=np.int64),
        touched=np.ascontiguousarray(outline.touched[list(outline.graded_columns)]).reshape(
            mechanisms, drugs
        ),
        undone=np.array(undone, dtype=bool).reshape(mechanisms, drugs),
        mutation=_mutation(outline),
        moves=moves,
        stays=stays,
        apart=_apart(outline, numbers),
        highest=scenario.combine == "highest",
        interacting=interacting,
        tracked=False,
    )


def _like(outline: Outline) -> Ints:
    """(genotypes, drugs) the first genotype with the same alterations of a drug's occupancy."""
    genotypes = outline.genotypes
    mechanisms = [outline.scenario.alterations[name].mechanism for name in genotypes.alterations]
    exposed = np.isin(np.array(mechanisms, dtype=object), ["target", "processing", "efflux"])
    like = np.zeros((outline.touched.shape[1], len(genotypes.names)), dtype=np.int64)
    into = _into(outline.scenario)
    for drug in range(like.shape[0]):
        touched = outline.touched[:, into == drug].any(axis=1)  # its own, and of what adds to it
        rows = genotypes.levels[:, exposed & touched]
        _, first, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        like[drug] = first[which.reshape(-1)]
    return np.ascontiguousarray(like.T)


def _into(scenario: Scenario) -> Ints:
    """(drugs,) the drug that the levels of each count as."""
    drugs = tuple(scenario.drugs)
    return np.array(
        [drugs.index(drug.adds_to or name) for name, drug in scenario.drugs.items()],
        dtype=np.int64,
    )


def _stresses(outline: Outline, numbers: Numbers) -> Bools:
    """(drugs,) whether a drug changes how cells move between states."""
    states = outline.scenario.states
    result = [
        any(
            numbers.positive(f"states.{name}.enter_under.{drug}", own.enter_under.get(drug, 0.0))
            or numbers.positive(f"states.{name}.held_by.{drug}", own.held_by.get(drug, 0.0))
            or any(
                numbers.positive(
                    f"states.{name}.made_by.{maker}.held_by.{drug}", making.held_by.get(drug, 0.0)
                )
                for maker, making in own.made_by.items()
            )
            for name, own in states.items()
        )
        for drug in outline.scenario.drugs
    ]
    return np.array(result, dtype=bool)


def _taking(outline: Outline, numbers: Numbers) -> Bools:
    """(drugs,) whether a drug takes capacity away."""
    return np.array(
        [
            numbers.positive(f"drugs.{name}.takes_capacity", drug.takes_capacity)
            for name, drug in outline.scenario.drugs.items()
        ],
        dtype=bool,
    )


def _apart(outline: Outline, numbers: Numbers) -> bool:
    """Whether cells of one niche are crowded unlike each other."""
    unlike = any(
        numbers.has(f"alterations.{name}.{field}") or getattr(own, field) != 1.0
        for name, own in outline.scenario.alterations.items()
        for field in ("feels_others", "crowds_others")
    )
    return unlike or bool(_taking(outline, numbers).any())


def _mutation(outline: Outline) -> Ways:
    genotypes = outline.genotypes
    niches = len(outline.niches)
    sub_types = len(outline.states) * niches
    sub = np.arange(sub_types)
    source, target, step, inside = np.broadcast_arrays(
        genotypes.source[:, None] * sub_types + sub,
        genotypes.target[:, None] * sub_types + sub,
        genotypes.step[:, None],
        sub // niches,
    )
    return sorted_ways(
        Ways(
            source.ravel(),
            target.ravel(),
            source.ravel() // sub_types,
            inside.ravel(),
            step.ravel(),
            np.full(source.size, When.ALWAYS.value),
        )
    )


def makings(scenario: Scenario) -> list[tuple[str, str]]:
    """Pairs of a state and one that makes it, in the order of their ways of moving."""
    return [(name, maker) for name, state in scenario.states.items() for maker in state.made_by]


def _moves(outline: Outline, numbers: Numbers) -> tuple[Ways, Bools]:
    """Edges of every genotype, and of which of them the cell stays what it is.

    Of each state and niche, one way goes in and the next one back; then come the makings.
    """
    niches, scenario = len(outline.niches), outline.scenario
    rows: list[tuple[int, int, int]] = []
    for number, name in enumerate(outline.states[1:], start=1):
        path, state, way = f"states.{name}", scenario.states[name], 2 * (number - 1)
        enters = numbers.positive(f"{path}.enter", state.enter) or any(
            numbers.positive(f"{path}.enter_under.{drug}", state.enter_under.get(drug, 0.0))
            for drug in scenario.drugs
        )
        leaves = numbers.positive(f"{path}.leave", state.leave)
        for niche in range(niches):
            there = number * niches + niche
            rows += [(niche, there, way)] * enters + [(there, niche, way + 1)] * leaves
    for number, name in enumerate(outline.niches[1:], start=1):
        path, niche = f"niches.{name}", scenario.niches[name]
        way = 2 * (len(outline.states) - 1) + 2 * (number - 1)
        goes = numbers.positive(f"{path}.exchange", niche.exchange)
        own_back = niche.back is not None or numbers.has(f"{path}.back")
        returns = numbers.positive(f"{path}.back", niche.back or 0.0) if own_back else goes
        for state in range(len(outline.states)):
            bulk, there = state * niches, state * niches + number
            rows += [(bulk, there, way)] * goes + [(there, bulk, way + 1)] * returns
    first = 2 * (len(outline.states) + len(outline.niches) - 2)
    for way, (name, maker) in enumerate(makings(scenario), start=first):
        made = scenario.states[name].made_by[maker]
        if numbers.positive(f"states.{name}.made_by.{maker}.rate", made.rate):
            to, by = outline.states.index(name), outline.states.index(maker)
            rows += [(by * niches + n, to * niches + n, way) for n in range(niches)]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    genotype = np.arange(len(outline.genotypes.names))[:, None]
    base = genotype * len(outline.states) * niches
    source, target = (base + table[:, 0]).ravel(), (base + table[:, 1]).ravel()
    # a niche whose share at diagnosis is given is filled then, not by exchange before
    shared = np.array([_is_filled(outline, numbers, name) for name in outline.niches])
    filled = shared[target % niches] | shared[source % niches]
    made_there = np.tile(table[:, 2] >= first, genotype.size)
    treated = When.FREE.value | When.SHELTERED.value
    ways = sorted_ways(
        Ways(
            source,
            target,
            np.broadcast_to(genotype, (genotype.size, len(table))).ravel(),
            source % niches,
            np.tile(table[:, 2], genotype.size),
            np.where(filled & ~made_there, treated, When.ALWAYS.value),
        )
    )
    return ways, ways.number >= first


def _is_filled(outline: Outline, numbers: Numbers, name: str) -> bool:
    niches = outline.scenario.niches
    return name in niches and numbers.positive(f"niches.{name}.share", niches[name].share)


def sorted_ways(ways: Ways) -> Ways:
    """Ways by source, then target."""
    order = np.lexsort((ways.target, ways.source))
    return Ways(*(np.ascontiguousarray(column[order], dtype=np.int64) for column in ways))


def laws_of(outline: Outline, numbers: Numbers) -> NDArray[np.int64]:
    """(niches,) growth law; under exponential growth a niche with a capacity grows logistically."""
    tumor = LAWS.index(outline.scenario.tumor.growth.law)
    own = outline.scenario.niches

    def bounded(name: str) -> bool:
        given = name in own and own[name].capacity is not None
        return given or numbers.has(f"niches.{name}.capacity")

    alone = LOGISTIC if tumor == EXPONENTIAL else tumor
    return np.array([alone if bounded(n) else tumor for n in outline.niches], dtype=np.int64)
