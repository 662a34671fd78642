"""Here: which rules of a file pause a drug. Not here: what rules do (``test_rules_policy``)."""

import pytest

import countermove as cm

TEXT = """
countermove: 1
name: Rules
tumor: {birth: 0.14 /day, death: 0.13 /day, diagnosed_at: 1e9 cells}
drugs: {A: {kill: 0.04 /day}, B: {kill: 0.04 /day}}
treatment: {drugs: DRUGS, rules: [RULES]}
follow_up: 1 years
"""
LOW, HIGH, PD = "sld < 4 cm", "sld > 6 cm", "recist == 'PD'"


def scenario(*rules, drugs="[A, B]"):
    said = ", ".join(f'{{when: "{when}", then: {then}}}' for when, then in rules)
    return cm.loads(TEXT.replace("DRUGS", drugs).replace("RULES", said))


@pytest.mark.parametrize(
    ("rules", "drugs"),
    [
        ([(LOW, "{hold: A}")], "A"),
        ([(LOW, "{stop: A}"), (HIGH, "{start: A}")], "A"),
        ([(HIGH, "{start: A}"), (LOW, "{stop: A}")], "A"),
        ([(LOW, "{stop: [A, B]}"), (HIGH, "{start: [A, B]}")], "[[A, B]]"),
        ([(LOW, "{stop: [A, B]}"), (HIGH, "{start: A}"), (PD, "{start: B}")], "[[A, B]]"),
        ([(LOW, "{stop: A}"), (HIGH, "{start: A}"), (PD, "{next_line: true}")], "[A, B]"),
        # the drugs take turns at progression, and the second is paused
        ([(PD, "{stop: A, start: B}"), (LOW, "{stop: B}"), (HIGH, "{start: B}")], "[A]"),
    ],
)
def test_rules_that_hold_or_stop_and_restart_a_drug_pause_it(rules, drugs):
    found = scenario(*rules, drugs=drugs)
    assert found.treatment.holds
    assert found.criterion == "baseline"


@pytest.mark.parametrize(
    ("rules", "drugs"),
    [
        ([(LOW, "{stop: A}")], "A"),  # for good
        ([(PD, "{start: B}")], "A"),
        ([(LOW, "{stop: A}"), (HIGH, "{start: B}")], "A"),  # what comes back is another
        ([(PD, "{stop: A, start: B}"), (HIGH, "{stop: B, start: A}")], "A"),  # turns
        ([(PD, "{stop: A}"), (PD, "{start: B}"), (HIGH, "{stop: B, start: A}")], "A"),
        ([(PD, "{stop: A, next_line: true}"), (HIGH, "{start: A}")], "[A, B]"),
        ([(LOW, "{dose: {A: 1}}")], "A"),
    ],
)
def test_rules_that_end_or_change_a_drug_do_not(rules, drugs):
    found = scenario(*rules, drugs=drugs)
    assert not found.treatment.holds
    assert found.criterion == "recist"


def test_a_criterion_that_is_given_stays():
    paused = scenario((LOW, "{stop: A}"), (HIGH, "{start: A}"))
    assert cm.replace(paused, {"endpoints.criterion": "recist"}).criterion == "recist"


def test_an_arm_whose_rules_pause_sets_the_criterion_of_all():
    paused = scenario((LOW, "{stop: A}"), (HIGH, "{start: A}"), drugs="A")
    given = {"treatment": {"policy": "continuous", "drugs": ["A"]}, "patients.number": 5}
    found = cm.compare(
        cm.replace(paused, {"patients.number": 5}), arms={"given": given, "paused": {}}
    )
    assert "because paused pauses drugs (baseline)" in found.criterion
    assert {run.provenance["criterion"] for run in found.runs.values()} == {"baseline"}
