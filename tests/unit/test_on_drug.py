"""Here: which scans count under the criterion on_drug. Not here: what they show."""

import numpy as np

from countermove.measurement import scans_on_drug


def test_a_scan_counts_a_cycle_after_the_drug_was_begun_until_the_day_of_a_pause():
    days = np.array([[0.0, 20, 40, 60, 80, 100, 120]] * 2)
    given = [
        (0.0, np.array([True, True])),
        (60.0, np.array([False, True])),
        (75.0, np.array([True, True])),
        (100.0, np.array([True, False])),
    ]
    counted, since = scans_on_drug(days, given, cycle=40.0)
    assert counted.tolist() == [
        [False, False, True, True, False, False, True],
        [False, False, True, True, True, True, False],
    ]
    assert since[0, 1:4].tolist() == [0.0] * 3
    assert since[0, 4:].tolist() == [75.0] * 3
    assert since[1, 1:6].tolist() == [0.0] * 5
    assert np.isnan(since[:, 0]).all()
    assert np.isnan(since[1, 6])
