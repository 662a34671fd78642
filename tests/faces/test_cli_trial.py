"""Here: ``countermove trial``, its table, its files, and files that hold no trial.

Not here: what a protocol does (``unit/test_trials_protocol``).
"""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import countermove as cm
from countermove.results import load_runs
from countermove.results.run_folder import ANALYSIS_FILES
from countermove.trials.compare import Comparison
from support.terminal import call

FILE = """\
countermove: 1
name: Sequence or both
tumor: {birth: 0.14 /day, death: 0.1 /day, diagnosed_at: 1e10 cells, lethal_at: 1e12 cells}
drugs: {A: {kill: 0.05 /day}, B: {kill: 0.05 /day}}
alterations:
  a: {mechanism: target, drug: A, rate: 1e-6}
  b: {mechanism: target, drug: B, rate: 1e-6}
treatment: {policy: sequential, drugs: [A, B], guided_by: recist}
monitoring: {imaging: {every: 8 weeks, error: 5%}}
patients: {number: 60}
follow_up: 2 years
trial:
  arms: {sequence: {policy: sequential, guided_by: recist}, both: combination}
  accrual: 6 months
  follow_up: 18 months
  dropout: 5%
  looks: [50%, 1]
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    Path("own.yaml").write_text(FILE, encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("arms_undrawn")
def test_a_trial_says_what_it_found_and_what_is_true(here):
    out = call("trial", "own.yaml").output
    for words in (
        "60 patients randomized of 60, 2 arms",
        "the bound was crossed in favor of both at look 1",
        "both: it shrank in",
        "It lasted",
        "The truth: progression-free (scans)",
        "Not medical advice",
    ):
        assert words in out, words
    folder = here / "runs" / "own-trial"
    arms = pd.read_csv(folder / "trial.csv", index_col="arm")
    assert arms["randomized"].sum() == 60
    assert arms.loc["both", "hazard_ratio"] < 0.3
    looks = pd.read_csv(folder / "looks.csv")
    assert looks["crossed"].tolist() == [True]
    assert (folder / "arm=sequence" / "outcomes.parquet").exists()


TRUTH = {
    "progression_free_survival": ("progression-free (scans)", "imaging_progression_free_survival"),
    "time_to_progression": ("progression (scans)", "imaging_time_to_progression"),
    "overall_survival": ("overall survival", "overall_survival"),
    "progression_free_survival_2": ("PFS2", "progression_free_survival_2"),
}


@pytest.mark.usefixtures("arms_undrawn")
@pytest.mark.parametrize("endpoint", TRUTH)
def test_the_truth_is_of_what_the_trial_compares(here, endpoint):
    label, name = TRUTH[endpoint]
    given = ("own.yaml", "--set", f"trial.endpoint={endpoint}")
    out = call("trial", *given, "--out", "own").output
    assert f"The truth: {label}\n" in out
    assert "A dash: " in out
    arms = {arm: load_runs(here / "own" / f"arm={arm}") for arm in ("sequence", "both")}
    true = Comparison("own", arms, "").table().loc[(name, "both")]
    rows = out[out.index("The truth") :].splitlines()
    assert f"{true['difference']:+.0f} days" in rows[3]
    page = Path("own/trial.html").read_text(encoding="utf-8")
    first = page[page.index("The truth, which no trial sees") :].partition("<tbody>")[2]
    assert label in first.partition("</tr>")[0].lower().replace("pfs2", "PFS2")


def test_responses_that_nobody_was_followed_in_for_a_year_have_their_median(here):
    found = cm.trial("own.yaml", progress=False, keep=0)
    seen = replace(found.result.responses[0], durable=None, median_duration=168.2)
    result = replace(found.result, responses=(seen, *found.result.responses[1:]))
    line = replace(found, result=result).sentences()[1]
    assert line.endswith(f" of {seen.patients}; half of the responses ended within 168 days.")


def test_the_same_trial_again_takes_up_its_runs_and_says_the_same(here):
    first = json.loads(call("trial", "own.yaml", "--json").stdout)
    stored = (here / "runs/own-trial/arm=both/outcomes.parquet").stat().st_mtime_ns
    again = json.loads(call("trial", "own.yaml", "--json").stdout)
    assert again == first
    assert (here / "runs/own-trial/arm=both/outcomes.parquet").stat().st_mtime_ns == stored
    other = json.loads(call("trial", "own.yaml", "--json", "--seed", "2", "--no-report").stdout)
    assert other["arms"] != first["arms"]
    assert other["folder"] != first["folder"]


BAD = {
    "no trial": (FILE[: FILE.index("trial:")], "trial: got nothing"),
    "an empty arm": (FILE.replace("both: combination", "both: {}"), "trial.arms.both"),
    "an unknown policy": (FILE.replace("both: combination", "both: combine"), "combination"),
    "no part": (FILE.replace("  accrual", "  allocation: {both: 0}\n  accrual"), "line 14, column"),
    "looks that fall": (FILE.replace("[50%, 1]", "[50%, 40%, 1]"), "line 17, column 16"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_trial_is_one_error_before_any_work(here, name):
    text, said = BAD[name]
    Path("own.yaml").write_text(text, encoding="utf-8")
    assert said in call("trial", "own.yaml", code=2).output
    assert not (here / "runs").exists()


@pytest.mark.usefixtures("arms_undrawn")
def test_export_writes_tables_for_analysts_that_go_with_the_trial(here):
    out = call("trial", "own.yaml", "--export", "--no-report").output
    assert "For analysts" in out
    folder = here / "runs" / "own-trial"
    tables = folder / "analysis"
    assert {path.name for path in tables.iterdir()} == set(ANALYSIS_FILES)
    adsl, arms = pd.read_csv(tables / "adsl.csv"), pd.read_csv(folder / "trial.csv")
    assert len(adsl) == arms["randomized"].sum()
    said = json.loads(call("trial", "own.yaml", "--export", "--json").stdout)
    assert (here / said["analysis"]) == tables
    (tables / "mine.txt").write_text("stays")
    call("trial", "own.yaml", "--no-report")  # without tables: those of before would mislead
    assert [path.name for path in tables.iterdir()] == ["mine.txt"]


def test_export_keeps_every_patient(here):
    text = FILE.replace("patients: {number: 60}", "patients: {number: 1010}")
    Path("own.yaml").write_text(text.replace("  looks: [50%, 1]\n", ""), encoding="utf-8")
    call("trial", "own.yaml", "--export", "--no-report", "--engine", "mean_field")
    adrs = pd.read_parquet(here / "runs/own-trial/analysis/adrs.parquet")
    assert (adrs["PARAMCD"] == "BOR").sum() == 1010


def test_an_analysis_folder_that_refuses_is_said_before_any_work(here):
    folder = here / "runs" / "own-trial"
    folder.mkdir(parents=True)
    (folder / "analysis").write_text("in the way")
    out = call("trial", "own.yaml", "--export", "--no-report", code=2).output
    assert "a file where a folder is needed" in out
    assert [path.name for path in folder.iterdir()] == ["analysis"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("trial.arms.both=placebo", "trial.arms.both: got 'placebo'"),
        ("trial.stratify=[site]", "expected a covariate of patients"),
        ("trial.patients=61", "Set patients.number to 61 or more."),
    ],
)
def test_check_refuses_what_is_no_trial(here, change, said):
    plain = call("check", "own.yaml").output
    assert "trial of sequence, both: can be carried out" in plain
    out = call("check", "own.yaml", "--set", change, code=2).output
    assert said in out


def test_check_names_the_arms_in_json_and_none_without_a_trial(here):
    both = json.loads(call("check", "own.yaml", "two_drugs_together", "--json").stdout)["checked"]
    assert [one["trial_arms"] for one in both] == [["sequence", "both"], None]


VARY = "patients.vary={tumor.birth: {lognormal_cv: 0.01}}"


@pytest.mark.parametrize("command", [("check",), ("trial", "--no-report")])
def test_a_trial_of_patients_who_do_not_differ_says_so(here, command):
    said = "all patients of the trial have the same numbers"
    assert said in call(*command, "own.yaml").stderr
    assert said not in call(*command, "own.yaml", "--set", VARY).stderr
