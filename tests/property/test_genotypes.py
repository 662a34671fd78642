"""Here: the enumeration of genotypes against brute force over all combinations of levels.

Not here: names and order of small cases (``unit/test_genotypes``).
"""

from functools import cache
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from countermove.model.genotypes import enumerate_genotypes
from countermove.scenario import Alteration


@st.composite
def rules(draw):
    names = "abcde"[: draw(st.integers(0, 5))]
    found = {}
    for name in names:
        others = [n for n in names if n != name]
        some = st.lists(st.sampled_from(others), unique=True, max_size=2) if others else st.just([])
        found[name] = Alteration(
            mechanism="efflux",
            pump="P",
            rate=1e-9,
            levels=draw(st.integers(1, 3)),
            requires=tuple(draw(some)) if draw(st.booleans()) else (),
            excludes=tuple(draw(some)) if draw(st.booleans()) else (),
        )
    return found


def brute_force(found: dict, most: int | None):
    """Genotypes and steps: a set of levels can be if it may be and a smaller one leads to it."""
    names = list(found)

    def may_be(levels):
        together = {n for n, k in zip(names, levels, strict=True) if k}
        if most is not None and sum(levels) > most:
            return False
        return not any(together & set(found[n].excludes) for n in together)

    def steps_to(levels):
        for i, name in enumerate(names):
            if levels[i]:
                below = (*levels[:i], levels[i] - 1, *levels[i + 1 :])
                there = {n for n, k in zip(names, below, strict=True) if k}
                if set(found[name].requires) <= there and reachable(below):
                    yield below, levels, i

    @cache
    def reachable(levels):
        return not any(levels) or (may_be(levels) and any(True for _ in steps_to(levels)))

    every = [v for v in product(*(range(found[n].levels + 1) for n in names)) if reachable(v)]
    return set(every), {step for v in every if may_be(v) for step in steps_to(v)}


@settings(max_examples=70)
@given(found=rules(), most=st.none() | st.integers(0, 6))
def test_enumeration_is_all_that_can_be_and_nothing_else(found, most):
    expected, steps = brute_force(found, most)
    result = enumerate_genotypes(found, most)
    rows = [tuple(row) for row in result.levels.tolist()]
    assert len(rows) == len(set(rows)) == len(set(result.names))
    assert set(rows) == expected
    taken = zip(result.source, result.target, result.step, strict=True)
    assert {(rows[s], rows[t], int(k)) for s, t, k in taken} == steps
    assert (result.source < result.target).all()
