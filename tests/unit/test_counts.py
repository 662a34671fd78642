"""Exact quantiles and log probabilities of counts against scipy's.

Here: Poisson and binomial. Not here: what is counted (see ``test_observation_models.py``).
"""

import numpy as np
import pytest
from scipy import stats

from countermove.measurement.counts import (
    binomial_quantile,
    log_binomial,
    log_poisson,
    poisson_quantile,
)

EXTREMES = np.array([2.0**-53, 1e-10, 1e-3, 0.5, 0.7, 1.0 - 1e-3, 1.0 - 1e-10])
NAN = np.nan


@pytest.mark.parametrize("mean", [0.0, 1e-9, 0.3, 1.0, 7.5, 100.0, 1e4, 1e6])
def test_poisson_quantiles_are_scipys(mean):
    uniforms = np.concatenate([EXTREMES, np.linspace(0.0005, 0.9995, 1000)])
    assert np.array_equal(poisson_quantile(uniforms, mean), stats.poisson.ppf(uniforms, mean))


@pytest.mark.parametrize(
    ("trials", "share"),
    [
        (0, 0.5),
        (1, 0.3),
        (10, 0.0),
        (10, 1.0),
        (30, 0.9),
        (1000, 1e-3),
        (10_000, 0.4),
        (10**6, 0.5),
    ],
)
def test_binomial_quantiles_are_scipys(trials, share):
    uniforms = np.concatenate([EXTREMES, np.linspace(0.0005, 0.9995, 1000)])
    expected = stats.binom.ppf(uniforms, trials, share)
    assert np.array_equal(binomial_quantile(uniforms, trials, share), expected)


@pytest.mark.parametrize("mean", [1e7, 1e8, 1e12])
def test_quantiles_of_huge_means_are_whole_and_near_normal_ones(mean):
    found = poisson_quantile(EXTREMES, mean)
    z = stats.norm.ppf(EXTREMES)
    assert np.array_equal(found, np.rint(found))
    assert np.abs(found - mean - np.sqrt(mean) * z - (z**2 - 1.0) / 6.0).max() < 2.0
    assert (
        np.abs(binomial_quantile(EXTREMES, 4e8, 0.25) - stats.binom.ppf(EXTREMES, 4e8, 0.25)).max()
        <= 1
    )


def test_quantiles_and_log_probabilities_pass_nan_on():
    assert np.isnan(poisson_quantile(0.3, NAN))
    assert np.isnan(binomial_quantile(0.3, 5, NAN))
    assert np.isnan(log_poisson(NAN, 1.0))
    assert log_poisson([0.5, -1.0, np.inf], 1.0).tolist() == [-np.inf] * 3
    assert log_poisson([0.0, 1.0], 0.0).tolist() == [0.0, -np.inf]


def test_log_probabilities_are_scipys():
    counts = np.arange(200.0)
    for mean in (0.1, 3.0, 90.0):
        expected = stats.poisson.logpmf(counts, mean)
        np.testing.assert_allclose(log_poisson(counts, mean), expected, rtol=1e-11)
    for share in (1e-3, 0.4, 0.99):
        expected = stats.binom.logpmf(counts[:101], 100, share)
        np.testing.assert_allclose(log_binomial(counts[:101], 100, share), expected, atol=1e-10)


def test_an_argument_that_cannot_be_ends_and_gives_no_count():
    assert np.isnan(poisson_quantile([NAN, 0.3], [3.0, NAN])).all()
    assert np.isnan(binomial_quantile(NAN, 10, 0.3))
    assert binomial_quantile(0.3, 10, 1.0 + 1e-12) == 10.0
    assert poisson_quantile(0.3, -1e-18) == 0.0
