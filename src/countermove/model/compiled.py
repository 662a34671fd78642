"""The compiled model: a tumor's types and rates as arrays in a fixed order.

Here: the arrays, the rates under drug levels, and the way back to names. Not here: how a scenario
becomes these arrays (``model.compile``), how time moves (``engines``).

Types form a grid: ``type = variant * sub_types + sub_type``. A variant is a genotype (with whether
it arose under treatment, where origins are tracked); a sub-type is a state in a niche (with the
shelters its lineage needed so far). Mutation changes the variant, everything else moves a cell
within its variant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntFlag
from functools import cached_property
from typing import Literal

import numpy as np

from countermove.foundation.arrays import Floats, Ints
from countermove.model.arrays import (
    Layout,
    Levels,
    Parameters,
    Patient,
    Ways,
    When,
    rate_arrays,
    workspace,
)
from countermove.model.dose_response import rates_of_rows
from countermove.model.genotypes import Genotypes
from countermove.model.growth_laws import Growth

__all__ = ["CompiledModel", "Edges", "Origin", "Rates", "Structure", "When"]


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
    when : (edges,) `When` flags

    ``rate`` of several patients is (patients, edges).
    """

    source: Ints
    target: Ints
    rate: Floats
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
class Structure:
    """What a scenario fixes for all its patients; see the module docstring for the order of types.

    Attributes
    ----------
    drugs, states, niches : names, in index order
    genotypes : the reachable genotypes
    genotype, state, niche, origin : (types,) what each type is
    variants, sub_types : shape of the grid of types
    law : (niches,) index into `growth_laws.LAWS`
    layout : the same and the edges, as kernels read them
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
    law: Ints
    layout: Layout


@dataclass(frozen=True)
class CompiledModel:
    """A scenario's tumor and drugs as arrays, for one patient or several.

    Attributes
    ----------
    structure : types, edges and names, the same for all patients
    parameters : the numbers, patients first
    levels : how drug levels move, patients first
    patients : how many; 1 where none differ

    `birth`, `death`, `mutation`, `moves` and `growth` have the axes they name for a model of one
    patient, and patients as an additional first axis otherwise.
    """

    structure: Structure
    parameters: Parameters
    levels: Levels
    patients: int = 1

    def one(self, patient: int) -> CompiledModel:
        """Return the model of a single patient, from 0; its arrays are views.

        Raises
        ------
        IndexError
            There is no such patient.
        """
        if not 0 <= patient < self.patients:
            raise IndexError(f"patient {patient} of {self.patients}")
        own = slice(patient, patient + 1)
        cut = [array[own] if array.shape[0] > 1 else array for array in self.parameters]
        shared = {"kind", "first", "times"}
        levels = {
            name: array[own] if name not in shared and array.shape[0] > 1 else array
            for name, array in self.levels._asdict().items()
        }
        return replace(self, parameters=Parameters(*cut), levels=Levels(**levels), patients=1)

    @cached_property
    def arrays(self) -> Patient:
        """All patients, as kernels read them; see `arrays.patient_of`."""
        return Patient(self.structure.layout, self.parameters, self.levels, -1)

    @property
    def drugs(self) -> tuple[str, ...]:
        """Names of the drugs, in index order."""
        return self.structure.drugs

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the states, in index order."""
        return self.structure.states

    @property
    def niches(self) -> tuple[str, ...]:
        """Names of the niches, in index order."""
        return self.structure.niches

    @property
    def genotypes(self) -> Genotypes:
        """The reachable genotypes."""
        return self.structure.genotypes

    @property
    def genotype(self) -> Ints:
        """(types,) genotype of each type."""
        return self.structure.genotype

    @property
    def state(self) -> Ints:
        """(types,) state of each type."""
        return self.structure.state

    @property
    def niche(self) -> Ints:
        """(types,) niche of each type."""
        return self.structure.niche

    @property
    def origin(self) -> Ints:
        """(types,) `Origin` of each type."""
        return self.structure.origin

    @property
    def variants(self) -> int:
        """Number of genotypes, with whether they arose under treatment."""
        return self.structure.variants

    @property
    def sub_types(self) -> int:
        """Number of states and niches, with the shelters needed so far."""
        return self.structure.sub_types

    @property
    def types(self) -> int:
        """Number of types."""
        return self.variants * self.sub_types

    @cached_property
    def birth(self) -> Floats:
        """(types,) births off drug, 1/day."""
        return self._one_or_all(self.parameters.birth[:, self.genotype, self.state])

    @cached_property
    def death(self) -> Floats:
        """(types,) deaths off drug and without evasion, 1/day."""
        return self._one_or_all(self.parameters.death[:, self.state])

    @cached_property
    def mutation(self) -> Edges:
        """Divisions of which one daughter carries one alteration more."""
        ways = self.structure.layout.mutation
        return self._edges(ways, self.parameters.mutation[:, ways.number, ways.place])

    @cached_property
    def moves(self) -> Edges:
        """Switches of state and exchange between niches."""
        ways = self.structure.layout.moves
        return self._edges(ways, self.parameters.move[:, ways.number])

    def _edges(self, ways: Ways, rate: Floats) -> Edges:
        return Edges(ways.source, ways.target, self._one_or_all(rate), ways.when)

    @cached_property
    def growth(self) -> Growth:
        """The growth law of each niche."""
        return Growth(
            law=self.structure.law,
            capacity=self._one_or_all(self.parameters.capacity),
            numbers=self._one_or_all(self.parameters.growth),
        )

    def _one_or_all(self, values: Floats) -> Floats:
        """Without the patients axis for one patient, with all of it for several."""
        if self.patients == 1:
            return values[0]
        return np.broadcast_to(values, (self.patients, *values.shape[1:]))

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
        levels : (..., drugs), or (patients, ..., drugs) for a model of several
            Multiples of EC50; ``inf`` for a saturating drug that is on.
        peak : same shape, optional
            Highest levels since treatment started, by which origins judge who needed shelter;
            the levels themselves by default.
        phase
            Before treatment, or under it: which edges are open where origins are tracked.
        """
        given = np.asarray(levels, dtype=np.float64)
        highest = given if peak is None else np.broadcast_to(peak, given.shape)
        lead = given.shape[:-1]
        if self.patients > 1 and (not lead or lead[0] != self.patients):
            raise ValueError(f"levels: got {given.shape}, expected ({self.patients}, ..., drugs)")
        rows = int(np.prod(lead[1:] if self.patients > 1 else lead, dtype=np.int64))
        shape = (self.patients, rows, len(self.drugs))
        out = rate_arrays(self.structure.layout, self.patients, rows)
        rates_of_rows(
            self.arrays,
            np.array(given.reshape(shape), order="C"),
            np.array(highest.reshape(shape), order="C"),
            phase == "under",
            workspace(self.arrays),
            out,
        )
        return Rates(*(array.reshape(*lead, array.shape[-1]) for array in out))
