"""Here: the documentation's page of a catalog entry, and the figure in it.

Not here: the numbers (``tests/reference``).
"""

import re
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from countermove.catalog import Reproduced, Verdict, entry, entry_names
from countermove.evidence import claims
from countermove.report.reproduced import Compared, draw_reproduced

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def pages(monkeypatch):
    pytest.importorskip("sphinx")
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_ext"))
    import paper_against_ours

    return paper_against_ours


def done(name: str) -> Reproduced:
    """An entry as if recomputed: each number as the paper has it."""
    own = entry(name)
    rows = [
        Verdict(row, row.id, row.value if row.value is not None else row.low, "agrees", "a note")
        for row in own.numbers
    ]
    return Reproduced(own, tuple(rows), 0.0)


def test_a_page_has_each_number_with_its_place_the_reading_and_the_scenario(pages):
    one = done("sanctuary")
    text = pages.page(one)
    for row in one.entry.numbers:
        assert f"- {row.says}" in text
        assert f"{row.place}; *{row.status}*" in text
        assert row.why in text
    assert "- a note." in text
    assert "<svg" in text
    assert "[`fu_2015`](fu_2015.md)" in text  # a name of another entry leads to it
    assert one.entry.text.rstrip() in text
    assert text.count("\n# ") + text.startswith("# ") == 1


@pytest.mark.parametrize("name", entry_names())
def test_what_a_page_says_of_biology_stands_beside_claims(pages, name):
    lines = pages.known(entry(name))
    used = re.findall(r"\{claim\}`([^`]*)`", "\n".join(lines))
    assert used
    assert set(used) <= {one.id for one in claims()}


def test_a_page_has_the_claims_of_its_own_scenario_first(pages):
    assert "dormant-cells" in "\n".join(pages.known(entry("persisters")))
    assert "resistance-is-evolution" in "\n".join(pages.known(entry("claret_2009")))


def test_what_rows_share_is_said_once(pages):
    text = "\n".join(pages.table(done("strobl_2021"), whole=True))
    (place,) = {row.place for row in entry("strobl_2021").numbers}
    assert text.count(place) == 1
    assert text.count("- as above") == 2 * (len(entry("strobl_2021").numbers) - 1)


def test_the_table_of_all_leads_to_a_page_of_each_entry(pages, tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "recompute", lambda own: done(own.name))
    monkeypatch.setattr(pages, "entry_names", lambda: ("sanctuary", "persisters"))
    monkeypatch.setattr(pages, "BUILT", {})
    (tmp_path / "entries").mkdir()
    (tmp_path / "entries" / "gone.md").write_text("of an entry that is no more")
    pages.pages(type("App", (), {"srcdir": str(tmp_path)}))
    assert {path.name for path in (tmp_path / "entries").iterdir()} == {
        "sanctuary.md",
        "persisters.md",
    }


def test_a_number_that_fails_stops_the_build(pages, tmp_path, monkeypatch):
    def failing(own):
        return Reproduced(own, (Verdict(own.numbers[0], "x", 0.0, "fails"),), 0.0)

    monkeypatch.setattr(pages, "recompute", failing)
    monkeypatch.setattr(pages, "BUILT", {})
    with pytest.raises(pages.ExtensionError, match="sanctuary"):
        pages.pages(type("App", (), {"srcdir": str(tmp_path)}))
    assert not list(tmp_path.iterdir())


INF = float("inf")
BOUNDS = [
    Compared("A share of patients that is long to name", None, 0.98, (0.5, INF), None, "", ""),
    Compared("None of these", None, 0.0, (-INF, 0.1), None, "", ""),
    Compared("Far above its bound", None, 50.0, (1.0, INF), None, "", ""),
]


def test_a_figure_of_bounds_names_ours_and_the_bound():
    figure = Figure(layout="constrained")
    draw_reproduced(figure, title="t", rows=BOUNDS, axes={})
    (panel,) = figure.axes
    said = [text.get_text() for text in panel.texts]
    assert said == ["0.98; at least 0.5", "0; at most 0.1", "50; at least 1"]
    places = [line.get_xdata()[0] for line in panel.lines if line.get_marker() in ("o", ">")]
    assert places == [1.96, 0.0, 3.0]  # what lies further is drawn at the edge
    names = [label.get_text() for label in panel.get_yticklabels()]
    assert re.sub(r"\s+", " ", names[0]) == BOUNDS[0].says


def test_a_figure_along_whole_numbers_has_no_ticks_between():
    rows = [Compared("", 0.1 * x, 0.1 * x, (0.0, 1.0), float(x), "", "agrees") for x in range(4)]
    figure = Figure(layout="constrained")
    draw_reproduced(figure, title="t", rows=rows, axes={"x": "Mutants", "y": "Chance"})
    assert all(float(tick).is_integer() for tick in figure.axes[0].get_xticks())
