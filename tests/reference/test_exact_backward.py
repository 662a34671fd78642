"""Backward equations and moments against closed forms and a general ODE solver."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from countermove.engines.exact import closed_forms as cf
from countermove.engines.exact.backward import (
    absent,
    extinction,
    generating_function,
    lasting_survival,
    never_arisen,
    no_surviving_lineage,
    survival_side,
)
from countermove.engines.exact.inversion import count_distribution
from countermove.engines.exact.linear_pieces import LinearPieces
from countermove.engines.exact.moments import moments
from countermove.foundation.errors import EngineRefusal, ScenarioError


def three_types() -> LinearPieces:
    """Cycling, dormant and resistant cells, through a drug holiday; rates chosen by hand."""
    mutation = np.array([[0, 0, 0.03], [0, 0, 0], [0.01, 0, 0]])
    moves = np.zeros((3, 3, 3))
    moves[:, 0, 1] = [0.02, 0.2, 0.02]
    moves[:, 1, 0] = [0.1, 0.01, 0.1]
    moves[1, 1, 2] = 0.005
    return LinearPieces(
        edges=np.array([0.0, 12.0, 20.0, 31.0]),
        birth=np.array([[0.3, 0, 0.2], [0.1, 0, 0.25], [0.3, 0.01, 0.2]]),
        death=np.array([[0.1, 0.01, 0.1], [0.9, 0.02, 0.1], [0.1, 0, 0.1]]),
        mutation=mutation,
        moves=moves,
    )


def textbook(pieces: LinearPieces, s: np.ndarray) -> np.ndarray:
    """Model.md 6.0 as printed, on the side of F, by a general solver."""
    state = s.astype(complex)
    for piece in range(pieces.pieces - 1, -1, -1):
        b, d, u, q = pieces.birth[piece], pieces.death[piece], pieces.mutation, pieces.moves[piece]

        def slope(_, f, b=b, d=d, u=u, q=q):
            divided = (1 - u.sum(1)) * f**2 + f * (u @ f)
            return b * divided + d + q @ f - (b + d + q.sum(1)) * f

        span = pieces.edges[piece + 1] - pieces.edges[piece]
        state = solve_ivp(
            slope, (0, span), state, method="DOP853", rtol=1e-12, atol=1e-14
        ).y[:, -1]  # fmt: skip
    return state


def test_one_type_matches_kendall_over_fifty_orders_of_magnitude():
    for death, days in ((0.13, 1.0), (0.13, 2e3), (0.14, 1e3), (0.17, 1500.0)):
        pieces = LinearPieces.constant([0.14], [death], duration=days)
        for final in (1.0, 1e-15, 1e-300):
            got = survival_side(pieces, [final])[0]
            assert got == pytest.approx(
                float(cf.survival_side(0.14, death, days, final)), rel=2e-12
            )


@pytest.mark.parametrize("seed", [1, 2])
def test_three_types_match_a_general_solver(seed):
    angle = np.random.default_rng(seed).uniform(0, 2 * np.pi, 3)
    s = np.exp(1j * angle) * [1.0, 0.7, 0.2]
    got = generating_function(three_types(), s)
    np.testing.assert_allclose(got, textbook(three_types(), s), rtol=0, atol=1e-11)


def test_the_comparison_above_would_notice_a_swapped_piece():
    pieces = three_types()
    swapped = LinearPieces(
        pieces.edges, pieces.birth[::-1], pieces.death, pieces.mutation, pieces.moves
    )
    s = np.array([0.5, 0.5, 0.5])
    difference = generating_function(swapped, s) - textbook(pieces, s)
    assert np.abs(difference).max() > 1e-3


def test_rare_type_keeps_relative_accuracy():
    """S -> R -> RR with u = 1e-9 each: survival 1e-18 follows from two nested integrals."""
    u, t = 1e-9, 10.0
    mutation = np.zeros((3, 3))
    mutation[0, 1] = mutation[1, 2] = u
    pieces = LinearPieces.constant([1.0, 1.0, 0.0], [1.0, 1.0, 0.0], mutation, duration=t)
    # b = d = 1: g_R' = u g_RR - u g_R - g_R^2 with g_RR = 1, so g_R = u t to first order in u,
    # and g_S = u^2 t^2/2.
    got = survival_side(pieces, [0.0, 0.0, 1.0])
    np.testing.assert_allclose(got, [u**2 * t**2 / 2, u * t, 1.0], rtol=3e-6)


def test_splitting_time_changes_nothing():
    pieces = three_types()
    whole = survival_side(pieces, np.ones(3))
    late = survival_side(pieces.between(15.0, 31.0), np.ones(3))
    np.testing.assert_allclose(survival_side(pieces.between(0.0, 15.0), late), whole, rtol=1e-12)


def test_alive_ever_and_surviving_are_told_apart():
    mutation = np.array([[0, 1e-3], [0, 0]])
    pieces = LinearPieces.constant([0.14] * 2, [0.13] * 2, mutation, duration=200.0)
    start = [100, 0]
    ever, alive = never_arisen(pieces, start, [1]), absent(pieces, start, [1])
    assert ever < alive
    assert extinction(pieces, start) < no_surviving_lineage(pieces, start)
    assert no_surviving_lineage(pieces, [1, 0]) == pytest.approx(13 / 14, rel=1e-3)


def test_never_arisen_in_pure_birth_is_known():
    """Yule process, mutants kept apart: E[e^(-u b integral)] has Kendall's form."""
    b, u, t = 0.5, 0.2, 3.0
    pieces = LinearPieces.constant([b, b], [0, 0], [[0, u], [0, 0]], duration=t)
    # F' = b(1-u)F^2 - bF, so F = 1/(e^{bt} - (1-u)(e^{bt} - 1))
    expected = 1 / (np.exp(b * t) - (1 - u) * (np.exp(b * t) - 1))
    assert never_arisen(pieces, [1, 0], [1]) == pytest.approx(expected, rel=1e-12)


def test_lasting_survival_of_one_type_and_through_a_mutant():
    pieces = LinearPieces.constant(
        [0.14, 0.14, 0.1], [0.17, 0.13, 0.1], [[0, 1e-8, 0], [0] * 3, [0] * 3]
    )
    got = lasting_survival(pieces)
    # Subcritical founder: leading order u b s/(d - b).
    assert got[1] == pytest.approx(1 / 14, rel=1e-13)
    assert got[0] == pytest.approx(1e-8 * 0.14 / 0.03 / 14, rel=1e-5)
    assert got[2] == 0


def test_large_counts_of_tiny_survival():
    pieces = LinearPieces.constant([0.14], [0.17], duration=1500.0)
    gone = extinction(pieces, [1e13])
    expected = np.exp(-1e13 * float(cf.survival_side(0.14, 0.17, 1500.0, 1.0)))
    assert 0 < 1 - gone < 1e-4
    assert 1 - gone == pytest.approx(1 - expected, rel=1e-6)


def test_inversion_returns_the_one_type_clone_sizes():
    pieces = LinearPieces.constant([0.3], [0.2], duration=10.0)
    got = count_distribution(pieces, [1], [0], largest=60)
    np.testing.assert_allclose(got, cf.clone_size_pmf(0.3, 0.2, 10.0, 60), rtol=0, atol=2e-12)


def test_moments_match_kendall():
    pieces = LinearPieces.constant([0.14], [0.13], duration=800.0)
    got = moments(pieces, [7.0])
    assert got.mean[0] == pytest.approx(7 * np.exp(8.0), rel=1e-11)
    assert got.covariance[0, 0] == pytest.approx(
        7 * float(cf.variance(0.14, 0.13, 800.0)), rel=1e-11
    )


def test_moments_match_derivatives_of_the_generating_function():
    pieces, start = three_types(), np.array([4.0, 2.0, 1.0])
    got = moments(pieces, start)
    step = 2e-4

    def log_pgf(*where):
        # cumulant generating function in theta, s = e^theta, |s| = 1 along i theta
        s = np.exp(1j * np.asarray(where))
        return np.log(textbook(pieces, s)) @ start

    for k in range(3):
        e = np.eye(3)[k] * step
        ahead, behind = log_pgf(*e), log_pgf(*-e)
        assert got.mean[k] == pytest.approx(((ahead - behind) / 2j / step).real, rel=1e-4)
        assert got.covariance[k, k] == pytest.approx(-(ahead + behind).real / step**2, rel=1e-3)
    for j, k in ((0, 1), (0, 2), (1, 2)):
        e, f = np.eye(3)[j] * step, np.eye(3)[k] * step
        mixed = -(log_pgf(*(e + f)) - log_pgf(*(e - f))).real / 2 / step**2
        assert got.covariance[j, k] == pytest.approx(mixed, rel=1e-3, abs=1e-4)


def test_bad_arrays_are_refused():
    with pytest.raises(ScenarioError, match="birth"):
        LinearPieces.constant([-0.1], [0.1])
    with pytest.raises(ScenarioError, match="at most 1"):
        LinearPieces.constant([1, 1, 1], [0] * 3, [[0, 0.6, 0.6], [0] * 3, [0] * 3])
    with pytest.raises(ScenarioError, match="rising"):
        LinearPieces.constant([1.0], [0.0], duration=0.0)
    with pytest.raises(ScenarioError, match="abs"):
        generating_function(LinearPieces.constant([1.0], [0.0]), [1.5])
    many = LinearPieces.constant(np.ones(401), np.zeros(401))
    with pytest.raises(EngineRefusal, match="branching"):
        moments(many, np.ones(401))
