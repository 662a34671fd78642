"""How each drug's level moves, as arrays for all patients at once.

Here: from ``drugs.NAME.levels`` to `arrays.Levels`. Not here: the closed forms
(``model.pharmacokinetics``), a level at a time (``model.level_kernels``).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from countermove.foundation.arrays import Floats
from countermove.foundation.jit import jit_leaf
from countermove.model.arrays import COMPARTMENTS, PULSED, STEADY, TABLE, TERMS, Levels
from countermove.model.numbers import Numbers
from countermove.model.pharmacokinetics import one_compartment, two_compartments
from countermove.scenario import Constant, Drug, OneCompartment, Scenario, TwoCompartment
from countermove.scenario import Pulsed as PulsedLevels
from countermove.scenario import Table as TableOfLevels

LN2 = float(np.log(2.0))
SETTLED = 1e-9
"""Transients of a train of doses are over when they are below this share of the average level.

The three-point rule that averages rates over a dose is good to some 1e-6 of them, and a share of a
level changes an occupancy by at most a quarter of the Hill coefficient times it. After thirty
half-lives a train is there.
"""
STRIDE = 1.0
"""Longest piece, in units of the fastest decay times the Hill coefficient.

An occupancy is a logistic function of the log level, whose sixth derivative stays below 1: over a
piece the three-point rule is then wrong by less than 1/2,016,000 of the largest effect.
"""
MOST_PIECES = 24.0  # of equal length between two doses; beyond, pieces widen after each dose
NEGLIGIBLE = 1e-9  # level, in multiples of EC50, below which a stopped drug is left out altogether


class _Curve(NamedTuple):
    """One drug's levels: the fields of `Levels`, (1 or patients, ...)."""

    kind: int
    amplitude: Floats
    decay: Floats
    every: Floats
    on: Floats
    times: Floats
    table: Floats


def compile_levels(scenario: Scenario, numbers: Numbers, hill: Floats) -> Levels:
    """Fill the arrays.

    Parameters
    ----------
    scenario
        Its drugs' own dosing counts; a drug without levels is at level infinity while on.
    numbers
        Its numbers, drawn or not.
    hill : (1 or patients, drugs)
        Hill coefficients, which sharpen what levels do.
    """
    curves = [_curve(name, drug, numbers) for name, drug in scenario.drugs.items()]
    rows = max((a.shape[0] for c in curves for a in c[1:5]), default=1)
    rows = max(rows, hill.shape[0])
    drugs = len(curves)
    amplitude, decay = np.zeros((rows, drugs, TERMS)), np.ones((rows, drugs, TERMS))
    every, on = np.ones((rows, drugs)), np.zeros((rows, drugs))
    for number, curve in enumerate(curves):
        terms = curve.amplitude.shape[1]
        amplitude[:, number, :terms] = curve.amplitude
        decay[:, number, :terms] = curve.decay
        every[:, number], on[:, number] = curve.every, curve.on
    kind = np.array([curve.kind for curve in curves], dtype=np.int64)
    sizes = [curve.times.size for curve in curves]
    first = np.cumsum([0, *sizes], dtype=np.int64)
    entries = max((curve.table.shape[0] for curve in curves), default=1)
    tables = [np.broadcast_to(c.table, (entries, c.table.shape[1])) for c in curves]
    result = Levels(
        kind=kind,
        first=first,
        times=np.concatenate([np.zeros(0), *(curve.times for curve in curves)]),
        table=np.ascontiguousarray(np.concatenate([np.zeros((entries, 0)), *tables], axis=1)),
        amplitude=amplitude,
        decay=decay,
        steady=np.zeros_like(amplitude),
        every=every,
        on=on,
        settles=np.zeros_like(every),
        fades=np.zeros_like(every),
        step=every.copy(),
        swift=np.zeros_like(every),
    )
    _follow(result, np.array(np.broadcast_to(hill, every.shape)))
    return result


def _curve(name: str, drug: Drug, numbers: Numbers) -> _Curve:
    own, path = drug.levels, f"drugs.{name}.levels"
    none, nothing, one = np.zeros(0), np.zeros((1, 0)), np.ones(1)
    if own is None:
        return _Curve(STEADY, np.full((1, 1), np.inf), np.ones((1, 1)), one, one, none, nothing)
    half = 1.0 if drug.ec50 is None else drug.ec50
    scale = 1.0 / numbers.at(f"drugs.{name}.ec50", half)
    if isinstance(own, Constant):
        level = numbers.at(f"{path}.level", own.level) * scale
        return _Curve(STEADY, level[:, None], np.ones((1, 1)), one, one, none, nothing)
    if isinstance(own, PulsedLevels):
        level = numbers.at(f"{path}.level", own.level) * scale
        on, off = numbers.at(f"{path}.on", own.on), numbers.at(f"{path}.off", own.off)
        return _Curve(PULSED, level[:, None], np.ones((1, 1)), on + off, on, none, nothing)
    if isinstance(own, TableOfLevels):
        table = _table(path, own, numbers) * scale[:, None]
        times = np.asarray(own.times, dtype=np.float64)
        return _Curve(TABLE, np.zeros((1, 1)), np.ones((1, 1)), one, one, times, table)
    amplitude, decay = _answer(path, own, numbers, scale)
    every = numbers.at(f"{path}.every", own.every)
    return _Curve(COMPARTMENTS, amplitude, decay, every, one, none, nothing)


def _table(path: str, own: TableOfLevels, numbers: Numbers) -> Floats:
    """(1 or patients, entries) levels of a table; single entries may be drawn."""
    table = np.array([own.levels], dtype=np.float64)
    drawn = [entry for entry in numbers.drawn if entry.startswith(f"{path}.levels.")]
    if drawn:
        table = np.repeat(table, numbers.patients, axis=0)
        for entry in drawn:
            table[:, int(entry.rsplit(".", 1)[1])] = numbers.drawn[entry]
    return table


def _answer(
    path: str, own: OneCompartment | TwoCompartment, numbers: Numbers, scale: Floats
) -> tuple[Floats, Floats]:
    """(..., terms) amplitudes, in multiples of EC50, and decays of the answer to one dose."""
    volume = numbers.at(f"{path}.volume", own.volume)
    share = numbers.at(f"{path}.bioavailability", own.bioavailability)
    rise = share * numbers.at(f"{path}.dose", own.dose) / volume
    if own.molar_mass is not None:
        rise = rise * 1e3 / numbers.at(f"{path}.molar_mass", own.molar_mass)
    given = own.absorption is not None or numbers.has(f"{path}.absorption")
    absorption = numbers.at(f"{path}.absorption", own.absorption or 0.0) if given else None
    if isinstance(own, OneCompartment) and own.half_life is not None:
        elimination = LN2 / numbers.at(f"{path}.half_life", own.half_life)
    else:
        elimination = numbers.at(f"{path}.clearance", own.clearance or 0.0) / volume
    if isinstance(own, OneCompartment):
        return one_compartment(rise * scale, elimination, absorption)
    flow = numbers.at(f"{path}.intercompartmental", own.intercompartmental)
    tissue = numbers.at(f"{path}.peripheral_volume", own.peripheral_volume)
    return two_compartments(rise * scale, (elimination, flow / volume, flow / tissue), absorption)


@jit_leaf
def _follow(levels: Levels, hill: Floats) -> None:
    """Fill what follows from a train of doses, element by element."""
    patients, drugs, terms = levels.amplitude.shape
    for patient in range(patients):
        for drug in range(drugs):
            if levels.kind[drug] != COMPARTMENTS:
                continue
            every, total, fastest = levels.every[patient, drug], 0.0, 0.0
            for term in range(terms):
                size, rate = (
                    levels.amplitude[patient, drug, term],
                    levels.decay[patient, drug, term],
                )
                levels.steady[patient, drug, term] = size / -math.expm1(-rate * every)
                total += size / rate
                fastest = max(fastest, rate if size != 0.0 else 0.0)
            settles, fades = 0.0, 0.0
            for term in range(terms):
                size, rate = (
                    levels.amplitude[patient, drug, term],
                    levels.decay[patient, drug, term],
                )
                if size != 0.0:
                    excess = terms * abs(size) / rate / total / SETTLED
                    left = terms * abs(levels.steady[patient, drug, term]) / NEGLIGIBLE
                    settles = max(settles, math.log(excess) / rate)
                    fades = max(fades, math.log(left) / rate)
            levels.settles[patient, drug], levels.fades[patient, drug] = settles, fades
            change = fastest * max(hill[patient, drug], 1.0)
            pieces = min(max(math.ceil(change * every / STRIDE), 1.0), MOST_PIECES)
            levels.step[patient, drug] = every / pieces
            if change * every / pieces > STRIDE:
                levels.swift[patient, drug] = change
