"""Here: tables of a trial as analysts use them, read back from their files, and what is refused.

Not here: the trial (``test_trials_conduct``), the command (``faces/test_cli_trial``).
"""

import math

import numpy as np
import pandas as pd
import pytest
from lifelines.statistics import logrank_test

import countermove as cm
from countermove.foundation import OutputError, ScenarioError
from countermove.results import load_runs
from countermove.trials import Doses, Measured, nonmem
from countermove.trials.dictionary import KEYS
from countermove.trials.virtual import carried_out

# both marker and ctDNA are measured, and nothing decides by the marker
pytestmark = pytest.mark.filterwarnings("ignore:monitoring.marker")

FILE = """
countermove: 1
name: Exported
tumor: {birth: 0.14 /day, death: 0.1 /day, diagnosed_at: 1e10 cells, lethal_at: 2e11 cells}
drugs:
  A: {kill: 0.07 /day, levels: {kind: one_compartment, dose: 4, every: 1, half_life: 3 days}}
  B: {kill: 0.05 /day}
alterations:
  a: {mechanism: target, drug: A, rate: 1e-6}
  b: {mechanism: target, drug: B, rate: 1e-6}
treatment: {policy: sequential, drugs: [A, B], guided_by: recist}
monitoring:
  imaging: {every: 8 weeks, error: 5%, missed: 10%, limit: 1e9 cells}
  marker: {name: psa, every: 4 weeks, per_cell: 1e-9, error: 10%, limit: 3}
  ctdna: {every: 4 weeks}
patients:
  number: 90
  vary: {tumor.birth: {normal: [0.14, 0.01], truncate: [0.115, 0.165]}}
  covariates: {site: {discrete: {values: [north, south]}}}
follow_up: 2 years
trial:
  arms: {one by one: sequential, both: combination}
  patients: 80
  follow_up: 18 months
"""
COURSE = "\n  accrual: 6 months\n  dropout: 30%\n"


@pytest.fixture(scope="module")
def found():
    return cm.trial(cm.loads(FILE.rstrip() + COURSE), progress=False)


@pytest.fixture(scope="module")
def tables(found):
    return found.tables("ABC")


@pytest.fixture(scope="module")
def complete():
    """A trial in which everybody enters on one day and nobody is lost."""
    return cm.trial(cm.loads(FILE), progress=False)


def test_adsl_has_one_row_a_patient_and_counts_as_the_trial_does(found, tables):
    table, own = tables["adsl"], found.table()
    assert table["USUBJID"].is_unique
    assert table["USUBJID"][0] == "ABC-0001"
    assert table["ARM"].value_counts().to_dict() == own["randomized"].to_dict()
    analyzed = table[table["FASFL"] == "Y"]["ARM"].value_counts()
    assert analyzed.to_dict() == own["patients"].to_dict()
    rate = table.groupby("ARM")["RESPFL"].apply(lambda flags: (flags == "Y").mean())
    np.testing.assert_allclose(rate[own.index], own["response_rate"])
    assert set(table["DCSREAS"]) == {"", "DEATH", "LOST TO FOLLOW-UP"}
    assert ((table["EOSSTT"] == "ONGOING") == (table["DCSREAS"] == "")).all()
    np.testing.assert_array_equal(table["DTHDY"].notna(), table["DTHFL"] == "Y")
    np.testing.assert_array_equal(table["DTHDY"].dropna(), table.query("DTHFL == 'Y'")["EOSDY"])
    site = found.runs["both"].table["site"].astype(str).to_numpy()[table["PATIENT"]]
    assert table["COV_site"].tolist() == site.tolist()


def test_the_trial_can_be_read_again_from_adtte(found, tables):
    table, own = tables["adtte"], found.table()
    assert set(table["PARAMCD"]) == {"PFS", "TTP", "OS", "PFS2", "DOR"}
    rows = table[table["PRIMFL"] == "Y"]
    assert set(rows["PARAMCD"]) == {"PFS"}
    new, seen = rows["TRT01PN"] == 2, rows["CNSR"] == 0
    test = logrank_test(rows["AVAL"][new], rows["AVAL"][~new], seen[new], seen[~new])
    assert test.p_value == pytest.approx(own.loc["both", "log_rank_p"])
    assert seen.groupby(rows["TRT01P"]).sum().to_dict() == own["events"].to_dict()


def test_cnsr_is_0_with_an_event_and_1_with_a_reason(tables):
    table = tables["adtte"]
    assert set(table["CNSR"]) == {0, 1}
    assert ((table["EVNTDESC"] == "") == (table["CNSR"] == 1)).all()
    assert ((table["CNSDTDSC"] == "") == (table["CNSR"] == 0)).all()
    adsl = tables["adsl"].set_index("USUBJID")
    survival = table[table["PARAMCD"] == "OS"].set_index("USUBJID")
    assert ((survival["CNSR"] == 0) == (adsl["DTHFL"] == "Y")).all()
    np.testing.assert_allclose(survival["AVAL"], adsl["EOSDY"])
    assert set(survival["CNSDTDSC"]) == {
        "", "Lost to follow-up", "Without event at data cutoff"}  # fmt: skip
    wide = table.pivot(index="USUBJID", columns="PARAMCD", values="AVAL")
    assert (wide["PFS"] <= wide["OS"] + 1e-9).all()
    assert (wide["PFS"] <= wide["PFS2"] + 1e-9).all()
    assert (table["CNSDTDSC"][table["PARAMCD"] == "TTP"] == "Death without progression").any()


def test_the_duration_of_response_is_that_of_responders(found, tables):
    rows = tables["adtte"].query("PARAMCD == 'DOR'")
    assert set(rows["USUBJID"]) == set(tables["adsl"].query("RESPFL == 'Y'")["USUBJID"])
    data = found.result.data
    np.testing.assert_allclose(rows["AVAL"], data.response[data.responded])


def test_adtr_compares_with_baseline_and_with_the_nadir_before(found, tables):
    table, adsl = tables["adtr"], tables["adsl"].set_index("USUBJID")
    one = table[table["USUBJID"] == table["USUBJID"].iloc[-1]]
    arm, patient = one["TRT01P"].iloc[0], adsl.loc[one["USUBJID"].iloc[0], "PATIENT"]
    visits = found.runs[arm].visits
    own = visits[(visits["patient"] == patient) & (visits["observable"] == "sld")]
    own = own[own["day"] <= adsl.loc[one["USUBJID"].iloc[0], "EOSDY"]]
    np.testing.assert_array_equal(one["ADY"], own["day"])
    np.testing.assert_array_equal(one["AVAL"], own["value"])
    first, lowest = own["value"].iloc[0], np.minimum.accumulate(own["value"])[:-1]
    np.testing.assert_allclose(one["PCHG"].iloc[1:], 100 * (own["value"].iloc[1:] / first - 1))
    np.testing.assert_allclose(one["NADIR"].iloc[1:], lowest)
    assert one["ABLFL"].tolist() == ["Y"] + [""] * (len(own) - 1)
    end = adsl["EOSDY"].reindex(table["USUBJID"]).to_numpy()
    assert (table["ADY"] <= end).all()
    cut = found.runs[arm].visits.query("observable == 'sld'")
    assert len(table[table["TRT01P"] == arm]) < len(cut)


def test_best_responses_are_the_outcomes_where_nobody_is_lost_or_cut(complete):
    tables = complete.tables()
    adsl, adrs = tables["adsl"], tables["adrs"]
    for code, name in (("BOR", "best_overall_response"), ("CBOR", "confirmed_response")):
        rows = adrs[adrs["PARAMCD"] == code]
        assert rows["USUBJID"].tolist() == adsl["USUBJID"].tolist()
        expected = [
            str(complete.runs[arm].table[name].loc[patient])
            for arm, patient in zip(adsl["ARM"], adsl["PATIENT"], strict=True)
        ]
        assert rows["AVALC"].tolist() == expected
        assert len(set(expected)) > 2
    scans = adrs[adrs["PARAMCD"] == "OVRLRESP"]
    read = tables["adtr"].query("ADY > 0")
    assert set(zip(read["USUBJID"], read["ADY"], strict=True)) == set(
        zip(scans["USUBJID"], scans["ADY"], strict=True)
    )


def test_responses_after_loss_do_not_count(tables, found):
    adsl, adrs = tables["adsl"].set_index("USUBJID"), tables["adrs"]
    scans = adrs[adrs["PARAMCD"] == "OVRLRESP"].set_index("USUBJID")
    assert (scans["ADY"] <= adsl["EOSDY"].reindex(scans.index)).all()
    best = adrs[adrs["PARAMCD"] == "BOR"].set_index("USUBJID")["AVALC"]
    followed = [
        str(found.runs[arm].table["best_overall_response"].loc[patient])
        for arm, patient in zip(adsl["ARM"], adsl["PATIENT"], strict=True)
    ]
    assert (best != followed).any()  # some were lost before a scan that would have counted


def test_doses_of_the_nonmem_table_add_up_to_those_given(complete):
    tables = complete.tables()
    adsl, table = tables["adsl"], tables["nonmem"]
    doses = table[table["EVID"] == 1]
    assert (doses["MDV"] == 1).all()
    b = doses[doses["CMT"] == 2]
    assert (b["RATE"] > 0).all()
    days = b.groupby("ID")["AMT"].sum().reindex(adsl.index + 1, fill_value=0.0)
    cut = np.array([
        complete.runs[arm].table.loc[patient, "dose_B"]
        for arm, patient in zip(adsl["ARM"], adsl["PATIENT"], strict=True)
    ])  # fmt: skip
    np.testing.assert_allclose(days, cut)
    a = doses[doses["CMT"] == 1]
    assert (a["RATE"] == 0).all()
    assert set(a["AMT"]) == {4.0}
    given = (a["ADDL"] + 1).groupby(a["ID"]).sum().reindex(adsl.index + 1, fill_value=0.0)
    cut = np.array([
        complete.runs[arm].table.loc[patient, "dose_A"]
        for arm, patient in zip(adsl["ARM"], adsl["PATIENT"], strict=True)
    ])  # fmt: skip
    np.testing.assert_array_equal(given, np.ceil(cut - 1e-9))


def test_readings_below_the_limit_are_censored(tables):
    table = tables["nonmem"]
    seen = table[table["EVID"] == 0]
    assert (seen["CMT"] == seen["DVID"] + 2).all()
    assert set(seen["DVID"]) == {1, 2, 3}
    low = seen[seen["CENS"] == 1]
    assert (low["LIMIT"] == 0).all()
    assert seen[seen["CENS"] == 0]["LIMIT"].isna().all()
    limits = {1: np.cbrt(6 / np.pi), 2: 3.0, 3: 1 / 5.5}  # 1e9 cells a cm3; 10 mL of blood
    for kind, limit in limits.items():
        mine = low[low["DVID"] == kind]
        if kind != 3:
            assert len(mine)
        np.testing.assert_allclose(mine["DV"], limit)
        above = seen[(seen["DVID"] == kind) & (seen["CENS"] == 0)]
        assert above["DV"].min() >= limit - 1e-12


def test_nonmem_rows():
    table = nonmem(
        Doses([0, 0, 1], [0.0, 21.0, 0.0], 100.0, 1),
        Measured([0, 0, 0, 1], [0.0, 21.0, 30.0, 7.0], [2.0, 0.3, math.nan, 1.0], 2, limit=0.5),
    )
    columns = ["ID", "TIME", "EVID", "AMT", "CMT", "DV", "DVID", "MDV", "CENS", "LIMIT"]
    nan = math.nan
    expected = [
        [1, 0, 0, 0, 2, 2.0, 1, 0, 0, nan],
        [1, 0, 1, 100, 1, 0.0, 0, 1, 0, nan],
        [1, 21, 0, 0, 2, 0.5, 1, 0, 1, 0.0],
        [1, 21, 1, 100, 1, 0.0, 0, 1, 0, nan],
        [1, 30, 0, 0, 2, 0.0, 1, 1, 0, nan],
        [2, 0, 1, 100, 1, 0.0, 0, 1, 0, nan],
        [2, 7, 0, 0, 2, 1.0, 1, 0, 0, nan],
    ]
    np.testing.assert_array_equal(table[columns].to_numpy(dtype=float), expected)
    assert (table[["RATE", "II", "ADDL"]] == 0).all(axis=None)


def test_nonmem_refuses_doses_that_are_none():
    seen = Measured([], [], [], [])
    with pytest.raises(ScenarioError, match="Leave out doses"):
        nonmem(Doses([0], [0.0], 0.0, 1), seen)
    with pytest.raises(ScenarioError, match=r"patient\.0"):
        nonmem(Doses([0.5], [0.0], 1.0, 1), seen)
    assert nonmem(Doses([], [], [], []), seen).empty


def test_files_read_back_with_their_types_and_keys(found, tables, tmp_path):
    written = found.export(tmp_path / "new", "ABC")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(
        path.name for path in written
    )
    for name, table in tables.items():
        whole = pd.read_parquet(tmp_path / "new" / f"{name}.parquet")
        pd.testing.assert_frame_equal(whole, table)
        own = {"keep_default_na": False, "na_values": "."} if name == "nonmem" else {}
        own |= {"dtype": {"SUBJID": str}, "float_precision": "round_trip"}
        text = pd.read_csv(tmp_path / "new" / f"{name}.csv", **own)
        assert text.columns.tolist() == table.columns.tolist()
        for column in table.columns[[kind.kind in "if" for kind in table.dtypes]]:
            np.testing.assert_array_equal(text[column], table[column])
        if name != "dictionary":
            assert not table.duplicated(list(KEYS[name])).any()
            assert text.dtypes[list(KEYS[name])].notna().all()
    page = (tmp_path / "new" / "dictionary.md").read_text(encoding="utf-8")
    assert "1: A; 2: B; 3: sum of target diameters; 4: marker psa" in page


def test_the_dictionary_has_every_variable_once(tables):
    words = tables["dictionary"]
    listed = list(zip(words["table"], words["variable"], strict=True))
    own = [(name, column) for name in KEYS for column in tables[name].columns]
    assert listed == own
    assert (words["label"].str.len() <= 40).all()  # as transport files have it
    assert (words["meaning"].str.len() > 2).all()
    kinds = words.set_index(["table", "variable"])["type"]
    assert kinds["adtte", "CNSR"] == "integer"
    assert kinds["adtte", "AVAL"] == "number"
    assert kinds["adsl", "USUBJID"] == "text"


def test_a_trial_that_stops_early_has_no_rows_of_who_did_not_enter():
    early = "\n  accrual: 40 months\n  endpoint: progression_free_survival\n  looks: [30%, 1]\n"
    found = cm.trial(cm.loads(FILE.rstrip() + early), progress=False)
    tables = found.tables()
    adsl = tables["adsl"]
    out = adsl[adsl["RANDFL"] == "N"]
    assert len(adsl) == found.table()["randomized"].sum() == 80
    assert 0 < len(out) < 80
    assert out["EOSDY"].isna().all()
    assert (adsl["FASFL"] == "Y").sum() == found.table()["patients"].sum()
    for name in ("adtte", "adtr", "adrs"):
        assert not tables[name]["USUBJID"].isin(out["USUBJID"]).any()
    assert not tables["nonmem"]["ID"].isin(out.index + 1).any()


def test_crossover_is_told():
    over = "\n  crossover: true\n  at_crossover: censored\n  endpoint: overall_survival\n"
    arms = cm.loads(FILE.replace("one by one: sequential", "one: {policy: continuous, drugs: A}")
                    .rstrip() + over)  # fmt: skip
    found = cm.trial(arms, progress=False)
    tables = found.tables()
    adsl = tables["adsl"].set_index("USUBJID")
    assert (adsl["XOVERFL"] == "Y").any()
    assert set(adsl[adsl["XOVERFL"] == "Y"]["ARM"]) == {"one"}
    rows = tables["adtte"].query("PARAMCD == 'OS'").set_index("USUBJID")
    cut = rows[rows["CNSDTDSC"] == "Crossover to the other arm"]
    np.testing.assert_allclose(cut["AVAL"], adsl["XOVERDY"].reindex(cut.index))
    assert len(cut) == (adsl["XOVERFL"] == "Y").sum()


@pytest.mark.parametrize("what", ["visits", "patients", "doses"])
def test_a_trial_without_what_was_seen_is_refused(found, what, tmp_path):
    def without(runs):
        visits = runs.visits
        if what == "visits":
            (runs.save(tmp_path / "run") / "visits.parquet").unlink()
            return load_runs(tmp_path / "run")
        few = runs.trajectories
        if what == "patients":
            visits, few = visits[visits["patient"] < 40], few.isel(patient=slice(40))
        else:
            visits = visits[visits["kind"] != "dose"]
        return cm.Runs(few, runs.table, runs.provenance, runs.document, visits=visits)

    lacking = carried_out(found.protocol, {arm: without(own) for arm, own in found.runs.items()})
    assert lacking.table().equals(found.table())
    with pytest.raises(ScenarioError, match=r"keep: got \d+ of 80 randomized .* keep=90"):
        lacking.export(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_folder_that_cannot_be_written_is_refused(found, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError):
        found.export(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "in the way"
