"""The exact engine against published numbers, classical theory and formulas of other hands."""

import numpy as np
import pytest

from countermove.engines.exact.at_size import (
    cured_after_treatment,
    grow_to_size,
    mean_at_size,
    no_resistant_at_size,
)
from countermove.engines.exact.first_passage import mean_time_to_size
from countermove.engines.exact.inversion import count_distribution_at_size
from countermove.engines.exact.linear_pieces import LinearPieces
from countermove.engines.exact.luria_delbruck import (
    lea_coulson_pmf,
    log_mutant_generating_function,
    mutant_count_pmf,
)
from countermove.foundation.errors import EngineRefusal, ScenarioError

THREE_YEARS = 3 * 365.25


def two_drugs(u1, u2, u12, *, birth=0.14, death=0.13, treated=0.17, cost=0.0):
    """Types S, RA, RB, RAB before and under both drugs (a cell hit by either dies at `treated`)."""
    births = (birth - death) * (1 - cost) ** np.array([0, 1, 1, 2]) + death
    mutation = np.zeros((4, 4))
    mutation[0, 1:] = u1, u2, u12
    mutation[1, 3], mutation[2, 3] = u2 + u12, u1 + u12
    growth = LinearPieces.constant(births, [death] * 4, mutation)
    after = [treated] * 3 + [death]
    treatment = LinearPieces.constant(births, after, mutation, duration=THREE_YEARS)
    return growth, treatment


def one_mutant(birth, death, u):
    return LinearPieces.constant([birth] * 2, [death] * 2, [[0, u], [0, 0]])


def bozic_eradication(size, n1, n2, n12, *, u=1e-9, birth=0.14, death=0.13, treated=0.17):
    """Bozic et al. 2013, eLife 2:e00747: the printed closed form (both s s' under K)."""
    s, t = 1 - death / birth, 1 - treated / birth
    k = (t - s) / (s * t)
    single = n1 * (n2 + n12) * np.log(1 / (s * size) + u * (n2 + n12) * k)
    single += n2 * (n1 + n12) * np.log(1 / (s * size) + u * (n1 + n12) * k)
    exponent = -size * u * n12 * (1 - s / t) + size * u**2 * k * single
    return np.exp(exponent - size * u**2 * (2 * n1 * n2 + n12 * (n1 + n2)) * s / t**2)


# --- the benchmark tumor of performance.md -----------------------------------------------------


def test_double_resistance_at_diagnosis_and_cure():
    growth, treatment = two_drugs(1e-6, 1e-6, 0.0)
    grown = grow_to_size(growth, 1e9)
    assert 1 - no_resistant_at_size(grown, [3]) == pytest.approx(0.5346, abs=2e-4)
    assert cured_after_treatment(grown, treatment) == pytest.approx(0.6827, abs=2e-4)


def test_alive_ever_and_surviving_differ_by_what_theory_says():
    """Factors 2.842, 14 and 1 on M u, for d/b = 13/14 (performance.md's trap)."""
    grown = grow_to_size(one_mutant(0.14, 0.13, 1e-9), 1e8)
    factors = [
        -np.log(no_resistant_at_size(grown, [1], counting=how)) / 0.1
        for how in ("alive", "ever", "surviving")
    ]
    assert factors == pytest.approx([2.8421, 14.0, 1.0], rel=2e-4)


def test_no_resistant_cell_at_ten_thousand_cells():
    grown = grow_to_size(one_mutant(0.14, 0.13, 5e-5), 1e4)
    # exp(-M u F) is .2415; ends of the path and the founder's own growth rate move it by 5e-4.
    assert no_resistant_at_size(grown, [1]) == pytest.approx(0.2415, abs=1e-3)


def test_time_to_a_billion_cells():
    assert mean_time_to_size(one_mutant(0.14, 0.13, 0.0), 1e9) == pytest.approx(1866, abs=0.5)


def test_time_with_two_equal_states_is_that_of_one():
    """Two states with the same rates are one type in disguise: exercises the general W."""
    pieces = LinearPieces.constant([0.14] * 2, [0.13] * 2, None, [[0, 0.02], [0.05, 0]])
    assert mean_time_to_size(pieces, 1e9) == pytest.approx(
        mean_time_to_size(one_mutant(0.14, 0.13, 0.0), 1e9), rel=1e-7
    )


# --- a founder that switches state ---------------------------------------------------------------


def switching(birth_dormant, death_dormant):
    """S and its dormant state D; R and its dormant state RD."""
    mutation, moves = np.zeros((4, 4)), np.zeros((4, 4))
    mutation[0, 2] = mutation[1, 3] = 1e-7
    moves[0, 1] = moves[2, 3] = 0.02
    moves[1, 0] = moves[3, 2] = 0.05
    births, deaths = [0.14, birth_dormant] * 2, [0.13, death_dormant] * 2
    return LinearPieces.constant(births, deaths, mutation, moves)


def test_two_equal_states_give_the_resistance_of_one_type():
    in_two = grow_to_size(switching(0.14, 0.13), 1e7)
    in_one = grow_to_size(one_mutant(0.14, 0.13, 1e-7), 1e7)
    assert in_two.founders == pytest.approx(1e7 * 5 / 7, rel=1e-6)
    assert no_resistant_at_size(in_two, [2, 3]) == pytest.approx(
        no_resistant_at_size(in_one, [1]), rel=2e-4
    )


def test_dormant_cells_at_size_follow_the_stable_composition():
    growth = switching(0.0, 0.0)
    grown = grow_to_size(growth, 1e9)
    # Stable growth: (A - lambda) with lambda the root of (x - r + .02)(x + .05) = .001.
    r = 0.14 * (1 - 1e-7) - 0.13
    rate = (r - 0.07 + np.sqrt((r - 0.07) ** 2 + 4 * 0.05 * r)) / 2
    ratio = 0.02 / (rate + 0.05)
    assert grown.rate == pytest.approx(rate, rel=1e-9)
    assert mean_at_size(grown)[1] == pytest.approx(1e9 * ratio / (1 + ratio), rel=1e-6)


# --- Iwasa-Nowak-Michor, Komarova-Wodarz, Goldie-Coldman ---------------------------------------


@pytest.mark.parametrize(("turnover", "factor"), [(0.0, 1.0), (0.5, 1.3863), (13 / 14, 2.8421)])
def test_iwasa_nowak_michor_factor(turnover, factor):
    grown = grow_to_size(one_mutant(1.0, turnover, 1e-10), 1e9)
    assert -np.log(no_resistant_at_size(grown, [1])) / 0.1 == pytest.approx(factor, abs=1e-4)


def failure(turnover, drugs):
    """Chance that treatment fails; kill is so fast that nothing is born under it."""
    mutation = np.zeros((4, 4))
    mutation[0, 1] = mutation[0, 2] = mutation[1, 3] = mutation[2, 3] = 1e-6
    kills = np.array([1, 0, 1, 0]) if drugs == 1 else np.array([1, 1, 1, 0])
    rates = np.full(4, turnover)
    growth = LinearPieces.constant(np.ones(4), rates, mutation)
    treated = LinearPieces.constant(np.ones(4), rates + 1000.0 * kills, mutation, duration=0.01)
    size = 1e5 if drugs == 1 else 1e9
    return 1 - cured_after_treatment(grow_to_size(growth, size), treated, forever=True)


def test_komarova_wodarz_turnover_matters_only_for_several_drugs():
    one = [failure(turnover, 1) for turnover in (0.0, 0.5, 0.9)]
    assert one == pytest.approx([1 - np.exp(-0.1)] * 3, rel=2e-3)
    two = [failure(turnover, 2) for turnover in (0.0, 0.5, 0.9)]
    assert two[0] * 1.2 < two[1]
    assert two[1] * 1.2 < two[2]


def test_goldie_coldman_span():
    """log10 of the size ratio between 95% and 5% chance of no resistance: 1.766."""
    growth = one_mutant(1.0, 0.0, 1e-6)

    def size_at(chance):
        low, high = 3.0, 7.2
        for _ in range(36):
            middle = (low + high) / 2
            there = no_resistant_at_size(grow_to_size(growth, 10**middle), [1])
            low, high = (middle, high) if there > chance else (low, middle)
        return low

    assert size_at(0.05) - size_at(0.95) == pytest.approx(1.766, abs=1e-3)


def test_expected_cells_resistant_to_k_drugs():
    """M mu^k with mu = (u/s) ln(M s), M = 1e13, u = 1e-8, no death: 3.0e6, .90, 2.7e-7."""
    mutation = np.zeros((8, 8))
    for genotype in range(8):
        for bit in (1, 2, 4):
            if not genotype & bit:
                mutation[genotype, genotype | bit] = 1e-8
    grown = grow_to_size(LinearPieces.constant(np.ones(8), np.zeros(8), mutation), 1e13)
    mean = mean_at_size(grown)
    mu = 1e-8 * np.log(1e13)
    expected = [1e13 * mu, 1e13 * mu**2, 1e13 * mu**3]
    assert mean[[1, 3, 7]] == pytest.approx(expected, rel=1e-5)
    assert expected == pytest.approx([3.0e6, 0.90, 2.7e-7], rel=0.01)


# --- Bozic et al. 2013 -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "n12", "printed", "tolerance"),
    [
        (5.4e10, 0, 0.068, 0.001),
        (9.1e10, 0, 0.112, 0.001),
        (4.8e10, 0, 0.061, 0.001),
        (2.2e10, 0, 0.028, 0.001),
        (1.8e10, 0, 0.023, 0.001),
        (2.6e11, 0, 0.283, 0.006),
        (1.7e11, 0, 0.203, 0.006),
        (1.0e11, 0, 0.128, 0.006),
        (1.6e9, 1, 0.881, 0.005),
        (8.5e8, 1, 0.677, 0.005),
        (1e9, 1, 0.737, 0.001),
        (1e9, 0, 0.001, 0.001),
    ],
)
def test_bozic_formula_and_engine(size, n12, printed, tolerance):
    formula = 1 - bozic_eradication(size, 50, 50, n12)
    assert formula == pytest.approx(printed, abs=tolerance)
    growth, treatment = two_drugs(50e-9, 50e-9, n12 * 1e-9)
    exact = 1 - cured_after_treatment(grow_to_size(growth, size), treatment, forever=True)
    # The paper's expansion leaves out a term of relative order 1/(s K ln) (5 to 6%) when n12 = 0.
    assert exact == pytest.approx(formula, rel=0.065 if n12 == 0 else 2e-4)


def test_bozic_expansion_differs_from_the_engine_by_the_term_it_leaves_out():
    """Linear phase of single mutants: g = u s K e^(r tau) - u adds -1/s to K ln(1/(u n K))."""
    size, u, n = 5.4e10, 1e-9, 50
    s, t = 1 / 14, 1 - 0.17 / 0.14
    growth, treatment = two_drugs(u * n, u * n, 0.0)
    exact = -np.log(cured_after_treatment(grow_to_size(growth, size), treatment, forever=True))
    printed = -np.log(bozic_eradication(size, n, n, 0))
    assert printed - exact == pytest.approx(2 * size * (u * n) ** 2 / s, rel=0.03)
    assert t < 0


@pytest.mark.parametrize(
    ("size", "n12", "cost", "simulated"),
    [(1e9, 1, 0.0, 0.737), (1e9, 1, 0.0, 0.74), (1e11, 0, 0.05, 0.08)],
)
def test_bozic_simulated_failures(size, n12, cost, simulated):
    growth, treatment = two_drugs(50e-9, 50e-9, n12 * 1e-9, cost=cost)
    exact = 1 - cured_after_treatment(grow_to_size(growth, size), treatment, forever=True)
    assert exact == pytest.approx(simulated, abs=0.015)


def test_bozic_faster_cells_with_the_same_advantage_fail_as_often():
    scale = 1 / 0.14
    growth, treatment = two_drugs(
        50e-9, 50e-9, 1e-9, birth=1.0, death=0.13 * scale, treated=0.17 * scale
    )
    exact = 1 - cured_after_treatment(grow_to_size(growth, 1e9), treatment, forever=True)
    assert exact == pytest.approx(0.74, abs=0.015)


def test_a_resistant_cell_alive_at_detection_is_not_a_failure():
    growth, _ = two_drugs(50e-9, 50e-9, 1e-9)
    assert 1 - no_resistant_at_size(grow_to_size(growth, 1e9), [3]) == pytest.approx(
        0.942, abs=1e-3
    )


@pytest.mark.parametrize("size", [8.5e8, 1.8e10, 2.6e11])
def test_monotherapy_always_fails(size):
    growth = one_mutant(0.14, 0.13, 50e-9)
    treatment = LinearPieces.constant(
        [0.14] * 2, [0.17, 0.13], growth.mutation, duration=THREE_YEARS
    )
    assert 1 - cured_after_treatment(grow_to_size(growth, size), treatment) > 0.9999


# --- Luria-Delbruck ----------------------------------------------------------------------------

# p_n e^m as exact fractions, from the expansion of (1 - z)^(m (1 - z)/z) by hand.
LEA_COULSON = {
    1.0: [1, 1 / 2, 7 / 24, 3 / 16, 743 / 5760],
    2.0: [1, 1, 5 / 6, 2 / 3, 191 / 360],
}
PRINTED = {
    1.0: [0.36788, 0.18394, 0.10730, 0.06898, 0.04745],
    2.0: [0.13534, 0.13534, 0.11278, 0.09022],
}


@pytest.mark.parametrize("m", LEA_COULSON)
def test_lea_coulson(m):
    got = lea_coulson_pmf(m, 400)
    np.testing.assert_allclose(got[:5], np.exp(-m) * np.array(LEA_COULSON[m]), rtol=1e-14)
    np.testing.assert_allclose(got[: len(PRINTED[m])], PRINTED[m], atol=6e-6)
    np.testing.assert_allclose(mutant_count_pmf(m, 400), got, atol=3e-12)


def test_luria_delbruck_from_the_multitype_equations():
    grown = grow_to_size(one_mutant(1.0, 0.0, 1e-7), 1e7)
    got = count_distribution_at_size(grown, [1], largest=60)
    np.testing.assert_allclose(got, lea_coulson_pmf(1.0, 60), atol=5e-6)


def test_plating_efficiency_factor():
    none_seen = log_mutant_generating_function(np.array([1.0]), 1.0, plating=0.1)
    assert -1 / none_seen[0] == pytest.approx(3.909, abs=5e-4)


def test_dying_mutants_follow_iwasa_nowak_michor():
    """m u-factors again, now through the one-type form: 2.8421 M u, with m = M u b/r."""
    none = log_mutant_generating_function(
        np.array([1.0]), 0.14 / 0.01, birth=0.14, death=0.13, rate=0.01
    )
    assert -none[0] == pytest.approx(14 / 13 * np.log(14), rel=1e-12)


# --- refusals ----------------------------------------------------------------------------------


def test_refusals():
    with pytest.raises(ScenarioError, match="growth above 0"):
        grow_to_size(one_mutant(0.13, 0.14, 1e-6), 1e9)
    with pytest.raises(EngineRefusal, match="branching"):
        grow_to_size(one_mutant(0.14, 0.13, 1e-2), 1e4)
    with pytest.raises(ScenarioError, match="other types"):
        no_resistant_at_size(grow_to_size(one_mutant(0.14, 0.13, 1e-6), 1e4), [0])
