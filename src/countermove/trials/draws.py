"""Chance in a trial: who enters when, into which arm, and who is lost; for many trials at once.

Here: permuted blocks, entry, dropout, sampling without replacement, from a recorded seed. Not
here: what follows from them (``trials.conduct``, ``trials.power``).
"""

from __future__ import annotations

import numpy as np

from countermove.foundation.arrays import Floats, Ints
from countermove.foundation.streams import patient_streams
from countermove.trials.design import Design

Generator = np.random.Generator

PURPOSE = 0x7121A1  # of the streams; the treatment loop uses small numbers
BLOCK_PARTS = 2  # a block holds each arm this many times its part of the allocation


def generator(seed: int, number: int) -> Generator:
    """Make the generator of one trial, or one block of trials, of a recorded seed.

    Parameters
    ----------
    seed
        0 to 2^64 - 1.
    number
        Of the trial or block, not negative.

    Raises
    ------
    ScenarioError
        One of them is outside its range.
    """
    key = patient_streams(seed, number, 1, PURPOSE)[0, :2]
    return np.random.Generator(np.random.Philox(key=key))


def block_of(design: Design) -> Ints:
    """One block, not yet permuted: the arm of each place."""
    return np.repeat(np.arange(len(design.arms)), np.array(design.allocation) * BLOCK_PARTS)


def randomized(design: Design, patients: int, trials: int, rng: Generator) -> Ints:
    """Arms in order of entry, in permuted blocks; the last block is cut off.

    Parameters
    ----------
    design
        Gives the allocation; a block holds twice its parts, in random order.
    patients, trials
        How many.
    rng
        Where chance comes from.

    Returns
    -------
    (trials, patients) index of the arm.
    """
    block = block_of(design)
    blocks = -(-patients // block.size)
    places = np.broadcast_to(block, (trials * blocks, block.size))
    return rng.permuted(places, axis=1).reshape(trials, -1)[:, :patients]


def entries(design: Design, patients: int, trials: int, rng: Generator) -> Floats:
    """Days from the opening of the trial to each entry, uniform over accrual, rising.

    Parameters
    ----------
    design
        Gives the pace of accrual: a fixed number of months, or patients a month.
    patients, trials
        How many.
    rng
        Where chance comes from.

    Returns
    -------
    (trials, patients)
    """
    length = accrual_days(design, patients)
    if length == 0.0:
        return np.zeros((trials, patients))
    return np.sort(length * rng.random((trials, patients)), axis=1)


def accrual_days(design: Design, patients: int) -> float:
    """Days over which as many patients enter at the design's pace."""
    if design.accrual_per_month is None:
        return design.accrual
    return design.accrual * patients / design.patients


def dropouts(design: Design, shape: tuple[int, int], rng: Generator) -> Floats:
    """Days from entry until each patient is lost; inf where the design loses nobody."""
    rate = design.dropout_rate
    return rng.standard_exponential(shape) / rate if rate > 0.0 else np.full(shape, np.inf)


def without_replacement(pool: int, number: int, trials: int, rng: Generator) -> Ints:
    """Distinct members of a pool for each of many trials, in random order.

    Parameters
    ----------
    pool
        Its size.
    number
        Members a trial, at most `pool`.
    trials
        How many.
    rng
        Where chance comes from.

    Returns
    -------
    (trials, number) indices, no two the same within a trial.
    """
    if 3 * number > pool:
        everyone = np.broadcast_to(np.arange(pool), (trials, pool))
        return rng.permuted(everyone, axis=1)[:, :number]
    drawn = rng.integers(pool, size=(trials, number))
    open_rows = np.arange(trials)
    fresh = np.zeros((trials, number), dtype=bool)
    while open_rows.size:
        # of equal members the one accepted earlier stays, so that each is uniform over those left
        rows = drawn[open_rows]
        rank = rows * 2 + fresh[open_rows]
        order = np.argsort(rank, axis=1, kind="stable")
        ordered = np.take_along_axis(rows, order, axis=1)
        again = np.zeros(rows.shape, dtype=bool)
        again[:, 1:] = ordered[:, 1:] == ordered[:, :-1]
        repeated = np.zeros(rows.shape, dtype=bool)
        np.put_along_axis(repeated, order, again, axis=1)
        rows[repeated] = rng.integers(pool, size=int(repeated.sum()))
        drawn[open_rows] = rows
        fresh[open_rows] = repeated
        open_rows = open_rows[repeated.any(axis=1)]
    return drawn
