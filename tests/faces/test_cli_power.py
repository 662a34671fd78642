"""Here: ``countermove power``: its table and files, going on where it stopped, and bad input.

Not here: the power of one design (``statistical/test_trials``).
"""

import json
from pathlib import Path

import pandas as pd
import pytest

from support.terminal import call

FILE = """\
countermove: 1
name: Sequence or both
tumor: {birth: 0.14 /day, death: 0.1 /day, diagnosed_at: 1e9 cells, lethal_at: 1e12 cells}
drugs: {A: {kill: 0.05 /day}, B: {kill: 0.03 /day}}
alterations:
  a: {mechanism: target, drug: A, rate: 1e-6}
  b: {mechanism: target, drug: B, rate: 1e-6}
treatment: {policy: sequential, drugs: [A, B], guided_by: recist}
monitoring: {imaging: {every: 8 weeks, error: 5%}}
patients: {number: 20, vary: {tumor.birth: {normal: [0.14, 0.01], truncate: [0.115, 0.165]}}}
follow_up: 2 years
trial:
  arms: {sequence: {policy: sequential, guided_by: recist}, both: combination}
  accrual: 6 months
  follow_up: 12 months
"""
GRID = ("--sweep", "trial.patients=8,16,32", "--sweep", "drugs.B.kill=0.02,0.03")
FEW = ("--trials", "200", "--pool", "300", "--no-report")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    Path("own.yaml").write_text(FILE, encoding="utf-8")
    return tmp_path / "runs" / "own-power"


def test_a_grid_has_a_row_each_and_more_patients_more_power(here):
    out = call("power", "own.yaml", *GRID, *FEW, "--target", "80%").output
    assert "6 cells of 200 trials" in out
    assert "for 80.0%" in out
    table = pd.read_csv(here / "power.csv")
    assert len(table) == 6
    for _, own in table.groupby("drugs.B.kill"):
        assert own.sort_values("patients")["power"].is_monotonic_increasing
    weak, strong = (table[table["drugs.B.kill"] == kill].iloc[0] for kill in (0.02, 0.03))
    assert strong["power"] > weak["power"]
    assert ((table["low"] <= table["power"]) & (table["power"] <= table["high"])).all()
    assert len(list(here.glob("pool=*"))) == 4  # two effects, two arms; sizes share patients


def test_one_certain_cell_is_told_in_plain_words(here):
    sure = ("--set", "trial.arms.both={policy: combination}", "--set", "drugs.B.kill=0.09 /day")
    sure = (*sure, "--set", "drugs.A.kill=0.09 /day", "--set", "trial.patients=100")
    given = ("--set", "patients.number=100", "--trials", "50", "--target", "80%")
    out = " ".join(call("power", "own.yaml", *sure, *given).output.split())
    assert "1 cell of 50 trials" in out
    assert "100.0%" in out
    assert "adds a standard error of less than 0.1%." in out
    table = pd.read_csv(here / "power.csv")
    assert table["needed_low"][0] >= 2  # one patient an arm
    page = (here / "power.html").read_text(encoding="utf-8")
    assert "1 design of 50 simulated trials each" in page
    assert "standard error of less than 0.1%" in page
    assert "<td>&lt;0.1%</td>" in page


def test_a_narrow_terminal_breaks_a_path_at_its_points(here, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    every = ("--sweep", "monitoring.imaging.every=8 weeks,12 weeks")
    out = call("power", "own.yaml", *every, "--sweep", "drugs.B.kill=0.02,0.03", *FEW).output
    heads = {word for line in out.splitlines()[:8] for word in line.split()}
    assert {"monitoring.", "imaging.", "every", "drugs.", "B.", "kill"} <= heads


def test_it_goes_on_where_it_stopped_and_says_the_same(here):
    def asked():
        return json.loads(call("power", "own.yaml", *GRID, *FEW, "--json").stdout)["cells"]

    first = asked()
    cells = json.loads((here / "cells.json").read_text())
    assert len(cells) == 6
    kept = dict(list(cells.items())[:2])
    kept[next(iter(kept))]["power"] = 0.123  # what was found already is not worked out again
    (here / "cells.json").write_text(json.dumps(kept))
    stored = {path: path.stat().st_mtime_ns for path in here.glob("pool=*/outcomes.parquet")}
    again = asked()
    assert [row["power"] for row in again].count(0.123) == 1
    assert sum(one != other for one, other in zip(first, again, strict=True)) == 1
    assert stored == {p: p.stat().st_mtime_ns for p in here.glob("pool=*/outcomes.parquet")}
    (here / "cells.json").write_text('{"cut off')
    assert asked() == first


BAD = {
    "no trial": ((), FILE[: FILE.index("trial:")], "trial: got nothing"),
    "a pool too small": (("--pool", "10"), FILE, "at least the patients of the largest trial, 20"),
    "no power": (("--target", "1.5"), FILE, "target: got 1.5"),
    "no such path": (("--sweep", "trial.patient=3"), FILE, "patients"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_one_error_before_any_work(here, name):
    more, text, said = BAD[name]
    Path("own.yaml").write_text(text, encoding="utf-8")
    assert said in call("power", "own.yaml", *more, code=2).output
    assert not here.exists()
