"""Random streams: the cipher and the generator against independent sources, and no two alike."""

import numpy as np
import pytest
from scipy import stats

from countermove.engines.kernels.draws import next_uint64
from countermove.foundation.errors import ScenarioError
from countermove.foundation.streams import patient_streams, philox4x32, visit_uniforms

FALSE_ALARM = 1e-6  # chance that right streams fail one statistical test
MASK = 2**64 - 1
ONES = 0xFFFFFFFF
PATIENTS = 20_000

# Known answers of Philox4x32-10 published with Random123: counter, key, result.
KNOWN = [
    ("00000000 " * 4, "00000000 " * 2, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff " * 4, "ffffffff " * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    (
        "243f6a88 85a308d3 13198a2e 03707344",
        "a4093822 299f31d0",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]


def words(text: str) -> list[int]:
    return [int(word, 16) for word in text.split()]


def plain_xoshiro(state: list[int]) -> int:
    """One step of xoshiro256++ in whole numbers of any size, rotations by multiplication."""

    def rotate(x: int, k: int) -> int:
        wide = x * 2**k
        return (wide + wide // 2**64) % 2**64

    result = (rotate((state[0] + state[3]) % 2**64, 23) + state[0]) % 2**64
    shifted = state[1] * 2**17 % 2**64
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= shifted
    state[3] = rotate(state[3], 45)
    return result


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_philox_gives_the_published_answers(counter, key, expected):
    low, high = words(key)
    given = tuple(np.array([word], np.uint64) for word in words(counter))
    assert [int(word[0]) for word in philox4x32(given, (low, high))] == words(expected)


@pytest.mark.parametrize(
    "start",
    [[1, 2, 3, 4], [MASK] * 4, [0, 0, 0, 1 << 63], [0x9E3779B97F4A7C15, 5, MASK, 0]],
)
def test_xoshiro_agrees_with_plain_whole_numbers(start):
    state, plain = np.array(start, np.uint64), list(start)
    for _ in range(300):
        assert int(next_uint64(state)) == plain_xoshiro(plain)
    assert state.tolist() == plain


def test_a_stream_is_philox_of_patient_and_purpose_under_the_seed():
    seed, patient, purpose = 0x0123456789ABCDEF, 2**40 + 17, 9
    counter = [patient % 2**32, patient >> 32, purpose]
    expected = []
    for block in (0, 1):
        given = tuple(np.array([word], np.uint64) for word in [*counter, block])
        a, b, c, d = (int(w[0]) for w in philox4x32(given, (seed % 2**32, seed >> 32)))
        expected += [a << 32 | b, c << 32 | d]
    assert patient_streams(seed, patient, 1, purpose)[0].tolist() == expected


def test_streams_do_not_depend_on_how_patients_are_cut_into_chunks():
    whole = patient_streams(7, 0, 20_000, 3)
    parts = [patient_streams(7, first, 2_500, 3) for first in range(0, 20_000, 2_500)]
    assert np.array_equal(whole, np.concatenate(parts))
    assert whole.dtype == np.uint64
    assert patient_streams(7, 5, 0, 3).shape == (0, 4)


def test_no_word_of_any_stream_is_met_twice():
    states = [
        patient_streams(seed, first, 2_000, purpose)
        for seed in (0, 1, 2**32, 2**64 - 1)
        for first in (0, 2**32, 2**63)
        for purpose in (0, 1, ONES)
    ]
    every = np.concatenate(states).ravel()
    assert np.unique(every).size == every.size
    assert every.all()


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((-1, 0, 1, 0), "seed"),
        ((2**64, 0, 1, 0), "seed"),
        ((0, -1, 1, 0), "first"),
        ((0, 0, -1, 0), "count"),
        ((0, 2**64 - 2, 3, 0), "count"),
        ((0, 0, 1, 2**32), "purpose"),
    ],
)
def test_an_argument_out_of_range_is_named(arguments, name):
    with pytest.raises(ScenarioError, match=f"^{name}: got"):
        patient_streams(*arguments)


def test_the_last_patient_has_a_stream():
    assert patient_streams(0, 2**64 - 1, 1, 0).any()


def first_outputs(states: np.ndarray) -> np.ndarray:
    states = states.copy()
    return np.array([[next_uint64(row) for _ in range(4)] for row in states], np.uint64)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """p-value that two sets of first outputs share as many bits as independent ones would."""
    differing = int(np.bitwise_count(one ^ other).sum())
    return float(stats.binomtest(differing, one.size * 64, 0.5).pvalue)


def neighbors(states_of) -> list[float]:
    """p-values: likeness to the next patient, purpose and seed; evenness of each first byte."""
    here = first_outputs(states_of(1, 0, PATIENTS, 0))
    others = [(1, 1, PATIENTS, 0), (1, 0, PATIENTS, 1), (2, 0, PATIENTS, 0)]
    found = [likeness(here, first_outputs(states_of(*other))) for other in others]
    for column in range(4):
        bytes_seen = np.bincount((here[:, column] >> np.uint64(56)).astype(int), minlength=256)
        found.append(float(stats.chisquare(bytes_seen).pvalue))
    return found


@pytest.mark.statistical
def test_neighboring_patients_purposes_and_seeds_are_independent():
    found = neighbors(patient_streams)
    assert min(found) > FALSE_ALARM / len(found)


@pytest.mark.statistical
def test_the_check_above_would_notice_seeds_that_were_only_counted_up():
    def counted(seed, first, count, purpose):
        patient = np.arange(first, first + count, dtype=np.uint64)
        return np.stack(
            [patient, *np.full((3, count), [[seed], [purpose], [1]], np.uint64)], axis=1
        )

    found = neighbors(counted)
    assert min(found) < FALSE_ALARM / len(found)


VISIT = {"purpose": 1000, "visit": 3, "draws": 5}


def test_uniforms_of_a_visit_are_philox_of_patient_purpose_visit_and_draw():
    seed, patient, purpose, visit, draw = 0x0123456789ABCDEF, 2**40 + 17, 1024, 77, 4
    counter = (patient % 2**32, patient >> 32, purpose, 2**31 + visit * 2**12 + draw // 2)
    given = tuple(np.array([word], np.uint64) for word in counter)
    a, b, _, _ = (int(w[0]) for w in philox4x32(given, (seed % 2**32, seed >> 32)))
    whole = visit_uniforms(seed, patient, 1, purpose=purpose, visit=visit, draws=5)
    assert whole[0, draw] == (((a << 32 | b) >> 12) + 0.5) / 2**52


def test_uniforms_depend_neither_on_chunks_nor_on_how_many_are_drawn():
    whole = visit_uniforms(7, 0, 20_000, **VISIT)
    parts = [visit_uniforms(7, first, 2_500, **VISIT) for first in range(0, 20_000, 2_500)]
    assert np.array_equal(whole, np.concatenate(parts))
    assert np.array_equal(whole[:, :2], visit_uniforms(7, 0, 20_000, **VISIT | {"draws": 2}))
    assert visit_uniforms(7, 5, 0, **VISIT).shape == (0, 5)
    assert visit_uniforms(7, 5, 2, **VISIT | {"draws": 0}).shape == (2, 0)
    assert visit_uniforms(7, 2**64 - 1, 1, **VISIT).shape == (1, 5)


def test_no_uniform_is_met_twice_nor_in_a_stream_of_the_same_purpose():
    seen = [
        visit_uniforms(seed, 0, 500, purpose=purpose, visit=visit, draws=9)
        for seed in (0, 2**32)
        for purpose in (1000, 1024, ONES)  # 1024 is also a fifth lesion's stream
        for visit in (0, 1, 2**19 - 1)
    ]
    words = patient_streams(0, 0, 500, 1024)
    every = np.concatenate([part.ravel() for part in seen])
    every = np.append(every, ((words >> np.uint64(12)).astype(float) + 0.5) / 2**52)
    assert np.unique(every).size == every.size
    assert (every > 0.0).all()
    assert (every < 1.0).all()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"purpose": 999}, "purpose"),
        ({"purpose": 2**32}, "purpose"),
        ({"visit": -1}, "visit"),
        ({"visit": 2**19}, "visit"),
        ({"draws": 2**13 + 1}, "draws"),
    ],
)
def test_an_argument_of_a_visit_out_of_range_is_named(change, name):
    with pytest.raises(ScenarioError, match=f"^{name}: got"):
        visit_uniforms(0, 0, 1, **VISIT | change)


def evenness(uniforms: np.ndarray) -> list[float]:
    """p-values: each draw uniform, and uniform still after the next draw, patient is added."""
    found = [float(stats.kstest(column, "uniform").pvalue) for column in uniforms.T]
    beside = [uniforms[:, :-1] + uniforms[:, 1:], uniforms[:-1] + uniforms[1:]]
    # every second row only: sums with a neighbor share no number
    sums = [(both % 1.0)[::2, ::2].ravel() for both in beside]
    return found + [float(stats.kstest(one, "uniform").pvalue) for one in sums]


@pytest.mark.statistical
def test_uniforms_of_visits_are_uniform_and_independent():
    found = evenness(visit_uniforms(11, 0, PATIENTS, **VISIT))
    here, there = (visit_uniforms(11, 0, PATIENTS, **VISIT | {"visit": v}) for v in (0, 1))
    found.append(float(stats.kstest(((here + there) % 1.0).ravel(), "uniform").pvalue))
    assert min(found) > FALSE_ALARM / len(found)


@pytest.mark.statistical
def test_the_check_above_would_notice_numbers_a_little_too_small_and_mirrored_ones():
    given = visit_uniforms(11, 0, PATIENTS, **VISIT)
    assert min(evenness(given**1.05)) < FALSE_ALARM / 8
    mirrored = np.repeat(given[::2], 2, axis=0)
    mirrored[1::2] = 1.0 - mirrored[1::2] * 0.999
    assert min(evenness(mirrored)) < FALSE_ALARM / 8
