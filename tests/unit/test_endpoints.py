"""Here: endpoints of hand-made courses, with their edges.

Not here: why a relapse came (``test_attribution``), estimates over a cohort (``results``).
"""

import numpy as np
import pytest

from countermove.measurement import Criteria, course, scan, scan_days
from small_scenarios import scenario

PLAIN = Criteria(response=0.5, progression=2.0, from_nadir=True, detectable=10.0, lethal=1e6)


def one(burden, days=None, criteria=PLAIN):
    """Endpoints of one patient as plain numbers."""
    burden = np.array([burden], dtype=float)
    days = np.arange(burden.shape[1]) * 10.0 if days is None else np.asarray(days, float)
    found = course(burden, days, criteria)
    return {name: getattr(found, name)[0].item() for name in found.__dataclass_fields__}


def test_a_response_and_a_relapse():
    found = one([1000, 400, 100, 100, 150, 400, 900])
    assert found["baseline"] == 1000
    assert found["nadir"] == 100
    assert found["nadir_index"] == 2
    assert found["responded"]
    # straight lines in the logarithm: 500 between 1000 and 400, 200 between 150 and 400
    assert found["time_to_response"] == pytest.approx(10 * np.log(2) / np.log(2.5))
    relapse = 40 + 10 * np.log(200 / 150) / np.log(400 / 150)
    assert found["time_to_progression"] == pytest.approx(relapse)
    assert found["progression_index"] == 5
    assert found["duration_of_response"] == pytest.approx(relapse - found["time_to_response"])
    assert found["response_ended"]
    assert not found["cured"]
    assert np.isnan(found["time_to_lethal"])
    assert found["final"] == 900


def test_times_are_exact_for_exponential_growth_however_coarse_the_record():
    for step in (1.0, 7.0, 40.0):
        days = np.arange(0, 401, step)
        burden = 1e3 * (np.exp(-0.05 * days) + 1e-3 * np.exp(0.02 * days))
        growing = 1e3 * np.exp(0.03 * days)
        assert one(growing, days)["time_to_progression"] == pytest.approx(np.log(2) / 0.03)
        assert one(burden, days)["time_to_response"] == pytest.approx(np.log(2) / 0.05, rel=0.01)


def test_the_thresholds_themselves_count():
    assert one([1000, 500, 700])["responded"]
    assert one([1000, 500, 700])["time_to_response"] == 10
    assert not one([1000, 500.0001, 700])["responded"]
    assert one([1000, 2000])["progressed"]
    assert one([1000, 2000])["time_to_progression"] == 10
    assert not one([1000, 1999.9])["progressed"]
    assert one([1e3, 1e6])["time_to_lethal"] == 10


def test_no_change_at_all():
    found = one([1000, 1000, 1000])
    assert not found["responded"]
    assert not found["progressed"]
    assert not found["cured"]
    assert found["nadir"] == 1000
    for name in (
        "time_to_response",
        "time_to_progression",
        "time_to_lethal",
        "duration_of_response",
    ):
        assert np.isnan(found[name])
    assert found["progression_index"] == -1


def test_nothing_from_the_start():
    found = one([0, 0, 0])
    assert found["cured"]
    assert not found["responded"]
    assert not found["progressed"]
    assert found["nadir"] == 0


def test_gone_between_two_records_is_a_response_at_the_later_one_and_lasts():
    found = one([1000, 0, 0, 0])
    assert found["responded"]
    assert found["time_to_response"] == 10
    assert found["duration_of_response"] == 20
    assert not found["response_ended"]
    assert found["cured"]


def test_from_nothing_seen_back_to_much_progresses_at_the_record_that_shows_it():
    found = one([1000, 0, 0, 800])
    assert found["time_to_progression"] == 30
    assert found["nadir"] == 0
    assert found["nadir_index"] == 1
    assert not found["cured"]


def test_below_what_can_be_seen_nothing_progresses():
    assert not one([1000, 1, 5, 19.9])["progressed"]  # 2 x the 10 cells that are seen
    assert one([1000, 1, 5, 20])["progressed"]
    # a baseline that cannot be seen is its own floor
    assert one([4, 1, 7.9])["progressed"] is False
    assert one([4, 1, 8])["progressed"] is True


def test_the_lowest_burden_may_be_the_last():
    found = one([1000, 600, 300, 200])
    assert found["nadir"] == 200
    assert found["nadir_index"] == 3
    assert found["duration_of_response"] == pytest.approx(30 - found["time_to_response"])


def test_what_comes_after_progression_is_neither_nadir_nor_response():
    found = one([1000, 800, 1700, 100, 50])
    assert found["progressed"]
    assert found["nadir"] == 800
    assert not found["responded"]
    assert found["final"] == 50
    assert np.isnan(found["duration_of_response"])


def test_progression_from_baseline_does_not_look_at_the_nadir():
    baseline = Criteria(0.5, 2.0, False, 10.0, 1e6)
    burden = [1000, 100, 400, 1900, 2500]
    assert one(burden)["time_to_progression"] < 20
    found = one(burden, criteria=baseline)
    assert found["time_to_progression"] == pytest.approx(
        30 + 10 * np.log(2000 / 1900) / np.log(2500 / 1900)
    )
    assert found["nadir"] == 100


def test_a_lethal_burden_at_the_start_and_one_crossed_later():
    assert one([1e6, 1e6])["time_to_lethal"] == 0
    assert one([1e4, 1e8])["time_to_lethal"] == pytest.approx(5)


def test_patients_do_not_touch_each_other():
    rng = np.random.default_rng(4)
    burden = np.floor(10 ** rng.uniform(0, 5, (40, 12))) * (rng.uniform(size=(40, 12)) > 0.1)
    days = np.cumsum(rng.uniform(1, 30, 12)) - 1
    days[0] = 0.0
    whole = course(burden, days, PLAIN)
    for p in range(40):
        single = one(burden[p], days)
        for name, value in single.items():
            assert getattr(whole, name)[p] == pytest.approx(value, nan_ok=True)


def test_what_can_be_seen_is_a_sphere_five_millimeters_across():
    own = scenario(tumor="birth: 1, death: 0, diagnosed_at: 1e6, cells_per_cm3: 2e8")
    assert own.detectable_cells == pytest.approx(4 / 3 * np.pi * 0.25**3 * 2e8)


@pytest.mark.parametrize(
    ("until", "expected"), [(30, [2, 12, 22]), (32, [2, 12, 22]), (32.1, [2, 12, 22, 32]), (2, [])]
)
def test_scans_begin_with_treatment_and_end_before_the_end(until, expected):
    assert scan_days(10.0, 2.0, until).tolist() == expected


def test_a_scan_shows_every_cell():
    assert scan(np.array([[1.0, 2.0, 3.5], [0, 0, 0]])).tolist() == [6.5, 0]
