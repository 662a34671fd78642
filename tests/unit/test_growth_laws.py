"""Here: crowding factors, which niche feels which capacity, and the same laws inside kernels.

Not here: how engines grow a population under them.
"""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from countermove.engines.kernels.crowding import crowd, crowding_factor
from countermove.model.growth_laws import EXPONENTIAL, GOMPERTZ, LAWS, LOGISTIC, POWER, crowding
from support.small_scenarios import compiled

CELLS = np.array([0.0, 0.3, 1.0, 7.0, 1e4, 5e8, 1e9, 3e9, 1e15])


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        (EXPONENTIAL, np.ones(9)),
        (LOGISTIC, [1, 1 - 3e-10, 1 - 1e-9, 1 - 7e-9, 1 - 1e-5, 0.5, 0, 0, 0]),
        (GOMPERTZ, [1, 1, 1, 1 - np.log(7) / np.log(1e9), 5 / 9, 1 - np.log10(5e8) / 9, 0, 0, 0]),
        (POWER, [1, 1, 1, 1, 10**-0.5, *(np.array([5e8, 1e9, 3e9, 1e15]) / 1e2) ** -0.25]),
    ],
)
def test_each_law_by_hand_and_the_same_inside_kernels(law, expected):
    power = (0.75, 1e2)
    found = crowding(CELLS, law, 1e9, power)
    assert found == pytest.approx(np.asarray(expected, float), abs=1e-12)
    numbers = np.array([1.0, *power, 0.0])
    inside = [crowding_factor(n, law, 1e9, numbers) for n in CELLS]
    assert inside == pytest.approx(found.tolist(), abs=1e-15)


@pytest.mark.parametrize(
    ("law", "expected"), [(LOGISTIC, [0.5, 0, -0.5, -1]), (GOMPERTZ, [0.03345, 0, -0.01957, -0.8])]
)
def test_above_capacity_deaths_go_on_rising_where_competition_acts_on_death(law, expected):
    cells = np.array([5e8, 1e9, 1.5e9, 1e9**1.8])
    found = crowding(cells, law, 1e9, (1.0, 1.0), on_birth=False)
    assert found == pytest.approx(expected, abs=1e-5)
    numbers = np.array([0.0, 1.0, 1.0, 0.2])
    inside = [crowding_factor(n, law, 1e9, numbers) for n in cells]
    assert inside == pytest.approx(found.tolist(), abs=1e-15)


def test_gompertz_growth_is_the_gompertz_curve():
    rate, capacity, start = 0.05, 2e12, 1e6

    def slope(_, n):
        return rate * n * crowding(n, GOMPERTZ, capacity, (1.0, 1.0))

    days = np.linspace(0, 2000, 9)
    found = solve_ivp(slope, (0, 2000), [start], t_eval=days, rtol=1e-10, atol=1e-3).y[0]
    decay = rate / np.log(capacity)
    assert found == pytest.approx(capacity * (start / capacity) ** np.exp(-decay * days), rel=1e-6)


def test_power_law_growth_of_the_whole_tumor_is_a_power_of_its_burden():
    n = np.array([1e3, 1e6, 1e9])
    whole = n * crowding(n, POWER, 1.0, (2 / 3, 10.0))
    assert np.diff(np.log(whole)) / np.diff(np.log(n)) == pytest.approx([2 / 3, 2 / 3])


def test_on_birth_and_on_death_agree_on_net_growth_only_when_nothing_dies():
    for death, agree in ((0.0, True), (0.1, False)):
        net = []
        for how in (1.0, 0.0):
            b, d = crowd(0.3, death, 0.0, 0.4, np.array([how, 1.0, 1.0, 0.3 - death]))
            net.append(b - d)
        assert (net[0] == pytest.approx(net[1])) is agree
        assert net[1] == pytest.approx((0.3 - death) * 0.4)


def test_crowding_on_birth_spares_from_killing_that_follows_division():
    numbers = np.array([1.0, 1.0, 1.0, 0.2])
    assert crowd(0.3, 0.6, 0.5, 0.4, numbers) == pytest.approx((0.12, 0.1 + 0.5 * 0.4))
    numbers[0] = 0.0  # crowding raises deaths: division, and what follows it, is as it was
    assert crowd(0.3, 0.6, 0.5, 0.4, numbers) == pytest.approx((0.3, 0.6 + 0.2 * 0.6))


TUMOR = "birth: 0.3, death: 0.1, diagnosed_at: 1e6, growth: {%s}"
NICHES = "niches: {brain: {exchange: 1e-6, capacity: 1e8}, liver: {exchange: 1e-6}}"


def test_a_niche_has_its_own_capacity_or_the_tumors():
    growth = compiled(NICHES, tumor=TUMOR % "law: gompertz, capacity: 1e11").growth
    assert [LAWS[law] for law in growth.law] == ["gompertz"] * 3
    assert growth.capacity.tolist() == [1e11, 1e8, 1e11]
    assert not growth.is_linear


def test_a_capacity_makes_one_niche_logistic_in_an_exponential_tumor():
    growth = compiled(NICHES).growth
    assert [LAWS[law] for law in growth.law] == ["exponential", "logistic", "exponential"]
    assert growth.capacity[1] == 1e8
    assert not growth.is_linear
    assert compiled().growth.is_linear


def test_the_numbers_kernels_read():
    growth = compiled(
        tumor=TUMOR % "law: power, exponent: 0.7, reference: 5, acts_on: death"
    ).growth
    assert growth.numbers == pytest.approx([0.0, 0.7, 5.0, 0.2])
    assert not growth.on_birth
