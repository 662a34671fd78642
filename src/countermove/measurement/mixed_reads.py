"""Reads of an alteration when the molecules of a sample are few and random.

Here: the log probability of reads, summed over the numbers of mutated and other molecules. Not
here: how many molecules to expect, and draws (``measurement.ctdna``).

All molecules N are Poisson; the mutated M of them binomial; the reads binomial in M/N. The sums run
over every h-th N and every h-th M, h a fraction of the spread of the terms: for terms this smooth
such a sum is off by exp(-2 pi^2 (spread/h)^2), below the last digit of a double (the summation
formula of Poisson). Few molecules make h = 1, the plain sum.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from countermove.foundation.arrays import Floats, Ints
from countermove.measurement.counts import log_binomial, log_poisson

REACH = 8.0  # spreads on each side that are summed
MARGIN = 20.0  # and counts beyond, for the long tail of small means
N_STEP, M_STEP = 0.6, 0.4  # strides, in spreads
FEW = 400.0  # molecules; with fewer every N is summed
BLURRED = 1.5  # spread in mutated molecules from which their sum shows no steps
_ROWS = 2048  # readings summed at a time
_HALVINGS = 30
_ROUNDS = 5


class _Sample(NamedTuple):
    """A column a reading: (readings, 1)."""

    reads: Floats
    depth: float
    wrong: float
    mutated: Floats
    """share of the molecules expected to be mutated"""
    others: Floats


def log_mixed_reads(
    reads: Floats, mutant: Floats, others: Floats, *, depth: int, error_rate: float
) -> Floats:
    """Log probability of reads.

    Parameters
    ----------
    reads : (readings,)
        Reads that show the alteration.
    mutant, others : (readings,)
        Expected molecules in the sample with it and without.
    depth
        Reads in all, where there is a molecule; else there are none and ``reads`` is 0.
    error_rate
        Chance that a read shows the other allele.

    Returns
    -------
    (readings,), -inf for what cannot be. Right to 1e-9 for depths to 100,000, to 3e-8 for
    depths to 10,000,000; readings of a probability below 1e-40 may come out too low.

    Notes
    -----
    Cost: usually 30 x 40 terms a reading, 0.1 to 0.2 ms in a vector; with a few hundred molecules
    or far more reads than molecules up to 20 times that. More of both cost no more.
    """
    result = np.empty(reads.shape)
    for begin in range(0, reads.size, _ROWS):
        part = slice(begin, begin + _ROWS)
        result[part] = _some(reads[part], mutant[part], others[part], (float(depth), error_rate))
    return result


def _some(reads: Floats, mutant: Floats, others: Floats, law: tuple[float, float]) -> Floats:
    total = mutant + others
    known = np.maximum(total, np.finfo(float).tiny)
    sample = _Sample(reads[:, None], *law, (mutant / known)[:, None], (others / known)[:, None])
    share, center = _most_likely(sample, total[:, None])
    near = _spread_of_all(sample, share, np.minimum(center, total))
    wide = np.sqrt(np.maximum(center, total))
    first, step, count = _grid(center, near * N_STEP, wide, np.full_like(total, np.inf))
    orders = _log_orders(reads, sample.depth)
    sums = np.where(reads == 0.0, -total, -np.inf)  # no molecule at all
    for turn in range(int(count.max(initial=0))):
        molecules = first + turn * step
        counted = np.flatnonzero((turn < count) & (molecules > 0.0))
        rows = sample._replace(
            reads=sample.reads[counted],
            mutated=sample.mutated[counted],
            others=sample.others[counted],
        )
        inner = _over_mutated(rows, molecules[counted, None], share[counted])
        weight = log_poisson(molecules[counted], total[counted]) + np.log(step[counted])
        sums[counted] = np.logaddexp(sums[counted], weight + orders[counted] + inner)
    return np.minimum(sums, 0.0)


def _over_mutated(sample: _Sample, molecules: Floats, share: Floats) -> Floats:
    """Sum over mutated molecules of a number of molecules: (readings,) log probabilities."""
    center = share * molecules
    spread = _spread(sample, molecules, center)
    first, step, count = _grid(center, spread * M_STEP, spread, molecules)
    mutated = first + step * np.arange(int(count.max(initial=1)))
    terms = log_poisson(mutated, molecules * sample.mutated)
    terms = terms + log_poisson(molecules - mutated, molecules * sample.others)
    terms = terms + _log_chance(sample, np.minimum(mutated / molecules, 1.0))
    terms = np.where(mutated <= molecules, terms, -np.inf)
    top = np.max(terms, axis=1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        sums = np.log(np.exp(terms - top).sum(axis=1, keepdims=True) * step) + top
    return (sums - log_poisson(molecules, molecules))[:, 0]


def _log_chance(sample: _Sample, share: Floats) -> Floats:
    """Log probability of reads but for the number of their orders."""
    right = 1.0 - sample.wrong
    hit = share * right + (1.0 - share) * sample.wrong
    miss = (1.0 - share) * right + share * sample.wrong
    return special.xlogy(sample.reads, hit) + special.xlogy(sample.depth - sample.reads, miss)


def _log_orders(reads: Floats, depth: float) -> Floats:
    """Log of the number of orders, depth over reads."""
    seen = np.clip(reads / depth, 1e-300, 1.0)
    rest = np.maximum(1.0 - seen, 1e-300)
    power = special.xlogy(reads, seen) + special.xlogy(depth - reads, rest)
    return log_binomial(reads, depth, seen) - power


def _grid(
    center: Floats, stride: Floats, spread: Floats, most: Floats
) -> tuple[Floats, Floats, Ints]:
    """First, step and number of the counts that hold all but nothing of a sum."""
    step = np.maximum(np.floor(stride), 1.0)
    reach = REACH * spread + MARGIN
    first = np.maximum(np.floor(center - reach), 0.0)
    count = np.floor((np.minimum(center + reach, most) - first) / step).astype(np.int64) + 1
    return first, step, count


def _most_likely(sample: _Sample, total: Floats) -> tuple[Floats, Floats]:
    """Find where terms are largest: (readings, 1) share mutated, (readings,) molecules.

    Given N by halving, for the terms have one top; given the share M/N the reads say no more of N,
    and it is the expected number times exp(-Kullback-Leibler divergence of the shares).
    """
    molecules = np.maximum(total, 1.0)
    share = sample.mutated
    for _ in range(_ROUNDS):
        share = _most_likely_share(sample, molecules)
        apart = special.rel_entr(share, np.maximum(sample.mutated, 1e-300))
        apart = apart + special.rel_entr(1.0 - share, np.maximum(sample.others, 1e-300))
        molecules = np.maximum(total * np.exp(-apart), 1.0)
    return share, molecules[:, 0]


def _most_likely_share(sample: _Sample, molecules: Floats) -> Floats:
    low, high = np.zeros_like(molecules), np.ones_like(molecules)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        rising = _slope(sample, molecules, middle) > 0.0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return (low + high) / 2.0


def _slope(sample: _Sample, molecules: Floats, share: Floats) -> Floats:
    """Slope of the log terms with the number of mutated molecules."""
    odds = np.maximum(sample.mutated, 1e-300) / np.maximum(sample.others, 1e-300)
    here = (share * molecules + 0.5) / ((1.0 - share) * molecules + 0.5)
    hit, miss, gain = _chances(sample, share)
    pull = sample.reads / hit - (sample.depth - sample.reads) / miss
    return np.log(odds / here) + gain / molecules * pull


def _spread_of_all(sample: _Sample, share: Floats, molecules: Floats) -> Floats:
    """Find how fast terms change with the number of molecules: (readings,); 0 for few.

    Reads many more than molecules tell apart neighboring M, and shares M/N that are fractions of
    small numbers stand out: then the sum over M is no smooth function of N, but each term is.
    """
    column = np.maximum(molecules, 1.0)[:, None]
    center = share * column
    spread = _spread(sample, column, center)
    more = _sharpness(sample, share)
    apart = np.maximum(center + 2.0 * spread + 1.0, 1.0) / column**2 * np.sqrt(more)
    result = 1.0 / np.sqrt(1.0 / column + np.where(spread < BLURRED, apart, 0.0) ** 2)
    return np.where(molecules > FEW, result[:, 0], 0.0)


def _spread(sample: _Sample, molecules: Floats, center: Floats) -> Floats:
    """Find the standard deviation of a normal law as sharp as the terms at their top."""
    sharp = 1.0 / (center + 0.5) + 1.0 / (molecules - center + 0.5)
    return 1.0 / np.sqrt(sharp + _sharpness(sample, center / molecules) / molecules**2)


def _sharpness(sample: _Sample, share: Floats) -> Floats:
    """Find the curvature of the log chance of the reads in the share of mutated molecules."""
    hit, miss, gain = _chances(sample, share)
    return gain**2 * (sample.reads / hit**2 + (sample.depth - sample.reads) / miss**2)


def _chances(sample: _Sample, share: Floats) -> tuple[Floats, Floats, float]:
    """Chance of a mutated read, of another, and how it grows with the share."""
    gain = 1.0 - 2.0 * sample.wrong
    hit = sample.wrong + gain * share
    tiny = 1e-100
    return np.maximum(hit, tiny), np.maximum(1.0 - hit, tiny), gain
