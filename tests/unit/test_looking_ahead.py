"""Here: the policy that looks ahead, and the belief it looks from. Not here: other policies."""

import numpy as np
import pytest

import countermove as cm
from countermove.simulation.belief import ENOUGH, tempered
from countermove.simulation.setup import prepare
from support.cohorts import same_bits

HEAD = "countermove: 1\nname: t\npatients: {number: 40, vary: {VARY}}\nfollow_up: 40 weeks\n"
BODY = """
tumor: {birth: 0.14 /day, death: 0.13 /day, start: {cells: 1e10}}
drugs: {A: {kill: 0.02 /day}, B: {kill: 0.03 /day}}
treatment: {policy: look_ahead, drugs: [A, B], horizon: 12 weeks, futures: 40}
monitoring: {imaging: {every: 4 weeks, error: ERROR}}
"""
EITHER = "drugs.A.kill: {discrete: {values: [0, 0.08]}}"  # half of the patients do not answer to A


def scenario(*, error="5%", vary=EITHER, policy="look_ahead", seed=1):
    text = (HEAD + BODY).replace("VARY", vary).replace("ERROR", error)
    own = cm.loads(text + f"seed: {seed}\n")
    return own if policy == "look_ahead" else cm.replace(own, policy)


def fixed(line):
    return scenario(policy={"treatment": {"policy": "continuous", "drugs": [line]}})


def height(runs):
    """Mean logarithm of the burden at the end."""
    return float(np.log10(runs.table["final"].to_numpy() + 1.0).mean())


def test_knowing_nothing_it_gives_the_best_fixed_line_to_everyone():
    # readings that say nothing: A kills .03 a day on average, as much as B; make B better
    vary = "drugs.A.kill: {discrete: {values: [0, 0.04]}}"
    table = cm.simulate(scenario(error="100%", vary=vary), progress=False).table
    assert (table["dose_A"] <= 28.0).all()  # the belief's own chances may tip the first visit
    assert (table["dose_B"] >= 252.0).all()


def test_knowing_much_it_is_better_than_every_fixed_line():
    ahead = cm.simulate(scenario(), progress=False)
    lines = [cm.simulate(fixed(line), progress=False) for line in ("A", "B")]
    assert height(ahead) < min(height(line) for line in lines) - 0.3
    answers = ahead.table["drugs.A.kill"] > 0.0
    assert (ahead.table["dose_A"][answers] > 200.0).mean() > 0.9
    assert (ahead.table["dose_B"][~answers] > 200.0).mean() > 0.9


def test_a_pause_is_chosen_where_drugs_do_no_good():
    own = cm.replace(scenario(vary=""), {"treatment.pause": True, "treatment.objective": "control"})
    assert own.criterion == "baseline"
    table = cm.simulate(own, progress=False).table
    assert table["drug_free"].to_numpy().max() <= 280.0


def test_the_belief_is_of_other_patients_drawn_from_the_same_population():
    setup = prepare(scenario(vary="drugs.A.kill: {uniform: [0, 0.1]}"), "branching")
    truth = setup.cast.choose(0, 40).drawn.values["drugs.A.kill"]
    believed = setup.believed.choose(0, 40).drawn.values["drugs.A.kill"]
    assert not set(truth.tolist()) & set(believed.tolist())
    assert abs(truth.mean() - believed.mean()) < 0.04


@pytest.mark.parametrize("chunk", [1, 7])
def test_the_belief_of_a_patient_does_not_depend_on_the_others(chunk):
    whole = cm.simulate(scenario(), patients=14, progress=False)
    parts = cm.simulate(scenario(), patients=14, chunk=chunk, threads=2, progress=False)
    assert same_bits(whole, parts)


def test_tempering_keeps_enough_of_them_and_no_more_than_needed():
    rng = np.random.default_rng(1)
    log_weights = -0.5 * rng.normal(0.0, 40.0, 200) ** 2
    weights = tempered(log_weights, ENOUGH)
    assert weights.sum() == pytest.approx(1.0)
    assert 1.0 / (weights**2).sum() == pytest.approx(ENOUGH, rel=1e-6)
    assert weights.argmax() == log_weights.argmax()
    mild = 0.01 * log_weights / np.abs(log_weights).max()
    assert tempered(mild, ENOUGH) == pytest.approx(np.exp(mild) / np.exp(mild).sum())
    assert np.isfinite(tempered(np.full(5, -1e6), ENOUGH)).all()


def test_patients_of_a_table_have_no_population_to_believe_in(tmp_path):
    table = tmp_path / "p.csv"
    table.write_text("drugs.A.kill\n0.02\n0.03\n")
    own = cm.replace(scenario(vary=""), {"patients": {"table": {"file": str(table)}}})
    with pytest.raises(cm.foundation.ScenarioError, match="patients drawn from distributions"):
        cm.simulate(own, progress=False)
