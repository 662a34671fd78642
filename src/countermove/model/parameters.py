"""The numbers of a scenario as the arrays of a model, for all patients at once.

Here: every formula between a number in the file and `arrays.Parameters`. Not here: types and edges
(``model.compile``), drug levels (``model.levels``).

All arrays of one array's kind have patients first; see ``model.numbers``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countermove.foundation.arrays import Floats
from countermove.model.arrays import EFFLUX, Parameters
from countermove.model.numbers import Numbers, powers, stacked
from countermove.model.structure import Outline, makings
from countermove.scenario import Scenario, members


def compile_parameters(outline: Outline, numbers: Numbers) -> Parameters:
    """Fill the arrays.

    Parameters
    ----------
    outline
        The scenario with its genotypes, states, niches and ways of moving.
    numbers
        Its numbers, drawn or not.
    """
    scenario = outline.scenario
    birth, death = _untreated(outline, numbers)
    move, induced, held = _moves(outline, numbers)
    fold, retention = _exposure(outline, numbers)
    capacity, growth = _growth(outline, numbers)
    drugs = scenario.drugs.items()
    fields = [(f"drugs.{name}", drug) for name, drug in drugs]
    result = Parameters(
        birth=birth,
        death=death,
        mutation=_mutation(outline, numbers),
        move=move,
        induced=induced,
        held=held,
        kill=stacked(numbers.at(f"{path}.kill", drug.kill) for path, drug in fields),
        stop=stacked(numbers.at(f"{path}.stop", drug.stop) for path, drug in fields),
        hill=stacked(_hill(scenario, numbers, name) for name in scenario.drugs),
        fold=fold,
        retention=retention,
        penetration=_penetration(outline, numbers),
        spared=_spared(outline, numbers),
        strength=_strength(outline, numbers),
        gamma=_gamma(scenario, numbers),
        capacity=capacity,
        growth=growth,
        weight=_weight(outline, numbers),
        takes=stacked(
            numbers.at(f"{path}.takes_capacity", drug.takes_capacity) for path, drug in fields
        ),
    )
    return Parameters(*(np.ascontiguousarray(array, dtype=np.float64) for array in result))


def _hill(scenario: Scenario, numbers: Numbers, name: str) -> Floats:
    """(...) Hill coefficient of a drug, or of the one that its levels count as."""
    acts = scenario.drugs[name].adds_to or name
    return numbers.at(f"drugs.{acts}.hill", scenario.drugs[acts].hill)


def _tumor(scenario: Scenario, numbers: Numbers) -> tuple[Floats, Floats]:
    tumor = scenario.tumor
    return numbers.at("tumor.birth", tumor.birth), numbers.at("tumor.death", tumor.death)


def _untreated(outline: Outline, numbers: Numbers) -> tuple[Floats, Floats]:
    """(..., genotypes, states) birth and (..., states) death off drug; evasion acts later."""
    scenario, genotypes = outline.scenario, outline.genotypes
    birth, death = _tumor(scenario, numbers)
    fitness = np.ones((1, len(genotypes.names)))
    for column, name in enumerate(genotypes.alterations):
        cost = numbers.at(f"alterations.{name}.cost", scenario.alterations[name].cost)
        fitness = fitness * powers(1.0 - cost, genotypes.levels[:, column])
    if scenario.tumor.cost_acts_on == "net_growth":
        division = (birth - death)[:, None] * fitness + death[:, None]
    else:
        division = birth[:, None] * fitness
    return (
        division[:, :, None] * _state_factors(outline, numbers, "birth")[:, None, :],
        death[:, None] * _state_factors(outline, numbers, "death"),
    )


def _state_factors(outline: Outline, numbers: Numbers, field: str) -> Floats:
    """(..., states) a state's factor on birth, death or mutation."""
    own = outline.scenario.states
    return stacked(
        numbers.at(f"states.{name}.{field}", getattr(own[name], field)) if name in own else _one()
        for name in outline.states
    )


def _one() -> Floats:
    return np.ones(1)


def _mutation(outline: Outline, numbers: Numbers) -> Floats:
    """(..., alterations, states) probability per division."""
    alterations = outline.scenario.alterations
    rate = stacked(
        numbers.at(f"alterations.{name}.rate", alterations[name].rate)
        for name in outline.genotypes.alterations
    )
    return rate[:, :, None] * _state_factors(outline, numbers, "mutation")[:, None, :]


def _moves(outline: Outline, numbers: Numbers) -> tuple[Floats, Floats, Floats]:
    """(..., ways) rates off drug, and (..., ways, drugs) induced and held."""
    scenario = outline.scenario
    drugs = tuple(scenario.drugs)
    rates: list[Floats] = []
    induced: list[Floats] = []
    held: list[Floats] = []
    none = np.zeros((1, len(drugs)))
    for name in outline.states[1:]:
        path, state = f"states.{name}", scenario.states[name]
        enter = [
            numbers.at(f"{path}.enter_under.{d}", state.enter_under.get(d, 0.0)) for d in drugs
        ]
        kept = [numbers.at(f"{path}.held_by.{d}", state.held_by.get(d, 0.0)) for d in drugs]
        rates += [
            numbers.at(f"{path}.enter", state.enter),
            numbers.at(f"{path}.leave", state.leave),
        ]
        induced += [stacked(enter), none]
        held += [none, stacked(kept)]
    for name in outline.niches[1:]:
        path, niche = f"niches.{name}", scenario.niches[name]
        exchange = numbers.at(f"{path}.exchange", niche.exchange)
        own_back = niche.back is not None or numbers.has(f"{path}.back")
        back = numbers.at(f"{path}.back", niche.back or 0.0) if own_back else exchange
        rates += [exchange, back]
        induced += [none, none]
        held += [none, none]
    for name, maker in makings(scenario):
        path, making = f"states.{name}.made_by.{maker}", scenario.states[name].made_by[maker]
        kept = [numbers.at(f"{path}.held_by.{d}", making.held_by.get(d, 0.0)) for d in drugs]
        rates.append(numbers.at(f"{path}.rate", making.rate))
        induced.append(none)
        held.append(stacked(kept))
    return stacked(rates), _tables(induced, len(drugs)), _tables(held, len(drugs))


def _tables(rows: list[Floats], width: int) -> Floats:
    """(..., rows, columns) of rows (..., columns)."""
    if not rows:
        return np.zeros((1, 0, width))
    patients = max(row.shape[0] for row in rows)
    return np.stack([np.broadcast_to(row, (patients, width)) for row in rows], axis=1)


def _exposure(outline: Outline, numbers: Numbers) -> tuple[Floats, Floats]:
    """(..., genotypes, drugs) fold on EC50 and retention of exposure, but for pumps."""
    scenario, genotypes = outline.scenario, outline.genotypes
    fold = np.ones((1, len(genotypes.names), len(scenario.drugs)))
    retention = fold
    for column, name in enumerate(genotypes.alterations):
        alteration = scenario.alterations[name]
        carried, touched = genotypes.levels[:, column], outline.touched[column]
        where = (carried > 0)[:, None] & touched
        if alteration.mechanism == "target":
            own = numbers.at(f"alterations.{name}.fold", alteration.fold)
            fold = fold * np.where(where, own[:, None, None], 1.0)
        elif alteration.mechanism == "processing":
            own = numbers.at(f"alterations.{name}.retention", alteration.retention)
            retention = retention * np.where(where, powers(own, carried)[:, :, None], 1.0)
    return fold, retention


def _strength(outline: Outline, numbers: Numbers) -> Floats:
    """(..., genotypes, mechanisms) strength at the levels carried; of a pump the share lost."""
    genotypes = outline.genotypes
    columns: list[Floats] = []
    for column, kind in zip(outline.graded_columns, outline.graded, strict=True):
        name, carried = genotypes.alterations[column], genotypes.levels[:, column]
        alteration, path = outline.scenario.alterations[name], f"alterations.{name}"
        if kind == EFFLUX:
            left = numbers.at(f"{path}.retention", alteration.retention)
        else:
            left = 1.0 - numbers.at(f"{path}.strength", alteration.strength)
        columns.append(1.0 - powers(left, carried))
    return np.swapaxes(_tables(columns, len(genotypes.names)), 1, 2)


def _penetration(outline: Outline, numbers: Numbers) -> Floats:
    """(..., niches, drugs) factor on exposure."""
    own, drugs = outline.scenario.niches, tuple(outline.scenario.drugs)
    rows = [
        stacked(
            numbers.factor(f"niches.{name}.penetration", own[name].penetration, (drug, 1.0))
            if name in own
            else _one()
            for drug in drugs
        )
        for name in outline.niches
    ]
    return _tables(rows, len(drugs))


def _spared(outline: Outline, numbers: Numbers) -> Floats:
    """(..., states, niches, drugs) share of killing that is left."""
    scenario, drugs = outline.scenario, tuple(outline.scenario.drugs)
    by_niche = [
        stacked(
            1.0 - numbers.factor(f"niches.{n}.shelter", scenario.niches[n].shelter, (d, 0.0))
            if n in scenario.niches
            else _one()
            for d in drugs
        )
        for n in outline.niches
    ]
    by_state = [
        stacked(
            1.0 - numbers.factor(f"states.{s}.protection", scenario.states[s].protection, (d, 0.0))
            if s in scenario.states
            else _one()
            for d in drugs
        )
        for s in outline.states
    ]
    niches, states = _tables(by_niche, len(drugs)), _tables(by_state, len(drugs))
    return niches[:, None, :, :] * states[:, :, None, :]


def _gamma(scenario: Scenario, numbers: Numbers) -> Floats:
    """(..., drugs, drugs) symmetric interaction."""
    drugs = tuple(scenario.drugs)
    paths = [path for path in numbers.drawn if path.startswith("interactions.")]
    gamma = np.zeros((numbers.patients if paths else 1, len(drugs), len(drugs)))
    pairs = dict.fromkeys([*scenario.interactions, *(path.split(".", 1)[1] for path in paths)])
    for pair in pairs:
        i, j = (drugs.index(name) for name in members(pair))
        value = numbers.at(f"interactions.{pair}", scenario.interactions.get(pair, 0.0))
        gamma[:, i, j] = gamma[:, j, i] = value
    return gamma


def _weight(outline: Outline, numbers: Numbers) -> Floats:
    r"""(..., G, G) how much a cell of the second genotype crowds one of the first.

    The product over alterations of ``feels_others`` of those that the first alone carries and of
    ``crowds_others`` of those that the second alone carries: the coefficients
    :math:`\alpha_{ij}` of competitive Lotka-Volterra equations, 1 within a genotype.
    """
    genotypes = outline.genotypes
    weight = np.ones((1, len(genotypes.names), len(genotypes.names)))
    for column, name in enumerate(genotypes.alterations):
        own, path = outline.scenario.alterations[name], f"alterations.{name}"
        carries = genotypes.levels[:, column] > 0
        alone = carries[:, None] & ~carries[None, :]
        feels = numbers.at(f"{path}.feels_others", own.feels_others)[:, None, None]
        crowds = numbers.at(f"{path}.crowds_others", own.crowds_others)[:, None, None]
        weight = weight * np.where(alone, feels, 1.0) * np.where(alone.T, crowds, 1.0)
    return weight


def _growth(outline: Outline, numbers: Numbers) -> tuple[Floats, Floats]:
    """(..., niches) capacity, and (..., 4) the scalars of `growth_laws.Growth.numbers`."""
    scenario = outline.scenario
    law, path = scenario.tumor.growth, "tumor.growth"
    shared = numbers.at(f"{path}.capacity", law.capacity or 1.0)
    capacity: list[Floats] = []
    for name in outline.niches:
        own = scenario.niches[name].capacity if name in scenario.niches else None
        there = f"niches.{name}.capacity"
        given = own is not None or numbers.has(there)
        capacity.append(numbers.at(there, own or 1.0) if given else shared)
    birth, death = _tumor(scenario, numbers)
    scalars = [
        np.array([{"birth": 1.0, "death": 0.0, "net_growth": -1.0}[law.acts_on]]),
        numbers.at(f"{path}.exponent", 1.0 if law.exponent is None else law.exponent),
        numbers.at(f"{path}.reference", law.reference),
        np.maximum(birth - death, 0.0),
    ]
    return stacked(capacity), stacked(scalars)


def too_likely(outline: Outline, mutation: Floats) -> tuple[float, int, int] | None:
    """Largest sum of mutation probabilities, its patient and its genotype, if it exceeds 1.

    Parameters
    ----------
    mutation : (1 or patients, alterations, states)
    """
    genotypes = outline.genotypes
    if not genotypes.source.size:
        return None
    worst: NDArray[np.float64] = np.zeros((mutation.shape[0], len(genotypes.names)))
    for state in range(mutation.shape[2]):
        total = np.zeros_like(worst)
        for column in range(mutation.shape[1]):
            total[:, genotypes.source[genotypes.step == column]] += mutation[:, column, state, None]
        worst = np.maximum(worst, total)
    if worst.max() <= 1.0:
        return None
    patient, genotype = np.unravel_index(int(worst.argmax()), worst.shape)
    return float(worst.max()), int(patient), int(genotype)
