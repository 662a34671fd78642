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


def day_of_progression(*tumor, treatment, days=1700):
    """Day of progression; NaN, equal to nothing, if it comes after ``days``."""
    runs = cm.simulate(strobl(*tumor, treatment, days), every=1.0)
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


FEW = (ROWS[0], ROWS[5])  # `make reproduce` recomputes them all; the others are in the slow tier
BY_TIER = [row if row in FEW else pytest.param(*row, marks=pytest.mark.slow) for row in ROWS]


@pytest.mark.parametrize(("burden", "share", "turnover", "cost", "continuous", "adaptive"), BY_TIER)
def test_progression_comes_when_strobl_2021_says(
    burden, share, turnover, cost, continuous, adaptive
):
    for treatment, day in (("policy: continuous, drugs: D", continuous), (AT50, adaptive)):
        found = day_of_progression(
            burden, share, turnover, cost, treatment=treatment, days=day + 30
        )
        assert found == pytest.approx(day, abs=1.0)


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


# --- Viossat and Noble 2021, doi:10.1038/s41559-021-01428-w: Gompertzian growth rho ln(K / N),
# --- nothing dying, a drug that kills every sensitive cell at once or holds the burden at N*

RHO, ROOM, LIMIT, RESISTANT = 0.00585, 2e12, 1e10, 2.3e5
ABOVE = 1.01  # progression is a burden just above the limit


def gompertz(treatment, kill, sensitive=LIMIT - RESISTANT):
    share = RESISTANT / (RESISTANT + sensitive)
    return cm.loads(f"""
countermove: 1
name: Containment after Viossat and Noble 2021
tumor:
  birth: {RHO * np.log(ROOM)}
  death: 0
  growth: {{law: gompertz, capacity: {ROOM}, acts_on: birth}}
  start: {{cells: {RESISTANT + sensitive}, fractions: {{R: {share}}}}}
drugs:
  D: {{kill: {kill}}}
alterations:
  R: {{mechanism: target, drug: D, rate: 0}}
treatment: {{{treatment}}}
monitoring: {{imaging: {{every: 0.1 days}}}}
endpoints: {{progression: {ABOVE}, criterion: baseline, detectable: 1 cell}}
follow_up: 380 days
engine: mean_field
""")


def grows_from_the_limit():
    """Days that resistant cells at the limit take to the burden that counts as progression."""
    return np.log(np.log(ROOM / LIMIT) / np.log(ROOM / (ABOVE * LIMIT))) / RHO


@pytest.mark.filterwarnings("ignore::countermove.foundation.ScenarioWarning")
def test_the_resistant_alone_take_as_long_as_theory_says_under_the_largest_dose():
    scenario = gompertz("policy: continuous, drugs: D", kill=200.0)  # sensitive cells gone at once
    found = cm.simulate(scenario).outcomes()["time_to_progression"].iloc[0]
    assert found - grows_from_the_limit() == pytest.approx(188.7, abs=0.1)


def days_until_the_resistant_fill_the_limit(treatment):
    cells = cm.simulate(gompertz(treatment, kill=0.1), every=0.5).trajectories["cells"]
    resistant = cells.sel(type="R").to_numpy()[0]
    return float(np.interp(np.log(LIMIT), np.log(resistant), cells["time"].to_numpy()))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:monitoring.imaging.every")  # progression at 1.01 is on purpose
def test_containment_at_the_limit_lasts_as_long_as_theory_says():
    found = days_until_the_resistant_fill_the_limit("policy: containment, drugs: D, level: 1")
    assert found == pytest.approx(344.6, abs=0.5)


@pytest.mark.slow
def test_the_check_above_would_notice_containment_a_tenth_lower():
    found = days_until_the_resistant_fill_the_limit("policy: containment, drugs: D, level: 0.9")
    assert abs(found - 344.6) > 1.0
