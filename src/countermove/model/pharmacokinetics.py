r"""Drug levels over time from a dosing train: closed forms, superposed over doses.

Here: the level of one drug at a time since its dosing started, and after it stopped. Not here: who
is dosed when (``treatment``), what a level does to a cell (``model.dose_response``).

A linear compartment model answers one unit dose by :math:`\sum_i A_i e^{-\lambda_i t}`; a train of
doses every :math:`\tau` days is the geometric sum of such answers, and a train that ran from *a* to
*b* is the train since *a* less the train since *b*. So each regimen costs a few exponentials.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from countermove.foundation.arrays import Floats
from countermove.foundation.tolerances import SAME_DAY
from countermove.scenario import Constant, Drug, OneCompartment
from countermove.scenario import Pulsed as PulsedLevels
from countermove.scenario import Table as TableOfLevels

STEPS_PER_DOSE = 6
FINE = 0.5  # longest step in units of the fastest decay; beyond, a dose is followed more closely
FIRST, WIDER = 0.25, 2.0  # first step after such a dose in those units, and growth of the next ones
TINY_GAP = 1e-6  # relative: equal rate constants are told apart by this much


class DrugLevels(Protocol):
    """Level of one drug, in multiples of its EC50, while dosing goes on and after."""

    @property
    def step(self) -> float:
        """Longest time over which three samples follow the level, days; inf if breaks do."""
        ...

    def level(self, since: Floats, until: Floats) -> Floats:
        """Level ``since`` days after dosing began and ``until`` days after it stopped.

        ``until`` is negative while dosing goes on. Both have one shape; so has the result.
        """
        ...

    def breaks(self, begin: float, end: float, stop: float) -> Floats:
        """Days since dosing began between which, with ``step``, the level is smooth.

        All those from ``begin`` to ``end`` are among them, where dosing stops at ``stop``.
        """
        ...


@dataclass(frozen=True, slots=True)
class Steady:
    """A constant level while on, none when off."""

    amount: float
    step: float = np.inf

    def level(self, since: Floats, until: Floats) -> Floats:
        """See `DrugLevels`."""
        return np.where((since >= 0.0) & (until < 0.0), self.amount, 0.0)

    def breaks(self, begin: float, end: float, stop: float) -> Floats:
        """See `DrugLevels`."""
        return np.zeros(0)


@dataclass(frozen=True, slots=True)
class Pulsed:
    """A constant level for ``on`` days, then none for ``off`` days, again and again."""

    amount: float
    on: float
    off: float
    step: float = np.inf

    def level(self, since: Floats, until: Floats) -> Floats:
        """See `DrugLevels`."""
        phase = np.mod(since + SAME_DAY, self.on + self.off)
        return np.where((since >= 0.0) & (until < 0.0) & (phase < self.on), self.amount, 0.0)

    def breaks(self, begin: float, end: float, stop: float) -> Floats:
        """See `DrugLevels`."""
        starts = _due(begin, min(end, stop), self.on + self.off)
        return np.sort(np.concatenate([starts, starts + self.on]))


@dataclass(frozen=True, slots=True)
class Table:
    """Levels read off a table, straight lines between its times, the last level held."""

    times: Floats
    levels: Floats
    step: float = np.inf

    def level(self, since: Floats, until: Floats) -> Floats:
        """See `DrugLevels`."""
        there = np.interp(since, self.times, self.levels)
        return np.where((since >= 0.0) & (until < 0.0), there, 0.0)

    def breaks(self, begin: float, end: float, stop: float) -> Floats:
        """See `DrugLevels`. Also halfway, where an effect bends most on a long straight line."""
        result = np.sort(np.append(self.times, (self.times[1:] + self.times[:-1]) / 2.0))
        return result[(result >= begin) & (result <= min(end, stop))]


@dataclass(frozen=True, slots=True)
class Compartments:
    """A linear compartment model dosed every ``every`` days.

    Attributes
    ----------
    amplitude, decay : (terms,) of the answer to one dose: multiples of EC50, and 1/day
    every : days between doses
    """

    amplitude: Floats
    decay: Floats
    every: float

    @property
    def step(self) -> float:
        """A sixth of the dosing interval."""
        return self.every / STEPS_PER_DOSE

    def level(self, since: Floats, until: Floats) -> Floats:
        """See `DrugLevels`. Doses due before the stop are given, none after it."""
        stopped = np.where(until >= 0.0, since - until, np.inf)
        doses = np.floor(np.minimum(since, np.maximum(stopped - SAME_DAY, 0.0)) / self.every) + 1.0
        doses = np.where(since < 0.0, 0.0, np.where(stopped <= 0.0, 0.0, doses))
        last = since - (doses - 1.0) * self.every
        total = np.zeros(since.shape)
        for size, rate in zip(self.amplitude, self.decay, strict=True):
            train = -np.expm1(-rate * doses * self.every) / -np.expm1(-rate * self.every)
            total = total + size * np.exp(-rate * np.maximum(last, 0.0)) * train
        return np.where(doses > 0.0, np.maximum(total, 0.0), 0.0)

    def breaks(self, begin: float, end: float, stop: float) -> Floats:
        """See `DrugLevels`. Where levels fall within a step, also days soon after each dose."""
        doses = _due(begin, min(end, stop), self.every)
        fastest = float(self.decay.max())
        swift = fastest * self.step / FIRST
        if swift * FIRST <= FINE:
            return doses
        count = int(np.ceil(np.log(swift) / np.log(WIDER)))
        after = np.append(0.0, FIRST / fastest * WIDER ** np.arange(count))
        return (doses[:, None] + after).ravel()


def _due(begin: float, end: float, every: float) -> Floats:
    """Days before ``end`` on which a dose is due, from the last one due by ``begin`` on."""
    first = int(max(np.floor(begin / every), 0.0))
    numbers = np.arange(first, int(np.ceil(end / every)), dtype=np.float64)
    return np.asarray(numbers * every, dtype=np.float64)


def one_compartment(
    dose: float | Floats, elimination: float | Floats, absorption: float | Floats | None
) -> tuple[Floats, Floats]:
    """Answer of one compartment to one dose, as amplitudes and rates of exponentials.

    Parameters
    ----------
    dose
        Level that the dose would give at once, in the level's unit; a number or one per patient.
    elimination, absorption
        First-order rate constants, 1/day; ``absorption`` None for a dose into the blood.

    Returns
    -------
    (..., terms) amplitudes and (..., terms) decays, 1/day; terms is 1, or 2 with absorption.

    Notes
    -----
    Source: the Bateman (1910) function.
    """
    if absorption is None:
        return _terms(dose), _terms(elimination)
    absorbed = _apart(absorption, _terms(elimination))
    size = dose * absorbed / (absorbed - elimination)
    return _terms(size, -size), _terms(elimination, absorbed)


def two_compartments(
    dose: float | Floats,
    rates: tuple[float | Floats, float | Floats, float | Floats],
    absorption: float | Floats | None,
) -> tuple[Floats, Floats]:
    """Answer of the central of two compartments to one dose.

    Parameters
    ----------
    dose
        Level that the dose would give at once in the central compartment; as in `one_compartment`.
    rates
        Elimination, central to peripheral, peripheral to central: k10, k12, k21, 1/day.
    absorption
        As in `one_compartment`.

    Returns
    -------
    (..., terms) amplitudes and (..., terms) decays, 1/day; terms is 2, or 3 with absorption.

    Notes
    -----
    Source: Gibaldi and Perrier, Pharmacokinetics (1982), chapter 2.
    """
    k10, k12, k21 = (np.asarray(rate, dtype=np.float64) for rate in rates)
    total, gap = k10 + k12 + k21, k10 - k21 + k12
    # (k10 + k12 + k21)^2 - 4 k10 k21 without the difference, which would lose a small k12
    root = np.hypot(gap, 2.0 * np.sqrt(k12 * k21))
    decay = _terms((total + root) / 2.0, k10 * k21 * 2.0 / (total + root))
    larger = (root + np.abs(gap)) / (2.0 * root)
    smaller = 2.0 * k12 * k21 / (root * (root + np.abs(gap)))
    share = _terms(np.where(gap > 0.0, larger, smaller), np.where(gap > 0.0, smaller, larger))
    whole = np.asarray(dose, dtype=np.float64)[..., None]
    if absorption is None:
        return whole * share, decay
    absorbed = _apart(absorption, decay)[..., None]
    size = whole * share * absorbed / (absorbed - decay)
    last = -(size[..., 0] + size[..., 1])
    return (
        _terms(size[..., 0], size[..., 1], last),
        _terms(decay[..., 0], decay[..., 1], absorbed[..., 0]),
    )


def _terms(*parts: float | Floats) -> Floats:
    """(..., terms) of one number, or one array over patients, per term."""
    return np.stack(np.broadcast_arrays(*(np.asarray(p, dtype=np.float64) for p in parts)), axis=-1)


def _apart(rate: float | Floats, others: Floats) -> Floats:
    """Move a rate a little where it equals one of (..., others)."""
    own = np.asarray(rate, dtype=np.float64)
    near = np.abs(others - own[..., None]) < TINY_GAP * own[..., None] / 2.0
    return np.where(near.any(axis=-1), own * (1.0 + TINY_GAP), own)


def drug_levels_of(drug: Drug) -> DrugLevels:
    """DrugLevels of a scenario's drug under its own dosing.

    Parameters
    ----------
    drug
        A drug of a loaded scenario: its levels are already consistent with its EC50.

    Returns
    -------
    A `DrugLevels`; a drug without levels is saturating (level infinity) while on.
    """
    own = drug.levels
    if own is None:
        return Steady(np.inf)
    scale = 1.0 / drug.half_effect
    if isinstance(own, Constant):
        return Steady(own.level * scale)
    if isinstance(own, PulsedLevels):
        return Pulsed(own.level * scale, own.on, own.off)
    if isinstance(own, TableOfLevels):
        times, levels = np.asarray(own.times, float), np.asarray(own.levels, float) * scale
        return Table(times, levels)
    rise = own.rise * scale
    if isinstance(own, OneCompartment):
        return Compartments(*one_compartment(rise, own.elimination, own.absorption), own.every)
    flow = own.intercompartmental
    rates = (own.elimination, flow / own.volume, flow / own.peripheral_volume)
    return Compartments(*two_compartments(rise, rates, own.absorption), own.every)
