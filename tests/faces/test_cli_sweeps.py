"""Here: sweeps over several paths, and values set twice. Not here: one sweep (test_cli)."""

import itertools
import json
from pathlib import Path

import pandas as pd
import pytest

from countermove.command_line.tables import _widths
from countermove.results import load_runs
from support.terminal import call

FIRST, SECOND = "drugs.A.kill=0 /day,0.8 /day", "tumor.diagnosed_at=1e4,2e4,1e5"
COLUMNS = ["drugs.A.kill", "tumor.diagnosed_at"]
GRID = list(itertools.product([0.0, 0.8], [1e4, 2e4, 1e5]))


def sweep(*sweeps: str, more=(), code: int = 0):
    options = [word for one in sweeps for word in ("--sweep", one)]
    return call("run", "small.yaml", "--no-report", "--patients", "2", *more, *options, code=code)


def test_two_sweeps_are_crossed_one_row_and_folder_each(small):
    text = sweep(FIRST, SECOND).output
    assert all(word in text for word in ("kill", "diagnosed_at", "2e4"))
    table = pd.read_csv("runs/small/sweep.csv")
    assert list(table.columns[:2]) == COLUMNS
    assert list(table[COLUMNS].itertuples(index=False, name=None)) == GRID
    assert table["folder"][4] == "drugs.A.kill=0.8,tumor.diagnosed_at=20000"
    document = load_runs(Path("runs/small") / table["folder"][4]).document
    assert document["drugs"]["A"]["kill"] == "0.8 /day"
    assert document["tumor"]["diagnosed_at"] == "20000 cells"


def test_a_grid_as_json_names_every_path_and_goes_on_in_the_same_folders(small):
    first = json.loads(sweep(FIRST, SECOND, more=("--json",)).stdout)
    assert first["sweep"] == COLUMNS
    assert [tuple(row[path] for path in COLUMNS) for row in first["runs"]] == GRID
    before = {path: path.stat().st_mtime_ns for path in Path("runs").rglob("provenance.json")}
    assert json.loads(sweep(FIRST, SECOND, more=("--json",)).stdout) == first
    after = {path: path.stat().st_mtime_ns for path in Path("runs").rglob("provenance.json")}
    assert before == after


def test_columns_that_end_alike_are_told_apart(small):
    Path("small.yaml").write_text(
        Path("small.yaml").read_text("utf-8").replace("{A: {", "{B: {kill: 0.1}, A: {"), "utf-8"
    )
    text = sweep("drugs.A.kill=0.8", "drugs.B.kill=0.1").output
    assert "A.kill" in text
    assert "B.kill" in text


def test_labels_of_two_tables_of_the_same_name_say_whose_they_are(small):
    Path("sizes.csv").write_text("who,diagnosed_at\nAda,1e4\nBo,2e4\n", encoding="utf-8")
    Path("kills.csv").write_text("who,kill\nstrong,0.8\n", encoding="utf-8")
    sweep("tumor.diagnosed_at=sizes.csv", "drugs.A.kill=kills.csv")
    table = pd.read_csv("runs/small/sweep.csv")
    assert list(table["who"]) == ["Ada", "Bo"]
    assert list(table["who of drugs.A.kill"]) == ["strong", "strong"]


@pytest.mark.parametrize(
    ("sweeps", "more", "words"),
    [
        (["seed=1", "seed=2"], [], "got seed, which --sweep sets too"),
        (["seed=1,2"], ["--seed", "3"], "got seed, which --seed sets too"),
        (["seed=1,2"], ["--set", "seed=3"], "got seed, which --set sets too"),
        (["engine=branching"], ["--engine", "mean_field"], "which --engine sets too"),
        (["patients=3,4"], [], "got patients, which --patients sets too (as patients.number)"),
        (["drugs.A.kill=1", "drugs.A=2"], [], "drugs.A, which --sweep sets too (as drugs.A.kill)"),
        ([], ["--set", "seed=3", "--set", "seed=4"], "got seed, which --set sets too"),
    ],
)
def test_a_value_set_twice_is_refused(small, sweeps, more, words):
    done = sweep(*sweeps, more=more, code=2)
    assert words in done.stderr
    assert "Leave one of them out." in done.stderr
    assert not Path("runs").exists()


def test_names_that_only_begin_alike_are_not_the_same(small):
    sweep("tumor.diagnosed_at=1e4", more=("--set", "tumor.death=0.1"))


def test_too_many_combinations_are_refused(small):
    many = ",".join(map(str, range(101)))
    done = sweep(f"seed={many}", f"endpoints.detectable={many.replace('0,', '1000,', 1)}", code=2)
    assert "got 10,201 combinations, expected 1 to 10,000" in done.stderr


def test_a_bare_follow_up_in_a_sweep_is_noted_once_a_value(small):
    found = json.loads(sweep("follow_up=30,40,30", more=("--json",)).stdout)
    assert [note[:26] for note in found["notes"]] == [
        "follow_up: 30 was read as ",
        "follow_up: 40 was read as ",
    ]


def test_a_doubling_time_is_swept_in_days(small):
    sweep("tumor.doubling_time=1 day,2 days")
    table = pd.read_csv("runs/small/sweep.csv")
    assert list(table["tumor.doubling_time"]) == [1.0, 2.0]
    assert load_runs("runs/small/tumor.doubling_time=1").document["tumor"]["death"] == "0.1 /day"


def test_lines_of_therapy_show_where_there_are_several(small):
    text = Path("small.yaml").read_text("utf-8")
    two = text.replace("drugs: {A: {kill: 0.8 /day}}", "drugs: {A: {kill: 0.8}, B: {kill: 0.8}}")
    two = two.replace("policy: continuous, drugs: [A]", "policy: sequential, drugs: [A, B]")
    two += "monitoring: {imaging: {every: 3 days}}\n"
    Path("small.yaml").write_text(two, encoding="utf-8")
    found = sweep("seed=1,2").output
    table = pd.read_csv("runs/small/sweep.csv")
    assert ("2+ lines" in found) == bool(table["second_line"].any())
    own = load_runs(Path("runs/small") / table["folder"][0]).table
    assert table["median_time_on_first_line"][0] == own["time_on_first_line"].median()
    assert "median_imaging_progression_free_survival_high" in table.columns
    assert "line 1" in found
    assert table["second_line"].any()


@pytest.mark.usefixtures("arms_undrawn")
def test_values_are_shown_as_they_were_written(small):
    text = call("run", small, "--sweep", "follow_up=0.2 years,90 days", "--out", "out").output
    assert "0.2 years" in text
    assert "90 days" in Path("out/index.html").read_text(encoding="utf-8")
    assert "73.05," in Path("out/sweep.csv").read_text(encoding="utf-8")


def test_no_heading_of_a_two_way_sweep_breaks_a_word_at_80_columns(small, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = sweep("drugs.A.kill=0.6,0.7", "tumor.diagnosed_at=1e4,2e4").output
    heads = text.split("\nSweep of")[1].split("─")[0]
    assert {"diagnosed_at", "kill", "progressed"} <= set(heads.split())
    assert max(map(len, text.splitlines())) <= 80


def test_columns_are_narrowed_at_spaces_and_only_where_they_must_be():
    rows = [["diagnosed_at", "no cell left"], ["1e9", "0.02 /day"]]
    assert _widths(rows, 80) == [None, None]
    assert _widths(rows, 22) == [12, 7]
    assert _widths(rows, 12) == [None, None]  # nothing helps: words break
