"""How the tumors of a scenario begin: founders, sizes, given counts, shares at diagnosis.

Here: names of a scenario's start turned into the engine's `Founding`. Not here: growth itself
(``engines``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countermove.engines.contract import Founding, Purpose
from countermove.foundation.errors import ScenarioError
from countermove.foundation.streams import patient_streams
from countermove.model import CompiledModel
from countermove.scenario import Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def carriers(scenario: Scenario, first: int, patients: int) -> NDArray[np.bool_]:
    """(patients,) whose tumor carries the intrinsic alteration: each by its own stream."""
    if scenario.intrinsic is None:
        return np.zeros(patients, dtype=bool)
    words = patient_streams(scenario.seed, first, patients, Purpose.COHORT)[:, 0]
    uniform = (words >> np.uint64(11)).astype(float) * 2.0**-53
    return uniform < scenario.intrinsic.share_of_patients


def found(scenario: Scenario, model: CompiledModel, carrying: NDArray[np.bool_]) -> Founding:
    """Founding of patients, ``carrying`` (patients,) telling who has the intrinsic alteration.

    Raises
    ------
    ScenarioError
        The start names a genotype that the model does not reach.
    """
    patients = carrying.size
    founder = np.zeros(patients, dtype=np.int64)
    convert, conversion = None, None
    share = 1.0
    if scenario.intrinsic is not None:
        share = scenario.intrinsic.fraction
        genotype = _genotype(model, {scenario.intrinsic.alteration: 1}, "intrinsic.alteration")
        if share == 1.0 and scenario.tumor.start is None:
            founder[carrying] = model.unsheltered[genotype]
        else:
            convert, conversion = carrying, _conversion(model, genotype, share)
    start = scenario.tumor.start
    cells = None if start is None else np.tile(_given(scenario, model), (patients, 1))
    size = np.full(patients, scenario.tumor.diagnosed_at or 1.0)
    return Founding(founder, size, cells, _scatter(scenario, model), convert, conversion)


def _genotype(model: CompiledModel, levels: dict[str, int], where: str) -> int:
    found = model.genotypes.carrying(levels)
    if found is None:
        raise ScenarioError(
            where,
            got="a genotype no cell reaches: " + " + ".join(levels),
            expected="one that requires, excludes and max_alterations allow",
            remedy="`countermove explain` lists the genotypes.",
        )
    return found


def _plain(model: CompiledModel) -> NDArray[np.bool_]:
    return model.origin == 0


def _conversion(model: CompiledModel, genotype: int, share: float) -> tuple[Ints, Ints, Floats]:
    """Share of the ancestral cells, state by state, that carry a genotype instead."""
    source = np.flatnonzero(_plain(model) & (model.genotype == 0))
    target = np.flatnonzero(_plain(model) & (model.genotype == genotype))
    return source, target, np.full(source.size, share)


def _scatter(scenario: Scenario, model: CompiledModel) -> tuple[Ints, Ints, Floats]:
    """Shares of niches at diagnosis, of the cells in bulk; none where the start gives its own."""
    sources: list[int] = []
    targets: list[int] = []
    shares: list[float] = []
    if scenario.tumor.start is None:
        filled = {
            n: scenario.niches[m].share for n, m in enumerate(model.niches) if m in scenario.niches
        }
        for source in np.flatnonzero(_plain(model) & (model.niche == 0)):
            for niche, share in filled.items():
                if share > 0.0 and niche > 0:
                    sources.append(int(source))
                    targets.append(int(source) + niche)
                    shares.append(share)
    return np.array(sources, dtype=np.int64), np.array(targets, dtype=np.int64), np.array(shares)


def _given(scenario: Scenario, model: CompiledModel) -> Floats:
    """(types,) expected counts of a start given outright: shares of each kind are independent."""
    start = scenario.tumor.start
    assert start is not None
    by_genotype = np.zeros(len(model.genotypes.names))
    for name, fraction in start.fractions.items():
        levels = {part.strip(): 1 for part in name.split("+")}
        by_genotype[_genotype(model, levels, f"tumor.start.fractions.{name}")] += fraction
    by_genotype[0] += 1.0 - by_genotype.sum()
    by_state = _shares(start.states, model.states)
    given = dict(start.niches) or {
        n: scenario.niches[n].share for n in model.niches if n in scenario.niches
    }
    by_niche = _shares(given, model.niches)
    share = by_genotype[model.genotype] * by_state[model.state] * by_niche[model.niche]
    return start.cells * np.where(_plain(model), share, 0.0)


def _shares(given: dict[str, float], names: tuple[str, ...]) -> Floats:
    shares = np.array([given.get(name, 0.0) for name in names])
    shares[0] += 1.0 - shares.sum()
    return np.maximum(shares, 0.0)
