"""Here: death, progression and censoring of whole runs, against closed forms and a slow reading of
finely recorded courses. Not here: single leaps (``unit/test_watching``), visits.
"""

import numpy as np
import pytest
from scipy.stats import binomtest

import countermove as cm
from support.cohorts import words
from support.helpers import FALSE_ALARM

# scans every 8 weeks are a little too rare to hold this tumor, which is what these tests are about
pytestmark = pytest.mark.filterwarnings("ignore:monitoring.imaging.every")

HEAD = "countermove: 1\nname: test\n"
PATIENTS = 40
ADAPTIVE = """
tumor: {birth: 0.14 /day, death: 0.13 /day, diagnosed_at: 1e9 cells, lethal_at: 2e10 cells}
drugs: {A: {kill: 0.05 /day}, B: {kill: 0.05 /day}}
alterations:
  a: {mechanism: target, drug: A, rate: 1e-7}
  b: {mechanism: target, drug: B, rate: 1e-7}
treatment: {policy: POLICY}
follow_up: 6 years
"""
POLICIES = ("adaptive, drugs: [A]", "sequential, drugs: [A, B]", "continuous, drugs: [A]")


def run(policy, **settings):
    scenario = cm.loads(HEAD + ADAPTIVE.replace("POLICY", policy))
    return cm.simulate(scenario, patients=PATIENTS, **settings)


def growing(start, *, years=10):
    return cm.loads(
        HEAD + f"tumor: {{birth: 1 /day, death: 0.3 /day, start: {{cells: {start}}}}}\n"
        f"treatment: {{policy: none}}\nfollow_up: {years} years\n"
    )


@pytest.mark.statistical
def test_who_grows_at_seven_tenths_a_day_dies_or_was_never_there():
    """One cell is extinct with probability d/b, which `exact` says too; the others all die."""
    scenario = growing(1)
    table = cm.simulate(scenario, patients=2000).outcomes()
    gone = cm.exact(scenario).cured
    assert gone == pytest.approx(0.3)
    assert binomtest(int(table["cured"].sum()), 2000, gone).pvalue > FALSE_ALARM
    assert (table["died"] != table["cured"]).all()
    assert table["final"].max() <= 1.0001e12


def test_a_tumor_dies_of_its_burden_on_the_day_of_the_closed_form_and_is_never_cured():
    table = cm.simulate(growing(1e10), patients=50).outcomes()
    assert table["died"].all()
    assert not table["cured"].any()
    assert table["overall_survival"].to_numpy() == pytest.approx(np.log(100.0) / 0.7, abs=0.01)
    assert table["progression_free_survival"].to_numpy() == pytest.approx(
        np.log(1.728) / 0.7, abs=0.01
    )


@pytest.mark.parametrize("policy", POLICIES)
def test_no_outcome_depends_on_the_days_that_are_recorded_or_how_many_courses_are_kept(policy):
    whole = words(run(policy).table)
    assert words(run(policy, every=1.0, keep=3).table).equals(whole)
    assert words(run(policy, every=91.0, keep=0, chunk=7).table).equals(whole)


def slow_reading(runs, *, response=0.343, progression=1.728, nadir):
    """Endpoints read day by day off recorded courses: a second reading, without interpolation."""
    days, courses = runs.trajectories["time"].to_numpy(), runs.trajectories["burden"].to_numpy()
    floor = 4 / 3 * np.pi * 0.25**3 * 1e9
    found = []
    for burden in courses:
        base = lowest = burden[0]
        fell = rose = died = np.nan
        for day, cells in zip(days[1:], burden[1:], strict=True):
            if np.isnan(died) and cells >= 2e10 * 0.9999:
                died = day
            if np.isnan(rose) and cells >= progression * max(lowest if nadir else base, floor):
                rose = day
            if np.isnan(rose) and np.isnan(fell) and cells <= response * base:
                fell = day
            lowest = min(lowest, cells)
        end = died if died == died else days[-1]
        found.append((fell, rose, end, min(rose, end) if rose == rose else end, died == died))
    return np.array(found, dtype=float)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_slow_reading_of_daily_courses_gives_the_same_times(policy):
    """Two days apart at most: the record is a day wide, and each reading takes a side of it."""
    runs = run(policy, every=1.0, longest_leap=1.0)
    slow = slow_reading(runs, nadir="adaptive" not in policy)
    table = runs.outcomes()
    columns = ("time_to_response", "time_to_progression", "overall_survival",
               "progression_free_survival")  # fmt: skip
    for place, name in enumerate(columns):
        np.testing.assert_allclose(table[name], slow[:, place], atol=2.0, err_msg=name)
    assert table["died"].tolist() == slow[:, 4].astype(bool).tolist()
    assert table["progressed"].any()


def test_the_slow_reading_would_notice_the_other_criterion():
    runs = run(POLICIES[0], every=1.0)
    slow = slow_reading(runs, nadir=True)
    assert (np.abs(runs.outcomes()["time_to_progression"] - slow[:, 1]) > 100.0).sum() > 20


def test_planned_regrowth_is_no_progression_unless_asked_for():
    judged = run(POLICIES[0])
    assert judged.provenance["criterion"] == "baseline"
    planned = cm.simulate(
        cm.replace(
            cm.loads(HEAD + ADAPTIVE.replace("POLICY", POLICIES[0])),
            {"endpoints.criterion": "recist"},
        ),
        patients=PATIENTS,
    ).outcomes()
    own = judged.outcomes()
    assert planned["time_to_progression"].median() < 0.5 * own["time_to_progression"].median()
    assert (planned["relapse_mechanisms"] == "off drug").mean() > 0.9
    assert "no alteration" not in set(own["relapse_mechanisms"])


def test_on_drug_progression_is_that_of_resistant_cells_alone():
    scenario = cm.replace(
        cm.loads(HEAD + ADAPTIVE.replace("POLICY", POLICIES[0])),
        {"endpoints.criterion": "on_drug"},
    )
    table = cm.simulate(scenario, patients=PATIENTS).outcomes()
    relapsed = table[table["progressed"]]
    assert len(relapsed) > 10
    assert set(relapsed["relapse_mechanisms"]) == {"target"}


@pytest.mark.statistical
def test_a_hazard_of_death_at_a_constant_burden_is_an_exponential_law():
    """A tumor held at its capacity: deaths at the hazard of that burden. Kolmogorov-Smirnov."""
    from scipy.stats import kstest

    text = HEAD + (
        "tumor: {birth: 0.2 /day, death: 0.1 /day, start: {cells: 1e9}, lethal_at: 1e10,"
        " lethal_hazard: 0.1 /day, growth: {law: logistic, capacity: 1e9, acts_on: death}}\n"
        "treatment: {policy: none}\nfollow_up: 20 years\n"
    )
    table = cm.simulate(cm.loads(text), patients=1000).outcomes()
    assert table["died"].all()
    days = table["overall_survival"].to_numpy()
    assert kstest(days, "expon", args=(0.0, 100.0)).pvalue > FALSE_ALARM
    assert kstest(days, "expon", args=(0.0, 80.0)).pvalue < FALSE_ALARM


def test_origins_that_are_not_followed_are_said_so():
    scenario = cm.loads(HEAD + ADAPTIVE.replace("POLICY", POLICIES[2]))
    runs = cm.simulate(scenario, patients=10, origins=False)
    assert set(runs.outcomes()["relapse_origin"]) == {"not followed"}
    assert runs.provenance["origins"] == "not followed"
    assert set(runs.trajectories["origin"].to_numpy()) == {"not followed"}


def test_a_pulsed_drug_is_one_line():
    text = ADAPTIVE.replace("POLICY", "pulsed, drugs: [A], on: 2 weeks, off: 2 weeks")
    table = cm.simulate(cm.loads(HEAD + text), patients=10).outcomes()
    assert set(table["lines"]) == {1}
    assert set(run(POLICIES[1]).outcomes()["lines"]) <= {1, 2}
