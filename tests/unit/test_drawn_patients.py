"""Here: what patients' numbers are and what they must keep. Not here: their distributions
(see ``statistical/test_drawn_patients``).
"""

import subprocess
import sys

import numpy as np
import pytest

from countermove.foundation import ScenarioError
from countermove.foundation.streams import patient_streams
from countermove.scenario import Growth
from countermove.scenario.quantities import place_at
from countermove.scenario.variation import differences
from countermove.simulation.drawing import Drawing
from countermove.simulation.drawing_checks import Numbers, reach_of
from countermove.simulation.drawing_laws import block_of, uniforms
from support.drawn import LEVELS, differing, draw_patients
from support.helpers import ROOT

VARY = {
    "tumor.birth": {
        "normal": ["0.15 /day", "0.01 /day"],
        "truncate": ["0.131 /day", None],
        "correlated_with": {"drugs.A.levels.clearance": 0.5},
    },
    "drugs.A.levels.clearance": {"lognormal_cv": 0.3},
    "drugs.A.kill": {"gamma": [0.04, 0.3]},
    "tumor.diagnosed_at": {"loguniform": ["1e8 cells", "1e10 cells"]},
    "drugs.B.kill": {"beta": [2, 3], "between": ["0.01 /day", 0.1]},
}
COVARIATES = {
    "age": {"normal": [65, 9], "truncate": [18, None], "correlated_with": {"tumor.birth": -0.2}},
    "sex": {"discrete": {"values": ["f", "m"]}},
}


def refusal(patients, count=200, **parts):
    with pytest.raises(ScenarioError) as caught:
        draw_patients(differing(patients, **parts), 0, count)
    return str(caught.value)


def test_chunks_do_not_matter():
    scenario = differing({"vary": VARY, "covariates": COVARIATES})
    whole = draw_patients(scenario, 0, 1000)
    drawing = Drawing(scenario)
    parts = [drawing.patients(first, 125) for first in range(0, 1000, 125)]
    assert set(whole.values) == set(VARY)
    assert set(whole.covariates) == set(COVARIATES)
    for path, values in whole.values.items():
        assert values.dtype == np.float64
        assert np.array_equal(values, np.concatenate([part.values[path] for part in parts]))
    for name, values in whole.covariates.items():
        assert np.array_equal(values, np.concatenate([part.covariates[name] for part in parts]))
    assert draw_patients(scenario, 3, 0).values["tumor.birth"].shape == (0,)


def test_the_treatment_and_independent_numbers_do_not_change_a_patient():
    one = draw_patients(differing({"vary": {"drugs.A.kill": VARY["drugs.A.kill"]}}), 5, 50)
    all_ = draw_patients(
        differing(
            {"vary": VARY, "covariates": COVARIATES},
            treatment={"policy": "sequential", "drugs": ["B", "A"]},
        ),
        5,
        50,
    )
    assert np.array_equal(one.values["drugs.A.kill"], all_.values["drugs.A.kill"])


def test_the_seed_changes_every_number():
    first = draw_patients(differing({"vary": VARY}), 0, 50).values
    other = draw_patients(differing({"vary": VARY}, seed=2), 0, 50).values
    assert all(not np.any(first[path] == other[path]) for path in first)


def test_another_process_draws_the_same_bits():
    code = (
        "from support.drawn import differing, draw_patients;"
        "v = draw_patients(differing({'vary': {'drugs.B.kill': {'normal': [0.05, 0.001]}}}), 9, 1);"
        "print(float(v.values['drugs.B.kill'][0]).hex())"
    )
    run = [sys.executable, "-c", code]
    path = {"PYTHONPATH": ":".join([*sys.path, str(ROOT / "tests")]), "PYTHONHASHSEED": "7"}
    done = subprocess.run(run, capture_output=True, text=True, check=True, env=path)
    here = draw_patients(differing({"vary": {"drugs.B.kill": {"normal": [0.05, 0.001]}}}), 9, 1)
    assert done.stdout.strip() == float(here.values["drugs.B.kill"][0]).hex()


def test_uniform_numbers_are_of_their_own_stream():
    patients = np.arange(100, 200, dtype=np.uint64)
    drawn = uniforms(7, patients, 0)
    words = patient_streams(7, 100, 100, 3)[:, 0]
    assert np.array_equal(drawn, ((words >> np.uint64(12)).astype(float) + 0.5) * 2.0**-52)
    assert np.all((drawn > 0.0) & (drawn < 1.0))
    assert block_of("tumor.birth") != block_of("tumor.death")


@pytest.mark.parametrize(
    "variation",
    [
        {"lognormal_cv": 0},
        {"normal": ["0.14 /day", 0]},
        {"lognormal": [0.14, 0]},
        {"gamma": [0.14, 0]},
        {"discrete": {"values": [0.14]}},
        {"normal": [0.14, 0], "truncate": [0.13, 0.14]},
    ],
)
def test_without_spread_a_number_is_the_scenarios_bit_for_bit(variation):
    values = draw_patients(differing({"vary": {"tumor.birth": variation}}), 0, 20).values
    assert values["tumor.birth"].tolist() == [0.14] * 20


def test_numbers_come_in_base_units():
    values = draw_patients(
        differing(
            {
                "vary": {
                    "drugs.A.levels.clearance": {"discrete": {"values": ["2 L/h"]}},
                    "drugs.A.levels.every": {"discrete": {"values": ["12 h"]}},
                    "niches.brain.share": {"discrete": {"values": ["3 %"]}},
                }
            }
        ),
        0,
        1,
    ).values
    assert {path: float(value[0]) for path, value in values.items()} == {
        "drugs.A.levels.clearance": 48.0,
        "drugs.A.levels.every": 0.5,
        "niches.brain.share": 0.03,
    }


def test_a_dose_in_mg_is_varied_in_mg_and_a_bare_level_has_no_unit():
    levels = LEVELS | {"volume": "10 L", "dose": "960 mg", "molar_mass": 490}
    drugs = {"A": {"kill": 0.04, "ec50": "1 uM", "levels": levels}, "B": {"levels": 3}}
    vary = {"drugs.A.levels.dose": {"discrete": {"values": ["1 g"]}}}
    values = draw_patients(differing({"vary": vary}, drugs=drugs), 0, 1).values
    assert values["drugs.A.levels.dose"].tolist() == [1000.0]
    with pytest.raises(ScenarioError, match=r"drugs\.B\.levels\.level\.normal\.0: got '3 uM'"):
        differing({"vary": {"drugs.B.levels.level": {"normal": ["3 uM", 1]}}}, drugs=drugs)


def test_a_combination_is_found_in_any_order():
    start = {"cells": 1e9, "fractions": {"r + s": 1e-6}}
    scenario = differing(
        {"vary": {"tumor.start.fractions.s+r": {"uniform": [0, 1e-5]}}},
        tumor={"birth": 0.14, "death": 0.13, "start": start},
        alterations={
            "r": {"mechanism": "target", "drug": "A", "rate": 1e-8},
            "s": {"mechanism": "target", "drug": "B", "rate": 1e-8},
        },
    )
    assert list(draw_patients(scenario, 0, 1).values) == ["tumor.start.fractions.r + s"]


def test_a_place_tells_unit_range_and_the_scenarios_own_number():
    scenario = differing()
    assert place_at(scenario, "tumor.birth").quantity.dimension == "rate"
    assert place_at(scenario, "tumor.diagnosed_at").quantity.low == 1.0
    assert place_at(scenario, "niches.brain.penetration").quantity.high == 1.0
    assert place_at(scenario, "drugs.A.levels.clearance").own == 30.0
    for wrong in ("tumor", "tumor.growth.law", "patients.number", "tumor.birth.x", "", "drugs.C"):
        with pytest.raises(ScenarioError, match="expected the path of a number"):
            place_at(scenario, wrong)


@pytest.mark.parametrize(
    ("patients", "parts", "expected"),
    [
        (
            {"vary": {"tumor.birth": {"normal": [0.14, 1]}}},
            {},
            "patients.vary.tumor.birth: got -",
        ),
        (
            {"vary": {"tumor.birth": {"uniform": [0.12, 0.14]}}},
            {},
            "expected birth above death, or the tumor never grows",
        ),
        (
            {"vary": {"tumor.diagnosed_at": {"loguniform": [1e9, 1e13]}}},
            {},
            "expected fewer cells at diagnosis than are lethal. Cut the distribution off",
        ),
        (
            {"vary": {"tumor.growth.capacity": {"loguniform": [1e9, 1e12]}}},
            {
                "tumor": {
                    "birth": 0.14,
                    "death": 0.07,
                    "diagnosed_at": 1e9,
                    "growth": {"law": "logistic", "capacity": 1e11},
                }
            },
            "where births and deaths balance under logistic growth",
        ),
        (
            {"vary": {"niches.brain.share": {"uniform": [0.9, 1]}}},
            {},
            "niches.marrow.share 0.02 for patient 1, expected shares that sum to at most 1",
        ),
        (
            {"vary": {"drugs.A.levels.dose": {"uniform": [1, 30]}}},
            {
                "drugs": {
                    "A": {"levels": LEVELS | {"volume": "1 L"}, "limits": {"per_day": 20}},
                    "B": {},
                }
            },
            "expected at most drugs.A.limits.per_day, 20",
        ),
        (
            {"vary": {"tumor.birth": {"normal": [0.14, 0.001], "truncate": [0.16, None]}}},
            {},
            "patients.vary.tumor.birth.truncate: got 0.16 to inf, where",
        ),
    ],
    ids=["range", "birth", "lethal", "reach", "shares", "limit", "mass"],
)
def test_a_patient_that_cannot_be_is_named_with_the_remedy(patients, parts, expected):
    text = refusal(patients, **parts)
    assert expected in text
    assert "for patient" in text or "truncate:" in text


@pytest.mark.parametrize(
    "growth",
    [
        {"law": "exponential"},
        {"law": "logistic", "capacity": 1e12},
        {"law": "logistic", "capacity": 1e12, "acts_on": "death"},
        {"law": "gompertz", "capacity": 1e12},
        {"law": "power", "exponent": 0.7, "reference": 1e7},
        {"law": "power", "exponent": 1},
        {"law": "power", "exponent": 0.999},
        {"law": "power", "exponent": 0.5, "acts_on": "death"},
    ],
)
def test_reach_of_many_is_the_reach_of_each(growth):
    tumor = {"birth": 0.14, "death": 0.01, "diagnosed_at": 10, "growth": growth}
    scenario = differing(tumor=tumor)
    death = np.array([0.0, 0.01, 0.05])
    many = reach_of(Numbers(scenario, {"tumor.death": death}, 0))
    each = [Growth(**growth).reach(0.14, float(one)) for one in death]
    assert np.allclose(np.broadcast_to(many, (3,)), each, rtol=1e-12)


def test_the_nearest_possible_correlations_are_possible():
    near = {"a": 0.9, "b": 0.9}
    vary = {
        "tumor.birth": {"lognormal_cv": 0.01, "correlated_with": {"tumor.death": near["a"]}},
        "tumor.death": {"lognormal_cv": 0.01, "correlated_with": {"drugs.A.kill": -0.9}},
        "drugs.A.kill": {"lognormal_cv": 0.01, "correlated_with": {"tumor.birth": near["b"]}},
    }
    with pytest.raises(ScenarioError) as caught:
        differing({"vary": vary})
    remedy = caught.value.remedy.removeprefix("The nearest that is: ").removesuffix(".")
    for pair in remedy.split("; "):
        one, _, rest = pair.partition(" with ")
        other, _, value = rest.rpartition(" ")
        for path, variation in vary.items():
            if path in (one, other) and {one, other} == {path, *variation["correlated_with"]}:
                variation["correlated_with"] = dict.fromkeys({one, other} - {path}, float(value))
    assert len(differences(differing({"vary": vary})).groups) == 1


def test_all_patients_are_checked_before_a_run():
    rare = {"tumor.birth": {"normal": [0.16, 0.0075]}}  # below death once in 30,000
    drawing = Drawing(differing({"vary": rare, "number": 10}))
    drawing.check()
    with pytest.raises(ScenarioError, match=r"for patient \d{3,}, expected birth above death"):
        Drawing(differing({"vary": rare, "number": 400_000})).check()


def test_a_covariate_of_words_keeps_its_words():
    drawn = draw_patients(
        differing({"covariates": COVARIATES | {"age": {"uniform": [1, 2]}}}), 0, 99
    )
    assert set(drawn.covariates["sex"]) == {"f", "m"}
    assert drawn.values == {}
