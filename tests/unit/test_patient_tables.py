"""Here: virtual populations from tables, and everything a table can do wrong.

Not here: numbers that are drawn (see ``test_drawn_patients``).
"""

import hashlib

import numpy as np
import pandas as pd
import pytest

from countermove.foundation import ScenarioError
from countermove.scenario.files import parse_document, to_document
from countermove.simulation.drawing import Drawing
from support.drawn import differing, draw_patients

CSV = """id,CL,tumor.birth,age,sex,weight
1,2,0.14,60,f,70
2,3.5,0.15,71,m,
3,4e-1,0.16 ,55,f,81.5
"""
TABLE = {"columns": {"CL": "drugs.A.levels.clearance"}, "units": {"CL": "L/h"}}
BARE = {"columns": {"CL": "drugs.A.levels.clearance"}}


@pytest.fixture
def write(tmp_path):
    def written(text: str, name: str = "population.csv") -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return written


def drawn(table, patients=(), **more):
    scenario = differing({"table": table} | dict(patients), **more)
    return draw_patients(scenario, 0, scenario.patients.number)


def refusal(table, patients=()):
    with pytest.raises(ScenarioError) as caught:
        drawn(table, patients)
    return str(caught.value)


def test_a_table_gives_numbers_in_base_units_and_covariates_as_they_are(write):
    table = TABLE | {"file": write(CSV), "covariates": ["age", "sex", "weight"]}
    patients = drawn(table)
    assert patients.values["drugs.A.levels.clearance"].tolist() == [48.0, 84.0, 0.4 * 24.0]
    assert patients.values["tumor.birth"].tolist() == [0.14, 0.15, 0.16]
    assert patients.covariates["age"].tolist() == [60.0, 71.0, 55.0]
    assert patients.covariates["sex"].tolist() == ["f", "m", "f"]
    assert np.array_equal(patients.covariates["weight"], [70.0, np.nan, 81.5], equal_nan=True)


def test_all_rows_are_taken_unless_a_number_is_given(write):
    file = write(CSV)
    assert differing({"table": {"file": file}}).patients.number == 3
    fewer = drawn({"file": file}, {"number": 2})
    assert fewer.values["tumor.birth"].tolist() == [0.14, 0.15]


def test_the_long_form_keeps_the_number_and_needs_no_file(write, tmp_path):
    document = to_document(differing({"table": {"file": write(CSV)}}))
    (tmp_path / "population.csv").unlink()
    assert parse_document(document).patients.number == 3


def test_parquet_is_read_like_csv(write, tmp_path):
    file = tmp_path / "population.parquet"
    frame = pd.read_csv(write(CSV), skipinitialspace=True)
    frame.to_parquet(file)
    table = TABLE | {"covariates": ["sex", "age"]}
    one, other = drawn(table | {"file": str(file)}), drawn(table | {"file": write(CSV)})
    for path, values in other.values.items():
        assert np.array_equal(one.values[path], values)
    assert one.covariates["sex"].tolist() == other.covariates["sex"].tolist()


def test_a_path_is_relative_to_the_working_directory(write, tmp_path, monkeypatch):
    write(CSV)
    monkeypatch.chdir(tmp_path)
    assert len(drawn({"file": "population.csv"}).values["tumor.birth"]) == 3


def test_chunks_are_rows_of_the_table_beside_drawn_numbers(write):
    vary = {"drugs.A.kill": {"lognormal_cv": 0.2}}
    scenario = differing({"table": TABLE | {"file": write(CSV)}, "vary": vary})
    drawing = Drawing(scenario)
    last = drawing.patients(2, 1)
    assert last.values["tumor.birth"].tolist() == [0.16]
    assert last.values["drugs.A.kill"] == drawing.patients(0, 3).values["drugs.A.kill"][2]
    assert set(drawing.places) == {"drugs.A.kill", "drugs.A.levels.clearance", "tumor.birth"}


def test_the_hash_follows_the_content(write):
    file = write(CSV)
    first = Drawing(differing({"table": {"file": file}})).table_hash
    assert first == hashlib.sha256(CSV.encode()).hexdigest()
    write(CSV.replace("0.16", "0.17"))
    assert Drawing(differing({"table": {"file": file}})).table_hash != first
    assert Drawing(differing()).table_hash is None


@pytest.mark.parametrize(
    ("change", "table", "expected"),
    [
        (("3.5", ""), TABLE, "got a gap in row 2 of column 'CL', expected a number"),
        (("3.5", "NaN"), TABLE, "got a gap in row 2 of column 'CL'"),
        (("3.5", "high"), TABLE, "got 'high' in row 2 of column 'CL'"),
        (("3.5", "3.5 L/h"), TABLE, "A unit word goes to patients.table.units."),
        (("3.5", "-1"), TABLE, "got -1 L/h in row 2 of column 'CL', drugs.A.levels.clearance"),
        (("3.5", "inf"), TABLE, "got inf L/h in row 2"),
        (("0.15", "1e9"), BARE, "got 1e9 in row 2 of column 'tumor.birth', tumor.birth"),
        (("0.15", "0.12"), BARE, "tumor.birth 0.12, tumor.death 0.13 for patient 1"),
        (("", ""), TABLE | {"units": {"CL": "3 h"}}, "patients.table.units.CL: got"),
        (("", ""), TABLE | {"units": {"CL": "days"}}, "(a time), expected a clearance"),
        (("", ""), TABLE | {"units": {"Cl": "L/h"}}, "Did you mean 'CL'?"),
        (("", ""), {"columns": {"CLR": "drugs.A.kill"}}, "got no column 'CLR' in the table"),
        (("", ""), BARE | {"covariates": ["aeg"]}, "Did you mean 'age'?"),
        (("tumor.birth", "tumor.brith"), BARE, "Did you mean 'tumor.birth'?"),
        (("tumor.birth", "CL"), BARE, "got the column 'CL' twice"),
        (("tumor.birth", ""), BARE, "got a column unnamed"),
        (("tumor.birth", "b"), {}, "got no column that is used"),
        (("1,2,0.14,60,f,70", "1,2,0.14,60,f,70,8,9"), BARE, "patients.table.file: got"),
        ((CSV[CSV.index("\n") :], "\n"), BARE, "without a row"),
    ],
)
def test_a_bad_table_is_refused_by_row_and_column(write, change, table, expected):
    text = CSV.replace(*change) if change[0] else CSV
    assert expected in refusal(table | {"file": write(text)})


def test_more_patients_than_rows_are_refused(write):
    text = refusal({"file": write(CSV)}, {"number": 4})
    assert text.startswith("patients.number: got 4 patients for the 3 rows of")
    assert "leave it out" in text


def test_one_number_comes_from_one_source(write):
    vary = {"vary": {"tumor.birth": {"lognormal_cv": 0.1}}}
    assert "which patients.vary gives too" in refusal({"file": write(CSV)}, vary)
    ages = {"covariates": {"age": {"uniform": [1, 2]}}}
    table = {"file": write(CSV), "covariates": ["age"]}
    assert "got 'age' twice" in refusal(table, ages)


@pytest.mark.parametrize("name", ["nothing.parquet", "image.csv", "folder"])
def test_what_is_no_table_is_refused(tmp_path, name):
    path = tmp_path / name
    if name == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"\x89PNG\x00\xff\xfe")
    assert "patients.table.file: got" in refusal({"file": str(path)}, {"number": 1})


def test_a_blank_line_is_a_gap_and_moves_nobody_up(write):
    told = refusal({"file": write("tumor.birth\n0.14\n\n0.15\n")})
    assert "a gap in row 2" in told
    patients = drawn(
        {"file": write("tumor.birth,age\n0.14,60\n0.15,61\n\n\n"), "covariates": ["age"]}
    )
    assert patients.values["tumor.birth"].tolist() == [0.14, 0.15]
    assert patients.covariates["age"].tolist() == [60, 61], "blank lines at the end are no patients"


@pytest.mark.parametrize("name", ["tumour.death", "treatment.start"])
def test_a_column_that_means_a_path_is_never_left_out_in_silence(write, name):
    assert name in refusal({"file": write(f"tumor.birth,{name}\n0.14,0.1\n")})


def test_dots_in_the_name_of_a_column_that_is_not_used_mean_nothing(write):
    patients = drawn({"file": write("tumor.birth,lab.result\n0.14,9\n")})
    assert list(patients.values) == ["tumor.birth"]


def test_a_covariate_may_not_take_the_name_of_the_index(write):
    from countermove import simulate

    table = {"file": write("tumor.birth,patient\n0.14,1\n"), "covariates": ["patient"]}
    with pytest.raises(ScenarioError, match="a column of the outcome table"):
        simulate(differing({"table": table}), progress=False)


def test_a_finished_run_is_not_overwritten_once_its_table_changed(write, tmp_path):
    from countermove import simulate
    from countermove.foundation import OutputError

    scenario = differing({"table": {"file": write("tumor.birth\n0.14\n0.15\n")}})
    simulate(scenario, out=tmp_path / "run", progress=False).save(tmp_path / "run")
    simulate(scenario, out=tmp_path / "run", progress=False)
    write("tumor.birth\n0.14\n0.16\n")
    with pytest.raises(OutputError, match="another scenario"):
        simulate(scenario, out=tmp_path / "run", progress=False)
