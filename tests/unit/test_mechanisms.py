"""Here: for each of the five mechanisms, tests that only that mechanism passes.

Not here: states, niches, combination of drugs (``test_dose_response``).
"""

import numpy as np
import pytest

from support.small_scenarios import compiled, dividing, killing, type_of, under

INF = np.inf
KILLS = "drugs: {A: {kill: 0.3 /day, levels: 1}, B: {kill: 0.3 /day, levels: 1}}"
BOTH_KINDS = "drugs: {killer: {kill: 0.3 /day, levels: 1}, stopper: {stop: 0.8, levels: 1}}"


# --- the five mechanisms, each told from the others ------------------------------------------


def test_a_higher_dose_overcomes_a_finite_fold_and_never_an_infinite_one():
    model = compiled(
        KILLS,
        "alterations: {some: {mechanism: target, drug: A, fold: 50, rate: 1e-7},"
        " all: {mechanism: target, drug: A, rate: 1e-7}}",
    )
    assert killing(model, A=2) == pytest.approx(0.3 * 2 / 3)
    assert killing(model, "some", A=2) == pytest.approx(0.3 * 2 / 52)
    assert killing(model, "some", A=100) == pytest.approx(0.3 * 2 / 3)  # 50 times the dose
    assert killing(model, "all", A=1e12) == 0.0
    assert killing(model, "all", A=INF) == 0.0
    assert killing(model, "some", A=INF) == pytest.approx(0.3)


def test_a_target_mutation_helps_against_its_own_drug_only():
    model = compiled(KILLS, "alterations: {t: {mechanism: target, drug: A, rate: 1e-7}}")
    assert killing(model, "t", A=5) == 0.0
    assert killing(model, "t", B=5) == killing(model, B=5)


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_two_target_mutations_of_one_drug_multiply_in_either_order_of_the_file(order):
    fold = {"a": 100, "b": 10}
    text = ", ".join(f"{n}: {{mechanism: target, drug: A, fold: {fold[n]}, rate: 1e-7}}"
                     for n in order)  # fmt: skip
    model = compiled(KILLS, f"alterations: {{{text}}}")
    both = " + ".join(order)
    assert killing(model, both, A=1000) == pytest.approx(0.15)
    assert killing(model, both, A=7) < killing(model, "a", A=7) < killing(model, "b", A=7)


def bypassed():
    return compiled(
        "drugs: {A: {kill: 0.3, pathway: EGFR, levels: 1}, C: {stop: 0.5, pathway: EGFR},"
        " other: {kill: 0.3, pathway: MAPK}, none: {kill: 0.3}, blocker: {levels: 1}}",
        "alterations: {met: {mechanism: bypass, pathway: EGFR, strength: 0.9,"
        " blocked_by: blocker, rate: 1e-7}}",
    )


def test_a_bypass_weakens_every_drug_of_its_pathway_and_no_other():
    model = bypassed()
    assert killing(model, "met", A=INF) == pytest.approx(0.03)
    assert killing(model, "met", A=1e9) == pytest.approx(0.03, rel=1e-6)  # dose does not help
    assert 1 - dividing(model, "met", C=INF) == pytest.approx(0.05)
    assert killing(model, "met", other=INF) == killing(model, other=INF) == pytest.approx(0.3)
    assert killing(model, "met", none=INF) == pytest.approx(0.3)


def test_a_blocker_undoes_the_bypass_for_every_drug_of_the_pathway_and_changes_no_other():
    model = bypassed()
    assert killing(model, "met", A=INF, blocker=INF) == pytest.approx(0.3)
    assert 1 - dividing(model, "met", C=INF, blocker=INF) == pytest.approx(0.5)
    assert killing(model, "met", A=INF, blocker=1) == pytest.approx(0.3 * (1 - 0.9 * 0.5))
    for genotype in ("ancestral", "met"):
        assert killing(model, genotype, blocker=INF) == 0.0
        assert killing(model, genotype, other=INF, blocker=INF) == pytest.approx(0.3)


def test_restores_says_the_same_as_blocked_by_and_restored_by():
    model = compiled(
        "drugs: {A: {kill: 0.3, pathway: P},"
        " x: {restores: {bypass: P}}, y: {restores: {death: yes}}}",
        "alterations: {b: {mechanism: bypass, pathway: P, rate: 1e-7},"
        " e: {mechanism: death_evasion, rate: 1e-7}}",
    )
    assert killing(model, "b", A=INF) == killing(model, "b", A=INF, y=INF) == 0.0
    assert killing(model, "b", A=INF, x=INF) == pytest.approx(0.3)
    assert killing(model, "e", A=INF) == killing(model, "e", A=INF, x=INF) == 0.0
    assert under(model, A=INF, y=INF).death[type_of(model, "e")] == pytest.approx(0.35)


def pumped():
    return compiled(
        "drugs: {A: {kill: 0.3, substrate_of: [P], levels: 1},"
        " B: {kill: 0.2, substrate_of: [P, Q], hill: 2, levels: 1}, C: {kill: 0.3, levels: 1},"
        " Q: {kill: 0.3, substrate_of: [Q], levels: 1},"
        " inhibitor: {restores: {efflux: P}, levels: 1}}",
        "alterations: {mdr: {mechanism: efflux, pump: P, retention: 0.1, levels: 3, rate: 1e-6}}",
    )


def test_efflux_crosses_to_every_substrate_of_the_pump_and_each_level_multiplies_again():
    model = pumped()
    for steps, name in ((1, "mdr"), (2, "mdr x2"), (3, "mdr x3")):
        kept = 0.1**steps
        assert killing(model, name, A=4) == pytest.approx(0.3 * 4 * kept / (4 * kept + 1))
        assert killing(model, name, B=4) == pytest.approx(0.2 / (1 + (4 * kept) ** -2.0))
        assert killing(model, name, C=4) == killing(model, C=4)
        assert killing(model, name, Q=4) == killing(model, Q=4)
    assert "mdr x4" not in model.genotypes.names


def test_an_inhibitor_of_the_pump_restores_every_substrate_at_once():
    model = pumped()
    for drug in "AB":
        lost = killing(model, "mdr x3", **{drug: 4})
        assert lost < 0.01 * killing(model, **{drug: 4})
        back = killing(model, "mdr x3", inhibitor=INF, **{drug: 4})
        assert back == pytest.approx(killing(model, **{drug: 4}))
    # half of the pump's work undone at the inhibitor's EC50
    half = 1 - 0.5 * (1 - 1e-3)
    assert killing(model, "mdr x3", A=4, inhibitor=1) == pytest.approx(
        0.3 * 4 * half / (4 * half + 1)
    )


def test_altered_processing_touches_its_one_drug_and_no_inhibitor_of_a_pump_helps():
    model = compiled(
        "drugs: {A: {kill: 0.3, substrate_of: [P], levels: 1},"
        " B: {kill: 0.3, substrate_of: [P], levels: 1},"
        " inhibitor: {restores: {efflux: P}}}",
        "alterations: {dck: {mechanism: processing, drug: A, retention: 0.02, rate: 1e-7}}",
    )
    assert killing(model, "dck", A=3) == pytest.approx(0.3 * 0.06 / 1.06)
    assert killing(model, "dck", A=3, inhibitor=INF) == pytest.approx(0.3 * 0.06 / 1.06)
    assert killing(model, "dck", B=3) == killing(model, B=3)


def test_no_retention_silences_even_a_saturating_drug():
    model = compiled(
        "drugs: {A: {kill: 0.3}}",
        "alterations: {p: {mechanism: processing, drug: A, rate: 1e-7}}",
    )
    assert killing(model, A=INF) == pytest.approx(0.3)
    assert killing(model, "p", A=INF) == 0.0


def test_death_evasion_defeats_a_killing_drug_and_not_one_that_stops_division():
    model = compiled(
        BOTH_KINDS,
        "alterations: {mcl1: {mechanism: death_evasion, strength: 0.75, rate: 1e-7}}",
    )
    kind = type_of(model, "mcl1")
    assert under(model, killer=INF).death[kind] == pytest.approx(0.25 * (0.05 + 0.3))
    assert (
        dividing(model, "mcl1", stopper=INF) == dividing(model, stopper=INF) == pytest.approx(0.2)
    )


def test_death_evasion_alone_lowers_natural_death_and_its_restorer_brings_it_back():
    model = compiled(
        "drugs: {A: {kill: 0.3, levels: 1}, r: {levels: 1}}",
        "alterations: {e: {mechanism: death_evasion, strength: 0.8, restored_by: r, rate: 1e-7},"
        " t: {mechanism: target, drug: A, rate: 1e-7},"
        " b: {mechanism: processing, drug: A, rate: 1e-7}}",
    )
    off = under(model)
    assert off.death[type_of(model, "e")] == pytest.approx(0.01)
    assert off.death[type_of(model, "t")] == off.death[type_of(model, "b")] == 0.05
    for level, evaded in ((1, 0.4), (INF, 0.0)):
        found = under(model, A=INF, r=level).death[type_of(model, "e")]
        assert found == pytest.approx((1 - evaded) * 0.35)


def test_two_evasions_act_one_after_the_other():
    model = compiled(
        "alterations: {e: {mechanism: death_evasion, strength: 0.5, rate: 1e-7},"
        " f: {mechanism: death_evasion, strength: 0.6, rate: 1e-7}}"
    )
    death = model.rates(np.zeros(0)).death
    assert death[type_of(model, "e + f")] == pytest.approx(0.05 * 0.5 * 0.4)
