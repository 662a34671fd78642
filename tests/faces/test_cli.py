"""Here: the terminal's commands. Not here: what they refuse (test_cli_errors)."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import countermove as cm
from countermove.command_line.main import COMMANDS, main
from countermove.command_line.wording import number, percent, plain
from countermove.results import load_runs
from countermove.scenario.library import example, example_files, examples
from support.terminal import SMALL, call


def loaded_by(*args: str) -> set[str]:
    script = (
        "import sys; from countermove.command_line.main import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print('loaded:', *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *args], capture_output=True, text=True, check=True
    )
    return set(done.stdout.rsplit("loaded:", 1)[1].split())


def test_help_names_every_command_and_loads_nothing_heavy():
    text = call("--help").output
    assert all(name in text for name in COMMANDS)
    assert loaded_by("--help").isdisjoint({"numba", "pandas", "matplotlib", "rich", "pydantic"})


def test_the_check_above_would_notice_a_heavy_package():
    assert "pydantic" in loaded_by("schema")


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_within_80_columns(name):
    text = call(name, "--help").output
    assert "--json" in text
    assert max(map(len, text.splitlines())) <= 80


def test_run_writes_results_a_report_and_a_table(small):
    text = call("run", small, "--out", "out").output
    assert "Responded" in text
    assert "Not medical advice" in text
    page = Path("out/report.html").read_text(encoding="utf-8")
    assert "A small tumor" in page
    runs = load_runs("out")
    assert len(runs.table) == 6
    assert "countermove" in runs.provenance["command"]
    assert not Path("out/unfinished").exists()


def test_run_as_json_is_the_summary_of_what_was_written(small):
    done = call("run", small, "--no-report", "--json", "--seed", "7", "--set", "follow_up=50 days")
    found = json.loads(done.stdout)
    assert found["provenance"]["seed"] == 7
    assert found["folder"] == "runs/small"
    assert not Path("runs/small/report.html").exists()
    runs = load_runs("runs/small")
    assert runs.document["follow_up"] == "50 days"
    assert found["summary"]["cured"]["count"] == int(runs.table["cured"].sum())


def test_run_gives_what_the_python_interface_gives(small):
    call("run", small, "--no-report", "--out", "out", "--patients", "4", "--threads", "1")
    expected = cm.simulate(cm.load(small), patients=4).outcomes()
    pd.testing.assert_frame_equal(load_runs("out").outcomes(), expected)


def test_the_mean_course_has_no_intervals(small):
    text = call("run", small, "--no-report", "--engine", "mean_field").output
    assert "mean course" in text
    assert "95%" not in text
    assert "Why the tumor came back" in text


def test_sweep_of_values_runs_each_and_tells_them_apart(small):
    sweep = "drugs.A.kill=0 /day,0.8 /day"
    done = call("run", small, "--no-report", "--json", "--sweep", sweep)
    runs = json.loads(done.stdout)["runs"]
    assert [run["drugs.A.kill"] for run in runs] == [0.0, 0.8]
    assert runs[0]["responded"] == 0.0
    assert runs[1]["responded"] > 0.0
    table = pd.read_csv("runs/small/sweep.csv")
    assert list(table["drugs.A.kill"]) == [0.0, 0.8]
    assert load_runs("runs/small/drugs.A.kill=0.8").document["drugs"]["A"]["kill"] == "0.8 /day"


def test_sweep_of_a_table_keeps_its_labels(small):
    Path("sizes.csv").write_text("who,diagnosed_at\nAda,1e4 cells\nBo,2e4\n", encoding="utf-8")
    text = call("run", small, "--no-report", "--sweep", "tumor.diagnosed_at=sizes.csv").output
    assert "Ada" in text
    table = pd.read_csv("runs/small/sweep.csv")
    assert list(table["who"]) == ["Ada", "Bo"]
    assert list(table["tumor.diagnosed_at"]) == [1e4, 2e4]


def test_check_says_what_would_run(small):
    text = call("check", small).output
    assert "can be run" in text
    found = json.loads(call("check", small, small, "--json").stdout)["checked"]
    assert [item["genotypes"] for item in found] == [2, 2]
    assert found[0]["engine"] == "branching"
    assert not Path("runs").exists()


@pytest.mark.parametrize("name", examples())
def test_explain_fits_80_columns(name):
    text = call("explain", name).output
    assert "Types off drug" in text
    assert max(map(len, text.splitlines())) <= 80


def test_how_a_number_was_read_is_noted_once(small):
    note = "Note: follow_up: 36 was read as 36 days. Write '36 months' if you meant months"
    change = ("--set", "follow_up=36")
    for command in (("check",), ("explain",), ("run", "--no-report")):
        done = call(command[0], small, *command[1:], *change)
        assert done.stderr.count("Note: ") == 1
        assert done.stderr.startswith(note)
        as_json = call(command[0], small, *command[1:], *change, "--json")
        assert as_json.stderr == ""
        found = json.loads(as_json.stdout)
        notes = found["checked"][0]["notes"] if command[0] == "check" else found["notes"]
        assert notes[0].startswith(note.removeprefix("Note: "))
    assert call("check", small).stderr == ""


def test_notes_on_several_files_name_them(small):
    Path("other.yaml").write_text(SMALL.replace("60 days", "60"), encoding="utf-8")
    found = call("check", small, "other.yaml", "other.yaml").stderr
    assert found.startswith("Note: other.yaml: follow_up: 60 was read")
    assert found.count("Note: ") == 1


def test_an_error_leaves_with_the_notes_said_before_it(small):
    args = ("check", small, "--set", "follow_up=36", "--set", "treatment.policy=adaptive")
    done = call(*args, code=2)
    assert [line[:5] for line in done.stderr.splitlines()] == ["Note:", "Error"]
    error = json.loads(call(*args, "--json", code=2).stderr)["error"]
    assert "read as 36 days" in error["notes"][0]


def test_explain_as_json_holds_a_scenario_that_loads(small):
    found = json.loads(call("explain", small, "--json", "--rows", "1").stdout)
    again = cm.loads(json.dumps(found["document"]), format="json")
    assert again == cm.load(small)
    off, under = found["births_and_deaths"]
    assert off["left_out"] == 1
    assert under["rows"][0][1:3] == pytest.approx([0.5, 0.9])


def test_schema_is_printed_and_written(small):
    assert json.loads(call("schema").stdout) == cm.json_schema()
    call("schema", "--out", "schema.json")
    assert json.loads(Path("schema.json").read_text(encoding="utf-8")) == cm.json_schema()


def test_examples_are_listed_with_what_they_teach():
    text = " ".join(call("examples").output.split())
    for name in examples():
        assert name in text
        assert example_files(name).teaches[:60] in text
    listed = json.loads(call("examples", "--json").stdout)["examples"]
    assert [item["name"] for item in listed] == list(examples())


def test_an_example_is_written_with_its_table_and_never_over_a_file(small):
    call("examples", "bozic_2013_patients", "--out", ".")
    assert {"bozic_2013_patients.yaml", "bozic_2013_patients.csv"} <= set(
        map(str, Path().iterdir())
    )
    assert cm.load("bozic_2013_patients.yaml") == example("bozic_2013_patients")
    refused = call("examples", "bypass", "--out", small, code=2)
    assert "there already" in refused.stderr
    assert Path(small).read_text(encoding="utf-8") == SMALL


@pytest.mark.parametrize("name", examples())
def test_each_example_runs_and_says_what_it_teaches(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scenario = example(name)
    assert len(scenario.description) > 100
    assert scenario.sources
    done = call("run", name, "--no-report", "--patients", "3", "--json")
    assert json.loads(done.stdout)["summary"]["patients"] == 3


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0.05, "0.05"),
        (5.4e10, "5.4e10"),
        (1e-9, "1e-9"),
        (float("inf"), "inf"),
        (3, "3"),
    ],
)
def test_numbers_are_short(value, text):
    assert number(value) == text


def test_shares_are_never_rounded_to_certainty():
    assert [percent(x) for x in (0.0, 1e-5, 0.99999, 1.0)] == ["0.0%", "<0.1%", ">99.9%", "100.0%"]


def test_json_holds_no_nan():
    assert plain({"a": float("nan"), "b": (float("inf"), 1)}) == {"a": None, "b": ["inf", 1]}


def test_no_command_at_all_prints_the_help():
    done = CliRunner().invoke(main, [], prog_name="countermove")
    assert done.exit_code in (0, 2)  # click 8.2 and newer: 2
    assert done.output.startswith("Usage: countermove ")
    assert "Commands:" in done.output
    assert "Error" not in done.output
