"""Recorded clones are the same process, told clone by clone.

Here: agreement with the unrecorded engine and with the mean number of mutations. Not here: the
flows themselves (``test_branching_against_exact``).
"""

import numpy as np
import pytest
from scipy.stats import ks_2samp, poisson

import countermove as cm
from support.helpers import FALSE_ALARM

BIRTH, DEATH, RATE, SIZE, PATIENTS = 0.14, 0.07, 1e-5, 1e5, 400

SCENARIO = f"""
countermove: 1
name: Two alterations, one drug
tumor: {{birth: {BIRTH} /day, death: {DEATH} /day, diagnosed_at: {SIZE:g} cells}}
drugs: {{A: {{kill: 0.1 /day}}}}
alterations:
  first: {{mechanism: target, drug: A, rate: {RATE:g}}}
  second: {{mechanism: target, drug: A, rate: {RATE:g}}}
treatment: {{policy: continuous, drugs: [A]}}
follow_up: 200 days
patients: {{number: {PATIENTS}}}
"""


@pytest.fixture(scope="module")
def recorded():
    return cm.simulate(cm.loads(SCENARIO), clones=True, keep=PATIENTS)


def born_before_diagnosis(clones, genotype):
    return int(((clones.genotype == genotype) & (clones.born <= 0.0)).sum())


def test_every_clone_has_an_older_parent_with_one_alteration_less(recorded):
    for _, patient in recorded.clones.groupby("patient"):
        table = patient.set_index("clone")
        later = table[table.parent >= 0]
        parents = table.loc[later.parent]
        assert (parents.born.to_numpy() <= later.born.to_numpy()).all()
        gained = later.genotype.str.count(r"\+").to_numpy() + 1
        had = np.where(parents.genotype == "ancestral", 0, parents.genotype.str.count(r"\+") + 1)
        assert (gained == had + 1).all()


def test_cells_of_the_clones_are_the_cells_of_the_types(recorded):
    by_clone = recorded.clones.groupby("patient")["now"].sum().to_numpy()
    assert np.array_equal(by_clone, recorded.trajectories.burden[:, -1].to_numpy())


def expected_births():
    """Mutations to one alteration on the way to a size: u b/(b-d) a cell (Iwasa et al. 2006)."""
    return PATIENTS * SIZE * RATE * BIRTH / (BIRTH - DEATH)


@pytest.mark.statistical
def test_clones_born_before_diagnosis_are_as_many_as_divisions_make(recorded):
    count = born_before_diagnosis(recorded.clones, "first")
    mean = expected_births()
    # the number of divisions on the way varies too: its variance adds less than 10% here
    tail = min(poisson.cdf(count, mean), poisson.sf(count - 1, mean))
    assert tail > FALSE_ALARM


@pytest.mark.statistical
def test_the_check_above_would_notice_clones_counted_only_where_alive(recorded):
    alive = recorded.clones[recorded.clones.diagnosis > 0.0]
    count = born_before_diagnosis(alive, "first")
    assert poisson.cdf(count, expected_births()) < FALSE_ALARM


@pytest.mark.statistical
def test_recording_leaves_the_distribution_unchanged(recorded):
    plain = cm.simulate(cm.loads(SCENARIO), seed=2, keep=PATIENTS)
    for time in (0, -1):
        for genotype in ("first", "second"):
            ours, theirs = (
                runs.trajectories.cells.isel(time=time)
                .sel(type=runs.trajectories.genotype == genotype)
                .sum("type")
                for runs in (recorded, plain)
            )
            assert ks_2samp(ours, theirs).pvalue > FALSE_ALARM


@pytest.mark.statistical
def test_the_check_above_would_notice_half_the_mutations(recorded):
    half = cm.replace(cm.loads(SCENARIO), {"alterations.first.rate": RATE / 4, "seed": 2})
    runs = cm.simulate(half, keep=PATIENTS)
    ours, theirs = (
        r.trajectories.cells.isel(time=-1).sel(type=r.trajectories.genotype == "first").sum("type")
        for r in (recorded, runs)
    )
    assert ks_2samp(ours, theirs).pvalue < FALSE_ALARM


def test_the_same_seed_records_the_same_clones(recorded):
    again = cm.simulate(cm.loads(SCENARIO), clones=True, keep=PATIENTS, chunk=37, threads=2)
    assert again.clones.equals(recorded.clones)


def test_no_clones_where_none_were_asked_for():
    assert cm.simulate(cm.loads(SCENARIO), patients=2).clones is None
