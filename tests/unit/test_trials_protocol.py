"""Here: a trial as a file states it, and what its strata, crossover and populations do.

Not here: bounds (``test_trials_bounds``), one conducted trial (``test_trials_conduct``).
"""

import numpy as np
import pandas as pd
import pytest

import countermove as cm
from countermove.foundation import ScenarioError
from countermove.trials import analyze, conduct, hazard_ratio, log_rank, pool
from countermove.trials.design import Arm, Design
from countermove.trials.protocol import protocol_of

FILE = """
countermove: 1
name: Tested
tumor: {birth: 0.14 /day, death: 0.1 /day, diagnosed_at: 1e10 cells, lethal_at: 1e12 cells}
drugs: {A: {kill: 0.05 /day}, B: {kill: 0.05 /day}}
alterations:
  a: {mechanism: target, drug: A, rate: 1e-6}
  b: {mechanism: target, drug: B, rate: 1e-6}
treatment: {policy: continuous, drugs: A}
monitoring: {imaging: {every: 56 days, error: 5%}, ctdna: {every: 56 days, panel: [a]}}
patients:
  number: 120
  vary: {tumor.birth: {normal: [0.14, 0.01], truncate: [0.115, 0.165]}}
  covariates: {site: {discrete: {values: [north, south], weights: [1, 3]}}}
  MORE
follow_up: 2 years
trial:
  arms: {ARMS}
  follow_up: 600 days
  OWN
"""
TWO = "usual: continuous, new: {policy: continuous, drugs: B}"


def asked(own="", arms=TWO, more=""):
    return cm.loads(FILE.replace("ARMS", arms).replace("OWN", own).replace("MORE", more))


def test_an_arm_takes_over_what_it_does_not_say():
    usual = "usual: {policy: sequential, guided_by: recist}"
    arms = f"{usual}, new: {{policy: continuous, drugs: B}}, later: {{policy: none, drugs: []}}"
    found = protocol_of(asked("accrual: 100 days", arms))
    assert list(found.arms) == ["usual", "new", "later"]
    assert [arm.treatment.drugs for arm in found.arms.values()] == [(("A",),), (("B",),), ()]
    assert {arm.follow_up for arm in found.arms.values()} == {700.0}
    assert found.design.accrual == pytest.approx(100.0)


def test_crossover_is_the_second_arms_treatment_at_progression():
    found = protocol_of(asked("crossover: true"))
    later = found.arms["usual"].treatment.at_progression
    assert later is not None
    assert later.drugs == (("B",),)
    assert found.arms["new"].treatment.at_progression is None


REFUSED = {
    "one arm": ({"arms": "usual: continuous"}, "trial.arms"),
    "an unknown policy": ({"arms": "usual: continuos, new: none"}, "trial.arms.usual"),
    "an unknown drug": (
        {"arms": "usual: continuous, new: {policy: continuous, drugs: C}"},
        "trial.arms.new.drugs.0"),
    "parts of no arm": ({"own": "allocation: {old: 2}"}, "trial.allocation.old"),
    "no such stratum": ({"own": "stratify: [sex]"}, "trial.stratify.0"),
    "looks that fall": ({"own": "looks: [70%, 50%, 1]"}, "trial.looks.1"),
    "looks without an end": ({"own": "looks: [50%]"}, "trial.looks.0"),
    "too many": ({"own": "patients: 121"}, "trial.patients"),
    "a clock after progression": (
        {"own": "crossover: true",
         "arms": "usual: continuous, new: {policy: pulsed, drugs: B, on: 7, off: 7}"},
        "trial.crossover"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_protocol_is_refused_by_field(name):
    given, where = REFUSED[name]
    with pytest.raises(ScenarioError) as caught:
        protocol_of(asked(**given))
    assert caught.value.where == where
    assert caught.value.expected


def test_a_part_of_zero_is_refused_when_the_file_is_read():
    with pytest.raises(ScenarioError, match=r"trial\.allocation\.new"):
        asked("allocation: {new: 0}")


def test_only_the_eligible_are_randomized():
    own = asked(more="eligible: ctdna.detected(a) > 0")
    own = cm.replace(own, {"alterations.a.rate": 3e-3})
    found = cm.trial(own, progress=False)
    table = found.runs["usual"].table
    yes = table["eligible"].to_numpy(dtype=bool)
    assert 5 < yes.sum() < 115
    assert found.conducted.arm.size == yes.sum()
    taken = found.runs["usual"].visits
    first = taken[(taken["observable"] == "ctdna.detected(a)") & (taken["day"] == 0)]
    kept = first.set_index("patient")["value"] > 0
    assert (kept == table["eligible"].iloc[: len(kept)].to_numpy()).all()
    with pytest.raises(ScenarioError, match="are eligible"):
        cm.trial(cm.replace(own, {"trial.patients": 119}), progress=False)


def test_strata_are_balanced_and_tested_within():
    found = cm.trial(asked("stratify: [site]"), progress=False)
    trial = found.conducted
    site = found.runs["usual"].table["site"].to_numpy()[trial.member]
    for each in ("north", "south"):
        arms = np.bincount(trial.arm[site == each], minlength=2)
        assert abs(arms[0] - arms[1]) <= 2  # one block that is cut off
    assert len(set(zip(site.tolist(), trial.stratum.tolist(), strict=True))) == 2


def test_stratified_estimates_are_those_of_lifelines():
    from lifelines import CoxPHFitter

    rng = np.random.default_rng(5)
    strata, treated = rng.integers(0, 3, 400), rng.random(400) < 0.5
    rate = 0.01 * 3.0**strata * np.where(treated, 0.6, 1.0)
    time = np.ceil(rng.exponential(1 / rate))  # with ties
    event = time < 150
    time = np.minimum(time, 150.0)
    frame = pd.DataFrame({"time": time, "event": event, "treated": treated, "strata": strata})
    fit = CoxPHFitter().fit(frame.astype(float), "time", "event", strata=["strata"])
    ours = hazard_ratio(time, event, treated, strata=strata)
    assert ours.ratio == pytest.approx(float(np.exp(fit.params_["treated"])), rel=1e-6)
    assert ours.standard_error == pytest.approx(float(fit.standard_errors_["treated"]), rel=1e-4)
    parts = [
        log_rank(time[strata == s], event[strata == s], treated[strata == s]) for s in (0, 1, 2)
    ]
    z = sum(p.expected - p.observed for p in parts) / np.sqrt(sum(p.variance for p in parts))
    assert log_rank(time, event, treated, strata=strata).z == pytest.approx(z)
    assert abs(z - log_rank(time, event, treated).z) > 0.5  # unlike the plain test


def test_crossover_dilutes_survival_and_not_progression():
    arms = "usual: {policy: sequential, drugs: A, guided_by: recist}, new: combination"
    base = asked(arms=arms)
    plain = cm.replace(base, {"treatment.drugs": ["A", "B"], "trial.endpoint": "overall_survival"})
    apart = cm.trial(cm.replace(plain, {"trial.follow_up": "1500 days"}), progress=False)
    crossed = cm.trial(
        cm.replace(plain, {"trial.follow_up": "1500 days", "trial.crossover": True}), progress=False
    )
    alone, after = (
        found.runs["usual"]
        .table[["overall_survival", "imaging_progression_free_survival"]]
        .median()
        for found in (apart, crossed)
    )
    assert after["overall_survival"] > 1.1 * alone["overall_survival"]
    assert after["imaging_progression_free_survival"] == alone["imaging_progression_free_survival"]
    assert crossed.table()["hazard_ratio"].iloc[1] > apart.table()["hazard_ratio"].iloc[1]
    gone = np.isfinite(crossed.conducted.crossover)
    assert gone.any()
    assert (crossed.conducted.arm[gone] == 0).all()


def design(**own):
    given = {"arms": (Arm("a", "x"), Arm("b", "y")), "patients": 200, "follow_up": 1e5}
    return Design(**{**given, **own})


def test_conditional_power_stops_a_trial_that_leads_nowhere():
    rng = np.random.default_rng(3)
    same = pool(rng.exponential(300.0, 200))
    trials = [
        analyze(conduct(design(looks=(0.5, 1.0), futility=0.2), [same, same], seed=s, paired=True))
        for s in range(300)
    ]
    first = [trial.comparisons[0].looks[0] for trial in trials]
    futile = np.array([trial.comparisons[0].futile for trial in trials])
    assert [look.futile for look in first] == futile.tolist()
    # below 20% where the trend points to less than the bound: z(1/2) < 1.39 by hand (b = 1.969)
    edge = np.array([look.z for look in first])
    assert edge[futile].max() < 0.98 < edge[~futile].min() + 0.05
    assert 0.75 < futile.mean() < 0.92  # Phi(0.968) = .834; 99.9% of repeats lie within


def test_the_conditional_power_is_the_chance_to_end_past_the_bound():
    """Against a random walk with the drift seen so far; 4 standard errors of 200,000 walks."""
    from countermove.trials.bounds import conditional_power

    rng = np.random.default_rng(1)
    z, part, bound = 1.4, 0.4, 1.99
    so_far = z * np.sqrt(part)
    ends = so_far + so_far / part * (1 - part) + np.sqrt(1 - part) * rng.standard_normal(200_000)
    seen = (ends > bound).mean()
    said = float(conditional_power(z, part, bound))
    assert said == pytest.approx(seen, abs=4 * np.sqrt(seen * (1 - seen) / 200_000))


def test_the_evaluable_have_stayed_until_a_scan():
    event = np.full(400, 500.0)
    one = pool(event, followed=1000.0, evaluable=np.where(np.arange(400) < 300, 50.0, np.inf))
    plan = design(patients=400, dropout_per_year=0.5, evaluable_only=True)
    trial = conduct(plan, [one, one], seed=2, paired=True)
    read = (trial.member < 300) & (np.minimum(trial.dropout, trial.end) >= 50.0)
    assert trial.analyzed.tolist() == read.tolist()
    assert analyze(trial).data.patient.size == read.sum() < 300


def test_the_truth_is_that_of_the_eligible():
    own = cm.replace(asked(more="eligible: ctdna.detected(a) > 0"), {"alterations.a.rate": 3e-3})
    found = cm.trial(own, progress=False)
    yes = found.runs["usual"].table["eligible"].to_numpy(dtype=bool)
    assert found.truth.patients == yes.sum() < found.screened
    difference = found.truth.table().loc[("overall_survival", "new"), "difference"]
    each = [one.table["overall_survival"].to_numpy()[yes] for one in found.runs.values()]
    end = found.truth.horizons["overall_survival"]
    gained = np.minimum(each[1], end) - np.minimum(each[0], end)
    assert difference == pytest.approx(gained.mean(), rel=1e-9)
