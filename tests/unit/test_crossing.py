"""Here: another treatment from progression on, against lines that change there by themselves.

Not here: what progression is (``test_recist``).
"""

import numpy as np
import pytest

import countermove as cm
from countermove.foundation import ScenarioError
from support.cohorts import words

pytestmark = pytest.mark.filterwarnings("ignore:monitoring")

FILE = """
countermove: 1
name: Crossing
tumor: {birth: 0.14 /day, death: 0.1 /day, diagnosed_at: 1e9 cells, lethal_at: 1e12}
drugs: {A: {kill: 0.06 /day}, B: {kill: 0.06 /day, levels: 3}}
alterations:
  a: {mechanism: target, drug: A, rate: 1e-6}
  b: {mechanism: target, drug: B, rate: 1e-6}
monitoring:
  imaging: {every: 42 days, error: 5%, missed: 10%, jitter: 3 days, delay: 4 days}
  marker: {name: psa, every: 21 days, per_cell: 1e-9, error: 0.1}
treatment: {TREATMENT}
patients: {number: 60}
follow_up: 1200 days
"""
LINES = "policy: sequential, drugs: [A, B], guided_by: recist"


def table(treatment):
    own = cm.loads(FILE.replace("TREATMENT", treatment))
    return cm.simulate(own, progress=False, chunk=25).table


@pytest.mark.parametrize("later", ["continuous", "sequential"])
def test_a_treatment_at_progression_is_the_next_line_at_progression(later):
    crossed = table(f"policy: continuous, drugs: A, at_progression: {{policy: {later}, drugs: B}}")
    assert (crossed["lines"] == 2).mean() > 0.9
    assert words(crossed).equals(words(table(LINES)))


def test_it_does_not_change_the_time_to_progression():
    alone = table("policy: sequential, drugs: A, guided_by: recist")  # stops at the same days
    crossed = table("policy: continuous, drugs: A, at_progression: {policy: continuous, drugs: B}")
    name = "imaging_progression_free_survival"
    assert words(alone)[name].equals(words(crossed)[name])
    assert crossed["overall_survival"].median() > 1.2 * alone["overall_survival"].median()


def test_what_follows_counts_from_progression_on():
    """Adaptive dosing holds the drug at half of what was seen at progression, not at the start."""
    later = "at_progression: {policy: adaptive, drugs: B, guided_by: psa}"
    own = cm.loads(FILE.replace("TREATMENT", f"policy: continuous, drugs: A, {later}"))
    runs = cm.simulate(own, progress=False)
    psa = runs.visits[runs.visits["observable"] == "psa"]
    on = runs.trajectories["on"].sel(drug="B").to_numpy()
    days = runs.trajectories["time"].to_numpy()
    pauses = 0
    for patient in range(60):
        begin = runs.table["time_on_first_line"].iloc[patient]
        if not np.isfinite(begin):
            continue
        mine = psa[psa["patient"] == patient]
        base = mine["value"].to_numpy()[mine["known"].to_numpy() <= begin + 1e-6][-1]
        after = mine[mine["day"] > begin]
        low = after[after["value"] < 0.5 * base]
        for day in low["known"]:
            row = np.searchsorted(days, day)
            if row < days.size - 1 and days[row] <= day + 1 and days[row] < after["day"].max():
                assert on[patient, row] == 0.0, (patient, day)
                pauses += 1
    assert pauses >= 10


REFUSED = {
    "a third": (
        "{policy: continuous, drugs: B, at_progression: {policy: none}}", "one that follows"),
    "a start": ("{policy: continuous, drugs: B, start: 30}", "begins for each patient"),
    "a clock": ("{policy: pulsed, drugs: B, on: 7, off: 7}", "begin on any day"),
    "times": ("{policy: sequential, drugs: [A, B], at: [100]}", "begins for each patient"),
    "a drug": ("{policy: continuous, drugs: C}", "the name of a drug"),
    "a guide": (
        "{policy: adaptive, drugs: B, guided_by: cea}", "treatment.at_progression.guided_by"),
    "no drug response": ("{policy: titrated, drugs: A}", "treatment.at_progression.drugs"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_follow_is_refused(name):
    later, said = REFUSED[name]
    text = FILE.replace("TREATMENT", f"policy: continuous, drugs: A, at_progression: {later}")
    with pytest.raises(ScenarioError, match=said):
        cm.loads(text)
