"""How the tumors of some patients begin: founders, sizes, given counts, shares at diagnosis.

Here: names of a scenario's start turned into the engine's `Founding`, with the numbers in which
patients differ and their lesions. Not here: growth itself (``engines``), drawing the numbers
(``simulation.drawing``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from countermove.engines.contract import Founding, Purpose
from countermove.foundation.arrays import Bools, Floats, Ints
from countermove.foundation.errors import ScenarioError
from countermove.foundation.streams import patient_streams
from countermove.model import CompiledModel
from countermove.model.numbers import Numbers
from countermove.scenario import Scenario, members
from countermove.simulation.drawing_lesions import PatientLesions, draw_lesions


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is known of some patients before anything is compiled.

    Attributes
    ----------
    carrying : (patients,) whether the tumor carries the intrinsic alteration
    lesions : of each patient
    numbers : in which they differ
    first : number of the first of them
    """

    carrying: Bools
    lesions: PatientLesions
    numbers: Numbers
    first: int = 0

    def of_tumor(self, path: str, own: float) -> Floats:
        """(1 or tumors,) a number of each tumor's patient."""
        result = self.numbers.at(path, own)
        return result if result.size == 1 else result[self.lesions.patient]


def beginning(
    scenario: Scenario, first: int, count: int, values: Mapping[str, Floats] | None = None
) -> Beginning:
    """Draw who carries what, and the lesions, of patients ``first`` and on.

    ``values`` are (count,) numbers in which they differ, by dotted path.
    """
    numbers = Numbers(values)
    lesions = draw_lesions(scenario, first, count, values)
    return Beginning(carriers(scenario, first, count, numbers), lesions, numbers, first)


def carriers(scenario: Scenario, first: int, count: int, numbers: Numbers) -> Bools:
    """(patients,) whose tumor carries the intrinsic alteration: each by its own stream."""
    if scenario.intrinsic is None:
        return np.zeros(count, dtype=np.bool_)
    words = patient_streams(scenario.seed, first, count, Purpose.COHORT)[:, 0]
    uniform = (words >> np.uint64(11)).astype(float) * 2.0**-53
    share = numbers.at("intrinsic.share_of_patients", scenario.intrinsic.share_of_patients)
    return np.asarray(uniform < share, dtype=np.bool_)


def founding_of(scenario: Scenario, model: CompiledModel, known: Beginning) -> Founding:
    """Founding of the tumors of some patients.

    Raises
    ------
    ScenarioError
        The start names a genotype that the model does not reach, or a tumor would have to grow
        from a cell whose like die out.
    """
    lesions, grown = known.lesions, scenario.tumor.start is None
    owner = lesions.patient
    founder = _plain_types(model, 0)[lesions.niche]
    convert, conversion = None, None
    if scenario.intrinsic is not None:
        genotype = _genotype(model, {scenario.intrinsic.alteration: 1}, "intrinsic.alteration")
        share = known.of_tumor("intrinsic.fraction", scenario.intrinsic.fraction)
        whole = known.carrying[owner] & (share == 1.0) & grown
        founder = np.where(whole, _plain_types(model, genotype)[lesions.niche], founder)
        convert = known.carrying[owner] & ~whole
        conversion = _conversion(model, genotype, share)
    if grown:
        _check_growth(scenario, model, known, founder)
    return Founding(
        founder.astype(np.int64),
        lesions.size.astype(np.float64),
        None if grown else _given(scenario, model, known),
        _scatter(scenario, model, known),
        convert,
        conversion,
        lesions.start,
    )


def _check_growth(
    scenario: Scenario, model: CompiledModel, known: Beginning, founder: Ints
) -> None:
    """Refuse a tumor of a first cell whose lineage, mutants aside, dies out for certain."""
    if len(model.states) == len(model.niches) == 1 and scenario.intrinsic is None:
        return  # births above deaths of the ancestral cell is a rule of the scenario itself
    owner = known.lesions.patient
    for genotype in np.unique(model.genotype[founder]):
        growth = np.broadcast_to(_growth(model, int(genotype)), known.carrying.shape)[owner]
        dying = (model.genotype[founder] == genotype) & (growth <= 0.0)
        if dying.any():
            tumor, name = int(np.argmax(dying)), model.genotypes.names[genotype]
            raise ScenarioError(
                "intrinsic.alteration" if genotype > 0 else "tumor.birth",
                got=f"a first cell '{name}' whose lineage grows at {growth[tumor]:.3g} per day "
                f"without drugs, in patient {known.first + int(owner[tumor])}",
                expected="growth above 0, or its tumor never reaches its size at diagnosis",
                remedy=(
                    f"Lower what {name} costs" if genotype > 0 else "Raise birth or lower death"
                )
                + (", or let fewer cells rest." if len(model.states) > 1 else "."),
            )


def _growth(model: CompiledModel, genotype: int) -> Floats:
    """(model's patients,) growth of a genotype without drugs, 1/day.

    The leading eigenvalue of the mean of its types, which differ in state and niche (Athreya & Ney
    1972, *Branching Processes*, chapter V).
    """
    lead = (model.patients, 1) if model.patients > 1 else (1,)
    rates = model.rates(np.zeros((*lead, len(model.drugs))), phase="before")
    shape = (model.patients, -1)
    net, moves = (rates.birth - rates.death).reshape(shape), rates.moves.reshape(shape)
    source, target = model.moves.source, model.moves.target
    mean = np.zeros((model.patients, model.types, model.types))
    kinds = np.arange(model.types)
    mean[:, kinds, kinds] = net
    patients = np.arange(model.patients)[:, None]
    np.add.at(mean, (patients, source, target), moves)
    np.add.at(mean, (patients, source, source), -moves)
    own = np.flatnonzero(_plain(model) & (model.genotype == genotype))
    return np.asarray(np.linalg.eigvals(mean[:, own][:, :, own]).real.max(axis=1))


def _genotype(model: CompiledModel, levels: dict[str, int], where: str) -> int:
    result = model.genotypes.carrying(levels)
    if result is None:
        raise ScenarioError(
            where,
            got="a genotype no cell reaches: " + " + ".join(levels),
            expected="one that requires, excludes and max_alterations allow",
            remedy="`countermove explain` lists the genotypes.",
        )
    return result


def _plain(model: CompiledModel) -> Bools:
    return np.asarray(model.origin == 0, dtype=np.bool_)


def _plain_types(model: CompiledModel, genotype: int) -> Ints:
    """(niches,) the type of a genotype that cycles in each niche."""
    own = _plain(model) & (model.genotype == genotype) & (model.state == 0)
    index = np.zeros(len(model.niches), dtype=np.int64)
    index[model.niche[own]] = np.flatnonzero(own)
    return index


def _conversion(model: CompiledModel, genotype: int, share: Floats) -> tuple[Ints, Ints, Floats]:
    """Share of the ancestral cells, state by state, that carry a genotype instead."""
    source = np.flatnonzero(_plain(model) & (model.genotype == 0))
    target = np.flatnonzero(_plain(model) & (model.genotype == genotype))
    return source, target, np.repeat(share[:, None], source.size, axis=1)


def _scatter(
    scenario: Scenario, model: CompiledModel, known: Beginning
) -> tuple[Ints, Ints, Floats]:
    """Shares of niches at diagnosis, of the cells in bulk; none where the start gives its own."""
    sources: list[int] = []
    targets: list[int] = []
    shares: list[Floats] = []
    if scenario.tumor.start is None:
        filled = [
            (number, known.of_tumor(f"niches.{name}.share", scenario.niches[name].share))
            for number, name in enumerate(model.niches)
            if name in scenario.niches
        ]
        for source in np.flatnonzero(_plain(model) & (model.niche == 0)):
            for niche, share in filled:
                if (share > 0.0).any():
                    sources.append(int(source))
                    targets.append(int(source) + niche)
                    shares.append(share)
    rows = max((share.size for share in shares), default=1)
    table = np.array([np.broadcast_to(share, (rows,)) for share in shares]).reshape(-1, rows).T
    return (
        np.array(sources, dtype=np.int64),
        np.array(targets, dtype=np.int64),
        np.ascontiguousarray(table, dtype=np.float64),
    )


def _given(scenario: Scenario, model: CompiledModel, known: Beginning) -> Floats:
    """(tumors, types) expected counts of a start given outright: shares are independent."""
    start = scenario.tumor.start
    assert start is not None
    tumors = known.lesions.size.size
    by_genotype = np.zeros((tumors, len(model.genotypes.names)))
    for name, fraction in start.fractions.items():
        where = f"tumor.start.fractions.{name}"
        genotype = _genotype(model, dict.fromkeys(members(name), 1), where)
        by_genotype[:, genotype] += known.of_tumor(where, fraction)
    by_genotype[:, 0] += 1.0 - by_genotype.sum(axis=1)
    by_state = _shares(known, "tumor.start.states", start.states, model.states)
    if start.niches:
        by_niche = _shares(known, "tumor.start.niches", start.niches, model.niches)
    else:
        own = {n: scenario.niches[n].share for n in model.niches if n in scenario.niches}
        by_niche = _shares(known, "niches", own, model.niches, last=".share")
    away = known.lesions.niche > 0  # a lesion in a niche is there as a whole
    by_niche[away] = np.eye(len(model.niches))[known.lesions.niche[away]]
    share = by_genotype[:, model.genotype] * by_state[:, model.state] * by_niche[:, model.niche]
    return known.lesions.size[:, None] * np.where(_plain(model), share, 0.0)


def _shares(
    known: Beginning, path: str, given: Mapping[str, float], names: tuple[str, ...], last: str = ""
) -> Floats:
    """(tumors, names) shares; what is left goes to the first name."""
    shares = np.zeros((known.lesions.size.size, len(names)))
    for number, name in enumerate(names):
        if number > 0 and name in given:
            shares[:, number] = known.of_tumor(f"{path}.{name}{last}", given[name])
    shares[:, 0] = 1.0 - shares.sum(axis=1)
    return np.maximum(shares, 0.0)
