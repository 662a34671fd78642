"""Here: lesions of each patient. Not here: what is refused on reading (``scenarios/invalid``)."""

import numpy as np
import pytest
from scipy import stats

from countermove.foundation import ScenarioError
from countermove.simulation.drawing_lesions import draw_lesions
from support.drawn import differing, draw_patients
from support.helpers import FALSE_ALARM

DRAWN = {
    "number": {"poisson": 4},
    "size": {"lognormal": ["1e9 cells", 1.5], "truncate": ["1e7 cells", "1e11 cells"]},
}
GIVEN = {"birth": 0.14, "death": 0.13, "start": {"cells": 6e9}}
LISTED = [
    {"size": "1e9 cells", "organ": "liver", "name": "first"},
    {"niche": "marrow"},
    {"niche": "brain", "organ": "head", "size": 5e8},
]


def test_without_lesions_a_patient_has_the_tumor():
    lesions = draw_lesions(differing(), 7, 3)
    assert lesions.start.tolist() == [0, 1, 2, 3]
    assert lesions.start.dtype == np.int64
    assert lesions.size.tolist() == [1e9] * 3
    assert lesions.niche.tolist() == lesions.organ.tolist() == [0, 0, 0]
    assert lesions.niches == ("bulk", "brain", "marrow")
    assert lesions.organs == ("",)
    assert lesions.names == ("1",)
    assert draw_lesions(differing(), 0, 0).start.tolist() == [0]


def test_a_varied_size_at_diagnosis_is_the_size_of_each():
    vary = {"tumor.diagnosed_at": {"loguniform": [1e8, 1e10]}}
    scenario = differing({"vary": vary}, lesions=2)
    values = draw_patients(scenario, 0, 50).values
    lesions = draw_lesions(scenario, 0, 50, values)
    assert np.array_equal(lesions.size, np.repeat(values["tumor.diagnosed_at"], 2))
    assert lesions.patient.tolist() == np.repeat(np.arange(50), 2).tolist()


def test_a_list_says_size_niche_organ_and_name():
    lesions = draw_lesions(differing(lesions=LISTED), 0, 2)
    assert lesions.start.tolist() == [0, 3, 6]
    assert lesions.size.tolist() == [1e9, 1e9, 5e8] * 2
    assert [lesions.niches[n] for n in lesions.niche[:3]] == ["bulk", "marrow", "brain"]
    assert [lesions.organs[n] for n in lesions.organ[:3]] == ["liver", "marrow", "head"]
    assert lesions.names == ("first", "2", "3")


def test_chunks_do_not_matter_and_a_lesion_keeps_its_size_when_others_are_added():
    scenario = differing(lesions=DRAWN)
    whole = draw_lesions(scenario, 0, 60)
    parts = [draw_lesions(scenario, first, 15) for first in range(0, 60, 15)]
    assert np.array_equal(whole.size, np.concatenate([part.size for part in parts]))
    counts = np.concatenate([np.diff(part.start) for part in parts])
    assert np.array_equal(np.diff(whole.start), counts)
    fewer = draw_lesions(differing(lesions=DRAWN | {"number": 2}), 0, 60)
    more = draw_lesions(differing(lesions=DRAWN | {"number": 9}), 0, 60)
    assert np.array_equal(fewer.size.reshape(60, 2), more.size.reshape(60, 9)[:, :2])


@pytest.mark.parametrize(
    "lesions",
    [
        4,
        {"number": {"uniform": [1, 5]}},
        {"number": {"poisson": 3}, "size": {"lognormal": [1e9, 1]}},
        [{"size": "1e9 cells"}, {}, {"niche": "brain"}],
    ],
)
def test_lesions_share_the_cells_that_a_start_gives(lesions):
    vary = {"tumor.start.cells": {"uniform": [1e9, 1e10]}}
    scenario = differing({"vary": vary}, tumor=GIVEN, lesions=lesions)
    cells = draw_patients(scenario, 0, 40).values
    drawn = draw_lesions(scenario, 0, 40, cells)
    total = np.bincount(drawn.patient, weights=drawn.size)
    assert np.allclose(total, cells["tumor.start.cells"], rtol=1e-12)
    alone = draw_lesions(differing({"vary": vary}, tumor=GIVEN), 0, 40, cells)
    assert np.array_equal(alone.size, cells["tumor.start.cells"])


def test_cells_that_never_divide_may_be_in_several_lesions():
    growth = {"law": "logistic", "capacity": 1e12}
    tumor = {"birth": 0, "death": 0.1, "growth": growth, "start": {"cells": 4e9}}
    assert draw_lesions(differing(tumor=tumor, lesions=4), 0, 1).size.tolist() == [1e9] * 4


@pytest.mark.parametrize(
    ("lesions", "tumor", "expected"),
    [
        ({"number": 3, "size": {"normal": [1e9, 1e9]}}, {}, "expected 1 to 1e15 cells"),
        ({"number": 900, "size": {"uniform": [1e9, 3e9]}}, {}, "less than tumor.lethal_at"),
        (
            {"number": 3, "size": {"loguniform": [1e9, 9e10]}},
            {"growth": {"law": "logistic", "capacity": 1e11}},
            "less than where births and deaths balance",
        ),
        ({"size": {"normal": [-1, 1]}}, {"start": {"cells": 1e9}}, "expected 1 to 1e15 cells"),
    ],
)
def test_lesions_that_cannot_be_name_the_patient(lesions, tumor, expected):
    base = {"birth": 0.14, "death": 0.03}
    start = {} if "start" in tumor else {"diagnosed_at": 1e9}
    scenario = differing(tumor=base | start | tumor, lesions=lesions)
    with pytest.raises(ScenarioError, match="for patient") as caught:
        draw_lesions(scenario, 0, 300)
    assert expected in str(caught.value)


def counts_fit(number, chance_of) -> float:
    """p-value of the numbers of lesions of 20,000 patients."""
    drawn = np.diff(draw_lesions(differing(lesions={"number": number}), 0, 20_000).start)
    seen = np.bincount(drawn, minlength=16)[1:16]
    chances = np.array([chance_of(k) for k in range(1, 16)])
    kept = chances > 1e-4
    expected = chances[kept] / chances[kept].sum() * seen[kept].sum()
    return float(stats.chisquare(seen[kept], expected).pvalue)


@pytest.mark.statistical
@pytest.mark.parametrize(
    ("number", "chance_of"),
    [
        ({"poisson": 4}, lambda k: stats.poisson.pmf(k, 4)),
        ({"uniform": [2, 5]}, lambda k: float(2 <= k <= 5)),
        (
            {"discrete": {"values": [1, 7], "weights": [3, 1]}},
            lambda k: {1: 0.75, 7: 0.25}.get(k, 0),
        ),
    ],
)
def test_numbers_of_lesions_have_their_distribution(number, chance_of):
    assert counts_fit(number, chance_of) > FALSE_ALARM


@pytest.mark.statistical
def test_the_check_above_would_notice_another_mean():
    assert counts_fit({"poisson": 4}, lambda k: stats.poisson.pmf(k, 4.2)) < FALSE_ALARM


@pytest.mark.statistical
def test_sizes_have_their_distribution_and_lesions_are_independent():
    size = {"loguniform": [1e8, 1e9]}
    lesions = draw_lesions(differing(lesions={"number": 2, "size": size}), 0, 10_000)
    law = stats.loguniform(1e8, 1e9)
    assert stats.kstest(lesions.size, law.cdf).pvalue > FALSE_ALARM / 2
    one, other = lesions.size.reshape(-1, 2).T
    assert stats.spearmanr(one, other).pvalue > FALSE_ALARM / 2


@pytest.mark.statistical
def test_the_check_above_would_notice_another_range():
    size = {"loguniform": [1e8, 1.1e9]}
    lesions = draw_lesions(differing(lesions={"number": 2, "size": size}), 0, 10_000)
    assert stats.kstest(lesions.size, stats.loguniform(1e8, 1e9).cdf).pvalue < FALSE_ALARM / 2
