"""Here: drugs whose levels count as more of another (`adds_to`), against the formula written out.

Not here: other ways of combining drugs (``test_dose_response``).
"""

import numpy as np
import pytest

import countermove as cm
from countermove.foundation.errors import ScenarioError
from countermove.model import compile_model
from countermove.scenario import loads
from support.small_scenarios import compiled, type_of, under

TWO = """
countermove: 1
name: test
follow_up: 60 days
tumor: {birth: 0.2, death: 0.05, start: {cells: 1e4}}
drugs:
  A: {kill: 0.3, stop: 0.4, hill: 2, levels: 1}
  B: {adds_to: A, levels: 1}
treatment: {policy: combination, drugs: [A, B]}
"""
RESISTED = (
    "drugs: {A: {kill: 0.3 /day, stop: 0.4, hill: 2.5, levels: 1, substrate_of: pump},"
    " B: {adds_to: A, levels: 1, substrate_of: pump}, C: {adds_to: A, levels: 1},"
    " D: {kill: 0.1 /day, levels: 2}}",
    "alterations: {t: {mechanism: target, drug: B, fold: 4, rate: 1e-7},"
    " g: {mechanism: target, drug: A, rate: 1e-7},"
    " p: {mechanism: efflux, pump: pump, retention: 0.3, levels: 1, rate: 1e-7}}",
    "niches: {brain: {penetration: {A: 0.2, B: 0.5}, exchange: 0.001}}",
)
LEVELS = {"A": 1.2, "B": 0.7, "C": 0.1, "D": 2.0}


def by_formula(carried, niche):
    """Birth and death of a type, each drug's level over its own EC50 in the cell, added."""
    reach = {"A": 0.2, "B": 0.5, "C": 1.0} if niche == "brain" else dict.fromkeys("ABC", 1.0)
    kept = {"A": 0.3, "B": 0.3, "C": 1.0} if "p" in carried else dict.fromkeys("ABC", 1.0)
    fold = {"A": np.inf if "g" in carried else 1, "B": 4 if "t" in carried else 1, "C": 1}
    units = sum(reach[d] * kept[d] * LEVELS[d] / fold[d] for d in "ABC")
    theta = units**2.5 / (1 + units**2.5)
    return 0.2 * (1 - 0.4 * theta), 0.05 + 0.3 * theta + 0.1 * 2 / 3


@pytest.mark.parametrize("niche", ["bulk", "brain"])
@pytest.mark.parametrize("carried", ["ancestral", "t", "g", "p", "t + p", "g + p", "t + g"])
def test_doses_add_before_the_dose_response(carried, niche):
    model = compiled(*RESISTED)
    rates = under(model, **LEVELS)
    kind = type_of(model, carried, niche=niche)
    names = set() if carried == "ancestral" else set(carried.split(" + "))
    found = rates.birth[kind], rates.death[kind]
    assert found == pytest.approx(by_formula(names, niche), rel=1e-12)


def test_the_second_drug_alone_is_the_first():
    model = compiled(*RESISTED)
    one, other = under(model, A=1.2), under(model, B=1.2)
    assert one.death[0] == other.death[0] > 0.05


@pytest.mark.parametrize("engine", ["mean_field", "branching"])
def test_two_halves_are_the_whole_on_every_engine(engine):
    halves = cm.simulate(loads(TWO), patients=2, engine=engine, seed=1, progress=False)
    whole = loads(
        TWO.replace("levels: 1}", "levels: 2}", 1).replace(
            "combination, drugs: [A, B]", "continuous, drugs: A"
        )
    )
    alone = cm.simulate(whole, patients=2, engine=engine, seed=1, progress=False)
    assert halves.trajectories["burden"].to_numpy() == pytest.approx(
        alone.trajectories["burden"].to_numpy(), rel=1e-9
    )


def test_the_dose_response_of_the_first_is_followed_through_doses_of_the_second():
    dosed = "levels: {kind: one_compartment, dose: 3, every: 1 day, half_life: 6 hours}}"
    both = TWO.replace("adds_to: A, levels: 1}", f"adds_to: A, {dosed}")
    one = TWO.replace("hill: 2, levels: 1}", f"hill: 2, {dosed}").replace(
        "combination, drugs: [A, B]", "continuous, drugs: A"
    )
    both = both.replace("combination, drugs: [A, B]", "continuous, drugs: B")
    found = [cm.simulate(loads(t), engine="mean_field", progress=False) for t in (both, one)]
    sizes = [own.trajectories["burden"].to_numpy() for own in found]
    assert sizes[0] == pytest.approx(sizes[1], rel=1e-9)


def test_the_steepness_drawn_for_the_first_holds_for_the_second():
    model = compile_model(loads(TWO), {"drugs.A.hill": np.array([1.0, 3.0])})
    assert model.parameters.hill.tolist() == [[1.0, 1.0], [3.0, 3.0]]


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("adds_to: A,", "adds_to: A, kill: 0.1,", r"drugs.B.kill: .*adds_to"),
        ("adds_to: A,", "adds_to: A, hill: 3,", r"drugs.B.hill"),
        ("adds_to: A,", "adds_to: A, pathway: p,", r"drugs.B.pathway"),
        ("adds_to: A,", "adds_to: A, restores: {death: true},", r"drugs.B.restores"),
        ("adds_to: A, levels: 1", "adds_to: A", r"drugs.B.levels"),
        ("adds_to: A,", "adds_to: a,", r"drugs.B.adds_to: got 'a'.*'A'"),
        ("adds_to: A,", "adds_to: B,", r"drugs.B.adds_to: got itself"),
        ("hill: 2, levels: 1", "", r"drugs.B.adds_to: got 'A', which has no levels"),
        ("treatment:", "  C: {adds_to: B, levels: 1}\ntreatment:", r"drugs.C.adds_to: got 'B'"),
        ("treatment:", "interactions: {A + B: 0.5}\ntreatment:", r"interactions.A \+ B"),
        (
            "treatment:",
            "states: {s: {leave: 0.1, enter_under: {B: 0.1}}}\ntreatment:",
            r"states.s.enter_under: got 'B'",
        ),
        (
            "treatment:",
            "niches: {n: {exchange: 0.1, shelter: {B: 0.1}}}\ntreatment:",
            r"niches.n.shelter: got 'B'",
        ),
    ],
)
def test_what_cannot_add_is_refused(old, new, where):
    with pytest.raises(ScenarioError, match=where):
        loads(TWO.replace(old, new))


def test_only_the_levels_of_the_second_differ_between_patients():
    vary = "patients: {number: 2, vary: {drugs.B.%s: {uniform: [0.5, 1]}}}\ntreatment:"
    assert loads(TWO.replace("treatment:", vary % "levels.level"))
    with pytest.raises(ScenarioError, match=r"Name drugs\.A\.kill"):
        loads(TWO.replace("treatment:", vary % "kill"))


def test_explain_says_whose_effect_it_is():
    text = str(cm.explain(loads(TWO)))
    assert "B counts as more of A" in text
    row = next(line for line in text.splitlines() if line.startswith("A "))
    assert row.split()[4] == "0.8"  # level 2 of the two together, at a Hill coefficient of 2
