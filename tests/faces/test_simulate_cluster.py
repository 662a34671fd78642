"""Here: cohorts on a Dask cluster whose parts are killed, silent or of another version. Not here:
processes without Dask (see ``test_simulate_apart``).
"""

import random
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time

import pytest

import countermove as cm
from countermove.foundation.errors import EngineFailure, ScenarioError, ScenarioWarning
from support.cohorts import TWO_LINES, same_bits, two_lines
from support.dask import Processes
from support.helpers import ROOT

Client = pytest.importorskip("distributed", reason="Dask is an extra").Client
PATIENTS, CHUNK, EVERY = 100, 10, 56.0
CHUNKS = PATIENTS // CHUNK

CHILD = f"""
import os, signal, sys
import countermove as cm
def progress(done, total):
    if done >= int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
cm.simulate(cm.loads(sys.argv[3]), patients={PATIENTS}, keep=15, every={EVERY}, chunk={CHUNK},
            cluster=sys.argv[4], out=sys.argv[1], progress=progress)
"""


def simulate(out=None, **more):
    options = {"patients": PATIENTS, "keep": 15, "every": EVERY, "chunk": CHUNK, **more}
    return cm.simulate(two_lines(), out=out, **options)


def chunk_files(out):
    return sorted((out / "unfinished").glob("*.chunk"))


@pytest.fixture(scope="module")
def undisturbed():
    return simulate()


@pytest.fixture
def cluster(tmp_path):
    made = Processes(tmp_path)
    yield made
    made.close()


def kill(process, at):
    """Kill a process once so many patients are done."""

    def progress(done, total):
        if done >= at and process.poll() is None:
            process.kill()
            process.wait()

    return progress


def test_a_local_cluster_gives_the_same_bits(tmp_path, undisturbed):
    assert same_bits(simulate(tmp_path, cluster="local", workers=2), undisturbed)
    assert len(chunk_files(tmp_path)) == CHUNKS


def worker_killed(cluster, out, at, undisturbed):
    found = simulate(out, cluster=cluster.address, progress=kill(cluster.workers[0], at))
    assert same_bits(found, undisturbed)
    assert cluster.workers[0].poll() == -signal.SIGKILL
    assert len(chunk_files(out)) == CHUNKS


def scheduler_killed(cluster, out, at, undisturbed):
    with pytest.raises(EngineFailure, match="a scheduler that went away"):
        simulate(out, cluster=cluster.address, progress=kill(cluster.scheduler, at))
    kept = {path.name: path.read_bytes() for path in chunk_files(out)}
    assert len(kept) >= at // CHUNK
    assert same_bits(simulate(out), undisturbed)
    assert kept.items() <= {path.name: path.read_bytes() for path in chunk_files(out)}.items()


def client_killed(cluster, out, at, undisturbed):
    command = [sys.executable, "-c", CHILD, str(out), str(at), TWO_LINES, cluster.address]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(chunk_files(out)) >= at // CHUNK
    assert same_bits(simulate(out, cluster=cluster.address), undisturbed)
    assert len(chunk_files(out)) == CHUNKS


KILLED = (worker_killed, scheduler_killed, client_killed)


@pytest.mark.slow
@pytest.mark.parametrize("killed", KILLED)
def test_whoever_is_killed_nothing_is_lost_or_doubled(cluster, tmp_path, killed, undisturbed):
    killed(cluster, tmp_path / "out", 30, undisturbed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("killed", KILLED)
def test_killed_at_any_moment(cluster, tmp_path, killed, undisturbed, seed):
    at = CHUNK * random.Random(seed).randrange(1, CHUNKS - 3)
    killed(cluster, tmp_path / "out", at, undisturbed)


def test_workers_of_another_version_are_refused(tmp_path):
    other = tmp_path / "path" / "countermove-0.0.1.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: countermove\nVersion: 0.0.1\n")
    made = Processes(tmp_path, workers=0)
    try:
        made.join(PYTHONPATH=f"{other.parent}:{':'.join(filter(None, sys.path))}")
        made.wait(1)
        with Client(made.address, set_as_default=False) as client:
            with pytest.raises(ScenarioError, match=r"countermove 0\.0\.1 on the worker") as caught:
                simulate(tmp_path / "out", cluster=client)
            assert client.status == "running"  # a client that was given stays open
        assert f"countermove {cm.__version__}, as here" in str(caught.value)
        assert not (tmp_path / "out").exists()
    finally:
        made.close()


def test_a_cluster_without_workers_says_so_and_waits_for_one(tmp_path, undisturbed):
    made = Processes(tmp_path, workers=0)
    try:
        late = threading.Timer(1.0, made.join)
        late.start()
        with pytest.warns(ScenarioWarning, match="no worker yet"):
            found = simulate(cluster=made.address)
        late.join()
        assert same_bits(found, undisturbed)
    finally:
        made.close()


@pytest.mark.slow
def test_an_address_that_does_not_answer_is_told_within_ten_seconds(tmp_path):
    begun = time.monotonic()
    with pytest.raises(ScenarioError, match="no answer from 'tcp://127"):
        simulate(tmp_path / "out", cluster="tcp://127.0.0.1:1")
    assert time.monotonic() - begun < 10.0
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_an_address_that_takes_the_call_and_stays_silent_is_told_within_ten_seconds(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:  # connects by itself, never answers
        begun = time.monotonic()
        with pytest.raises(ScenarioError, match="no answer from 'tcp://127"):
            simulate(tmp_path / "out", cluster=f"tcp://127.0.0.1:{server.getsockname()[1]}")
        assert time.monotonic() - begun < 10.0
    assert not (tmp_path / "out").exists()


def test_an_address_that_speaks_http_is_no_scheduler(tmp_path):
    with socketserver.TCPServer(("127.0.0.1", 0), _Dashboard) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        begun = time.monotonic()
        with pytest.raises(ScenarioError, match="no answer from 'tcp://127"):
            simulate(tmp_path / "out", cluster=f"tcp://127.0.0.1:{server.server_address[1]}")
        server.shutdown()
    assert time.monotonic() - begun < 10.0


class _Dashboard(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.recv(64)
        self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
