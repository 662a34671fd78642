"""Random streams: one recorded seed, one stream for each patient and purpose.

Here: the start states of the generators, and uniform numbers that belong to one visit. Not here:
drawing from a generator (see ``engines.kernels.draws``), what a visit reads (``measurement``).
"""

import operator

import numpy as np

from countermove.foundation.arrays import Floats, Words
from countermove.foundation.errors import ScenarioError
from countermove.foundation.jit import jit_leaf

_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (np.uint64(0x9E3779B9), np.uint64(0xBB67AE85))
_ROUNDS = 10
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_CHUNK = 8192  # patients worked on at a time: the temporaries stay in the processor's cache

FIRST_VISIT_PURPOSE = 1000  # purposes of ``visit_uniforms`` start here
_VISITS = 2**19  # a number for each day of 1,400 years
_DRAWS = 2**13  # two to a counter
_VISIT_MARK = 2**31  # the highest bit of the counter's last word


def philox4x32(counter: tuple[Words, Words, Words, Words], key: tuple[int, int]) -> list[Words]:
    """Philox4x32-10: four random 32-bit words for each 128-bit counter under a 64-bit key.

    Parameters
    ----------
    counter
        Four arrays (or scalars) of 32-bit words held in uint64, shapes that broadcast.
    key
        Two 32-bit words.

    Returns
    -------
    Four arrays of 32-bit words held in uint64.

    Notes
    -----
    Source: Salmon, Moraes, Dror and Shaw (2011), Parallel random numbers: as easy as 1, 2, 3.
    """
    first, second, third, fourth = counter
    for turn in range(_ROUNDS):
        low, high = (np.uint64((key[i] + turn * int(_WEYL[i])) & 0xFFFFFFFF) for i in (0, 1))
        left = first * _MULTIPLIERS[0]
        right = third * _MULTIPLIERS[1]
        first = (right >> _HALF) ^ second ^ low
        second = right & _LOW
        third = (left >> _HALF) ^ fourth ^ high
        fourth = left & _LOW
    return [first, second, third, fourth]


def patient_streams(seed: int, first: int, count: int, purpose: int) -> Words:
    """Start states for the patients ``first`` to ``first + count - 1``.

    A state depends on the seed, the patient's number and the purpose alone: results do not change
    with the number of threads, the size of a chunk or the order of the work.

    Parameters
    ----------
    seed
        The run's recorded seed, 0 to 2^64 - 1: the key of the cipher.
    first, count
        First patient's number and how many, not negative; numbers stay below 2^64.
    purpose
        What the stream is for, 0 to 2^32 - 1.

    Returns
    -------
    (count, 4) uint64 states of xoshiro256++, no row all zero.

    Raises
    ------
    ScenarioError
        An argument is outside its range.
    """
    seed = _within("seed", seed, 2**64)
    first = _within("first", first, 2**64)
    count = _within("count", count, 2**64 - first + 1)
    purpose = _within("purpose", purpose, 2**32)
    states = np.empty((count, 4), np.uint64)
    for begin in range(0, count, _CHUNK):
        rows = states[begin : begin + _CHUNK]
        _fill(rows, (seed & 0xFFFFFFFF, seed >> 32), first + begin, np.uint64(purpose))
    return states


def visit_uniforms(
    seed: int, first: int, count: int, *, purpose: int, visit: int, draws: int
) -> Floats:
    """Uniform numbers of one visit of the patients ``first`` to ``first + count - 1``.

    A number depends on the seed, the patient's number, the purpose, the visit and its own place
    among the draws: neither on how many draws are asked for nor on how patients are cut into
    chunks. So a missed visit changes no later one.

    Parameters
    ----------
    seed
        The run's recorded seed, 0 to 2^64 - 1.
    first, count
        First patient's number and how many, not negative; numbers stay below 2^64.
    purpose
        What is drawn, 1000 to 2^32 - 1: one for each kind of visit and use.
    visit
        Number of the visit, 0 to 2^19 - 1.
    draws
        How many numbers a patient needs, 0 to 2^13.

    Returns
    -------
    (count, draws) multiples of 2^-53 inside the open interval from 0 to 1.

    Raises
    ------
    ScenarioError
        An argument is outside its range.

    Notes
    -----
    The highest bit of the counter's last word is set here and never in `patient_streams`, whose
    last word is 0 or 1: no counter is met twice, though purposes of lesions, ``purpose + (place <<
    8)``, pass 1000 too. Parameters of patients use every last word, under purpose 3 alone.
    """
    seed = _within("seed", seed, 2**64)
    first = _within("first", first, 2**64)
    count = _within("count", count, 2**64 - first + 1)
    purpose = _within("purpose", purpose, 2**32, FIRST_VISIT_PURPOSE)
    visit = _within("visit", visit, _VISITS)
    draws = _within("draws", draws, _DRAWS + 1)
    uniforms = np.empty((count, draws))
    counter = (np.uint64(first), np.uint64(purpose), np.uint64(_VISIT_MARK + visit * (_DRAWS // 2)))
    _fill_uniforms(uniforms, *counter, (np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)))
    return uniforms


@jit_leaf
def _fill_uniforms(
    uniforms: Floats,
    patient: np.uint64,
    purpose: np.uint64,
    place: np.uint64,
    key: tuple[np.uint64, np.uint64],
) -> None:
    """Fill (patients, draws) by the cipher of `philox4x32`, two numbers to a counter.

    52 bits and a half each, in units of 2^-52: never 0, never 1, never rounded.
    """
    low, half, dropped = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(12)
    for row in range(uniforms.shape[0]):
        number = patient + np.uint64(row)
        for pair in range((uniforms.shape[1] + 1) // 2):
            first, second = number & low, number >> half
            third, fourth = purpose, place + np.uint64(pair)
            one, two = key
            for _ in range(_ROUNDS):
                left, right = first * _MULTIPLIERS[0], third * _MULTIPLIERS[1]
                first, second = (right >> half) ^ second ^ one, right & low
                third, fourth = (left >> half) ^ fourth ^ two, left & low
                one, two = (one + _WEYL[0]) & low, (two + _WEYL[1]) & low
            word = (first << half | second) >> dropped
            uniforms[row, 2 * pair] = np.float64(word) * 2.0**-52 + 2.0**-53
            if 2 * pair + 1 < uniforms.shape[1]:
                word = (third << half | fourth) >> dropped
                uniforms[row, 2 * pair + 1] = np.float64(word) * 2.0**-52 + 2.0**-53


def _fill(rows: Words, key: tuple[int, int], first: int, purpose: np.uint64) -> None:
    patient = np.arange(len(rows), dtype=np.uint64) + np.uint64(first)
    low, high = patient & _LOW, patient >> _HALF
    for block in (0, 1):
        words = philox4x32((low, high, np.full_like(low, purpose), np.full_like(low, block)), key)
        rows[:, 2 * block] = words[0] << _HALF | words[1]
        rows[:, 2 * block + 1] = words[2] << _HALF | words[3]
    rows[~rows.any(axis=1), 0] = 1  # the one state xoshiro cannot leave; chance 2^-256 a row


def _within(name: str, value: int, limit: int, least: int = 0) -> int:
    number = operator.index(value)
    if not least <= number < limit:
        expected = f"an integer from {least} to {limit - 1}"
        raise ScenarioError(name, got=str(number), expected=expected)
    return number
