"""Here: cohorts on processes, killed, refused, damaged, and the same bits all the same. Not here:
Dask (see ``test_simulate_cluster``), threads (see ``test_simulate_interrupted``).
"""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time

import pytest

import countermove as cm
from countermove.foundation.errors import EngineFailure, OutputError, ScenarioError
from countermove.simulation import apart
from countermove.simulation.chunk_store import ChunkStore
from support.cohorts import TWO_LINES, same_bits, two_lines
from support.helpers import ROOT

PATIENTS, CHUNK, EVERY = 100, 10, 56.0
CHUNKS = PATIENTS // CHUNK

CHILD = f"""
import multiprocessing, os, resource, signal, sys
import countermove as cm
def progress(done, total):
    print(done, *[one.pid for one in multiprocessing.active_children()], flush=True)
    if done >= int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
if __name__ == "__main__":
    if len(sys.argv) > 4:
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
    try:
        cm.simulate(cm.loads(sys.argv[3]), patients={PATIENTS}, keep=15, every={EVERY},
                    chunk={CHUNK}, workers=2, out=sys.argv[1], progress=progress)
    except cm.foundation.OutputError as error:
        print(error)
"""

FILLS = f"""
import multiprocessing, os, resource, sys
import countermove as cm
def progress(done, total):
    if done >= int(sys.argv[2]):
        for pid in (os.getpid(), *(one.pid for one in multiprocessing.active_children())):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (500, 500))
if __name__ == "__main__":
    try:
        cm.simulate(cm.loads(sys.argv[3]), patients={PATIENTS}, keep=15, every={EVERY},
                    chunk={CHUNK}, out=sys.argv[1], progress=progress, **{{sys.argv[4]: 2}})
    except cm.foundation.OutputError as error:
        print(error)
"""


def simulate(out=None, **more):
    options = {"patients": PATIENTS, "keep": 15, "every": EVERY, "chunk": CHUNK, **more}
    return cm.simulate(two_lines(), out=out, **options)


def child(out, kill_at, *more, text=CHILD):
    script = out.parent / "child.py"  # a file: processes are told the main module by its path
    script.write_text(text, encoding="utf-8")
    command = [sys.executable, str(script), str(out), str(kill_at), TWO_LINES, *more]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300)


def chunk_files(out):
    return sorted((out / "unfinished").glob("*.chunk"))


def ended(pid):
    """Whether a process is gone, or waits only to be counted as gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stream:
            return stream.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture(scope="module")
def undisturbed():
    return simulate()


def kill_one(at, chance=None):
    """Kill a process when so many patients are done; or, by chance, at any report."""
    killed = []

    def progress(done, total):
        if (done >= at and not killed) if chance is None else chance.random() < 0.15:
            victims = multiprocessing.active_children()
            if victims:
                os.kill(victims[0].pid, signal.SIGKILL)
                killed.append(done)

    return progress, killed


@pytest.mark.parametrize(  # at the end it may hold what others wait for
    "at", [pytest.param(30, marks=pytest.mark.slow), PATIENTS]
)
def test_a_killed_process_loses_and_doubles_nothing(tmp_path, undisturbed, at):
    progress, killed = kill_one(at)
    assert same_bits(simulate(tmp_path, workers=2, progress=progress), undisturbed)
    assert killed
    assert len(chunk_files(tmp_path)) == CHUNKS
    assert not list(tmp_path.rglob("*.partial"))


def test_chunks_come_back_without_a_folder(undisturbed):
    assert same_bits(simulate(workers=1), undisturbed)


@pytest.mark.slow
def test_a_killed_client_takes_its_processes_along_and_goes_on(tmp_path, undisturbed):
    out = tmp_path / "out"
    done = child(out, 40)
    assert done.returncode == -signal.SIGKILL, done.stderr
    workers = {int(pid) for line in done.stdout.splitlines() for pid in line.split()[1:]}
    assert workers
    until = time.monotonic() + 10.0
    while not all(map(ended, workers)) and time.monotonic() < until:
        time.sleep(0.05)
    assert all(map(ended, workers))
    assert 4 <= len(chunk_files(out)) < CHUNKS
    assert same_bits(simulate(out, workers=2), undisturbed)
    assert len(chunk_files(out)) == CHUNKS


def test_a_chunk_of_a_wrong_checksum_is_computed_again(tmp_path, undisturbed):
    simulate(tmp_path)
    path = chunk_files(tmp_path)[3]
    content = bytearray(path.read_bytes())
    whole, content[len(content) // 2] = bytes(content), content[len(content) // 2] ^ 1
    path.write_bytes(content)
    assert same_bits(simulate(tmp_path, workers=2), undisturbed)
    assert path.read_bytes() == whole


def test_a_chunk_of_another_run_is_never_taken(tmp_path):
    """As one that a worker writes late, when another run has the folder."""
    simulate(tmp_path, seed=5)
    late = {path.name: path.read_bytes() for path in chunk_files(tmp_path)}

    def writes_late(done, total):
        for name, content in late.items():
            (tmp_path / "unfinished" / name).write_bytes(content)
        late.clear()

    expected = simulate()
    assert same_bits(simulate(tmp_path, workers=1, progress=writes_late), expected)
    assert same_bits(simulate(tmp_path, workers=1), expected)


def test_a_full_disk_is_told_by_the_process_that_meets_it(tmp_path):
    done = child(tmp_path / "out", PATIENTS, "small files")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("out: got '"), done.stdout
    assert "File too large" in done.stdout
    assert not (tmp_path / "out").exists()


def test_a_second_client_is_refused_and_the_first_goes_on(tmp_path, undisturbed):
    refused = []

    def progress(done, total):
        if not refused:
            with pytest.raises(OutputError, match="another countermove is at work") as caught:
                simulate(tmp_path, seed=2)
            refused.append(str(caught.value))

    assert same_bits(simulate(tmp_path, workers=1, progress=progress), undisturbed)
    assert refused
    assert not (tmp_path / "unfinished" / "lock").exists()


def test_a_folder_that_a_worker_does_not_see_is_refused(tmp_path):
    with pytest.raises(OutputError, match="share"):
        ChunkStore(tmp_path, "key").join()


@pytest.mark.parametrize(
    ("found", "said"), [({"countermove": "0.0.1"}, "countermove 0.0.1"), ({}, "unknown")]
)
def test_workers_of_another_version_are_refused_by_name(found, said):
    with pytest.raises(ScenarioError, match=said) as caught:
        apart.refuse_versions({"tcp://there": found}, {"countermove": "7.7"})
    assert "countermove 7.7, as here" in str(caught.value)


def test_processes_that_always_die_end_the_run(tmp_path):
    def progress(done, total):
        for one in multiprocessing.active_children():
            os.kill(one.pid, signal.SIGKILL)

    crew_tries, apart.TRIES = apart.TRIES, 1
    try:
        with pytest.raises(EngineFailure, match="died 1 times"):
            simulate(tmp_path, workers=2, progress=progress)
    finally:
        apart.TRIES = crew_tries
    assert chunk_files(tmp_path)


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"workers": 0}, "workers"),
        ({"workers": 2, "threads": 1}, "threads"),
        ({"workers": 2, "cluster": "tcp://127.0.0.1:8786"}, "workers"),
        ({"cluster": "127.0.0.1"}, "cluster"),
        ({"cluster": 3}, "cluster"),
    ],
)
def test_means_that_do_not_go_together_are_refused(tmp_path, more, where):
    with pytest.raises(ScenarioError) as caught:
        simulate(tmp_path / "out", **more)
    assert caught.value.where == where
    assert not (tmp_path / "out").exists()


def disk_filled(out, at, crew, undisturbed):
    """As a disk that fills up under the run: no file of a chunk's size can be written any more."""
    done = child(out, at, crew, text=FILLS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("out: got '"), done.stdout
    assert "File too large" in done.stdout
    assert not list(out.rglob("*.partial"))
    kept = {path.name: path.read_bytes() for path in chunk_files(out)}
    assert at // CHUNK <= len(kept) < CHUNKS
    assert same_bits(simulate(out), undisturbed)
    assert kept.items() <= {path.name: path.read_bytes() for path in chunk_files(out)}.items()
    assert len(chunk_files(out)) == CHUNKS


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="prlimit is of Linux")
def test_a_disk_that_fills_up_keeps_what_was_finished(tmp_path, undisturbed):
    disk_filled(tmp_path / "out", 30, "workers", undisturbed)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="prlimit is of Linux")
@pytest.mark.parametrize("crew", ["threads", "workers"])
@pytest.mark.parametrize("seed", range(20))
def test_a_disk_full_at_any_moment(tmp_path, undisturbed, crew, seed):
    at = CHUNK * random.Random(seed).randrange(1, CHUNKS // 2)
    disk_filled(tmp_path / "out", at, crew, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_processes_killed_at_any_moment(tmp_path, undisturbed, seed):
    progress, _ = kill_one(0, random.Random(seed))
    assert same_bits(simulate(tmp_path, workers=2, progress=progress), undisturbed)
    assert len(chunk_files(tmp_path)) == CHUNKS


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_clients_killed_at_any_moment(tmp_path, undisturbed, seed):
    out = tmp_path / "out"
    child(out, random.Random(seed).randrange(10, PATIENTS))
    kept = {path.name: path.read_bytes() for path in chunk_files(out)}
    assert same_bits(simulate(out, workers=2), undisturbed)
    assert kept.items() <= {path.name: path.read_bytes() for path in chunk_files(out)}.items()
