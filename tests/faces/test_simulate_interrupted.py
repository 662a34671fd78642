"""Here: cohorts that are killed, interrupted or damaged, and go on. Not here: disks that refuse
(see ``test_simulate_refused_output``).
"""

import shutil
import signal
import subprocess
import sys

import pytest

import countermove as cm
from countermove.simulation import cohort
from support.cohorts import TWO_LINES, same_bits, two_lines
from support.helpers import ROOT

PATIENTS, CHUNK, EVERY = 100, 10, 56.0
CHUNKS = PATIENTS // CHUNK

# A cohort in a process of its own, which says how far it is.
CHILD = f"""
import os, signal, sys
import countermove as cm
def progress(done, total):
    print(done, flush=True)
    if done >= 40 and sys.argv[2] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
scenario = cm.loads(sys.argv[3])
cm.simulate(scenario, patients=int(sys.argv[4]), keep=15, every={EVERY}, chunk={CHUNK},
            threads=2, out=sys.argv[1], progress=progress)
"""


def child(out, how, patients):
    command = [sys.executable, "-c", CHILD, str(out), how, TWO_LINES, str(patients)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )


def simulate(out=None, scenario=None, **more):
    options = {"patients": PATIENTS, "keep": 15, "every": EVERY, "chunk": CHUNK, **more}
    return cm.simulate(scenario or two_lines(), out=out, **options)


@pytest.fixture(scope="module")
def undisturbed():
    return simulate()


@pytest.fixture
def worked(monkeypatch):
    """First patients of the chunks that were worked out rather than read."""
    firsts = []
    run_chunk = cohort.run_chunk

    def counted(setup, first, count, keep):
        firsts.append(first)
        return run_chunk(setup, first, count, keep)

    monkeypatch.setattr(cohort, "run_chunk", counted)
    return firsts


@pytest.fixture(scope="module")
def all_chunks(tmp_path_factory):
    out = tmp_path_factory.mktemp("finished")
    simulate(out)
    return out


@pytest.fixture
def finished(tmp_path, all_chunks):
    """Folder of a cohort whose chunks are all there; not yet counted as worked out here."""
    shutil.copytree(all_chunks, tmp_path, dirs_exist_ok=True)
    return tmp_path


def chunk_files(out):
    return sorted((out / "unfinished").glob("*.chunk"))


def test_a_killed_cohort_goes_on_to_the_same_bits(tmp_path, undisturbed, worked):
    process = child(tmp_path, "kill", PATIENTS)
    _, said = process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL, said
    kept = len(chunk_files(tmp_path))
    assert 4 <= kept < CHUNKS
    assert same_bits(simulate(tmp_path), undisturbed)
    assert len(worked) == CHUNKS - kept
    assert len(chunk_files(tmp_path)) == CHUNKS


def test_interruption_keeps_every_finished_chunk(tmp_path):
    many = 100_000
    process = child(tmp_path, "wait", many)
    told = [process.stdout.readline() for _ in range(4)]
    process.send_signal(signal.SIGINT)
    rest, said = process.communicate(timeout=300)
    assert process.returncode in (-signal.SIGINT, 130), said
    assert said.count("Traceback") == 1
    assert "KeyboardInterrupt" in said
    reported = int((told + rest.split())[-1])
    kept = chunk_files(tmp_path)
    assert reported <= CHUNK * len(kept) < many
    assert not list(tmp_path.rglob("*.partial"))
    store = _store_of(tmp_path)  # the rest of so many patients is not worth the wait
    for path in kept:
        first, count = path.stem.split("-")
        assert store.load(int(first), int(count)) is not None


def _store_of(out):
    """Read chunks below a folder without asking whose they are."""
    from countermove.simulation.chunk_store import ChunkStore

    label = (out / "unfinished" / "key.json").read_text(encoding="utf-8")
    return ChunkStore(out, label.split('"')[3])


def test_a_finished_cohort_is_only_read(finished, undisturbed, worked):
    assert same_bits(simulate(finished), undisturbed)
    assert worked == []


@pytest.mark.parametrize("damage", ["changed byte", "cut short", "empty", "no checksum"])
def test_a_damaged_chunk_is_noticed_and_redone(finished, undisturbed, worked, damage):
    path = chunk_files(finished)[3]
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(
        {
            "changed byte": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
            "cut short": content[:middle],
            "empty": b"",
            "no checksum": content.partition(b"\n")[2],
        }[damage]
    )
    assert same_bits(simulate(finished), undisturbed)
    assert worked == [3 * CHUNK]


def test_a_half_written_chunk_is_not_taken_for_one(finished, undisturbed, worked):
    path = chunk_files(finished)[5]
    path.rename(path.with_suffix(".partial"))
    assert same_bits(simulate(finished), undisturbed)
    assert worked == [5 * CHUNK]
    assert not list(finished.rglob("*.partial"))


@pytest.mark.parametrize(
    "other", [{"seed": 2}, {"every": 20.0}, {"keep": 16}, {"longest_leap": 20.0}, {"chunk": 20}]
)
def test_another_run_in_the_same_folder_starts_afresh(finished, worked, other):
    again = simulate(finished, **other)
    assert len(worked) == PATIENTS // other.get("chunk", CHUNK)
    assert same_bits(again, simulate(**{**other, "chunk": PATIENTS}))


def test_another_scenario_in_the_same_folder_starts_afresh(finished, undisturbed, worked):
    stronger = cm.replace(two_lines(), {"drugs.A.kill": 0.09})
    again = simulate(finished, scenario=stronger)
    assert len(worked) == CHUNKS
    assert not same_bits(again, undisturbed)


def test_files_of_others_in_the_folder_stay(tmp_path):
    note = tmp_path / "unfinished" / "note.txt"
    note.parent.mkdir()
    note.write_text("mine", encoding="utf-8")
    simulate(tmp_path, patients=20)
    simulate(tmp_path, patients=20, seed=2)
    assert note.read_text(encoding="utf-8") == "mine"
