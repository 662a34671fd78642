"""Here: origins on paths that can be followed by hand.

Not here: that splitting keeps all rates and sums (``property/test_origins``), what a relapse is
attributed to (``test_attribution``).
"""

import numpy as np
import pytest

from countermove.model import Origin, When, with_origins
from support.small_scenarios import compiled

INF = np.inf
DRUG = "drugs: {A: {kill: 1}}"
RESISTS = "alterations: {r: {mechanism: target, drug: A, rate: 1e-3}}"
HIDES = "states: {asleep: {enter: 0.1, leave: 0.2, protection: 1}}"
AWAY = "niches: {brain: {exchange: 0.01, penetration: 0}}"


def where(model, name: str) -> int:
    return model.type_names.index(name)


def ways(model, edges, level: float, phase: str, peak: float | None = None) -> set:
    """Names of (source, target) of the edges that are open under a level of the drug."""
    rates = model.rates(
        np.array([level]), peak=np.array([level if peak is None else peak]), phase=phase
    )
    open_ = (rates.mutation if edges is model.mutation else rates.moves) > 0
    names = model.type_names
    return {
        (names[s], names[t]) for s, t in zip(edges.source[open_], edges.target[open_], strict=True)
    }


def test_a_mutant_before_treatment_is_pre_existing_and_one_under_treatment_has_arisen():
    model = with_origins(compiled(DRUG, RESISTS))
    assert model.type_names == ("ancestral", "r", "r | arisen")
    assert ways(model, model.mutation, 0.0, "before") == {("ancestral", "r")}
    for level in (0.0, INF):  # under treatment, also while the drug pauses
        assert ways(model, model.mutation, level, "under") == {("ancestral", "r | arisen")}


def test_a_second_alteration_under_treatment_makes_a_pre_existing_clone_arisen():
    model = with_origins(
        compiled(DRUG, "alterations: {r: {mechanism: target, drug: A, rate: 1e-3},"
                       " s: {mechanism: death_evasion, rate: 1e-3, requires: [r]}}")
    )  # fmt: skip
    assert ("r", "r + s | arisen") in ways(model, model.mutation, INF, "under")
    assert ("r | arisen", "r + s | arisen") in ways(model, model.mutation, INF, "under")
    assert ways(model, model.mutation, 0.0, "before") >= {("ancestral", "r"), ("r", "r + s")}


def test_a_sensitive_cell_that_wakes_under_the_drug_went_through_dormancy():
    model = with_origins(compiled(DRUG, RESISTS, HIDES))
    under = ways(model, model.moves, INF, "under")
    assert ("ancestral | asleep", "ancestral | cycling | dormant") in under
    assert ("ancestral | asleep", "ancestral | cycling") not in under
    assert ("ancestral | cycling", "ancestral | asleep") in under
    # a resistant cell did not need it
    assert ("r | asleep", "r | cycling") in under
    assert ("r | asleep", "r | cycling | dormant") not in under


def test_waking_before_treatment_or_while_no_drug_has_been_felt_leaves_no_mark():
    model = with_origins(compiled(DRUG, RESISTS, HIDES))
    for phase in ("before", "under"):
        moves = ways(model, model.moves, 0.0, phase)
        assert ("ancestral | asleep", "ancestral | cycling") in moves
        assert ("ancestral | asleep", "ancestral | cycling | dormant") not in moves


def test_waking_after_the_drug_is_gone_still_counts_by_the_highest_level_so_far():
    model = with_origins(compiled(DRUG, RESISTS, HIDES))
    moves = ways(model, model.moves, 0.0, "under", peak=INF)
    assert ("ancestral | asleep", "ancestral | cycling | dormant") in moves


def test_a_drug_too_weak_to_shrink_the_tumor_leaves_no_mark():
    model = with_origins(compiled("drugs: {A: {kill: 0.1}}", HIDES))
    assert ("ancestral | asleep", "ancestral | cycling") in ways(model, model.moves, INF, "under")


def test_a_mutant_born_in_hiding_under_the_drug_carries_the_mark_of_it():
    model = with_origins(compiled(DRUG, RESISTS, HIDES))
    born = ways(model, model.mutation, INF, "under")
    assert ("ancestral | asleep", "r | asleep | arisen | dormant") in born
    assert ("ancestral | cycling", "r | cycling | arisen") in born
    assert ("ancestral | cycling | dormant", "r | cycling | arisen | dormant") in born
    assert ("ancestral | asleep", "r | asleep") in ways(model, model.mutation, 0.0, "before")


def test_a_sanctuary_marks_those_who_left_it_and_both_marks_add_up():
    model = with_origins(compiled(DRUG, HIDES, AWAY))
    under = ways(model, model.moves, INF, "under")
    assert ("ancestral | cycling | brain", "ancestral | cycling | bulk | sanctuary") in under
    assert ("ancestral | asleep | bulk", "ancestral | cycling | bulk | dormant") in under
    assert (
        "ancestral | cycling | brain | dormant",
        "ancestral | cycling | bulk | dormant | sanctuary",
    ) in under
    assert (
        "ancestral | asleep | brain",
        "ancestral | cycling | brain | dormant | sanctuary",
    ) in under


def test_marks_are_never_lost():
    model = with_origins(compiled(DRUG, RESISTS, HIDES, AWAY))
    shelter = Origin.DORMANT.value | Origin.SANCTUARY.value
    for edges in (model.moves, model.mutation):
        before, after = model.origin[edges.source] & shelter, model.origin[edges.target] & shelter
        assert (before & ~after == 0).all()
        gains = before != after
        assert (edges.when[gains] == When.SHELTERED.value).all()
    same = model.origin[model.moves.source] & Origin.ARISEN.value
    assert (same == model.origin[model.moves.target] & Origin.ARISEN.value).all()


@pytest.mark.parametrize(
    ("sections", "variants", "subs"),
    [
        ((DRUG,), 1, 1),
        ((DRUG, RESISTS), 3, 1),
        ((DRUG, RESISTS, HIDES), 3, 4),
        ((DRUG, RESISTS, HIDES, AWAY), 3, 16),
    ],
)
def test_the_grid_of_types(sections, variants, subs):
    model = with_origins(compiled(*sections))
    assert (model.variants, model.sub_types) == (variants, subs)
    assert model.types == model.genotype.size == model.birth.size == variants * subs
    assert len(set(model.type_names)) == model.types
