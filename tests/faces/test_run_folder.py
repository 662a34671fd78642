"""Here: a folder that holds another run, and what of it goes when a new one comes, from both faces.

Not here: interruption and disks that refuse (test_cli_errors, test_simulate_interrupted).
"""

import json
import re
import shutil
from pathlib import Path

import pytest

import countermove as cm
from countermove.command_line import one_run
from countermove.foundation import OutputError
from countermove.report import figures, page
from countermove.results import load_runs, run_folder
from countermove.results.run_folder import RunFolder
from support.terminal import SMALL, call


def seed_of(folder) -> int:
    return load_runs(folder).provenance["seed"]


@pytest.fixture(scope="module")
def run_once(tmp_path_factory):
    """A finished run with its report."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("small.yaml").write_text(SMALL, encoding="utf-8")
        call("run", "small.yaml", "--out", "out")
    return folder / "out"


@pytest.fixture
def drawn(small, run_once):
    """The scenario file, beside a copy of that run in ``out``."""
    shutil.copytree(run_once, "out")
    return small


def everything(folder) -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


def test_the_names_are_those_that_the_report_writes():
    assert page.REPORT_FILE == run_folder.REPORT_FILE
    assert page.FIGURES_FOLDER == run_folder.FIGURES_FOLDER
    assert tuple(figures.DRAWINGS) == run_folder.FIGURES


@pytest.mark.parametrize(
    "other", [("--seed", "7"), ("--every", "5"), ("--engine", "mean_field"), ("--patients", "3")]
)
def test_another_run_into_a_folder_given_is_refused_before_any_work(drawn, other):
    before = {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}
    done = call("run", drawn, "--out", "out", *other, code=2)
    assert "out: got a folder that holds a finished run of another scenario" in done.stderr
    assert "--replace" in done.stderr
    after = {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}
    assert before == after


def test_a_changed_file_goes_to_a_folder_of_its_own(small):
    call("run", small, "--no-report")
    before = load_runs("runs/small").document
    Path(small).write_text(SMALL.replace("0.8", "0.7"), encoding="utf-8")
    for _ in range(2):  # the same file again, the same folder
        said = call("run", small, "--no-report").stderr
        assert "runs/small holds another run, so this one goes to runs/small-2." in said
    assert everything("runs") == {"small", "small-2"}
    assert load_runs("runs/small").document == before
    assert load_runs("runs/small-2").document["drugs"]["A"]["kill"] == "0.7 /day"
    assert "--replace" in call("run", small, "--no-report", "--out", "runs/small", code=2).stderr
    call("run", small, "--no-report", "--replace")
    assert load_runs("runs/small").document["drugs"]["A"]["kill"] == "0.7 /day"


def test_another_version_is_another_run(small):
    call("run", small, "--no-report", "--out", "out")
    path = Path("out/provenance.json")
    record = json.loads(path.read_text("utf-8"))
    record["versions"]["countermove"] = "0.0.1"
    path.write_text(json.dumps(record), encoding="utf-8")
    assert "version" in call("run", small, "--no-report", "--out", "out", code=2).stderr


@pytest.mark.parametrize(
    "options", [("--seed", "7"), ("--patients", "3"), ("--set", "tumor.death=0.2 /day")]
)
def test_options_that_change_a_run_send_it_to_a_folder_of_its_own(small, options):
    call("run", small, "--no-report")
    first = load_runs("runs/small").provenance
    done = call("run", small, "--no-report", *options)
    assert "Note: runs/small holds another run, so this one goes to runs/small-2." in done.stderr
    assert "Results: runs/small-2" in done.stdout
    found = json.loads(call("run", small, "--no-report", "--json", *options).stdout)
    assert found["folder"] == "runs/small-2"  # the same command, the same folder
    assert found["notes"]
    call("run", small, "--no-report", "--seed", "99")
    assert everything("runs") == {"small", "small-2", "small-3"}
    assert load_runs("runs/small").provenance == first


def test_the_same_run_again_takes_its_own_place(small):
    call("run", small, "--seed", "5", "--out", "out")
    call("run", small, "--out", "out", "--seed", "5", "--threads", "1", "--no-report")
    assert "report.html" not in everything("out")  # what is not written now is not left


def test_replacing_leaves_nothing_of_the_other_run_and_all_that_is_not_ours(drawn):
    assert {"report.html", "figures"} <= everything("out")
    notes = [Path("out/note.txt"), Path("out/figures/mine.png"), Path("out/unfinished/mine")]
    notes[2].parent.mkdir()
    for path in notes:
        path.write_text("mine", encoding="utf-8")
    call("run", drawn, "--out", "out", "--seed", "7", "--no-report", "--replace")
    assert seed_of("out") == 7
    own = {
        "outcomes.parquet",
        "visits.parquet",
        "trajectories.zarr",
        "scenario.yaml",
        "provenance.json",
    }
    assert everything("out") == own | {"note.txt", "figures", "unfinished"}
    assert everything("out/figures") == {"mine.png"}
    assert all(path.read_text("utf-8") == "mine" for path in notes)


def test_a_sweep_and_a_run_never_share_a_folder(small):
    options = ("run", small, "--no-report", "--patients", "2")
    call(*options, "--out", "out")
    sweep = (*options, "--sweep", "seed=1,2,3")
    assert "holds other runs" in call(*sweep, "--out", "out", code=2).stderr
    call(*sweep, "--out", "out", "--replace")
    assert everything("out") == {"seed=1", "seed=2", "seed=3", "sweep.csv"}
    fewer = (*options, "--sweep", "seed=1,2")
    assert "holds other runs" in call(*fewer, "--out", "out", code=2).stderr
    call(*fewer, "--out", "out", "--replace")
    assert everything("out") == {"seed=1", "seed=2", "sweep.csv"}
    assert "holds a sweep" in call(*options, "--out", "out", code=2).stderr
    call(*options, "--out", "out", "--replace")
    assert not {"seed=1", "seed=2", "sweep.csv"} & everything("out")


def test_a_sweep_by_default_leaves_a_run_alone(small):
    call("run", small, "--no-report")
    done = call("run", small, "--no-report", "--patients", "2", "--sweep", "seed=1,2")
    assert "goes to runs/small-2" in done.stderr
    assert everything("runs/small-2") == {"seed=1", "seed=2", "sweep.csv"}
    assert "2 runs of 2 patients" in call(
        "run", small, "--no-report", "--patients", "2", "--sweep", "seed=1,2"
    ).stdout  # fmt: skip
    assert everything("runs") == {"small", "small-2"}


def test_chunks_are_cleared_once_python_saved_to_the_same_folder(small):
    scenario = cm.load(small)
    runs = cm.simulate(scenario, out="out", chunk=2)
    assert len(RunFolder("out").chunks()) == 3
    runs.save("elsewhere")
    cm.simulate(scenario, seed=9).save("elsewhere")
    assert len(RunFolder("out").chunks()) == 3
    runs.save("out")
    assert "unfinished" not in everything("out")
    again = cm.simulate(scenario, out="out")  # the same run may go on in its folder
    assert again.provenance == runs.provenance


def test_chunks_of_another_run_outlive_a_save(small):
    cm.simulate(cm.load(small), out="out", seed=5)
    cm.simulate(cm.load(small)).save("out")
    assert RunFolder("out").chunks()


def test_python_is_refused_another_runs_folder_unless_told(small):
    scenario = cm.load(small)
    cm.simulate(scenario, out="out").save("out")
    cm.write_report(load_runs("out"), "out")
    with pytest.raises(OutputError, match=re.escape("(from Python: overwrite=True)")):
        cm.simulate(scenario, seed=7, out="out")
    assert seed_of("out") == 1
    cm.simulate(scenario, seed=7, out="out", overwrite=True).save("out")
    assert seed_of("out") == 7
    assert not {"report.html", "figures", "unfinished"} & everything("out")


def test_clones_of_an_earlier_run_do_not_stay_beside_later_outcomes(small):
    cm.simulate(cm.load(small), clones=True).save("out")
    assert "clones.parquet" in everything("out")
    cm.simulate(cm.load(small)).save("out")
    assert load_runs("out").clones is None


def test_files_of_others_by_the_same_names_stay_where_no_run_was(small):
    Path("out").mkdir()
    Path("out/report.html").write_text("mine", encoding="utf-8")
    cm.simulate(cm.load(small)).save("out")
    assert Path("out/report.html").read_text("utf-8") == "mine"


def test_a_disk_that_fills_while_replacing_keeps_the_old_run_whole(drawn, monkeypatch):
    from countermove.results import runs as module
    from countermove.results import storage

    before = {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}

    def full(*_args):
        raise storage.output_error(Path("out/outcomes.parquet"), OSError(28, "full"))

    monkeypatch.setattr(module.storage, "write_outcomes", full)
    done = call("run", drawn, "--out", "out", "--seed", "7", "--replace", "--no-report", code=2)
    assert "full disk" in done.stderr
    after = {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}
    assert {path: after.get(path) for path in before} == before
    assert all("unfinished" in path.parts for path in set(after) - set(before))


def test_a_report_that_fails_leaves_the_finished_chunks(small, monkeypatch):
    from countermove import report

    def full(*_args):
        raise OutputError("out", got="a full disk", expected="room")

    monkeypatch.setattr(report, "write_report", full)
    call("run", small, "--out", "out", code=2)
    assert everything("out") == {"unfinished"}
    assert one_run.RunFolder("out").chunks()
