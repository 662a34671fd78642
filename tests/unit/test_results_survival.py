"""Here: the product-limit estimate against hand-computed tables. Not here: time to progression."""

import math

import numpy as np
import pytest

from countermove.results import product_limit, wilson_interval

# Ten patients; a plus marks censoring: 1, 2+, 3, 3, 4+, 5, 5+, 8, 9+, 9+
DURATIONS = [3, 1, 5, 2, 3, 9, 4, 5, 8, 9]
OBSERVED = [True, True, True, False, True, False, False, False, True, False]
# time, at risk, events, survival; by hand: 9/10, *6/8, *4/5, *2/3
BY_HAND = [(1, 10, 1, 0.9), (3, 8, 2, 0.675), (5, 5, 1, 0.54), (8, 3, 1, 0.36)]
# Greenwood sums by hand: 1/90, + 2/48, + 1/20, + 1/6
GREENWOOD = [1 / 90, 1 / 90 + 2 / 48, 1 / 90 + 2 / 48 + 1 / 20, 1 / 90 + 2 / 48 + 1 / 20 + 1 / 6]


def test_the_curve_is_the_hand_computed_one():
    curve = product_limit(DURATIONS, OBSERVED)
    found = zip(curve.times, curve.at_risk, curve.events, curve.survival, strict=True)
    for row, expected in zip(found, BY_HAND, strict=True):
        assert row == pytest.approx(expected)


def test_the_band_is_greenwoods_on_the_log_log_scale():
    curve = product_limit(DURATIONS, OBSERVED)
    for i, (_, _, _, survival) in enumerate(BY_HAND):
        center = math.log(-math.log(survival))
        half = 1.959963984540054 * math.sqrt(GREENWOOD[i]) / -math.log(survival)
        assert curve.low[i] == pytest.approx(math.exp(-math.exp(center + half)))
        assert curve.high[i] == pytest.approx(math.exp(-math.exp(center - half)))


def test_the_first_step_of_the_band_has_its_known_value():
    # S = .9, n = 10: exp(-exp(log(-log .9) +- 1.96 * sqrt(1/90) / -log .9))
    curve = product_limit(DURATIONS, OBSERVED)
    assert (curve.low[0], curve.high[0]) == pytest.approx((0.4730, 0.9853), abs=5e-5)


def test_the_median_and_the_numbers_at_risk():
    curve = product_limit(DURATIONS, OBSERVED)
    assert curve.median == 8
    assert curve.median_interval == (1, None)  # the lower edge is .473 at 1; the upper stays above
    assert curve.at_risk_at([0, 1, 3, 3.5, 9, 10]).tolist() == [10, 10, 8, 6, 2, 0]


def test_a_median_that_lands_on_one_half_exactly_is_reached_there():
    assert product_limit([1, 2, 3, 4], [True] * 4).median == 2
    assert product_limit(range(1, 11), [True] * 10).median == 5


def test_censoring_moves_the_curve():
    everyone = product_limit(DURATIONS, [True] * 10)
    assert everyone.survival[-1] == 0.0
    assert product_limit(DURATIONS, OBSERVED).survival[-1] > 0.3


def test_a_curve_that_reaches_nothing_keeps_a_band_between_0_and_1():
    curve = product_limit([1, 2, 3], [True] * 3)
    assert curve.low[-1] == 0.0
    assert curve.high[-1] == curve.high[-2]
    assert (np.diff(curve.high) <= 0).all()


@pytest.mark.parametrize("number", [0, 1, 5])
def test_nobody_had_the_event(number):
    curve = product_limit([7.0] * number, [False] * number)
    assert curve.times.size == 0
    assert curve.median is None
    assert curve.median_interval == (None, None)
    assert curve.at_risk_at([0, 7, 8]).tolist() == [number, number, 0]


def test_one_patient_with_the_event():
    curve = product_limit([5.0], [True])
    assert curve.median == 5.0
    assert (curve.low[0], curve.survival[0], curve.high[0]) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("durations", "observed"), [([-1.0], [True]), ([math.nan], [True]), ([1.0, 2.0], [True])]
)
def test_durations_that_make_no_sense_are_refused(durations, observed):
    with pytest.raises(ValueError, match="durations"):
        product_limit(durations, observed)


@pytest.mark.parametrize(
    ("hits", "number", "expected"),
    [
        # by hand for z = 1.959964: center (p + z2/2n)/(1 + z2/n) +- ...
        (0, 10, (0.0, 0.27753)),
        (10, 10, (0.72247, 1.0)),
        (5, 10, (0.23659, 0.76341)),
        (0, 0, (0.0, 1.0)),
    ],
)
def test_wilson_interval(hits, number, expected):
    assert wilson_interval(hits, number) == pytest.approx(expected, abs=1e-5)
