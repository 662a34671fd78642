"""Here: arms of the same patients compared. Not here: the command (faces/test_cli_compare)."""

import numpy as np
import pytest
from scipy.stats import binomtest

import countermove as cm
from countermove.foundation import ScenarioError
from countermove.trials.analysis import restricted_mean
from countermove.trials.arms import settled
from countermove.trials.gains import gains
from countermove.trials.paired import (
    better_under,
    horizon_of,
    mean_difference,
    restricted_values,
    share_difference,
)
from support.terminal import SMALL

FALSE_ALARM = 1e-6  # chance that a correct interval fails a statistical test
PFS = "imaging_progression_free_survival"

# Patients who differ, two drugs, deaths: every endpoint has something to say.
DIFFER = """\
countermove: 1
name: Patients who differ
tumor: {birth: 0.2 /day, death: 0.1 /day, diagnosed_at: 2e9 cells, lethal_at: 1e11 cells}
drugs: {A: {kill: 0.3 /day}, B: {kill: 0.2 /day}}
alterations:
  r: {mechanism: target, drug: A, rate: 1e-6}
  s: {mechanism: target, drug: B, rate: 1e-6}
treatment: {policy: sequential, drugs: [A, B]}
endpoints: {detectable: 1000 cells}
monitoring: {imaging: {every: 4 weeks, missed: 0.1, jitter: 2 days}}
patients: {number: 60, vary: {drugs.A.kill: {lognormal_cv: 0.3}}}
follow_up: 300 days
"""
POLICIES = ["sequential", "combination"]


@pytest.fixture(scope="module")
def found():
    return cm.compare(cm.loads(DIFFER), policies=POLICIES, progress=False)


@pytest.fixture(scope="module")
def small():
    return cm.loads(SMALL)


def test_all_arms_hold_the_same_patients(found):
    one, two = (found.runs[name].table for name in POLICIES)
    for name in ("drugs.A.kill", "tumor_age", "baseline"):
        assert np.array_equal(one[name], two[name])
    assert not np.array_equal(one[PFS], two[PFS])


def test_a_paired_difference_is_that_of_plain_numpy(found):
    one, two = (found.runs[name].table for name in POLICIES)
    horizon = found.horizons["overall_survival"]
    gap = np.minimum(two["overall_survival"], horizon) - np.minimum(
        one["overall_survival"], horizon
    )
    row = found.table().loc[("overall_survival", "combination")]
    half = 1.959964 * gap.std(ddof=1) / np.sqrt(gap.size)
    assert row["difference"] == pytest.approx(gap.mean())
    assert row["difference_low"] == pytest.approx(gap.mean() - half, rel=1e-6)
    assert row["difference_high"] == pytest.approx(gap.mean() + half, rel=1e-6)
    dose = two["dose_A"].mean() - one["dose_A"].mean()
    assert found.table().loc[("dose_A", "combination"), "difference"] == pytest.approx(dose)


def test_hazard_ratio_median_and_restricted_mean_are_those_of_lifelines(found):
    import pandas as pd
    from lifelines import CoxPHFitter, KaplanMeierFitter
    from lifelines.utils import restricted_mean_survival_time

    table = found.table()
    frames = []
    for number, arm in enumerate(POLICIES):
        own = found.runs[arm].table
        frames.append(
            pd.DataFrame({"time": own[PFS], "event": own["imaging_event"], "arm": number})
        )
        fit = KaplanMeierFitter().fit(frames[-1]["time"], frames[-1]["event"])
        row = table.loc[(PFS, arm)]
        median = fit.median_survival_time_
        assert row["estimate"] == median or (np.isnan(row["estimate"]) and median == np.inf)
        mean = restricted_mean_survival_time(fit, t=row["horizon"])
        assert row["restricted_mean"] == pytest.approx(mean, rel=1e-6)
    cox = CoxPHFitter().fit(pd.concat(frames), "time", "event")
    row = table.loc[(PFS, "combination")]
    assert row["hazard_ratio"] == pytest.approx(float(cox.hazard_ratios_["arm"]), rel=1e-4)
    low, high = np.exp(cox.confidence_intervals_.loc["arm"])
    assert (row["hazard_ratio_low"], row["hazard_ratio_high"]) == pytest.approx(
        (low, high), rel=1e-3
    )


def test_values_are_the_times_themselves_where_nobody_is_censored_early():
    rng = np.random.default_rng(1)
    time = rng.exponential(100.0, 200)
    event = np.ones(200, dtype=bool)
    assert np.array_equal(restricted_values(time, event, 150.0), np.minimum(time, 150.0))
    # and so does the general formula say: one patient censored changes the others' a little
    event[np.argmax(time)] = False
    late = restricted_values(time, event, float(time.max()))
    assert late == pytest.approx(time)


def test_values_of_censored_patients_add_up_to_the_area_under_the_curve():
    rng = np.random.default_rng(2)
    latent, gone = rng.exponential(100.0, 400), rng.uniform(20.0, 300.0, 400)
    time, event = np.minimum(latent, gone).round(), latent <= gone
    values = restricted_values(time, event, 200.0)
    area = restricted_mean(time, event, horizon=200.0)
    assert values.mean() == pytest.approx(area.mean)
    assert values.std() / 20.0 == pytest.approx(area.standard_error, rel=0.02)


def test_values_of_censored_patients_are_those_of_leaving_one_out():
    rng = np.random.default_rng(3)
    number = 2000
    latent, gone = rng.exponential(100.0, number), rng.uniform(20.0, 300.0, number)
    time, event = np.minimum(latent, gone), latent <= gone
    values = restricted_values(time, event, 200.0)
    for patient in range(0, number, 100):
        others = np.arange(number) != patient
        without = restricted_mean(time[others], event[others], horizon=200.0).mean
        left_out = number * values.mean() - (number - 1) * without
        assert values[patient] == pytest.approx(left_out, abs=0.5)


def test_the_horizon_is_as_far_as_every_arm_is_known():
    yes, no = np.array([True, True]), np.array([True, False])
    dead, alive = (np.array([10.0, 20.0]), yes), (np.array([10.0, 90.0]), no)
    assert horizon_of([dead, alive]) == 90.0
    assert horizon_of([alive, (np.array([5.0, 60.0]), no)]) == 60.0
    assert horizon_of([dead, dead]) == 20.0


def test_a_share_counts_only_who_differs():
    one = np.repeat([True, True, False, False], [40, 15, 5, 40])
    two = np.repeat([True, False, True, False], [40, 15, 5, 40])
    found = share_difference(one, two)
    assert found.value == pytest.approx(0.10)
    up, down = 16 / 102, 6 / 102
    half = 1.959964 * np.sqrt((up + down - (up - down) ** 2) / 102)
    assert (found.low, found.high) == pytest.approx((up - down - half, up - down + half))


def test_equal_arms_differ_by_nothing():
    same = cm.compare(cm.loads(DIFFER), arms={"one": {}, "two": {}}, patients=30, progress=False)
    table = same.table().xs("two", level="arm")
    assert (table["difference"].dropna() == 0.0).all()
    assert table["hazard_ratio"].dropna().to_numpy() == pytest.approx(1.0, abs=1e-9)
    who = same.gains()
    assert (who.better, who.worse, who.alike, len(who.ranking)) == (0, 0, 30, 0)


def test_a_holding_arm_switches_the_criterion_of_all_arms(small):
    plain = cm.compare(small, policies=["continuous", "none"], progress=False)
    assert plain.criterion == "Progression in all arms against the lowest burden so far (recist)."
    held = cm.compare(small, policies=["continuous", "adaptive"], progress=False)
    assert "in all arms against baseline, because adaptive pauses drugs" in held.criterion
    assert {runs.provenance["criterion"] for runs in held.runs.values()} == {"baseline"}
    asked = cm.replace(small, {"endpoints.criterion": "on_drug"})
    third = cm.compare(asked, policies=["continuous", "adaptive"], progress=False)
    assert {runs.provenance["criterion"] for runs in third.runs.values()} == {"on_drug"}


def test_blood_is_followed_by_one_alteration_in_all_arms():
    switch = cm.example("ctdna_switch")
    by_scans = {"treatment.policy": "sequential", "treatment.guided_by": "recist"}
    scans = cm.replace(switch, by_scans)
    arms, _ = settled({"scans": scans, "blood": switch})
    assert [arm.molecular_alteration for arm in arms.values()] == ["esr1", "esr1"]
    unseen = cm.replace(scans, {"monitoring.ctdna.panel": ["other_escape"]})
    arms, _ = settled({"scans": unseen, "blood": switch})
    assert [arm.molecular_alteration for arm in arms.values()] == ["", "esr1"]


def survival(what, seed):
    runs = cm.simulate(what, seed=seed, patients=300, progress=False)
    return runs.table["overall_survival"].to_numpy()


@pytest.fixture(scope="module")
def doses():
    """Survival under a dose with two seeds, and under a weaker one with two seeds."""
    full = cm.replace(cm.loads(DIFFER), {"follow_up": "500 days"})
    weaker = cm.replace(full, {"drugs.B.kill": "0.19 /day"})
    return {
        "full": survival(full, 1),
        "weaker": survival(weaker, 1),
        "weaker, another seed": survival(weaker, 2),
        "weaker, a third seed": survival(weaker, 3),
    }


def shrinks(doses, one, other):
    """Whether pairing with one arm halves the variance of the difference from another arm."""
    spread = [np.var(doses["full"] - doses[name]) for name in (one, other)]
    return spread[0] < 0.5 * spread[1]


def test_the_same_random_numbers_shrink_the_variance_of_a_difference(doses):
    assert shrinks(doses, "weaker", "weaker, another seed")


def test_the_check_above_would_notice_arms_of_other_patients(doses):
    assert not shrinks(doses, "weaker, a third seed", "weaker, another seed")


def covered(values_of, number=500, trials=400):
    """Trials whose interval holds the true difference: half as long again for the same patients."""
    rng, hits, horizon = np.random.default_rng(5), 0, 120.0
    truth = [s * 100.0 * -np.expm1(-horizon / (s * 100.0)) for s in (1.5, 1.0)]
    for _ in range(trials):
        latent = rng.exponential(100.0, number)
        arms = []
        for scale in (1.5, 1.0):
            gone = rng.uniform(10.0, 200.0, number)
            arms.append((np.minimum(scale * latent, gone), scale * latent <= gone))
        found = mean_difference(*(values_of(time, hit, horizon) for time, hit in arms))
        hits += found.low <= truth[0] - truth[1] <= found.high
    return hits, trials


def test_an_interval_of_censored_pairs_keeps_its_level():
    hits, trials = covered(restricted_values)
    assert binomtest(hits, trials, 0.95).pvalue > FALSE_ALARM


def test_the_check_above_would_notice_censoring_taken_for_events():
    hits, trials = covered(lambda time, hit, horizon: np.minimum(time, horizon))
    assert binomtest(hits, trials, 0.95).pvalue < FALSE_ALARM


def test_who_gains_and_which_number_decides_it():
    import pandas as pd

    rng = np.random.default_rng(4)
    number = rng.uniform(0.0, 1.0, 200)
    gap = 100.0 * (number - 0.3) + rng.normal(0.0, 5.0, 200)
    table = pd.DataFrame({"decides": number, "noise": rng.normal(size=200)})
    for name in ("tumor_age", "baseline", "intrinsic_carrier", "lesions", "largest_lesion"):
        table[name] = 1.0
    who = gains((PFS, "new", "old"), gap, (gap > 0, gap < 0), table)
    assert who.better + who.worse == 200
    assert list(who.ranking.index) == ["decides", "noise"]
    assert who.decided
    assert who.split.name == "decides"
    assert who.split.above.value == pytest.approx(gap[number > np.median(number)].mean())
    assert who.split.above.low > who.split.below.high
    assert "What decides it most is decides" in who.sentences()[1]
    table["intrinsic_carrier"] = number > 0.7
    ranked = gains((PFS, "new", "old"), gap * (number > 0.7), (gap > 0, gap < 0), table)
    carriers = ranked.sentences()[1]
    assert "is intrinsic_carrier" in carriers
    assert "without it the mean difference is 0 days (0 to 0), with it +" in carriers
    noise = table.assign(decides=rng.permutation(number), intrinsic_carrier=1.0)
    blind = gains((PFS, "new", "old"), gap, (gap > 0, gap < 0), noise)
    assert not blind.decided
    assert "beyond chance" in blind.sentences()[1]
    equal = noise.drop(columns=["decides", "noise"])
    assert (
        "the same numbers"
        in gains((PFS, "new", "old"), gap, (gap > 0, gap < 0), equal).sentences()[1]
    )


def test_who_was_censored_before_the_other_arm_is_no_gain():
    one = (np.array([50.0, 50.0, 30.0, 90.0]), np.array([True, False, True, False]))
    two = (np.array([30.0, 70.0, 50.0, 80.0]), np.array([True, True, False, False]))
    better, worse = better_under(one, two, 100.0)
    assert better.tolist() == [True, False, False, False]
    assert worse.tolist() == [False, False, True, False]


def test_patients_at_risk_and_reasons_are_counted_by_arm(found):
    risk = found.at_risk("overall_survival", [0.0, 100.0])
    for arm in POLICIES:
        own = found.runs[arm].table["overall_survival"]
        assert risk[arm].tolist() == [60, int((own >= 100.0).sum())]
    reasons = found.attribution()
    for arm in POLICIES:
        relapsed = (found.runs[arm].table["relapse_genotype"] != "").sum()
        assert reasons[arm].sum() == relapsed


def test_a_policy_with_lines_gets_each_drug_as_one():
    both = cm.replace(cm.loads(DIFFER), {"treatment.policy": "combination"})
    arms = cm.compare(both, policies=["combination", "sequential"], patients=2, progress=False)
    assert arms.runs["sequential"].document["treatment"]["drugs"] in (["A", "B"], [["A"], ["B"]])


def test_a_report_of_a_comparison_is_its_page_and_table(found, tmp_path):
    import pandas as pd

    assert cm.write_report(found, tmp_path).name == "compare.html"
    table = pd.read_csv(tmp_path / "compare.csv", index_col=["endpoint", "arm"])
    pd.testing.assert_frame_equal(table, found.table(), check_dtype=False)


def test_it_shows_itself(found):
    assert repr(found) == (
        "<Comparison of 'Patients who differ': combination with sequential, 60 patients each>"
    )
    html = found._repr_html_()
    assert "combination minus sequential" in html
    assert found.criterion in html


def test_means_skip_who_has_no_number():
    assert mean_difference([1.0, np.nan, 4.0], [0.0, 1.0, 1.0]).patients == 2
    assert mean_difference([np.nan], [1.0]).patients == 0


REFUSED = {
    "fewer than two": ({"policies": ["continuous"]}, "got one arm, expected at least two"),
    "an unknown policy": ({"policies": ["continuous", "adaptve"]}, "Did you mean 'adaptive'?"),
    "fields missing": (
        {"policies": ["continuous", "containment"]},
        "--arm 'containment=treatment.policy=containment,treatment.level=0.5'",
    ),
    "two of one name": ({"policies": ["none"], "arms": {"None": {}}}, "two arms called 'None'"),
    "other numbers": (
        {"arms": {"a": {}, "b": {"patients.number": 7}}},
        "patients.number: got 6 in a and 7 in b",
    ),
    "other seeds": ({"arms": {"a": {}, "b": {"seed": 7}}}, "seed: got 1 in a and 7 in b"),
    "other tumors": (
        {"arms": {"a": {}, "b": {"tumor.birth": "0.4 /day"}}},
        "other patients in b than in a: they differ in tumor_age",
    ),
    "two criteria": (
        {"arms": {n: {"endpoints.criterion": n} for n in ("recist", "baseline")}},
        "endpoints.criterion: got 'recist' in recist and 'baseline' in baseline",
    ),
    "two engines": (
        {"arms": {n: {"engine": n} for n in ("branching", "mean_field")}},
        "engine: got 'branching' in branching and 'mean_field' in mean_field",
    ),
    "a folder": ({"arms": {"a": {}, "b": {}}, "out": "x"}, "countermove compare"),
}


def test_several_scenarios_in_a_list_are_told_where_they_go(small):
    with pytest.raises(ScenarioError, match=r"arms=\{'usual': first, 'new': second\}"):
        cm.compare([small, small], progress=False)


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_compared_is_refused(case, small):
    arguments, words = REFUSED[case]
    with pytest.raises(ScenarioError) as caught:
        cm.compare(small, progress=False, **arguments)
    assert words in str(caught.value)


def test_questions_about_what_is_not_there_are_refused(found):
    with pytest.raises(ScenarioError, match="Did you mean 'combination'"):
        found.gains("combinatio")
    with pytest.raises(ScenarioError, match="Did you mean 'overall_survival'"):
        found.curves("overall_surviva")


def test_an_arm_may_be_a_policy_by_its_name():
    arms = {"both": "combination", "file": {}}
    found = cm.compare(cm.loads(DIFFER), arms=arms, patients=4, progress=False)
    policies = [runs.document["treatment"]["policy"] for runs in found.runs.values()]
    assert policies == ["combination", "sequential"]
