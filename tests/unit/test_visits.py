"""Here: the days of visits, and what no patient's visits depend on. Not here: readings."""

import numpy as np
import pytest

from countermove.measurement.visits import Protocol, visit_days


def plan(**settings):
    own = {"jitter": 5, "missed": 0.2, "delay": 3.0, "until": 300.0} | settings
    return Protocol("imaging", visit_days(28.0, 14.0, 300.0), **own)


def test_visits_begin_with_treatment_and_stop_before_the_end():
    assert visit_days(28.0, 14.0, 98.0).tolist() == [14.0, 42.0, 70.0]
    assert visit_days(28.0, 14.0, 98.1).tolist() == [14.0, 42.0, 70.0, 98.0]
    assert visit_days(28.0, 14.0, 14.0).tolist() == []


def test_a_patient_is_seen_on_the_same_days_alone_or_in_a_cohort():
    whole = plan().draw(7, 0, 50)
    for first, count in ((0, 1), (13, 1), (20, 30)):
        part = plan().draw(7, first, count)
        for name in ("day", "known", "kept"):
            assert np.array_equal(getattr(part, name), getattr(whole, name)[first : first + count])
    assert not np.array_equal(whole.day[0], whole.day[1])
    assert not np.array_equal(whole.day, plan().draw(8, 0, 50).day)


def test_another_chance_to_miss_moves_no_visit():
    one, other = plan(missed=0.0).draw(7, 0, 50), plan(missed=0.5).draw(7, 0, 50)
    assert np.array_equal(one.day, other.day)
    assert other.kept.sum() < one.kept.sum()


def test_visits_come_in_order_within_their_jitter_and_the_first_is_never_moved_or_missed():
    seen = plan(jitter=13, missed=0.9).draw(3, 0, 500)
    nominal = visit_days(28.0, 14.0, 300.0)
    assert (np.diff(seen.day, axis=1) > 0.0).all()
    assert (np.diff(seen.known, axis=1) > 0.0).all()
    moved = seen.day - nominal
    assert set(np.unique(moved[:, 1:])) == set(range(-13, 14))
    assert (moved[:, 0] == 0.0).all()
    assert seen.kept[:, 0].all()
    assert (seen.known[:, 0] == seen.day[:, 0]).all()
    assert (seen.known - seen.day == 3.0)[:, 1:].all()


def test_every_day_that_is_drawn_is_among_the_days_foretold():
    own = plan(jitter=9)
    seen = own.draw(3, 0, 400)
    for kept, all_of in ((seen.day, own.all_days()), (seen.known, own.all_known())):
        assert set(kept[seen.kept]) <= set(all_of.tolist())
    assert seen.day[seen.kept].max() < 300.0
    assert own.all_days().max() < 300.0


@pytest.mark.parametrize(("jitter", "missed"), [(0, 0.0), (0, 1.0)])
def test_chances_of_none_and_all(jitter, missed):
    seen = plan(jitter=jitter, missed=missed).draw(1, 0, 20)
    assert seen.kept[:, 1:].all() == (missed == 0.0)
    assert seen.kept[:, 1:].any() == (missed == 0.0)
