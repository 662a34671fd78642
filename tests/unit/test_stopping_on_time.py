"""Here: time on a line that ends, and visits whatever the chunk. Not here: the count of lines."""

import numpy as np
import pandas as pd
import pytest

import countermove as cm
from countermove.foundation import ScenarioError

TEXT = """
countermove: 1
name: t
tumor: {birth: 0.14 /day, death: 0.13 /day, diagnosed_at: 1e9 cells}
drugs: {A: {kill: 0.05 /day}}
treatment: {policy: continuous, drugs: [A], stop: 100 days}
follow_up: 400 days
"""


def test_a_line_ends_with_its_last_dose():
    table = cm.simulate(cm.loads(TEXT), patients=4, progress=False).table
    assert table["time_on_first_line"].tolist() == [100.0] * 4
    assert table["drug_free"].tolist() == [300.0] * 4
    assert table["dose_A"].tolist() == [100.0] * 4


def test_visits_do_not_depend_on_the_chunk():
    own = cm.loads(TEXT + "lesions: {number: {poisson: 4}}\n"
                   "monitoring: {imaging: {every: 8 weeks, error: 10%}}\n")  # fmt: skip
    whole = cm.simulate(own, patients=30, progress=False).visits
    for chunk in (1, 7):
        parts = cm.simulate(own, patients=30, chunk=chunk, progress=False).visits
        pd.testing.assert_frame_equal(whole, parts, check_exact=True)
    lesions = whole["observable"].str.startswith("diameter")
    assert lesions.any()
    assert np.isfinite(whole["value"]).all()


def test_a_density_of_its_own_does_not_go_with_a_size_that_is_seen():
    vary = "patients: {vary: {tumor.cells_per_cm3: {uniform: [1e8, 1e9]}}}\n"
    assert len(cm.simulate(cm.loads(TEXT + vary), patients=3, progress=False).table) == 3
    for more in ("monitoring: {imaging: {limit: 5 mm}}\n", "endpoints: {detectable: 5 mm}\n"):
        with pytest.raises(ScenarioError, match=r"differ in tumor\.cells_per_cm3"):
            cm.loads(TEXT + vary + more)


def test_a_row_that_ends_early_is_refused(tmp_path):
    table = tmp_path / "p.csv"
    table.write_text("drugs.A.kill,age,sex\n0.05,60,f\n0.05,60\n")
    text = TEXT + f"patients: {{table: {{file: {table}, covariates: [age, sex]}}}}\n"
    with pytest.raises(ScenarioError, match="2 fields in row 2"):
        cm.simulate(cm.loads(text), progress=False)
