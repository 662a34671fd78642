"""Here: output that cannot be written, one clear error each and nothing left behind. Not here:
interruption (see ``test_simulate_interrupted``).
"""

import errno
import os
import subprocess
import sys

import pytest

import countermove as cm
from countermove.foundation.errors import OutputError
from support.cohorts import TWO_LINES, same_bits, two_lines
from support.helpers import ROOT


def simulate(out=None):
    return cm.simulate(two_lines(), patients=30, every=56.0, chunk=5, threads=2, out=out)


def assert_shaped(error):
    """One line of the house's shape: where, got, expected, remedy."""
    message = str(error)
    assert "\n" not in message
    assert all(part in message for part in (": got ", ", expected ")), message
    assert message.endswith("."), message


@pytest.mark.parametrize("below", ["", "folder", "folder/deeper"])
def test_out_is_a_file(tmp_path, below):
    path = tmp_path / "results"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError) as caught:
        simulate(path / below)
    assert_shaped(caught.value)
    assert os.listdir(tmp_path) == ["results"]
    assert path.read_text(encoding="utf-8") == "mine"


def test_out_is_not_ours_to_write(tmp_path, monkeypatch):
    """As for a user without permission; the tests may run as one who has every permission."""

    def forbidden(path, *args, **options):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "mkdir", forbidden)
    with pytest.raises(OutputError, match="Permission denied") as caught:
        simulate(tmp_path / "out")
    monkeypatch.undo()
    assert_shaped(caught.value)
    assert os.listdir(tmp_path) == []


@pytest.fixture
def full_disk(monkeypatch):
    """Say how many files may still be written before the disk is full."""

    def make(files):
        left = [files]
        fsync = os.fsync

        def full(descriptor):
            left[0] -= 1
            if left[0] < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            fsync(descriptor)

        monkeypatch.setattr(os, "fsync", full)

    return make


@pytest.mark.parametrize("files", [0, 1])
def test_a_disk_full_from_the_start_leaves_nothing(tmp_path, full_disk, files):
    full_disk(files)
    with pytest.raises(OutputError, match="No space left") as caught:
        simulate(tmp_path / "new" / "out")
    assert_shaped(caught.value)
    assert os.listdir(tmp_path) == []


def test_a_disk_full_on_the_way_keeps_what_finished(tmp_path, full_disk, monkeypatch):
    full_disk(4)
    with pytest.raises(OutputError, match="No space left"):
        simulate(tmp_path)
    monkeypatch.undo()
    names = sorted(p.name for p in tmp_path.rglob("*") if p.is_file())
    assert len(names) == 4
    assert all(name == "key.json" or name.endswith(".chunk") for name in names)
    assert same_bits(simulate(tmp_path), simulate())


# No file may grow beyond 3,000 bytes: writing fails within a chunk, and within what is saved.
CHILD = """
import os, resource, sys
import countermove as cm
from countermove.foundation.errors import OutputError
scenario = cm.loads(sys.argv[1])
runs = cm.simulate(scenario, patients=60, every=20.0)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
def again():
    cm.simulate(scenario, patients=60, every=20.0, out="chunks")
for work in (again, lambda: runs.save("runs")):
    try:
        work()
    except OutputError as error:
        print(error)
left = [os.path.join(f, n) for f, _, names in os.walk(".") for n in names]
print(sorted(n for n in left if not n.endswith("scenario.yaml")), "chunks" in os.listdir("."))
"""


def test_a_file_that_cannot_grow(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CHILD, TWO_LINES],
        capture_output=True, text=True, cwd=tmp_path, timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 3, done.stdout
    assert_shaped(lines[0])
    assert_shaped(lines[1])
    assert lines[2] == "[] False"


def test_saved_runs_come_back_and_an_unfinished_save_shows_none(tmp_path, monkeypatch):
    runs = simulate()
    runs.save(tmp_path / "runs")
    assert same_bits(cm.load_runs(tmp_path / "runs"), runs)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OutputError, match="full disk") as caught:
        runs.save(tmp_path / "others")
    monkeypatch.undo()
    assert_shaped(caught.value)
    assert [p for p in (tmp_path / "others").rglob("*") if p.is_file()] == []
