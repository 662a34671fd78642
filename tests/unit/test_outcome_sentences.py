"""Here: what is said about progression and later lines. Not here: the estimates."""

import pytest

from countermove.command_line.outcome_tables import outcome_rows, seen_rows
from countermove.report.figures import draw_all
from countermove.report.page import page
from countermove.report.tables import outcome_rows as report_rows
from countermove.report.tables import seen_rows as report_seen_rows
from countermove.results.sentences import criterion_sentence, later_lines_sentence
from support.synthetic import made_up_runs


def runs_with(criterion="recist", lines=None, **columns):
    runs = made_up_runs(4)
    runs.provenance["criterion"] = criterion
    for name, values in columns.items():
        runs.table[name] = values
    if lines is not None:
        runs.table["lines"] = lines
    return runs


@pytest.mark.parametrize(
    ("criterion", "endpoints", "words"),
    [
        ("recist", {}, "against the lowest burden so far (recist)."),
        ("baseline", {}, "against baseline, because the policy pauses drugs (baseline)."),
        ("baseline", {"criterion": "baseline"}, "against baseline, as the scenario asks"),
        ("on_drug", {}, "since a drug was last begun"),
    ],
)
def test_the_criterion_is_said_in_words(criterion, endpoints, words):
    assert words in criterion_sentence({"criterion": criterion}, {"endpoints": endpoints})


def test_a_run_that_does_not_name_its_criterion_says_nothing():
    assert criterion_sentence({}, {}) == ""


def test_cured_by_a_later_line_is_told_apart():
    runs = runs_with(
        lines=[1, 2, 2, 4],
        progressed=[False, True, True, True],
        cured=[True, True, True, False],
    )
    summary = runs.summary()
    assert summary["cured_after_progression"]["count"] == 2
    assert {name: found["count"] for name, found in summary["lines"].items()} == {
        "0": 0,
        "1": 1,
        "2": 2,
        "3+": 1,
    }
    rows = {label.strip(): (value, span) for label, value, span in outcome_rows(summary)}
    assert rows["of them after progression"][0] == "50.0%"
    assert rows["Three or more lines of therapy"][0] == "25.0%"
    assert "2 patients have no cell left although an earlier line failed" in later_lines_sentence(
        summary
    )
    assert "Two lines of therapy" in [row[0] for row in report_rows(runs)]


def test_one_line_alone_needs_no_explanation():
    summary = runs_with(lines=[1, 1, 1, 1]).summary()
    assert later_lines_sentence(summary) == ""
    assert not [row for row in outcome_rows(summary) if "lines" in row[0]]


def test_the_table_has_every_outcome():
    labels = [row[0] for row in outcome_rows(runs_with().summary())]
    for word in ("Died", "Alive with no cell left", "progression-free survival", "overall"):
        assert any(word in label for label in labels)


def test_page_and_caption_say_the_same_sentence():
    runs = runs_with("on_drug")
    text = criterion_sentence(runs.provenance, runs.document)
    drawings = draw_all(runs)
    assert page(runs, drawings).count(text) >= 2
    assert [d.name for d in drawings if text in d.caption] == ["time_to_progression", "survival"]


BLOOD = {"ctdna": {}, "marker": {"name": "psa"}}
NAN = float("nan")


@pytest.mark.parametrize(
    ("treatment", "told"),
    [
        ({"policy": "ctdna_switch"}, True),
        ({"policy": "sequential", "guided_by": "psa"}, True),
        ({"policy": "sequential", "guided_by": "ctdna.hge"}, True),
        ({"policy": "sequential", "guided_by": "recist"}, False),
        ({"policy": "sequential"}, False),
        ({"policy": "adaptive", "guided_by": "psa"}, False),
    ],
)
def test_where_a_policy_follows_blood_what_called_for_the_second_line_is_told(treatment, told):
    runs = runs_with(
        lines=[1, 2, 2, 2],
        time_on_first_line=[300.0, 100.0, 100.0, 100.0],
        imaging_time_to_progression=[NAN, 100.0, 150.0, NAN],
    )
    document = {**runs.document, "treatment": treatment, "monitoring": BLOOD}
    summary = runs.summary()
    found = {row[0]: row[1] for row in seen_rows(summary, document, pauses=False)}
    blood, scan = "Second line after blood, before scans", "Second line after a scan's progression"
    assert (found.get(blood), found.get(scan)) == (("50.0%", "25.0%") if told else (None, None))
    runs.document.update(document)
    assert (blood in [row[0] for row in report_seen_rows(runs)]) == told


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"monitoring": BLOOD}, "total ctDNA"),
        ({"monitoring": {"marker": {"name": "psa"}}}, "psa"),
        ({"monitoring": BLOOD, "endpoints": {"molecular_alteration": "a"}}, "a in ctDNA"),
        ({"monitoring": BLOOD, "treatment": {"alteration": "b"}}, "b in ctDNA"),
    ],
)
def test_the_lead_names_the_blood_that_leads(document, words):
    runs = runs_with(molecular_lead=[10.0, 20.0, NAN, NAN])
    document = {**runs.document, **document}
    found = {row[0]: row[1] for row in seen_rows(runs.summary(), document, pauses=False)}
    assert found[f"Median lead of {words} over scans"] == "15 days"
