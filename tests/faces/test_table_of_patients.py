"""Here: where a scenario's table of patients is looked for, and the copy that a run keeps of it.

Not here: what is in a table (``unit/test_patient_tables``).
"""

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

import countermove as cm
from countermove.foundation import ScenarioError
from countermove.results import load_runs
from countermove.scenario import scenario_hash
from support.terminal import SMALL, call

TEXT = "# from pop.csv, as the clinic sent it\n" + SMALL.replace(
    "{number: 6}", "{table: {file: data/pop.csv}}  # three of them"
)
ROWS = "tumor.birth\n0.5\n0.6\n0.7\n"


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Make a folder of a scenario and its table; the working directory is another."""
    folder, elsewhere = tmp_path / "study", tmp_path / "elsewhere"
    (folder / "data").mkdir(parents=True)
    elsewhere.mkdir()
    (folder / "s.yaml").write_text(TEXT, encoding="utf-8")
    (folder / "data" / "pop.csv").write_text(ROWS, encoding="utf-8")
    monkeypatch.chdir(elsewhere)
    return folder


def births(folder):
    return load_runs(folder).outcomes()["tumor.birth"].tolist()


def test_a_table_is_found_beside_the_scenario_before_the_working_directory(study):
    scenario = cm.load("../study/s.yaml")
    assert scenario.patients.number == 3
    (Path("data")).mkdir()
    Path("data/pop.csv").write_text("tumor.birth\n0.9\n", encoding="utf-8")
    assert cm.load("../study/s.yaml") == scenario
    (study / "data" / "pop.csv").unlink()
    assert cm.load("../study/s.yaml").patients.number == 1
    # from a dict, or changed from the terminal, it is the working directory's
    document = cm.to_document(scenario)
    document["patients"] = {"table": {"file": "data/pop.csv"}}
    assert cm.from_document(document).patients.number == 1


def test_a_table_that_is_nowhere_names_both_places(study):
    (study / "data" / "pop.csv").unlink()
    with pytest.raises(ScenarioError) as caught:
        cm.load(study / "s.yaml")
    text = str(caught.value)
    assert text.startswith("s.yaml, line 9, column 20: patients.table.file: got 'data/pop.csv', ")
    assert f"Looked for in '{study}' and in '{os.getcwd()}'." in text
    # where its rows need not be counted the scenario can be read without it, but not run
    (study / "s.yaml").write_text(TEXT.replace("{table", "{number: 2, table"), encoding="utf-8")
    said = call("run", str(study / "s.yaml"), "--out", "out", code=2).stderr
    assert "'data/pop.csv', no such file" in said
    assert f"Looked for in '{os.getcwd()}', after the scenario file's folder" in said


def test_changes_keep_the_table_and_its_place_is_no_part_of_what_a_run_is(study):
    scenario = cm.load(study / "s.yaml")
    assert cm.replace(scenario, {"seed": 7}).patients.table == scenario.patients.table
    shutil.copytree(study, "moved")
    assert scenario_hash(cm.load("moved/s.yaml")) == scenario_hash(scenario)


def test_a_run_keeps_its_table_and_runs_again_wherever_the_folder_goes(study):
    call("run", "../study/s.yaml", "--no-report", "--out", "out")
    record = json.loads(Path("out/provenance.json").read_text("utf-8"))
    assert Path("out/scenario_patients.csv").read_text("utf-8") == ROWS
    words = Path("out/scenario.yaml").read_text("utf-8")
    assert words == TEXT.replace("data/pop.csv", "scenario_patients.csv")
    shutil.rmtree(study)
    shutil.move("out", "moved")
    assert cm.from_document(load_runs("moved").document) == cm.load("moved/scenario.yaml")
    for name in ("scenario.yaml", "resolved.yaml"):
        call("run", f"moved/{name}", "--no-report", "--out", f"again_{name}")
        again = json.loads(Path(f"again_{name}/provenance.json").read_text("utf-8"))
        kept = ("scenario_hash", "table_hash")
        assert [again[key] for key in kept] == [record[key] for key in kept]
        assert births(f"again_{name}") == births("moved") == [0.5, 0.6, 0.7]
    # over itself, and saved elsewhere from Python
    call("run", "moved/scenario.yaml", "--no-report", "--out", "moved")
    assert births("moved") == births(load_runs("moved").save("saved"))
    assert Path("saved/scenario_patients.csv").read_text("utf-8") == ROWS


def test_no_file_of_a_run_names_a_folder_of_this_machine(study):
    call("run", "../study/s.yaml", "--seed", "7", "--out", "out")
    for path in Path("out").iterdir():
        if path.suffix in (".yaml", ".json", ".html"):
            assert str(study) not in path.read_text("utf-8"), path
    assert "scenario_patients.csv" in Path("out/scenario.yaml").read_text("utf-8")
    assert births("out") == [0.5, 0.6, 0.7]


def test_words_that_cannot_name_the_copy_are_written_out(study):
    text = TEXT.replace("data/pop.csv", '"data\\u002fpop.csv"')
    (study / "s.yaml").write_text(text, encoding="utf-8")
    call("run", "../study/s.yaml", "--no-report", "--out", "out")
    assert Path("out/scenario.yaml").read_text("utf-8").startswith("# s.yaml as it was run")
    assert cm.load("out/scenario.yaml").patients.number == 3


def test_a_run_without_a_table_takes_the_copy_of_the_run_before_away(study):
    call("run", "../study/s.yaml", "--no-report", "--out", "out")
    (study / "s.yaml").write_text(SMALL, encoding="utf-8")
    call("run", "../study/s.yaml", "--no-report", "--out", "out", "--replace")
    assert not Path("out/scenario_patients.csv").exists()


def test_parquet_stays_parquet(study):
    pd.DataFrame({"tumor.birth": [0.5, 0.6]}).to_parquet(study / "data" / "pop.parquet")
    (study / "s.yaml").write_text(TEXT.replace("pop.csv", "pop.parquet"), encoding="utf-8")
    call("run", "../study/s.yaml", "--no-report", "--out", "out")
    assert cm.load("out/scenario.yaml").patients.number == 2
    assert Path("out/scenario_patients.parquet").exists()
