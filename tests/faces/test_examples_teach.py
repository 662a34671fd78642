"""Here: each shipped example shows what its description says. Not here: that it runs (test_cli)."""

import pytest

import countermove as cm
from countermove.scenario.library import example_files

PATIENTS = 60


def outcomes(name, **changes):
    """Outcomes of an example; keyword names are dotted paths with __ for dots."""
    scenario = cm.example(name)
    if changes:
        scenario = cm.replace(scenario, {k.replace("__", "."): v for k, v in changes.items()})
    return cm.simulate(scenario, patients=PATIENTS, keep=0).outcomes()


def test_one_drug_melts_the_tumor_and_it_comes_back_from_what_was_there():
    found = outcomes("one_drug_then_relapse")
    assert found["responded"].all()
    assert found["progressed"].all()
    assert set(found["relapse_origin"]) == {"pre-existing"}
    assert set(found["relapse_mechanisms"]) == {"target"}


def test_two_drugs_together_cure_what_one_after_the_other_does_not():
    # 3% of patients fail: more than 12 of 60 would be a one in 1e-7 draw
    assert outcomes("two_drugs_together")["cured"].sum() >= PATIENTS - 12
    one_by_one = {"treatment__policy": "sequential", "treatment__drugs": ["A", "B"]}
    assert not outcomes("two_drugs_together", **one_by_one)["cured"].any()


def test_intrinsic_resistance_never_responds_and_acquired_does():
    found = outcomes("intrinsic_resistance")
    kinds = found.groupby("resistance")["responded"].agg(["min", "max"])
    assert not kinds.loc["intrinsic", "max"]
    assert kinds.loc["acquired", "min"]
    assert (found["intrinsic_carrier"] == (found["resistance"] == "intrinsic")).all()


def test_a_target_mutation_leaves_the_next_drug_and_yields_to_a_higher_dose():
    found = outcomes("target_mutation")
    assert (found["lines"] == 2).all()
    assert found["cured"].any()
    higher = outcomes("target_mutation", drugs__gefitinib__levels__level=800)
    assert not higher["progressed"].any()


def test_a_bypass_is_answered_by_the_drug_that_blocks_it():
    found = outcomes("bypass")
    assert (found["relapse_mechanisms"] == "bypass").mean() > 0.8
    assert (found["lines"] == 2).all()
    scenario = cm.example("bypass")
    cells = cm.simulate(scenario, patients=10).trajectories["cells"]
    carried = cells.groupby("genotype").sum().sum("patient").sel(genotype="met_amp")
    # the blocker turns the bypassing cells from growth to decline
    assert carried.isel(time=-1) < 1e-3 * carried.max("time")
    unanswered = cm.replace(scenario, {"alterations.met_amp.blocked_by": []})
    cells = cm.simulate(unanswered, patients=10).trajectories["cells"]
    carried = cells.groupby("genotype").sum().sum("patient").sel(genotype="met_amp")
    assert carried.isel(time=-1) == carried.max("time")


def test_efflux_fails_the_second_drug_at_once_and_its_inhibitor_restores_it():
    found = outcomes("efflux_multidrug")
    assert (found["lines"] == 3).all()
    assert set(found["relapse_mechanisms"]) == {"efflux"}
    assert found["cured"].all()
    # the second line lasts no longer than its first scan after the start
    assert (found["dose_tariquidar"] > 0.0).all()
    second = found["dose_paclitaxel"] - found["dose_tariquidar"]
    assert second.median() < found["dose_doxorubicin"].median() / 4.0


def test_altered_processing_loses_one_drug_only():
    assert set(outcomes("altered_processing")["relapse_mechanisms"]) <= {"processing", ""}
    both = {
        "treatment__policy": "combination",
        "treatment__drugs": ["gemcitabine", "paclitaxel"],
    }
    assert outcomes("altered_processing", **both)["cured"].all()


def test_death_evasion_beats_every_killer_until_death_is_restored():
    found = outcomes("death_evasion")
    assert set(found["relapse_mechanisms"]) == {"death_evasion"}
    assert (found["lines"] == 3).all()
    assert found["cured"].all()


def test_persisters_reawaken_after_the_drug_and_carry_no_alteration():
    found = outcomes("persisters")
    sleepers = found[found["relapse_route"] == "dormant state"]
    assert len(sleepers) > 0.8 * PATIENTS
    assert set(sleepers["relapse_mechanisms"]) == {"off drug"}  # the drug is stopped by then
    assert (sleepers["time_to_progression"] > 730.0).all()
    woken = outcomes("persisters", states__persister__held_by__gefitinib=0.0)
    assert woken["time_to_progression"].median() > sleepers["time_to_progression"].median() + 180.0


def test_the_brain_relapses_from_its_niche_without_alteration():
    found = outcomes("brain_sanctuary")
    assert found["responded"].all()
    assert set(found["relapse_route"]) == {"sheltered niche"}
    assert set(found["relapse_mechanisms"]) == {"no alteration"}
    reached = outcomes("brain_sanctuary", niches__brain__penetration__gefitinib=1.0)
    assert not (reached["relapse_route"] == "sheltered niche").any()


def test_the_patients_of_the_paper_are_22_and_larger_tumors_fail_more_often():
    lines = example_files("bozic_2013_patients").companions["bozic_2013_patients.csv"].splitlines()
    burdens = [float(line.split(",")[3]) for line in lines[1:]]
    assert len(burdens) == 22
    assert (max(burdens), min(burdens)) == (2.6e11, 8.5e8)
    cured = [
        cm.exact(
            cm.replace(cm.example("bozic_2013_patients"), {"tumor.diagnosed_at": f"{size:g} cells"})
        ).cured
        for size in (8.5e8, 5.4e10, 2.6e11)
    ]
    assert cured[0] > cured[1] > cured[2]
    # Bozic et al. 2013, Table 1, by a formula that approximates this: .068 and .283
    assert 1.0 - cured[1] == pytest.approx(0.068, abs=0.015)
    assert 1.0 - cured[2] == pytest.approx(0.283, abs=0.03)
