"""Closed forms against the textbook expressions, in exact arithmetic where doubles would lose."""

from decimal import Decimal, getcontext

import numpy as np
import pytest

from countermove.engines.exact import closed_forms as cf
from countermove.foundation.errors import ScenarioError

getcontext().prec = 60


def kendall(birth: str, death: str, time: str) -> tuple[float, float]:
    b, d, t = Decimal(birth), Decimal(death), Decimal(time)
    e = ((b - d) * t).exp()
    return float(d * (e - 1) / (b * e - d)), float((b - d) * e / (b * e - d))


@pytest.mark.parametrize(
    ("birth", "death", "time"),
    [
        (".14", ".13", "657"),
        (".14", ".17", "1096"),
        (".14", ".17", "20000"),
        (".14", ".1399999999999", "5"),
        ("2", "1e-9", "400"),
        ("1e-9", "3", "1e-6"),
    ],
)
def test_extinction_and_survival_keep_their_digits(birth, death, time):
    gone, alive = kendall(birth, death, time)
    got = cf.transition(float(birth), float(death), float(time))
    # The rates themselves are rounded to 1e-16, which r t magnifies.
    assert got.alpha == pytest.approx(gone, rel=1e-11)
    assert got.alive == pytest.approx(alive, rel=1e-11)


def test_equal_rates_are_the_limit_and_not_a_division_by_zero():
    assert cf.extinction_probability(0.14, 0.14, 100.0) == pytest.approx(14 / 15, rel=1e-15)
    assert cf.variance(0.14, 0.14, 100.0) == pytest.approx(28.0, rel=1e-14)


def test_clone_survival_of_the_benchmark_tumor():
    assert float(cf.ultimate_survival(0.14, 0.13)) == pytest.approx(0.0714, abs=5e-5)
    assert float(cf.transition(0.14, 0.13, 1e6).alive) == pytest.approx(1 / 14, rel=1e-12)


def test_overflow_is_infinity_and_never_nan():
    assert cf.mean(1.0, 0.0, 1e5) == np.inf
    assert cf.variance(1.0, 0.0, 1e5) == np.inf
    got = cf.transition(1.0, 0.5, 1e6)
    assert (got.alpha, got.beta, got.ends) == (pytest.approx(0.5), 1.0, 0.0)


def test_clone_sizes_have_the_mean_and_variance_of_their_own_formulas():
    pmf = cf.clone_size_pmf(0.3, 0.2, 10.0, 3000)
    sizes = np.arange(pmf.size)
    mean = pmf @ sizes
    assert pmf.sum() == pytest.approx(1.0, abs=1e-13)
    assert mean == pytest.approx(np.e, rel=1e-12)
    assert pmf @ (sizes - mean) ** 2 == pytest.approx(5 * np.e * (np.e - 1), rel=1e-12)
    assert float(cf.variance(0.3, 0.2, 10.0)) == pytest.approx(5 * np.e * (np.e - 1), rel=1e-13)


def test_sbml_birth_death_case_mean_and_sd():
    """SBML stochastic suite 00001: rates .1 and .11, 100 cells, t = 50."""
    mean = 100 * float(cf.mean(0.1, 0.11, 50.0))
    sd = 10 * float(np.sqrt(cf.variance(0.1, 0.11, 50.0)))
    assert mean == pytest.approx(100 * np.exp(-0.5), rel=1e-14)
    assert sd == pytest.approx(
        np.sqrt(100 * 0.21 / -0.01 * np.exp(-0.5) * (np.exp(-0.5) - 1)), rel=1e-12
    )


def test_covariance_grows_with_the_later_time_only():
    early = float(cf.variance(0.3, 0.2, 4.0))
    assert float(cf.covariance(0.3, 0.2, 4.0, 9.0)) == pytest.approx(early * np.exp(0.5))
    assert float(cf.covariance(0.3, 0.2, 9.0, 4.0)) == pytest.approx(early * np.exp(0.5))


@pytest.mark.parametrize("bad", [-0.1, np.nan, np.inf])
def test_bad_rates_are_refused(bad):
    with pytest.raises(ScenarioError, match="0 or more"):
        cf.extinction_probability(bad, 0.1, 1.0)
    with pytest.raises(ScenarioError, match="0 or more"):
        cf.extinction_probability(0.1, 0.1, bad)
