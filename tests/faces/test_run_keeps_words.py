"""Here: the scenario and the CSV saved with a run. Not here: whose run a folder holds."""

import json
from pathlib import Path

import pandas as pd

import countermove as cm
from countermove.results import load_runs
from support.terminal import SMALL, call

WORDS = "# drug A as in the trial\n" + SMALL.replace("name:", "name:   ")


def test_a_run_keeps_its_authors_words(small):
    Path(small).write_text(WORDS, encoding="utf-8")
    call("run", small, "--no-report", "--out", "out")
    assert Path("out/scenario.yaml").read_text("utf-8") == WORDS
    runs = load_runs("out")
    assert runs.document == cm.to_document(cm.load(small))
    text = call("run", "out/scenario.yaml", "--no-report", "--out", "again", "--json").stdout
    again = json.loads(text)["provenance"]
    assert again["scenario_hash"] == runs.provenance["scenario_hash"]


def test_a_run_that_options_changed_says_so_in_its_scenario(small):
    Path(small).write_text(WORDS, encoding="utf-8")
    for option in (("--seed", "7"), ("--set", "follow_up=50 days")):
        call("run", small, "--no-report", "--out", "out", "--replace", *option)
        text = Path("out/scenario.yaml").read_text("utf-8")
        assert text.startswith("# small.yaml as it was run: every default written out, and what")
        assert not Path("out/resolved.yaml").exists()
        assert load_runs("out").document == cm.to_document(cm.load("out/scenario.yaml"))


def test_a_shipped_example_keeps_its_words_and_json_is_resolved(small):
    call("run", "one_drug_then_relapse", "--no-report", "--engine", "mean_field", "--out", "a")
    assert "as it was run" in Path("a/scenario.yaml").read_text("utf-8")
    document = cm.to_document(cm.load(small))
    Path("small.json").write_text(json.dumps(document), encoding="utf-8")
    call("run", "small.json", "--no-report", "--out", "b")
    assert load_runs("b").document == document
    assert not Path("b/resolved.yaml").exists()


def test_a_resolved_file_of_something_else_is_not_believed(small):
    call("run", small, "--no-report", "--seed", "7", "--out", "out")
    Path("out/resolved.yaml").write_text("{name: other}", encoding="utf-8")
    assert load_runs("out").document["seed"] == 7


def test_outcomes_as_csv_read_back_to_the_bit(small):
    call("run", small, "--no-report", "--csv", "--out", "out")
    table = load_runs("out").outcomes()
    read = pd.read_csv("out/outcomes.csv", index_col="patient", keep_default_na=True)
    assert list(read.columns) == list(table.columns)
    assert read["baseline"].tolist() == table["baseline"].tolist()
    assert read["progressed"].tolist() == table["progressed"].tolist()
    visits = load_runs("out").visits
    read = pd.read_csv("out/visits.csv", float_precision="round_trip")
    assert read["value"].tolist() == visits["value"].tolist()
    call("run", small, "--no-report", "--out", "out")
    assert not list(Path("out").glob("*.csv"))


def test_a_sweep_writes_csv_where_an_earlier_one_did_not(small):
    options = ("run", small, "--patients", "2", "--no-report", "--sweep", "seed=1,2")
    call(*options)
    call(*options, "--csv")
    assert Path("runs/small/seed=2/outcomes.csv").exists()
