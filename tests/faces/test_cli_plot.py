"""Here: ``countermove plot``. Not here: what a figure shows (test_report)."""

import json
from pathlib import Path

import pytest

from countermove.results.run_folder import FIGURES
from support.terminal import call


def names(folder):
    return {path.name for path in Path(folder).iterdir()}


def test_figures_are_drawn_again_from_a_stored_run(small):
    call("run", small, "--out", "out", "--no-report")
    assert not Path("out/figures").exists()
    text = call("plot", "out").output
    assert "Written: out/figures/burden.png" in text
    assert names("out/figures") == {f"{n}.{kind}" for n in FIGURES for kind in ("png", "svg")}
    call("run", small, "--out", "out", "--no-report")
    assert not Path("out/figures").exists()  # figures of a run go with it


def test_a_figure_and_a_format_can_be_chosen(small):
    call("run", small, "--out", "out", "--no-report")
    options = ("plot", "out", "--figure", "burden", "--format", "pdf", "--format", "svg")
    found = json.loads(call(*options, "--out", "paper", "--json").stdout)
    assert found == {"written": ["paper/burden.pdf", "paper/burden.svg"]}
    first = Path("paper/burden.pdf").read_bytes()
    assert first.startswith(b"%PDF")
    done = call(*options, "--out", "paper", code=2)
    assert "got a file that is there already" in done.stderr
    call(*options, "--out", "paper", "--replace")
    assert Path("paper/burden.pdf").read_bytes() == first


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nowhere"], "got no complete results"),
        (["out", "--figure", "burdn"], "burdn"),
        (["out", "--format", "gif"], "gif"),
    ],
)
def test_what_cannot_be_drawn_is_refused(small, args, words):
    Path("out").mkdir()
    assert words in call("plot", *args, code=2).stderr
    assert names("out") == set()


def test_a_sweep_names_one_of_its_runs(small):
    call("run", small, "--patients", "2", "--no-report", "--sweep", "seed=1,2")
    done = call("plot", "runs/small", code=2)
    assert "Take one of its runs, as runs/small/seed=1." in done.stderr
