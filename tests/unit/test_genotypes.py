"""Here: which genotypes are reachable, in which order and under which names.

Not here: the same against brute force over random rules (``property/test_genotypes``).
"""

import pytest

from countermove.foundation.errors import ScenarioError
from countermove.model.genotypes import enumerate_genotypes
from support.small_scenarios import compiled, scenario


def genotypes(*rules: str, most: int | None = None):
    text = ", ".join(
        f"{r.split(':')[0]}: {{mechanism: death_evasion, rate: 1e-9{r.partition(':')[2]}}}"
        for r in rules
    )
    return enumerate_genotypes(scenario(f"alterations: {{{text}}}").alterations, most)


def steps(found) -> set[tuple[str, str, str]]:
    return {
        (found.names[s], found.alterations[k], found.names[t])
        for s, t, k in zip(found.source, found.target, found.step, strict=True)
    }


def test_without_alterations_there_is_the_ancestral_genotype():
    found = genotypes()
    assert found.names == ("ancestral",)
    assert found.levels.shape == (1, 0)
    assert found.source.size == 0
    assert found.carrying({}) == 0


def test_two_free_alterations_meet_from_both_sides():
    found = genotypes("a", "b")
    assert found.names == ("ancestral", "a", "b", "a + b")
    assert steps(found) == {
        ("ancestral", "a", "a"),
        ("ancestral", "b", "b"),
        ("a", "b", "a + b"),
        ("b", "a", "a + b"),
    }


def test_requires_fixes_the_order():
    found = genotypes("c:, requires: [a]", "a", "d:, requires: [a, c]")
    assert set(found.names) == {"ancestral", "a", "c + a", "c + a + d"}
    assert ("a", "c", "c + a") in steps(found)
    assert len(steps(found)) == 3


@pytest.mark.parametrize("rules", [("a:, excludes: [b]", "b"), ("a", "b:, excludes: [a]")])
def test_excludes_holds_both_ways_round(rules):
    assert set(genotypes(*rules).names) == {"ancestral", "a", "b"}


def test_at_most_so_many_in_one_cell():
    assert len(genotypes("a", "b", "c", "d", most=2).names) == 1 + 4 + 6
    assert genotypes("a", "b", most=0).names == ("ancestral",)


def test_levels_are_gained_one_at_a_time():
    model = compiled(
        "drugs: {A: {kill: 1, substrate_of: [P], levels: 1}}",
        "alterations: {m: {mechanism: efflux, pump: P, retention: 0.1, levels: 3, rate: 1e-6},"
        " t: {mechanism: target, drug: A, rate: 1e-7, requires: [m]}}",
    )
    found = model.genotypes
    assert set(found.names) == {"ancestral", *(f"m{x}{y}" for x in ("", " x2", " x3")
                                               for y in ("", " + t"))}  # fmt: skip
    assert ("m x2", "m", "m x3") in steps(found)
    assert ("m", "t", "m + t") in steps(found)
    assert ("ancestral", "t", "t") not in steps(found)
    assert found.carrying({"m": 2, "t": 1}) == found.names.index("m x2 + t")
    assert found.carrying({"t": 1}) is None


def test_each_genotype_comes_after_all_it_can_arise_from():
    found = genotypes("a", "b", "c:, requires: [b]", "d:, excludes: [a]")
    assert (found.source < found.target).all()


def test_too_many_genotypes_are_refused_before_they_fill_memory():
    with pytest.raises(ScenarioError, match="max_alterations: got 40 alterations that reach more"):
        genotypes(*(f"a{i}" for i in range(40)))
    with pytest.raises(ScenarioError, match="at most 50,000 types"):
        compiled(
            "alterations: {"
            + ", ".join(f"a{i}: {{mechanism: death_evasion, rate: 1e-9}}" for i in range(14))
            + "}",
            "niches: {x: {exchange: 0.1}, y: {exchange: 0.1}, z: {exchange: 0.1}}",
        )
