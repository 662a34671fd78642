"""Here: splitting types by origin changes no rate and no sum, whatever the model.

Not here: what the origins mean (``unit/test_origins``).
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countermove.model import compile_model, with_origins
from support.random_scenarios import random_scenario


def flows(model, rates, base: np.ndarray, size: int, which: str) -> np.ndarray:
    """(types, base types) rate of one kind of edge from each type to each base type."""
    edges = getattr(model, which)
    table = np.zeros((model.types, size))
    np.add.at(table, (edges.source, base[edges.target]), getattr(rates, which))
    return table


@settings(max_examples=15)
@given(
    seed=st.integers(0, 2**32 - 1),
    phase=st.sampled_from(["before", "under"]),
    level=st.sampled_from([0.0, 1.0, np.inf]),
    peak=st.sampled_from([0.0, 1.0, np.inf]),
)
def test_splitting_keeps_all_rates_and_sums(seed, phase, level, peak):
    model = compile_model(random_scenario(seed))
    split = with_origins(model)
    subs = model.sub_types
    base = split.genotype * subs + split.state * len(model.niches) + split.niche
    levels = np.full(len(model.drugs), level)
    highest = np.full(len(model.drugs), max(level, peak))
    one = model.rates(levels, peak=highest, phase=phase)
    other = split.rates(levels, peak=highest, phase=phase)
    assert other.birth == pytest.approx(one.birth[base])
    assert other.death == pytest.approx(one.death[base])
    for which in ("mutation", "moves"):
        whole = flows(model, one, np.arange(model.types), model.types, which)
        parts = flows(split, other, base, model.types, which)
        assert parts == pytest.approx(whole[base], abs=1e-15)
    assert (np.diff(split.mutation.source) >= 0).all()
    assert (np.diff(split.moves.source) >= 0).all()
    assert (split.moves.source // split.sub_types == split.moves.target // split.sub_types).all()
    assert (
        split.mutation.source // split.sub_types != split.mutation.target // split.sub_types
    ).all()
