"""Here: every file under scenarios/valid loads, every one under scenarios/invalid is refused."""

import json

import jsonschema
import pytest
import yaml

from countermove.foundation import NotYetError, ScenarioError
from countermove.scenario import json_schema, load, loads, to_document
from countermove.scenario.files import parse_document
from countermove.scenario.yaml_text import read_yaml
from support.helpers import ROOT

VALID = sorted((ROOT / "tests" / "scenarios" / "valid").glob("*.yaml"))
INVALID = sorted((ROOT / "tests" / "scenarios" / "invalid").glob("*.yaml"))


def name(path):
    return path.stem


@pytest.fixture(scope="module")
def validator():
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("path", VALID, ids=name)
def test_a_valid_file_survives_its_long_form(path):
    scenario = load(path)
    document = to_document(scenario)
    assert loads(yaml.dump(document)) == scenario
    assert loads(json.dumps(document), format="json") == scenario
    assert to_document(loads(yaml.dump(document, sort_keys=False))) == document


@pytest.mark.parametrize("path", VALID, ids=name)
def test_the_json_schema_accepts_a_valid_file_and_its_long_form(path, validator):
    validator.validate(read_yaml(path.read_text(encoding="utf-8"), "file"))
    validator.validate(to_document(load(path)))


@pytest.mark.parametrize("path", INVALID, ids=name)
def test_an_invalid_file_is_refused_in_the_one_shape(path):
    expected = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
    with pytest.raises(ScenarioError) as caught:
        load(path)
    error, text = caught.value, str(caught.value)
    assert expected in text
    place = f"{error.place}: " if error.place else ""
    assert text.startswith(f"{place}{error.where}: got {error.got}, expected {error.expected}.")
    assert error.place or "line " in error.where or error.where == path.name
    assert error.where
    assert "\n" not in text
    assert isinstance(error, NotYetError) == path.stem.startswith("later_")


@pytest.mark.parametrize("path", [p for p in INVALID if p.stem.startswith("later_")], ids=name)
def test_what_comes_later_is_already_in_the_format(path, validator):
    document = read_yaml(path.read_text(encoding="utf-8"), "file")
    validator.validate(document)
    scenario = parse_document(document)
    assert parse_document(to_document(scenario)) == scenario
    validator.validate(to_document(scenario))


def test_the_json_schema_notices_a_misspelling_and_a_wrong_unit(validator):
    document = read_yaml((VALID[0].parent / "shortest.yaml").read_text("utf-8"), "file")
    misspelled = document | {"tumour": document["tumor"]}
    weeks = document | {"tumor": document["tumor"] | {"birth": "3 weeks"}}
    assert not validator.is_valid(misspelled)
    assert not validator.is_valid(weeks)


def test_every_field_is_described_with_its_default(validator):
    schema = validator.schema
    parts = [schema, *schema["$defs"].values()]
    fields = [
        (part.get("title"), name, field)
        for part in parts
        for name, field in part.get("properties", {}).items()
    ]
    assert len(fields) > 100
    assert [(part, name) for part, name, field in fields if not field.get("description")] == []
