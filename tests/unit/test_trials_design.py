"""Here: what a design refuses, and what it works out. Not here: carrying it out."""

import math

import pytest

from countermove.foundation import ScenarioError
from countermove.trials import Arm, Design

TWO = (Arm("standard", "sequential"), Arm("upfront", "combination"))


def design(**changes):
    return Design(**{"arms": TWO, "patients": 300, "follow_up": 365.0, **changes})


def test_defaults():
    one = design()
    assert one.allocation == (1, 1)
    assert one.looks == (1.0,)
    assert one.accrual == 0.0
    assert one.dropout_rate == 0.0
    assert one.comparisons == 1


def test_accrual_and_dropout_in_days():
    assert design(accrual_months=12).accrual == pytest.approx(365.25)
    assert design(accrual_per_month=25).accrual == pytest.approx(365.25)
    lost = 1 - math.exp(-design(dropout_per_year=0.2).dropout_rate * 365.25)
    assert lost == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"arms": ()}, "arms"),
        ({"arms": TWO[:1]}, "arms"),
        ({"arms": (TWO[0], TWO[0])}, "arms.1.name"),
        ({"arms": ("a", "b")}, "arms.0"),
        ({"looks": 1.0}, "looks"),
        ({"allocation": (1, 0)}, "allocation.1"),
        ({"allocation": (1, 2, 3)}, "allocation"),
        ({"allocation": (1, 1.5)}, "allocation.1"),
        ({"patients": 1}, "patients"),
        ({"patients": 300.0}, "patients"),
        ({"patients": True}, "patients"),
        ({"follow_up": 0.0}, "follow_up"),
        ({"follow_up": math.nan}, "follow_up"),
        ({"follow_up": "365"}, "follow_up"),
        ({"dropout_per_year": 1.0}, "dropout_per_year"),
        ({"dropout_per_year": -0.1}, "dropout_per_year"),
        ({"accrual_per_month": 0.0}, "accrual_per_month"),
        ({"accrual_months": -1.0}, "accrual_months"),
        ({"accrual_months": 3, "accrual_per_month": 3}, "accrual_months"),
        ({"looks": (0.7, 0.5, 1.0)}, "looks.1"),
        ({"looks": (0.5, 0.5, 1.0)}, "looks.1"),
        ({"looks": (0.5,)}, "looks.0"),
        ({"looks": (0.5, 1.1)}, "looks.1"),
        ({"looks": (0.0, 1.0)}, "looks.0"),
        ({"looks": ()}, "looks"),
        ({"alpha": 0.0}, "alpha"),
        ({"alpha": 1.0}, "alpha"),
        ({"events": 0}, "events"),
        ({"endpoint": "survival"}, "endpoint"),
        ({"spending": "pocok"}, "spending"),
        ({"futility": 1.0}, "futility"),
    ],
)
def test_what_is_no_trial_is_refused_by_field(changes, where):
    with pytest.raises(ScenarioError) as caught:
        design(**changes)
    assert caught.value.where == where
    assert caught.value.got
    assert caught.value.expected


def test_an_arm_needs_a_name_and_a_policy():
    for arguments, where in ((("", "x"), "name"), (("a", " "), "policy"), ((3, "x"), "name")):
        with pytest.raises(ScenarioError) as caught:
            Arm(*arguments)
        assert caught.value.where == where


def test_an_arm_allotted_nobody_has_a_remedy():
    with pytest.raises(ScenarioError, match="Leave the arm 'upfront' out"):
        design(allocation=(1, 0))
