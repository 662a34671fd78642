"""Here: each paper's equations written once more, against the catalog's numbers.

An error has to be made twice to pass. Not here: the numbers against the paper (``test_catalog``).
"""

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import norm

from countermove.catalog import entry
from support.catalog import ours, quick_tier


def test_bozic_2013_is_its_formula_and_the_term_left_out():
    """Their expansion; without cross resistance 2 M (u n)^2 / s is missing from its exponent."""
    found, u, n, s, t = ours("bozic_2013"), 1e-9, 50, 1 / 14, 1 - 0.17 / 0.14
    k = (t - s) / (s * t)

    def failure(size, n12):
        single = 2 * n * (n + n12) * np.log(1 / (s * size) + u * (n + n12) * k)
        rest = size * u**2 * (2 * n * n + n12 * 2 * n) * s / t**2
        return 1 - np.exp(-size * u * n12 * (1 - s / t) + size * u**2 * k * single - rest)

    for row in entry("bozic_2013").numbers:
        if row.id.startswith(("dual", "cross")):
            printed = failure(row.x, int(row.id.startswith("cross")))
            assert printed == pytest.approx(row.value, abs=row.tolerance)
        if row.id.startswith("dual"):
            missing = 2 * row.x * (u * n) ** 2 / s
            assert found[row.id] == pytest.approx(1 - (1 - printed) * np.exp(missing), rel=2e-3)
    assert found["cures_cross"] == pytest.approx(1 - failure(1e9, 1), rel=1e-3)


def test_strobl_2021_is_its_equations():
    """Their two equations by scipy, the drug decided once a day."""
    found = ours("strobl_2021")

    def day(start, share, turnover, cost, *, holds):
        y, on = np.array([start * (1 - share), start * share]), True
        rates = 0.027 * np.array([1.0, 1.0 - cost])

        def change(_t, z, dose):
            room = 1 - z.sum()
            return rates * z * room * np.array([1 - 1.5 * dose, 1.0]) - turnover * 0.027 * z

        for today in range(1700):
            if holds:
                on = y.sum() >= start / 2 if on else y.sum() > start
            last = y.sum()
            span, options = (0, 1), {"rtol": 1e-8, "atol": 1e-14}
            y = solve_ivp(change, span, y, args=(float(on),), **options).y[:, -1]
            if y.sum() > 1.2 * start:
                return today + (1.2 * start - last) / (y.sum() - last)
        return np.nan

    for name, tumor in (("1", (0.25, 0.1, 0, 0)), ("6", (0.5, 0.001, 0.25, 0))):
        assert found[f"continuous_{name}"] == pytest.approx(day(*tumor, holds=False), abs=0.5)
        assert found[f"adaptive_{name}"] == pytest.approx(day(*tumor, holds=True), abs=1.0)


def test_viossat_noble_2021_is_its_integral():
    slowing, room, limit, resistant = 0.00585, 2e12, 1e10, 2.3e5
    days, _ = quad(lambda x: 1 / (slowing * (np.log(room) - x)), np.log(resistant), np.log(limit))
    assert ours("viossat_noble_2021")["aggressive"] == pytest.approx(days, abs=0.05)
    contained = np.log(limit / resistant) / (slowing * np.log(room / limit))
    row = next(row for row in entry("viossat_noble_2021").numbers if row.id == "contained")
    assert row.value == pytest.approx(contained, abs=0.05)


@pytest.mark.parametrize("m", [1, 2])
def test_luria_delbruck_is_the_recursion(m):
    p = [np.exp(-m)]
    for n in range(1, 5):
        p.append(m / n * sum(p[i] / (n - i + 1) for i in range(n)))
    found = ours("luria_delbruck")
    assert [found[f"m{m}_p{k}"] for k in range(5)] == pytest.approx(p, abs=1e-6)


def test_classical_theory_is_its_formulas():
    assert ours("luria_delbruck")["plating"] == pytest.approx(-0.9 / (0.1 * np.log(0.1)), rel=1e-4)
    span = np.log10(np.log(20) / np.log(20 / 19))
    assert ours("goldie_coldman")["span"] == pytest.approx(span, abs=2e-4)
    factor = [np.log(1 / (1 - q)) / q for q in (0.5, 13 / 14)]
    found = ours("iwasa_2006")
    assert [found["half"], found["most"]] == pytest.approx(factor, abs=1e-4)
    one = [ours("komarova_2005")[f"one_{i}"] for i in range(3)]
    assert one == pytest.approx([1 - np.exp(-0.1)] * 3, abs=1e-4)
    mu, many = 1e-8 * np.log(1e13), ours("resistant_to_k_drugs")
    expected = [1e13 * mu**k for k in (1, 2, 3)]
    assert [many[name] for name in ("one", "two", "three")] == pytest.approx(expected, rel=1e-4)


def test_avanzini_2020_is_shed_over_cleared():
    expected = 0.136 * 1e9 * 1.4e-4 / (np.log(2) / (30 / 1440)) / 2750
    # 18,000 samples of 8.25 mL hold 30,900 genomes: five standard errors are 2.9%
    assert ours("avanzini_2020")["at_a_billion"] == pytest.approx(expected, rel=0.029)


def test_a_sham_combination_is_its_two_hill_curves():
    def hill(level):
        return level / (1 + level)

    found = ours("sham_combination")
    assert found["bliss"] == pytest.approx(2 * hill(1) / hill(2), rel=1e-6)
    assert found["loewe"] == pytest.approx(hill(1 + 1) / hill(2), rel=1e-6)


@pytest.mark.slow
def test_palmer_sorger_2017_is_the_larger_of_two_correlated_draws():
    """The times behind the scenario's kills, drawn again through a Gaussian copula."""
    own = entry("palmer_sorger_2017")
    row = next(row for row in own.numbers if row.id == "predicted_4A")
    vary = row.changes["patients.vary"]
    rng = np.random.default_rng(1)
    rank = 2 * np.sin(np.pi * 0.3 / 6)
    normal = rng.multivariate_normal([0, 0], [[1, rank], [rank, 1]], size=200_000)
    months = []
    for drug, draws in zip("AB", norm.cdf(normal).T, strict=True):
        kills = np.sort(vary[f"drugs.{drug}.kill"]["discrete"]["values"])
        chosen = kills[(draws * kills.size).astype(int)]
        with np.errstate(divide="ignore"):
            months.append(np.log(1.728) / (0.05 - chosen) / (365.25 / 12))
    expected = np.median(np.maximum(*months))
    assert ours("palmer_sorger_2017")["predicted_4A"] == pytest.approx(expected, rel=0.05)


def test_stein_2008_is_two_populations_integrated():
    """The curve of two exponentials by scipy, and the root of its slope."""
    found, start = ours("stein_2008"), 1.0

    def turn(fall, rise):
        return brentq(lambda t: rise * np.exp(rise * t) - fall * np.exp(-fall * t), 0, 400)

    for day in (30, 67, 120, 200, 300):
        both = solve_ivp(
            lambda _t, y: np.array([-0.02, 0.004]) * y, (0, day), [start, start], rtol=1e-9
        )
        assert found[f"day_{day}"] == pytest.approx(both.y[:, -1].sum() - start, abs=1e-5)
    assert found["nadir"] == pytest.approx(turn(0.02, 0.004), abs=5e-3)  # a parabola of days
    assert found["nadir_slow"] == pytest.approx(turn(0.02, 0.002), abs=5e-3)


def test_claret_2009_is_its_equation_integrated():
    """Growth less a kill that fades, by scipy; the lowest point of a dense solution."""
    found = ours("claret_2009")

    def size(kill):
        own = solve_ivp(
            lambda t, y: (0.003 - kill * np.exp(-0.02 * t)) * y,
            (0, 300), [1.0], rtol=1e-10, atol=1e-12, dense_output=True,
        )  # fmt: skip
        return lambda t: float(own.sol(t)[0])

    for day in (30, 115, 200, 300):
        assert found[f"day_{day}"] == pytest.approx(size(0.03)(day), abs=1.3e-4)
    for name, kill in (("nadir", 0.03), ("nadir_double", 0.06), ("nadir_half", 0.015)):
        lowest = minimize_scalar(size(kill), bounds=(1, 299), method="bounded").x
        assert found[name] == pytest.approx(lowest, abs=0.015)


def test_fu_2015_is_its_generating_functions():
    """Extinction of four types (sensitive and resistant, high and low) by scipy."""
    found = ours("fu_2015")

    def chance(exchange, levels, hill=3.0, watched=(2, 3)):
        kills = [0.08 * level**hill / (1 + level**hill) for level in levels]
        death = 0.12 + np.array([*kills, 0.0, 0.0])  # sensitive high, low; resistant high, low

        def slope(_t, f):
            other = f[[1, 0, 3, 2]]
            born = 0.14 * f**2
            born[:2] -= 0.14e-6 * f[:2] * (f[:2] - f[2:])
            return born + death + exchange * other - (0.14 + death + exchange) * f

        none = np.array([0.0 if kind in watched else 1.0 for kind in range(4)])
        last = solve_ivp(slope, (0, 200), none, method="LSODA", rtol=1e-12, atol=1e-14).y[:, -1]
        return -np.expm1(500 * np.log(last[:2]).sum())

    apart = chance(0, (1, 0), watched=(3,)) / chance(0, (1, 0), watched=(2,))
    assert found["arises"] == pytest.approx(apart, rel=1e-3)
    for name, exchange in (("below_1", 1e-4), ("below_2", 1e-3), ("above_1", 0.1), ("above_2", 1)):
        expected = chance(exchange, (1, 0)) / chance(exchange, (0.5, 0.5))
        assert found[name] == pytest.approx(expected, rel=1e-3)
    concave = chance(1, (1, 0), hill=1) / chance(1, (0.5, 0.5), hill=1)
    assert found["no_threshold"] == pytest.approx(concave, rel=1e-3)


def test_foo_michor_2009_is_its_days_one_by_one():
    """Two types, each day's mean growth from the level of that day."""
    found = ours("foo_michor_2009")

    def regrows(week, cost=1 / 14, retention=0.1, hill=3):
        sensitive, resistant, day = 1e7 * (1 - 1e-4), 1e3, 0

        def grown(birth, level):
            return np.exp(birth - 0.12 - 0.06 * level**hill / (1 + level**hill))

        while day < 1600:
            last = sensitive + resistant
            level = week[day % 7]
            born = 0.14e-6 * sensitive  # mutants of the day, at its end
            sensitive *= grown(0.14, level)
            resistant = resistant * grown(0.14 * (1 - cost), retention * level) + born
            day += 1
            if sensitive + resistant >= 1.2e7:
                return day - 1 + np.log(1.2e7 / last) / np.log((sensitive + resistant) / last)
        return np.nan

    both, even, pulses = [8, *[1] * 6], [2] * 7, [14, *[0] * 6]

    def over(**own):
        return regrows(both, **own) / max(regrows(even, **own), regrows(pulses, **own))

    assert found["slow"] == pytest.approx(over(), rel=0.01)
    assert found["out_of_reach"] == pytest.approx(over(retention=0), rel=0.01)
    assert found["half"] == pytest.approx(over(hill=1, cost=0), rel=0.01)
    gained = [regrows(both, cost=c) - regrows(even, cost=c) for c in (1 / 14, 0)]
    assert found["gains"] == pytest.approx(gained[0] / gained[1], rel=0.03)


def test_laleh_2022_is_its_laws_integrated():
    """Each law's growth per day by scipy, sizes in units of the start."""
    found, ten = ours("laleh_2022"), 10.0
    laws = {
        "exponential": lambda y: 0.02 * y,
        "logistic": lambda y: 0.02 * y * (1 - y / ten),
        "gompertz": lambda y: 0.02 * y * np.log(ten / y),
        "bertalanffy": lambda y: 0.03 * y ** (2 / 3) - 0.01 * y,
        "general_bertalanffy": lambda y: 0.03 * y**0.8 - 0.01 * y,
    }
    for name, law in laws.items():
        own = solve_ivp(lambda _t, y, law=law: law(y), (0, 200), [1.0], rtol=1e-10, atol=1e-12)
        assert found[name] == pytest.approx(own.y[0, -1], rel=1e-5)
    waiting = {own.id: own.verdict for own in quick_tier("laleh_2022").verdicts if own.ours is None}
    assert waiting == dict.fromkeys(("trade_off", "forecast"), "waiting for that engine")


def test_komarova_2005_two_drugs_is_a_branching_process_of_single_mutants():
    """Lineages of single mutants begin in a growing tumor; a double mutant lasts with s."""
    size, u = 1e9, 1e-6

    def fails(death):
        grows = 1 - death

        def slope(t, y):
            without = y[
                0
            ]  # chance that a single mutant's lineage, t days old, holds none that lasts
            back = (1 - u) * without**2 + u * without * (1 - grows) + death
            return [back - (1 + death) * without, np.exp(-grows * t) * (1 - without)]

        own = solve_ivp(slope, (0, 60 / grows), [1.0, 0.0], method="LSODA", rtol=1e-9, atol=1e-16)
        return -np.expm1(-2 * u * size * own.y[1, -1])

    found = ours("komarova_2005")
    assert found["two_half"] == pytest.approx(fails(0.5) / fails(0), rel=0.01)
    assert found["two_most"] == pytest.approx(fails(0.9) / fails(0), rel=0.01)


def test_recist_geometry_is_a_sphere_integrated():
    """Volumes of solids of revolution, not powers of a diameter."""

    def volume(diameter):
        return quad(lambda z: np.pi * ((diameter / 2) ** 2 - z**2), -diameter / 2, diameter / 2)[0]

    found = ours("recist_geometry")
    for name, before, after in (
        ("response", 10, 7),
        ("progression", 100, 120),
        ("five_mm", 10, 15),
    ):
        row = next(row for row in entry("recist_geometry").numbers if row.id == name)
        assert found[name] == pytest.approx(volume(after) / volume(before), abs=row.tolerance)
