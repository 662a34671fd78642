"""Uniform numbers of a patient, and what a distribution makes of them.

Here: the counter-based uniforms, quantile functions with truncation, the copula's scores. Not here:
which numbers are drawn (``simulation.drawing``).
"""

from __future__ import annotations

import hashlib

import numpy as np
import scipy
from numpy.typing import NDArray

from countermove.foundation import ScenarioError, number_text
from countermove.foundation.arrays import Floats, Words
from countermove.foundation.streams import philox4x32
from countermove.scenario.laws import Law, ends_of

VARY = 3  # purpose of the streams, beside engines.contract.Purpose
LEAST_MASS = 1e-12
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_CACHE = 8192  # patients at a time: the temporaries stay in the processor's cache


def block_of(name: str) -> int:
    """Place of a name in the 2^32 blocks of a patient's stream, the same in every process."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")


def uniforms(seed: int, patients: Words, block: int) -> Floats:
    """Draw one uniform number for each patient, from the seed, the patient and the block alone.

    Parameters
    ----------
    seed
        0 to 2^64 - 1.
    patients : (patients,) their numbers
    block
        What it is for, see ``block_of``; only its lowest 32 bits count.

    Returns
    -------
    (patients,) strictly between 0 and 1, on a grid of 2^-53.
    """
    drawn = np.empty(len(patients))
    key = (seed & 0xFFFFFFFF, seed >> 32)
    for begin in range(0, len(patients), _CACHE):
        part = patients[begin : begin + _CACHE]
        purpose, block_word = np.full_like(part, VARY), np.full_like(part, block & 0xFFFFFFFF)
        words = philox4x32((part & _LOW, part >> _HALF, purpose, block_word), key)
        whole = words[0] << np.uint64(20) | words[1] >> np.uint64(12)
        drawn[begin : begin + _CACHE] = (whole.astype(float) + 0.5) * 2.0**-52
    return drawn


def scores(uniform: Floats) -> Floats:
    """Turn uniform numbers into normal scores."""
    return scipy.special.ndtri(uniform)


def chances(score: Floats) -> Floats:
    """Uniform numbers of normal scores, kept strictly between 0 and 1."""
    return np.clip(scipy.special.ndtr(score), 2.0**-53, 1.0 - 2.0**-53)


def quantile(law: Law, uniform: Floats, score: Floats | None = None) -> Floats:
    """Numbers of a distribution, rising with the uniform number; any kind but ``words``.

    Parameters
    ----------
    law
        The distribution; cut off, it is the distribution given that the number is inside.
    uniform : (patients,) strictly between 0 and 1
    score : (patients,) its normal scores, where they are at hand

    Returns
    -------
    (patients,) in base units.
    """
    if law.kind == "constant":
        return np.full(uniform.shape, law.numbers[0])
    if law.kind == "discrete":
        return np.array(law.numbers)[chosen(law.weights, uniform)]
    if law.kind == "normal":
        mean, sd = law.numbers
        low, high = (law.low - mean) / sd, (law.high - mean) / sd
        return np.clip(mean + sd * _normal(uniform, score, low, high), law.low, law.high)
    if law.kind == "lognormal":
        low, high = (_log(bound) for bound in (law.low, law.high))
        center, sigma = law.numbers
        z = _normal(uniform, score, (low - center) / sigma, (high - center) / sigma)
        with np.errstate(over="ignore"):  # an infinite number is refused by its range
            return np.clip(np.exp(center + sigma * z), law.low, law.high)
    return np.clip(_bounded(law, uniform), *ends_of(law))  # rounding may pass an end


def _log(bound: float) -> float:
    return float(np.log(bound)) if bound > 0.0 else -np.inf


def chosen(weights: tuple[float, ...], uniform: Floats) -> NDArray[np.intp]:
    """Index of one of several choices for each uniform number."""
    steps = np.cumsum(weights)
    result = np.searchsorted(steps, uniform * steps[-1], side="right")
    return np.minimum(result, np.flatnonzero(weights)[-1])


def _normal(uniform: Floats, score: Floats | None, low: float, high: float) -> Floats:
    """Draw normal scores between two bounds; in the upper tail by the mirror, exact there."""
    if low == -np.inf and high == np.inf:
        return scipy.special.ndtri(uniform) if score is None else score
    if low > 0.0:
        return -_normal(1.0 - uniform, None, -high, -low)
    below = scipy.special.ndtr(low)
    return scipy.special.ndtri(below + uniform * (scipy.special.ndtr(high) - below))


def _bounded(law: Law, uniform: Floats) -> Floats:
    """Uniform, log-uniform, beta and gamma numbers."""
    if law.kind in ("uniform", "loguniform"):
        low, high = max(law.numbers[0], law.low), min(law.numbers[1], law.high)
        if law.kind == "uniform":
            return low + uniform * (high - low)
        return np.exp(np.log(low) + uniform * (np.log(high) - np.log(low)))
    below, above, upper = _cuts(law)
    if upper:  # chances counted from above, where those from below are rounded to 1
        chance = below + (1.0 - uniform) * (above - below)
    else:
        chance = below + uniform * (above - below)
    if law.kind == "gamma":
        inverse = scipy.special.gammainccinv if upper else scipy.special.gammaincinv
        return law.numbers[1] * inverse(law.numbers[0], chance)
    inverse = scipy.special.betainccinv if upper else scipy.special.betaincinv
    a, b, low, high = law.numbers
    return low + (high - low) * inverse(a, b, chance)


def _cuts(law: Law) -> tuple[float, float, bool]:
    """Chances between which a cut-off beta or gamma lies, and whether counted from above."""
    if law.kind == "gamma":
        ends = [max(bound / law.numbers[1], 0.0) for bound in (law.low, law.high)]
        lower = [float(scipy.special.gammainc(law.numbers[0], end)) for end in ends]
        higher = [float(scipy.special.gammaincc(law.numbers[0], end)) for end in ends]
    else:
        a, b, low, high = law.numbers
        ends = [float(np.clip((x - low) / (high - low), 0.0, 1.0)) for x in (law.low, law.high)]
        lower = [float(scipy.special.betainc(a, b, end)) for end in ends]
        higher = [float(scipy.special.betaincc(a, b, end)) for end in ends]
    if lower[0] > 0.5:
        return higher[1], higher[0], True
    return lower[0], lower[1], False


def check_mass(law: Law, where: str) -> None:
    """Refuse a distribution of which the bounds leave next to nothing.

    Raises
    ------
    ScenarioError
        Less than ``LEAST_MASS`` of it lies between the bounds.
    """
    if law.kind in ("beta", "gamma"):
        below, above, _ = _cuts(law)
        mass = above - below
    elif law.kind in ("normal", "lognormal"):
        bounds = (law.low, law.high)
        ends = [_log(b) for b in bounds] if law.kind == "lognormal" else list(bounds)
        low, high = ((end - law.numbers[0]) / law.numbers[1] for end in ends)
        if low > 0.0:
            low, high = -high, -low
        mass = float(scipy.special.ndtr(high) - scipy.special.ndtr(low))
    else:
        return
    if mass < LEAST_MASS:
        raise ScenarioError(
            f"{where}.truncate",
            got=f"{number_text(law.low)} to {number_text(law.high)}, where {mass:.2g} of the "
            "distribution lies",
            expected=f"bounds that leave at least {LEAST_MASS:g} of it",
        )
