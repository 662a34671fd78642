"""Here: trains of doses against the sum of single doses, and levels that stay in bounds.

Not here: single doses against their differential equations (``unit/test_pharmacokinetics``).
"""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from countermove.model.pharmacokinetics import Compartments, one_compartment, two_compartments

RATE = st.floats(1e-3, 1e3)


@settings(max_examples=50)
@given(
    elimination=RATE,
    absorption=st.none() | RATE,
    tissue=st.none() | st.tuples(RATE, RATE),
    every=st.floats(0.1, 30),
    stop=st.just(0.0) | st.floats(1e-3, 60),
    days=st.lists(st.floats(0.001, 100), min_size=1, max_size=5),
)
@example(1.0, 1.0, None, 0.5, 3.0, [0.25, 2.75, 10.0])
@example(1.0, None, (1e-3, 1.0), 1.0, 3.0, [0.5, 50.0])
@example(1e3, 1e-3, (1e3, 1e-3), 30.0, 60.0, [100.0])
def test_a_train_is_the_sum_of_its_doses(elimination, absorption, tissue, every, stop, days):
    if tissue is None:
        parts = one_compartment(2.0, elimination, absorption)
    else:
        parts = two_compartments(2.0, (elimination, *tissue), absorption)
    course = Compartments(*parts, every)
    times = np.array(days)
    given_at = np.arange(0.0, stop - 1e-9, every)
    gap = np.abs(times[:, None] - np.append(given_at, stop)[None, :])
    times = times[gap.min(axis=1) > 1e-6]
    amplitude, decay = parts
    expected = np.zeros(times.size)
    for day in given_at:
        since = times - day
        answer = (amplitude * np.exp(-np.outer(np.maximum(since, 0), decay))).sum(axis=1)
        expected += np.where(since >= 0, answer, 0.0)
    found = course.level(times, times - stop)
    scale = 1e-9 * max(1.0, float(np.abs(amplitude).max()) * given_at.size)
    assert found == pytest.approx(np.maximum(expected, 0.0), rel=1e-6, abs=scale)
    assert (found <= 2.0 * given_at.size * (1 + 1e-9) + scale).all()


@given(rates=st.tuples(*[st.floats(1e-12, 1e6)] * 3))
@example(rates=(1.0, 1e-12, 1.0))
@example(rates=(1.0, 1.0, 1e-12))
def test_two_compartments_begin_with_the_whole_dose_and_lose_it_only_by_elimination(rates):
    amplitude, decay = two_compartments(3.0, rates, None)
    assert amplitude.sum() == pytest.approx(3.0)
    assert (amplitude >= 0).all()
    assert (decay > 0).all()
    assert (amplitude / decay).sum() == pytest.approx(3.0 / rates[0], rel=1e-6)
