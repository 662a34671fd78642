"""Here: what ``exact`` will not answer. Not here: its answers (reference tests)."""

import pytest

import countermove as cm
from countermove.foundation import EngineRefusal

TUMOR = """
countermove: 1
name: t
tumor: {{birth: 0.14 /day, death: 0.13 /day, diagnosed_at: 1e9 cells{more}}}
alterations: {{r: {{rate: 1e-9, mechanism: target, drug: a}}}}
drugs: {{a: {{kill: 0.1 /day}}}}
treatment: {{policy: continuous, drugs: [a]{start}}}
follow_up: 10 years
"""


def test_a_tumor_that_kills_before_its_treatment_begins_is_refused():
    # 1e9 cells at .01 a day pass 1e12 after 691 days; the drug that clears them comes at 3 years.
    late = cm.loads(TUMOR.format(more="", start=", start: 3 years"))
    with pytest.raises(EngineRefusal, match=r"tumor\.lethal_at.*know no death"):
        cm.exact(late)
    dead = cm.simulate(late, patients=20, progress=False).outcomes()
    assert dead["died"].all()


def test_a_lethal_burden_just_above_the_tumor_is_refused():
    near = TUMOR.format(more=", lethal_at: 1.001e9 cells", start="")
    with pytest.raises(EngineRefusal, match=r"tumor\.lethal_at"):
        cm.exact(cm.loads(near))


def test_a_hazard_of_death_is_refused():
    with pytest.raises(EngineRefusal, match=r"tumor\.lethal_hazard"):
        cm.exact(cm.loads(TUMOR.format(more=", lethal_hazard: 1e-14 /day", start="")))


def test_a_tumor_that_its_treatment_clears_in_time_is_answered():
    assert 0.0 < cm.exact(cm.loads(TUMOR.format(more="", start=""))).cured < 1.0


def test_a_tumor_that_is_never_cleared_is_answered_whether_or_not_it_kills():
    weak = TUMOR.replace("kill: 0.1", "kill: 0.001").format(more="", start="")
    assert cm.exact(cm.loads(weak)).cured < 1e-9


def test_lesions_of_one_given_size_are_no_patients_who_differ():
    many = TUMOR.format(more="", start="") + "lesions: {number: 5, size: 1e8 cells}\n"
    five = cm.exact(cm.replace(cm.loads(many), {"patients.number": 2000})).cured
    one = TUMOR.replace("1e9 cells{more}", "1e8 cells").format(start="")
    assert five == pytest.approx(cm.exact(cm.loads(one)).cured ** 5, rel=1e-9)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"treatment": {"policy": "adaptive", "drugs": ["A"]}}, "a treatment fixed in advance"),
        (
            {"tumor.growth": {"law": "logistic", "capacity": 1e12}},
            "cells that are independent of each other",
        ),
    ],
)
def test_what_is_expected_goes_with_what_stands_against_it(changes, expected):
    own = cm.replace("two_drugs_together", {"tumor.growth": "exponential", **changes})
    with pytest.raises(EngineRefusal) as caught:
        cm.exact(own)
    assert caught.value.expected == expected
