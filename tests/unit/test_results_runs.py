"""Here: the registry, `Runs`, their storage and provenance. Not here: simulated values."""

import errno
import json
import shutil
import threading

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import countermove as cm
from countermove.foundation import OutputError, ScenarioError
from countermove.results import (
    VARIABLES,
    Runs,
    load_runs,
    outcome_table,
    prepare_folder,
    provenance,
    storage,
    write_outcomes,
    write_text,
    write_trajectories,
)
from countermove.results.registry import OUTCOMES, variable
from countermove.scenario import loads, scenario_hash, to_document
from support.synthetic import made_up_runs

SCENARIO = """
countermove: 1
name: one drug
tumor: {birth: 0.14 /day, death: 0.13 /day, diagnosed_at: 1e9 cells}
drugs: {A: {kill: 0.04 /day}}
alterations: {r: {mechanism: target, drug: A, rate: 1e-8}}
treatment: {policy: continuous, drugs: [A]}
follow_up: 3 years
"""


@pytest.fixture
def runs() -> Runs:
    return made_up_runs(30, kept=12)


def test_every_variable_of_a_run_is_in_the_registry(runs):
    for name in (*runs.trajectories.variables, *runs.table.columns):
        entry = variable(str(name))
        assert entry.meaning.endswith(".")
    for name in runs.trajectories.variables:
        assert runs.trajectories[name].dims == VARIABLES[str(name)].dims
        assert runs.trajectories[name].attrs["units"] == VARIABLES[str(name)].unit


def test_an_unknown_variable_is_not_in_the_registry():
    with pytest.raises(KeyError):
        variable("color")


def test_the_table_keeps_to_the_registrys_types(runs):
    table = runs.outcomes()
    assert table.index.name == "patient"
    assert [*table.columns] == [*OUTCOMES, "dose_A", "dose_B"]
    kinds = {"float64": "f", "int64": "i", "bool": "b", "str": "O"}
    for name in table.columns:
        assert table[name].dtype.kind == kinds[variable(name).dtype], name


def test_a_table_with_a_missing_or_unknown_column_is_refused(runs):
    columns = dict(runs.table)
    del columns["nadir"]
    with pytest.raises(KeyError, match="nadir"):
        outcome_table(columns)
    with pytest.raises(KeyError, match="color"):
        outcome_table({**dict(runs.table), "color": runs.table["nadir"]})


def test_patients_of_a_later_chunk_keep_their_numbers(runs):
    assert outcome_table(dict(runs.outcomes()), first=500).index[0] == 500


def test_outcomes_is_a_copy(runs):
    taken = runs.outcomes()
    taken.loc[0, "baseline"] = -1.0
    assert runs.table.loc[0, "baseline"] > 0


def test_burden_is_the_sum_over_types(runs):
    data = runs.trajectories
    np.testing.assert_array_equal(data["burden"], data["cells"].sum("type"))


def test_what_is_saved_is_loaded(runs, tmp_path):
    again = load_runs(runs.save(tmp_path / "new" / "folder"))
    pd.testing.assert_frame_equal(again.outcomes(), runs.outcomes())
    xr.testing.assert_identical(again.trajectories, runs.trajectories)
    assert again.provenance == runs.provenance
    assert again.document == runs.document
    assert again.summary() == runs.summary()


@pytest.mark.parametrize("shape", [{"patients": 1, "types": 1}, {"treated": False}, {"kept": 0}])
def test_small_cohorts_are_saved_and_loaded(shape, tmp_path):
    runs = made_up_runs(**{"patients": 3, **shape})
    again = load_runs(runs.save(tmp_path))
    xr.testing.assert_identical(again.trajectories, runs.trajectories)
    pd.testing.assert_frame_equal(again.outcomes(), runs.outcomes())


def test_saving_again_replaces_and_leaves_no_traces(runs, tmp_path):
    made_up_runs(2).save(tmp_path)
    runs.save(tmp_path)
    assert len(load_runs(tmp_path).table) == 30
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"outcomes.parquet", "trajectories.zarr", "provenance.json", "scenario.yaml"}


def test_a_saved_scenario_is_a_scenario_file(tmp_path):
    resolved = to_document(loads(SCENARIO))
    made_up_runs(2, resolved=resolved).save(tmp_path)
    assert to_document(cm.load(tmp_path / "scenario.yaml")) == resolved


def test_the_same_folder_takes_files_from_many_threads(tmp_path):
    def write(number):
        for _ in range(20):
            write_text(str(number) * 1000, tmp_path / "same.txt")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    text = (tmp_path / "same.txt").read_text()
    assert text in {str(n) * 1000 for n in range(4)}
    assert [path.name for path in tmp_path.iterdir()] == ["same.txt"]


def test_a_full_disk_is_one_clear_error_and_leaves_the_old_file(runs, tmp_path, monkeypatch):
    write_text("old", tmp_path / "note.txt")

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage.Path, "write_text", full)
    with pytest.raises(OutputError, match="full disk, expected a place to write results"):
        write_text("new", tmp_path / "note.txt")
    assert (tmp_path / "note.txt").read_bytes() == b"old"
    assert len([*tmp_path.iterdir()]) == 1


def test_a_full_disk_halfway_through_a_table_leaves_nothing(runs, tmp_path, monkeypatch):
    def half(_self, path, **_kwargs):
        path.write_bytes(b"PAR1")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", half)
    with pytest.raises(OutputError, match="full disk"):
        write_outcomes(runs.table, tmp_path / "outcomes.parquet")
    assert not [*tmp_path.iterdir()]


def test_an_interrupt_halfway_through_trajectories_keeps_the_old_ones(runs, tmp_path, monkeypatch):
    path = tmp_path / "trajectories.zarr"
    write_trajectories(runs.trajectories, path)

    def interrupted(_self, to, **_kwargs):
        to.mkdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(xr.Dataset, "to_zarr", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_trajectories(runs.trajectories, path)
    assert [p.name for p in tmp_path.iterdir()] == ["trajectories.zarr"]
    xr.testing.assert_identical(storage.read_trajectories(path), runs.trajectories)


@pytest.mark.parametrize("tail", ["file/inside", "file"])
def test_a_folder_that_cannot_be_made_is_refused(tmp_path, tail):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="file where a folder is needed"):
        prepare_folder(tmp_path / tail)


def test_a_missing_folder_is_no_result(tmp_path):
    with pytest.raises(ScenarioError, match="expected a folder that"):
        load_runs(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["trajectories.zarr", "outcomes.parquet"])
def test_results_with_a_damaged_part_are_refused(runs, tmp_path, name):
    runs.save(tmp_path)
    path = tmp_path / name
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.write_bytes(b"not parquet")
    with pytest.raises(ScenarioError, match=name):
        load_runs(tmp_path)


def test_provenance_is_json_without_folders_and_the_same_twice():
    scenario = "/" + "home/someone/my.yaml"
    words = ["countermove", "run", scenario, "--out=/tmp/secret/x", "--seed", "3"]
    first = provenance({"name": "n"}, seed=3, engine="exact", command=words, patients=10)
    assert first == provenance({"name": "n"}, seed=3, engine="exact", command=words, patients=10)
    assert first["command"] == "countermove run my.yaml --out=x --seed 3"
    assert json.loads(json.dumps(first)) == first
    assert {"countermove", "numpy", "numba", "python"} <= set(first["versions"])
    assert first["patients"] == 10


def test_provenance_counts_the_scenario_as_the_scenario_package_does():
    scenario = loads(SCENARIO)
    record = provenance(to_document(scenario), seed=1, engine="branching")
    assert record["scenario_hash"] == scenario_hash(scenario)


def test_the_summary_counts_what_the_table_says(runs):
    found, table = runs.summary(), runs.outcomes()
    assert found["patients"] == 30
    assert found["progressed"]["count"] == table["progressed"].sum() > 0
    low, high = found["progressed"]["interval"]
    assert low < found["progressed"]["share"] < high or found["progressed"]["share"] in (low, high)
    relapsed = (table["relapse_genotype"] != "").sum()
    for kind in ("mechanisms", "origin", "route", "resistance", "genotype"):
        assert sum(found["relapses"][kind].values()) == relapsed
    assert sum(row["count"] for row in found["relapses"]["by_attribution"]) == relapsed
    assert json.loads(json.dumps(found)) == found


def test_the_median_counts_those_who_did_not_progress():
    columns = dict(made_up_runs(4).outcomes())
    columns["progressed"] = np.array([True, True, False, False])
    columns["time_to_progression"] = np.array([10.0, 20.0, np.nan, np.nan])
    columns["progression_free_survival"] = np.array([10.0, 20.0, 30.0, 30.0])
    runs = made_up_runs(4)
    found = Runs(runs.trajectories, outcome_table(columns), {}, {}).summary()
    assert found["time_to_progression"]["median"] == 20.0  # a mean over relapses would be 15


@pytest.mark.parametrize("course", ["cured", "stable"])
def test_the_summary_of_a_cohort_without_relapses(course):
    found = made_up_runs(5, course=course).summary()
    assert found["progressed"]["count"] == 0
    assert found["time_to_progression"]["median"] is None
    assert found["relapses"]["by_attribution"] == []
    assert found["cured"]["share"] == (1.0 if course == "cured" else 0.0)
