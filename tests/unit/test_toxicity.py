"""Here: doses per week, toxicity that holds a drug. Not here: totals and days (``test_limits``)."""

import numpy as np
import pytest

import countermove as cm
from countermove.foundation import EngineRefusal, ScenarioError

TEXT = """
countermove: 1
name: t
tumor: {birth: 0.14 /day, death: 0.13 /day, start: {cells: 1e9}}
drugs: {A: {kill: 0.03 /day, limits: {LIMITS}}}
treatment: {policy: continuous, drugs: [A]}
follow_up: 700 days
"""
TOXIC = "toxicity: {half_life: 21 days, hold_above: 10, resume_below: 5}"


def course(limits=TOXIC, every=1.0):
    scenario = cm.loads(TEXT.replace("LIMITS", limits))
    return cm.simulate(scenario, patients=1, every=every, progress=False)


def slow_toxicity(days=700):
    """Doses and toxicity by small steps, judged every seventh day."""
    fading, step, level, sick, given = np.log(2.0) / 21.0, 0.01, 0.0, False, []
    for day in range(days):
        if day % 7 == 0:
            sick = level > 10.0 or (sick and level >= 5.0)
        given.append(0.0 if sick else 1.0)
        for _ in range(round(1.0 / step)):
            level += step * (given[-1] - fading * level)
    return np.array(given)


def test_a_drug_is_held_while_its_toxicity_fades():
    runs = course()
    on = runs.trajectories["on"].to_numpy()[0, :700, 0]
    expected = slow_toxicity()
    assert 0 < expected.sum() < 700
    assert on.tolist() == expected.tolist()
    assert runs.table["dose_A"].tolist() == [expected.sum()]
    assert runs.table["drug_free"].tolist() == [700.0 - expected.sum()]
    assert runs.table["lines"].tolist() == [1]


def test_recorded_days_change_nothing():
    assert course(every=91.0).table.equals(course().table)


def test_no_equation_knows_when_toxicity_holds():
    with pytest.raises(EngineRefusal):
        cm.exact(cm.loads(TEXT.replace("LIMITS", TOXIC)))


def test_a_week_is_seven_days_of_what_is_dosed():
    with pytest.raises(ScenarioError, match=r"limits\.per_week: got 5 with 7 per week dosed"):
        course("per_week: 5")
    assert course("per_week: 7").table["dose_A"].tolist() == [700.0]


def test_what_resumes_above_what_holds_is_refused():
    with pytest.raises(ScenarioError, match="resume_below: got 10, expected less than"):
        course("toxicity: {half_life: 7 days, hold_above: 10, resume_below: 10}")
