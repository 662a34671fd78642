"""Here: the lab's story of one patient. Not here: its words' looks (``web/``), the engines."""

import re
from pathlib import Path

import numpy as np
import pytest

import countermove as cm
from countermove.evidence import claim
from countermove.lab import story
from countermove.lab.book import MARK

WORDS = Path(__file__).parents[2] / "web" / "src" / "lib" / "moments.ts"


@pytest.fixture(scope="module")
def told():
    return story.tell(1)


def test_it_goes_from_one_cell_to_the_last_visit(told):
    time = told["time"]
    assert time[0] == told["born"] < -365
    assert np.all(np.diff(time) > 0)
    assert told["burden"]["p50"][0] == 1
    assert told["died"]
    assert 0 < told["lived"] - time[-1] <= 8
    for cells in (*told["clones"].values(), *told["doses"].values(), told["burden"]["p50"]):
        assert len(cells) == len(time)


def test_the_tumor_at_diagnosis_is_the_one_that_grew(told):
    zero = told["time"].index(0)
    size = story.patient(1).tumor.diagnosed_at
    burden = told["burden"]["p50"]
    assert burden[zero - 1] < size <= burden[zero]
    before, after = ({n: c[i] for n, c in told["clones"].items()} for i in (zero - 1, zero))
    assert sum(after.values()) == pytest.approx(burden[zero], rel=1e-4)
    growth = np.exp(7 * (told["rates"]["birth"] - told["rates"]["death"]))
    for name, cells in before.items():
        if cells > 1e4:
            assert after[name] == pytest.approx(growth * cells, rel=0.05), name


def test_no_drug_is_given_before_diagnosis_and_each_in_its_line(told):
    zero = told["time"].index(0)
    assert all(not any(given[:zero]) for given in told["doses"].values())
    assert [one["drug"] for one in told["line"]] == ["A", "B", "C"]
    assert told["line"][0]["day"] == 0
    assert all(visit["day"] >= 0 for visit in told["seen"]["visits"])


def test_a_seed_is_one_patient(told):
    assert story.tell(1) == told
    assert story.tell(2)["born"] != told["born"]


@pytest.mark.statistical
def test_about_nine_first_cells_of_ten_come_to_nothing():
    """Of first cells with births 0.15 and deaths 0.135 a share of 0.135 / 0.15 dies out."""
    vain = [story._growth(story.patient(seed))[2] for seed in range(40)]
    # a geometric number each: a sum beyond these bounds has chance below 1e-6
    from scipy.stats import nbinom

    low, high = nbinom.ppf([5e-7, 1 - 5e-7], len(vain), 1 - 0.135 / 0.15)
    assert low <= sum(vain) <= high
    assert not low <= 2.5 * sum(vain) <= high, "it would notice half the chance"


def test_its_claims_are_in_the_ledger():
    marks = set(MARK.findall(WORDS.read_text(encoding="utf-8"))) - {"id"}
    assert len(marks) >= 6
    for mark in marks:
        assert claim(mark).id == mark


def test_its_numbers_are_said_to_be_assumed():
    assert re.search("Every number is assumed", story.patient(1).description)
    assert isinstance(story.patient(1), cm.Scenario)
