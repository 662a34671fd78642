"""Here: the pages and figures of a trial and of power. Not here: the commands (``test_cli_trial``).

What a trial finds is held to its definitions in ``unit`` and ``statistical``.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import countermove as cm
from countermove.report import ADVICE
from countermove.report.power_figures import draw_power, draw_power_map
from countermove.report.tables import percent
from countermove.report.trial_figures import draw_trial_looks
from countermove.report.trial_page import write_trial
from countermove.results.run_folder import POWER_MAP, TRIAL_FIGURES, RunFolder
from support.pages import Page
from support.terminal import call

BASE = """\
countermove: 1
name: Sequence <or> both
tumor: {birth: 0.14 /day, death: 0.1 /day, diagnosed_at: 1e10 cells, lethal_at: 1e12 cells}
drugs: {A: {kill: 0.05 /day}, B: {kill: 0.05 /day}}
alterations:
  a: {mechanism: target, drug: A, rate: 1e-6}
  b: {mechanism: target, drug: B, rate: 1e-6}
treatment: {policy: sequential, drugs: [A, B], guided_by: recist}
monitoring: {imaging: {every: 8 weeks, error: 5%, missed: 5%}}
patients: {number: 60}
follow_up: 2 years
trial:
  arms: {sequence: {policy: sequential, guided_by: recist}, both: combination}
  accrual: 6 months
  follow_up: 18 months
  dropout: 20%
  looks: [50%, 1]
"""
ONE = {"policy": "continuous", "drugs": ["A"]}
CASES = {
    "two arms": {},
    "three arms, futility": {
        "trial.arms": {
            "usual": ONE,
            "same": ONE,
            "both of them, at once": "combination",
        },
        "trial.futility": 0.6,
        "trial.spending": "pocock",
    },
    "one look, crossover": {
        "trial.arms": {"A": ONE, "both": "combination"},
        "trial.looks": [1.0],
        "trial.crossover": True,
        "trial.endpoint": "overall_survival",
    },
    "evaluable": {"trial.population": "evaluable", "trial.dropout": 0.9},
    "equal arms": {"trial.arms": {"both": "combination", "again": "combination"}},
    "no events": {"trial.accrual": "0 days", "trial.follow_up": "70 days"},
}


def carried_out(changes=None):
    return cm.trial(cm.replace(cm.loads(BASE), changes or {}), progress=False, keep=0)


@pytest.fixture(scope="module")
def found():
    return carried_out({"trial.arms.sequence": ONE, "drugs.B.kill": "0.01 /day"})


def sound(path: Path, figures: int) -> Page:
    page = Page(path.read_text(encoding="utf-8"))
    assert page.problems == []
    assert page.open == []
    assert page.tags.count("svg") == figures
    assert len(page.ids) == len(set(page.ids))
    assert set(page.used) <= set(page.ids)
    assert ADVICE in " ".join(page.words)
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert all(tag == "a" or value.startswith("#") for tag, _, value in page.links)
    return page


def rows_of(path: Path) -> dict[str, list[str]]:
    """Rows of all tables of a page, by their first cell; the first of a name counts."""
    found: dict[str, list[str]] = {}
    for row in re.findall(r"<tr>(<td>.*?)</tr>", path.read_text("utf-8"), re.DOTALL):
        first, *rest = re.findall(r"<td>(.*?)</td>", row, re.DOTALL)
        found.setdefault(first, rest)
    return found


@pytest.mark.parametrize("case", CASES)
def test_every_trial_has_a_sound_page_and_every_figure(case, tmp_path):
    own = carried_out(CASES[case])
    page = sound(write_trial(own, tmp_path, description="What & <why>"), len(TRIAL_FIGURES))
    words = " ".join(page.words)
    assert own.protocol.criterion in words
    assert "What & <why>" in words
    for sentence in own.sentences():
        assert sentence in words
    for name in TRIAL_FIGURES:
        assert (tmp_path / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert {path.name for path in tmp_path.iterdir()} == {
        "trial.html", "trial.csv", "looks.csv", "figures",
    }  # fmt: skip


def test_the_numbers_on_the_page_are_those_of_the_table(found, tmp_path):
    rows, table = rows_of(write_trial(found, tmp_path)), found.table()
    month = 365.25 / 12.0
    assert rows["Events"] == [f"{count}" for count in table["events"]]
    assert rows["It shrank: response"][0].startswith(percent(table["response_rate"].iloc[0]))
    assert rows["Both, of all patients"] == [percent(share) for share in table["durable"]]
    median = [cell.split(" ")[0] for cell in rows["Median"]]
    assert median[0] == f"{table['median'].iloc[0] / month:.1f}"
    both = table.loc["both"]
    assert rows["Hazard ratio"] == [
        "-",
        f"{both['hazard_ratio']:.2f} [{both['hazard_low']:.2f} to {both['hazard_high']:.2f}]",
    ]
    assert 0.0 < both["hazard_ratio"] < both["hazard_high"] < 5.0
    assert rows["An effect is claimed"][1] == ("yes" if both["claimed"] else "no")
    stored = pd.read_csv(tmp_path / "trial.csv", index_col="arm")
    np.testing.assert_allclose(stored["hazard_ratio"], table["hazard_ratio"])


def test_the_flow_adds_up_from_screening_to_analysis(tmp_path):
    own = carried_out(CASES["evaluable"])
    flow, rows = own.flow(), rows_of(write_trial(own, tmp_path))
    assert (flow["entered"] == flow["not_evaluable"] + flow["analyzed"]).all()
    assert flow["analyzed"].tolist() == own.table()["patients"].tolist()
    assert flow["not_evaluable"].sum() > 0
    assert flow["lost"].sum() > 30  # nine in ten are lost within a year
    assert rows["Screened"] == ["60", "", ""]
    assert rows["Analyzed"] == [f"{count}" for count in flow["analyzed"]]
    assert rows["Lost to follow-up before the event"][0] == f"{flow['lost'].sum()}"


def test_a_ratio_without_end_is_not_written():
    own = carried_out()  # one arm has all its events before the other has any
    assert not np.isfinite(own.table().loc["both", "hazard_high"])
    assert "hazard ratio" not in " ".join(own.sentences())


@pytest.mark.parametrize("endpoint", ["overall_survival", "progression_free_survival"])
def test_who_crosses_over_is_counted_in_the_control_arm_alone(endpoint):
    own = carried_out({**CASES["one look, crossover"], "trial.endpoint": endpoint})
    flow = own.flow()
    assert flow["crossed_over"].tolist()[0] > 10
    assert flow["crossed_over"].tolist()[1] == 0
    assert not carried_out().flow()["crossed_over"].any()


def test_the_bounds_are_drawn_on_both_sides_where_the_looks_put_them(found):
    axes = Figure().subplots()
    cm.plot_looks(found, axes)
    looks = found.looks()
    drawn = [np.asarray(line.get_ydata(), dtype=float) for line in axes.get_lines()]
    for side in (1.0, -1.0):
        assert any(np.array_equal(line, side * looks["bound"]) for line in drawn)
    assert any(np.array_equal(line, looks["z"]) for line in drawn)


def test_conditional_power_has_a_panel_where_there_was_an_interim_look():
    for looks, panels in (([0.5, 1.0], 2), ([1.0], 1)):
        figure = Figure()
        draw_trial_looks(figure, carried_out({"trial.looks": looks}))
        assert len(figure.axes) == panels


def test_patients_at_risk_are_those_not_yet_out(found):
    axes = cm.plot_trial(found, Figure().subplots())
    written = [text.get_text() for text in axes.texts]
    curve = found.curves()["sequence"]
    at = written.index("sequence") + 1
    assert written[at] == f"{curve.durations.size}"
    ticks = axes.get_xticks()
    later = [(curve.durations >= tick * 365.25 / 12.0 - 1e-6).sum() for tick in ticks]
    assert written[at + 1] in {f"{count}" for count in later}


@pytest.fixture(scope="module")
def grid():
    sweep = {
        "trial.patients": [10, 20],
        "monitoring.imaging.every": ["12 weeks", "6 weeks"],
        "trial.dropout": [0.0, 0.3],
    }
    return cm.power(cm.loads(BASE), sweep, trials=40, pool=40, target=0.8, progress=False, keep=0)


def test_power_has_a_sound_page_a_curve_and_a_map(grid, tmp_path):
    page = sound(cm.write_report(grid, tmp_path), 2)
    table, words = grid.table(), " ".join(page.words)
    assert "Patients for 80%" in words
    cells = re.findall(r"<tr>(<td>.*?)</tr>", (tmp_path / "power.html").read_text("utf-8"))
    assert len(cells) == len(table) == 8
    for text, (_, row) in zip(cells, table.iterrows(), strict=True):
        assert f"<td>{percent(row['power'])}</td>" in text
        assert f"<td>{percent(row['low'])} to {percent(row['high'])}</td>" in text
    RunFolder(tmp_path).clear_overview()
    assert not (tmp_path / "figures" / f"{POWER_MAP}.png").exists()
    assert not (tmp_path / "power.html").exists()


def test_each_line_of_power_is_one_pair_of_the_rest_in_order(grid):
    figure = Figure()
    draw_power(figure, grid)
    (axes,) = figure.axes
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["12 weeks, 0", "12 weeks, 0.3", "6 weeks, 0", "6 weeks, 0.3"]
    table = grid.table()
    first = (table["monitoring.imaging.every"] == "12 weeks") & (table["trial.dropout"] == 0.0)
    points = axes.get_lines()[0]
    assert list(points.get_xdata()) == [10, 20]
    np.testing.assert_allclose(points.get_ydata(), 100.0 * table[first]["power"])
    figure = Figure()
    draw_power_map(figure, grid)
    assert len(figure.axes) == 2  # sizes
    # in order of time, not of writing
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["6 weeks", "12 weeks"]


@pytest.mark.parametrize(
    ("sweep", "label"),
    [
        ({}, "Patients"),
        ({"monitoring.imaging.every": ["12 weeks", "6 weeks"]}, "monitoring.imaging.every (weeks)"),
        ({"trial.accrual": ["30 days", "2 months"]}, "trial.accrual"),
        ({"trial.patients": [10]}, "Patients"),
    ],
)
def test_power_is_drawn_of_any_grid(sweep, label):
    own = cm.replace(cm.loads(BASE), {"patients.number": 20})
    grid = cm.power(own, sweep, trials=20, pool=20, progress=False, keep=0)
    assert cm.plot_power(grid, Figure().subplots()).get_xlabel() == label
    figure = Figure()
    draw_power(figure, grid)
    figure.canvas.draw()


def test_the_commands_write_their_pages_and_lead_to_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    Path("own.yaml").write_text(BASE, encoding="utf-8")
    assert "start with trial.html" in call("trial", "own.yaml").output
    page = sound(Path("runs/own-trial/trial.html"), len(TRIAL_FIGURES))
    links = [value for tag, name, value in page.links if tag == "a" and "report" in value]
    assert links == ["arm%3Dsequence/report.html", "arm%3Dboth/report.html"]
    assert "start with" not in call("trial", "own.yaml", "--no-report").output
    assert not Path("runs/own-trial/trial.html").exists()  # what is not written now is not left
    few = ("power", "own.yaml", "--trials", "20", "--pool", "60")
    assert "start with power.html" in call(*few).output
    sound(Path("runs/own-power/power.html"), 1)
    Path("runs/own-power/power.html").write_text("mine", encoding="utf-8")
    said = call(*few, code=2).output
    assert "power.html: got a file that countermove did not write" in " ".join(said.split())
    assert Path("runs/own-power/power.html").read_text("utf-8") == "mine"


def test_a_trial_by_blood_enrolls_whose_blood_shows_the_tumor():
    found = cm.trial("ctdna_trial", progress=False, keep=0)
    assert 0.5 < found.eligible / found.screened < 0.95
    assert found.conducted.arm.size == found.eligible
    # what its description says: the first progression comes later, the second does not
    truth = found.truth.table()["difference_low"], found.truth.table()["difference_high"]
    arm = "switch by ctDNA"
    assert truth[0]["imaging_progression_free_survival", arm] > 0.0
    assert truth[1]["progression_free_survival_2", arm] < 0.0


def test_the_adaptive_trial_stops_at_an_interim_look_for_the_adaptive_arm():
    found = cm.trial("adaptive_trial", progress=False, keep=0)
    assert bool(found.table().loc["adaptive", "claimed"])
    assert len(found.looks()) < len(found.protocol.design.looks)
