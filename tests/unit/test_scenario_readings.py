"""Here: warnings that say how a number was read, and that a document says it only once."""

import json
import warnings

import pytest
import yaml

from countermove.foundation import ScenarioError, ScenarioWarning
from countermove.scenario import from_document, load, loads, replace, to_document
from countermove.scenario.library import example, examples
from support.helpers import ROOT

TEXT = """\
countermove: 1
name: Case
tumor: {birth: BIRTH, death: 0.1 /day, diagnosed_at: 1e9 cells}
drugs: {A: {kill: KILL}}
treatment: {policy: continuous, drugs: A}
follow_up: END
"""


def text(birth="0.2 /day", kill="0.2 /day", end="3 years"):
    return TEXT.replace("BIRTH", birth).replace("KILL", kill).replace("END", end)


def said(call, *arguments):
    """What a call warns of, each a ScenarioWarning, and what it returns."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = call(*arguments)
    assert {warning.category for warning in caught} <= {ScenarioWarning}
    assert {warning.filename for warning in caught} <= {__file__}
    return [str(warning.message) for warning in caught], value


@pytest.mark.parametrize(
    ("given", "start"),
    [
        ({"end": "36"}, "follow_up: 36 was read as 36 days. Write '36 months' if you meant months"),
        ({"end": "'36'"}, "follow_up: 36 was read as 36 days."),
        ({"end": "1095"}, "follow_up: 1095 was read as 1095 days. Write '1095 days' if that is me"),
        ({"birth": "14"}, "tumor.birth: 14 was read as 14 /day, beyond any cell's rate."),
        ({"birth": "14 /hour"}, "tumor.birth: 14 /hour was read as 336 /day, beyond any cell's"),
        ({"kill": "50 /day"}, "drugs.A.kill: 50 /day was read as 50 /day, beyond any cell's rate."),
    ],
)
def test_a_number_that_may_be_meant_otherwise_is_told(given, start):
    texts, scenario = said(loads, text(**given))
    assert [one[: len(start)] for one in texts] == [start]
    assert said(from_document, to_document(scenario)) == ([], scenario)
    assert said(loads, yaml.safe_dump(to_document(scenario), sort_keys=False))[0] == []
    assert said(loads, json.dumps(to_document(scenario)))[0] == []
    assert said(replace, scenario, {"tumor.death": 0.05, "seed": 3})[0] == []


@pytest.mark.parametrize(
    ("path", "value", "start"),
    [
        ("tumor.diagnosed_at", 3, "3 was read as 3 cells. Write '3 cm' if you meant a diameter, "),
        ("tumor.diagnosed_at", "'999'", "999 was read as 999 cells. Write '999 cm'"),
        ("tumor.diagnosed_at", 1000, ""),
        ("tumor.diagnosed_at", "3 cells", ""),
        ("monitoring.imaging.limit", 5, "5 was read as 5 cells. Write '5 mm' if you meant a diam"),
        ("monitoring.imaging.limit", 0, ""),
        ("monitoring.imaging.limit", "5 mm", ""),
        ("endpoints.detectable", 1, "1 was read as 1 cell. Write '1 mm'"),
    ],
)
def test_a_size_without_a_unit_of_a_few_cells_is_told(path, value, start):
    document = yaml.safe_load(text())
    here = document
    for step in path.split(".")[:-1]:
        here = here.setdefault(step, {})
    here[path.rsplit(".", 1)[1]] = yaml.safe_load(str(value))
    texts, scenario = said(from_document, document)
    start = start and f"{path}: {start}"
    assert [one[: len(start)] for one in texts] == ([start] if start else [])
    assert said(from_document, to_document(scenario))[0] == []


IN_TURN = """\
drugs: {A: {kill: 0.2 /day}, B: {kill: 0.2 /day}}
treatment: {policy: POLICY, drugs: [A, B]MORE}
monitoring: {imaging: {error: ERROR}}
"""


def turned(policy="sequential", more="", error="10%"):
    head = text().partition("drugs:")[0]
    own = IN_TURN.replace("POLICY", policy).replace("MORE", more).replace("ERROR", error)
    return f"{head}{own}follow_up: 3 years\n"


def test_a_switch_by_burdens_that_readers_err_in_is_told():
    texts, scenario = said(loads, turned())
    assert len(texts) == 1
    assert "treatment.guided_by: recist" in texts[0]
    for quiet in ({"more": ", guided_by: recist"}, {"more": ", guided_by: burden"},
                  {"more": ", at: [100]"}, {"error": "0"}, {"policy": "continuous"}):  # fmt: skip
        assert said(loads, turned(**quiet))[0] == []
    still = said(loads, turned(policy="continuous"))[1]
    assert said(replace, still, {"treatment.policy": "sequential"})[0] == texts
    assert said(replace, scenario, {"monitoring.imaging.error": 0.1, "seed": 2})[0] == texts
    assert said(replace, scenario, {"seed": 2})[0] == []


@pytest.mark.parametrize("given", [{}, {"birth": "10"}, {"birth": "3 /week", "end": "36 months"}])
def test_what_can_only_be_meant_so_is_read_without_a_word(given):
    assert said(loads, text(**given))[0] == []


def test_a_new_value_is_told_and_no_other():
    scenario = said(loads, text(birth="14"))[1]
    assert [one[:9] for one in said(replace, scenario, {"follow_up": 36})[0]] == ["follow_up"]
    assert [one[:6] for one in said(replace, scenario, {"drugs.A.kill": 11})[0]] == ["drugs."]
    assert said(replace, scenario, {"drugs.A": {"kill": "11 /day"}})[0] != []
    assert said(replace, scenario, {"follow_up": "36 days"})[0] == []


def test_the_reading_is_told_before_what_it_leads_to_is_refused():
    short = text(end="36").replace("continuous", "adaptive")
    with (
        pytest.warns(ScenarioWarning, match="read as 36 days"),
        pytest.raises(ScenarioError, match="imaging"),
    ):
        loads(short)


@pytest.mark.parametrize("name", examples())
def test_shipped_examples_need_no_word(name):
    assert said(example, name)[0] == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests" / "scenarios" / "valid").glob("*.yaml")), ids=lambda p: p.stem
)
def test_the_valid_cases_need_no_word(path):
    assert said(load, path)[0] == []


def test_visits_too_rare_to_hold_a_tumor_are_told():
    held = text(birth="0.15 /day", kill="0.2 /day").replace("continuous", "adaptive")
    notes, scenario = said(loads, held)  # exp(.05 x 56) = 16.4
    assert len(notes) == 1
    assert "monitoring.imaging.every: in 56 days" in notes[0]
    assert "16.4-fold" in notes[0]
    weekly = {"monitoring": {"imaging": {"every": 7}}}  # exp(.35) = 1.42, below 1.728
    assert said(replace, scenario, weekly)[0] == []
    assert said(replace, scenario, {"monitoring.imaging.every": 28})[0]  # exp(1.4) = 4.06
    on_drug = held + "endpoints: {criterion: on_drug}\n"
    assert said(loads, on_drug)[0] == []
    assert said(loads, held.replace("adaptive", "continuous"))[0] == []
