"""Here: what is watched within leaps, against courses looked at every thousandth of a leap.

Not here: what it means (``test_endpoints``), whole runs (``reference/test_death_and_progression``).
"""

import numpy as np
import pytest

from countermove.engines.kernels.courses import Courses, keep, room_for
from countermove.engines.kernels.watching import Span, look, watch_nothing

FINE = 20_001


def watched(courses, days, **settings):
    """Watch one patient whose tumors take (times, tumors, types) courses; returns the watch."""
    cells = np.asarray(courses, dtype=float)
    cells = cells[:, None] if cells.ndim == 2 else cells
    watch = watch_nothing(1, *cells.shape[1:])
    start = float(cells[0].sum())
    values = {"most": 1e15, "factor": 1.728, "floor": 1.0, "reference": start, "lowest": start}
    values |= {"level": 0.343 * start, "counts_from": days[0], "follows": True} | settings
    for name, value in values.items():
        getattr(watch, name)[:] = value
    for i in range(len(days) - 1):
        after, pace = cells[i + 1].copy(), np.empty_like(cells[i])
        span = Span(0, 0, float(days[i]), float(days[i + 1]), cells[i].copy(), after, pace)
        if look(watch, span, False):
            return watch, after
    return watch, cells[-1]


def slow(total, days, *, factor=1.728, floor=1.0, follows=True, level=None, most=1e15):
    """(fell, rose, ended, lowest, lowest day) of a finely given total: day by day, first found."""
    lowest, reference, fell, rose, low_day = total[0], total[0], np.nan, np.nan, days[0]
    level = 0.343 * total[0] if level is None else level
    for day, cells in zip(days, total, strict=True):
        if cells >= most:
            return fell, rose, day, lowest, low_day
        if np.isnan(rose):
            if np.isnan(fell) and cells <= level:
                fell = day
            if cells >= factor * max(reference, floor):
                rose = day
            elif cells < lowest:
                lowest, low_day = cells, day
                reference = cells if follows else reference
    return fell, rose, np.nan, lowest, low_day


def mixture(rates, sizes, days):
    """Types that each grow at one rate: (times, types)."""
    return np.asarray(sizes) * np.exp(np.multiply.outer(days, rates))


CASES = [
    ([-0.03, 0.01], [1e9, 1e4], {}),
    ([-0.03, 0.01, 0.02], [1e9, 1e6, 1e3], {"most": 1e12}),
    ([-0.3, 0.02], [1e9, 1.0], {"floor": 6e7}),
    ([0.01, 0.02], [1e9, 1e8], {"most": 5e11}),
    ([-0.005, -0.001], [1e9, 1e9], {}),
    ([-0.03, 0.01], [1e9, 1e7], {"follows": False}),
    ([-0.02, 0.005], [1e9, 2e8], {"level": 0.9e9}),
]


@pytest.mark.parametrize("leap", [7.0, 30.0, 200.0])
@pytest.mark.parametrize(("rates", "sizes", "settings"), CASES)
def test_times_do_not_depend_on_how_long_leaps_are(rates, sizes, settings, leap):
    days = np.append(np.arange(0.0, 1000.0, leap), 1000.0)
    watch, after = watched(mixture(rates, sizes, days), days, **settings)
    fine = np.linspace(0.0, 1000.0, FINE)
    fell, rose, ended, lowest, _ = slow(mixture(rates, sizes, fine).sum(1), fine, **settings)
    for name, value in (("fell", fell), ("rose", rose), ("ended", ended)):
        assert getattr(watch, name)[0] == pytest.approx(value, abs=0.06, nan_ok=True), name
    assert watch.lowest[0] == pytest.approx(lowest, rel=1e-3)
    if np.isfinite(ended):
        assert after.sum() == pytest.approx(settings["most"], rel=1e-6)
        assert watch.ended[0] == pytest.approx(ended, abs=0.06)


def test_the_check_above_would_notice_looks_at_the_ends_of_leaps_alone():
    days = np.arange(0.0, 1001.0, 200.0)
    total = mixture(*CASES[0][:2], days).sum(1)
    fell, rose, *_ = slow(total, days)
    watch, _ = watched(mixture(*CASES[0][:2], days), days)
    assert abs(watch.rose[0] - rose) > 10.0
    assert abs(watch.fell[0] - fell) > 10.0


def test_tumors_of_a_patient_count_together():
    days = np.arange(0.0, 1001.0, 25.0)
    one = mixture([-0.03, 0.01], [1e9, 1e4], days)
    split = np.stack([0.25 * one, 0.75 * one], axis=1)
    both, _ = watched(split, days, most=1e12)
    alone, _ = watched(one, days, most=1e12)
    assert both.rose[0] == pytest.approx(alone.rose[0])
    assert both.lowest_cells.sum() == pytest.approx(alone.lowest[0])
    assert both.risen_cells[0].sum() == pytest.approx(both.risen_cells[1].sum() / 3.0)


def test_a_tumor_that_vanishes_falls_and_never_rises():
    watch, _ = watched([[1e6], [0.0], [0.0]], [0.0, 10.0, 20.0])
    assert 0.0 < watch.fell[0] < 10.0
    assert watch.lowest[0] == 0.0
    assert np.isnan(watch.rose[0])


def test_a_rise_counts_only_from_its_day_on():
    days = np.arange(0.0, 301.0, 10.0)
    grows = mixture([0.01], [1e9], days)
    natural = np.log(1.728) / 0.01
    assert watched(grows, days)[0].rose[0] == pytest.approx(natural)
    assert watched(grows, days, counts_from=100.0)[0].rose[0] == pytest.approx(100.0)
    assert np.isnan(watched(grows, days, counts_from=np.inf)[0].rose[0])


def test_a_hazard_ends_courses_when_its_integral_says():
    days = np.arange(0.0, 2001.0, 25.0)
    grows = mixture([0.01, 0.005], [1e9, 1e9], days)
    watch, after = watched(grows, days, most=1e12, hazard=0.01, left=0.7)
    fine = np.linspace(0.0, 2000.0, FINE)
    total = mixture([0.01, 0.005], [1e9, 1e9], fine).sum(1)
    load = np.cumsum(0.01 * total / 1e12) * (fine[1] - fine[0])
    assert watch.ended[0] == pytest.approx(fine[np.searchsorted(load, 0.7)], abs=0.5)
    assert after.sum() == pytest.approx(np.interp(watch.ended[0], fine, total), rel=1e-3)


def test_courses_are_kept_on_their_days_and_exactly_at_the_ends_of_leaps():
    days = np.array([0.0, 10.0, 20.0, 25.0, 30.0])
    cells = mixture([-0.1, 0.05], [1e6, 1e3], np.array([0.0, 20.0, 30.0]))
    kept = room_for(days, (1, 1, 2), whole=False)
    courses = Courses(kept, room_for(days[:2], (1, 1, 2), whole=False))
    for i, (begin, end) in enumerate([(0.0, 20.0), (20.0, 30.0)]):
        keep(courses, Span(0, 0, begin, end, cells[i : i + 1], cells[i + 1 : i + 2].copy(),
                           np.empty((1, 2))))  # fmt: skip
    np.testing.assert_allclose(kept.cells[0], mixture([-0.1, 0.05], [1e6, 1e3], days))
    assert kept.cells[0, 2].tolist() == cells[1].tolist()
    assert kept.slot[0] == days.size
