"""Here: what the commands refuse, and what remains then. Not here: what they do otherwise."""

import errno
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import countermove as cm
from countermove.command_line import one_run
from countermove.command_line.main import main
from countermove.results import load_runs, storage
from countermove.results.run_folder import PROVENANCE_FILE, UNFINISHED

SMALL = """\
countermove: 1
name: A small tumor
tumor: {birth: 0.5 /day, death: 0.1 /day, diagnosed_at: 1e5 cells}
drugs: {A: {kill: 0.8 /day}}
alterations: {r: {mechanism: target, drug: A, rate: 1e-3}}
treatment: {policy: continuous, drugs: [A]}
follow_up: 60 days
"""


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A scenario file in a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SMALL, encoding="utf-8")
    return "small.yaml"


def refused(*args: str, code: int = 2):
    """Call, and return the message; the exit code is checked."""
    done = CliRunner().invoke(main, list(args), prog_name="countermove")
    assert done.exit_code == code, done.output
    return done


BAD = {
    "no such file": (["run", "nothing.yaml"], "no such file"),
    "a misspelled example": (["examples", "bypas"], "Did you mean 'bypass'?"),
    "a negative rate": (["run", "small.yaml", "--set", "tumor.birth=-1"], "tumor.birth: got"),
    "a wrong unit": (["explain", "small.yaml", "--set", "tumor.birth=3 weeks"], "tumor.birth: got"),
    "an unknown path": (["check", "small.yaml", "--set", "tumor.brith=1"], "Did you mean 'birth'?"),
    "a change without value": (["run", "small.yaml", "--set", "tumor.birth"], "path=value"),
    "an unknown engine": (["run", "small.yaml", "--engine", "magic"], "engine: got 'magic'"),
    "an engine that cannot": (["run", "small.yaml", "--engine", "exact"], "Engines that can"),
    "a time that is none": (["run", "small.yaml", "--every", "nan"], "every: got"),
    "an unknown option": (["run", "small.yaml", "--fast"], "--fast"),
    "an unknown command": (["fly"], "'fly'. Known: run, compare, trial"),
    "a misspelled command": (["example"], "Did you mean 'examples'?"),
    "no patients": (["run", "small.yaml", "--patients", "0"], "--patients"),
    "a sweep without values": (["run", "small.yaml", "--sweep", "tumor.birth="], "0 values"),
    "a bad value in a sweep": (["run", "small.yaml", "--sweep", "tumor.birth=1,-1"], "tumor.birth"),
    "a table that is absent": (["run", "small.yaml", "--sweep", "tumor.birth=no.csv"], "no.csv"),
    "a table without the column": (["run", "small.yaml", "--sweep", "tumor.birth=t.csv"], "a, b"),
    "a row too short": (["run", "small.yaml", "--sweep", "tumor.birth=u.csv"], "u.csv, line 3"),
    "a file as folder": (["run", "small.yaml", "--out", "small.yaml"], "small.yaml"),
    "an unreachable size": (
        ["check", "small.yaml", "--set", "tumor.death=0.6 /day"],
        "never grows",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_message_and_leaves_nothing(small, case):
    Path("t.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    Path("u.csv").write_text("birth,b\n1,2\n3\n", encoding="utf-8")
    before = set(Path().rglob("*"))
    args, words = BAD[case]
    done = refused(*args)
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert done.stdout == ""
    assert set(Path().rglob("*")) == before


@pytest.mark.parametrize("case", BAD)
def test_the_same_as_json(small, case):
    Path("t.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    Path("u.csv").write_text("birth,b\n1,2\n3\n", encoding="utf-8")
    args, words = BAD[case]
    error = json.loads(refused(*args, "--json").stderr)["error"]
    assert words in error["message"]
    assert error["where"]


def test_a_full_disk_leaves_no_part_of_the_results(small, monkeypatch):
    def full(*_args, **_more):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    done = refused("run", small, "--out", "deep/out", "--no-report", "--patients", "3")
    assert done.stderr.startswith("Error: ")
    assert not Path("deep").exists()


def test_a_disk_that_fills_while_storing_keeps_only_finished_chunks(small, monkeypatch):
    real = storage.write_text

    def fill(text, path):
        if Path(path).name == PROVENANCE_FILE:
            raise storage.output_error(Path(path), OSError(errno.ENOSPC, "full"))
        real(text, path)

    monkeypatch.setattr(storage, "write_text", fill)
    refused("run", small, "--out", "out", "--no-report", "--patients", "3")
    assert [path.name for path in Path("out").iterdir()] == [UNFINISHED]
    monkeypatch.undo()


def test_earlier_results_survive_a_refused_run(small):
    CliRunner().invoke(main, ["run", small, "--out", "out", "--no-report", "--patients", "3"])
    before = load_runs("out").outcomes()
    refused("run", small, "--out", "out", "--engine", "exact")
    pd.testing.assert_frame_equal(load_runs("out").outcomes(), before)


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_ctrl_c_keeps_finished_patients_and_says_how_to_continue(small):
    args = ["run", small, "--out", "out", "--no-report", "--patients", "300000", "--threads", "1"]
    script = "from countermove.command_line.main import main; main()"
    command = [sys.executable, "-c", script, *args]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        chunks = Path("out") / UNFINISHED
        until = time.monotonic() + 240.0
        while not any(chunks.glob("*.chunk")) and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        message = process.communicate(timeout=240)[1]
        assert process.returncode == 130, message
    assert "Continue with: countermove run small.yaml" in message
    assert any(chunks.glob("*.chunk"))
    assert not Path("out/outcomes.parquet").exists()


def test_a_run_that_was_cut_goes_on_to_the_same_results(small, monkeypatch):
    scenario = cm.load(small)
    expected = cm.simulate(scenario, patients=40).outcomes()

    def cut(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cm.simulate(scenario, patients=40, out="out", progress=cut, chunk=10, threads=1)
    assert list(Path("out/unfinished").glob("*.chunk"))
    again = cm.simulate(scenario, patients=40, out="out", chunk=10)
    pd.testing.assert_frame_equal(again.outcomes(), expected)


def test_an_interrupted_command_says_how_to_continue(small, monkeypatch):
    from contextlib import contextmanager

    @contextmanager
    def stopping(*_args, **_more):
        def report(done, total):
            raise KeyboardInterrupt

        yield report

    monkeypatch.setattr(one_run, "progress_shown", stopping)
    done = refused("run", small, "--out", "out", "--patients", "5", code=130)
    assert "5 of 5 patients are finished and kept in out/unfinished." in done.stderr
    assert "Continue with: " in done.stderr
    assert [path.name for path in Path("out").iterdir()] == [UNFINISHED]


def test_a_command_interrupted_before_anything_is_finished_says_so(small, monkeypatch):
    def at_once(*_args, **_more):
        raise KeyboardInterrupt

    own = importlib.import_module("countermove.simulation.simulate")  # whichever test comes first
    monkeypatch.setattr(own, "run_chunks", at_once)
    done = refused("run", small, "--out", "out", "--patients", "5", code=130)
    assert "0 of 0" not in done.stderr
    assert not Path("out").exists()


def test_an_interrupted_sweep_goes_on_where_it_stopped(small, monkeypatch):
    args = ["run", small, "--no-report", "--patients", "3", "--json", "--sweep", "seed=1,2,3"]
    whole = json.loads(CliRunner().invoke(main, [*args, "--out", "whole"]).stdout)["runs"]
    real, started = one_run.run_one, []

    def counted(scenario, settings, **more):
        started.append(scenario.seed)
        if len(started) == 2:
            raise KeyboardInterrupt
        return real(scenario, settings, **more)

    several = importlib.import_module("countermove.command_line.several")
    monkeypatch.setattr(several, "run_one", counted)
    monkeypatch.setattr(sys, "argv", ["countermove", *args, "--out", "cut"])
    said = refused(*args, "--out", "cut", code=130).stderr
    where = {"runs": 1, "of": 3, "folder": "cut"}
    assert json.loads(said)["interrupted"].items() >= where.items()
    done = CliRunner().invoke(main, [*args, "--out", "cut"])
    assert started == [1, 2, 2, 3]
    assert json.loads(done.stdout)["runs"] == whole


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("page", "Stopped. 2 of 2 runs are finished and kept in out."),
        ("second", "Stopped. 1 of 2 runs are finished and kept in out."),
        ("chunk", "Stopped. 1 of 2 runs and 3 patients of the next are finished and kept in out."),
        ("first", "Stopped before any run was finished; nothing is kept."),
    ],
)
def test_ctrl_c_in_a_comparison_says_what_of_all_its_runs_is_kept(small, monkeypatch, at, words):
    own = importlib.import_module("countermove.simulation.simulate")
    real, calls = own.run_chunks, []

    def stop(*_args, **_more):
        raise KeyboardInterrupt

    def second(spans, crew, report):
        calls.append(1)
        here = len(calls) == (1 if at == "first" else 2)
        if here and at != "chunk":
            stop()
        return real(spans, crew, stop if here else report)

    if at == "page":
        page = importlib.import_module("countermove.report.compare_page")
        monkeypatch.setattr(page, "write_comparison", stop)
    else:
        monkeypatch.setattr(own, "run_chunks", second)
    args = ["compare", small, "--policies", "continuous,none", "--patients", "3", "--out", "out"]
    args += [] if at == "page" else ["--no-report"]
    monkeypatch.setattr(sys, "argv", ["countermove", *args])
    said = refused(*args, code=130).stderr
    assert words in said
    assert said.count("Stopped") == 1
    assert ("Continue with: countermove compare small.yaml" in said) == (at != "first")
