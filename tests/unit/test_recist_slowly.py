"""Here: RECIST on made-up diameters against a slow reading, thresholds met to the millimeter.

Not here: hand tables (``unit/test_recist``), whole runs
(``reference/test_what_the_clinic_sees``).
"""

import numpy as np
import pytest

from countermove.measurement import RESPONSES, Assessor, Recist, course_of_codes, responses
from countermove.measurement.recist import choose_targets
from support.slow_recist import endpoints, read_scans, targets_of

PATIENTS, VISITS, LESIONS = 300, 9, 7


def made_up(seed):
    """Diameters in whole millimeters, small changes of a few round sizes, and missed scans."""
    rng = np.random.default_rng(seed)
    sizes = rng.choice([0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 50.0], (PATIENTS, 1, LESIONS))
    sizes[: PATIENTS // 3, :, 2:] = 0.0
    factor = rng.choice([0.0, 0.7, 0.8, 1.0, 1.0, 1.2, 1.24, 2.0], (PATIENTS, VISITS, LESIONS))
    factor[rng.random((PATIENTS, VISITS)) < 0.1] = 0.0
    slowly = np.where(rng.random((PATIENTS, 1, 1)) < 0.7, factor[:, :, :1], factor)
    read = np.round(sizes * slowly) / 10.0
    appears = rng.random(read.shape) < 0.01
    read[appears] = 0.6
    read[:, 0] = np.maximum(sizes[:, 0], 0.0) / 10.0
    read[:, 0, 0] = np.maximum(read[:, 0, 0], 1.0)
    missed = rng.random((PATIENTS, VISITS)) < 0.15
    missed[:, 0] = False
    read[missed] = np.nan
    return read, rng.integers(-1, 3, (PATIENTS, LESIONS)), 14.0 * np.arange(VISITS)


def as_scans(read):
    return [None if np.isnan(scan).any() else scan.tolist() for scan in read]


@pytest.mark.parametrize("from_baseline", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_codes_and_endpoints_are_those_of_a_slow_reading(seed, from_baseline):
    read, organs, days = made_up(seed)
    rules = Recist(from_baseline=from_baseline)
    targets = choose_targets(read[:, 0], rules, organs=organs)
    fast = responses(read, targets=targets, criteria=rules)
    deaths = np.where(np.arange(PATIENTS) % 3 == 0, 75.0, np.nan)
    course = course_of_codes(fast.codes, days, sums=fast.sums, deaths=deaths, criteria=rules)
    cases, words = set(), set()
    for patient in range(PATIENTS):
        assert np.flatnonzero(targets[patient]).tolist() == sorted(
            targets_of(read[patient, 0].tolist(), organs[patient])
        )
        slow = read_scans(as_scans(read[patient]), organs[patient], from_baseline=from_baseline)
        assert [RESPONSES[code] for code in fast.codes[patient]] == slow.codes
        cases |= slow.cases
        words |= set(slow.codes)
        death = None if np.isnan(deaths[patient]) else deaths[patient]
        ends = endpoints(slow, days, death)
        assert course.progression_free[patient] == ends["imaging_progression_free_survival"]
        assert course.event[patient] == ends["imaging_event"]
        assert RESPONSES[course.best.code[patient]] == ends["best_overall_response"]
        assert RESPONSES[course.confirmed.code[patient]] == ends["confirmed_response"]
        assert course.controlled[patient] == ends["disease_control"]
    assert words == set(RESPONSES)
    assert cases >= {"missed", "new lesion", "20% but not 5 mm", "more lesions than targets"}
    assert "back after a complete response" in cases


def test_visit_by_visit_says_the_same():
    read, organs, _ = made_up(5)
    whole = responses(read, targets=choose_targets(read[:, 0], organs=organs)).codes
    assessor = Assessor(read[:, 0], organs=organs)
    for visit in range(1, VISITS):
        assert assessor.visit(read[:, visit]).tolist() == whole[:, visit].tolist()


def test_a_new_line_chooses_targets_anew_and_no_more_than_two_an_organ():
    assessor = Assessor([[4.0, 3.0, 2.0, 1.5]], organs=[[0, 0, 0, 1]])
    assert assessor.targets.tolist() == [[True, True, False, True]]
    assessor.visit([[0.0, 2.5, 2.4, 1.5]])
    assessor.restart(np.array([True]))
    assert assessor.targets.tolist() == [[False, True, True, True]]
    assessor.restart(np.array([True]))
    assert assessor.targets.sum() == 3


SUMS = [  # baseline, scans in cm, codes
    ([5.0, 6.0], "SD PD"),  # exactly 20%
    ([5.0, 5.9], "SD SD"),
    ([2.4, 2.89], "SD SD"),  # 20.4% but 4.9 mm
    ([2.5, 3.0], "SD PD"),  # 20% and 5 mm
    ([5.0, 3.5, 4.0], "SD PR SD"),  # 30% down; up 14% from the nadir
    ([5.0, 2.5, 3.0], "SD PR PD"),  # the nadir, not baseline
    ([5.0, 0.0, 0.5], "SD CR PD"),  # back after a complete response
    ([5.0, None, 6.0], "SD NE PD"),
    ([5.0, None, 2.5, None, 3.0], "SD NE PR NE PD"),
]


@pytest.mark.parametrize(("sums", "codes"), SUMS)
def test_one_lesion_at_each_threshold(sums, codes):
    read = np.array([np.nan if cm is None else cm for cm in sums])[None, :, None]
    fast = [RESPONSES[code] for code in responses(read).codes[0]]
    assert fast[1:] == codes.split()[1:]
    slow = read_scans([None if cm is None else [cm] for cm in sums], [-1]).codes
    assert slow[1:] == codes.split()[1:]
