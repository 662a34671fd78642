"""Here: comparisons, trials and power whose client, workers, scheduler or disk go on the way, and
the same command again. Not here: one run (``test_simulate_apart``, ``_cluster``).
"""

import importlib.util
import re
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from countermove.results import load_runs
from support.dask import Processes
from support.helpers import ROOT
from support.terminal import SMALL

TEXT = SMALL.replace("drugs: [A]", "drugs: [A, B]")
TEXT = TEXT.replace("kill: 0.8 /day}", "kill: 0.8 /day}, B: {kill: 0.5 /day}").replace(
    "{number: 6}", "{number: 64, vary: {tumor.birth: {lognormal_cv: 0.1}}}"
)
TEXT += """trial:
  arms: {one: {policy: continuous, drugs: [A]}, both: combination}
  accrual: 10 days
  follow_up: 60 days
"""
COMMANDS = {
    "compare": (("--policies", "continuous,combination"), ("compare.csv",)),
    "trial": ((), ("trial.csv", "looks.csv")),
    "power": (("--trials", "20", "--pool", "64", "--sweep", "trial.patients=8,12"), ("power.csv",)),
}
CHUNKS = 8  # of 16 patients; 64 patients in each of two arms

# The command in a process of its own, in chunks of 16; after so many of them something happens.
CHILD = """
import multiprocessing, os, resource, signal, sys
from importlib import import_module
from countermove.command_line.main import main
from countermove.simulation import cohort, setup
from countermove.trials import power_grid
simulate = import_module("countermove.simulation.simulate")
run_chunks, run_chunk, cell_row = simulate.run_chunks, cohort.run_chunk, power_grid.cell_row
what, at, victim = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
done, worked, cells = [], [], []
def happens():
    own = [one.pid for one in multiprocessing.active_children()]
    if what == "client":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "worker":
        os.kill(victim or own[0], signal.SIGKILL)
    elif what == "scheduler":
        os.kill(victim, signal.SIGKILL)
    elif what == "disk":
        for pid in (os.getpid(), *own):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (500, 500))
def watched(*given):
    for chunk in run_chunks(*given):
        done.append(1)
        if len(done) == at:
            happens()
        yield chunk
def counted(*given, **more):
    worked.append(1)
    return run_chunk(*given, **more)
def cell(*given):
    cells.append(1)
    if what == "cells" and len(cells) == at:
        os.kill(os.getpid(), signal.SIGKILL)
    return cell_row(*given)
if __name__ == "__main__":
    simulate.run_chunks, cohort.run_chunk, power_grid.cell_row = watched, counted, cell
    setup.CHUNK_BYTES = 1
    try:
        main(sys.argv[4:], prog_name="countermove")
    finally:
        print("worked out", len(worked), "and", len(cells), file=sys.stderr)
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="prlimit is of Linux"),
]
needs_dask = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="Dask is an extra"
)


def child(folder, command, *more, what="", at=0, victim=0):
    (folder / "own.yaml").write_text(TEXT, encoding="utf-8")
    (folder / "child.py").write_text(CHILD, encoding="utf-8")
    start = [sys.executable, "child.py", what, str(at), str(victim)]
    given = [command, "own.yaml", *COMMANDS[command][0], "--no-report", "--out", "out", *more]
    return subprocess.run(
        start + given, capture_output=True, text=True, cwd=folder, timeout=300,
        env={"PATH": "", "PYTHONPATH": ":".join([str(ROOT / "src"), *filter(None, sys.path)])},
    )  # fmt: skip


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Folder of each command's results when nothing happens."""
    made = {}

    def folder(command):
        if command not in made:
            made[command] = tmp_path_factory.mktemp(command)
            done = child(made[command], command)
            assert done.returncode == 0, done.stderr
            assert f"worked out {CHUNKS} and" in done.stderr
        return made[command] / "out"

    return folder


def kept_in(out: Path) -> int:
    """Chunks that the same command need not work out again."""
    finished = [path.parent for path in out.glob("*/provenance.json")]
    return len(finished) * CHUNKS // 2 + len(list(out.glob("*/unfinished/*.chunk")))


def assert_same(out: Path, other: Path, command: str) -> None:
    for name in COMMANDS[command][1]:
        assert (out / name).read_bytes() == (other / name).read_bytes()
    inside = sorted(path.parent.name for path in other.glob("*/provenance.json"))
    assert len(inside) == 2
    for name in inside:
        one, two = (load_runs(folder / name).table for folder in (out, other))
        pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert not list(out.rglob("*.chunk"))
    assert not list(out.rglob("*.partial"))


@pytest.mark.parametrize("at", [2, 6])  # in the first arm, and in the second
@pytest.mark.parametrize("crew", ["--threads", "--workers"])
@pytest.mark.parametrize("what", ["client", "disk"])
@pytest.mark.parametrize("command", COMMANDS)
def test_what_ended_on_the_way_goes_on(tmp_path, undisturbed, command, what, crew, at):
    ended, out = child(tmp_path, command, crew, "2", what=what, at=at), tmp_path / "out"
    if what == "client":
        assert ended.returncode == -signal.SIGKILL, ended.stderr
    else:
        assert ended.returncode != 0
        assert "File too large" in ended.stderr
        assert "Traceback" not in ended.stderr
    kept = kept_in(out)
    assert at <= kept <= CHUNKS
    done = child(tmp_path, command)
    assert done.returncode == 0, done.stderr
    assert f"worked out {CHUNKS - kept} and" in done.stderr
    assert_same(out, undisturbed(command), command)


@pytest.mark.parametrize("at", [2, 6])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_killed_process_costs_only_its_chunk(tmp_path, undisturbed, command, at):
    done = child(tmp_path, command, "--workers", "2", what="worker", at=at)
    assert done.returncode == 0, done.stderr
    assert_same(tmp_path / "out", undisturbed(command), command)


@needs_dask
@pytest.mark.parametrize("at", [2, 6])
@pytest.mark.parametrize("what", ["worker", "scheduler", "client"])
@pytest.mark.parametrize("command", COMMANDS)
def test_whoever_of_a_cluster_is_killed(tmp_path, undisturbed, command, what, at):
    out, made = tmp_path / "out", Processes(tmp_path)
    try:
        victim = made.workers[0] if what == "worker" else made.scheduler
        more = ("--cluster", made.address)
        ended = child(tmp_path, command, *more, what=what, at=at, victim=victim.pid)
        if what == "worker":
            assert ended.returncode == 0, ended.stderr
            assert made.workers[0].wait(10) == -signal.SIGKILL
        elif what == "scheduler":
            if ended.returncode == 0:  # its last chunk was on its way: nothing was lost
                assert_same(out, undisturbed(command), command)
                return
            # on its way, or, where an arm had just ended, before the next one
            assert re.search("a scheduler that went away|got no answer from", ended.stderr)
        else:
            assert ended.returncode == -signal.SIGKILL, ended.stderr
            ended = child(tmp_path, command, *more)
            assert ended.returncode == 0, ended.stderr
    finally:
        made.close()
    if what == "scheduler":
        kept = kept_in(out)
        assert kept >= at
        done = child(tmp_path, command)
        assert f"worked out {CHUNKS - kept} and" in done.stderr
    assert_same(out, undisturbed(command), command)


def test_power_killed_between_cells_keeps_those_that_are_done(tmp_path, undisturbed):
    assert child(tmp_path, "power", what="cells", at=2).returncode == -signal.SIGKILL
    done = child(tmp_path, "power")
    assert "worked out 0 and 1" in done.stderr
    assert_same(tmp_path / "out", undisturbed("power"), "power")
