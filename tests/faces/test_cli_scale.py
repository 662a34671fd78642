"""Here: who computes a run, and how its progress is told, from the terminal. Not here: comparisons
and trials (see ``test_cli_scale_arms``), kills (``test_cli_killed``).
"""

import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from countermove.command_line import progress
from countermove.results import load_runs
from countermove.simulation import cluster
from support.helpers import ROOT
from support.terminal import call

PATH = os.pathsep.join([str(ROOT / "src"), *filter(None, sys.path)])
COMMAND = [sys.executable, "-m", "countermove", "run", "small.yaml", "--no-report"]


def lines_of(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines() if line.startswith('{"done"')]


CLUSTER = pytest.param(("--cluster", "local"), marks=pytest.mark.slow)


@pytest.mark.parametrize("where", [(), CLUSTER])
def test_workers_and_a_local_cluster_write_what_threads_write(small, where):
    if where and importlib.util.find_spec("distributed") is None:
        pytest.skip("Dask is an extra")
    call("run", small, "--no-report", "--out", "threads", "--threads", "1")
    done = subprocess.run(
        [*COMMAND, "--out", "apart", "--workers", "2", "--progress", "json", *where],
        capture_output=True, text=True, timeout=300,
        env={**os.environ, "PYTHONPATH": PATH},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert lines_of(done.stderr)[-1]["done"] == 6
    one, other = load_runs("threads").outcomes(), load_runs("apart").outcomes()
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert not Path("apart/unfinished").exists()


def test_progress_is_told_in_lines_for_machines(small):
    done = call("run", small, "--no-report", "--json", "--progress", "json")
    assert json.loads(done.stdout)["summary"]
    last = lines_of(done.stderr)[-1]
    assert set(last) == {"done", "total", "per_second", "seconds_left", "unit", "what"}
    assert (last["done"], last["total"], last["seconds_left"]) == (6, 6, 0.0)
    assert (last["unit"], last["what"]) == ("patients", "Simulating")
    assert last["per_second"] > 0.0


def test_the_rate_forgets_what_was_found_on_disk(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    report = progress.json_lines("Simulating", "patients")
    report(50_000, 100_000)  # within half a second: not told
    for second in range(1, 61):
        now[0] = float(second)
        report(50_000 + 100 * second, 100_000)
    told = lines_of(capsys.readouterr().err)
    assert len(told) == 60
    assert told[-1]["per_second"] == 100.0
    assert told[-1]["seconds_left"] == 440.0


def test_no_progress_is_told_when_not_wanted(small):
    done = call("run", small, "--no-report", "--progress", "none")
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--cluster", "here"), "cluster: got 'here', expected local, or the address"),
        (("--workers", "2", "--threads", "2"), "threads: got 2 threads beside workers"),
    ],
)
def test_what_names_nobody_to_compute_is_refused(small, given, said):
    assert said in call("run", small, *given, code=2).stderr
    assert not Path("runs").exists()


def test_without_dask_it_is_said_what_to_install(small, monkeypatch):
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    said = call("run", small, "--cluster", "local", code=2).stderr
    assert "pip install 'countermove[cluster]'" in said
