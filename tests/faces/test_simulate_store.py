"""Here: chunks in a store that fsspec reaches. Not here: chunks in a folder (see
``test_simulate_interrupted``), kills (``test_simulate_apart``).
"""

import re
from pathlib import Path

import pytest

import countermove as cm
from countermove.foundation.errors import OutputError, ScenarioError
from countermove.simulation import shelf
from support.cohorts import same_bits, two_lines
from support.terminal import call

fsspec = pytest.importorskip("fsspec", reason="of the extra for clusters")
PATIENTS, CHUNK = 30, 10


def simulate(out=None, **more):
    options = {"patients": PATIENTS, "keep": 5, "every": 56.0, "chunk": CHUNK, **more}
    return cm.simulate(two_lines(), out=out, **options)


@pytest.fixture(scope="module")
def undisturbed():
    return simulate()


@pytest.fixture(params=["memory", "file"])
def store(request, tmp_path):
    url = "memory://own/cohort" if request.param == "memory" else (tmp_path / "store").as_uri()
    yield url
    files, root = fsspec.url_to_fs(url)
    if files.exists(root):
        files.rm(root, recursive=True)


def objects(url):
    files, root = fsspec.url_to_fs(url)
    return {name: files.cat_file(name) for name in files.find(root)}


class Cut(Exception):
    """Ends a run on the way."""


def cut(done, total):
    if done >= CHUNK:
        raise Cut


def chunks(url):
    return {name: own for name, own in objects(url).items() if name.endswith(".chunk")}


def test_what_is_finished_is_in_the_store_and_is_not_computed_again(tmp_path, store, undisturbed):
    out = tmp_path / "out"
    with pytest.raises(Cut):
        simulate(out, store=store, threads=1, progress=cut)
    kept = chunks(store)
    assert 1 <= len(kept) < PATIENTS // CHUNK
    assert not list(out.rglob("*.chunk"))
    assert same_bits(simulate(out, store=store), undisturbed)
    assert kept.items() <= chunks(store).items()
    assert len(chunks(store)) == PATIENTS // CHUNK
    assert not any(name.endswith(".partial") for name in objects(store))
    simulate(tmp_path / "other", store=store, seed=9)  # another run has objects of its own
    assert len(chunks(store)) == 2 * PATIENTS // CHUNK


def test_a_damaged_object_is_computed_again(tmp_path, store, undisturbed):
    simulate(tmp_path / "out", store=store)
    name, content = next(iter(chunks(store).items()))
    fsspec.url_to_fs(store)[0].pipe_file(name, content[:-1])
    assert same_bits(simulate(tmp_path / "out", store=store), undisturbed)
    assert chunks(store)[name] == content


def test_processes_write_to_it_themselves(tmp_path, undisturbed):
    url = (tmp_path / "store").as_uri()
    assert same_bits(simulate(tmp_path / "out", store=url, workers=1), undisturbed)
    assert len(chunks(url)) == PATIENTS // CHUNK


def test_a_store_that_workers_do_not_see_is_refused(tmp_path):
    with pytest.raises(OutputError, match=r"store: got 'memory://own', in which a worker") as said:
        simulate(tmp_path / "out", store="memory://own", workers=1)
    assert "reach by the same URL" in str(said.value)
    fsspec.filesystem("memory").rm("/own", recursive=True)


@pytest.mark.parametrize("from_start", [True, False])
def test_a_store_that_refuses_writing_is_told_in_one_error(tmp_path, monkeypatch, from_start):
    def refuses(self, path, *rest, **more):
        if from_start or path.endswith(".chunk"):
            raise RuntimeError("Access Denied")
        return writes(self, path, *rest, **more)

    kind = type(fsspec.filesystem("memory"))
    writes = kind.pipe_file
    monkeypatch.setattr(kind, "pipe_file", refuses)
    said = re.escape("store: got 'memory://refused': Access Denied, expected a store that can be")
    with pytest.raises(OutputError, match=said):
        simulate(tmp_path / "out", store="memory://refused")
    assert not (tmp_path / "out").exists()


def test_an_object_store_is_asked_for_objects_alone(tmp_path, monkeypatch, undisturbed):
    """To make a folder at the top of one is to make a bucket, also where its name is mistyped."""

    def never(*_, **__):
        raise AssertionError

    for name in ("mkdir", "makedirs"):
        monkeypatch.setattr(type(fsspec.filesystem("memory")), name, never)
    found = simulate(tmp_path / "out", store="memory://alone")
    assert same_bits(found, undisturbed)
    fsspec.filesystem("memory").rm("/alone", recursive=True)


@pytest.mark.parametrize(
    ("store", "said"),
    [
        ("bucket/folder", "expected a URL, as s3://bucket/folder"),
        ("nowhere://bucket", "Protocol not known: nowhere"),
        (3, "expected a URL"),
    ],
)
def test_what_names_no_store_is_refused(tmp_path, store, said):
    with pytest.raises(ScenarioError, match=said) as caught:
        simulate(tmp_path / "out", store=store)
    assert caught.value.where == "store"
    assert not (tmp_path / "out").exists()


def test_a_store_needs_a_folder_and_fsspec(tmp_path, monkeypatch):
    with pytest.raises(ScenarioError, match="a store without out"):
        simulate(store="memory://own")
    monkeypatch.setattr(shelf, "find_spec", lambda name: None)
    with pytest.raises(ScenarioError, match=r"countermove\[cluster\]"):
        simulate(tmp_path / "out", store="memory://own")


def test_a_command_clears_the_store_once_its_results_are_written(small, tmp_path):
    url = (tmp_path / "store").as_uri()
    call("run", small, "--no-report", "--out", "plain")
    call("run", small, "--no-report", "--out", "own", "--store", url)
    assert not objects(url)
    assert not Path("own/unfinished").exists()
    one, other = (Path(name, "outcomes.parquet").read_bytes() for name in ("plain", "own"))
    assert one == other
    error = call("compare", small, "--policies", "continuous,none", "--store", "here", code=2)
    assert "expected a URL" in error.stderr
