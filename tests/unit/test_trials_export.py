"""Here: tables of a trial as analysts use them. Not here: the trial (``test_trials_conduct``)."""

import math

import numpy as np
import pandas as pd
import pytest

from countermove.foundation import OutputError, ScenarioError
from countermove.trials import (
    Arm,
    Design,
    Doses,
    Measured,
    adsl,
    adtr,
    adtte,
    conduct,
    log_rank,
    nonmem,
    pool,
    write_tables,
)

TWO = (Arm("standard", "sequential"), Arm("upfront", "combination"))


@pytest.fixture
def trial():
    rng = np.random.default_rng(1)
    arms = []
    for scale in (200.0, 300.0):
        event = rng.exponential(scale, 300)
        start = np.where(rng.random(300) < 0.4, 0.2 * event, np.nan)
        arms.append(pool(event, response_start=start, response_end=event))
    plan = Design(arms=TWO, patients=120, follow_up=300.0, accrual_months=6, dropout_per_year=0.3)
    return conduct(plan, arms, seed=5)


def test_adsl_has_one_row_a_patient(trial):
    table = adsl(trial, study="ABC")
    assert table["USUBJID"].is_unique
    assert table["USUBJID"][0] == "ABC-0001"
    assert table["ARM"].value_counts().to_dict() == {"standard": 60, "upfront": 60}
    assert set(table["EOSSTT"]) == {"COMPLETED", "DISCONTINUED", "ONGOING"}
    lost = table["EOSSTT"] == "DISCONTINUED"
    assert (table.loc[lost, "DCSREAS"] == "LOST TO FOLLOW-UP").all()
    assert (table.loc[~lost, "DCSREAS"] == "").all()


def test_the_trial_can_be_read_again_from_adtte(trial):
    table = adtte(trial)
    rows = table[table["PARAMCD"] == "TTP"]
    data = trial.at(-1)
    again = log_rank(rows["AVAL"], rows["CNSR"] == 0, rows["TRT01PN"] == 2)
    assert again == log_rank(data.time, data.event, data.arm == 1)
    assert ((rows["EVNTDESC"] == "") == (rows["CNSR"] == 1)).all()
    assert ((rows["CNSDTDSC"] == "") == (rows["CNSR"] == 0)).all()


def test_adtte_holds_durations_of_responders(trial):
    table = adtte(trial)
    rows = table[table["PARAMCD"] == "DOR"]
    assert set(rows["USUBJID"]) == set(adsl(trial).query("RESPFL == 'Y'")["USUBJID"])
    data = trial.at(-1)
    np.testing.assert_allclose(rows["AVAL"], data.response[data.responded])
    assert {"", "Lost to follow-up"} <= set(rows["CNSDTDSC"])


def test_adtr_compares_with_baseline_and_with_the_nadir_before():
    arms = [pool([1000.0] * 10) for _ in TWO]
    trial = conduct(Design(arms=TWO, patients=4, follow_up=100.0), arms, seed=1)
    table = adtr(
        trial,
        [1, 0, 0, 0, 0, 0, 1],
        [0, -7, 0, 56, 84, 90, 300],  # the last lies past the end of the trial
        [5.0, 9.0, 10.0, 6.0, 7.5, math.nan, 1.0],
    )
    assert table["USUBJID"].tolist() == ["VIRTUAL-0001"] * 4 + ["VIRTUAL-0002"]
    assert table["ADY"].tolist() == [-7, 0, 56, 84, 0]
    assert table["ABLFL"].tolist() == ["", "Y", "", "", "Y"]
    assert table["BASE"].tolist() == [10, 10, 10, 10, 5]
    np.testing.assert_array_equal(table["PCHG"], [math.nan, math.nan, -40, -25, math.nan])
    np.testing.assert_array_equal(table["NADIR"], [math.nan, math.nan, 10, 6, math.nan])
    np.testing.assert_allclose(table["PCHGNAD"].iloc[2:4], [-40, 25])
    with pytest.raises(ScenarioError, match=r"patient\.0: got 4"):
        adtr(trial, [4], [0], [1.0])
    with pytest.raises(ScenarioError, match="day: got shape"):
        adtr(trial, [1], [0, 1], [1.0])


def test_nonmem_rows():
    table = nonmem(
        Doses([0, 0, 1], [0.0, 21.0, 0.0], 100.0, 1),
        Measured([0, 0, 0, 1], [0.0, 21.0, 30.0, 7.0], [2.0, 0.3, math.nan, 1.0], 2, limit=0.5),
    )
    columns = ["ID", "TIME", "EVID", "AMT", "CMT", "DV", "MDV", "CENS", "LIMIT"]
    assert table.columns.tolist() == columns
    nan = math.nan
    expected = [
        [1, 0, 0, 0, 2, 2.0, 0, 0, nan],
        [1, 0, 1, 100, 1, 0.0, 1, 0, nan],
        [1, 21, 0, 0, 2, 0.5, 0, 1, 0.0],
        [1, 21, 1, 100, 1, 0.0, 1, 0, nan],
        [1, 30, 0, 0, 2, 0.0, 1, 0, nan],
        [2, 0, 1, 100, 1, 0.0, 1, 0, nan],
        [2, 7, 0, 0, 2, 1.0, 0, 0, nan],
    ]
    np.testing.assert_array_equal(table.to_numpy(dtype=float), expected)


def test_nonmem_refuses_doses_that_are_none():
    seen = Measured([], [], [], [])
    with pytest.raises(ScenarioError, match="Leave out doses"):
        nonmem(Doses([0], [0.0], 0.0, 1), seen)
    with pytest.raises(ScenarioError, match=r"patient\.0"):
        nonmem(Doses([0.5], [0.0], 1.0, 1), seen)
    assert nonmem(Doses([], [], [], []), seen).empty


def test_tables_are_written_as_csv_and_parquet(trial, tmp_path):
    tables = {"adsl": adsl(trial), "adtte": adtte(trial)}
    tables["nonmem"] = nonmem(Doses([0], [0.0], 1.0, 1), Measured([0], [1.0], [2.0], 1))
    written = write_tables(tables, tmp_path / "new")
    assert sorted(path.name for path in written) == sorted(
        f"{name}.{kind}" for name in tables for kind in ("csv", "parquet")
    )
    for name, table in tables.items():
        whole = pd.read_parquet(tmp_path / "new" / f"{name}.parquet")
        pd.testing.assert_frame_equal(whole, table)
        text = pd.read_csv(tmp_path / "new" / f"{name}.csv", keep_default_na=False)
        assert text.columns.tolist() == table.columns.tolist()
        assert len(text) == len(table)
    lines = (tmp_path / "new" / "nonmem.csv").read_text().splitlines()
    assert lines[1] == "1,0.0,1,1.0,1,0.0,1,0,."


def test_a_folder_that_cannot_be_written_is_refused(trial, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError):
        write_tables({"adsl": adsl(trial)}, tmp_path / "file")
