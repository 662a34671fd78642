"""Here: the mean-field engine against published results and classical theory. Not here: against
other solvers (see ``tests/unit/test_mean_field.py``).
"""

import numpy as np
import pytest

from countermove.engines import mean_field
from countermove.engines.contract import Founding
from countermove.model import compile_model
from countermove.scenario import loads
from support.given_levels import GivenLevels, TakesLevels

NOTHING = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
CAPACITY = 1e10
BIRTH = 0.027


class MeanField(TakesLevels, mean_field.MeanField):
    """The engine, for levels given outright."""


def strobl(turnover, cost, *, kill):
    """Strobl et al. 2021, doi:10.1158/0008-5472.CAN-20-0806, equations 1 to 4.

    Their drug turns the birth term into (1 - 1.5) times itself. That is killing of 1.5 per
    division, ``kill: 1.5 x birth`` on a cycle-specific drug: on average the same as a chance of .75
    to die of each division tried. No ``stop``, which is at most 1, could say it.
    """
    text = f"""
countermove: 1
name: adaptive therapy
tumor:
  birth: {BIRTH}
  death: {turnover * BIRTH}
  growth: {{law: logistic, capacity: {CAPACITY}, acts_on: birth}}
  start: {{cells: 1000}}
drugs:
  D: {{kill: {kill}, cycle_specific: true}}
alterations:
  R: {{mechanism: target, drug: D, rate: 0, cost: {cost}}}
treatment: {{policy: none}}
follow_up: 3 years
"""
    return compile_model(loads(text))


def day_of_progression(model, burden, share):
    exposure = GivenLevels(np.array([0.0, 1200.0]), np.full((1, 1), np.inf))
    times = np.arange(0.0, 1200.0, 0.05)
    cells = burden * CAPACITY * np.array([1.0 - share, share])
    total = MeanField(model).trajectory(cells, exposure, times).sum(axis=1)
    return times[np.argmax(total > 1.2 * total[0])]


ROWS = [
    (0.25, 0.1, 0.0, 0.0, 106),
    (0.25, 0.01, 0.0, 0.0, 207),
    (0.25, 0.001, 0.0, 0.0, 296),
    (0.75, 0.1, 0.0, 0.0, 278),
    (0.75, 0.001, 0.0, 0.0, 452),
    (0.5, 0.001, 0.25, 0.0, 470),
    (0.5, 0.001, 0.25, 0.3, 854),
]


@pytest.mark.parametrize(("burden", "share", "turnover", "cost", "days"), ROWS)
def test_continuous_therapy_fails_when_strobl_2021_says(burden, share, turnover, cost, days):
    model = strobl(turnover, cost, kill=1.5 * BIRTH)
    assert day_of_progression(model, burden, share) == pytest.approx(days, abs=1.0)


def test_the_check_above_would_notice_a_growth_term_off_by_a_twentieth():
    model = strobl(0.0, 0.05, kill=1.5 * BIRTH)
    assert abs(day_of_progression(model, 0.75, 0.1) - 278) > 1.0


GOMPERTZ_CAPACITY, LIMIT, RESISTANT, SLOWING = 2e12, 1e10, 2.3e5, 0.00585


def contained(kill):
    """Gompertzian tumor of Viossat and Noble 2021, growth rate SLOWING ln(K / N), nothing dying."""
    text = f"""
countermove: 1
name: containment
tumor:
  birth: {SLOWING * np.log(GOMPERTZ_CAPACITY)}
  death: 0
  growth: {{law: gompertz, capacity: {GOMPERTZ_CAPACITY}, acts_on: birth}}
  start: {{cells: 1000}}
drugs:
  D: {{kill: {kill}}}
alterations:
  R: {{mechanism: target, drug: D, rate: 0}}
treatment: {{policy: none}}
follow_up: 3 years
"""
    return MeanField(compile_model(loads(text)))


def test_the_resistant_alone_outgrow_the_limit_when_theory_says():
    engine = contained(1.0)
    exposure = GivenLevels(np.array([0.0, 300.0]), np.full((1, 1), np.inf))
    times = np.arange(0.0, 300.0, 0.01)
    cells = engine.trajectory(np.array([0.0, RESISTANT]), exposure, times)[:, 1]
    assert times[np.argmax(cells >= LIMIT)] == pytest.approx(188.7, abs=0.06)


@pytest.mark.parametrize(("changes", "expected"), [(1, 3.0e6), (2, 0.90), (3, 2.7e-7)])
def test_expected_cells_resistant_to_k_drugs_in_a_tumor_grown_to_1e13(changes, expected):
    names = "ABC"[:changes]
    drugs = "".join(f"  {n}: {{kill: 1}}\n" for n in names)
    alterations = "".join(
        f"  R{n}: {{mechanism: target, drug: {n}, rate: 1.0e-8}}\n" for n in names
    )
    text = f"""
countermove: 1
name: expected resistance
tumor: {{birth: 0.1, death: 0, diagnosed_at: 1e13 cells, lethal_at: 1e14 cells}}
drugs:
{drugs}alterations:
{alterations}treatment: {{policy: none}}
follow_up: 1 year
"""
    model = compile_model(loads(text))
    founding = Founding(np.zeros(1, np.int64), np.full(1, 1e13), None, NOTHING)
    population = MeanField(model).start(founding, seed=1, first=0)
    assert population.cells[0, -1] == pytest.approx(expected, rel=0.02)
    assert population.age[0] == pytest.approx(np.log(1e13) / 0.1, rel=1e-9)
