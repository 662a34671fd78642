"""Probabilities of a scenario without simulation: the front of the engine ``exact``.

Here: a scenario and its fixed treatment turned into rates over time, and the questions answered.
Not here: the backward equations (``engines.exact``).
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from countermove.engines.branching.plan import cut
from countermove.engines.exact.at_size import (
    cured_after_treatment,
    grow_to_size,
    mean_at_size,
    no_resistant_at_size,
)
from countermove.engines.exact.backward import absent, extinction, no_surviving_lineage
from countermove.engines.exact.first_passage import mean_time_to_size
from countermove.engines.exact.inversion import count_distribution, count_distribution_at_size
from countermove.engines.exact.linear_pieces import LinearPieces
from countermove.engines.exact.moments import moments
from countermove.foundation import ScenarioError, shown, suggestion
from countermove.foundation.errors import EngineRefusal
from countermove.model import CompiledModel, Rates, compile_model, course_of, untreated
from countermove.scenario import Scenario
from countermove.scenario.library import scenario_of
from countermove.simulation.choose import FEEDBACK, PROBABILITIES, TRAJECTORIES, cannot
from countermove.simulation.exact_answers import Exact
from countermove.simulation.founding import found
from countermove.treatment import Histories, Observations, policy_of

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
LARGEST = 256  # types: the backward equations carry their square
MOST_COUNTED = 100_000  # cells: the transform needs four points a cell
AVERAGED = 7.0  # days over which moving drug levels are averaged at most


def exact(scenario: Scenario | str | Path) -> Exact:
    """Probabilities of a scenario whose cells are independent and whose treatment is fixed.

    Parameters
    ----------
    scenario
        A scenario, a file of one, or the name of a shipped example.

    Raises
    ------
    EngineRefusal
        Cells compete, the treatment reacts to the tumor, there are too many types, or shares at
        diagnosis are imposed on a grown tumor.
    ScenarioError
        The tumor cannot reach its size.

    Notes
    -----
    Patients with the intrinsic alteration and patients without are weighted by their share.

    Examples
    --------
    >>> import countermove as cm
    >>> cm.exact("two_drugs_together")
    <Exact: cured 0.9732; no resistant cell at diagnosis A + B 0.9463; 4 types>
    """
    scenario = scenario_of(scenario)
    _refuse(scenario)
    model = compile_model(scenario)
    if model.types > LARGEST:
        raise _refusal("max_alterations", f"{model.types} types", f"at most {LARGEST} types")
    share = 0.0 if scenario.intrinsic is None else scenario.intrinsic.share_of_patients
    groups = [(1.0 - share, False), (share, True)]
    parts = [(w, _one(scenario, model, carrying)) for w, carrying in groups if w > 0.0]
    names = model.type_names
    resistant = _resistant(scenario, model)

    def mixed(position: int) -> Floats:
        return np.sum([w * np.asarray(part[position], dtype=float) for w, part in parts], axis=0)

    mean, second = mixed(5), mixed(6)
    with np.errstate(over="ignore", invalid="ignore"):  # numbers past 1e308 are infinite
        covariance = second - np.outer(mean, mean)
        spread = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    sd = np.where(np.isinf(np.diagonal(second)), np.inf, spread)
    return Exact(
        cured=float(mixed(0)),
        cured_for_good=float(mixed(1)),
        resistant={
            line: tuple(model.genotypes.names[g] for g in genotypes)
            for line, genotypes in resistant.items()
        },
        no_resistant_at_start=dict(zip(resistant, mixed(2).tolist(), strict=True)),
        mean_time_to_diagnosis=float(mixed(3)),
        mean_at_diagnosis=dict(zip(names, mixed(4).tolist(), strict=True)),
        mean_at_end=dict(zip(names, mean.tolist(), strict=True)),
        sd_at_end=dict(zip(names, sd.tolist(), strict=True)),
        types=names,
        _covariance=covariance,
    )


def _one(scenario: Scenario, model: CompiledModel, carrying: bool):
    """Answers for one kind of patient, in the order that `exact` unpacks."""
    founding = found(scenario, model, np.array([carrying]))
    if founding.scatter[0].size or (carrying and founding.convert is not None):
        raise _refusal(
            "niches" if founding.scatter[0].size else "intrinsic.fraction",
            "shares imposed on the tumor at diagnosis",
            "a tumor grown from one cell, or start counts given outright",
        )
    treatment = treated_pieces(scenario, model)
    masks = [np.isin(model.genotype, g) for g in _resistant(scenario, model).values()]
    if founding.cells is not None:
        start = founding.cells[0]
        cured = extinction(treatment, start)
        for_good = no_surviving_lineage(treatment, start)
        none = [float(not start[mask].any()) for mask in masks]
        age = np.nan
    else:
        growth = _growth_pieces(model)
        founder = int(founding.founder[0])
        grown = grow_to_size(growth, float(founding.size[0]), founder=founder)
        cured = cured_after_treatment(grown, treatment)
        for_good = cured_after_treatment(grown, treatment, forever=True)
        none = [0.0 if m[founder] else no_resistant_at_size(grown, m) for m in masks]
        age = mean_time_to_size(growth, float(founding.size[0]), founder=founder)
        start = mean_at_size(grown)
    end, spread = moments(treatment, start)
    with np.errstate(over="ignore"):
        second = spread + np.outer(end, end)
    if founding.cells is None:
        second = np.full(spread.shape, np.nan)
    return cured, for_good, none, age, start, end, second


def probability_absent(scenario: Scenario | str | Path, types: list[str], day: float) -> float:
    """Probability that no cell of the named types is alive ``day`` days after diagnosis.

    Parameters
    ----------
    scenario
        A scenario, a file of one or an example's name; with a start given outright.
    types
        Names as in `Exact.types`.
    day
        Between 0 and follow-up.

    Raises
    ------
    EngineRefusal
        As `exact`; or the tumor is grown, for which `exact` answers at diagnosis.
    ScenarioError
        There is no type of that name, or the day is not between 0 and follow-up.

    Examples
    --------
    >>> import countermove as cm
    >>> given = {"start": {"cells": 10}, "birth": 0.14, "death": 0.13}
    >>> few = cm.replace(cm.example("two_drugs_together"), {"tumor": given})
    >>> round(cm.probability_absent(few, ["ancestral"], 60), 3)
    0.709
    """
    scenario = scenario_of(scenario)
    _refuse(scenario)
    _check_day(day, scenario.follow_up)
    model = compile_model(scenario)
    founding = found(scenario, model, np.array([False]))
    if founding.cells is None:
        raise _refusal(
            "tumor.diagnosed_at", "a tumor grown to a size", "start counts given outright"
        )
    chosen = _indices(model, types)
    pieces = treated_pieces(scenario, model).between(0.0, day)
    return float(absent(pieces, founding.cells[0], chosen))


def clone_size_distribution(
    scenario: Scenario | str | Path,
    types: list[str],
    *,
    largest: int = 100,
    day: float | None = None,
) -> pd.Series:
    """Distribution of the number of cells of the named types, taken together.

    Of a start given outright it is the number alive ``day`` days after diagnosis: for one cell, the
    size of its clone. Of a tumor grown from one cell it is the number alive at diagnosis, as of the
    resistant cells that a treatment will meet.

    Parameters
    ----------
    scenario
        A scenario, a file of one, or the name of a shipped example.
    types
        Names as in `Exact.types`; not the founder's where the tumor is grown.
    largest
        Largest number asked for; what is left to 1 is the probability of more.
    day
        Between 0 and follow-up; by default its end. Only for a start given outright.

    Returns
    -------
    Probabilities by number of cells, 0 to ``largest``.

    Raises
    ------
    EngineRefusal
        As `exact`; or patients differ by intrinsic resistance, or a day is given for a grown tumor.
    ScenarioError
        There is no type of that name, or a number is out of range.

    Notes
    -----
    Source: the generating functions of Harris (1963), inverted on a circle by fast Fourier
    transform; see ``engines.exact.inversion``.

    Examples
    --------
    >>> import countermove as cm
    >>> both = ["resists_A + resists_B"]
    >>> chance = cm.clone_size_distribution("two_drugs_together", both, largest=3)
    >>> chance.round(3).tolist()
    [0.946, 0.015, 0.007, 0.004]
    """
    import pandas as pd

    scenario = scenario_of(scenario)
    _refuse(scenario)
    if (
        isinstance(largest, bool)
        or not isinstance(largest, int)
        or not 0 <= largest <= MOST_COUNTED
    ):
        raise ScenarioError("largest", got=shown(largest), expected=f"0 to {MOST_COUNTED:,}")
    if scenario.intrinsic is not None:
        raise _refusal("intrinsic", "patients of two kinds", "patients alike at diagnosis")
    model = compile_model(scenario)
    founding = found(scenario, model, np.array([False]))
    chosen = _indices(model, types)
    if founding.cells is not None:
        until = scenario.follow_up if day is None else day
        _check_day(until, scenario.follow_up)
        pieces = treated_pieces(scenario, model).between(0.0, until)
        chances = count_distribution(pieces, founding.cells[0], chosen, largest=largest)
    else:
        if day is not None:
            raise _refusal("day", shown(day), "no day for a grown tumor: its diagnosis is meant")
        founder = int(founding.founder[0])
        grown = grow_to_size(_growth_pieces(model), float(founding.size[0]), founder=founder)
        chances = count_distribution_at_size(grown, chosen, largest=largest)
    return pd.Series(chances, index=pd.RangeIndex(largest + 1, name="cells"), name="probability")


def _check_day(day: float, last: float) -> None:
    if not 0.0 <= day <= last:
        raise ScenarioError("day", got=shown(day), expected=f"0 to {last:g} days of follow-up")


def _indices(model: CompiledModel, types: list[str]) -> NDArray[np.int64]:
    """Return the places of the types named, or raise with the nearest known name."""
    for name in types:
        if name not in model.type_names:
            near = suggestion(name, model.type_names)
            raise ScenarioError(
                "types", got=shown(name), expected="names as in Exact.types", remedy=near
            )
    return np.array([model.type_names.index(name) for name in types], dtype=np.int64)


def treated_pieces(scenario: Scenario, model: CompiledModel) -> LinearPieces:
    """Rates from diagnosis to the end of follow-up under a treatment fixed in advance."""
    policy = policy_of(scenario, 1)
    courses = tuple(course_of(drug) for drug in scenario.drugs.values())
    histories = Histories(courses, 1, scenario.treatment.start)
    end = scenario.follow_up
    moments_ = policy.moments(end)
    days = np.unique(np.concatenate([[0.0], moments_[moments_ > 0.0], [end]]))
    lengths, rates = [], []
    for begin, until in pairwise(days):
        doses = policy.decide(Observations(float(begin), np.ones(1), scanned=False))
        histories.give(float(begin), np.asarray(doses, dtype=float))
        exposure, _ = histories.exposures(float(begin), float(until))[0]
        longest = AVERAGED if exposure.levels.shape[0] > 1 else until - begin
        widths, found_rates = cut(model, exposure, longest)
        lengths.append(widths)
        rates.append(found_rates)
    edges = np.concatenate([[0.0], np.cumsum(np.concatenate(lengths))])
    edges[-1] = end
    return _pieces(model, edges, rates)


def _growth_pieces(model: CompiledModel) -> LinearPieces:
    none = untreated(len(model.drugs), 0.0, 1.0)
    return _pieces(model, none.edges, [model.rates(none.levels, phase="before")])


def _pieces(model: CompiledModel, edges: Floats, rates: list[Rates]) -> LinearPieces:
    birth = np.concatenate([r.birth for r in rates])
    mutation = np.zeros((model.types, model.types))
    mutation[model.mutation.source, model.mutation.target] = model.mutation.rate
    moves = np.zeros((len(birth), model.types, model.types))
    moves[:, model.moves.source, model.moves.target] = np.concatenate([r.moves for r in rates])
    death = np.concatenate([r.death for r in rates])
    return LinearPieces(edges, birth, death, mutation, moves)


def _resistant(scenario: Scenario, model: CompiledModel) -> dict[str, NDArray[np.int64]]:
    """Genotypes whose cells grow under each line, at the line's peak levels, unsheltered."""
    found_lines: dict[str, NDArray[np.int64]] = {}
    for line in scenario.treatment.drugs:
        levels = np.zeros((1, len(model.drugs)))
        for drug in line:
            course = course_of(scenario.drugs[drug])
            days = np.linspace(0.0, scenario.follow_up, 4001)
            levels[0, model.drugs.index(drug)] = course.level(days, np.full(days.shape, -1.0)).max()
        rates = model.rates(levels)
        net = (rates.birth - rates.death)[0, model.unsheltered]
        found_lines[" + ".join(line)] = np.flatnonzero(net >= 0.0)
    return found_lines


def _refuse(scenario: Scenario) -> None:
    reason = cannot(scenario, "exact")
    if reason not in (None, PROBABILITIES):
        where = "tumor.growth" if reason == FEEDBACK else "treatment.policy"
        raise _refusal(where, f"engine 'exact', but {reason}", "a scenario of independent cells")


def _refusal(where: str, got: str, expected: str) -> EngineRefusal:
    return EngineRefusal(
        where,
        got=got,
        expected=expected,
        remedy="Engines that can: " + ", ".join(TRAJECTORIES) + ".",
    )
