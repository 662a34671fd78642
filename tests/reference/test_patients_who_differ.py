"""Here: cohorts of patients who differ, and of several lesions, through whole runs: against the
patient run alone and closed forms.

Not here: the distributions drawn from (``statistical/test_drawn_patients``), published curves
(``test_better_of_two_drugs``).
"""

import numpy as np
import pytest
from scipy.stats import binomtest

import countermove as cm
from countermove.foundation import EngineRefusal, ScenarioError
from support.cohorts import same_bits, words
from support.helpers import FALSE_ALARM

TEXT = """
countermove: 1
name: Patients who differ
tumor: {birth: 0.14 /day, death: 0.13 /day, diagnosed_at: 1e8 cells}
drugs:
  A:
    kill: 0.05 /day
    ec50: 1 uM
    levels: {kind: one_compartment, dose: 300 mg, every: 1 day, clearance: 50 L/day, volume: 100 L,
             molar_mass: 400, absorption: 3 /day}
  B: {kill: 0.05 /day}
alterations:
  a: {mechanism: target, drug: A, rate: 1e-7, fold: 50}
  b: {mechanism: target, drug: B, rate: 1e-7}
states: {asleep: {enter: 1e-4 /day, leave: 0.02 /day, birth: 0, death: 0.1, protection: 0.9}}
treatment: {policy: sequential, drugs: [A, B]}
follow_up: 3 years
"""
PATHS = {
    "drugs.A.levels.clearance": "{lognormal_cv: SPREAD}",
    "drugs.A.kill": "{lognormal_cv: SPREAD}",
    "alterations.a.rate": "{lognormal_cv: SPREAD}",
    "states.asleep.leave": "{lognormal_cv: SPREAD}",
    "tumor.diagnosed_at": "{lognormal_cv: SPREAD}",
    "tumor.birth": "{lognormal_cv: SMALL, correlated_with: {drugs.A.kill: 0.5}}",
}
PATIENTS = 24


def scenario(spread=None, *, policy=None, text=TEXT):
    text = text if policy is None else text.replace("sequential, drugs: [A, B]", policy)
    if spread is not None:
        vary = ", ".join(f"{path}: {law}" for path, law in PATHS.items())
        vary = vary.replace("SPREAD", str(spread)).replace("SMALL", str(spread / 50))
        text += f"patients: {{vary: {{{vary}}}}}\n"
    return cm.loads(text)


@pytest.fixture(scope="module")
def varied():
    return cm.simulate(scenario(0.3), patients=PATIENTS, chunk=PATIENTS)


@pytest.mark.parametrize("engine", ["branching", "mean_field"])
def test_patients_who_differ_by_nothing_are_the_uniform_cohort_bit_for_bit(engine):
    count = PATIENTS if engine == "branching" else 1
    uniform = cm.simulate(scenario(), patients=count, engine=engine)
    same = cm.simulate(scenario(0), patients=count, engine=engine)
    assert set(PATHS) <= set(same.table.columns)
    kept = cm.Runs(same.trajectories, same.table[uniform.table.columns], {}, {})
    assert same_bits(uniform, kept)


@pytest.mark.parametrize("engine", ["branching", "mean_field"])
def test_each_patient_is_that_patient_run_alone(engine):
    runs = cm.simulate(scenario(0.3), patients=8, engine=engine)
    table = runs.outcomes()
    for patient in (0, 3, 7):
        numbers = {path: float(table[path][patient]) for path in PATHS}
        own = cm.simulate(
            cm.replace(scenario(), numbers),
            patients=patient + 1 if engine == "branching" else 1,
            engine=engine,
        ).outcomes()
        alone, here = own.iloc[-1], table.loc[patient]
        for name in own.columns:
            assert alone[name] == here[name] or alone[name] != alone[name], name


@pytest.mark.parametrize("settings", [{"chunk": 5}, {"chunk": 7, "threads": 2}, {"every": 5.0}])
def test_chunks_threads_and_recorded_days_do_not_matter(varied, settings):
    other = cm.simulate(scenario(0.3), patients=PATIENTS, **settings)
    assert words(other.table).equals(words(varied.table))


def test_the_same_seed_has_the_same_patients_under_every_policy(varied):
    other = cm.simulate(scenario(0.3, policy="continuous, drugs: [B]"), patients=PATIENTS)
    for name in (*PATHS, "tumor_age", "baseline", "largest_lesion"):
        assert other.table[name].equals(varied.table[name]), name
    assert not other.table["nadir"].equals(varied.table["nadir"])


def test_patients_differ_and_their_courses_follow_their_numbers(varied):
    table = varied.outcomes()
    assert all(table[path].nunique() == PATIENTS for path in PATHS)
    order = table[["drugs.A.kill", "time_to_response"]].corr("spearman").iloc[0, 1]
    assert order < -0.5  # a stronger kill, a sooner response


def test_clones_are_recorded_of_patients_who_differ():
    runs = cm.simulate(scenario(0.3), patients=4, clones=True)
    by_clone = runs.clones.groupby("patient")["now"].sum().to_numpy()
    assert np.array_equal(by_clone, runs.outcomes()["final"].to_numpy())


SIMPLE = """
countermove: 1
name: Lesions
tumor: {birth: 1 /day, death: 0.5 /day, diagnosed_at: 1e5 cells}
drugs: {A: {kill: 5 /day}}
alterations: {r: {mechanism: target, drug: A, rate: 2e-6}}
treatment: {policy: continuous, drugs: A}
follow_up: 60 days
"""


@pytest.mark.statistical
def test_five_lesions_are_cured_with_the_fifth_power_of_the_chance_of_one():
    one = cm.exact(cm.loads(SIMPLE))
    five = cm.exact(cm.loads(SIMPLE + "lesions: 5\n"))
    assert five.cured == pytest.approx(one.cured**5, rel=1e-12)
    assert five.no_resistant_at_start["A"] == pytest.approx(one.no_resistant_at_start["A"] ** 5)
    table = cm.simulate(cm.loads(SIMPLE + "lesions: 5\n"), patients=4000).outcomes()
    cured = int(table["cured"].sum())
    assert 0.2 < five.cured < 0.6
    assert binomtest(cured, 4000, five.cured).pvalue > FALSE_ALARM
    assert binomtest(cured, 4000, one.cured).pvalue < FALSE_ALARM
    assert (table["lesions"] == 5).all()
    assert ((table["lesions_left"] == 0) == (table["final"] == 0.0)).all()


@pytest.mark.statistical
def test_the_age_of_the_oldest_of_several_lesions_is_not_guessed():
    assert np.isnan(cm.exact(cm.loads(SIMPLE + "lesions: 5\n")).mean_time_to_diagnosis)
    assert cm.exact(cm.loads(SIMPLE + "lesions: 1\n")).mean_time_to_diagnosis > 0.0


def test_exact_averages_the_patients_that_are_drawn():
    vary = "patients: {number: 150, vary: {alterations.r.rate: {loguniform: [1e-7, 1e-5]}}}\n"
    own = cm.loads(SIMPLE + vary)
    expected = cm.exact(own).cured
    cured = int(cm.simulate(own).outcomes()["cured"].sum())
    middle = cm.exact(cm.replace(cm.loads(SIMPLE), {"alterations.r.rate": 1e-6})).cured
    assert binomtest(cured, 150, expected).pvalue > FALSE_ALARM
    assert abs(expected - middle) > 0.03  # an average is not the patient in the middle
    with pytest.raises(EngineRefusal, match="at most 1,000"):
        cm.exact(cm.replace(own, {"patients.number": 2000}))


def test_a_relapse_names_the_lesion_that_the_drug_does_not_reach():
    text = SIMPLE.replace("r: {mechanism: target, drug: A, rate: 2e-6}", "").replace(
        "drugs: {A: {kill: 5 /day}}", "drugs: {A: {kill: 5 /day, levels: 3}}"
    )
    text += """
niches: {brain: {penetration: {A: 0}}}
lesions: [{size: 1e5 cells, name: liver}, {size: 1e3 cells, niche: brain, name: head}]
"""
    runs = cm.simulate(cm.loads(text), patients=30)
    table = runs.outcomes()
    assert set(table["relapse_lesion"]) == {"head"}
    assert set(table["relapse_route"]) == {"sheltered niche"}
    assert (table["largest_lesion"] == 1e5).all()
    assert (table["lesions_left"] == 1).all()
    assert (table["new_lesions"] == 1).all()  # too small to be seen, then seen
    burden = runs.trajectories["lesion_burden"]
    np.testing.assert_array_equal(burden.sum("lesion"), runs.trajectories["burden"])
    assert (burden[:, -1, 0] == 0.0).all()


@pytest.mark.statistical
def test_intrinsic_resistance_is_a_share_of_the_patients():
    text = SIMPLE + "intrinsic: {alteration: r, share_of_patients: 0.2}\n"
    table = cm.simulate(cm.loads(text), patients=3000).outcomes()
    never = int((~table["responded"]).sum())
    assert never == int(table["intrinsic_carrier"].sum())
    assert binomtest(never, 3000, 0.2).pvalue > FALSE_ALARM
    assert binomtest(never, 3000, 0.25).pvalue < FALSE_ALARM


def test_a_covariate_that_would_hide_an_outcome_is_refused():
    covariates = "patients: {covariates: {cured: {normal: [65, 9]}}}\n"
    with pytest.raises(ScenarioError, match=r"patients\.covariates\.cured"):
        cm.check(cm.loads(SIMPLE + covariates))
