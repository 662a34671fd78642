"""Here: quantile functions over the whole range of their parameters.

Not here: the distributions of what is drawn (see ``statistical/test_drawn_patients``).
"""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from countermove.foundation import ScenarioError
from countermove.scenario.distributions import Distribution
from countermove.scenario.laws import ends_of
from countermove.simulation.drawing_laws import check_mass, quantile

UNIFORM = np.array([2.0**-53, 1e-9, 0.01, 0.3, 0.5, 0.7, 0.99, 1 - 1e-9, 1.0 - 2.0**-53])
POSITIVE = st.floats(1e-12, 1e12)
CV = st.floats(1e-4, 10.0)
BOUND = st.none() | st.floats(-1e12, 1e12)
KINDS = st.one_of(
    st.tuples(st.floats(-1e12, 1e12), POSITIVE).map(lambda pair: {"normal": pair}),
    st.tuples(POSITIVE, CV).map(lambda pair: {"lognormal": pair}),
    st.tuples(POSITIVE, CV).map(lambda pair: {"gamma": pair}),
    st.tuples(POSITIVE, POSITIVE).map(lambda pair: {"uniform": pair}),
    st.tuples(POSITIVE, POSITIVE).map(lambda pair: {"loguniform": pair}),
    st.tuples(st.floats(0.01, 1e6), st.floats(0.01, 1e6)).map(lambda pair: {"beta": pair}),
)


@given(KINDS, st.tuples(BOUND, BOUND))
@example({"lognormal": (1e12, 10.0)}, (None, None))
@example({"lognormal": (1e-12, 1e-300)}, (None, None))
@example({"gamma": (1e-12, 1e-4)}, (None, None))
@example({"gamma": (1.0, 10.0)}, (5.0, None))
@example({"normal": (0.0, 1.0)}, (6.5, None))
@example({"normal": (0.0, 1e-300)}, (0.0, 1.0))
@example({"beta": (0.01, 1e6)}, (None, 1e-9))
@example({"loguniform": (1e-12, 1e12)}, (None, None))
@example({"loguniform": (6.0, 141.0)}, (None, None))  # rounding passes the upper end
def test_quantiles_rise_and_stay_within_their_bounds(kind, truncate):
    try:
        law = Distribution(**kind, truncate=truncate).law("number")
        check_mass(law, "here")
    except ScenarioError:
        return
    values = quantile(law, UNIFORM)
    low, high = ends_of(law)
    assert not np.isnan(values).any()
    assert np.all((values >= low) & (values <= high))
    scale = np.maximum(np.abs(values[1:]), np.abs(values[:-1]))
    assert np.all(np.diff(values) >= -1e-9 * scale)
