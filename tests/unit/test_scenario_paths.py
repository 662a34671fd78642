"""Here: reading and replacing one value of a scenario by its dotted path."""

import pytest

import countermove as cm
from countermove.foundation import ScenarioError
from countermove.scenario import Scenario, load, read, replace
from support.helpers import ROOT

CASES = ROOT / "tests" / "scenarios" / "valid"


@pytest.fixture
def everything() -> Scenario:
    return load(CASES / "everything.yaml")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("tumor.birth", 0.14),
        ("follow_up", 1095.75),
        ("drugs.vemurafenib.levels.dose", 960.0),
        ("tumor.start.fractions.t790m + compound", 1e-9),
        ("interactions.vemurafenib + trametinib", 0.2),
        ("treatment.drugs.1.0", "osimertinib"),
        ("niches.brain.penetration.gefitinib", 0.05),
        ("tumor.diagnosed_at", None),
    ],
)
def test_read(everything, path, value):
    assert read(everything, path) == value


@pytest.mark.parametrize(
    ("path", "given", "value"),
    [
        ("tumor.birth", "1 /week", 1 / 7),
        ("tumor.birth", 0.2, 0.2),
        ("drugs.vemurafenib.levels.dose", "0.5 g", 500.0),
        ("drugs.gefitinib.levels.level", "100 nM", 0.1),
        ("drugs.osimertinib.levels.level", 7, 7.0),
        ("tumor.start.fractions.met_amp", 0.1, 0.1),
        ("states.persister.enter_under.osimertinib", "0.1 /day", 0.1),
        ("treatment.drugs.1.0", "vemurafenib", "vemurafenib"),
        ("endpoints.detectable", None, None),
        ("drugs.trametinib.limits.per_day", 2, 2.0),
        ("interactions.gefitinib + osimertinib", -0.1, -0.1),
        ("monitoring.imaging.every", "4 weeks", 28.0),
    ],
)
def test_replace(everything, path, given, value):
    before = everything.model_copy(deep=True)
    assert read(replace(everything, {path: given}), path) == value
    assert everything == before


def test_replace_several_at_once(everything):
    changed = replace(everything, {"tumor.start": None, "tumor.diagnosed_at": "1e8 cells"})
    assert changed.tumor.start is None
    assert changed.tumor.found_at == 1e8
    assert replace(changed, {}) == changed


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("tumor.brith", "tumor.brith: got no 'brith' there, .* Did you mean 'birth'?"),
        ("drugs.vemurafanib.kill", "drugs.vemurafanib: .* Did you mean 'vemurafenib'?"),
        ("tumor.birth.day", "a path past a single value"),
        ("treatment.drugs.7", "no '7' there"),
        ("alterations", None),
        ("", "expected a dotted path"),
    ],
)
def test_a_path_to_nothing_names_the_nearest(everything, path, message):
    if message is None:
        assert set(read(everything, path)) >= {"t790m"}
        return
    with pytest.raises(ScenarioError, match=message.replace("?", r"\?")):
        read(everything, path)
    with pytest.raises(ScenarioError, match=message.replace("?", r"\?")):
        replace(everything, {path: 1})


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("tumor.birth", -1, "tumor.birth: got -1 /day"),
        ("tumor.birth", "3 weeks", r"\(a time\)"),
        ("drugs.gefitinib.levels", 3, "concentrations"),
        ("interactions.gefitinib + x", 1, "name of a drug"),
        ("niches.brain.penetration.nodrug", 0, "name of a drug"),
        ("niches.marrow.shelter.gefitinib", 0, "path past a single value"),
        ("drugs.new", {}, "no 'new' there"),
        ("tumor.growth.kapacity", 1, "Did you mean 'capacity'"),
        ("follow_up", 0, "more than 0"),
    ],
)
def test_a_replaced_value_is_checked_as_in_a_file(everything, path, value, message):
    with pytest.raises(ScenarioError, match=message):
        replace(everything, {path: value})


def test_another_policy_takes_the_place_of_the_old_ones_fields():
    in_turn = cm.replace(
        cm.example("two_drugs_together"),
        {"treatment.policy": "sequential", "treatment.drugs": ["A", "B"]},
    )
    assert in_turn.treatment.switch == "progression"
    assert cm.replace(in_turn, {"treatment.policy": "combination"}).treatment.switch is None
    weekly = {"treatment.policy": "alternating", "treatment.every": "1 week"}
    by_turns = cm.replace(in_turn, weekly)
    assert by_turns.treatment.every == 7.0
    with pytest.raises(ScenarioError, match="switch"):  # what is said now is not dropped
        cm.replace(in_turn, {"treatment.policy": "combination", "treatment.switch": "progression"})
