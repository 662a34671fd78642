r"""What drug levels do to each type: occupancy, inhibition of division, killing hazard.

Here: the five mechanisms as five different knobs, combination of drugs, and interaction. Not here:
how levels come about (``model.pharmacokinetics``), or which genotypes exist (``model.genotypes``).

With local exposure :math:`x_{jk}` of drug *j* at type *k*,

.. math::
    \theta_{jk} &= \frac{x_{jk}^h}{x_{jk}^h + f_{jk}^h} \\
    S_{jk} &= s_j\,\theta_{jk}\,(1-\mathrm{bypass}_{jk}) \\
    K_{jk} &= k_j\,\theta_{jk}\,(1-\mathrm{bypass}_{jk})(1-\mathrm{evasion}_k)
              (1-\mathrm{shelter}_{jk})(1-\mathrm{protection}_{jk})

Levels are multiples of the drug's own EC50; a drug without levels is saturating, level infinity.
A drug that undoes a mechanism acts on it in proportion to its own occupancy in that niche.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Knob:
    """One alteration's change, and the drugs that undo it.

    Attributes
    ----------
    carried : (types,) levels of the alteration each type carries
    strength : per level: ``bypass`` or ``evasion`` (0 to 1), or the factor on ``retention``
    drugs : (drugs,) bool, the drugs whose effect the alteration changes
    undone_by : drug indices that undo it
    """

    carried: NDArray[np.int64]
    strength: float
    drugs: NDArray[np.bool_]
    undone_by: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DoseResponse:
    """Everything the effect of drug levels on types needs, as arrays.

    Attributes
    ----------
    kill, stop, hill : (drugs,) largest hazard 1/day, largest inhibition, Hill coefficient
    cycle_specific : (drugs,) bool
    fold, penetration, retention : (types, drugs) factors on EC50 and on exposure
    spared : (types, drugs) share of killing that niche and state leave, (1-shelter)(1-protection)
    bypass, efflux, evasion : the graded mechanisms that a drug can undo
    highest : the strongest single drug counts; otherwise Bliss independence
    interaction : (drugs, drugs) symmetric gamma
    """

    kill: Floats
    stop: Floats
    hill: Floats
    cycle_specific: NDArray[np.bool_]
    fold: Floats
    penetration: Floats
    retention: Floats
    spared: Floats
    bypass: tuple[Knob, ...]
    efflux: tuple[Knob, ...]
    evasion: tuple[Knob, ...]
    highest: bool
    interaction: Floats

    def for_types(self, index: NDArray[np.int64]) -> DoseResponse:
        """Return the same response for types picked (and repeated) by index."""

        def pick(knobs: tuple[Knob, ...]) -> tuple[Knob, ...]:
            return tuple(replace(knob, carried=knob.carried[index]) for knob in knobs)

        return replace(
            self,
            fold=self.fold[index],
            penetration=self.penetration[index],
            retention=self.retention[index],
            spared=self.spared[index],
            bypass=pick(self.bypass),
            efflux=pick(self.efflux),
            evasion=pick(self.evasion),
        )


@dataclass(frozen=True, slots=True)
class Effects:
    """Effects of one set of levels.

    Attributes
    ----------
    occupancy : (..., types, drugs) with bypass taken off: the stress a cell feels
    inhibition : (..., types) share of divisions prevented
    hazard : (..., types) killing, 1/day
    evasion : (..., types) share of death evaded
    """

    occupancy: Floats
    inhibition: Floats
    hazard: Floats
    evasion: Floats


def occupancy(exposure: Floats, fold: Floats, hill: Floats | float) -> Floats:
    """Hill occupancy of a drug at an exposure, both in multiples of the wild-type EC50.

    An infinite exposure saturates every finite fold; an infinite fold is never occupied.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.where(np.isinf(fold), np.inf, fold / exposure)
        return 1.0 / (1.0 + ratio**hill)


def effects(response: DoseResponse, levels: Floats, division: Floats) -> Effects:
    """Effects of drug levels on every type.

    Parameters
    ----------
    response
        The compiled dose response.
    levels : (..., drugs)
        Multiples of EC50; ``inf`` for a saturating drug that is on.
    division : (types,)
        Division rate off drug relative to the ancestral cell's, for cycle-specific killing.
    """
    outside = levels[..., None, :]
    local = _times(outside, response.penetration)
    undoing = occupancy(local, np.ones(()), response.hill)
    retained = response.retention * _retention(response.efflux, undoing)
    bound = occupancy(_times(local, retained), response.fold, response.hill)
    felt = bound * (1.0 - _pooled(response.bypass, undoing))
    evasion = _evasion(response.evasion, undoing)
    inhibition = _combine_inhibition(felt * response.stop, response.highest)
    hazards = felt * response.kill * response.spared * (1.0 - evasion)[..., None]
    dividing = (division * (1.0 - inhibition))[..., None]
    hazards = np.where(response.cycle_specific, hazards * dividing, hazards)
    return Effects(felt, inhibition, _combine_hazards(hazards, response), evasion)


def _times(exposure: Floats, factor: Floats) -> Floats:
    """Product in which a factor of zero silences even a saturating (infinite) exposure."""
    with np.errstate(invalid="ignore"):
        return np.where((factor == 0.0) | (exposure == 0.0), 0.0, exposure * factor)


def _undone(knob: Knob, undoing: Floats) -> Floats:
    """(..., types, 1) the share of a mechanism left by the drugs that undo it."""
    left = np.ones((*undoing.shape[:-1], 1))
    for drug in knob.undone_by:
        left = left * (1.0 - undoing[..., drug : drug + 1])
    return left


def _retention(knobs: tuple[Knob, ...], undoing: Floats) -> Floats:
    kept = np.ones(undoing.shape)
    for knob in knobs:
        lost = 1.0 - knob.strength ** knob.carried[:, None]
        kept = kept * np.where(knob.drugs, 1.0 - lost * _undone(knob, undoing), 1.0)
    return kept


def _pooled(knobs: tuple[Knob, ...], undoing: Floats) -> Floats:
    """(..., types, drugs) strength of several alterations acting independently."""
    missed = np.ones(undoing.shape)
    for knob in knobs:
        strength = 1.0 - (1.0 - knob.strength) ** knob.carried[:, None]
        missed = missed * np.where(knob.drugs, 1.0 - strength * _undone(knob, undoing), 1.0)
    return 1.0 - missed


def _evasion(knobs: tuple[Knob, ...], undoing: Floats) -> Floats:
    """(..., types) share of death evaded, whether or not there is any drug."""
    missed = np.ones(undoing.shape[:-1])
    for knob in knobs:
        strength = 1.0 - (1.0 - knob.strength) ** knob.carried
        missed = missed * (1.0 - strength * _undone(knob, undoing)[..., 0])
    return 1.0 - missed


def _combine_inhibition(shares: Floats, highest: bool) -> Floats:
    if shares.shape[-1] == 0:
        return np.zeros(shares.shape[:-1])
    return shares.max(axis=-1) if highest else 1.0 - np.prod(1.0 - shares, axis=-1)


def _combine_hazards(hazards: Floats, response: DoseResponse) -> Floats:
    if hazards.shape[-1] == 0:
        return np.zeros(hazards.shape[:-1])
    strongest = hazards.max(axis=-1)
    total = strongest if response.highest else hazards.sum(axis=-1)
    if np.any(response.interaction):
        root = np.sqrt(hazards)
        total = total + 0.5 * np.einsum("...i,ij,...j->...", root, response.interaction, root)
    return np.maximum(total, strongest)
