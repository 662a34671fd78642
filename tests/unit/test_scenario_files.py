"""Here: files, texts and documents as the loader meets them; unit words; citations; errors."""

import pickle

import numpy as np
import pytest
import yaml

from countermove.foundation import (
    Citation,
    NotYetError,
    OutputError,
    ScenarioError,
    number_text,
    parse_citation,
    parse_quantity,
    shown,
    suggestion,
)
from countermove.foundation.units import DIMENSIONS
from countermove.scenario import from_document, load, loads, scenario_hash, to_document
from countermove.scenario.fields import Quantity
from countermove.scenario.files import LARGEST_FILE
from countermove.scenario.yaml_text import read_yaml
from support.helpers import ROOT

SHORTEST = ROOT / "tests" / "scenarios" / "valid" / "shortest.yaml"
PULSED = ROOT / "tests" / "scenarios" / "valid" / "pulsed_on_off.yaml"
EVERYTHING = ROOT / "tests" / "scenarios" / "valid" / "everything.yaml"


def refusal(call, *arguments, **named):
    with pytest.raises(ScenarioError) as caught:
        call(*arguments, **named)
    return caught.value


def test_a_file_in_base_units():
    scenario = load(SHORTEST)
    assert scenario.tumor.diagnosed_at == 1e9
    assert scenario.tumor.cells_per_cm3 == 1e9
    assert scenario.follow_up == 3 * 365.25
    assert scenario.alterations["resists_A"].rate == 5e-8  # 50 * 1e-9 in floats is longer
    assert scenario.alterations["resists_A"].drug == ("A",)
    assert scenario.treatment.drugs == (("A",), ("B",))
    assert scenario.treatment.switch == "progression"
    assert scenario.monitoring.imaging.every == 56.0
    assert scenario.detectable_cells == pytest.approx(6.545e7, rel=1e-4)


def test_every_kind_of_level_in_base_units():
    drugs = load(EVERYTHING).drugs
    vemurafenib = drugs["vemurafenib"]
    assert vemurafenib.levels.half_life == 57 / 24
    assert vemurafenib.levels.every == 0.5
    assert vemurafenib.levels.rise == pytest.approx(960 / 106 / 489.9 * 1e3)
    assert (vemurafenib.dose_per_day, vemurafenib.limits.per_day) == (1920, 1920)
    assert vemurafenib.limits.cumulative == 1e6
    assert vemurafenib.half_effect == 0.3
    assert drugs["gefitinib"].ec50 == pytest.approx(0.05)
    assert drugs["osimertinib"].half_effect == 1.0
    assert drugs["docetaxel"].levels.rise == 20 / 8
    assert drugs["docetaxel"].levels.elimination == pytest.approx(50 * 24 / 8)
    assert drugs["tariquidar"].restores.efflux == "ABCB1"


def test_a_rate_per_daughter_is_doubled_once():
    scenario = load(EVERYTHING)
    assert scenario.alterations["dck_loss"].rate == 2e-7
    again = from_document(to_document(scenario))
    assert again.alterations["dck_loss"].rate == 2e-7


def test_on_and_off_read_by_another_reader_are_on_and_off():
    document = yaml.safe_load(PULSED.read_text("utf-8"))
    assert True in document["treatment"], "YAML 1.1 turns on: into True"
    assert from_document(document) == load(PULSED)


def test_numbers_follow_yaml_1_2():
    text = "[1e-9, 1.5e9, 0o7, 012, 1_000, 12:30, no, on, .inf, true, ~, 2001-01-01]"
    read = read_yaml(text, "text")
    assert read[:2] == [1e-9, 1.5e9]
    assert read[2:8] == ["0o7", 12, "1_000", "12:30", "no", "on"]
    assert read[8:] == [float("inf"), True, None, "2001-01-01"]


def test_json_is_read_by_its_ending(tmp_path):
    path = tmp_path / "scenario.JSON"
    path.write_text('{"countermove": 1, "countermove": 1}')
    assert "'countermove' a second time" in str(refusal(load, path))
    path.write_text("countermove: 1")
    assert "not JSON" in str(refusal(load, path))


def test_json_nesting_is_refused():
    assert "levels" in str(refusal(loads, "[" * 200_000, format="json"))
    deep = '{"name":' * 60 + "1" + "}" * 60
    assert "more than 40 levels" in str(refusal(loads, deep, format="json"))


def test_what_is_not_a_file_is_refused(tmp_path):
    assert "no such file" in str(refusal(load, tmp_path / "absent.yaml"))
    assert "a folder" in str(refusal(load, tmp_path))
    assert "cannot be" in str(refusal(load, "a\0b"))
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(bytes(range(256)))
    assert "bytes that are not text" in str(refusal(load, binary))


def test_a_large_file_is_refused_unread(tmp_path, monkeypatch):
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    monkeypatch.setattr("pathlib.Path.open", lambda *_: pytest.fail("the file was opened"))
    assert "100 MB, expected a scenario of at most 5 MB" in str(refusal(load, path))


def test_a_large_text_is_refused():
    assert "at most 5 MB" in str(refusal(loads, "#" * (LARGEST_FILE + 1)))


def test_values_of_other_types_are_refused():
    document = to_document(load(SHORTEST))
    error = refusal(from_document, document | {"seed": object()})
    assert error.where == "seed"
    assert from_document(document | {"seed": np.int64(7)}).seed == 7


def test_a_document_that_contains_itself_is_refused():
    document = to_document(load(SHORTEST))
    document["tumor"] = document
    assert "levels" in str(refusal(from_document, document))


def test_the_hash_tells_scenarios_apart():
    text = SHORTEST.read_text("utf-8")
    assert scenario_hash(loads(text)) == scenario_hash(loads(text.replace("0.14 /day", "0.14")))
    assert scenario_hash(loads(text)) != scenario_hash(loads(text.replace("0.14", "0.15")))


def test_a_scenario_is_frozen():
    with pytest.raises(ValueError, match="frozen"):
        load(SHORTEST).tumor.birth = 1.0


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("8 weeks", "time", 56),
        ("1 month", "time", 365.25 / 12),
        ("12h", "time", 0.5),
        ("0.7 per week", "rate", 0.1),
        ("7 /week", "rate", 1),
        ("24 1/day", "rate", 24),
        (3, "rate", 3),
        ("1e9", "cells", 1e9),
        ("1 g", "mass", 1000),
        ("5 mL", "volume", 0.005),
        ("1 L/h", "clearance", 24),
        ("20 nM", "concentration", 0.02),
        ("100 um", "length", 0.1),
        ("50 %", "fraction", 0.5),
        ("2 ug/L", "marker", 2),
        ("1 kDa", "molar_mass", 1000),
    ],
)
def test_unit_words(text, dimension, value):
    assert parse_quantity(text, dimension) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize("name", DIMENSIONS)
def test_the_example_of_a_dimension_is_right(name):
    assert parse_quantity(DIMENSIONS[name].example, name) > 0


@pytest.mark.parametrize("value", [None, True, [], "1 2", "--1", "1e", "٣", "x" * 10_000, 10**400])
def test_what_is_not_a_quantity_is_refused(value):
    refusal(parse_quantity, value, "time", "here")


@pytest.mark.parametrize("value", [0.1, 1e9, 1 / 3, 5e-324, 1.7e308, 0.0, 123456.0, 1e15 / 7])
def test_a_written_number_reads_back(value):
    assert float(number_text(value)) == value


def test_citations():
    assert parse_citation("doi: 10.7554/eLife.00747").url == "https://doi.org/10.7554/eLife.00747"
    assert parse_citation("https://doi.org/10.7554/eLife.00747").kind == "doi"
    assert parse_citation("pmid:23805382") == Citation("pmid", "23805382")
    for wrong in ("doi:elife", "pmid:x", 23805382, "10.7554", "doi:10.7554/<script>"):
        refusal(parse_citation, wrong)


def test_errors_keep_their_shape_across_processes():
    error = NotYetError("engine", got="'spatial'", expected="auto", remedy="Wait.")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is NotYetError
    assert str(again) == "engine: got 'spatial' (not yet in this version), expected auto. Wait."
    assert str(OutputError("out", got="a full disk", expected="space")) == (
        "out: got a full disk, expected space."
    )


def test_what_is_shown_is_short():
    values = [None, True, {}, {"a": 1}, [], [1], 10**400, "x" * 1000, b"x" * 1000]
    assert all(len(shown(value)) <= 60 for value in values)
    assert suggestion("brith", ["birth", "death"]) == "Did you mean 'birth'?"
    assert suggestion("zzz", ["birth", "death"]) == "Known: birth, death."
    assert suggestion("zzz", []) == ""


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        (50, "Write 50% (that is 0.5)."),
        ("7", "Write 7% (that is 0.07)."),
        (1.5, ""),  # may be a slip of another kind
        (5000, ""),  # no percentage in range either
        ("500%", ""),  # has its sign
        (-50, ""),
    ],
)
def test_a_fraction_out_of_range_is_offered_in_percent_where_that_was_meant(value, remedy):
    with pytest.raises(ScenarioError) as caught:
        Quantity("fraction", low=0.0, high=1.0).parse(value)
    assert caught.value.remedy == remedy
