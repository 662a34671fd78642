"""Here: occupancy, states, niches, costs and combination of drugs, by hand-made numbers.

Not here: the five mechanisms (``test_mechanisms``); many random models (``property``).
"""

import numpy as np
import pytest

from countermove.model.dose_response import occupancy
from support.small_scenarios import compiled, dividing, killing, scenario, type_of, under

INF = np.inf
BOTH_KINDS = "drugs: {killer: {kill: 0.3 /day, levels: 1}, stopper: {stop: 0.8, levels: 1}}"


def test_half_of_the_effect_at_the_ec50_and_the_hill_coefficient_is_its_steepness():
    assert occupancy(1.0, 1.0, 3.0) == 0.5
    # log(theta / (1 - theta)) rises by hill per e-fold of exposure
    theta = np.array([occupancy(x, 5.0, 2.5) for x in (2.0, 2.0 * np.e)])
    assert np.diff(np.log(theta / (1 - theta)))[0] == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("exposure", "fold", "expected"),
    [(0.0, 1.0, 0.0), (INF, 1e9, 1.0), (INF, INF, 0.0), (0.0, INF, 0.0), (1e300, 1e-300, 1.0)],
)
def test_the_ends_of_occupancy(exposure, fold, expected):
    assert occupancy(exposure, fold, 4.0) == expected


def test_a_tumor_without_drugs_alterations_states_or_niches_has_its_own_rates():
    rates = compiled().rates(np.zeros((2, 0)))
    assert rates.birth.tolist() == [[0.2], [0.2]]
    assert rates.death.tolist() == [[0.05], [0.05]]


def test_evasion_lowers_natural_death_where_there_is_no_drug_at_all():
    model = compiled("alterations: {e: {mechanism: death_evasion, strength: 0.6, rate: 1e-7}}")
    assert model.rates(np.zeros(0)).death == pytest.approx([0.05, 0.02])


# --- states and niches ------------------------------------------------------------------------


def sheltered():
    return compiled(
        BOTH_KINDS,
        "states: {persister: {leave: 0.01, birth: 0.1, death: 0.5, protection: {killer: 0.9},"
        " enter: 0.001, enter_under: {killer: 0.02}, held_by: {killer: 0.5}, mutation: 10}}",
        "niches: {marrow: {shelter: 0.7, exchange: 0.002, back: 0.003},"
        " brain: {penetration: {killer: 0.1}, exchange: 0.001}}",
        "alterations: {t: {mechanism: target, drug: killer, rate: 1e-7, cost: 0.2},"
        " u: {mechanism: processing, drug: stopper, rate: 2e-7, cost: 0.5}}",
    )


def test_states_scale_rates_and_protect_and_costs_multiply():
    model = sheltered()
    off, on = under(model), under(model, killer=INF, stopper=INF)
    kind = type_of(model, "t + u", "persister")
    assert off.birth[kind] == pytest.approx(0.2 * 0.1 * 0.8 * 0.5)
    assert off.death[kind] == pytest.approx(0.025)
    plain = type_of(model, state="persister")
    assert on.death[plain] == pytest.approx(0.025 + 0.03)
    assert on.birth[plain] == pytest.approx(0.2 * 0.1 * 0.2)


def test_shelter_spares_from_killing_only_and_penetration_lowers_the_level():
    model = sheltered()
    on = under(model, killer=9, stopper=INF)
    marrow, brain = type_of(model, niche="marrow"), type_of(model, niche="brain")
    assert on.death[marrow] - 0.05 == pytest.approx(0.3 * 0.9 * 0.3)
    assert on.birth[marrow] == pytest.approx(0.2 * 0.2)
    assert on.death[brain] - 0.05 == pytest.approx(0.3 * 0.9 / 1.9)
    both = type_of(model, state="persister", niche="marrow")
    assert on.death[both] - 0.025 == pytest.approx(0.3 * 0.9 * 0.3 * 0.1)


def test_a_blocked_brain_keeps_the_inhibitor_out_too():
    model = compiled(
        "drugs: {A: {kill: 0.3, substrate_of: [P], levels: 1}, i: {restores: {efflux: P}}}",
        "alterations: {mdr: {mechanism: efflux, pump: P, retention: 0.1, rate: 1e-6}}",
        "niches: {brain: {penetration: {i: 0}, exchange: 0.001}}",
    )
    on = under(model, A=3, i=INF).death - 0.05
    assert on[type_of(model, "mdr")] == pytest.approx(0.3 * 0.75)
    assert on[type_of(model, "mdr", niche="brain")] == pytest.approx(0.3 * 0.3 / 1.3)


def move_rate(model, rates, begin, end):
    here = (model.moves.source == begin) & (model.moves.target == end)
    return float(rates.moves[here].sum())


def test_a_drug_sends_cells_into_hiding_and_holds_them_there_and_does_neither_to_a_resistant_cell():
    model = sheltered()
    for genotype, felt in (("ancestral", 0.5), ("t", 0.0)):
        awake, asleep = type_of(model, genotype), type_of(model, genotype, "persister")
        off, on = under(model), under(model, killer=1)
        assert move_rate(model, off, awake, asleep) == pytest.approx(0.001)
        assert move_rate(model, off, asleep, awake) == pytest.approx(0.01)
        assert move_rate(model, on, awake, asleep) == pytest.approx(0.001 + 0.02 * felt)
        assert move_rate(model, on, asleep, awake) == pytest.approx(0.01 * (1 - 0.5 * felt))


def test_exchange_goes_both_ways_and_only_with_the_bulk():
    model, rates = sheltered(), under(sheltered())
    bulk, marrow, brain = (type_of(model, "t", "persister", n) for n in ("bulk", "marrow", "brain"))
    assert move_rate(model, rates, bulk, marrow) == 0.002
    assert move_rate(model, rates, marrow, bulk) == 0.003
    assert move_rate(model, rates, brain, bulk) == move_rate(model, rates, bulk, brain) == 0.001
    assert move_rate(model, rates, brain, marrow) == 0.0


def test_a_niche_filled_at_diagnosis_exchanges_only_from_treatment_on():
    model = compiled("niches: {marrow: {share: 0.1, exchange: 0.002}, liver: {exchange: 0.004}}")
    before = model.rates(np.zeros(0), phase="before").moves
    after = model.rates(np.zeros(0)).moves
    assert sorted(before) == [0.0, 0.0, 0.004, 0.004]
    assert sorted(after) == [0.002, 0.002, 0.004, 0.004]


def test_mutation_is_per_division_and_states_scale_it():
    model = sheltered()
    edges = model.mutation
    for state, factor in (("cycling", 1.0), ("persister", 10.0)):
        for gained, rate in (("t", 1e-7), ("u", 2e-7)):
            hit = (edges.source == type_of(model, state=state)) & (
                edges.target == type_of(model, gained, state)
            )
            assert edges.rate[hit] == pytest.approx([rate * factor])
    assert {(int(model.state[s]), int(model.niche[s])) for s in edges.source} == {
        (int(model.state[t]), int(model.niche[t])) for t in edges.target
    }


@pytest.mark.parametrize(
    ("how", "expected"), [("birth", 0.14 * 0.9**2), ("net_growth", 0.01 * 0.9**2 + 0.13)]
)
def test_a_cost_lowers_birth_or_net_growth_as_the_scenario_says(how, expected):
    model = compiled(
        "alterations: {a: {mechanism: death_evasion, strength: 0, rate: 1e-7, cost: 0.1},"
        " b: {mechanism: death_evasion, strength: 0, rate: 1e-7, cost: 0.1}}",
        tumor=f"birth: 0.14, death: 0.13, diagnosed_at: 1e9, cost_acts_on: {how}",
    )
    kind = type_of(model, "a + b")
    assert model.birth[kind] == pytest.approx(expected)
    assert model.death[kind] == 0.13


# --- combination and cycle-specific killing --------------------------------------------------


THREE = "drugs: {A: {kill: 0.4, stop: 0.5}, B: {kill: 0.1, stop: 0.2}, C: {kill: 0.025}}"


def test_bliss_adds_hazards_and_multiplies_what_inhibition_leaves():
    model = compiled(THREE)
    assert killing(model, A=INF, B=INF, C=INF) == pytest.approx(0.525)
    assert dividing(model, A=INF, B=INF, C=INF) == pytest.approx(0.5 * 0.8)
    # which is Bliss: shares surviving any time multiply
    survival = {d: np.exp(-killing(model, **{d: INF}) * 7) for d in "AB"}
    assert np.exp(-killing(model, A=INF, B=INF) * 7) == pytest.approx(survival["A"] * survival["B"])


def test_highest_is_the_strongest_single_drug():
    model = compiled(THREE, "combine: highest")
    assert killing(model, A=INF, B=INF, C=INF) == pytest.approx(0.4)
    assert dividing(model, A=INF, B=INF) == pytest.approx(0.5)
    assert killing(model, B=INF, C=INF) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("gamma", "expected"),
    [(0.5, 0.5 + 0.5 * 0.2), (-0.3, 0.5 - 0.3 * 0.2), (-0.5, 0.4), (-100.0, 0.4)],
)
def test_an_interaction_adds_gamma_root_and_never_goes_below_the_strongest_drug(gamma, expected):
    model = compiled(THREE, f'interactions: {{"A + B": {gamma}}}')
    assert killing(model, A=INF, B=INF) == pytest.approx(expected)
    assert killing(model, A=INF) == pytest.approx(0.4)
    assert killing(model, A=INF, C=INF) == pytest.approx(0.425)


def test_interactions_of_several_pairs_add():
    model = compiled(THREE, 'interactions: {"A + B": 0.5, "C + B": 1.0}')
    assert killing(model, A=INF, B=INF, C=INF) == pytest.approx(0.525 + 0.5 * 0.2 + 0.05)


def test_cycle_specific_killing_follows_the_rate_of_division():
    model = compiled(
        "drugs: {A: {kill: 0.3, cycle_specific: yes}, S: {stop: 0.75}}",
        "alterations: {slow: {mechanism: target, drug: S, rate: 1e-7, cost: 0.4}}",
        "states: {asleep: {leave: 0.01, enter: 0.1, birth: 0.05},"
        " stuck: {leave: 0, enter: 0.1, birth: 0}}",
    )
    on = under(model, A=INF).death - 0.05
    assert on[type_of(model)] == pytest.approx(0.3)
    assert on[type_of(model, "slow")] == pytest.approx(0.3 * 0.6)
    assert on[type_of(model, state="asleep")] == pytest.approx(0.3 * 0.05)
    assert on[type_of(model, state="stuck")] == 0.0
    # a drug that stops division protects from one that needs it: antagonism by mechanism
    assert killing(model, A=INF, S=INF) == pytest.approx(0.3 * 0.25)
    assert killing(model, "slow", A=INF, S=INF) == pytest.approx(0.3 * 0.6)


def test_levels_may_have_any_leading_shape():
    model = sheltered()
    levels = np.random.default_rng(0).uniform(0, 5, (4, 3, 2))
    whole = model.rates(levels)
    assert whole.birth.shape == (4, 3, model.types)
    one = model.rates(levels[2, 1])
    for name in ("birth", "death", "mutation", "moves"):
        assert getattr(whole, name)[2, 1] == pytest.approx(getattr(one, name))


def test_a_state_whose_mutation_would_exceed_every_division_is_refused():
    with pytest.raises(ValueError, match="alterations: got mutation probabilities that add up"):
        compiled(
            "alterations: {a: {mechanism: death_evasion, rate: 0.2}}",
            "states: {s: {leave: 0.1, enter: 0.1, mutation: 6}}",
        )


def test_compiling_gives_the_same_order_of_types_again():
    own = scenario("niches: {n: {share: 0.1}}", "states: {s: {leave: 0.1}}")
    assert compiled("niches: {n: {share: 0.1}}", "states: {s: {leave: 0.1}}").type_names == (
        "ancestral | cycling | bulk",
        "ancestral | cycling | n",
        "ancestral | s | bulk",
        "ancestral | s | n",
    )
    assert tuple(own.niches) == ("n",)
