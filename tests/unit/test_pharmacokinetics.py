"""Here: drug levels against compartment equations written independently and solved numerically.

Not here: which doses a policy gives (``test_policies``), how histories join (``test_histories``).
"""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from countermove.model import drug_levels_of
from countermove.model.sampling import marks_between, nodes_of
from countermove.scenario import loads

LN2 = float(np.log(2.0))


def drug(levels: str, extra: str = ""):
    text = f"""
countermove: 1
name: test
tumor: {{birth: 0.2, death: 0.1, diagnosed_at: 1e9}}
drugs: {{A: {{kill: 0.1, levels: {levels}{extra}}}}}
treatment: {{policy: continuous, drugs: [A]}}
follow_up: 100 days
"""
    return loads(text).drugs["A"]


def integrated(amounts: dict, doses: list[float], times, *, dose: float) -> np.ndarray:
    """Central concentration from gut, central and peripheral amounts, dose by dose.

    ``amounts`` has ka (None: into the blood), cl, v, q, vp in L and days; dose in amount.
    """
    ka, cl, v, q, vp = (amounts[name] for name in ("ka", "cl", "v", "q", "vp"))

    def slope(_, y):
        gut, blood, tissue = y
        absorbed = (ka or 0.0) * gut
        across = q * (blood / v - tissue / vp)
        return [-absorbed, absorbed - cl * blood / v - across, across]

    state = np.zeros(3)
    found = np.zeros(len(times))
    marks = sorted({*doses, 0.0, float(np.max(times)) + 1e-6})
    for begin, end in pairwise(marks):
        if begin in doses:
            state[1 if ka is None else 0] += dose
        inside = (times >= begin) & (times < end)
        solved = solve_ivp(
            slope, (begin, end), state, method="LSODA", rtol=1e-10, atol=1e-13, dense_output=True
        )
        found[inside] = solved.sol(times[inside])[1] / v if inside.any() else 0.0
        state = solved.y[:, -1]
    return found


def levels_at(course, times, stop=np.inf):
    times = np.asarray(times, dtype=float)
    past = times - stop if np.isfinite(stop) else np.full(times.shape, -1.0)
    return course.level(times, past)


ONE = {"cl": 10.0, "v": 20.0, "q": 0.0, "vp": 1.0, "ka": None}
TWO = {"cl": 6.0, "v": 12.0, "q": 9.0, "vp": 30.0, "ka": None}
CASES = {
    "bolus": ONE,
    "absorbed": ONE | {"ka": 4.5},
    "absorbed more slowly than cleared": ONE | {"ka": 0.2},
    "absorbed as fast as cleared": ONE | {"ka": 0.5},
    "two compartments": TWO,
    "two compartments, absorbed": TWO | {"ka": 3.0},
    "two compartments, slow tissue": TWO | {"q": 0.1, "vp": 300.0, "ka": 3.0},
}


def text_of(case: dict, every: float) -> str:
    absorbed = "" if case["ka"] is None else f", absorption: {case['ka']!r}"
    if case["q"] == 0.0:
        rest = f"kind: one_compartment, clearance: {case['cl']}"
    else:
        rest = (
            f"kind: two_compartment, clearance: {case['cl']}, "
            f"intercompartmental: {case['q']}, peripheral_volume: {case['vp']}"
        )
    return (
        f"{{{rest}, dose: 60, every: {every}, volume: {case['v']}, bioavailability: 0.5{absorbed}}}"
    )


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("every", "stop"), [(0.5, np.inf), (0.5, 3.2), (2.0, 4.0), (7.0, 9.5)])
def test_levels_solve_the_compartment_equations_dosing_and_after_the_stop(name, every, stop):
    times = np.unique(np.concatenate([np.linspace(0.01, 11.95, 61), [3.1999, 3.2001, 9.4, 9.6]]))
    doses = [float(t) for t in np.arange(0, 12, every) if t < stop]
    expected = integrated(CASES[name], doses, times, dose=30.0)
    course = drug_levels_of(drug(text_of(CASES[name], every)))
    assert levels_at(course, times, stop) == pytest.approx(expected, rel=2e-6, abs=1e-9)


def test_the_check_above_would_notice_one_dose_too_many():
    times = np.linspace(4.1, 8, 20)
    expected = integrated(ONE, [0.0, 2.0, 4.0], times, dose=30.0)
    course = drug_levels_of(drug(text_of(ONE, 2.0)))
    assert levels_at(course, times, 4.0) != pytest.approx(expected, rel=1e-2)


def test_two_compartments_absorbed_at_one_of_their_own_rates():
    case = dict(TWO)
    k10, k12, k21 = case["cl"] / case["v"], case["q"] / case["v"], case["q"] / case["vp"]
    rates = np.linalg.eigvals(np.array([[-(k10 + k12), k21], [k12, -k21]]))
    times = np.linspace(0.1, 9, 30)
    for rate in -rates:
        case["ka"] = float(rate)
        course = drug_levels_of(drug(text_of(case, 1.0)))
        expected = integrated(case, [float(d) for d in range(9)], times, dose=30.0)
        assert levels_at(course, times) == pytest.approx(expected, rel=5e-6)


@pytest.mark.parametrize("q", [1e-3, 1e-9, 1e-17, 1e-30])
def test_an_exchange_too_slow_to_matter_leaves_one_compartment(q):
    two = TWO | {"q": q, "vp": q / 0.5, "cl": 6.0, "v": 12.0}  # k10 == k21: the roots meet
    if q < 1e-6:
        two["vp"] = max(two["vp"], 1e-29)
    course = drug_levels_of(drug(text_of(two, 1.0)))
    times = np.linspace(0.1, 9, 30)
    alone = drug_levels_of(drug(text_of(ONE | {"cl": 6.0, "v": 12.0}, 1.0)))
    found = levels_at(course, times)
    assert np.isfinite(found).all()
    assert found == pytest.approx(levels_at(alone, times), rel=max(1e-6, 10 * q))


def test_a_dose_in_mg_becomes_micromolar_and_then_multiples_of_the_ec50():
    text = (
        "{kind: one_compartment, dose: 960 mg, every: 12 h, half_life: 57 h, volume: 106 L,"
        " molar_mass: 489.9}, ec50: 0.3 uM"
    )
    course = drug_levels_of(drug(text))
    first = 960 / 106 * 1000 / 489.9 / 0.3
    assert levels_at(course, [0.0]) == pytest.approx([first])
    assert levels_at(course, [57 / 24], stop=0.4) == pytest.approx([first / 2])


def test_a_train_settles_where_what_is_cleared_is_what_is_given():
    course = drug_levels_of(drug(text_of(ONE | {"ka": 4.5}, 0.5)))
    average = quad(lambda t: levels_at(course, [t])[0], 100, 100.5, epsabs=1e-10)[0] / 0.5
    assert average == pytest.approx(0.5 * 60 / 0.5 / 10, rel=1e-6)  # F dose / (every clearance)


def test_nothing_before_the_first_dose_and_nothing_without_a_dose():
    for text in (text_of(TWO, 1.0), "3", "{kind: pulsed, level: 3, on: 2, off: 5}",
                 "{kind: table, times: [0, 4], levels: [3, 3]}"):  # fmt: skip
        course = drug_levels_of(drug(text))
        assert levels_at(course, [-1.0, -1e-6]).tolist() == [0.0, 0.0]
        assert levels_at(course, [0.0, 1.0], stop=0.0).tolist() == [0.0, 0.0]


def test_constant_pulsed_and_table_levels():
    constant = drug_levels_of(drug("{kind: constant, level: 3 uM}", ", ec50: 0.5 uM"))
    assert levels_at(constant, [0, 5, 9.9, 10], stop=10).tolist() == [6, 6, 6, 0]
    pulsed = drug_levels_of(drug("{kind: pulsed, level: 2, on: 3, off: 4}"))
    days = np.array([0, 2.9, 3.1, 6.9, 7.1, 9.9, 10.1, 20.9, 21.1])
    assert levels_at(pulsed, days).tolist() == [2, 2, 0, 0, 2, 2, 0, 0, 2]
    assert levels_at(pulsed, [7.5, 8.5], stop=8).tolist() == [2, 0]
    table = drug_levels_of(drug("{kind: table, times: [0, 2, 6], levels: [0, 4, 1]}"))
    assert levels_at(table, [0, 1, 2, 4, 6, 90, 99], stop=99).tolist() == [0, 2, 4, 2.5, 1, 1, 0]


def test_a_drug_without_levels_is_saturating_while_on():
    text = "countermove: 1\nname: t\ntumor: {birth: 1, death: 0, diagnosed_at: 1e3}\n"
    text += "drugs: {A: {kill: 1}}\ntreatment: {policy: none}\nfollow_up: 9 days"
    course = drug_levels_of(loads(text).drugs["A"])
    assert levels_at(course, [0, 3, 5], stop=4).tolist() == [np.inf, np.inf, 0]


@pytest.mark.parametrize("half_life", [LN2 / 300, LN2 / 40, LN2 / 8, 0.5, 20.0])
@pytest.mark.parametrize("dose", [2.0, 1000.0])
def test_the_steps_that_levels_are_sampled_at_keep_the_average_effect(half_life, dose):
    # effect = level / (1 + level): its average over a day of bolus dosing has a closed form
    text = f"{{kind: one_compartment, dose: {dose}, every: 1, half_life: {half_life!r}}}"
    course = drug_levels_of(drug(text))
    days, edges = nodes_of(marks_between(0.0, 1.0, [(course, 0.0, np.inf)]))
    level = levels_at(course, days)
    sampled = float((level / (1 + level)) @ np.diff(edges))
    rate = LN2 / half_life
    exact = np.log((1 + dose) / (1 + dose * np.exp(-rate))) / rate
    assert sampled == pytest.approx(exact, rel=3e-5 if half_life > 0.05 else 2e-3)
    assert edges.size < 60
