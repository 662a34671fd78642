"""The genotypes that a tumor can reach, by single alterations from the ancestral one.

Here: enumeration under ``requires``, ``excludes``, levels and ``max_alterations``. Not here: what
an alteration does to a cell (see ``model.dose_response``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countermove.foundation.errors import ScenarioError
from countermove.scenario import Alteration

MAX_GENOTYPES = 20_000
ANCESTRAL = "ancestral"


@dataclass(frozen=True, slots=True)
class Genotypes:
    """Reachable genotypes, ancestral first, each after all it can arise from.

    Attributes
    ----------
    names : genotype names such as ``"t790m + mdr1 x2"``
    alterations : names of the columns of ``levels``
    levels : (genotypes, alterations) how many levels of each alteration are carried
    source, target : (steps,) genotype before and after one alteration
    step : (steps,) the alteration gained
    """

    names: tuple[str, ...]
    alterations: tuple[str, ...]
    levels: NDArray[np.int64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    step: NDArray[np.int64]

    def carrying(self, wanted: Mapping[str, int]) -> int | None:
        """Index of the genotype with exactly these levels, or None when it is out of reach."""
        row = [wanted.get(name, 0) for name in self.alterations]
        hits = np.flatnonzero((self.levels == row).all(axis=1))
        return int(hits[0]) if hits.size else None


def genotype_name(levels: tuple[int, ...], alterations: tuple[str, ...]) -> str:
    """Name of a genotype: its alterations joined by ``+``, or ``ancestral``."""
    parts = [
        name if level == 1 else f"{name} x{level}"
        for name, level in zip(alterations, levels, strict=True)
        if level
    ]
    return " + ".join(parts) or ANCESTRAL


def enumerate_genotypes(
    alterations: Mapping[str, Alteration], max_alterations: int | None
) -> Genotypes:
    """All genotypes reachable from the ancestral one, breadth first.

    Parameters
    ----------
    alterations
        By name, as in the scenario.
    max_alterations
        Largest number of alteration levels in one cell; None for no limit.

    Raises
    ------
    ScenarioError
        More than `MAX_GENOTYPES` genotypes are reachable.
    """
    names = tuple(alterations)
    limit = max_alterations if max_alterations is not None else np.inf
    index: dict[tuple[int, ...], int] = {(0,) * len(names): 0}
    steps: list[tuple[int, int, int]] = []
    queue = [(0,) * len(names)]
    for genotype in queue:
        if sum(genotype) >= limit:
            continue
        for column in range(len(names)):
            if not _can_gain(genotype, column, alterations, names):
                continue
            child = (*genotype[:column], genotype[column] + 1, *genotype[column + 1 :])
            if child not in index:
                index[child] = len(index)
                queue.append(child)
                if len(index) > MAX_GENOTYPES:
                    _refuse_too_many(len(names))
            steps.append((index[genotype], index[child], column))
    table = np.array(steps, dtype=np.int64).reshape(-1, 3)
    return Genotypes(
        names=tuple(genotype_name(g, names) for g in index),
        alterations=names,
        levels=np.array(list(index), dtype=np.int64).reshape(len(index), len(names)),
        source=table[:, 0],
        target=table[:, 1],
        step=table[:, 2],
    )


def _can_gain(
    genotype: tuple[int, ...],
    column: int,
    alterations: Mapping[str, Alteration],
    names: tuple[str, ...],
) -> bool:
    carried = {name for name, level in zip(names, genotype, strict=True) if level}
    name = names[column]
    alteration = alterations[name]
    if genotype[column] >= alteration.levels or not set(alteration.requires) <= carried:
        return False
    excluded = set(alteration.excludes) | {n for n in carried if name in alterations[n].excludes}
    return not excluded & carried


def _refuse_too_many(count: int) -> None:
    raise ScenarioError(
        "max_alterations",
        got=f"{count} alterations that reach more than {MAX_GENOTYPES:,} genotypes",
        expected=f"at most {MAX_GENOTYPES:,} reachable genotypes",
        remedy="Lower max_alterations, or restrict the order with requires and excludes.",
    )
