"""Here: estimates of two arms against lifelines and by hand. Not here: their error rates over many
trials (see ``statistical/test_trials``).
"""

import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.statistics import logrank_test
from lifelines.utils import restricted_mean_survival_time

from countermove.foundation import ScenarioError
from countermove.trials import (
    hazard_ratio,
    log_rank,
    log_rank_batch,
    response_beside_durability,
    restricted_mean,
    restricted_mean_difference,
)


def data(number, *, grid=0.0, effect=1.4, seed=1):
    """Times, events and arms of a censored trial; on a grid of days where asked for ties."""
    rng = np.random.default_rng(seed)
    treated = rng.random(number) < 0.4
    event = rng.exponential(100.0, number) * np.where(treated, effect, 1.0)
    censored = rng.exponential(150.0, number)
    time = np.minimum(event, censored)
    return np.ceil(time / grid) * grid if grid else time, event <= censored, treated


CASES = [(20, 0.0), (200, 0.0), (200, 56.0), (31, 100.0), (1000, 7.0)]


@pytest.mark.parametrize(("number", "grid"), CASES)
def test_log_rank_agrees_with_lifelines(number, grid):
    time, event, treated = data(number, grid=grid)
    ours = log_rank(time, event, treated)
    theirs = logrank_test(time[treated], time[~treated], event[treated], event[~treated])
    assert ours.z**2 == pytest.approx(theirs.test_statistic)
    assert ours.p == pytest.approx(theirs.p_value)


@pytest.mark.parametrize(("number", "grid"), CASES)
def test_hazard_ratio_agrees_with_lifelines(number, grid):
    time, event, treated = data(number, grid=grid)
    table = pd.DataFrame({"time": time, "event": event, "treated": treated.astype(float)})
    exact = {"precision": 1e-14}  # theirs stops at a relative error near 1e-4 otherwise
    theirs = CoxPHFitter().fit(table, "time", "event", fit_options=exact)
    ours = hazard_ratio(time, event, treated)
    assert ours.ratio == pytest.approx(theirs.hazard_ratios_["treated"], rel=1e-6)
    assert ours.standard_error == pytest.approx(theirs.standard_errors_["treated"], rel=1e-6)
    edges = np.exp(theirs.confidence_intervals_.loc["treated"].to_numpy())
    np.testing.assert_allclose([ours.low, ours.high], edges, rtol=1e-5)


@pytest.mark.parametrize(("number", "grid"), CASES)
def test_restricted_mean_agrees_with_lifelines(number, grid):
    time, event, _ = data(number, grid=grid)
    ours = restricted_mean(time, event, horizon=100.0)
    fitted = KaplanMeierFitter().fit(time, event)
    assert ours.mean == pytest.approx(restricted_mean_survival_time(fitted, t=100.0))


def test_restricted_mean_without_censoring_is_a_plain_mean():
    time = np.array([1.0, 4.0, 9.0, 16.0])
    found = restricted_mean(time, np.ones(4), horizon=10.0)
    cut = np.minimum(time, 10.0)
    assert found.mean == pytest.approx(cut.mean())
    assert found.standard_error == pytest.approx(cut.std() / 2.0)


def test_difference_of_restricted_means():
    found = restricted_mean_difference(
        [1, 2, 3, 4, 8], [1, 1, 1, 1, 0], [0, 0, 1, 1, 1], horizon=2.0
    )
    assert found.mean == pytest.approx(2.0 - 1.5)
    assert restricted_mean_difference([1, 2, 3], [1, 1, 1], [0, 1, 1]).horizon == 1.0


def test_log_rank_by_hand():
    # times 1 (treated), 2 (control), 2 (treated, censored), 3 (control)
    found = log_rank([1, 2, 2, 3], [1, 1, 0, 1], [1, 0, 1, 0])
    assert found.observed == 1.0
    assert found.expected == pytest.approx(2 / 4 + 1 / 3)
    assert found.variance == pytest.approx(1 / 4 + 2 / 9)
    assert found.z < 0.0


@pytest.mark.parametrize("grid", [0.0, 30.0])
def test_a_batch_is_its_trials_one_by_one(grid):
    trials = [data(50, grid=grid, seed=seed) for seed in range(20)]
    time, event, treated = (np.array(each) for each in zip(*trials, strict=True))
    present = np.random.default_rng(2).random(time.shape) < 0.8
    observed, expected, variance = log_rank_batch(time, event, treated, present=present)
    for row, here in enumerate(present):
        one = log_rank(time[row, here], event[row, here], treated[row, here])
        assert observed[row] == one.observed
        assert expected[row] == pytest.approx(one.expected)
        assert variance[row] == pytest.approx(one.variance)


def test_arms_whose_events_lie_apart_give_no_finite_ratio():
    all_later = hazard_ratio([1, 2, 3, 4], [1, 1, 1, 1], [0, 0, 1, 1])
    assert (all_later.ratio, all_later.low, all_later.high) == (0.0, 0.0, math.inf)
    assert hazard_ratio([1, 2, 3, 4], [1, 1, 1, 1], [1, 1, 0, 0]).ratio == math.inf
    assert hazard_ratio([1, 2, 3, 4], [1, 0, 0, 0], [1, 0, 1, 0]).ratio == math.inf
    assert math.isnan(hazard_ratio([1, 2], [0, 0], [1, 0]).ratio)


def test_no_event_says_nothing():
    found = log_rank([1, 2, 3], [0, 0, 0], [1, 0, 1])
    assert (found.z, found.p) == (0.0, 1.0)


@pytest.mark.parametrize("function", [log_rank, hazard_ratio, restricted_mean_difference])
def test_bad_data_are_refused(function):
    with pytest.raises(ScenarioError, match="an empty arm"):
        function([1, 2], [1, 1], [1, 1])
    with pytest.raises(ScenarioError, match="three lists"):
        function([1, 2], [1], [1, 0])
    for wrong in (-1.0, math.nan, math.inf):
        with pytest.raises(ScenarioError, match="infinite or missing"):
            function([1, wrong], [1, 1], [1, 0])


def test_a_horizon_past_the_data_is_refused():
    with pytest.raises(ScenarioError, match="horizon: got 5 days"):
        restricted_mean([1, 4], [1, 0], horizon=5.0)
    assert restricted_mean([1, 4], [0, 1], horizon=5.0).mean == pytest.approx(4.0)


def test_response_beside_durability():
    found = response_beside_durability(
        [1, 1, 1, 1, 0, 0, 0, 0, 0, 0],
        [100, 200, 500, 600] + [math.nan] * 6,
        [1, 1, 0, 1] + [0] * 6,
    )
    assert (found.patients, found.responders, found.rate) == (10, 4, 0.4)
    assert found.interval == pytest.approx((0.1682, 0.6873), abs=1e-4)  # Wilson, 4 of 10
    assert found.median_duration == 200.0
    assert found.lasting == pytest.approx(0.5)
    assert found.durable == pytest.approx(0.2)


def test_a_response_followed_too_briefly_says_nothing_of_twelve_months():
    found = response_beside_durability([1, 1], [100, 200], [1, 0])
    assert found.lasting is None
    assert found.durable is None
    assert found.median_duration == 100.0


def test_nobody_responded_and_nobody_there():
    none = response_beside_durability([0, 0], [math.nan] * 2, [0, 0])
    assert (none.rate, none.median_duration, none.lasting) == (0.0, None, None)
    assert response_beside_durability([], [], []).rate is None


def test_responders_need_durations():
    with pytest.raises(ScenarioError, match="days for responders"):
        response_beside_durability([1], [math.nan], [0])
    with pytest.raises(ScenarioError, match="three lists"):
        response_beside_durability([1], [1, 2], [0])


def test_importing_trials_leaves_lifelines_alone():
    script = "import sys, countermove.trials; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert {"lifelines", "pandas", "matplotlib"}.isdisjoint(done.stdout.split())
