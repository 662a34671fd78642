"""Here: the commands `catalog` and `reproduce`.

Not here: the numbers (``reference/test_catalog``).
"""

import json

import pytest

import countermove as cm
from countermove.catalog import entry, entry_names
from support.terminal import call

QUICKEST = "iwasa_2006"


def test_an_entry_is_recomputed_drawn_and_written(tmp_path):
    file, folder = tmp_path / "found.json", tmp_path / "figures"
    done = call("reproduce", QUICKEST, "--quick", "--json", str(file), "--out", str(folder))
    assert "agrees" in done.output
    found = json.loads(file.read_text())
    (one,) = found["entries"]
    assert found["passed"]
    assert one["passed"]
    row = next(row for row in one["numbers"] if row["verdict"] == "agrees")
    assert {"place", "status", "why", "ours"} <= set(row)
    assert (folder / f"{QUICKEST}.png").stat().st_size > 1000
    assert (folder / f"{QUICKEST}.svg").read_text().startswith("<?xml")


def test_a_number_that_fails_is_exit_code_1(monkeypatch):
    from countermove.catalog.folders import Entry

    monkeypatch.setattr(Entry, "check", lambda _self: lambda questions, _full: {})
    done = call("reproduce", QUICKEST, "--quick", code=1)
    assert "not computed" in done.output


def test_json_alone_is_printed(monkeypatch):
    from countermove.catalog.folders import Entry

    monkeypatch.setattr(Entry, "check", lambda _self: lambda questions, _full: {})
    found = json.loads(call("reproduce", "--all", "--quick", "--json", "-", code=1).stdout)
    assert [one["entry"] for one in found["entries"]] == list(entry_names())
    assert not found["passed"]


@pytest.mark.parametrize("words", [(), (QUICKEST, "--all")])
def test_an_entry_or_all_is_asked_for(words):
    assert "ENTRY, or --all. List them with: catalog." in call("reproduce", *words, code=2).output


def test_a_name_near_an_entry_is_told():
    assert f"Did you mean '{QUICKEST}'" in call("reproduce", "iwasa2006", code=2).output


def test_the_catalog_lists_and_searches():
    listed = json.loads(call("catalog", "--json").stdout)["entries"]
    assert [one["name"] for one in listed] == list(entry_names())
    text = call("catalog").output
    assert all(name in text for name in entry_names())
    assert "bozic_2013" in call("catalog", "melanoma", "cross").output
    assert "Did you mean" in call("catalog", "resistanse", code=2).output
    assert "where" in call("catalog", QUICKEST).output
    assert json.loads(call("catalog", QUICKEST, "--json").stdout)["reading"]


def test_an_entry_is_written_as_a_starting_file_and_never_over_another(tmp_path):
    file = tmp_path / "mine.yaml"
    assert "Next: countermove run" in call("catalog", QUICKEST, "--write", str(file)).output
    assert cm.load(file) == cm.loads(entry(QUICKEST).text)
    refused = call("catalog", QUICKEST, "--write", str(file), code=2)
    assert "another name with --write" in refused.stderr
    call("catalog", "--write", str(file), code=2)
    found = json.loads(call("catalog", QUICKEST, "--write", str(tmp_path), "--json").stdout)
    assert found["written"] == [str(tmp_path / f"{QUICKEST}.yaml")]


@pytest.mark.filterwarnings("ignore::countermove.foundation.ScenarioWarning")
@pytest.mark.parametrize("name", entry_names())
def test_each_scenario_can_be_run(name):
    cm.check(cm.loads(entry(name).text))
