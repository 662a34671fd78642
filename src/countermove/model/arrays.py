"""The arrays of a compiled model, in the form that kernels read.

Here: NamedTuples, which numba takes as they are, and the row of one patient out of them. Not here:
how they are filled (``model.compile``, ``model.parameters``, ``model.levels``), what is computed
from them (``model.dose_response``, ``model.averages``).

What depends on the scenario alone is in `Layout`. Arrays of `Parameters` and `Levels` have patients
as their first axis, of length 1 where patients do not differ; in the arrays that `patient_of`
returns that axis is gone. Letters of shapes: G genotypes, S states, N niches, D drugs, A
alterations, K ways of moving, X graded mechanisms.
"""

from __future__ import annotations

from enum import IntFlag
from typing import NamedTuple

import numpy as np

from countermove.foundation.arrays import Bools, Floats, Ints
from countermove.foundation.jit import jit

BYPASS, EFFLUX, EVASION = range(3)
STEADY, PULSED, COMPARTMENTS, TABLE = range(4)
TERMS = 3  # exponentials in the answer to a dose, at most


class When(IntFlag):
    """When an edge is open, seen from the cell it starts at."""

    BEFORE = 1  # before treatment starts
    FREE = 2  # under treatment, the genotype needing no shelter from the drugs used so far
    SHELTERED = 4  # under treatment, the genotype surviving only by shelter
    ALWAYS = 7


class Ways(NamedTuple):
    """Ways from one type to another, sorted by source; all (edges,).

    Attributes
    ----------
    source, target : type indices
    genotype : of the source
    place : of the source: its state (mutation) or its niche (moves)
    number : the alteration gained (mutation), or the way of moving, 0 to K - 1
    when : `When` flags
    """

    source: Ints
    target: Ints
    genotype: Ints
    place: Ints
    number: Ints
    when: Ints


class Layout(NamedTuple):
    """What depends on the scenario alone.

    Attributes
    ----------
    base : (types,) index ``(g * S + s) * N + n`` of each type among those without origins
    like : (G, D) the first genotype with the same fold and retention of a drug
    cycle : (D,) kills in proportion to division
    stresses : (D,) moves some cells between states, or keeps cells from making others
    taking : (D,) takes capacity from the cells it acts on
    into : (D,) the drug that its levels count as, most often itself
    adding : levels of some drug count as another's
    mechanism : (X,) `BYPASS`, `EFFLUX` or `EVASION`
    touched, undone : (X, D) drugs whose effect a mechanism changes; drugs that undo it
    mutation, moves : the edges
    stays : (move edges,) the cell stays what it is and makes one of the target type
    apart : each type is crowded in a way of its own, by ``Parameters.weight``
    highest : the strongest single drug counts; otherwise Bliss independence
    interacting : some pair of drugs interacts
    tracked : types carry origins, so edges open and close with the highest levels
    """

    base: Ints
    like: Ints
    cycle: Bools
    stresses: Bools
    taking: Bools
    into: Ints
    adding: bool
    mechanism: Ints
    touched: Bools
    undone: Bools
    mutation: Ways
    moves: Ways
    stays: Bools
    apart: bool
    highest: bool
    interacting: bool
    tracked: bool


class Parameters(NamedTuple):
    """The numbers; each (1 or patients, ...), or without that axis for one patient.

    Attributes
    ----------
    birth : (G, S) 1/day off drug
    death : (S,) 1/day off drug
    mutation : (A, S) probability per division
    move : (K,) 1/day off drug
    induced : (K, D) 1/day added at full effect of a drug
    held : (K, D) share of the rate that a drug at full effect takes away
    kill, stop, hill : (D,) largest hazard 1/day, largest inhibition, Hill coefficient
    fold, retention : (G, D) factors on EC50 and on exposure
    penetration : (N, D) factor on exposure
    spared : (S, N, D) share of killing that is left, (1 - shelter)(1 - protection)
    strength : (G, X) strength of a mechanism at the levels carried; of efflux the share lost
    gamma : (D, D) symmetric interaction
    capacity : (N,) cells; 1 where the law has none
    growth : (4,) on_birth, exponent, reference, added, see ``growth_laws.Growth.numbers``
    weight : (G, G) how much a cell of the second genotype crowds one of the first in its niche
    takes : (D,) largest share of capacity taken
    """

    birth: Floats
    death: Floats
    mutation: Floats
    move: Floats
    induced: Floats
    held: Floats
    kill: Floats
    stop: Floats
    hill: Floats
    fold: Floats
    retention: Floats
    penetration: Floats
    spared: Floats
    strength: Floats
    gamma: Floats
    capacity: Floats
    growth: Floats
    weight: Floats
    takes: Floats


class Levels(NamedTuple):
    """How each drug's level moves; (1 or patients, ...) but for ``kind``, ``first`` and ``times``.

    Attributes
    ----------
    kind : (D,) `STEADY`, `PULSED`, `COMPARTMENTS` or `TABLE`
    first : (D + 1,) where each drug's table begins in ``times``
    times : (entries,) days since the drug was started
    table : (entries,) levels at those times
    amplitude : (D, TERMS) of the answer to one dose; the level itself in place 0 of others
    decay : (D, TERMS) 1/day; 1 where there is no such term
    steady : (D, TERMS) ``amplitude`` summed over an endless train of doses
    every : (D,) days between doses; length of a pulsed cycle
    on : (D,) days of a cycle with drug
    settles : (D,) days of dosing after which levels repeat from dose to dose
    fades : (D,) days after the last dose until nothing is left
    step : (D,) longest piece over which three samples follow what a level does, days
    swift : (D,) fastest decay, 1/day, where levels fall too fast for ``step``; otherwise 0
    """

    kind: Ints
    first: Ints
    times: Floats
    table: Floats
    amplitude: Floats
    decay: Floats
    steady: Floats
    every: Floats
    on: Floats
    settles: Floats
    fades: Floats
    step: Floats
    swift: Floats


class Dosing(NamedTuple):
    """Unbroken stretches of one multiple of one drug's own dosing; all (stretches,).

    Attributes
    ----------
    drug : index
    since, until : days on which dosing began and stops; ``until`` inf while it goes on
    multiple : of the drug's own dose, above 0
    """

    drug: Ints
    since: Floats
    until: Floats
    multiple: Floats


class Patient(NamedTuple):
    """One patient, or all of them while ``number`` is -1."""

    layout: Layout
    numbers: Parameters
    levels: Levels
    number: int


@jit
def row_of(values: Floats, patient: int) -> Floats:
    """One patient's part of an array, which may hold a single row for all."""
    return values[patient] if values.shape[0] > 1 else values[0]


@jit
def levels_of(levels: Levels, patient: int) -> Levels:
    """One patient's levels."""
    return Levels(
        levels.kind,
        levels.first,
        levels.times,
        row_of(levels.table, patient),
        row_of(levels.amplitude, patient),
        row_of(levels.decay, patient),
        row_of(levels.steady, patient),
        row_of(levels.every, patient),
        row_of(levels.on, patient),
        row_of(levels.settles, patient),
        row_of(levels.fades, patient),
        row_of(levels.step, patient),
        row_of(levels.swift, patient),
    )


@jit
def numbers_of(numbers: Parameters, patient: int) -> Parameters:
    """One patient's parameters."""
    return Parameters(
        row_of(numbers.birth, patient),
        row_of(numbers.death, patient),
        row_of(numbers.mutation, patient),
        row_of(numbers.move, patient),
        row_of(numbers.induced, patient),
        row_of(numbers.held, patient),
        row_of(numbers.kill, patient),
        row_of(numbers.stop, patient),
        row_of(numbers.hill, patient),
        row_of(numbers.fold, patient),
        row_of(numbers.retention, patient),
        row_of(numbers.penetration, patient),
        row_of(numbers.spared, patient),
        row_of(numbers.strength, patient),
        row_of(numbers.gamma, patient),
        row_of(numbers.capacity, patient),
        row_of(numbers.growth, patient),
        row_of(numbers.weight, patient),
        row_of(numbers.takes, patient),
    )


@jit
def patient_of(patients: Patient, patient: int) -> Patient:
    """One patient as views: nothing is copied or allocated.

    Parameters
    ----------
    patients
        All of them, ``CompiledModel.arrays``.
    patient
        From 0; ignored by arrays that hold a single row for all.
    """
    return Patient(
        patients.layout,
        numbers_of(patients.numbers, patient),
        levels_of(patients.levels, patient),
        patient,
    )


class RateArrays(NamedTuple):
    """Rates of one patient as kernels fill them; see ``compiled.Rates`` for units.

    Attributes
    ----------
    birth, death, cycle : (types,)
    mutation, moves : (edges,)
    """

    birth: Floats
    death: Floats
    cycle: Floats
    mutation: Floats
    moves: Floats


class Work(NamedTuple):
    """Scratch of the kernels; one per thread and model, never shared.

    Attributes
    ----------
    level : (D,) at the time looked at
    on : (D + 1,) drugs whose level is above 0, and how many in the last place
    hazard : (D,)
    left : (X,) share of each mechanism that no drug undoes
    bound : (G,) occupancy of one drug
    felt : (N, G, D) occupancy with bypass taken off
    plain : (3, G * S * N) birth, death and cycle without origins
    status : (G,) `When` flags of each genotype now
    judged : (D + 1,) highest levels by which ``status`` stands; in the last place whether it does
    node : rates at one time
    settled : averages over a period of settled levels
    standing : (G,) ``status`` by which ``settled`` stands
    top : (D,) highest levels of that period
    key : (2 D + 3,) dosing for which ``settled`` stands
    """

    level: Floats
    on: Ints
    hazard: Floats
    left: Floats
    bound: Floats
    felt: Floats
    plain: Floats
    status: Ints
    judged: Floats
    node: RateArrays
    settled: RateArrays
    standing: Ints
    top: Floats
    key: Floats


def rate_arrays(layout: Layout, *rows: int) -> RateArrays:
    """Zeroed rates, with leading axes ``rows``."""
    types, edges = layout.base.size, (layout.mutation.source.size, layout.moves.source.size)
    return RateArrays(
        np.zeros((*rows, types)),
        np.zeros((*rows, types)),
        np.zeros((*rows, types)),
        np.zeros((*rows, edges[0])),
        np.zeros((*rows, edges[1])),
    )


def workspace(patients: Patient) -> Work:
    """Scratch for the kernels, fit for every patient of one model.

    Parameters
    ----------
    patients
        ``CompiledModel.arrays``.
    """
    _, genotypes, states = patients.numbers.birth.shape
    _, niches, drugs = patients.numbers.penetration.shape
    layout = patients.layout
    return Work(
        level=np.zeros(drugs),
        on=np.zeros(drugs + 1, dtype=np.int64),
        hazard=np.zeros(drugs),
        left=np.ones(layout.mechanism.size),
        bound=np.zeros(genotypes),
        felt=np.zeros((niches, genotypes, drugs)),
        plain=np.zeros((3, genotypes * states * niches)),
        status=np.zeros(genotypes, dtype=np.int64),
        judged=np.zeros(drugs + 1),
        node=rate_arrays(layout),
        settled=rate_arrays(layout),
        standing=np.zeros(genotypes, dtype=np.int64),
        top=np.zeros(drugs),
        key=np.full(2 * drugs + 3, np.nan),
    )
