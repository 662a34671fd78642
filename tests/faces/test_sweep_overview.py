"""Here: a sweep's page, figure and folder names. Not here: the runs (test_cli_sweeps)."""

import re
from pathlib import Path

import pytest

from countermove.command_line.run_names import LONGEST, folder_names
from countermove.report.sweep_figure import can_draw
from countermove.report.sweep_page import Sweep, write_sweep
from support.terminal import call

SHARES = ("responded", "progressed", "died", "cured")
TIMES = (
    "time_to_progression",
    "progression_free_survival",
    "overall_survival",
    "imaging_progression_free_survival",
    "progression_free_survival_2",
    "time_on_first_line",
)


def row(values, *, share=0.5, median=None):
    found = {**values, "patients": 10}
    for name in SHARES:
        found |= {name: share, f"{name}_low": share / 2, f"{name}_high": (1 + share) / 2}
    for name in TIMES:
        found |= {f"median_{name}{end}": median for end in ("", "_low", "_high")}
    found["folder"] = folder_names([values])[0]
    return found


def written(rows, paths, folder):
    said = ("A <b>sweep</b>", "", "Progression against baseline.")
    given = tuple(tuple(str(row[path]) for path in paths) for row in rows)
    return write_sweep(Sweep(*said, tuple(paths), tuple(rows), given), folder).read_text("utf-8")


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"tumor.birth": 0.14}, "tumor.birth=0.14"),
        ({"tumor.diagnosed_at": 1e9}, "tumor.diagnosed_at=1e9"),
        ({"seed": 1, "engine": "exact"}, "seed=1,engine=exact"),
        ({"treatment.policy": "a/b: c\\d*"}, "treatment.policy=a_b_c_d"),
        ({"interactions.A + B": -1.0}, "interactions.A_+_B=-1"),
    ],
)
def test_a_folder_is_named_by_what_was_set(values, name):
    assert folder_names([values]) == [name]


def test_names_are_unique_short_and_portable():
    long = {f"drugs.{'x' * 60}.kill": 0.1, f"drugs.{'y' * 60}.kill": 0.2}
    other = {**long, f"drugs.{'y' * 60}.kill": 0.3}
    names = folder_names([long, other, long, {"engine": "A"}, {"engine": "a"}])
    assert len({name.casefold() for name in names}) == 5
    assert max(map(len, names)) <= LONGEST + 2
    assert all(re.fullmatch(r"[A-Za-z0-9._=+,\-]+", name) for name in names)
    assert folder_names([long])[0] == names[0]


def test_a_sweep_has_a_page_that_leads_to_each_report(small):
    text = call("run", small, "--patients", "2", "--sweep", "drugs.A.kill=0,0.8").output
    assert "start with index.html" in text
    page = Path("runs/small/index.html").read_text("utf-8")
    links = re.findall(r'href="([^"]+report.html)"', page)
    assert links == ["drugs.A.kill%3D0/report.html", "drugs.A.kill%3D0.8/report.html"]
    assert "Progression against the lowest burden so far (recist)." in page
    assert "<svg" in page
    for ending in ("png", "svg"):
        assert Path(f"runs/small/figures/sweep.{ending}").exists()
    call("run", small, "--patients", "2", "--sweep", "drugs.A.kill=0,0.8", "--no-report")
    assert not Path("runs/small/index.html").exists()  # what is not written now is not left
    assert not Path("runs/small/figures").exists()


def test_a_page_of_someone_else_is_never_replaced(small):
    Path("out").mkdir()
    Path("out/index.html").write_text("mine", "utf-8")
    options = ("run", small, "--patients", "2", "--out", "out", "--sweep", "seed=1,2")
    done = call(*options, code=2)
    assert "index.html: got a file that countermove did not write" in done.stderr
    assert not Path("out/seed=1").exists()
    call(*options, "--no-report", "--replace")
    call("run", small, "--patients", "2", "--out", "out", "--no-report", "--replace", code=0)
    assert not Path("out/sweep.csv").exists()
    assert Path("out/index.html").read_text("utf-8") == "mine"


def test_a_folder_of_someone_else_with_such_a_name_stays(small):
    options = ("run", small, "--patients", "2", "--out", "out", "--no-report")
    call(*options, "--sweep", "seed=1,2")
    Path("out/a=b").mkdir()
    Path("out/a=b/outcomes.csv").write_text("mine", "utf-8")
    call(*options, "--sweep", "seed=3", "--replace")
    assert {path.name for path in Path("out").iterdir()} == {"a=b", "seed=3", "sweep.csv"}
    assert Path("out/a=b/outcomes.csv").exists()


@pytest.mark.parametrize("median", [None, 40.0, 400.0])
@pytest.mark.parametrize("values", [[1.0, 2.0], [1.0, 1e4], ["a", "b"], [1, 2, 3, 4, 5, 6, 7, 8]])
def test_one_path_is_drawn_as_lines(values, median, tmp_path):
    rows = [row({"tumor.birth": v}, share=n / 8, median=median) for n, v in enumerate(values)]
    page = written(rows, ["tumor.birth"], tmp_path)
    assert "A &lt;b&gt;sweep" in page
    assert "<b>sweep" not in page
    assert page.count("<svg") == 1


def test_two_paths_are_drawn_as_a_heat_map(tmp_path):
    rows = [
        row({"a": a, "b": b}, share=(a + b) / 10, median=None if a else 50.0)
        for a in range(3)
        for b in range(2)
    ]
    page = written(rows, ["a", "b"], tmp_path)
    assert "Each cell is one run" in page
    assert "10%" in page


def test_a_single_run_or_three_paths_have_no_figure(tmp_path):
    assert not can_draw(["a"], [row({"a": 1})])
    rows = [row({"a": a, "b": 1, "c": 2}) for a in (1, 2)]
    assert "<svg" not in written(rows, ["a", "b", "c"], tmp_path)
    assert not (tmp_path / "figures").exists()
