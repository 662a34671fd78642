"""Here: group-sequential bounds against published values. Not here: whether trials keep alpha
(see ``statistical/test_trials``).
"""

import numpy as np
import pytest
from scipy.stats import norm

from countermove.foundation import ScenarioError
from countermove.trials import crossing_probabilities, efficacy_bounds, spent_alpha

FIVE = np.arange(1, 6) / 5
# Five equal looks, two-sided 0.05: Lan and DeMets (1983), functions 1 and 2, one side each 0.025,
# as printed for the programs of Reboussin, DeMets, Kim and Lan (2000).
PUBLISHED = {
    "obrien_fleming": [4.877, 3.357, 2.680, 2.290, 2.031],
    "pocock": [2.438, 2.427, 2.410, 2.397, 2.386],
}


@pytest.mark.parametrize("spending", PUBLISHED)
def test_five_looks_as_published(spending):
    found = efficacy_bounds(FIVE, spending=spending).z
    np.testing.assert_array_equal(np.round(found, 3), PUBLISHED[spending])


@pytest.mark.parametrize("spending", PUBLISHED)
@pytest.mark.parametrize("looks", [[1.0], [0.5, 1.0], [0.1, 0.35, 0.36, 0.99, 1.0], FIVE])
@pytest.mark.parametrize("alpha", [0.05, 0.001, 0.5])
def test_bounds_spend_what_they_say(spending, looks, alpha):
    bounds = efficacy_bounds(looks, spending=spending, alpha=alpha)
    above, below = crossing_probabilities(looks, bounds.z)
    np.testing.assert_allclose(above, below, atol=1e-9)
    np.testing.assert_allclose(np.cumsum(above + below), bounds.spent, atol=1e-8)
    assert bounds.spent[-1] == pytest.approx(alpha)


def test_one_look_is_the_plain_test():
    bounds = efficacy_bounds([1.0])
    assert bounds.z[0] == pytest.approx(norm.ppf(0.975), abs=1e-9)
    assert bounds.nominal[0] == pytest.approx(0.05)


def test_power_of_one_look_is_the_normal_power():
    above, below = crossing_probabilities([1.0], [1.96], drift=3.0)
    assert above[0] == pytest.approx(norm.sf(1.96 - 3.0))
    assert below[0] == pytest.approx(norm.cdf(-1.96 - 3.0))


def test_two_looks_agree_with_a_bivariate_normal():
    from scipy.stats import multivariate_normal

    root = np.sqrt(0.3)
    goes_on = multivariate_normal([0, 0], [[1, root], [root, 1]])
    inside = goes_on.cdf([2.5, 2.0], lower_limit=[-2.5, -2.0])
    assert sum(map(sum, crossing_probabilities([0.3, 1.0], [2.5, 2.0]))) == pytest.approx(
        1 - inside, abs=1e-6
    )


def test_a_look_too_early_to_spend_cannot_stop():
    assert efficacy_bounds([0.001, 1.0]).z[0] == np.inf


def test_fifty_looks_keep_alpha():
    looks = np.arange(1, 51) / 50
    found = crossing_probabilities(looks, efficacy_bounds(looks, spending="pocock").z)
    assert sum(map(sum, found)) == pytest.approx(0.05, abs=1e-8)


def test_a_final_look_with_less_information_still_spends_all():
    bounds = efficacy_bounds([40, 70], spent_at=[0.4, 1.0])
    assert bounds.spent[-1] == pytest.approx(0.05)
    assert sum(map(sum, crossing_probabilities([40, 70], bounds.z))) == pytest.approx(0.05)


@pytest.mark.parametrize("spending", PUBLISHED)
def test_spending_starts_at_nothing_and_ends_at_alpha(spending):
    spent = spent_alpha(np.linspace(0, 1, 101), spending=spending)
    assert spent[0] == 0.0
    assert spent[-1] == pytest.approx(0.05)
    assert (np.diff(spent) >= 0).all()


@pytest.mark.parametrize(
    ("looks", "where"), [([0.5, 0.5, 1.0], "information.1"), ([0.0, 1.0], "information.0")]
)
def test_looks_that_do_not_rise_are_refused(looks, where):
    with pytest.raises(ScenarioError) as caught:
        efficacy_bounds(looks)
    assert caught.value.where == where


def test_other_refusals():
    with pytest.raises(ScenarioError, match="Did you mean 'pocock'"):
        efficacy_bounds([1.0], spending="pocok")
    with pytest.raises(ScenarioError, match="at most 1"):
        efficacy_bounds([0.5, 1.2])
    with pytest.raises(ScenarioError, match="alpha: got 0"):
        efficacy_bounds([1.0], alpha=0.0)
    with pytest.raises(ScenarioError, match="a list of one or more"):
        efficacy_bounds([])
