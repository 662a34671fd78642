"""Random streams: one recorded seed, one stream for each patient and purpose.

Here: the start states of the generators. Not here: drawing from them
(see ``engines.kernels.draws``).
"""

import operator

import numpy as np
import numpy.typing as npt

from countermove.foundation.errors import ScenarioError

_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_CHUNK = 8192  # patients worked on at a time: the temporaries stay in the processor's cache

Words = npt.NDArray[np.uint64]


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
        low, high = (np.uint64((key[i] + turn * _WEYL[i]) & 0xFFFFFFFF) for i in (0, 1))
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


def _fill(rows: Words, key: tuple[int, int], first: int, purpose: np.uint64) -> None:
    patient = np.arange(len(rows), dtype=np.uint64) + np.uint64(first)
    low, high = patient & _LOW, patient >> _HALF
    for block in (0, 1):
        words = philox4x32((low, high, np.full_like(low, purpose), np.full_like(low, block)), key)
        rows[:, 2 * block] = words[0] << _HALF | words[1]
        rows[:, 2 * block + 1] = words[2] << _HALF | words[3]
    rows[~rows.any(axis=1), 0] = 1  # the one state xoshiro cannot leave; chance 2^-256 a row


def _within(name: str, value: int, limit: int) -> int:
    number = operator.index(value)
    if not 0 <= number < limit:
        expected = f"an integer from 0 to {limit - 1}"
        raise ScenarioError(name, got=str(number), expected=expected)
    return number
