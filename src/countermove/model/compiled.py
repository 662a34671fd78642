"""The compiled model: a tumor's types and rates as arrays in a fixed order.

Here: the arrays, the rates under drug levels, and the way back to names. Not here: how a scenario
becomes these arrays (``model.compile``), how time moves (``engines``).

Types form a grid: ``type = variant * sub_types + sub_type``. A variant is a genotype (with whether
it arose under treatment, where origins are tracked); a sub-type is a state in a niche (with the
shelters its lineage needed so far). Mutation changes the variant, everything else moves a cell
within its variant.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from countermove.model.dose_response import DoseResponse, effects
from countermove.model.genotypes import Genotypes
from countermove.model.growth_laws import Growth

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class When(IntFlag):
    """When an edge is open, seen from the cell it starts at."""

    BEFORE = 1  # before treatment starts
    FREE = 2  # under treatment, the genotype needing no shelter from the drugs used so far
    SHELTERED = 4  # under treatment, the genotype surviving only by shelter
    ALWAYS = 7


class Origin(IntFlag):
    """How a lineage came to be here; zero where it was there at diagnosis, unsheltered."""

    ARISEN = 1  # its latest alteration arose under treatment
    DORMANT = 2  # survived treatment in a state that its genotype needed
    SANCTUARY = 4  # survived treatment in a niche that its genotype needed


@dataclass(frozen=True, slots=True)
class Edges:
    """Ways from one type to another, sorted by source.

    Attributes
    ----------
    source, target : (edges,) type indices
    rate : (edges,) probability per division (mutation) or 1/day off drug (moves)
    induced : (edges, drugs) 1/day added at full effect of a drug; moves only
    held : (edges, drugs) share of the rate that a drug at full effect takes away; moves only
    when : (edges,) `When` flags
    """

    source: Ints
    target: Ints
    rate: Floats
    induced: Floats
    held: Floats
    when: Ints


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of every type and edge under given levels, before crowding.

    Attributes
    ----------
    birth, death : (..., types) 1/day
    cycle : (..., types) the part of death that is proportional to division, 1/day
    mutation : (..., mutation edges) probability per division
    moves : (..., move edges) 1/day
    """

    birth: Floats
    death: Floats
    cycle: Floats
    mutation: Floats
    moves: Floats


@dataclass(frozen=True, slots=True)
class CompiledModel:
    """A scenario's tumor and drugs as arrays; see the module docstring for the order of types.

    Attributes
    ----------
    drugs, states, niches : names, in index order
    genotypes : the reachable genotypes
    genotype, state, niche, origin : (types,) what each type is
    variants, sub_types : shape of the grid of types
    birth, death : (types,) 1/day off drug
    response : dose response of every type
    mutation, moves : the edges
    growth : the growth law per niche
    """

    drugs: tuple[str, ...]
    states: tuple[str, ...]
    niches: tuple[str, ...]
    genotypes: Genotypes
    genotype: Ints
    state: Ints
    niche: Ints
    origin: Ints
    variants: int
    sub_types: int
    birth: Floats
    death: Floats
    response: DoseResponse
    mutation: Edges
    moves: Edges
    growth: Growth

    @property
    def types(self) -> int:
        """Number of types."""
        return self.variants * self.sub_types

    @property
    def type_names(self) -> tuple[str, ...]:
        """Name of each type: genotype, then state and niche where there is a choice."""
        names: list[str] = []
        for g, s, n, o in zip(self.genotype, self.state, self.niche, self.origin, strict=True):
            parts: list[str] = [self.genotypes.names[g]]
            parts += [self.states[s]] if len(self.states) > 1 else []
            parts += [self.niches[n]] if len(self.niches) > 1 else []
            parts += [flag.name.lower() for flag in Origin if o & flag and flag.name]
            names.append(" | ".join(parts))
        return tuple(names)

    @property
    def unsheltered(self) -> Ints:
        """(genotypes,) the type of each genotype that cycles in the first niche."""
        plain = (self.state == 0) & (self.niche == 0) & (self.origin == 0)
        index = np.zeros(len(self.genotypes.names), dtype=np.int64)
        index[self.genotype[plain]] = np.flatnonzero(plain)
        return index

    def rates(
        self,
        levels: Floats,
        *,
        peak: Floats | None = None,
        phase: Literal["before", "under"] = "under",
    ) -> Rates:
        """Rates of every type and edge under drug levels.

        Parameters
        ----------
        levels : (..., drugs)
            Multiples of EC50; ``inf`` for a saturating drug that is on.
        peak : (..., drugs), optional
            Highest levels since treatment started, by which origins judge who needed shelter;
            the levels themselves by default.
        phase
            Before treatment, or under it: which edges are open where origins are tracked.
        """
        division = self.birth / max(self.birth[0], 1e-300)
        found = effects(self.response, levels, division)
        birth = self.birth * (1.0 - found.inhibition)
        death = self.death * (1.0 - found.evasion) + found.hazard
        mutation = np.broadcast_to(self.mutation.rate, (*birth.shape[:-1], self.mutation.rate.size))
        stress = found.occupancy[..., self.moves.source, :]
        moves = self.moves.rate * np.prod(1.0 - self.moves.held * stress, axis=-1)
        moves = moves + (self.moves.induced * stress).sum(axis=-1)
        now = self._status(levels if peak is None else peak, phase, birth.shape)
        return Rates(
            birth,
            death,
            self._cycle_hazard(levels, found.hazard),
            mutation * ((now[..., self.mutation.source] & self.mutation.when) > 0),
            moves * ((now[..., self.moves.source] & self.moves.when) > 0),
        )

    def _cycle_hazard(self, levels: Floats, hazard: Floats) -> Floats:
        """(..., types) the part of a hazard that is proportional to division.

        Exact under Bliss independence, and where all drugs given are cycle-specific or none is.
        Where ``combine: highest`` or an interaction mixes the two kinds, the straight line between
        no division and uncrowded division stands for it.
        """
        if not self.response.cycle_specific.any():
            return np.zeros(hazard.shape)
        return hazard - effects(self.response, levels, np.zeros(self.types)).hazard

    def _status(self, peak: Floats, phase: str, shape: tuple[int, ...]) -> Ints:
        """(..., types) which `When` holds for each type."""
        if phase == "before":
            return np.full(shape, When.BEFORE.value)
        if not self.origin.any():
            return np.full(shape, When.FREE.value | When.SHELTERED.value)
        hard = effects(self.response, peak, self.birth / max(self.birth[0], 1e-300))
        net = self.birth * (1 - hard.inhibition) - self.death * (1 - hard.evasion) - hard.hazard
        exposed = net[..., self.unsheltered[self.genotype]] < 0.0
        return np.where(exposed, When.SHELTERED.value, When.FREE.value)
