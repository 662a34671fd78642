"""Here: every entry of the catalog, recomputed; entries that are wrong.

Not here: each paper's equations written once more (``test_catalog_again``), the commands
(``faces/test_cli_reproduce``).
"""

import ast
import re

import pytest

from countermove.catalog import entry, entry_names, read_entry, reproduce, search
from countermove.catalog.folders import FILES, names_in
from countermove.foundation import ScenarioError
from support.catalog import quick_tier
from support.helpers import ROOT

FOLDER = ROOT / "src" / "countermove" / "catalog" / "entries"
PUBLIC = {"countermove", "numpy", "scipy", "collections.abc", "typing", "math"}


SLOW = ("palmer_sorger_2017",)
ENTRIES = [
    pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in entry_names()
]


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_gives_its_papers_numbers(name):
    bad = [
        (own.id, own.ours, own.verdict, own.note) for own in quick_tier(name).verdicts if own.bad
    ]
    assert bad == []


@pytest.mark.parametrize("name", entry_names())
def test_a_check_uses_the_public_calls_alone(name):
    tree = ast.parse((FOLDER / name / "check.py").read_text(encoding="utf-8"))
    taken = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {module for module in taken if module.split(".")[0] not in PUBLIC} <= PUBLIC


def test_a_number_that_is_off_fails_the_entry():
    """The companion: the same entry with ours moved by two tolerances."""
    own = entry("bozic_2013")
    good = {row.id: row.differs[0] if row.differs else row.low for row in own.numbers}
    assert reproduce(own, full=True, check=lambda _q, _f: good).passed
    moved = {**good, "cures_cross": 0.263 + 0.002}
    assert not reproduce(own, full=True, check=lambda _q, _f: moved).passed
    differing = {**good, "dual_5.4e10": 0.0655}
    assert not reproduce(own, full=True, check=lambda _q, _f: differing).passed
    agreeing = {**good, "dual_5.4e10": 0.068}
    assert not reproduce(own, full=True, check=lambda _q, _f: agreeing).passed


def test_a_number_left_out_or_in_no_paper_fails_the_entry():
    own = entry("bozic_2013")
    good = {row.id: row.differs[0] if row.differs else row.low for row in own.numbers}
    less = {name: value for name, value in good.items() if name != "cures"}
    words = {v.id: v.verdict for v in reproduce(own, full=True, check=lambda _q, _f: less).verdicts}
    assert words["cures"] == "not computed"
    more = {**good, "another": 1.0}
    last = reproduce(own, full=True, check=lambda _q, _f: more)
    assert not last.passed
    assert last.verdicts[-1].verdict == "no such number"


def test_an_error_of_the_engine_is_a_verdict_of_each_number():
    def broken(_questions, _full):
        raise ScenarioError("tumor", got="nothing", expected="a tumor")

    found = reproduce(entry("bozic_2013"), check=broken)
    assert not found.passed
    assert "expected a tumor" in found.verdicts[0].note


GOOD = """
title: A result
sources: [doi:10.7554/eLife.00747]
numbers:
  - id: share
    says: A share
    value: 0.5
    unit: ""
    place: table 1
    status: published text read
    tolerance: 0.1
    why: rounding
"""


def written(folder, text=GOOD):
    (folder / "reported.yaml").write_text(text, encoding="utf-8")
    for file in ("scenario.yaml", "reading.md", "check.py"):
        (folder / file).write_text((FOLDER / "bozic_2013" / file).read_text("utf-8"), "utf-8")
    return folder


def test_an_entry_is_read(tmp_path):
    (row,) = read_entry(written(tmp_path)).numbers
    assert (row.low, row.high, row.tolerance) == pytest.approx((0.4, 0.6, 0.1))


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("    place: table 1\n", "", "numbers.share.place: got nothing"),
        ("place: table 1", "place: ' '", "numbers.share.place"),
        ("    says: A share\n", "", "numbers.share.says"),
        ('    unit: ""\n', "", "numbers.share.unit"),
        ("    status: published text read\n", "", "numbers.share.status"),
        ("status: published text read", "status: from memory", "published text read, data read"),
        ("status: published text read", "status: data reed", "Did you mean 'data read'"),
        ("    value: 0.5\n", "", "numbers.share.value: got no number"),
        ("value: 0.5", "value: half", "numbers.share.value: got 'half'"),
        ("    tolerance: 0.1\n", "", "numbers.share.tolerance"),
        ("tolerance: 0.1", "tolerance: -1", "expected 0 or more"),
        ("    why: rounding\n", "", "numbers.share.why"),
        ("why: rounding", "wy: rounding", "numbers.share.wy: got an unknown field"),
        ("why: rounding", "why: x\n    waits_for: time", "expected one of: genealogies, space"),
        ("why: rounding", "why: x\n    tier: slow", "expected one of: quick, full"),
        ("why: rounding", "why: x\n    differs: 3", "numbers.share.differs"),
        ("why: rounding", "why: x\n    at_most: 3", "both a value and a bound"),
        ("why: rounding", "why: x\n    set: 3", "settings by path"),
        ("title: A result\n", "", "title: got nothing"),
        ("[doi:10.7554/eLife.00747]", "[]", "sources"),
        ("[doi:10.7554/eLife.00747]", "[a book]", "sources"),
        ("title: A result", "titel: A result", "Did you mean 'title'"),
        ("numbers:", "figure: 3\nnumbers:", "figure: got 3, expected names of the axes"),
        ("numbers:", "figure: {x: 3}\nnumbers:", "figure.x: got 3, expected the name of an axis"),
        ("numbers:", "figure: {log: z}\nnumbers:", "figure.log: got 'z', expected a list of x, y"),
        ("eLife.00747]", "eLife.00747, doi:10.7554/elife.00747]", "sources: got a source twice"),
        ("value: 0.5", "value: .inf", "expected a finite number"),
        ("    value: 0.5\n", "    at_least: .nan\n", "numbers.share.at_least: got nan"),
        ("    value: 0.5\n", "    at_least: 3\n    at_most: 1\n", "no more than at_most, 1"),
        ("why: rounding", "why: 3", "numbers.share.why: got 3, expected a text"),
        ("why: rounding", "why: x\n    ask: [1]", "numbers.share.ask: got a list of 1"),
        ("why: rounding", "why: x\n    differs: {ours: 1, why: ''}", "numbers.share.differs.why"),
        ("why: rounding", "why: x\n    waits_for: space\n    not_expressible: y", "one of the two"),
    ],
)
def test_a_wrong_entry_is_refused_by_field(tmp_path, old, new, named):
    assert old in GOOD
    with pytest.raises(ScenarioError, match=re.escape(named)):
        read_entry(written(tmp_path, GOOD.replace(old, new)))


def test_an_entry_without_one_of_its_files_is_refused(tmp_path):
    (written(tmp_path) / "reading.md").unlink()
    with pytest.raises(ScenarioError, match=r"reading\.md"):
        read_entry(tmp_path)


@pytest.mark.parametrize("file", FILES)
def test_a_folder_that_lacks_a_file_is_not_passed_over(tmp_path, file):
    own = tmp_path / "half"
    own.mkdir()
    assert names_in(tmp_path) == ()
    for name in set(FILES) - {file}:
        (own / name).write_text("")
    assert names_in(tmp_path) == ("half",)
    with pytest.raises(ScenarioError, match=re.escape(file)):
        read_entry(own)


@pytest.mark.parametrize("name", entry_names())
def test_each_entry_that_is_computed_is_in_the_quick_tier(name):
    computed = [row for row in entry(name).numbers if row.computed]
    assert not computed or any(row.tier == "quick" for row in computed)


def test_two_numbers_of_one_name_are_refused(tmp_path):
    twice = GOOD + GOOD[GOOD.index("  - id") :]
    with pytest.raises(ScenarioError, match="two numbers"):
        read_entry(written(tmp_path, twice))


def test_an_entry_is_found_by_words_and_what_is_near_is_told():
    known = [entry(name) for name in entry_names()]
    assert [one.name for one in search(known, ["Bozic", "cross"])] == ["bozic_2013"]
    with pytest.raises(ScenarioError, match="Did you mean 'resistance'"):
        search(known, ["resistanse"])
    with pytest.raises(ScenarioError, match="bozic_2013"):
        search(known, ["zzzzzzz"])
