"""Here: one trial carried out and read. Not here: chances over many trials (see
``statistical/test_trials``).
"""

import math

import numpy as np
import pytest

from countermove.foundation import ScenarioError
from countermove.results.registry import OUTCOMES, outcome_table
from countermove.trials import (
    Arm,
    Design,
    analyze,
    conduct,
    design_power,
    pool,
    pool_from_table,
    sample_size,
)

TWO = (Arm("standard", "sequential"), Arm("upfront", "combination"))


def design(**changes):
    return Design(**{"arms": TWO, "patients": 200, "follow_up": 400.0, **changes})


def pools(effect=1.5, size=500, seed=1, **changes):
    """Exponential times to progression; four in ten respond."""
    rng = np.random.default_rng(seed)
    result = []
    for scale in (200.0, 200.0 * effect):
        event = rng.exponential(scale, size)
        start = np.where(rng.random(size) < 0.4, 0.2 * event, np.nan)
        result.append(pool(event, response_start=start, response_end=event, **changes))
    return result


def test_randomization_is_balanced_in_each_block():
    trial = conduct(design(allocation=(1, 2), patients=199), pools(), seed=1)
    blocks = trial.arm[:198].reshape(-1, 6)
    assert (blocks.sum(axis=1) == 4).all()
    assert len({tuple(block) for block in blocks}) > 1


def test_the_same_seed_gives_the_same_trial_and_another_seed_another():
    first, again, other = (conduct(design(), pools(), seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.member, again.member)
    np.testing.assert_array_equal(first.event, again.event)
    assert (first.member != other.member).any()


@pytest.mark.parametrize("size", [100, 150, 5000])
def test_nobody_is_drawn_twice(size):
    trial = conduct(design(), pools(size=size), seed=3)
    for arm in (0, 1):
        drawn = trial.member[trial.arm == arm]
        assert np.unique(drawn).size == drawn.size == 100
        assert drawn.max() < size


def test_with_paired_pools_nobody_is_in_two_arms():
    trial = conduct(design(), pools(size=200), seed=3, paired=True)
    assert np.array_equal(np.sort(trial.member), np.arange(200))


def test_entry_follows_the_pace():
    trial = conduct(design(accrual_per_month=10), pools(), seed=1)
    assert (np.diff(trial.entry) >= 0).all()
    assert 0.95 * 20 < trial.entry[-1] / (365.25 / 12) <= 20
    assert trial.final_day == pytest.approx(trial.entry[-1] + 400.0)


def test_each_look_sees_its_share_of_the_events():
    trial = conduct(design(looks=(0.4, 0.8, 1.0), accrual_months=12), pools(), seed=1)
    seen = [int(trial.at(look).event.sum()) for look in range(3)]
    assert seen == [math.ceil(0.4 * seen[2]), math.ceil(0.8 * seen[2]), trial.planned]
    early = trial.at(0)
    assert early.patient.size < 200
    assert (early.time + trial.entry[early.patient] <= early.day * (1 + 1e-12)).all()


def test_planned_events_that_never_come_end_on_the_final_day():
    trial = conduct(design(looks=(0.5, 0.9, 1.0), events=1000), pools(), seed=1)
    assert trial.look_days.tolist() == [trial.final_day]
    assert analyze(trial).comparisons[0].looks[-1].bound == pytest.approx(1.95996, abs=1e-4)


def test_dropout_censors():
    trial = conduct(design(dropout_per_year=0.9), pools(), seed=1)
    data = trial.at(-1)
    lost = trial.dropout < np.minimum(trial.event, 400.0)
    assert lost.sum() > 20
    assert not data.event[lost].any()
    np.testing.assert_array_equal(data.time[lost], trial.dropout[lost])


def test_a_course_that_ends_censors():
    short = [pool([math.inf] * 200, followed=100.0) for _ in TWO]
    data = conduct(design(), short, seed=1).at(-1)
    assert (data.time == 100.0).all()
    assert not data.event.any()


def test_crossover_changes_survival_of_the_control_arm_alone():
    event = np.full(200, 300.0)
    arms = [pool(event, progression=event / 3, crossed=event * 2) for _ in TWO]
    plan = design(endpoint="overall_survival", crossover_on_progression=True, follow_up=1000.0)
    trial = conduct(plan, arms, seed=1)
    assert (trial.event[trial.arm == 0] == 600.0).all()
    assert (trial.event[trial.arm == 1] == 300.0).all()
    assert (trial.crossover[trial.arm == 0] == 100.0).all()
    assert np.isinf(trial.crossover[trial.arm == 1]).all()


def test_reading_stops_at_the_first_bound_crossed():
    plan = design(looks=(0.5, 0.75, 1.0), spending="pocock")
    result = analyze(conduct(plan, pools(effect=4.0), seed=1))
    found = result.comparisons[0]
    assert found.rejected
    assert found.favors == "upfront"
    assert len(found.looks) == 1
    assert found.looks[0].z > found.looks[0].bound
    assert found.hazard_ratio.ratio < 0.6
    assert result.data.event.sum() == found.looks[0].events


def test_reading_to_the_end_where_nothing_is_found():
    result = analyze(conduct(design(looks=(0.5, 1.0)), pools(effect=1.0), seed=4))
    found = result.comparisons[0]
    assert not found.rejected
    assert found.favors == ""
    assert [look.fraction for look in found.looks] == pytest.approx([0.5, 1.0], abs=0.01)
    assert [each.patients for each in result.responses] == [100, 100]


def test_three_arms_share_alpha():
    three = (*TWO, Arm("third", "adaptive"))
    trial = conduct(design(arms=three), [*pools(), pools()[0]], seed=1)
    found = analyze(trial).comparisons
    assert [each.arm for each in found] == ["upfront", "third"]
    assert found[0].looks[0].bound == pytest.approx(2.2414, abs=1e-4)  # 0.025 two-sided


def test_a_trial_without_an_event_is_read_all_the_same():
    arms = [pool([math.inf] * 200) for _ in TWO]
    result = analyze(conduct(design(looks=(0.5, 1.0)), arms, seed=1))
    found = result.comparisons[0]
    assert not found.rejected
    assert found.log_rank.p == 1.0
    assert math.isnan(found.hazard_ratio.ratio)


def test_lifelines_says_the_same():
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import logrank_test
    from lifelines.utils import median_survival_times

    result = analyze(conduct(design(dropout_per_year=0.2), pools(), seed=1))
    data, sides = result.data, [result.data.arm == number for number in range(2)]
    new, old = sides[1], sides[0]
    test = logrank_test(data.time[new], data.time[old], data.event[new], data.event[old])
    assert test.p_value == pytest.approx(result.comparisons[0].log_rank.p)
    for side, curve in zip(sides, result.curves, strict=True):
        fit = KaplanMeierFitter().fit(data.time[side], data.event[side])
        assert fit.median_survival_time_ == curve.median
        edges = [math.inf if edge is None else edge for edge in curve.median_interval]
        band = median_survival_times(fit.confidence_interval_)
        assert band.iloc[0].tolist() == pytest.approx(edges)
        table = fit.event_table.loc[fit.event_table.index > 0, "at_risk"]
        np.testing.assert_array_equal(curve.at_risk_at(table.index.to_numpy()), table)


def test_pools_that_do_not_fit_are_refused():
    small = pools(size=50)
    for call in (conduct, design_power):
        with pytest.raises(ScenarioError, match="one an arm"):
            call(design(), small[:1], seed=1)
        with pytest.raises(ScenarioError, match=r"outcomes\.0: got 50 patients.*at least 100"):
            call(design(), small, seed=1)
        with pytest.raises(ScenarioError, match="at least 200"):
            call(design(), pools(size=150), seed=1, paired=True)
        with pytest.raises(ScenarioError, match="the same patients"):
            call(design(), [pools(size=500)[0], pools(size=400)[1]], seed=1, paired=True)
    with pytest.raises(ScenarioError, match="trials: got 0"):
        design_power(design(), pools(), seed=1, trials=0)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (([],), "at least one"),
        (([1.0, -2.0],), r"event\.1: got -2 days"),
        (([[1.0]],), "event: got an array of shape"),
    ],
)
def test_outcomes_that_make_no_sense_are_refused(arguments, match):
    with pytest.raises(ScenarioError, match=match):
        pool(*arguments)


def test_an_event_after_the_course_ended_is_refused():
    with pytest.raises(ScenarioError, match=r"followed\.1: got 5 days"):
        pool([1.0, 9.0], followed=5.0)
    with pytest.raises(ScenarioError, match="2 numbers"):
        pool([1.0, 2.0], followed=[5.0, 5.0, 5.0])


def table_of(progression, lethal, followed):
    """Outcome table with given times; the rest is filler."""
    size = len(progression)
    columns = {name: np.zeros(size) for name in OUTCOMES}
    died = [not math.isnan(day) for day in lethal]
    ends = [day if dead else end for day, dead, end in zip(lethal, died, followed, strict=True)]
    shown = np.isfinite(progression)
    free = np.fmin(progression, ends)
    columns |= {"died": died, "overall_survival": ends, "best_overall_response": ["PR"] * size}
    columns |= {"imaging_progressed": shown, "imaging_time_to_progression": progression}
    columns |= {"imaging_progression_free_survival": free, "imaging_event": shown | died}
    columns |= {"imaging_time_to_response": [10.0] + [math.nan] * (size - 1)}
    columns |= {"imaging_duration_of_response": [30.0] + [math.nan] * (size - 1)}
    columns |= {"imaging_response_ended": [True] + [False] * (size - 1)}
    return outcome_table(columns)


def test_endpoints_from_an_outcome_table():
    nan = math.nan
    table = table_of([40.0, nan, 50.0, nan], [90.0, 60.0, nan, nan], [100.0] * 4)
    ttp = pool_from_table(table)
    assert ttp.event.tolist() == [40.0, math.inf, 50.0, math.inf]
    assert ttp.followed.tolist() == [90.0, 60.0, 100.0, 100.0]
    pfs = pool_from_table(table, "progression_free_survival")
    assert pfs.event.tolist() == [40.0, 60.0, 50.0, math.inf]
    survival = pool_from_table(table, "overall_survival")
    assert survival.event.tolist() == [90.0, 60.0, math.inf, math.inf]
    assert survival.progression.tolist() == [40.0, math.inf, 50.0, math.inf]
    assert ttp.response_end[0] == 40.0
    assert ttp.responded.tolist() == [True, False, False, False]
    with pytest.raises(ScenarioError, match="Did you mean"):
        pool_from_table(table, "overal_survival")


def test_sample_size_finds_the_normal_answer():
    arms = pools(effect=1.5, size=20_000)
    plan = design(patients=60, follow_up=5000.0)
    found = sample_size(plan, arms, seed=1, target=0.8)
    needed = 4 * ((1.96 + 0.8416) / math.log(1.5)) ** 2  # events, Schoenfeld (1981)
    assert found.interval[0] * 0.9 < needed < found.interval[1] * 1.1
    assert found.cells[0].patients < found.patients
    assert {cell.patients: cell for cell in found.cells}[found.patients].power >= 0.8


def test_sample_size_out_of_reach_is_refused():
    with pytest.raises(ScenarioError, match="Simulate larger pools"):
        sample_size(design(), pools(effect=1.0), seed=1, trials=100)
    with pytest.raises(ScenarioError, match="target: got 1"):
        sample_size(design(), pools(), seed=1, target=1.0)
