"""Here: published courses of adaptive therapy, through scenario, policy and visits. Not here:
continuous treatment of the same tumors by the engine alone (``test_mean_field_published``).
"""

import numpy as np
import pytest

import countermove as cm

CAPACITY, BIRTH = 1e10, 0.027


def strobl(burden, share, turnover, cost, treatment, days=1700):
    """Strobl et al. 2021, doi:10.1158/0008-5472.CAN-20-0806, equations 1 to 4.

    Their drug turns the birth term into (1 - 1.5) times itself: killing of 1.5 per division.
    """
    return cm.loads(f"""
countermove: 1
name: Adaptive therapy after Strobl et al. 2021
tumor:
  birth: {BIRTH}
  death: {turnover * BIRTH}
  growth: {{law: logistic, capacity: {CAPACITY}, acts_on: birth}}
  start: {{cells: {burden * CAPACITY}, fractions: {{R: {share}}}}}
drugs:
  D: {{kill: {1.5 * BIRTH}, cycle_specific: true}}
alterations:
  R: {{mechanism: target, drug: D, rate: 0, cost: {cost}}}
treatment: {{{treatment}}}
monitoring: {{imaging: {{every: 1 day}}}}
endpoints: {{progression: 1.2, criterion: baseline}}
follow_up: {days} days
engine: mean_field
""")


def day_of_progression(*tumor, treatment):
    runs = cm.simulate(strobl(*tumor, treatment), every=1.0)
    return float(runs.outcomes()["time_to_progression"].iloc[0])


ROWS = [
    (0.25, 0.1, 0.0, 0.0, 106, 106),
    (0.25, 0.01, 0.0, 0.0, 207, 210),
    (0.25, 0.001, 0.0, 0.0, 296, 315),
    (0.75, 0.1, 0.0, 0.0, 278, 278),
    (0.75, 0.001, 0.0, 0.0, 452, 663),
    (0.5, 0.001, 0.25, 0.0, 470, 701),
    (0.5, 0.001, 0.25, 0.3, 854, 1478),
]
AT50 = "policy: adaptive, drugs: D, stop_below: 0.5, restart_above: 1"


@pytest.mark.parametrize(("burden", "share", "turnover", "cost", "continuous", "adaptive"), ROWS)
def test_progression_comes_when_strobl_2021_says(
    burden, share, turnover, cost, continuous, adaptive
):
    tumor = (burden, share, turnover, cost)
    found = day_of_progression(*tumor, treatment="policy: continuous, drugs: D")
    assert found == pytest.approx(continuous, abs=1.0)
    assert day_of_progression(*tumor, treatment=AT50) == pytest.approx(adaptive, abs=1.0)


def test_the_check_above_would_notice_thresholds_a_twentieth_off():
    found = day_of_progression(
        0.5, 0.001, 0.25, 0.3, treatment=AT50.replace("restart_above: 1", "restart_above: 0.95")
    )
    assert abs(found - 1478) > 1.0


def test_containment_at_baseline_lasts_longest_of_the_three():
    tumor = (0.75, 0.001, 0.0, 0.0)
    contained = day_of_progression(*tumor, treatment="policy: containment, drugs: D, level: 1")
    assert contained > day_of_progression(*tumor, treatment=AT50) > 452 + 1
    assert np.isfinite(contained)
