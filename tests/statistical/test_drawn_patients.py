"""Here: distributions and correlations of drawn patients against scipy.

Not here: which numbers may differ (see ``unit/test_drawn_patients``).
"""

import time

import numpy as np
import pytest
from scipy import stats

from countermove.simulation.drawing import Drawing
from support.drawn import differing, draw_patients
from support.helpers import FALSE_ALARM

pytestmark = pytest.mark.statistical

PATIENTS = 20_000
SIGMA = np.sqrt(np.log1p(0.3**2))


def cut(law, low=-np.inf, high=np.inf):
    """Cumulative chances of a law between two bounds."""
    below, above = law.cdf(low), law.cdf(high)
    return lambda x: (law.cdf(x) - below) / (above - below)


def cut_above(law, low):
    """The same far up in the tail, where chances from below are rounded to 1."""
    return lambda x: 1.0 - law.sf(x) / law.sf(low)


# As the file says it, and what scipy says it means.
LAWS = {
    "normal": ({"normal": [0.05, 0.01]}, stats.norm(0.05, 0.01).cdf),
    "lognormal": ({"lognormal": ["0.05 /day", 0.3]}, stats.lognorm(SIGMA, scale=0.05).cdf),
    "lognormal_cv": ({"lognormal_cv": 0.3}, stats.lognorm(SIGMA, scale=0.05).cdf),
    "uniform": ({"uniform": [0.01, 0.09]}, stats.uniform(0.01, 0.08).cdf),
    "loguniform": ({"loguniform": [1e-4, 10]}, stats.loguniform(1e-4, 10).cdf),
    "beta": ({"beta": [2, 3]}, stats.beta(2, 3).cdf),
    "beta_between": (
        {"beta": [0.5, 0.7], "between": [0.2, 0.3]},
        stats.beta(0.5, 0.7, loc=0.2, scale=0.1).cdf,
    ),
    "gamma": ({"gamma": [0.05, 0.5]}, stats.gamma(4, scale=0.0125).cdf),
    "normal_cut": (
        {"normal": [0.05, 0.03], "truncate": [0, 0.06]},
        cut(stats.norm(0.05, 0.03), 0, 0.06),
    ),
    "normal_tail": (
        {"normal": [0.05, 0.01], "truncate": [0.11, None]},
        cut_above(stats.norm(0.05, 0.01), 0.11),
    ),
    "lognormal_cut": (
        {"lognormal_cv": 0.3, "truncate": [0.06, 0.2]},
        cut(stats.lognorm(SIGMA, scale=0.05), 0.06, 0.2),
    ),
    "uniform_cut": ({"uniform": [0, 1], "truncate": [0.5, 2]}, stats.uniform(0.5, 0.5).cdf),
    "loguniform_cut": (
        {"loguniform": [1e-3, 1], "truncate": [None, 0.1]},
        stats.loguniform(1e-3, 0.1).cdf,
    ),
    "beta_cut": ({"beta": [2, 3], "truncate": [0.6, None]}, cut(stats.beta(2, 3), 0.6)),
    "gamma_tail": (
        {"gamma": [0.05, 0.5], "truncate": [0.25, None]},
        cut_above(stats.gamma(4, scale=0.0125), 0.25),
    ),
    "gamma_cut": (
        {"gamma": [0.05, 0.5], "truncate": [0.01, 0.06]},
        cut(stats.gamma(4, scale=0.0125), 0.01, 0.06),
    ),
}


def drawn(variation):
    """Kill of one drug, with the given distribution."""
    scenario = differing({"vary": {"drugs.B.kill": variation}})
    return draw_patients(scenario, 0, PATIENTS).values["drugs.B.kill"]


@pytest.mark.parametrize("name", LAWS)
def test_a_number_has_the_distribution_that_scipy_says(name):
    variation, cdf = LAWS[name]
    values = drawn(variation)
    low, high = variation.get("truncate", [None, None])
    assert low is None or values.min() >= low
    assert high is None or values.max() <= high
    assert stats.kstest(values, cdf).pvalue > FALSE_ALARM / len(LAWS)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("normal", {"normal": [0.051, 0.01]}),
        ("lognormal", {"lognormal": [0.05, 0.33]}),
        ("gamma", {"gamma": [0.05, 0.55]}),
        ("beta", {"beta": [2.2, 3]}),
        ("normal_tail", {"normal": [0.05, 0.0105], "truncate": [0.11, None]}),
        ("lognormal_cut", {"lognormal_cv": 0.3}),
    ],
)
def test_the_check_above_would_notice_another_distribution(name, wrong):
    assert stats.kstest(drawn(wrong), LAWS[name][1]).pvalue < FALSE_ALARM / len(LAWS)


def choices(weights) -> float:
    """p-value of a choice between three numbers, as if their weights were 1, 2 and 5."""
    variation = {"discrete": {"values": [0.01, 0.02, 0.03], "weights": weights}}
    seen = np.array([(drawn(variation) == value).sum() for value in (0.01, 0.02, 0.03)])
    return float(stats.chisquare(seen, np.array([1, 2, 5]) * PATIENTS / 8).pvalue)


def test_choices_have_their_weights():
    assert choices([1, 2, 5]) > FALSE_ALARM


def test_the_check_above_would_notice_other_weights():
    assert choices([1, 2, 4]) < FALSE_ALARM


def test_a_choice_without_weight_never_comes_out():
    variation = {"discrete": {"values": [0.01, 0.02, 0.03], "weights": [0, 1, 0]}}
    assert set(drawn(variation)) == {0.02}


NAMES = ("drugs.A.kill", "drugs.B.kill", "tumor.diagnosed_at", "age")
RANKS = {(0, 1): 0.6, (0, 2): -0.3, (1, 3): 0.5}


def correlated(ranks):
    """(4, 10 * patients) numbers of four distributions with rank correlations."""
    kinds = (
        {"lognormal_cv": 0.5},
        {"gamma": [0.05, 1]},
        {"loguniform": [1e8, 1e10]},
        {"normal": [65, 9], "truncate": [18, 70]},
    )
    content = {name: dict(kind) for name, kind in zip(NAMES, kinds, strict=True)}
    for (one, other), rank in ranks.items():
        content[NAMES[one]].setdefault("correlated_with", {})[NAMES[other]] = rank
    age = {"age": content.pop("age")}
    found = draw_patients(differing({"vary": content, "covariates": age}), 0, 10 * PATIENTS)
    return np.array([(found.values | found.covariates)[name] for name in NAMES])


def rank_errors(numbers, ranks):
    """z-score of each pair's Spearman correlation, and its expectation from ``ranks``.

    The error of a rank correlation rho of n pairs is at most sqrt((1 + rho^2 / 2) / (n - 3)) on the
    scale of its Fisher transform. Source: Bonett and Wright (2000), Psychometrika 65:23.
    """
    found = stats.spearmanr(numbers, axis=1).statistic
    scores = []
    for one in range(len(NAMES)):
        for other in range(one + 1, len(NAMES)):
            rank = ranks.get((one, other), 0.0)
            error = np.sqrt((1.0 + rank**2 / 2.0) / (numbers.shape[1] - 3))
            scores.append((np.arctanh(found[one, other]) - np.arctanh(rank)) / error)
    return np.abs(scores)


LIMIT = float(stats.norm.isf(FALSE_ALARM / 12))


def test_rank_correlations_are_as_asked_and_0_where_not():
    assert rank_errors(correlated(RANKS), RANKS).max() < LIMIT


def test_the_check_above_would_notice_a_pearson_correlation_in_its_place():
    # a copula with r = rho in place of 2 sin(pi rho / 6) has rank correlation 0.582 for 0.6
    pearson = {pair: 6.0 / np.pi * np.arcsin(rank / 2.0) for pair, rank in RANKS.items()}
    assert rank_errors(correlated(pearson), RANKS).max() > LIMIT


def test_correlated_numbers_keep_their_distributions():
    numbers = correlated(RANKS)
    sigma = np.sqrt(np.log1p(0.25))
    for row, law in ((0, stats.lognorm(sigma, scale=0.04)), (1, stats.gamma(1, scale=0.05))):
        assert stats.kstest(numbers[row], law.cdf).pvalue > FALSE_ALARM / 2


@pytest.mark.slow
def test_a_million_patients_are_drawn_in_seconds():
    vary = {
        "tumor.birth": {"normal": [0.16, 0.01], "truncate": [0.131, None]},
        "drugs.A.kill": {"gamma": [0.05, 0.5]},
        "drugs.B.kill": {"beta": [2, 3]},
        "drugs.A.levels.clearance": {
            "lognormal_cv": 0.3,
            "correlated_with": {"tumor.birth": 0.3},
        },
        "tumor.diagnosed_at": {"loguniform": [1e8, 1e10]},
    }
    drawing = Drawing(differing({"vary": vary}))
    start = time.process_time()
    for first in range(0, 1_000_000, 4096):
        drawing.patients(first, 4096)
    assert time.process_time() - start < 4.0
