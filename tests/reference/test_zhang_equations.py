"""Here: the catalog's Zhang 2022 against its equations and rule written out, and scipy.

Not here: the numbers that the paper prints (``test_catalog``).
"""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import countermove as cm
from countermove.catalog.folders import entry
from countermove.scenario import loads

START, FAILS = np.array([5000.0, 1000.0]), 1.2


def by_hand(coefficient, *, taken=9000.0, steps_a_day=1, days=120):
    """Resistant cells at each restart, and the first step above 1.2 of the start; None if never."""
    cells, on, restarts = START.copy(), True, []
    for step in range(days * steps_a_day):
        total = cells.sum()
        if total > FAILS * START.sum():
            return restarts, step
        if on and total < 0.5 * START.sum():
            on = False
        elif not on and total > START.sum():
            on = True
            restarts.append(cells[1])
        room = 10000.0 - taken * on

        def slope(_, x, room=room):
            one = 8 * 0.0156 * x[0] * (1 - (x[0] + x[1]) / room)
            two = 8 * 0.0091 * x[1] * (1 - (x[1] + coefficient * x[0]) / 10000.0)
            return [one, two]

        span = (0.0, 1.0 / steps_a_day)
        cells = solve_ivp(slope, span, cells, method="LSODA", rtol=1e-9, atol=1e-9).y[:, -1]
    return restarts, None


def simulated(changes, every=1.0):
    scenario = cm.replace(loads(entry("zhang_2022").text), changes)
    return cm.simulate(scenario, every=every, progress=False).trajectories


def test_holidays_hold_resistant_cells_down_where_they_feel_sensitive_ones():
    course = simulated({"follow_up": "120 days"})
    on = course["on"].values[0, :, 0] > 0.0
    again = np.flatnonzero(on[1:] & ~on[:-1]) + 1
    resistant = course["cells"].values[0][:, course["genotype"].values == "R"].sum(axis=1)
    hand, fails = by_hand(6.0)
    assert fails is None
    np.testing.assert_allclose(resistant[again], hand[: again.size], rtol=1e-5)


@pytest.mark.parametrize(("taken", "steps"), [(9000.0, 1), (9500.0, 6)])
def test_they_escape_where_they_do_not(taken, steps):
    """Companion: with the small coefficient the same rule fails, on the same step."""
    changes = {
        "alterations.R.feels_others": 0.8,
        "drugs.abiraterone.takes_capacity": taken / 10000.0,
        "monitoring.imaging.every": f"{24 // steps} h",
    }
    burden = simulated(changes, 1.0 / steps)["burden"].values[0]
    _, fails = by_hand(0.8, taken=taken, steps_a_day=steps)
    assert int(np.argmax(burden > FAILS * burden[0])) == fails
