"""Here: the tables of an explanation against hand-made numbers. Not here: how they are shown."""

import json
import math

import numpy as np
import pytest

import countermove as cm
from countermove.model import compile_model
from countermove.model.explain import doubling_time, equilibrium_size
from countermove.model.regimens import regimens_of
from support.terminal import SMALL


def scenario(**more):
    """Bozic's rates and one drug, with changes."""
    document = {
        "countermove": 1,
        "name": "a tumor",
        "tumor": {"birth": "0.14 /day", "death": "0.13 /day", "diagnosed_at": "1e9 cells"},
        "drugs": {"A": {"kill": "0.04 /day"}},
        "alterations": {
            "r": {"mechanism": "target", "drug": "A", "rate": {"positions": 50, "per_base": 1e-9}}
        },
        "treatment": {"policy": "continuous", "drugs": ["A"]},
        "follow_up": "3 years",
    }
    return cm.loads(json.dumps(document | more), format="json")


def by_first(table):
    return {row[0]: row[1:] for row in table.rows}


def test_rates_off_drug_and_on_it():
    off, on = cm.explain(scenario()).births_and_deaths
    assert (off.title, on.title) == ("Types off drug", "Types under A")
    doubling = math.log(2.0) / 0.01
    assert by_first(off)["ancestral"] == pytest.approx((0.14, 0.13, 0.01, doubling))
    assert by_first(on)["ancestral"] == pytest.approx((0.14, 0.17, -0.03, -math.log(2.0) / 0.03))
    assert by_first(on)["r"] == pytest.approx((0.14, 0.13, 0.01, doubling))


def test_mutation_is_per_division_and_per_day():
    rows = cm.explain(scenario()).mutation.rows
    assert rows == (("ancestral", "r", pytest.approx(5e-8), pytest.approx(5e-8 * 0.14)),)


def test_every_default_is_shown():
    found = by_first(cm.explain(scenario()).scenario)
    assert found["monitoring.imaging.every"] == ("56 days",)
    assert found["treatment.drugs"] == ("[A]",)


def test_a_pulsed_level_counts_by_its_share_of_time():
    levels = {"kind": "pulsed", "level": 1, "on": "2 days", "off": "6 days"}
    found = cm.explain(scenario(drugs={"A": {"kill": "0.04 /day", "levels": levels}}))
    under = by_first(found.births_and_deaths[1])
    # half effect at a level of one EC50, a quarter of the time
    assert under["ancestral"][1] == pytest.approx(0.13 + 0.04 * 0.5 * 0.25)
    assert by_first(found.drugs)["A"][2:4] == ("0 to 1", "0 to 0.5")


def test_levels_at_steady_state_are_those_of_the_geometric_series():
    levels = {"kind": "one_compartment", "dose": 8, "every": "1 day", "half_life": "1 day"}
    found = scenario(drugs={"A": {"kill": "0.04 /day", "levels": levels}})
    regimen = regimens_of(found)[1]
    level, days = regimen.levels[:, 0], np.diff(regimen.edges)
    # each dose finds half of the peak left: peak 16, trough 8
    assert level.max() == pytest.approx(16.0, rel=0.01)
    assert level.min() == pytest.approx(8.0, rel=0.01)
    assert level @ days / days.sum() == pytest.approx(8.0 / math.log(2.0), rel=1e-9)


def test_lines_are_explained_one_by_one_and_unused_drugs_named():
    drugs = {name: {"kill": "0.04 /day"} for name in ("A", "B", "C")}
    treatment = {"policy": "sequential", "drugs": ["A", ["A", "B"]]}
    found = cm.explain(scenario(drugs=drugs, treatment=treatment))
    titles = [table.title for table in found.births_and_deaths]
    assert titles == ["Types off drug", "Types under A", "Types under A + B"]
    assert by_first(found.births_and_deaths[2])["ancestral"][1] == pytest.approx(0.21)
    assert by_first(found.drugs)["C"][-1] == "never given"
    assert any(note.startswith("C: in no line") for note in found.notes)


@pytest.mark.parametrize(
    ("growth", "size"),
    [
        ({"law": "logistic", "capacity": 1e12, "acts_on": "birth"}, 1e12 * (1 - 0.13 / 0.14)),
        ({"law": "logistic", "capacity": 1e12, "acts_on": "death"}, 1e12),
        ({"law": "gompertz", "capacity": 1e12, "acts_on": "death"}, 1e12),
        ({"law": "exponential"}, math.inf),
        ({"law": "power", "exponent": 0.75, "reference": 1e9}, 1e9 * (0.14 / 0.13) ** 4),
    ],
)
def test_equilibrium_balances_births_and_deaths(growth, size):
    tumor = {"birth": 0.14, "death": 0.13, "diagnosed_at": 1e5, "growth": growth}
    own = scenario(tumor=tumor)
    assert equilibrium_size(own, compile_model(own), 0) == pytest.approx(size)
    assert by_first(cm.explain(own).tumor)["bulk"] == (1e5, pytest.approx(size))


def test_gompertz_on_birth_balances_below_capacity():
    growth = {"law": "gompertz", "capacity": 1e12, "acts_on": "birth"}
    tumor = {"birth": 1.0, "death": 0.25, "diagnosed_at": 1e5, "growth": growth}
    own = scenario(tumor=tumor)
    size = equilibrium_size(own, compile_model(own), 0)
    assert 1.0 * (1.0 - math.log(size) / math.log(1e12)) == pytest.approx(0.25)


def test_moves_are_told_off_drug_and_on_it_and_not_repeated_by_genotype():
    state = {"enter": "1e-4 /day", "enter_under": {"A": "5e-3 /day"}, "leave": "0.03 /day"}
    found = cm.explain(scenario(states={"persister": state}))
    rows = {row[:2]: row[2:] for row in found.moves.rows}
    entering = ("ancestral | cycling", "ancestral | persister")
    assert rows[entering] == pytest.approx((1e-4, 5.1e-3))
    # a resistant cell does not feel the drug, so it moves at another rate and is told
    assert rows["r | cycling", "r | persister"] == pytest.approx((1e-4, 1e-4))
    assert ("r | persister", "r | cycling") not in rows


def test_niches_share_the_tumor_at_diagnosis():
    niches = {"brain": {"share": 0.01, "capacity": "1e10 cells"}}
    found = by_first(cm.explain(scenario(niches=niches)).tumor)
    assert found["brain"] == pytest.approx((1e7, 1e10 * (1 - 0.13 / 0.14)))
    assert found["bulk"] == pytest.approx((0.99e9, math.inf))


def test_large_models_are_cut_and_say_so():
    alterations = {f"r{n}": {"mechanism": "target", "drug": "A", "rate": 1e-9} for n in range(6)}
    found = cm.explain(scenario(alterations=alterations), most=10)
    off = found.births_and_deaths[0]
    assert (len(off.rows), off.left_out) == (10, 54)
    assert (len(found.mutation.rows), found.mutation.left_out) == (10, 6 * 32 - 10)
    assert "... and 54 more" in str(found)


def test_text_and_dict_hold_every_table():
    found = cm.explain(scenario())
    text = str(found)
    assert all(table.title in text for table in found.tables)
    assert json.loads(json.dumps(found.to_dict()))["types"] == 2
    assert cm.loads(json.dumps(found.document), format="json") == scenario()


@pytest.mark.parametrize(("net", "days"), [(0.0, None), (math.log(2.0), 1.0), (-math.log(2.0), -1)])
def test_doubling_time(net, days):
    assert doubling_time(net) == (None if days is None else pytest.approx(days))


def test_average_rates_are_those_of_the_closed_form():
    levels = {"kind": "one_compartment", "dose": 3, "every": "1 day", "half_life": "6 hours"}
    own = scenario(drugs={"A": {"kill": "0.04 /day", "hill": 3, "levels": levels}})
    model, regimen = compile_model(own), regimens_of(own)[1]
    # four half lives a day: the peak p falls to p / 16; the effect of a falling exponential
    # integrates to ln((1 + p^3) / (1 + (p / 16)^3)) over 3 ln 16
    peak = 3.0 / (1.0 - 1.0 / 16.0)
    effect = math.log((1.0 + peak**3) / (1.0 + (peak / 16.0) ** 3)) / (3.0 * math.log(16.0))
    assert regimen.rates(model).death[0] == pytest.approx(0.13 + 0.04 * effect, rel=1e-9)


EACH = [{"size": 2e9, "organ": "lung"}, {"size": 1e8, "niche": "brain"}]


@pytest.mark.parametrize(
    ("lesions", "said"),
    [
        ({"number": 3, "size": 1e9}, "lesions: 3, of 1e9 cells each"),
        ({"number": {"uniform": [2, 4]}}, "lesions: 2 to 4 drawn for each patient, of one size"),
        (
            {"number": 2, "size": {"lognormal": [1e9, 0.5]}},
            "lesions: 2, sizes drawn for each lesion",
        ),
        (EACH, "lesions: 2, of 2e9 cells (organ lung); 1e8 cells (niche brain)"),
        (None, ""),
    ],
)
def test_lesions_are_told_by_number_size_and_place(lesions, said):
    more = {} if lesions is None else {"lesions": lesions}
    found = cm.explain(scenario(niches={"brain": {"penetration": 0}}, **more))
    assert [note for note in found.notes if note.startswith("lesions")] == ([said] if said else [])


def test_a_number_that_arithmetic_made_is_told_in_six_digits():
    text = SMALL.replace("death: 0.1 /day", "doubling_time: 24.4 days")
    rows = dict(cm.explain(cm.loads(text)).scenario.rows)
    assert rows["tumor.death"] == "0.471592 /day"


def test_a_size_given_as_a_diameter_is_told_in_six_digits():
    text = SMALL.replace("diagnosed_at: 1e5 cells", "diagnosed_at: 2 cm")
    assert "until there are 4.18879e+09 cells;" in cm.explain(cm.loads(text)).notes[0]
