"""Here: endpoints of what was watched of patients, with their edges; visit days.

Not here: the watching itself (``test_watching``), why a relapse came (``test_attribution``).
"""

import numpy as np
import pytest

from countermove.measurement import Watched, course
from countermove.measurement.visits import visit_days
from support.small_scenarios import scenario

NAN = np.nan


def one(*, start=20.0, until=520.0, **seen):
    """Endpoints of one patient as plain numbers; by default one who is stable to the end."""
    values = {"baseline": 1e9, "lowest": 8e8, "final": 9e8, "fell": NAN, "rose": NAN, "ended": NAN}
    watched = Watched(**{name: np.array([seen.get(name, v)]) for name, v in values.items()})
    found = course(watched, start=start, until=until)
    return {name: getattr(found, name)[0].item() for name in found.__dataclass_fields__}


def test_times_count_from_treatment_start():
    found = one(fell=60.0, rose=220.0, lowest=1e7)
    assert found["time_to_response"] == 40.0
    assert found["time_to_progression"] == 200.0
    assert found["progression_free_survival"] == 200.0
    assert found["overall_survival"] == 500.0
    assert found["duration_of_response"] == 160.0
    assert found["responded"]
    assert found["progressed"]
    assert found["response_ended"]
    assert not found["died"]
    assert not found["cured"]


def test_who_neither_progresses_nor_dies_is_censored_at_the_end():
    found = one(fell=60.0, lowest=1e7)
    assert np.isnan(found["time_to_progression"])
    assert found["progression_free_survival"] == found["overall_survival"] == 500.0
    assert found["duration_of_response"] == 460.0
    assert not found["response_ended"]


def test_death_ends_survival_the_response_and_freedom_from_progression():
    found = one(fell=60.0, ended=320.0)
    assert found["died"]
    assert not found["progressed"]
    assert found["overall_survival"] == found["progression_free_survival"] == 300.0
    assert found["duration_of_response"] == 260.0
    assert found["response_ended"]
    later = one(rose=120.0, ended=320.0)
    assert later["progression_free_survival"] == 100.0
    assert later["overall_survival"] == 300.0


def test_the_dead_are_never_cured_whatever_is_left():
    assert one(final=0.0)["cured"]
    assert not one(final=0.0, ended=300.0)["cured"]
    assert not one(final=1.0)["cured"]


def test_who_died_before_treatment_has_no_baseline_and_survived_no_day_of_it():
    found = one(baseline=NAN, lowest=np.inf, ended=5.0)
    assert found["died"]
    assert not found["responded"]
    assert not found["progressed"]
    assert found["overall_survival"] == found["progression_free_survival"] == 0.0
    assert np.isnan(found["nadir"])
    assert np.isnan(found["baseline"])


def test_a_tumor_that_was_gone_at_treatment_start_does_not_respond():
    found = one(baseline=0.0, lowest=0.0, final=0.0, fell=20.0)
    assert not found["responded"]
    assert found["cured"]
    assert np.isnan(found["time_to_response"])
    assert np.isnan(found["duration_of_response"])


def test_what_can_be_seen_is_a_sphere_five_millimeters_across():
    own = scenario(tumor="birth: 1, death: 0, diagnosed_at: 1e6, cells_per_cm3: 2e8")
    assert own.detectable_cells == pytest.approx(4 / 3 * np.pi * 0.25**3 * 2e8)


@pytest.mark.parametrize(
    ("policy", "criterion"),
    [("continuous, drugs: A", "recist"), ("adaptive, drugs: A", "baseline"),
     ("containment, drugs: A, level: 1", "baseline"), ("none", "recist"),
     ("pulsed, drugs: A, on: 7, off: 7", "baseline"), ("titrated, drugs: A", "baseline"),
     ("titrated, drugs: A, least: 0.5", "recist")],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:monitoring.imaging.every")
def test_a_policy_that_pauses_on_purpose_is_judged_from_baseline(policy, criterion):
    drugs = "drugs: {A: {kill: 1, levels: 3}}"
    assert scenario(drugs, treatment=f"policy: {policy}").criterion == criterion
    given = scenario(drugs, "endpoints: {criterion: on_drug}", treatment=f"policy: {policy}")
    assert given.criterion == "on_drug"


@pytest.mark.parametrize(
    ("until", "expected"), [(30, [2, 12, 22]), (32, [2, 12, 22]), (32.1, [2, 12, 22, 32]), (2, [])]
)
def test_scans_begin_with_treatment_and_end_before_the_end(until, expected):
    assert visit_days(10.0, 2.0, until).tolist() == expected
