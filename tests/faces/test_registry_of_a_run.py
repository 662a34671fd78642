"""Here: what real runs return, held to the registry of outputs. Not here: made-up tables
(``unit/test_results_runs``).
"""

import numpy as np
import pytest

import countermove as cm
from countermove.results.registry import DOSE, OUTCOMES, VARIABLES

TEXT = """
countermove: 1
name: Everything that a run returns
tumor: {birth: 0.14 /day, death: 0.13 /day, diagnosed_at: 1e6 cells}
drugs: {A: {kill: 0.05 /day}}
alterations: {r: {mechanism: target, drug: A, rate: 1e-5}}
treatment: {policy: continuous, drugs: [A]}
follow_up: 1 year
"""
MORE = """
lesions: {number: {poisson: 2}}
patients:
  vary: {drugs.A.kill: {lognormal_cv: 0.1}}
  covariates: {age: {normal: [65, 9]}, sex: {discrete: {values: [f, m]}}}
"""


@pytest.fixture(scope="module", params=["", MORE], ids=["plain", "differing"])
def runs(request):
    return cm.simulate(cm.loads(TEXT + request.param), patients=20)


def test_every_column_of_a_run_is_registered_with_its_type(runs):
    drawn = [name for name in runs.table.columns if name not in OUTCOMES and name != "dose_A"]
    assert [n for n in runs.table.columns if n not in drawn] == [*OUTCOMES, "dose_A"]
    for name in (*OUTCOMES, DOSE):
        kind = runs.table[name.replace("<drug>", "A")].dtype
        expected = {"str": "category"}.get(VARIABLES[name].dtype, VARIABLES[name].dtype)
        assert str(kind) == expected, name
    scenario = cm.from_document(runs.document)
    assert set(drawn) == {*scenario.patients.vary, *scenario.patients.covariates}


def test_every_trajectory_of_a_run_is_registered_with_dimensions_and_unit(runs):
    for name, variable in runs.trajectories.variables.items():
        entry = VARIABLES[str(name)]
        assert variable.dims == entry.dims, name
        assert variable.attrs["units"] == entry.unit, name
        assert variable.attrs["meaning"] == entry.meaning, name
    several = runs.table["lesions"].max() > 1
    assert ("lesion_burden" in runs.trajectories) == several


def test_every_variable_says_whether_a_clinic_sees_it():
    assert {entry.source for entry in VARIABLES.values()} == {"seen", "truth"}
    assert VARIABLES["cured"].source == VARIABLES["relapse_origin"].source == "truth"
    assert VARIABLES["overall_survival"].source == VARIABLES["lines"].source == "seen"


def test_numbers_in_a_run_are_within_reason(runs):
    table = runs.outcomes()
    assert (table["lesions_left"] <= table["lesions"]).all()
    assert (table["progression_free_survival"] <= table["overall_survival"]).all()
    assert (table["nadir"] <= table["baseline"]).all()
    assert np.isfinite(table["overall_survival"]).all()
