"""Here: who computes the arms of comparisons, trials and power, and how it is told. Not here: one
run (see ``test_cli_scale``).
"""

import importlib.util
import json
import socket
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

import countermove as cm
from countermove.results.folder_lock import FolderLock
from countermove.simulation import apart, cluster
from support.terminal import SMALL, call

TRIAL = SMALL.replace("drugs: [A]", "drugs: [A, B]")
TRIAL = TRIAL.replace("kill: 0.8 /day}", "kill: 0.8 /day}, B: {kill: 0.5 /day}").replace(
    "{number: 6}", "{number: 12, vary: {tumor.birth: {lognormal_cv: 0.1}}}"
)
TRIAL += """trial:
  arms: {one: {policy: continuous, drugs: [A]}, both: combination}
  accrual: 10 days
  follow_up: 60 days
"""
COMMANDS = {
    "compare": (("--policies", "continuous,combination"), ("compare.csv",)),
    "trial": ((), ("trial.csv", "looks.csv")),
    "power": (("--trials", "20", "--pool", "40", "--sweep", "trial.patients=8,12"), ("power.csv",)),
}
module = import_module("countermove.simulation.simulate")
needs_dask = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="Dask is an extra"
)


@pytest.fixture
def arms(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("arms.yaml").write_text(TRIAL, encoding="utf-8")
    return "arms.yaml"


def lines_of(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines() if line.startswith('{"done"')]


EACH = ["compare", *(pytest.param(name, marks=pytest.mark.slow) for name in ("trial", "power"))]


@pytest.mark.parametrize("command", EACH)
def test_processes_write_what_threads_write(arms, command):
    more, files = COMMANDS[command]
    call(command, arms, *more, "--no-report", "--out", "threads", "--threads", "1")
    told = call(command, arms, *more, "--no-report", "--out", "apart", "--workers", "1",
                "--progress", "json")  # fmt: skip
    for name in files:
        assert Path("threads", name).read_bytes() == Path("apart", name).read_bytes()
    inside = sorted(path.parent.name for path in Path("threads").glob("*/provenance.json"))
    assert len(inside) == 2
    for name in inside:
        one, other = (cm.load_runs(Path(folder, name)).table for folder in ("threads", "apart"))
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    told = lines_of(told.stderr)
    whats = {line["what"] for line in told}
    assert {"Run 1 of 2", "Run 2 of 2"} <= whats
    if command == "power":
        last = told[-1]
        assert (last["what"], last["unit"], last["done"], last["total"]) == (
            "Trials",
            "cells",
            2,
            2,
        )


@pytest.mark.slow
@needs_dask
def test_a_local_cluster_writes_what_threads_write(arms):
    command = "compare"
    more, files = COMMANDS[command]
    call(command, arms, *more, "--no-report", "--out", "threads")
    call(command, arms, *more, "--no-report", "--out", "apart", "--cluster", "local", "--workers",
         "1")  # fmt: skip
    for name in files:
        assert Path("threads", name).read_bytes() == Path("apart", name).read_bytes()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_where_another_is_at_work_is_refused(arms, command):
    given = (command, arms, *COMMANDS[command][0], "--no-report", "--out", "own")
    Path("own").mkdir()
    other = FolderLock(Path("own"))
    assert other.acquire()
    assert "'own', where another countermove is at work" in call(*given, code=2).stderr
    assert [path.name for path in Path("own").iterdir()] == ["lock"]
    other.release()
    call(*given)
    assert not Path("own/lock").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_cannot_be_written_is_one_error(arms, command):
    Path("file").write_text("mine", encoding="utf-8")
    given = (command, arms, *COMMANDS[command][0], "--no-report", "--out", "file/own")
    said = call(*given, code=2).stderr
    assert "file/own" in said
    assert said.count("Error: ") == 1
    assert Path("file").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("command", COMMANDS)
def test_no_progress_is_told_when_not_wanted(arms, command):
    done = call(command, arms, *COMMANDS[command][0], "--no-report", "--progress", "none")
    assert done.stderr == ""


def test_python_takes_the_same_words(arms, monkeypatch):
    asked, hire = [], module.hire

    def hired(setup, job, store, **means):
        asked.append(means)
        return hire(setup, job, store, threads=1)

    monkeypatch.setattr(module, "hire", hired)
    means = {"workers": 3, "cluster": "local", "progress": False}
    cm.compare(arms, policies=["continuous", "combination"], **means)
    cm.trial(arms, **means)
    cm.power(arms, trials=20, pool=40, **means)
    assert asked == 6 * [{"threads": None, "workers": 3, "cluster": "local"}]


@pytest.mark.parametrize(
    ("command", "given", "said"),
    [
        (
            "compare",
            ("--cluster", "here"),
            "cluster: got 'here', expected local, or the address",
        ),
        ("power", ("--workers", "2", "--threads", "2"), "threads: got 2 threads beside workers"),
        (
            "trial",
            ("--workers", "2", "--cluster", "tcp://127.0.0.1:1"),
            "workers: got 2 workers for a cluster that is there",
        ),
    ],
)
def test_what_names_nobody_to_compute_is_refused_before_anything_goes(arms, command, given, said):
    more, files = COMMANDS[command]
    call(command, arms, *more, "--no-report", "--out", "held")
    before = Path("held", files[0]).read_bytes()
    other = ("--seed", "5", "--replace", "--out", "held")
    assert said in call(command, arms, *more, *other, *given, code=2).stderr
    assert Path("held", files[0]).read_bytes() == before


@needs_dask
@pytest.mark.parametrize("command", COMMANDS)
def test_an_address_that_does_not_answer_is_refused(arms, command, monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER", 0.3)
    given = (*COMMANDS[command][0], "--no-report", "--cluster", "tcp://127.0.0.1:1")
    assert "no answer from 'tcp://127.0.0.1:1'" in call(command, arms, *given, code=2).stderr
    assert not list(Path("runs").rglob("*.chunk"))


@needs_dask
@pytest.mark.parametrize("command", COMMANDS)
def test_an_address_that_stays_silent_is_refused(arms, command, monkeypatch):
    monkeypatch.setattr(cluster, "ANSWER", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        given = (*COMMANDS[command][0], "--no-report", "--cluster", address)
        assert f"no answer from '{address}'" in call(command, arms, *given, code=2).stderr
    assert not list(Path("runs").rglob("*.chunk"))


@needs_dask
def test_workers_of_another_version_are_refused(arms, monkeypatch):
    monkeypatch.setattr(apart, "versions", lambda: {"countermove": "7.7"})
    given = ("--no-report", "--cluster", "local", "--workers", "1")
    said = call("trial", arms, *given, code=2).stderr
    assert f"countermove {cm.__version__} on the worker" in said
    assert "countermove 7.7, as here" in said
