"""Here: headlines of known cohorts, read back: how often the interval has what is true.

Not here: one answer (``unit/test_headline``). A report is made of 100 patients who are drawn anew
from a cohort of the prior, and rounded as reports are.
"""

import numpy as np
import pytest
from scipy.stats import binomtest

import countermove as cm
from countermove.foundation import ScenarioError
from countermove.headlines import PRIOR, Cohorts
from countermove.headlines.asked import MONTH
from countermove.headlines.cohorts import PROGRESSION, SMALLEST_SEEN, burden
from support.helpers import FALSE_ALARM

REPORTS, PATIENTS, SIZE = 120, 100, 1e10
STATED = 0.8


def report_of(cohort: Cohorts, generator) -> dict[str, float]:
    """Headline numbers of a hundred patients of a cohort, by watching each one's course."""
    mine = {name: float(value[0]) for name, value in cohort.numbers.items()}
    middle = mine["resistant_fraction"]
    spread = generator.standard_normal((3, PATIENTS))
    logit = np.log(middle / (1 - middle)) + mine["spread_of_fraction"] * spread[0]
    fraction = 1 / (1 + np.exp(-logit))
    fraction[generator.random(PATIENTS) < mine["resistant_throughout"]] = 1.0
    regrowth = mine["regrowth"] * np.exp(mine["spread_of_regrowth"] * spread[1])
    kill = mine["net_kill"] * np.exp(mine["spread_of_kill"] * spread[2])
    days = np.arange(0.0, 3000.0, 1.0)[:, None]
    course = burden(days, fraction, regrowth, kill)
    lowest = np.minimum.accumulate(course)
    reference = np.maximum(lowest, SMALLEST_SEEN / SIZE)
    over = (course >= PROGRESSION * reference) & (course > lowest)
    first = np.where(over.any(0), over.argmax(0), np.inf)
    least = np.where(over.any(0), lowest[over.argmax(0), np.arange(PATIENTS)], lowest[-1])
    deepest = 1 - np.cbrt(least)
    return {
        "response_rate": round(float((deepest >= 0.3).mean()), 2),
        "depth": round(float(np.median(deepest)), 2),
        "months_to_progression": round(float(np.median(first)) / MONTH, 1),
    }


@pytest.fixture(scope="module")
def read_back():
    """For each report, whether the middle 80% cover what is true, and those of another cohort."""
    generator = np.random.default_rng(20)
    covered = {"lasting": [], "regrowth": [], "resistant_fraction": []}
    elsewhere = []
    while len(elsewhere) < REPORTS:
        pair = Cohorts(generator.random((1, len(PRIOR))), SIZE)
        other = Cohorts(generator.random((1, len(PRIOR))), SIZE)
        given = report_of(pair, generator)
        if not 0.5 <= given["months_to_progression"] <= 60:
            continue
        try:
            found = cm.headline(**given, size=SIZE, members=4000)
        except ScenarioError:
            elsewhere.append(False)
            for one in covered.values():
                one.append(False)
            continue
        free, wrong = (1 - one.share(one.progressed(365.25))[0] for one in (pair, other))
        low, _, high = found.lasting().loc[1]
        covered["lasting"].append(low <= free <= high)
        elsewhere.append(low <= wrong <= high)
        for name in ("regrowth", "resistant_fraction"):
            low, _, high = found.table().loc[name]
            covered[name].append(low <= pair.numbers[name][0] <= high)
    return covered, elsewhere


@pytest.mark.slow
@pytest.mark.statistical
@pytest.mark.parametrize("name", ["lasting", "regrowth", "resistant_fraction"])
def test_what_is_true_is_covered_at_the_stated_rate(read_back, name):
    hits = read_back[0][name]
    assert binomtest(sum(hits), len(hits), STATED).pvalue > FALSE_ALARM, np.mean(hits)


@pytest.mark.slow
@pytest.mark.statistical
def test_the_check_above_would_notice_intervals_of_another_cohort(read_back):
    hits = read_back[1]
    assert binomtest(sum(hits), len(hits), STATED).pvalue < FALSE_ALARM
