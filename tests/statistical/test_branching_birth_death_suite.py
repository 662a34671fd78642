"""The birth-death cases of the SBML Discrete Stochastic Model Test Suite, 001-01 to 001-19.

Here: one population that divides and dies, by its mean and sd each second up to 50, with the
suite's own scores; closed forms are the reference. Not here: immigration, which no tumor has.

The nineteen published files define five processes between them; the others repeat the first with a
sink, a rule, a volume or a rate written another way, which say nothing about an engine. Source:
Evans, Gillespie and Wilkinson (2008), doi:10.1093/bioinformatics/btm566.
"""

import math

import numpy as np
import pytest
from scipy import stats

from support.engine_runs import compiled, counts_over_time, exposure, given
from support.helpers import FALSE_ALARM

pytestmark = pytest.mark.statistical
RUNS = 10_000
SECONDS = np.arange(1, 51)
PROCESSES = {
    "01, and 02 06-10 12-17 19": (0.1, 0.11, 100),
    "03": (1.0, 1.1, 100),
    "04": (0.1, 0.11, 10),
    "05": (0.1, 0.11, 10_000),
    "11 and 18, half as fast": (0.05, 0.055, 100),
}
Z_RANGE, Y_RANGE = 3.0, 5.0


def excess_kurtosis(birth: float, death: float, cells: int, time: np.ndarray) -> np.ndarray:
    """Excess kurtosis of a linear birth-death count, by the factorial moments of Kendall's law."""
    growth = np.exp((birth - death) * time)
    ratio = birth * (growth - 1.0) / (birth - death)  # beta / (1 - beta)
    one, two, three, four = (math.factorial(j) * growth * ratio ** (j - 1) for j in range(1, 5))
    raw2, raw3, raw4 = two + one, three + 3 * two + one, four + 6 * three + 7 * two + one
    variance = raw2 - one**2
    fourth = raw4 - 4 * raw3 * one - 3 * raw2**2 + 12 * raw2 * one**2 - 6 * one**4
    return fourth / (cells * variance**2)


def scores(birth: float, death: float, cells: int, *, leap: float = 30.0, true_birth=None):
    """(Z, Y, sd of Y) at each second: the suite's scores, and how far Y itself spreads."""
    true_birth = birth if true_birth is None else true_birth
    model = compiled(
        f"birth: {birth}, death: {death}, start: {{cells: {cells}}}", "drugs: {A: {kill: 0.1}}"
    )
    seed = 1 + sum(map(ord, f"{birth} {death} {cells} {leap}"))
    course = exposure([0, 50], [[0.0]])
    counts = counts_over_time(model, given([cells], RUNS), course, SECONDS, seed=seed, leap=leap)
    net = true_birth - death
    growth = np.exp(net * SECONDS)
    mean = cells * growth
    variance = cells * (true_birth + death) / net * growth * (growth - 1.0)
    spread = np.sqrt(1.0 + 0.5 * excess_kurtosis(true_birth, death, cells, SECONDS))
    centered = counts[:, :, 0] - mean
    z = np.sqrt(RUNS) * centered.mean(axis=0) / np.sqrt(variance)
    y = np.sqrt(RUNS / 2.0) * ((centered**2).sum(axis=0) / (RUNS - 1.0) / variance - 1.0)
    return z, y, spread


def worst(z: np.ndarray, y: np.ndarray, spread: np.ndarray) -> float:
    """Worst score in units of the limit that a correct engine passes at the false alarm.

    Y spreads by 1 for a normal count, and by several where few runs are still alive (03); its tail
    is longer than normal there, for which half as much again is allowed.
    """
    limit = stats.norm.isf(FALSE_ALARM / 4.0 / SECONDS.size)
    return max(np.abs(z).max() / limit, np.abs(y / spread).max() / (1.5 * limit))


@pytest.mark.parametrize("name", PROCESSES)
def test_means_and_sds_fail_no_more_often_than_the_suite_expects(name):
    z, y, spread = scores(*PROCESSES[name])
    assert worst(z, y, spread) < 1.0


def test_failures_over_the_suite_are_as_few_as_the_suite_tolerates():
    """The suite's ranges, at 10,000 runs; it counts files, and expects some of its 39 to fail.

    It expects two or three files to fail on Z and five or six on Y. Of our five courses, 03 is
    expected to fail on Y: its late counts are so skewed that Y spreads beyond 5.
    """
    found = [scores(*numbers) for numbers in PROCESSES.values()]
    expected = [float(2 * stats.norm.sf(Y_RANGE / spread).max()) for _, _, spread in found]
    assert sum(chance > 0.01 for chance in expected) == 1
    assert sum(bool((np.abs(z) > Z_RANGE).any()) for z, _, _ in found) <= 3
    assert sum(bool((np.abs(y) > Y_RANGE).any()) for _, y, _ in found) <= 2


def test_one_leap_to_each_second_gives_the_same_moments_as_fifty():
    birth, death, cells = PROCESSES["05"]
    model = compiled(
        f"birth: {birth}, death: {death}, start: {{cells: {cells}}}", "drugs: {A: {kill: 0.1}}"
    )
    course = exposure([0, 50], [[0.0]])
    counts = counts_over_time(model, given([cells], RUNS), course, [50], seed=7, leap=50.0)[:, 0, 0]
    growth = np.exp((birth - death) * 50)
    sd = np.sqrt(cells * (birth + death) / (birth - death) * growth * (growth - 1.0))
    assert abs(counts.mean() - cells * growth) / sd * np.sqrt(RUNS) < stats.norm.isf(
        FALSE_ALARM / 2
    )
    chi = (RUNS - 1.0) * counts.var(ddof=1) / sd**2
    assert min(stats.chi2.cdf(chi, RUNS - 1), stats.chi2.sf(chi, RUNS - 1)) > FALSE_ALARM / 2


@pytest.mark.parametrize("name", PROCESSES)
def test_the_checks_above_would_notice_a_birth_rate_three_percent_off(name):
    birth, death, cells = PROCESSES[name]
    assert worst(*scores(birth, death, cells, true_birth=birth * 1.03)) > 1.0
