"""Probabilities of a scenario without simulation: the front of the engine ``exact``.

Here: the questions. Not here: patients and lesions one by one (``simulation.exact_parts``), the
backward equations (``engines.exact``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from countermove.engines.exact.at_size import grow_to_size
from countermove.engines.exact.backward import absent
from countermove.engines.exact.inversion import count_distribution, count_distribution_at_size
from countermove.foundation import ScenarioError, shown, suggestion
from countermove.foundation.arrays import Floats
from countermove.model import CompiledModel, compile_model
from countermove.scenario import Scenario
from countermove.scenario.library import scenario_of
from countermove.simulation.drawing import Drawing
from countermove.simulation.exact_answers import Exact
from countermove.simulation.exact_parts import (
    growth_pieces,
    parts_of,
    refusal,
    refuse,
    treated_pieces,
)
from countermove.simulation.founding import beginning, founding_of

if TYPE_CHECKING:
    import pandas as pd

LARGEST = 256  # types: the backward equations carry their square
MOST_COUNTED = 100_000  # cells: the transform needs four points a cell


def exact(scenario: Scenario | str | Path) -> Exact:
    """Probabilities of a scenario whose cells are independent and whose treatment is fixed.

    Parameters
    ----------
    scenario
        A scenario, a file of one, or the name of a shipped example.

    Raises
    ------
    EngineRefusal
        Cells compete, the treatment reacts to the tumor, the tumor may kill the patient before the
        treatment clears it (a burden past `lethal_at`, or any `lethal_hazard`), there are too many
        types or patients who differ, or shares at diagnosis are imposed on a grown tumor.
    ScenarioError
        The tumor cannot reach its size.

    Notes
    -----
    Patients with the intrinsic alteration and patients without are weighted by their share.
    Patients who differ (``patients.vary``, a table, drawn lesions) are averaged as drawn, each
    solved alone. Lesions are independent tumors: probabilities multiply, cells add.

    Examples
    --------
    >>> import countermove as cm
    >>> cm.exact("two_drugs_together")
    <Exact: cured 0.9732; no resistant cell at diagnosis A + B 0.9463; 4 types>
    """
    scenario = scenario_of(scenario)
    refuse(scenario)
    model = compile_model(scenario)
    if model.types > LARGEST:
        raise refusal("max_alterations", f"{model.types} types", f"at most {LARGEST} types")
    parts = list(parts_of(scenario, model))
    names = model.type_names

    def mixed(position: int) -> Floats:
        return np.sum([w * np.asarray(part[position], dtype=float) for w, part in parts], axis=0)

    def growing(line: str) -> tuple[str, ...]:
        some = sorted({int(g) for _, part in parts for g in part[7][line]})
        return tuple(model.genotypes.names[g] for g in some)

    resistant = {line: growing(line) for line in parts[0][1][7]}
    mean, second = mixed(5), mixed(6)
    with np.errstate(over="ignore", invalid="ignore"):  # numbers past 1e308 are infinite
        covariance = second - np.outer(mean, mean)
        spread = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    sd = np.where(np.isinf(np.diagonal(second)), np.inf, spread)
    return Exact(
        cured=float(mixed(0)),
        cured_for_good=float(mixed(1)),
        resistant=resistant,
        no_resistant_at_start=dict(zip(resistant, mixed(2).tolist(), strict=True)),
        mean_time_to_diagnosis=float(mixed(3)),
        mean_at_diagnosis=dict(zip(names, mixed(4).tolist(), strict=True)),
        mean_at_end=dict(zip(names, mean.tolist(), strict=True)),
        sd_at_end=dict(zip(names, sd.tolist(), strict=True)),
        types=names,
        _covariance=covariance,
    )


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
    refuse(scenario)
    _check_day(day, scenario.follow_up)
    model = compile_model(scenario)
    founding = founding_of(scenario, model, beginning(scenario, 0, 1))
    if founding.cells is None:
        raise refusal(
            "tumor.diagnosed_at", "a tumor grown to a size", "start counts given outright"
        )
    chosen = _indices(model, types)
    pieces = treated_pieces(scenario, model).between(0.0, day)
    every = [absent(pieces, cells, chosen) for cells in founding.cells]
    return float(np.prod(every))


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
    refuse(scenario)
    if (
        isinstance(largest, bool)
        or not isinstance(largest, int)
        or not 0 <= largest <= MOST_COUNTED
    ):
        raise ScenarioError("largest", got=shown(largest), expected=f"0 to {MOST_COUNTED:,}")
    if scenario.intrinsic is not None or Drawing(scenario).places:
        where = "patients.vary" if scenario.intrinsic is None else "intrinsic"
        raise refusal(where, "patients of several kinds", "patients alike at diagnosis")
    model = compile_model(scenario)
    founding = founding_of(scenario, model, beginning(scenario, 0, 1))
    if founding.founder.size > 1:
        raise refusal("lesions", f"{founding.founder.size} lesions", "one lesion")
    chosen = _indices(model, types)
    if founding.cells is not None:
        until = scenario.follow_up if day is None else day
        _check_day(until, scenario.follow_up)
        pieces = treated_pieces(scenario, model).between(0.0, until)
        chances = count_distribution(pieces, founding.cells[0], chosen, largest=largest)
    else:
        if day is not None:
            raise refusal("day", shown(day), "no day for a grown tumor: its diagnosis is meant")
        founder = int(founding.founder[0])
        grown = grow_to_size(growth_pieces(model), float(founding.size[0]), founder=founder)
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
