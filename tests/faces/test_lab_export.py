"""Here: the lab as files: what is in them, and the folder they take the place of.

Not here: the page itself (``web/browser/exported.mjs`` opens it from a file).
"""

import json
import re

import numpy as np
import pytest

import countermove as cm
from countermove.foundation import OutputError
from countermove.lab import book, export, game, grids, thin, tumors, work
from countermove.model import compile_model

CHAPTERS = {chapter["number"]: chapter for chapter in book.chapters()}
COURSE = {"doses": {}, "summary": {}, "seen": {"detectable": 1e9}, "patients": 2}


def say(_):
    pass


def value_of(script: str):
    """What a data script assigns; the numbers are JSON too."""
    body = script.partition("=")[2].rstrip(";\n")
    return json.loads(re.sub(r'([{,])"?([\w .+,()-]+)"?:', r'\1"\2":', body))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab") / "site"
    small = [CHAPTERS[11]["id"], CHAPTERS[9]["id"]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grids, "CELLS", 1)
        patch.setattr(grids.grid, "__defaults__", (1,))
        patch.setattr(export, "SECONDS", 120.0)
        found = export.export(folder, say, chapters=[9, 11], games=2)
    return folder, small, found


def test_a_site_has_its_page_its_data_and_no_server_in_it(site):
    folder, chapters, found = site
    index = (folder / "index.html").read_text()
    assert index.index("data/book.js") < index.index("assets/index-")
    assert "module" not in index
    assert "http" not in index
    assert {f.stem for f in (folder / "data").iterdir()} == {"book", *chapters}
    assert (folder / "worksheet.html").is_file()
    assert found.bytes == sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    assert not list(folder.parent.glob(".*part"))


def test_a_cell_is_the_preview_that_the_server_gives(site):
    folder, (chapter, _), _ = site
    one = CHAPTERS[11]
    data = value_of((folder / "data" / f"{chapter}.js").read_text())
    asked = [cell[0] for cell in grids.cells(one, grids.grid(one, 1))]
    assert len(asked) == len(data["cells"])
    given = {name: one[name] for name in ("yaml", "engine", "patients")}
    for place in (0, len(asked) - 1):
        own = work.preview({**given, "settings": asked[place]}, lambda *_: None)
        shown = data["cells"][place]
        day = data["time"].index(0)
        assert shown["burden"]["p50"][day] == pytest.approx(own["burden"]["p50"][0], rel=5e-3)
        assert shown["burden"]["p90"][-1] == pytest.approx(own["burden"]["p90"][-1], rel=5e-3)
        wanted = own["summary"]["time_to_progression"]["text"]
        assert shown["summary"]["time_to_progression"]["text"] == wanted
    assert data["cells"][0]["burden"] != data["cells"][-1]["burden"]


@pytest.mark.parametrize("number", CHAPTERS)
def test_a_grid_keeps_ends_and_start_and_its_bound(number):
    chapter = CHAPTERS[number]
    values = grids.grid(chapter)
    for control, own in zip(chapter["controls"], values, strict=True):
        assert own == sorted(set(own))
        assert {control["min"], control["max"], control["value"]} <= set(own)
        assert (own[0], own[-1]) == (control["min"], control["max"])
    asked = [one for cell in grids.cells(chapter, values) for one in cell]
    assert len(asked) <= max(2 * grids.CELLS, 1)
    assert len(asked) == max(1, len(chapter["arms"])) * np.prod([len(v) for v in values], dtype=int)


def test_a_week_of_the_game_is_that_of_the_mean_field_engine():
    scenario, start = tumors.at_diagnosis(3)
    model = compile_model(scenario)
    for drugs in tumors.CHOICES:
        growth, _ = tumors.rates_of(model, tumors.levels_of(scenario, drugs))
        cells = start
        for _ in range(2):
            cells = tumors.expm(tumors.WEEK * growth) @ cells
        given = game._treatment([list(drugs)])
        fractions = {
            name: float(count / start.sum())
            for name, count in zip(model.genotypes.names[1:4], start[1:4], strict=True)
        }
        settings = {"treatment": given, "engine": "mean_field", "patients": {"number": 1}}
        settings["tumor.start"] = {"cells": float(start.sum()), "fractions": fractions}
        settings["tumor.diagnosed_at"] = None
        own = cm.replace(scenario, settings)
        runs = cm.simulate(own, every=7.0, progress=False)
        whole = runs.trajectories["burden"].to_numpy()[0, 2]
        assert cells.sum() == pytest.approx(whole, rel=1e-3), drugs


def test_a_tumor_of_the_game_begins_as_the_server_has_it():
    told = tumors.tumor(2, [{"label": "x", "days": 1.0, "outcome": "died", "doses": {}}])
    own = game.play(2, [], reveal=True)["truth"]["clones"]
    for name, cells in zip(tumors.plan()["genotypes"], told["start"], strict=True):
        assert cells == pytest.approx(own[name][0], rel=1e-4)
    assert told["compared"] == [{"label": "x", "days": 1.0, "outcome": "died"}]


def test_numbers_are_short_and_the_same():
    for value in (0.0, 1.23e10, 3e-5, 120.0, 0.25, 12345.0, 1e-8):
        assert float(thin._number(value)) == value
    assert thin._number(1.2e10) == "1.2e10"
    preview = {**COURSE, "time": [0, 1, 2, 3], "clones": {}}
    preview["burden"] = {"p10": [1.2345, 0, 0, 1e-9], "p50": [1, 1, 1, 1], "p90": [9, 9, 9, 9]}
    told = thin.thin(preview, 2)
    assert told["time"] == [0, 3]
    assert told["burden"]["p10"] == [1.23, 0.0]


def test_a_folder_with_something_else_is_refused_before_any_work(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="no earlier export"):
        export.export(tmp_path, say)
    assert [f.name for f in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(OutputError, match="no earlier export"):
        export.export(tmp_path / "thesis.txt", say)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_what_is_interrupted_leaves_the_earlier_export(tmp_path, monkeypatch, error):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / export.MARKER).write_text("{}")

    def stop(*_):
        raise error

    monkeypatch.setattr(export, "_chapter", stop)
    with pytest.raises(error):
        export.export(folder, say, chapters=[11])
    assert [f.name for f in tmp_path.iterdir()] == ["site"]
    assert (folder / export.MARKER).read_text() == "{}"
