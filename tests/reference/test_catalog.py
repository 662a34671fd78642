"""Here: every entry of the catalog, recomputed and against second hands; entries that are wrong.

Not here: the commands (``faces/test_cli_reproduce``).
"""

import ast
import re

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import norm

from countermove.catalog import entry, entry_names, read_entry, reproduce, search
from countermove.foundation import ScenarioError
from support.helpers import ROOT

FOLDER = ROOT / "src" / "countermove" / "catalog" / "entries"
PUBLIC = {"countermove", "numpy", "scipy", "collections.abc", "typing", "math"}


@pytest.fixture(scope="module")
def done():
    """Each entry's quick tier, computed once."""
    found = {}

    def quick(name):
        if name not in found:
            found[name] = reproduce(entry(name))
        return found[name]

    return quick


def ours(done, name):
    return {own.id: own.ours for own in done(name).verdicts}


SLOW = ("palmer_sorger_2017",)
ENTRIES = [
    pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in entry_names()
]


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_gives_its_papers_numbers(done, name):
    bad = [(own.id, own.ours, own.verdict, own.note) for own in done(name).verdicts if own.bad]
    assert bad == []


@pytest.mark.parametrize("name", entry_names())
def test_a_check_uses_the_public_calls_alone(name):
    tree = ast.parse((FOLDER / name / "check.py").read_text(encoding="utf-8"))
    taken = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {module for module in taken if module.split(".")[0] not in PUBLIC} <= PUBLIC


def test_a_number_that_is_off_fails_the_entry():
    """The companion: the same entry with ours moved by two tolerances."""
    own = entry("bozic_2013")
    good = {row.id: row.differs[0] if row.differs else row.low for row in own.numbers}
    assert reproduce(own, full=True, check=lambda _q, _f: good).passed
    moved = {**good, "cures_cross": 0.263 + 0.002}
    assert not reproduce(own, full=True, check=lambda _q, _f: moved).passed
    differing = {**good, "dual_5.4e10": 0.0655}
    assert not reproduce(own, full=True, check=lambda _q, _f: differing).passed
    agreeing = {**good, "dual_5.4e10": 0.068}
    assert not reproduce(own, full=True, check=lambda _q, _f: agreeing).passed


def test_a_number_left_out_or_in_no_paper_fails_the_entry():
    own = entry("bozic_2013")
    good = {row.id: row.differs[0] if row.differs else row.low for row in own.numbers}
    less = {name: value for name, value in good.items() if name != "cures"}
    words = {v.id: v.verdict for v in reproduce(own, full=True, check=lambda _q, _f: less).verdicts}
    assert words["cures"] == "not computed"
    more = {**good, "another": 1.0}
    last = reproduce(own, full=True, check=lambda _q, _f: more)
    assert not last.passed
    assert last.verdicts[-1].verdict == "no such number"


def test_an_error_of_the_engine_is_a_verdict_of_each_number():
    def broken(_questions, _full):
        raise ScenarioError("tumor", got="nothing", expected="a tumor")

    found = reproduce(entry("bozic_2013"), check=broken)
    assert not found.passed
    assert "expected a tumor" in found.verdicts[0].note


GOOD = """
title: A result
sources: [doi:10.7554/eLife.00747]
numbers:
  - id: share
    says: A share
    value: 0.5
    unit: ""
    place: table 1
    status: published text read
    tolerance: 0.1
    why: rounding
"""


def written(folder, text=GOOD):
    (folder / "reported.yaml").write_text(text, encoding="utf-8")
    for file in ("scenario.yaml", "reading.md", "check.py"):
        (folder / file).write_text((FOLDER / "bozic_2013" / file).read_text("utf-8"), "utf-8")
    return folder


def test_an_entry_is_read(tmp_path):
    (row,) = read_entry(written(tmp_path)).numbers
    assert (row.low, row.high, row.tolerance) == pytest.approx((0.4, 0.6, 0.1))


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("    place: table 1\n", "", "numbers.share.place: got nothing"),
        ("place: table 1", "place: ' '", "numbers.share.place"),
        ("    says: A share\n", "", "numbers.share.says"),
        ('    unit: ""\n', "", "numbers.share.unit"),
        ("    status: published text read\n", "", "numbers.share.status"),
        ("status: published text read", "status: from memory", "published text read, data read"),
        ("status: published text read", "status: data reed", "Did you mean 'data read'"),
        ("    value: 0.5\n", "", "numbers.share.value: got no number"),
        ("value: 0.5", "value: half", "numbers.share.value: got 'half'"),
        ("    tolerance: 0.1\n", "", "numbers.share.tolerance"),
        ("tolerance: 0.1", "tolerance: -1", "expected 0 or more"),
        ("    why: rounding\n", "", "numbers.share.why"),
        ("why: rounding", "wy: rounding", "numbers.share.wy: got an unknown field"),
        ("why: rounding", "why: x\n    waits_for: time", "expected one of: genealogies, space"),
        ("why: rounding", "why: x\n    tier: slow", "expected one of: quick, full"),
        ("why: rounding", "why: x\n    differs: 3", "numbers.share.differs"),
        ("why: rounding", "why: x\n    at_most: 3", "both a value and a bound"),
        ("why: rounding", "why: x\n    set: 3", "settings by path"),
        ("title: A result\n", "", "title: got nothing"),
        ("[doi:10.7554/eLife.00747]", "[]", "sources"),
        ("[doi:10.7554/eLife.00747]", "[a book]", "sources"),
        ("title: A result", "titel: A result", "Did you mean 'title'"),
        ("numbers:", "figure: 3\nnumbers:", "figure: got 3, expected names of the axes"),
        ("numbers:", "figure: {x: 3}\nnumbers:", "figure.x: got 3, expected the name of an axis"),
        ("numbers:", "figure: {log: z}\nnumbers:", "figure.log: got 'z', expected a list of x, y"),
        ("eLife.00747]", "eLife.00747, doi:10.7554/elife.00747]", "sources: got a source twice"),
        ("value: 0.5", "value: .inf", "expected a finite number"),
        ("    value: 0.5\n", "    at_least: .nan\n", "numbers.share.at_least: got nan"),
        ("    value: 0.5\n", "    at_least: 3\n    at_most: 1\n", "no more than at_most, 1"),
        ("why: rounding", "why: 3", "numbers.share.why: got 3, expected a text"),
        ("why: rounding", "why: x\n    ask: [1]", "numbers.share.ask: got a list of 1"),
        ("why: rounding", "why: x\n    differs: {ours: 1, why: ''}", "numbers.share.differs.why"),
        ("why: rounding", "why: x\n    waits_for: space\n    not_expressible: y", "one of the two"),
    ],
)
def test_a_wrong_entry_is_refused_by_field(tmp_path, old, new, named):
    assert old in GOOD
    with pytest.raises(ScenarioError, match=re.escape(named)):
        read_entry(written(tmp_path, GOOD.replace(old, new)))


def test_an_entry_without_one_of_its_files_is_refused(tmp_path):
    (written(tmp_path) / "reading.md").unlink()
    with pytest.raises(ScenarioError, match=r"reading\.md"):
        read_entry(tmp_path)


def test_two_numbers_of_one_name_are_refused(tmp_path):
    twice = GOOD + GOOD[GOOD.index("  - id") :]
    with pytest.raises(ScenarioError, match="two numbers"):
        read_entry(written(tmp_path, twice))


def test_an_entry_is_found_by_words_and_what_is_near_is_told():
    known = [entry(name) for name in entry_names()]
    assert [one.name for one in search(known, ["Bozic", "cross"])] == ["bozic_2013"]
    with pytest.raises(ScenarioError, match="Did you mean 'resistance'"):
        search(known, ["resistanse"])
    with pytest.raises(ScenarioError, match="bozic_2013"):
        search(known, ["zzzzzzz"])


# --- second hands: each paper's equations once more ----------------------------------------------


def test_bozic_2013_is_its_formula_and_the_term_left_out(done):
    """Their expansion; without cross resistance 2 M (u n)^2 / s is missing from its exponent."""
    found, u, n, s, t = ours(done, "bozic_2013"), 1e-9, 50, 1 / 14, 1 - 0.17 / 0.14
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


def test_strobl_2021_is_its_equations(done):
    """Their two equations by scipy, the drug decided once a day."""
    found = ours(done, "strobl_2021")

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


def test_viossat_noble_2021_is_its_integral(done):
    slowing, room, limit, resistant = 0.00585, 2e12, 1e10, 2.3e5
    days, _ = quad(lambda x: 1 / (slowing * (np.log(room) - x)), np.log(resistant), np.log(limit))
    assert ours(done, "viossat_noble_2021")["aggressive"] == pytest.approx(days, abs=0.05)
    contained = np.log(limit / resistant) / (slowing * np.log(room / limit))
    row = next(row for row in entry("viossat_noble_2021").numbers if row.id == "contained")
    assert row.value == pytest.approx(contained, abs=0.05)


@pytest.mark.parametrize("m", [1, 2])
def test_luria_delbruck_is_the_recursion(done, m):
    p = [np.exp(-m)]
    for n in range(1, 5):
        p.append(m / n * sum(p[i] / (n - i + 1) for i in range(n)))
    found = ours(done, "luria_delbruck")
    assert [found[f"m{m}_p{k}"] for k in range(5)] == pytest.approx(p, abs=1e-6)


def test_classical_theory_is_its_formulas(done):
    assert ours(done, "luria_delbruck")["plating"] == pytest.approx(
        -0.9 / (0.1 * np.log(0.1)), rel=1e-4
    )
    span = np.log10(np.log(20) / np.log(20 / 19))
    assert ours(done, "goldie_coldman")["span"] == pytest.approx(span, abs=2e-4)
    factor = [np.log(1 / (1 - q)) / q for q in (0.5, 13 / 14)]
    found = ours(done, "iwasa_2006")
    assert [found["half"], found["most"]] == pytest.approx(factor, abs=1e-4)
    one = [ours(done, "komarova_2005")[f"one_{i}"] for i in range(3)]
    assert one == pytest.approx([1 - np.exp(-0.1)] * 3, abs=1e-4)
    mu, many = 1e-8 * np.log(1e13), ours(done, "resistant_to_k_drugs")
    expected = [1e13 * mu**k for k in (1, 2, 3)]
    assert [many[name] for name in ("one", "two", "three")] == pytest.approx(expected, rel=1e-4)


def test_avanzini_2020_is_shed_over_cleared(done):
    expected = 0.136 * 1e9 * 1.4e-4 / (np.log(2) / (30 / 1440)) / 2750
    # 18,000 samples of 8.25 mL hold 30,900 genomes: five standard errors are 2.9%
    assert ours(done, "avanzini_2020")["at_a_billion"] == pytest.approx(expected, rel=0.029)


def test_a_sham_combination_is_its_two_hill_curves(done):
    def hill(level):
        return level / (1 + level)

    assert ours(done, "sham_combination")["bliss"] == pytest.approx(2 * hill(1) / hill(2), rel=1e-6)


@pytest.mark.slow
def test_palmer_sorger_2017_is_the_larger_of_two_correlated_draws(done):
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
    assert ours(done, "palmer_sorger_2017")["predicted_4A"] == pytest.approx(expected, rel=0.05)


def test_stein_2008_is_two_populations_integrated(done):
    """The curve of two exponentials by scipy, and the root of its slope."""
    found, start = ours(done, "stein_2008"), 1.0

    def turn(fall, rise):
        return brentq(lambda t: rise * np.exp(rise * t) - fall * np.exp(-fall * t), 0, 400)

    for day in (30, 67, 120, 200, 300):
        both = solve_ivp(
            lambda _t, y: np.array([-0.02, 0.004]) * y, (0, day), [start, start], rtol=1e-9
        )
        assert found[f"day_{day}"] == pytest.approx(both.y[:, -1].sum() - start, abs=1e-5)
    assert found["nadir"] == pytest.approx(turn(0.02, 0.004), abs=5e-3)  # a parabola of days
    assert found["nadir_slow"] == pytest.approx(turn(0.02, 0.002), abs=5e-3)


def test_claret_2009_is_its_equation_integrated(done):
    """Growth less a kill that fades, by scipy; the lowest point of a dense solution."""
    found = ours(done, "claret_2009")

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


def test_fu_2015_is_its_generating_functions(done):
    """Extinction of four types (sensitive and resistant, high and low) by scipy."""
    found = ours(done, "fu_2015")

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


def test_foo_michor_2009_is_its_days_one_by_one(done):
    """Two types, each day's mean growth from the level of that day."""
    found = ours(done, "foo_michor_2009")

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


def test_laleh_2022_is_its_laws_integrated(done):
    """Each law's growth per day by scipy, sizes in units of the start."""
    found, ten = ours(done, "laleh_2022"), 10.0
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
    waiting = {own.id: own.verdict for own in done("laleh_2022").verdicts if own.ours is None}
    assert waiting == dict.fromkeys(("trade_off", "forecast"), "waiting for that engine")
