"""The four observation models without drawing: densities add up to 1, edges, refusals, constants.

Here: what can be computed. Not here: draws against their densities (see
``tests/statistical/test_observation_models.py``).
"""

import itertools

import numpy as np
import pytest
from scipy import integrate, stats

from countermove.foundation import ScenarioError
from countermove.measurement import (
    BiopsyModel,
    CtdnaModel,
    ImagingModel,
    MarkerModel,
    diameter_of_volume,
    volume_of_diameter,
)

NAN = np.nan


def ctdna(**changes) -> CtdnaModel:
    return CtdnaModel(**{"depth": 2_000, "false_positive": 0.01} | changes)


# Imaging and marker: readings with a relative error


def total_of(model, truth: float, limit: float, rounding: float) -> float:
    """Probability of all readings: below the limit, and each grid point or the integral."""
    if rounding:
        readings = np.round(np.arange(1, 20_000) * rounding, 12)
        seen = np.exp(model.log_density(readings, truth)).sum()
    else:
        ends = truth * np.exp([-3.0, 0.0, 3.0])
        inside = [max(limit, 1e-9), *ends[ends > limit]]
        seen = sum(
            integrate.quad(lambda y: float(np.exp(model.log_density(y, truth))), low, high)[0]
            for low, high in itertools.pairwise(inside)
        )
    return float(np.exp(model.log_density(0.0, truth)) + seen)


@pytest.mark.parametrize("error", [0.05, 0.3])
@pytest.mark.parametrize("limit", [0.0, 0.5, 1.03])
@pytest.mark.parametrize("rounding", [0.0, 0.1, 0.25])
@pytest.mark.parametrize("truth", [0.02, 0.9, 4.0])
def test_densities_of_diameters_add_up_to_one(error, limit, rounding, truth):
    model = ImagingModel(error, limit, rounding)
    assert total_of(model, truth, limit, rounding) == pytest.approx(1.0, abs=1e-7)


@pytest.mark.parametrize("limit", [0.0, 3.0])
@pytest.mark.parametrize("level", [0.5, 4.0, 900.0])
def test_densities_of_levels_add_up_to_one(limit, level):
    model = MarkerModel(1e-9, 0.2, limit)
    assert total_of(model, level, limit, 0.0) == pytest.approx(1.0, abs=1e-7)


def test_a_density_with_a_wrong_error_would_not_add_up():
    for rounding in (0.0, 0.1):
        right, wrong = ImagingModel(0.3, 0.5, rounding), ImagingModel(0.31, 0.5, rounding)

        class Mixed:
            @staticmethod
            def log_density(readings, truths, right=right, wrong=wrong):
                seen = wrong.log_density(readings, truths)
                return np.where(np.asarray(readings) == 0.0, right.log_density(0.0, truths), seen)

        assert abs(total_of(Mixed, 0.9, 0.5, rounding) - 1.0) > 1e-4


def test_the_median_reading_is_the_truth_and_its_spread_the_coefficient_of_variation():
    model = MarkerModel(1e-9, 0.25, 0.0)
    assert model.draw(7.0, 0.5) == pytest.approx(7.0)
    uniforms = (np.arange(200_000) + 0.5) / 200_000
    readings = model.draw(np.full(200_000, 7.0), uniforms)
    assert readings.std() / readings.mean() == pytest.approx(0.25, rel=1e-3)


def test_readings_without_error_are_the_truth_rounded_and_cut():
    truths = np.array([0.0, 0.49, 0.55, 0.57, 1.04, 3.0, NAN])
    drawn = ImagingModel(0.0, 0.5, 0.1).draw(truths, np.full(7, 0.9))
    np.testing.assert_array_equal(drawn, [0.0, 0.5, 0.6, 0.6, 1.0, 3.0, NAN])
    plain = ImagingModel(0.0, 0.5, 0.0)
    np.testing.assert_array_equal(plain.draw(truths, np.full(7, 0.9))[1:3], [0.0, 0.55])
    found = plain.log_density([0.0, 0.55, 0.56, 0.0, NAN], [0.49, 0.55, 0.55, 0.55, 0.55])
    assert found.tolist() == [0.0, 0.0, -np.inf, -np.inf, 0.0]
    assert ImagingModel(0.0, 0.5, 0.1).log_density([0.6, 0.5], [0.57, 0.57]).tolist() == [
        0,
        -np.inf,
    ]


def test_a_lesion_without_a_cell_reads_0_for_sure():
    for model in (ImagingModel(0.1, 0.0, 0.0), ImagingModel(0.1, 0.5, 0.1)):
        assert model.draw(np.zeros(3), [1e-9, 0.5, 1.0 - 1e-9]).tolist() == [0.0] * 3
        assert model.log_density([0.0, 0.6], [0.0, 0.0]).tolist() == [0.0, -np.inf]


def test_what_was_not_measured_says_nothing_and_what_is_not_known_is_nan():
    for model in (ImagingModel(0.1, 0.5, 0.1), MarkerModel(1e-9, 0.1, 0.5)):
        assert model.log_density(NAN, 1.0) == 0.0
        assert np.isnan(model.log_density(1.0, NAN))
    assert BiopsyModel(10, 0.5).log_density_reads(NAN, 0.5) == 0.0
    assert np.isnan(BiopsyModel(10, 0.5).log_density_reads(1.0, NAN))
    assert ctdna().log_density_genomes(NAN, 0.5) == 0.0
    assert ctdna().log_density_reads(NAN, 0.5, 1.0) == 0.0
    assert np.isnan(ctdna().log_density_reads(1.0, NAN, 1.0))


def test_readings_off_the_grid_or_below_the_limit_cannot_be():
    found = ImagingModel(0.1, 0.5, 0.1).log_density([0.55, 0.4, -0.5], 0.5)
    assert found.tolist() == [-np.inf] * 3
    assert ImagingModel(0.1, 0.5, 0.0).log_density(0.4, 0.5) == -np.inf


def test_log_probabilities_stay_finite_far_out():
    found = ImagingModel(0.05, 0.5, 0.1).log_density([9.0, 0.5, 0.0], [1.0, 30.0, 30.0])
    assert np.isfinite(found).all()
    assert (found < -500.0).all()


def test_spheres_there_and_back():
    volumes = np.array([0.0, 0.5236, 1.0, 65.45])
    np.testing.assert_allclose(volume_of_diameter(diameter_of_volume(volumes)), volumes)
    assert diameter_of_volume(0.5236) == pytest.approx(1.0, abs=1e-5)


# The marker's level

FOLLOWED = [
    (5.0, 1e9, 4e9, 30.0),
    (5.0, 4e9, 1e6, 10.0),
    (900.0, 1e9, 1e9, 21.0),
    (0.0, 1e9, 0.0, 12.0),
    (0.0, 0.0, 1e9, 12.0),
    (7.0, 0.0, 0.0, 3.0),
    (7.0, 1e9, 1e9 * 2.0 ** (-12.0 / 2.5), 12.0),  # falls as fast as the marker is cleared
    (7.0, 1e9, 2e9, 0.0),
]


@pytest.mark.parametrize(("level", "before", "after", "days"), FOLLOWED)
def test_a_level_follows_its_equation(level, before, after, days):
    model = MarkerModel(3e-9, 0.1, 0.1, healthy=0.8, half_life=2.5)

    def cells(time: float) -> float:
        if before == 0.0 or after == 0.0:
            return before + (after - before) * time / days
        return before * (after / before) ** (time / days)

    def change(time, now):
        return np.log(2.0) / 2.5 * (3e-9 * cells(time) + 0.8 - now)

    expected = level
    if days > 0.0:
        solved = integrate.solve_ivp(change, (0.0, days), [level], rtol=1e-10, atol=1e-12)
        expected = solved.y[0, -1]
    assert model.follow(level, before, after, days) == pytest.approx(expected, rel=1e-7)


def test_a_level_under_a_constant_burden_ends_at_the_steady_one():
    model = MarkerModel(3e-9, 0.1, 0.1, healthy=0.8, half_life=0.01)
    assert model.follow(0.0, 1e9, 1e9, 3650.0) == pytest.approx(3.8)
    assert model.follow(50.0, 1e9, 1e15, 3650.0) == pytest.approx(3e6, rel=1e-3)
    assert MarkerModel(3e-9, 0.1, 0.1).follow(99.0, 1.0, 1e9, 5.0) == model.steady(1e9) - 0.8


def test_two_short_steps_are_one_long_step():
    model = MarkerModel(3e-9, 0.1, 0.1, healthy=0.8, half_life=4.0)
    half = model.follow(2.0, 1e8, 1e9, 10.0)
    whole = model.follow(2.0, 1e8, 1e10, 20.0)
    assert model.follow(half, 1e9, 1e10, 10.0) == pytest.approx(whole, rel=1e-12)


# ctDNA


def test_avanzinis_constant():
    found = ctdna().concentration(1e9 * 0.136, 0.004)
    assert found == pytest.approx(0.21, abs=0.01)
    assert found == pytest.approx(1.4e-4 * 1e9 * 0.136 / (33.27 + 0.004) / 2750.0, rel=1e-3)


def test_a_tumor_that_shrinks_faster_than_dna_is_cleared_has_no_steady_state():
    with pytest.raises(ScenarioError, match=r"^ctdna\.growth: got -40"):
        ctdna().concentration([1e8, 1e8], [0.0, -40.0])


def test_genomes_are_counted_in_what_was_drawn():
    model = ctdna(drawn=4.0)
    assert model.draw_genomes([0.0, 0.25, NAN], [0.99, 0.5, 0.5])[:2].tolist() == [0.0, 0.25]
    counts = np.arange(60) / 4.0
    assert np.exp(model.log_density_genomes(counts, 2.5)).sum() == pytest.approx(1.0)
    assert model.log_density_genomes([0.3, 0.25], 2.5)[0] == -np.inf
    huge = model.draw_genomes(1e9, np.array([0.01, 0.99]))
    assert np.isfinite(model.log_density_genomes(huge, 1e9)).all()
    assert np.isnan(model.draw_genomes(NAN, 0.5))


def plain_reads(reads, mutant: float, others: float, law: tuple[int, float]) -> np.ndarray:
    """Log probabilities by the plain double sum over molecules, each from 0."""
    depth, wrong = law
    most = [int(mean + 15.0 * np.sqrt(mean) + 50) for mean in (mutant, others)]
    hits, rest = np.arange(most[0] + 1)[:, None], np.arange(most[1] + 1)[None, :]
    share = hits / np.maximum(hits + rest, 1)
    chance = np.where(hits + rest > 0, share * (1 - wrong) + (1 - share) * wrong, 0.0)
    weight = stats.poisson.pmf(hits, mutant) * stats.poisson.pmf(rest, others)
    return np.log([(weight * stats.binom.pmf(r, depth, chance)).sum() for r in reads])


@pytest.mark.parametrize(
    ("mutant", "others", "depth", "wrong"),
    [
        (0.5, 0.3, 10, 0.0),
        (3.0, 10.0, 1, 0.01),
        (0.7, 900.0, 3_000, 1e-4),
        (40.0, 60.0, 1_000, 1e-3),
        (300.0, 500.0, 2_000, 0.0),
        (50.0, 450.0, 10**6, 1e-3),  # far more reads than molecules
        (0.0, 20.0, 50, 0.02),
        (20.0, 0.0, 50, 0.02),
        (0.0, 0.0, 50, 0.02),
    ],
)
def test_log_probabilities_of_reads_are_the_plain_sum(mutant, others, depth, wrong):
    model = ctdna(drawn=1.0, depth=depth, error_rate=wrong)
    shares = np.array([0.0, 0.5, 0.8, 1.0, 1.3, 2.0, 3.0])
    typical = depth * max(mutant / max(mutant + others, 1e-9), 1.0 / depth)
    reads = np.unique(np.clip(np.rint(shares * typical), 0, depth))
    with np.errstate(divide="ignore"):
        expected = plain_reads(reads, mutant, others, (depth, wrong))
    found = model.log_density_reads(reads, mutant, mutant + others)
    likely = expected > -90.0
    np.testing.assert_allclose(found[likely], expected[likely], atol=3e-9)
    assert (found[~likely] < -80.0).all()


@pytest.mark.parametrize("depth", [1, 3, 400])
@pytest.mark.parametrize(("mutant", "others"), [(0.1, 0.2), (5.0, 100.0), (1e5, 1e6), (4e7, 1e3)])
def test_probabilities_of_reads_add_up_to_one(depth, mutant, others):
    model = ctdna(drawn=2.0, depth=depth, error_rate=0.01)
    found = model.log_density_reads(np.arange(depth + 1), mutant, mutant + others)
    assert np.exp(found).sum() == pytest.approx(1.0, abs=1e-10)


def test_no_molecule_gives_no_read_and_no_error_no_wrong_one():
    model = ctdna(error_rate=0.1)
    assert model.draw_reads(0.0, 0.0, [0.5, 0.5, 1.0 - 1e-9]) == 0.0
    assert ctdna(error_rate=0.0).draw_reads(0.0, 500.0, [0.5, 0.5, 1.0 - 1e-9]) == 0.0
    assert ctdna(error_rate=0.0).log_density_reads([0, 1], 0.0, 500.0).tolist() == [0.0, -np.inf]
    drawn = model.draw_reads([NAN, 1e7], [1.0, 1e7], np.full((2, 3), 0.5))
    assert np.isnan(drawn[0])
    assert drawn[1] == pytest.approx(1800, abs=1)


def test_reads_that_cannot_be_have_no_probability():
    assert ctdna().log_density_reads([-1, 2_001, 1.5], 3.0, 500.0).tolist() == [-np.inf] * 3
    assert BiopsyModel(9, 0.5).log_density_reads([-1, 10, 1.5], 0.5).tolist() == [-np.inf] * 3


@pytest.mark.parametrize("total", [1e3, 1e9, 1e15])
def test_a_flood_of_dna_is_read_as_its_share(total):
    model = ctdna(error_rate=0.0)
    drawn = model.draw_reads(np.full(2, 0.25 * total), total, [[0.4, 0.4, 0.01], [0.4, 0.4, 0.99]])
    assert ((drawn > 380) & (drawn < 620)).all()
    found = model.log_density_reads(drawn, 0.25 * total, total)
    assert ((found > -12.0) & (found < -4.0)).all()


def test_detection_is_the_exact_binomial_test():
    for depth, wrong, level in ((10_000, 1e-4, 0.01), (10**6, 1e-5, 1e-6), (50, 0.1, 0.05)):
        model = ctdna(depth=depth, error_rate=wrong, false_positive=level)
        least = model.least_reads
        assert stats.binom.sf(least - 1, depth, wrong) <= level
        assert stats.binom.sf(least - 2, depth, wrong) > level
        assert model.detected([least - 1, least, NAN]).tolist() == [False, True, False]
    assert ctdna(error_rate=0.0).least_reads == 1
    assert not ctdna(depth=1, error_rate=0.1).detected(1)  # no number of reads would do


def test_half_of_the_genomes_of_heterozygous_cells_are_mutated():
    assert ctdna().mutated([3.0, NAN])[0] == 1.5


# Biopsy


def test_reads_of_a_biopsy_are_binomial_in_purity_copies_and_share():
    model = BiopsyModel(40, 0.6, error_rate=0.01)
    chance = 0.6 * 0.5 * 0.7
    law = stats.binom(40, chance * 0.99 + (1.0 - chance) * 0.01)
    reads = np.arange(41)
    np.testing.assert_allclose(model.log_density_reads(reads, 0.7), law.logpmf(reads), atol=1e-11)
    uniforms = np.linspace(0.001, 0.999, 500)
    assert np.array_equal(model.draw_reads(0.7, uniforms), law.ppf(uniforms))
    assert model.vaf([0, 10]).tolist() == [0.0, 0.25]


def test_a_biopsy_of_depth_1_and_of_no_carrier():
    one = BiopsyModel(1, 1.0, copies=1.0)
    assert one.draw_reads([0.0, 1.0, 0.3, 0.3], [0.5, 0.5, 0.69, 0.71]).tolist() == [0, 1, 0, 1]
    assert one.log_density_reads([0, 1], [0.0, 0.0]).tolist() == [0.0, -np.inf]
    assert np.isnan(one.draw_reads(NAN, 0.5))


# Refusals

GOOD = {
    "imaging": (ImagingModel, {"error": 0.1, "limit": 0.5, "rounding": 0.1}),
    "marker": (MarkerModel, {"per_cell": 1e-9, "error": 0.1, "limit": 0.5}),
    "ctdna": (CtdnaModel, {"depth": 100, "false_positive": 0.01}),
    "biopsy": (BiopsyModel, {"depth": 100, "purity": 0.5}),
}
BAD = [
    *(("imaging", name, bad) for name in ("error", "limit", "rounding") for bad in (-1, NAN)),
    *(("marker", name, -0.1) for name in ("per_cell", "error", "limit", "healthy", "half_life")),
    *(("ctdna", name, -1.0) for name in ("shed", "healthy", "error_rate")),
    *(
        ("ctdna", name, 0.0)
        for name in ("half_life", "plasma", "drawn", "false_positive", "copies")
    ),
    ("imaging", "error", 1e200),
    ("ctdna", "depth", 0),
    ("ctdna", "depth", 2.5),
    ("ctdna", "depth", True),
    ("ctdna", "depth", 10**400),
    ("ctdna", "error_rate", 0.5),
    ("ctdna", "copies", 1.1),
    ("ctdna", "plasma", np.inf),
    ("biopsy", "depth", "many"),
    ("biopsy", "depth", None),
    ("biopsy", "purity", 0.0),
    ("biopsy", "purity", 1.01),
    ("biopsy", "error_rate", 0.6),
    ("biopsy", "copies", NAN),
]


@pytest.mark.parametrize(("kind", "name", "bad"), BAD)
def test_a_bad_number_is_refused_by_its_field(kind, name, bad):
    make, good = GOOD[kind]
    make(**good)
    with pytest.raises(ScenarioError, match=rf"^{kind}\.{name}: got .*, expected a"):
        make(**good | {name: bad})
