"""Answers of the engine ``exact`` for each kind of patient of a scenario.

Here: patients and lesions one by one, and a fixed treatment turned into rates over time. Not here:
the questions (``simulation.exact``), the backward equations (``engines.exact``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from countermove.engines.branching import Branching
from countermove.engines.branching.cohorts import plan_for
from countermove.engines.contract import Founding
from countermove.engines.exact.at_size import (
    cured_after_treatment,
    grow_to_size,
    mean_at_size,
    no_resistant_at_size,
)
from countermove.engines.exact.backward import extinction, no_surviving_lineage
from countermove.engines.exact.first_passage import mean_time_to_size
from countermove.engines.exact.linear_pieces import LinearPieces
from countermove.engines.exact.moments import moments
from countermove.foundation.arrays import Floats
from countermove.foundation.errors import EngineRefusal
from countermove.model import CompiledModel, Exposure, Rates, compile_model
from countermove.model.arrays import Dosing
from countermove.model.sampled import sampled_levels
from countermove.scenario import Scenario
from countermove.simulation.choose import missing, with_courses
from countermove.simulation.drawing import Drawing
from countermove.simulation.founding import Beginning, beginning, founding_of
from countermove.treatment import Histories, compile_treatment, nothing_seen, policy_of

MOST_PATIENTS = 1000  # who differ, each solved alone
CHANCE = 100.0  # standard deviations
LEFT = 1e4  # cells on average at the end; with more the tumor is not gone
AVERAGED = 7.0  # days over which moving drug levels are averaged at most


def parts_of(scenario: Scenario, model: CompiledModel) -> Iterator[tuple[float, tuple[Any, ...]]]:
    """Weight and answers of each kind of patient.

    Patients who differ are averaged as they are drawn, up to `MOST_PATIENTS` of them.
    """
    drawing, number = Drawing(scenario), scenario.patients.number
    if not drawing.places and not _lesions_differ(scenario):
        known = beginning(scenario, 0, 1)
        share = 0.0 if scenario.intrinsic is None else scenario.intrinsic.share_of_patients
        for weight, carrying in ((1.0 - share, False), (share, True)):
            if weight > 0.0:
                own = replace(known, carrying=np.array([carrying]))
                yield weight, _one(scenario, model, own)
        return
    if number > MOST_PATIENTS:
        raise EngineRefusal(
            "patients.number",
            got=f"{number:,} patients who differ",
            expected=f"at most {MOST_PATIENTS:,}, each of whom is solved alone",
            remedy="Ask for fewer patients, or simulate them: engine branching.",
        )
    drawn = drawing.patients(0, number).values
    whole = compile_model(scenario, drawn)
    for patient in range(number):
        values = {path: array[patient : patient + 1] for path, array in drawn.items()}
        known = beginning(scenario, patient, 1, values)
        yield 1.0 / number, _one(scenario, whole.one(patient if whole.patients > 1 else 0), known)


def _lesions_differ(scenario: Scenario) -> bool:
    """Whether the number of lesions, or their size, is drawn patient by patient."""
    own = scenario.lesions
    if own is None:
        return False
    drawn = own.size is not None and own.size.exactly is None
    return drawn or own.count.exactly is None


def _one(scenario: Scenario, model: CompiledModel, known: Beginning) -> tuple[Any, ...]:
    """Answers for one patient, in the order that `exact` unpacks: lesions are independent."""
    founding = founding_of(scenario, model, known)
    carrying = founding.convert is not None and bool(founding.convert.any())
    if founding.scatter[0].size or carrying:
        raise refusal(
            "niches" if founding.scatter[0].size else "intrinsic.fraction",
            "shares imposed on the tumor at diagnosis",
            "a tumor grown from one cell, or start counts given outright",
        )
    treatment = treated_pieces(scenario, model)
    _refuse_deaths(scenario, model, known, founding, treatment)
    resistant = resistant_genotypes(scenario, model)
    masks = [np.isin(model.genotype, g) for g in resistant.values()]
    answers: dict[Any, tuple[Any, ...]] = {}
    total: list[Any] = [1.0, 1.0, np.ones(len(masks)), 0.0, 0.0, 0.0, 0.0]
    for lesion in range(founding.founder.size):
        start = None if founding.cells is None else founding.cells[lesion]
        key = (int(founding.founder[lesion]), float(founding.size[lesion]))
        if key not in answers:
            answers[key] = _lesion(model, treatment, masks, (*key, start))
        cured, for_good, none, age, begin, end, spread = answers[key]
        total[0], total[1], total[2] = total[0] * cured, total[1] * for_good, total[2] * none
        total[3] = np.nan if lesion else age  # of the oldest of several: not worked out
        total[4], total[5], total[6] = total[4] + begin, total[5] + end, total[6] + spread
    with np.errstate(over="ignore"):
        total[6] = total[6] + np.outer(total[5], total[5])
    return (*total, resistant)


def _refuse_deaths(
    scenario: Scenario,
    model: CompiledModel,
    known: Beginning,
    founding: Founding,
    treatment: LinearPieces,
) -> None:
    """Refuse a patient whom the tumor may kill before the treatment clears it.

    The equations know no death: they would count as cured who died with a tumor that would have
    gone. A tumor that passes `lethal_at` and then stays large is not cured either way, so only one
    that shrinks again matters. Judged by the expected number of the cells there at the start and
    their like; ``CHANCE`` standard deviations of a count of that many are left for chance.
    """
    given = founding.cells
    if given is None:
        begin = np.bincount(founding.founder, weights=founding.size, minlength=model.types)
    else:
        begin = given.sum(axis=0)
    like = np.isin(model.genotype, model.genotype[begin > 0.0]) & (model.origin == 0)
    cells = begin[like]
    total = peak = float(cells.sum())
    for piece, length in enumerate(np.diff(treatment.edges)):
        matrix = treatment.mean_matrix(piece)[np.ix_(like, like)]
        with np.errstate(over="ignore", invalid="ignore"):
            cells = np.nan_to_num(cells @ expm(matrix * length), nan=np.inf)
        total = float(cells.sum())
        peak = max(peak, total)
    lethal = float(known.numbers.at("tumor.lethal_at", scenario.tumor.lethal_at)[0])
    with np.errstate(over="ignore"):
        reach = peak * (1.0 + CHANCE / np.sqrt(begin.sum()))
    if total < LEFT and reach >= lethal:
        raise refusal(
            "tumor.lethal_at",
            f"{lethal:.3g} cells, which a tumor expected to rise to {peak:.3g} may pass before the "
            "treatment clears it",
            f"more than {reach:.3g} cells: these equations know no death",
        )


def _lesion(
    model: CompiledModel,
    treatment: LinearPieces,
    masks: list[NDArray[np.bool_]],
    begun: tuple[int, float, Floats | None],
) -> tuple[Any, ...]:
    """Answers for one lesion; in the last place the covariance of its cells at the end."""
    founder, size, start = begun
    if start is not None:
        cured = extinction(treatment, start)
        for_good = no_surviving_lineage(treatment, start)
        none = [float(not start[mask].any()) for mask in masks]
        age = np.nan
    else:
        growth = growth_pieces(model)
        grown = grow_to_size(growth, size, founder=founder)
        cured = cured_after_treatment(grown, treatment)
        for_good = cured_after_treatment(grown, treatment, forever=True)
        none = [0.0 if m[founder] else no_resistant_at_size(grown, m) for m in masks]
        age = mean_time_to_size(growth, size, founder=founder)
        start = mean_at_size(grown)
    end, spread = moments(treatment, start)
    if not np.isnan(age):
        spread = np.full(spread.shape, np.nan)
    return cured, for_good, np.array(none), age, start, end, spread


def treated_pieces(scenario: Scenario, model: CompiledModel) -> LinearPieces:
    """Rates from diagnosis to the end of follow-up under a treatment fixed in advance."""
    policy = policy_of(compile_treatment(scenario), 1)
    histories = Histories(len(model.drugs), 1, scenario.treatment.start)
    end = scenario.follow_up
    moments_ = policy.moments(end)
    days = np.unique(np.concatenate([[0.0], moments_[moments_ > 0.0], [end]]))
    lengths, rates = [], []
    engine, peak = Branching(model, longest_leap=AVERAGED), np.zeros(len(model.drugs))
    for begin, until in pairwise(days.tolist()):
        doses = policy.decide(nothing_seen(begin, 1))
        histories.give(begin, np.asarray(doses, dtype=float))
        exposure, _ = histories.exposures(begin, until)[0]
        plan = plan_for(model, 0, engine.exposed(exposure), peak)
        count = int(plan.leaps[0])
        lengths.append(plan.length[:count])
        rates.append(
            Rates(
                *(
                    part[:count]
                    for part in (plan.birth, plan.death, plan.cycle, plan.chance, plan.moving)
                )
            )
        )
    edges = np.concatenate([[0.0], np.cumsum(np.concatenate(lengths))])
    edges[-1] = end
    return _pieces(model, edges, rates)


def growth_pieces(model: CompiledModel) -> LinearPieces:
    """Rates of a tumor that grows without drugs."""
    none = np.zeros((1, len(model.drugs)))
    return _pieces(model, np.array([0.0, 1.0]), [model.rates(none, phase="before")])


def _pieces(model: CompiledModel, edges: Floats, rates: list[Rates]) -> LinearPieces:
    birth = np.concatenate([r.birth for r in rates])
    mutation = np.zeros((model.types, model.types))
    mutation[model.mutation.source, model.mutation.target] = model.mutation.rate
    moves = np.zeros((len(birth), model.types, model.types))
    moves[:, model.moves.source, model.moves.target] = np.concatenate([r.moves for r in rates])
    death = np.concatenate([r.death for r in rates])
    rows = np.concatenate([birth, death, moves.reshape(len(birth), -1)], axis=1)
    new = np.concatenate([[True], (rows[1:] != rows[:-1]).any(axis=1)])  # else the piece goes on
    days = np.concatenate([edges[:-1][new], edges[-1:]])
    return LinearPieces(days, birth[new], death[new], mutation, moves[new])


def resistant_genotypes(scenario: Scenario, model: CompiledModel) -> dict[str, NDArray[np.int64]]:
    """Genotypes whose cells grow under each line, at the line's peak levels, unsheltered."""
    found_lines: dict[str, NDArray[np.int64]] = {}
    nothing = np.zeros(len(model.drugs))
    for line in scenario.treatment.drugs:
        drugs = np.array([model.drugs.index(drug) for drug in line], dtype=np.int64)
        on = np.ones(drugs.size)
        dosing = Dosing(drugs, 0.0 * on, np.inf * on, on)
        _, _, highest = sampled_levels(model, Exposure(0.0, scenario.follow_up, dosing), nothing)
        rates = model.rates(highest[-1:])
        net = (rates.birth - rates.death)[0, model.unsheltered]
        found_lines[" + ".join(line)] = np.flatnonzero(net >= 0.0)
    return found_lines


def refuse(scenario: Scenario) -> None:
    """Raise EngineRefusal where cells compete, or what becomes of them depends on their number."""
    if scenario.tumor.lethal_hazard is not None:
        got = "a hazard of death that rises with the burden"
        raise refusal("tumor.lethal_hazard", got, "none, or the patient's death ends the course")
    need = missing(scenario, "exact")
    if need is not None:
        got = f"engine 'exact', but {need.reason}"
        raise refusal(need.where, got, need.wanted, scenario)


def refusal(where: str, got: str, expected: str, scenario: Scenario | None = None) -> EngineRefusal:
    """Make a refusal of the engine that names those that can."""
    return EngineRefusal(
        where,
        got=got,
        expected=expected,
        remedy="Engines that can: " + ", ".join(with_courses(scenario)) + ".",
    )
