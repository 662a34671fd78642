"""Following where lineages came from, by splitting types by origin.

Here: the model whose types carry `Origin` flags. Not here: what a relapse is attributed to (see
``measurement.attribution``).

A lineage is *arisen* once its latest alteration occurred under treatment. It is *dormant* (or
*sanctuary*) once it left, or mutated in, a non-cycling state (or a niche other than the first)
under treatment while its genotype could not have grown unprotected, judged against the highest
drug levels since treatment started.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from countermove.foundation.arrays import Ints
from countermove.model.arrays import Ways, When
from countermove.model.compiled import CompiledModel, Origin
from countermove.model.structure import sorted_ways


def with_origins(model: CompiledModel) -> CompiledModel:
    """Split the types of a model by origin.

    Parameters
    ----------
    model
        A compiled model without origins.

    Returns
    -------
    A model with the same parameters in which each genotype (but the ancestral one) stands twice, at
    diagnosis and arisen, and each sub-type once per shelter its lineage may have needed.
    """
    routes = _routes(model)
    genotypes = len(model.genotypes.names)
    variant = np.concatenate([np.arange(genotypes), np.arange(1, genotypes)])
    arisen = np.concatenate([np.zeros(genotypes), np.ones(genotypes - 1)]).astype(np.int64)
    sub = np.tile(np.arange(model.sub_types), len(routes))
    route = np.repeat(routes, model.sub_types)
    index = (variant[:, None] * model.sub_types + sub).ravel()
    origin = (arisen[:, None] * Origin.ARISEN.value + route).ravel()
    split = _Split(model, np.array(routes), genotypes)
    old = model.structure
    moves = split.expand(old.layout.moves, arises=False)
    layout = old.layout._replace(
        base=old.layout.base[index],
        mutation=split.expand(old.layout.mutation, arises=True),
        moves=moves,
        stays=np.isin(moves.number, old.layout.moves.number[old.layout.stays]),
        tracked=bool(origin.any()),
    )
    structure = replace(
        old,
        genotype=old.genotype[index],
        state=old.state[index],
        niche=old.niche[index],
        origin=origin,
        variants=variant.size,
        sub_types=sub.size,
        layout=layout,
    )
    return replace(model, structure=structure)


def _routes(model: CompiledModel) -> list[int]:
    routes = [0]
    if len(model.states) > 1:
        routes += [flags | Origin.DORMANT.value for flags in routes]
    if len(model.niches) > 1:
        routes += [flags | Origin.SANCTUARY.value for flags in routes]
    return routes


class _Split:
    """Edges between split types."""

    def __init__(self, model: CompiledModel, routes: Ints, genotypes: int) -> None:
        self.model, self.routes, self.genotypes = model, routes, genotypes
        self.slot = {int(flags): number for number, flags in enumerate(routes)}

    def shelter(self, types: Ints) -> Ints:
        """Shelter that a lineage in each type enjoys."""
        dormant = (self.model.state[types] > 0) * Origin.DORMANT.value
        away = (self.model.niche[types] > 0) * Origin.SANCTUARY.value
        return np.asarray(dormant + away, dtype=np.int64)

    def place(self, types: Ints, arisen: Ints, route: Ints) -> Ints:
        """Index of a type in the split model."""
        genotype, sub = np.divmod(types, self.model.sub_types)
        variant = np.where((arisen > 0) & (genotype > 0), self.genotypes - 1 + genotype, genotype)
        slot = np.array([self.slot[int(flags)] for flags in route], dtype=np.int64)
        return (variant * len(self.routes) + slot) * self.model.sub_types + sub

    def expand(self, ways: Ways, *, arises: bool) -> Ways:
        """Every way, once from each origin and under each `When` that adds another."""
        size = ways.source.size
        parts: list[tuple[Ints, Ints, Ints, Ints]] = []
        every = np.arange(size)
        shelter = self.shelter(ways.source)
        for before in (0, 1):
            for route in self.routes:
                came = np.full(size, route, dtype=np.int64)
                keep = every if before == 0 else every[ways.genotype > 0]
                source = self.place(ways.source, np.full(size, before), came)
                for when, adds in self._ways(arises, shelter):
                    now = np.full(size, int(arises and when != When.BEFORE.value))
                    after = now if arises else np.full(size, before)
                    if arises and when == When.BEFORE.value:
                        after = np.full(size, before)
                    target = self.place(ways.target, after, came | adds)
                    parts.append((source[keep], target[keep], keep, np.full(keep.size, when)))
        source, target, old, when = (np.concatenate(column) for column in zip(*parts, strict=True))
        kept = Ways(*(column[old] for column in ways))
        return sorted_ways(kept._replace(source=source, target=target, when=when & kept.when))

    def _ways(self, arises: bool, shelter: Ints) -> list[tuple[int, Ints]]:
        """Pairs of `When` and the flags an edge adds to the lineage's route."""
        plain = np.zeros_like(shelter)
        if not arises and not shelter.any():
            return [(When.ALWAYS.value, plain)]
        if not shelter.any():
            return [(When.BEFORE.value, plain), (When.FREE.value | When.SHELTERED.value, plain)]
        free = When.FREE.value if arises else When.BEFORE.value | When.FREE.value
        ways = [(free, plain), (When.SHELTERED.value, shelter)]
        return [(When.BEFORE.value, plain), *ways] if arises else ways
