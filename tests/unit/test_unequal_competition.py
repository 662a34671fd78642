"""Here: unequal competition, capacity taken, and cells that make others, against equations.

Not here: published numbers (see ``tests/reference/test_catalog.py``).
"""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import countermove as cm
from countermove.engines.mean_field import MeanField, carrying
from countermove.foundation.errors import EngineRefusal, ScenarioError
from countermove.model import compile_model
from countermove.scenario import loads
from countermove.simulation.choose import choose

HEAD = "countermove: 1\nname: test\nfollow_up: 120 days\n"
RIVALS = """
tumor:
  birth: 0.13
  death: 0.03
  growth: {{law: {law}, capacity: 10000, acts_on: {acts_on}}}
  start: {{cells: 6000, fractions: {{R: 0.2, R + T: 0.1}}}}
drugs:
  A: {{takes_capacity: 0.6, kill: 0.05}}
  B: {{takes_capacity: 0.3}}
alterations:
  R: {{mechanism: target, drug: A, rate: 0, cost: 0.3, feels_others: 1.7, crowds_others: 0.4}}
  T: {{mechanism: target, drug: B, rate: 0, feels_others: 0.6, requires: R}}
treatment: {{policy: combination, drugs: [A, B]}}
"""
DAYS = np.array([0.0, 3.0, 20.0, 60.0, 120.0])
KINDS = ((0, 0), (1, 0), (1, 1))  # which of R and T each genotype carries


def rivals_slope(_, n, law, acts_on):
    """Lotka-Volterra equations of the scenario RIVALS under both drugs, written out."""
    out = np.zeros(3)
    for k, (r, t) in enumerate(KINDS):
        felt = 0.0
        for j, (other_r, other_t) in enumerate(KINDS):
            weight = 1.0
            for mine, theirs, feels, crowds in ((r, other_r, 1.7, 0.4), (t, other_t, 0.6, 1.0)):
                weight *= feels if mine and not theirs else crowds if theirs and not mine else 1.0
            felt += weight * n[j]
        room = 10000.0 * (1.0 if r else 0.4) * (1.0 if t else 0.7)
        phi = 1.0 - (felt / room if law == "logistic" else np.log(felt) / np.log(room))
        birth, death, kill = 0.13 * (0.7 if r else 1.0), 0.03, 0.0 if r else 0.05
        if acts_on == "net_growth":
            net = (birth - death) * min(phi, 1.0) - kill
        elif acts_on == "birth":
            net = birth * min(max(phi, 0.0), 1.0) - death - kill
        else:
            net = birth - death - kill - 0.1 * (1.0 - min(max(phi, -1.0), 1.0))
        out[k] = net * n[k]
    return out


def course(text):
    runs = cm.simulate(loads(HEAD + text), every=1.0, origins=False, progress=False)
    cells = runs.trajectories["cells"].values[0]
    return cells[[int(day) for day in DAYS]]


@pytest.mark.parametrize("law", ["logistic", "gompertz"])
@pytest.mark.parametrize("acts_on", ["net_growth", "birth", "death"])
def test_rivals_follow_the_lotka_volterra_equations(law, acts_on):
    found = course(RIVALS.format(law=law, acts_on=acts_on))
    answer = solve_ivp(
        rivals_slope,
        (0.0, 120.0),
        [4200.0, 1200.0, 600.0],
        args=(law, acts_on),
        t_eval=DAYS,
        method="LSODA",
        rtol=1e-10,
        atol=1e-10,
    )
    np.testing.assert_allclose(found, answer.y.T, rtol=1e-5, atol=1e-5)


def test_equal_rivals_give_something_else():
    """Companion: the coefficients are what the test above sees."""
    text = RIVALS.format(law="logistic", acts_on="net_growth")
    equal = text.replace("feels_others: 1.7, crowds_others: 0.4", "feels_others: 1")
    assert abs(course(equal)[-1, 1] / course(text)[-1, 1] - 1.0) > 0.05


def test_stiff_rivals_follow_them_too(monkeypatch):
    plain = course(RIVALS.format(law="logistic", acts_on="net_growth"))
    walk = carrying.walk

    def give_up(cells, owner, system, tolerance, into):
        """Leave every tumor to the implicit method from its first piece on."""
        walk(cells.copy(), owner, system, tolerance, into)
        into.place[:] = 0.0

    monkeypatch.setattr(carrying, "walk", give_up)
    stiff = course(RIVALS.format(law="logistic", acts_on="net_growth"))
    np.testing.assert_allclose(stiff, plain, rtol=1e-5, atol=1e-4)


def test_coefficients_may_differ_between_patients():
    text = HEAD + RIVALS.format(law="logistic", acts_on="net_growth")
    both = compile_model(
        loads(text),
        {
            "alterations.R.feels_others": np.array([1.7, 0.9]),
            "drugs.A.takes_capacity": np.array([0.6, 0.2]),
        },
    )
    alone = loads(text.replace("1.7", "0.9").replace("takes_capacity: 0.6", "takes_capacity: 0.2"))
    other = compile_model(alone)
    assert both.one(1).parameters.weight.tolist() == other.parameters.weight.tolist()
    assert both.one(1).parameters.takes.tolist() == other.parameters.takes.tolist()


HIERARCHY = """
tumor: {birth: 0.004, death: 0.004, lethal_at: 1e15, start: {cells: 1e6}}
drugs:
  A: {levels: 1}
states:
  progenitor: {leave: 0, birth: 0, death: 2,
               made_by: {cycling: {rate: 0.5, held_by: {A: 0.8}}}}
  mature: {leave: 1e-5, birth: 0, death: 50, made_by: {progenitor: {rate: 3}, cycling: {rate: 1}}}
treatment: {policy: continuous, drugs: A}
"""


def test_cells_that_make_others_follow_their_linear_equations():
    found = course(HIERARCHY)
    held = 1.0 - 0.8 * 0.5
    matrix = np.array(
        [
            [0.0, 0.0, 1e-5],
            [0.5 * held, -0.008, 0.0],
            [1.0, 3.0, -0.2 - 1e-5],
        ]
    )
    values, vectors = np.linalg.eig(matrix)
    weights = np.linalg.solve(vectors, np.array([1e6, 0.0, 0.0]))
    exact = np.array([(vectors @ (weights * np.exp(values * t))).real for t in DAYS])
    np.testing.assert_allclose(found, exact, rtol=1e-6, atol=1e-3)


def test_a_maker_stays_what_it_is():
    """Companion: leaving for the state instead loses the stem cells."""
    stem = course(HIERARCHY.replace("leave: 1e-5", "leave: 0"))[:, 0]
    np.testing.assert_allclose(stem, 1e6, rtol=1e-9)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (RIVALS.format(law="logistic", acts_on="birth"), "crowd each other unequally"),
        (HIERARCHY, "make cells of another state"),
    ],
)
def test_engines_that_cannot_say_so(text, asked):
    scenario = loads(HEAD + text)
    assert choose(scenario).engine == "mean_field"
    with pytest.raises(EngineRefusal, match=asked):
        choose(scenario, "branching")
    assert MeanField(compile_model(scenario)).capabilities.making


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("law: logistic, capacity: 10000", "law: exponential", "takes_capacity"),
        ("takes_capacity: 0.6", "takes_capacity: 1", "takes_capacity"),
        ("feels_others: 1.7", "feels_others: -1", "feels_others"),
    ],
)
def test_what_cannot_be_is_refused(old, new, where):
    text = HEAD + RIVALS.format(law="logistic", acts_on="birth")
    with pytest.raises(ScenarioError, match=where):
        loads(text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "got"),
    [
        ("progenitor: {rate: 3}", "progenitors: {rate: 3}", "progenitors"),
        ("made_by: {progenitor: {rate: 3}", "made_by: {mature: {rate: 3}", "itself"),
        ("held_by: {A: 0.8}", "held_by: {a: 0.8}", "held_by"),
    ],
)
def test_makers_that_cannot_be_are_refused(old, new, got):
    with pytest.raises(ScenarioError, match=got):
        loads(HEAD + HIERARCHY.replace(old, new))


@pytest.mark.parametrize("path", ["alterations.R.feels_others", "drugs.A.takes_capacity"])
def test_a_number_in_which_patients_differ_is_not_passed_over(path):
    """An engine that cannot say it would leave it out without a word."""
    plain = RIVALS.format(law="logistic", acts_on="birth")
    for given in ("takes_capacity: 0.6, ", "takes_capacity: 0.3"):
        plain = plain.replace(given, "")
    for given in (", feels_others: 1.7, crowds_others: 0.4", ", feels_others: 0.6"):
        plain = plain.replace(given, "")
    assert choose(loads(HEAD + plain)).engine == "branching"
    vary = f"patients: {{number: 2, vary: {{{path}: {{uniform: [0.2, 0.6]}}}}}}\n"
    assert choose(loads(HEAD + plain + vary)).engine == "mean_field"


def test_exact_names_engines_that_can():
    with pytest.raises(EngineRefusal, match=r"Engines that can: mean_field\."):
        cm.exact(loads(HEAD + HIERARCHY))
