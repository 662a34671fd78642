"""Here: the report of made-up runs: its files, its page, its figures. Not here: how it looks."""

import re
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from countermove.foundation import OutputError
from countermove.report import ADVICE, write_report
from countermove.report.burden import GONE, draw_burden, log_cells
from countermove.report.composition import MOST_GROUPS
from countermove.report.figures import DRAWINGS, draw_all
from countermove.report.page import page as page_of
from countermove.report.reading import grouped_types, mean_shares
from countermove.report.tables import outcome_rows, percent, time_words
from countermove.results import Runs, outcome_table
from support.pages import Page
from support.synthetic import document, made_up_runs

COHORTS = {
    "relapse": {},
    "one patient": {"patients": 1},
    "nobody progressed": {"patients": 5, "course": "stable"},
    "everyone cured": {"patients": 5, "course": "cured"},
    "one type": {"patients": 4, "types": 1},
    "forty types": {"patients": 4, "types": 40},
    "no treatment": {"patients": 4, "treated": False, "course": "stable"},
    "no trajectories": {"patients": 4, "kept": 0},
    "some trajectories": {"patients": 9, "kept": 3},
}


def report(runs: Runs) -> str:
    return page_of(runs, draw_all(runs))


@pytest.fixture(scope="module")
def text() -> str:
    """The page of three patients."""
    return report(made_up_runs(3))


@pytest.mark.parametrize("cohort", COHORTS)
def test_every_cohort_has_a_sound_page_and_every_figure(cohort, tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "burden.png").touch()
    path = write_report(made_up_runs(**COHORTS[cohort]), tmp_path)
    page = Page(path.read_text(encoding="utf-8"))
    assert page.problems == []
    assert page.open == []
    assert page.tags.count("svg") == len(DRAWINGS)
    assert len(page.ids) == len(set(page.ids))
    assert set(page.used) <= set(page.ids)
    assert ADVICE in " ".join(page.words)
    for name in DRAWINGS:
        assert not (tmp_path / "figures" / f"{name}.png").exists()  # as an earlier run left it
        assert "</svg>" in (tmp_path / "figures" / f"{name}.svg").read_text(encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "figures"}


def test_the_check_above_would_notice_a_tag_left_open():
    page = Page("<p><b>words</p>")
    assert page.problems or page.open


def test_the_advice_is_that_this_is_not_medical_advice():
    assert "research and education, not medical advice" in ADVICE


def test_the_page_asks_nothing_of_a_network(text):
    page = Page(text)
    for tag, name, value in page.links:
        allowed = tag == "a" or value.startswith("#")
        assert allowed, (tag, name, value)
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert "@import" not in text
    assert re.findall(r"url\((?!#)", text) == []
    assert "default-src 'none'" in text


def test_sources_are_links(text):
    page = Page(text)
    addresses = [value for tag, _, value in page.links if tag == "a"]
    assert addresses[-2:] == [
        "https://doi.org/10.7554/eLife.00747",
        "https://pubmed.ncbi.nlm.nih.gov/23805382/",
    ]


def test_words_of_a_scenario_stay_words():
    resolved = document('<script>alert(1)</script> & "quotes"', description="</style><b>")
    text = report(made_up_runs(3, resolved=resolved))
    assert "script" not in Page(text).tags
    assert Page(text).problems == []
    assert "&lt;script&gt;alert(1)" in text


def test_the_scenario_and_the_provenance_are_on_the_page(text):
    words = " ".join(Page(text).words)
    assert "policy: sequential" in words
    assert made_up_runs(3).provenance["scenario_hash"] in words


def test_the_same_runs_give_the_same_report(text):
    assert report(made_up_runs(3)) == text
    assert report(made_up_runs(3, seed=6)) != text


def test_the_look_of_other_figures_is_left_alone():
    before = dict(mpl.rcParams)
    draw_all(made_up_runs(3))
    assert dict(mpl.rcParams) == before


def test_pyplot_is_never_needed():
    script = "import sys, countermove.report; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_a_folder_that_cannot_be_written_is_one_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="expected a place to write results"):
        write_report(made_up_runs(2), tmp_path / "file")


def test_no_cells_are_drawn_at_the_bottom_of_the_log_axis():
    np.testing.assert_allclose(log_cells(np.array([0.0, 0.4, 1.0, 1e9])), [GONE, GONE, 0.0, 9.0])
    figure = Figure()
    _, caption = draw_burden(figure, made_up_runs(5, course="cured"))
    axes = figure.axes[-1]
    assert "0" in [label.get_text() for label in axes.get_yticklabels()]
    assert "gone" in caption
    lowest = min(line.get_ydata()[-1] for line in axes.get_lines() if len(line.get_ydata()) > 2)
    assert lowest == GONE


def test_a_log_axis_without_zeros_does_not_speak_of_them():
    figure = Figure()
    _, caption = draw_burden(figure, made_up_runs(5, course="stable"))
    assert "0" not in [label.get_text() for label in figure.axes[-1].get_yticklabels()]
    assert "gone" not in caption


def test_many_types_are_joined_and_no_cell_is_lost():
    runs = made_up_runs(4, types=40)
    names, cells = grouped_types(runs, MOST_GROUPS)
    assert len(names) == MOST_GROUPS
    assert names[0] == "ancestral"
    assert names[-1] == "other (33 types)"
    np.testing.assert_allclose(cells.sum(axis=2), runs.trajectories["burden"])


def test_types_too_few_to_see_are_joined_and_no_cell_is_lost():
    runs = made_up_runs(3)
    cells = runs.trajectories["cells"].copy()
    cells[:, :, 2:] = 1e-9 * cells.to_numpy()[:, :, :1] + 1e-9
    few = runs.trajectories.assign(cells=cells)
    names, groups = grouped_types(Runs(few, runs.table, {}, runs.document), MOST_GROUPS)
    assert names == ["ancestral", "resists_A", "other (2 types)"]
    np.testing.assert_allclose(groups.sum(axis=2), cells.sum("type"))


def test_long_names_fit():
    runs = made_up_runs(6, types=12)
    long = [f"{name} with_a_name_that_does_not_end + and_another" for name in
            runs.trajectories["genotype"].to_numpy()]  # fmt: skip
    drugs = ["an_antibody_drug_conjugate_of_some_kind", "B"]
    data = runs.trajectories.assign_coords(genotype=("type", long), drug=drugs)
    columns = dict(runs.outcomes())
    columns["relapse_mechanisms"] = columns["relapse_mechanisms"].replace(
        "target", "target + bypass + efflux + processing + death_evasion"
    )
    for drawing in draw_all(Runs(data, outcome_table(columns), {}, runs.document)):
        for axes in drawing.figure.axes:
            box = axes.get_tightbbox()
            assert box.x0 >= -1.0
            assert box.x1 <= drawing.figure.bbox.width + 1.0
            assert axes.get_position().width > 0.4


def test_shares_leave_out_patients_without_cells():
    cells = np.array([[[3.0, 1.0]], [[0.0, 0.0]]])
    np.testing.assert_allclose(mean_shares(cells), [[0.75, 0.25]])
    np.testing.assert_allclose(mean_shares(np.zeros((2, 1, 2))), [[0.0, 0.0]])


def test_types_alike_but_for_their_origin_are_one_group():
    runs = made_up_runs(3)
    alike = runs.trajectories.assign_coords(genotype=("type", ["ancestral", "r", "r", "ancestral"]))
    names, cells = grouped_types(Runs(alike, runs.table, {}, runs.document), MOST_GROUPS)
    assert names == ["ancestral", "r"]
    np.testing.assert_allclose(cells.sum(axis=2), alike["burden"])


def test_the_outcome_table_says_what_the_runs_say():
    columns = dict(made_up_runs(4).outcomes())
    columns["progressed"] = np.array([True, True, False, False])
    columns["time_to_progression"] = np.array([100.0, 304.375, np.nan, np.nan])
    columns["progression_free_survival"] = np.array([100.0, 304.375, 900.0, 900.0])
    runs = made_up_runs(4)
    rows = {
        row[0]: row[1:]
        for row in outcome_rows(Runs(runs.trajectories, outcome_table(columns), {}, {}))
    }
    assert rows["Patients"] == ("4", "")
    assert rows["Progressed"] == ("50% (2)", "15% to 85%")
    assert rows["Median time to progression"][0] == "10.0 months"


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0%"), (1.0, "100%"), (0.99999, "99.99%"), (0.5, "50%"), (0.0602, "6.0%"),
     (0.0000864, "0.0086%"), (None, "-"), (float("nan"), "-")],
)  # fmt: skip
def test_shares_are_written_for_people(share, words):
    assert percent(share) == words


@pytest.mark.parametrize(
    ("days", "words"), [(None, "not reached"), (20.0, "20 days"), (365.25, "12.0 months")]
)
def test_times_are_written_for_people(days, words):
    assert time_words(days) == words
