"""Draws of the four observation models against their own densities, from uniforms of visits.

Here: goodness of fit at a stated false-alarm rate, and companions that must fail. Not here: what
can be computed without drawing (see ``tests/unit/test_observation_models.py``).
"""

import numpy as np
import pytest
from scipy import stats

from countermove.foundation.streams import visit_uniforms
from countermove.measurement import BiopsyModel, CtdnaModel, ImagingModel, MarkerModel
from support.helpers import FALSE_ALARM

pytestmark = pytest.mark.statistical

PATIENTS = 100_000
FEWEST = 20  # expected readings in a bin of a chi-square test


def uniforms(purpose: int, draws: int = 1) -> np.ndarray:
    found = visit_uniforms(20261125, 0, PATIENTS, purpose=1000 + purpose, visit=2, draws=draws)
    return found[:, 0] if draws == 1 else found


def fit(readings: np.ndarray, points: np.ndarray, log_chance: np.ndarray) -> float:
    """p-value that readings are the rising points with these chances, rare ones in one bin."""
    place = np.minimum(np.searchsorted(points, readings), points.size - 1)
    assert np.array_equal(points[place], readings)
    seen = np.bincount(place, minlength=points.size).astype(float)
    expected = PATIENTS * np.exp(log_chance)
    rare = expected < FEWEST
    rare[np.flatnonzero(~rare)[-1]] = True  # so that the last bin is never nearly empty
    seen = np.append(seen[~rare], seen[rare].sum())
    expected = np.append(expected[~rare], PATIENTS - expected[~rare].sum())
    return float(stats.chisquare(seen, expected * PATIENTS / expected.sum()).pvalue)


def fit_above(readings: np.ndarray, truth: float, model) -> float:
    """p-value of a reading without rounding: how many are below the limit, and the others' law."""
    hidden = float(np.exp(model.log_density(0.0, truth)))
    low = stats.binomtest(int((readings == 0.0).sum()), PATIENTS, hidden).pvalue
    grid = np.linspace(model.limit, truth * 8.0, 400_001)
    density = np.exp(model.log_density(grid, truth))
    sums = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2.0 * np.diff(grid))])

    def cdf(reading):
        return np.interp(reading, grid, sums) / (1.0 - hidden)

    return min(low, float(stats.kstest(readings[readings > 0.0], cdf).pvalue))


IMAGING = ImagingModel(0.2, 1.0, 0.1)
GRID = np.round(np.arange(0, 100) * 0.1, 12)


def test_diameters_on_a_grid_fit_their_chances():
    readings = IMAGING.draw(np.full(PATIENTS, 1.1), uniforms(0))
    assert (readings == 0.0).mean() > 0.1  # the limit matters
    assert fit(readings, GRID, IMAGING.log_density(GRID, 1.1)) > FALSE_ALARM


@pytest.mark.parametrize(
    ("model", "truth"),
    [
        (ImagingModel(0.21, 1.0, 0.1), 1.1),
        (ImagingModel(0.2, 1.0, 0.1), 1.12),
        (ImagingModel(0.2, 1.1, 0.1), 1.1),
    ],
)
def test_the_check_above_would_notice_another_error_truth_or_limit(model, truth):
    readings = IMAGING.draw(np.full(PATIENTS, 1.1), uniforms(0))
    with np.errstate(divide="ignore"):
        assert fit(readings, GRID, model.log_density(GRID, truth)) < FALSE_ALARM


@pytest.mark.parametrize(
    "model", [ImagingModel(0.2, 1.0, 0.0), MarkerModel(1e-9, 0.2, 1.0)], ids=["imaging", "marker"]
)
def test_readings_without_rounding_fit_their_density(model):
    readings = model.draw(np.full(PATIENTS, 1.1), uniforms(1))
    assert fit_above(readings, 1.1, model) > FALSE_ALARM / 2


@pytest.mark.parametrize("wrong", [MarkerModel(1e-9, 0.21, 1.0), MarkerModel(1e-9, 0.2, 1.01)])
def test_the_check_above_would_notice_another_error_or_limit(wrong):
    readings = wrong.draw(np.full(PATIENTS, 1.1), uniforms(1))
    assert fit_above(readings, 1.1, MarkerModel(1e-9, 0.2, 1.0)) < FALSE_ALARM / 2


CTDNA = CtdnaModel(depth=300, error_rate=2e-3, false_positive=0.01, drawn=2.0)
READS = np.arange(301.0)


def test_genomes_fit_their_chances():
    counts = np.arange(60) / CTDNA.drawn
    readings = CTDNA.draw_genomes(np.full(PATIENTS, 3.3), uniforms(2))
    assert fit(readings, counts, CTDNA.log_density_genomes(counts, 3.3)) > FALSE_ALARM
    assert fit(readings, counts, CTDNA.log_density_genomes(counts, 3.35)) < FALSE_ALARM


@pytest.mark.parametrize(("mutant", "total"), [(1.5, 100.0), (0.4, 0.7), (40.0, 1000.0)])
def test_reads_in_blood_fit_their_chances(mutant, total):
    readings = CTDNA.draw_reads(np.full(PATIENTS, mutant), np.full(PATIENTS, total), uniforms(3, 3))
    assert fit(readings, READS, CTDNA.log_density_reads(READS, mutant, total)) > FALSE_ALARM


@pytest.mark.parametrize(
    ("mutant", "total", "wrong"),
    [
        (1.56, 100.0, CTDNA),
        (1.5, 104.0, CTDNA),
        (1.5, 100.0, CtdnaModel(depth=300, error_rate=2.4e-3, false_positive=0.01, drawn=2.0)),
        (1.5, 100.0, CtdnaModel(depth=300, error_rate=2e-3, false_positive=0.01, drawn=2.2)),
    ],
)
def test_the_check_above_would_notice_other_numbers(mutant, total, wrong):
    readings = CTDNA.draw_reads(np.full(PATIENTS, 1.5), np.full(PATIENTS, 100.0), uniforms(3, 3))
    assert fit(readings, READS, wrong.log_density_reads(READS, mutant, total)) < FALSE_ALARM


def test_errors_alone_are_called_detected_no_more_often_than_stated():
    readings = CTDNA.draw_reads(np.zeros(PATIENTS), np.full(PATIENTS, 500.0), uniforms(4, 3))
    called = int(CTDNA.detected(readings).sum())
    level = float(stats.binom.sf(CTDNA.least_reads - 1, 300, 2e-3))
    assert level <= 0.01
    assert stats.binomtest(called, PATIENTS, level).pvalue > FALSE_ALARM
    assert stats.binomtest(called, PATIENTS, level * 1.3).pvalue < FALSE_ALARM


def test_reads_of_a_biopsy_fit_their_chances():
    model = BiopsyModel(80, 0.6, error_rate=0.01)
    reads = np.arange(81.0)
    readings = model.draw_reads(np.full(PATIENTS, 0.3), uniforms(5))
    assert fit(readings, reads, model.log_density_reads(reads, 0.3)) > FALSE_ALARM
    for wrong in (BiopsyModel(80, 0.61, 0.01), BiopsyModel(80, 0.6, 0.012)):
        assert fit(readings, reads, wrong.log_density_reads(reads, 0.3)) < FALSE_ALARM
