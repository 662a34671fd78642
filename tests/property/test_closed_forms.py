"""What must hold of the one-type transition for any rates and times."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from countermove.engines.exact import closed_forms as cf

rates = st.floats(0, 1e3, allow_subnormal=False)
times = st.floats(0, 1e7, allow_subnormal=False)


@settings(max_examples=150, deadline=None)
@given(rates, rates, times)
@example(0.14, 0.13, 1e7)
@example(0.14, 0.17, 1e7)
@example(0.14, 0.14, 1e7)
@example(0.0, 0.0, 1.0)
@example(0.0, 1e3, 1e7)
@example(1e3, 0.0, 1e7)
@example(1.0, 1.0 + 2.3e-16, 1e3)
def test_transition_is_a_distribution(birth, death, time):
    got = cf.transition(birth, death, time)
    for share in got:
        assert 0 <= share <= 1 + 1e-15
    assert abs(got.alpha + got.alive - 1) < 1e-12
    assert abs(got.beta + got.ends - 1) < 1e-12


@settings(max_examples=100, deadline=None)
@given(rates, rates, st.floats(0, 1e4), st.floats(0, 1e4))
@example(0.14, 0.13, 0.0, 1e4)
@example(0.14, 0.14, 1.0, 1e4)
def test_extinction_never_falls_with_time(birth, death, first, second):
    early, late = sorted((first, second))
    gone = cf.extinction_probability(birth, death, np.array([early, late]))
    assert gone[0] <= gone[1] + 1e-15


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 5), st.floats(0, 5), st.floats(0, 50), st.floats(0, 50), st.floats(0, 1))
@example(0.14, 0.13, 40.0, 50.0, 1.0)
@example(0.14, 0.17, 50.0, 50.0, 1e-13)
def test_two_steps_compose_to_one(birth, death, first, second, final):
    whole = cf.survival_side(birth, death, first + second, final)
    halves = cf.survival_side(birth, death, first, cf.survival_side(birth, death, second, final))
    assert np.isclose(whole, halves, rtol=1e-11, atol=1e-290)
