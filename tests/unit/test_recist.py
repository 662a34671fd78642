"""Here: RECIST 1.1 on hand-made tables, one for each edge.

Not here: random courses against a slow reading of the rules (``property/test_recist``), progression
in blood (``test_molecular``).
"""

import numpy as np
import pytest

from countermove.foundation import ScenarioError
from countermove.measurement import (
    RESPONSES,
    Assessor,
    Recist,
    choose_targets,
    course_of_codes,
    recist_course,
    responses,
)
from countermove.treatment import observations

NAN = np.nan
EIGHT_WEEKS = 56.0


def codes(rows, **given):
    """Codes, in words, of one patient given as visits of lesions (a number: one lesion)."""
    table = np.array([[np.atleast_1d(row) for row in rows]], dtype=float)
    given = {
        name: np.array([flags], dtype=bool) if name in ("new", "worse", "targets") else flags
        for name, flags in given.items()
    }
    return " ".join(RESPONSES[code] for code in responses(table, **given).codes[0])


def course(words, days=None, **given):
    """Endpoints of one patient from codes in words; a visit every eight weeks unless told."""
    row = [RESPONSES.index(word) for word in words.split()]
    days = np.arange(len(row)) * EIGHT_WEEKS if days is None else np.asarray(days, float)
    return course_of_codes(np.array([row]), days, **given)


def best(words, days=None, **given):
    """Best response as seen and confirmed, in words."""
    found = course(words, days, **given)
    return RESPONSES[found.best.code[0]], RESPONSES[found.confirmed.code[0]]


def test_codes_are_in_the_order_that_policies_know():
    assert RESPONSES == ("NE", "CR", "PR", "SD", "PD") == observations.RESPONSES


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # twenty percent, and five millimeters
        ([5.0, 6.0], "NE PD"),
        ([5.0, 5.9999], "NE SD"),
        ([[1.1, 1.1, 1.1], [1.32, 1.32, 1.32]], "NE PD"),
        ([[1.0, 1.9], [1.2, 2.28]], "NE PD"),  # below by rounding
        ([2.0, 2.49], "NE SD"),
        ([2.0, 2.5], "NE PD"),
        ([1.1, 1.6], "NE PD"),  # 1.6 - 1.1 by rounding
        ([1.3, 1.8 - 1e-7], "NE SD"),
        ([20.0, 20.6], "NE SD"),
        # thirty percent
        ([5.0, 3.5], "NE PR"),
        ([5.0, 3.5001], "NE SD"),
        ([[1.1, 1.1, 1.1], [0.77, 0.77, 0.77]], "NE PR"),
        ([1.3, 0.91], "NE PR"),  # above by rounding
        ([[3.0, 1.0], [2.8, 0.0]], "NE PR"),
        # the nadir comes after baseline, outlives a missed scan, and does not stay at baseline
        ([10.0, 6.0, 7.2], "NE PR PD"),
        ([10.0, 6.0, 7.1], "NE PR SD"),
        ([10.0, 6.0, NAN, 7.2], "NE PR NE PD"),
        ([10.0, 8.0, 5.0, 5.9, 6.0], "NE SD PR PR PD"),
        # up from baseline but not from its nadir there is none: baseline is a nadir
        ([4.0, 4.6, 4.8], "NE SD PD"),
        # creeping up does not move the nadir
        ([10.0, 11.0, 11.9, 12.0], "NE SD SD PD"),
        # missed scans
        ([5.0, NAN, NAN], "NE NE NE"),
        ([NAN, 5.0, 9.0, 0.0], "NE NE NE NE"),
        ([[3.0, 2.0], [3.0, NAN]], "NE NE"),
        ([[3.0, 2.0], [0.0, NAN]], "NE NE"),
        ([[3.0, 2.0], [6.0, NAN]], "NE PD"),  # whatever the other one is
        ([[3.0, 2.0], [1.0, NAN], [3.0, 1.5]], "NE NE SD"),  # half a scan is no nadir
        # all lesions vanish; and come back, however small
        ([[3.0, 2.0], [0.0, 0.0]], "NE CR"),
        ([5.0, 0.0, 0.1], "NE CR PD"),
        ([5.0, 0.0, NAN, 0.0, 0.1], "NE CR NE CR PD"),
        ([[5.0, 2.0], [0.0, 0.0], [0.1, NAN]], "NE CR PD"),
        # one that vanished and came back before all had: part of the sum
        ([[5.0, 2.0], [3.0, 0.0], [3.0, 0.4]], "NE PR PR"),
        # progression right after baseline
        ([5.0, 8.0, 2.0], "NE PD PR"),
        # nothing at baseline: nothing to follow until something new
        ([0.0, 0.0], "NE NE"),
        ([[0.0, 0.0], [0.0, 0.0], [0.0, 0.3]], "NE NE PD"),
        # lesions not at baseline are new; so are those that baseline did not look at
        ([[5.0, 0.0], [2.0, 0.3]], "NE PD"),
        ([[5.0, NAN], [2.0, 0.3]], "NE PD"),
        ([[5.0, NAN], [2.0, NAN]], "NE PR"),
    ],
)
def test_codes_of_targets(rows, expected):
    assert codes(rows) == expected


@pytest.mark.parametrize(
    ("rows", "given", "expected"),
    [
        ([5.0, 2.0, 2.0], {"new": [0, 1, 0]}, "NE PD PR"),
        ([5.0, NAN], {"new": [0, 1]}, "NE PD"),
        ([5.0, 0.0], {"new": [0, 1]}, "NE PD"),
        ([5.0, 2.0], {"new": [1, 0]}, "NE PR"),
        ([0.0, 0.0], {"new": [0, 1]}, "NE PD"),
        ([NAN, 0.0], {"new": [0, 1]}, "NE NE"),
        ([[5.0, 0.5], [2.0, 0.5]], {"worse": [0, 1]}, "NE PD"),
    ],
)
def test_verdicts_of_a_reader(rows, given, expected):
    assert codes(rows, **given) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[5.0, 0.9], [0.0, 0.9]], "NE PR"),  # targets gone, a non-target is not
        ([[5.0, 0.9], [0.0, NAN]], "NE PR"),
        ([[5.0, 0.9], [0.0, 0.0]], "NE CR"),
        ([[5.0, 0.9], [0.0, 0.0], [0.0, 0.2]], "NE CR PD"),
        ([[5.0, 0.9], [5.0, NAN]], "NE SD"),
        ([[5.0, 0.9], [NAN, 0.9]], "NE NE"),
        ([[5.0, 0.9], [5.0, 1.8]], "NE SD"),  # twice, but 9 mm
        ([[5.0, 0.9], [5.0, 1.9]], "NE PD"),
        ([[5.0, 0.9, 0.9], [5.0, 1.7, 1.7]], "NE SD"),
        ([[5.0, 0.9, 0.9], [5.0, 3.6, NAN]], "NE PD"),
        # nothing but non-targets: the numbers of targets
        ([0.9, 0.9], "NE SD"),
        ([0.9, 0.0], "NE CR"),
        ([0.9, 0.1], "NE SD"),  # there is no partial response of non-targets
        ([0.9, 1.3], "NE SD"),
        ([0.9, 1.4], "NE PD"),
        ([0.9, 0.0, 0.1], "NE CR PD"),
        ([[0.9, 0.9], [0.9, NAN]], "NE NE"),
    ],
)
def test_codes_with_non_targets(rows, expected):
    assert codes(rows) == expected


def test_too_small_to_see_is_gone():
    assert codes([5.0, 0.2]) == "NE PR"
    assert codes([5.0, 0.2, 0.3], criteria=Recist(seen=0.3)) == "NE CR PD"


def test_nothing_is_not_more_than_nothing():
    assert codes([5.0, 0.0, 0.0], criteria=Recist(least=0.0)) == "NE CR CR"


def test_targets_are_the_five_largest_that_are_measurable():
    baseline = [[1.0, 0.99, 3.0, NAN, 2.0, 2.0, 1.2, 1.1], [0.0] * 8]
    chosen = choose_targets(baseline)
    assert chosen[0].tolist() == [False, False, True, False, True, True, True, True]
    assert not chosen[1].any()
    two = choose_targets(baseline, Recist(most_targets=2))
    assert np.flatnonzero(two[0]).tolist() == [2, 4]


def test_given_targets_are_taken_where_they_can_be_measured():
    rows = [[5.0, 3.0, 0.9], [5.0, 1.0, 0.9]]
    assert codes(rows) == "NE SD"
    assert codes(rows, targets=[False, True, True]) == "NE PR"
    found = responses([rows], targets=np.array([[False, True, True]]))
    assert found.targets.tolist() == [[False, True, False]]
    assert found.sums.tolist() == [[3.0, 1.0]]


def test_sums_need_all_targets():
    found = responses([[[3.0, 2.0], [3.0, NAN], [1.0, 0.0]]])
    np.testing.assert_array_equal(found.sums, [[5.0, NAN, 1.0]])


@pytest.mark.parametrize(
    ("words", "days", "expected"),
    [
        ("NE PR PR", [0, 28, 56], ("PR", "PR")),
        ("NE PR PR", [0, 28, 55.9], ("PR", "SD")),
        ("NE PR PR PR", [0, 28, 42, 56], ("PR", "PR")),
        ("NE PR SD PR", None, ("PR", "SD")),  # broken by one stable visit
        ("NE PR SD PR PR", None, ("PR", "PR")),
        ("NE PR NE PR", None, ("PR", "PR")),
        ("NE PR PD", None, ("PR", "SD")),
        ("NE PR PD", [0, 28, 56], ("PR", "PD")),
        ("NE PR NE", [0, 28, 56], ("PR", "NE")),
        ("NE PR CR", None, ("CR", "PR")),
        ("NE CR CR", None, ("CR", "CR")),
        ("NE CR PR CR", None, ("CR", "PR")),
        ("NE CR PD", None, ("CR", "SD")),
        ("NE CR SD", [0, 20, 40], ("CR", "NE")),
        ("NE SD SD", None, ("SD", "SD")),
        ("NE SD", [0, 42], ("SD", "SD")),
        ("NE SD", [0, 41], ("NE", "NE")),
        ("NE SD PD", [0, 41, 82], ("PD", "PD")),
        ("NE PD PR PR", None, ("PD", "PD")),  # after progression nothing counts
        ("NE NE NE", None, ("NE", "NE")),
        ("NE", None, ("NE", "NE")),
        ("SD SD", [0, 41], ("NE", "NE")),
        ("PD SD", None, ("SD", "SD")),
        ("PR SD", None, ("SD", "SD")),  # what is written at baseline is not looked at
    ],
)
def test_best_response(words, days, expected):
    assert best(words, days) == expected


def test_the_lengths_are_ours_to_choose():
    criteria = Recist(confirmed_after=7, stable_after=14, control=100)
    assert best("NE PR PR", [0, 10, 17], criteria=criteria) == ("PR", "PR")
    assert best("NE SD", [0, 14], criteria=criteria) == ("SD", "SD")
    assert not course("NE SD", [0, 99], criteria=criteria).controlled[0]
    assert course("NE SD", [0, 100], criteria=criteria).controlled[0]
    assert course("NE PR PD", [0, 10, 20], criteria=criteria).controlled[0]


def test_times_of_a_response_and_a_progression():
    found = course("NE SD PR NE CR CR PD PR")
    assert found.time_to_progression[0] == found.progression_free[0] == 6 * EIGHT_WEEKS
    assert found.progression_index[0] == 6
    assert found.progressed[0]
    assert found.event[0]
    assert found.best.time_to_response[0] == 2 * EIGHT_WEEKS
    assert found.best.duration[0] == 4 * EIGHT_WEEKS
    assert found.best.ended[0]


def test_a_confirmed_response_lasts_from_the_visit_that_was_confirmed():
    found = course("NE PR SD PR PR PD")
    assert found.best.time_to_response[0] == EIGHT_WEEKS
    assert found.best.duration[0] == 4 * EIGHT_WEEKS
    assert found.confirmed.time_to_response[0] == 3 * EIGHT_WEEKS
    assert found.confirmed.duration[0] == 2 * EIGHT_WEEKS
    never = course("NE PR SD")
    assert np.isnan(never.confirmed.duration[0])
    assert not never.confirmed.ended[0]


def test_without_progression_follow_up_ends_at_the_last_evaluable_visit():
    found = course("NE PR SD NE NE")
    assert not found.progressed[0]
    assert not found.event[0]
    assert np.isnan(found.time_to_progression[0])
    assert found.progression_index[0] == -1
    assert found.progression_free[0] == 2 * EIGHT_WEEKS
    assert found.best.duration[0] == EIGHT_WEEKS
    assert not found.best.ended[0]


def test_all_visits_missed_is_censored_at_the_start():
    found = recist_course([[[5.0], [NAN], [NAN]]], [-14.0, 56.0, 112.0])
    assert found.progression_free[0] == 0.0
    assert not found.event[0]
    assert not found.controlled[0]
    assert RESPONSES[found.best.code[0]] == "NE"
    assert np.isnan(found.depth[0])


def test_a_death_is_an_event_but_no_progression():
    found = course("NE PR NE PD", deaths=[120.0])
    assert found.event[0]
    assert not found.progressed[0]
    assert np.isnan(found.time_to_progression[0])
    assert found.progression_free[0] == 120.0
    assert found.best.duration[0] == 120.0 - EIGHT_WEEKS
    assert found.best.ended[0]
    later = course("NE PR NE PD", deaths=[1000.0])
    assert later.progression_free[0] == 3 * EIGHT_WEEKS


def test_visits_may_differ_between_patients():
    days = np.array([[0.0, 30.0, 60.0], [-7.0, 20.0, 90.0]])
    found = course_of_codes(np.array([[0, 3, 4], [0, 2, 4]]), days)
    assert found.time_to_progression.tolist() == [60.0, 90.0]
    assert found.best.duration[1] == 70.0


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([10.0, 6.0, 4.0, 8.0], -60.0),
        ([10.0, 12.0, 2.0], 20.0),  # what follows progression is not looked at
        ([10.0, 11.0], 10.0),
        ([10.0, 0.0], -100.0),
        ([10.0, NAN], NAN),
        ([0.0, 0.0], NAN),
        ([[3.0, 2.0], [1.0, NAN], [3.0, 1.0]], -20.0),
    ],
)
def test_depth_is_the_best_change_up_to_progression(rows, expected):
    table = np.array([[np.atleast_1d(row) for row in rows]], dtype=float)
    found = recist_course(table, np.arange(len(rows)) * EIGHT_WEEKS)
    assert found.depth[0] == pytest.approx(expected, nan_ok=True)


def test_patients_not_visited_keep_what_they_have():
    assessor = Assessor([[5.0], [5.0]])
    assert assessor.codes.tolist() == [0, 0]
    assert [RESPONSES[k] for k in assessor.visit([[3.0], [3.0]])] == ["PR", "PR"]
    after = assessor.visit([[9.0], [9.0]], who=np.array([True, False]))
    assert [RESPONSES[k] for k in after] == ["PD", "PR"]
    # the nadir of the one not visited is still 3
    assert RESPONSES[assessor.visit([[9.0], [3.5]])[1]] == "PR"
    assert assessor.sums.tolist() == [9.0, 3.5]
    # a row that is not looked at may hold anything
    assessor.visit([[9.0], [-1.0]], who=np.array([True, False]))


def test_a_new_line_starts_from_what_was_last_read():
    assessor = Assessor([[5.0, 2.0], [5.0, 2.0]])
    assessor.visit([[0.0, 0.0], [9.0, NAN]])
    assessor.visit([[4.0, 0.0], [9.0, NAN]])
    assert [RESPONSES[k] for k in assessor.codes] == ["PD", "PD"]
    assessor.restart(np.array([True, True]))
    assert assessor.codes.tolist() == [0, 0]
    # the second lesion of the first patient had gone; that of the second was only not looked at
    assert [RESPONSES[k] for k in assessor.visit([[4.0, 0.3], [9.0, 2.0]])] == ["PD", "SD"]
    # a response before the restart is forgotten
    assert RESPONSES[assessor.visit([[2.0, 0.0], [5.0, 2.0]])[0]] == "PR"


def test_a_baseline_may_come_later():
    assessor = Assessor([[NAN], [5.0]])
    assert assessor.visit([[4.0], [5.0]]).tolist() == [0, 3]
    assessor.restart(np.array([True, False]))
    assert [RESPONSES[k] for k in assessor.visit([[2.0], [6.0]])] == ["PR", "PD"]


def test_a_refused_visit_changes_nothing():
    assessor = Assessor([[5.0]])
    assessor.visit([[3.0]])
    with pytest.raises(ScenarioError):
        assessor.visit([[0.0]], new=np.array([1]))
    with pytest.raises(ScenarioError):
        assessor.visit([[-2.0]])
    assert RESPONSES[assessor.codes[0]] == "PR"
    assert RESPONSES[assessor.visit([[3.4]])[0]] == "PR"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: responses([[1.0]]),
        lambda: responses(np.zeros((1, 0, 1))),
        lambda: responses([[[-1.0]]]),
        lambda: responses([[[np.inf]]]),
        lambda: responses([[[1.0]]], new=np.array([[0]])),
        lambda: responses([[[1.0]]], worse=np.array([True])),
        lambda: responses([[[1.0] * 6]], targets=np.ones((1, 6), dtype=bool)),
        lambda: Assessor([[1.0]]).visit([[1.0, 2.0]]),
        lambda: Assessor([[1.0]]).restart(np.array([True, False])),
        lambda: course("NE SD", [0, 0]),
        lambda: course("NE SD", [1, 2]),
        lambda: course("NE SD", [0, NAN]),
        lambda: course("NE SD", [0, 1, 2]),
        lambda: course("NE SD", deaths=[-1.0]),
        lambda: course("NE SD", deaths=[1.0, 2.0]),
        lambda: course("NE SD", sums=[[1.0]]),
        lambda: course_of_codes([[0, 5]], [0, 1]),
        lambda: course_of_codes([[0.0, 1.0]], [0, 1]),
        lambda: Recist(response=1.1),
        lambda: Recist(least=-0.1),
        lambda: Recist(control=NAN),
        lambda: Recist(most_targets=0),
    ],
)
def test_what_does_not_fit_is_refused(wrong):
    with pytest.raises(ScenarioError, match="expected"):
        wrong()
