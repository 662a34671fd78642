"""Here: first cells that could not grow a tumor. Not here: the tumors they grow (statistical)."""

import pytest

import countermove as cm
from countermove.foundation import ScenarioError

CARRIER = """
countermove: 1
name: t
tumor: {{birth: 0.14 /day, death: 0.13 /day, diagnosed_at: 1e9 cells}}
alterations: {{r: {{rate: 1e-7, mechanism: target, drug: a, cost: {cost}}}}}
drugs: {{a: {{kill: 0.04 /day}}}}
treatment: {{policy: continuous, drugs: [a]}}
intrinsic: {{alteration: r, share_of_patients: 1}}
patients: {{number: 300}}
follow_up: 1 year
"""


@pytest.mark.parametrize("engine", ["branching", "mean_field"])
def test_a_tumor_of_a_carrier_that_shrinks_is_refused_at_once(engine):
    # birth x (1 - cost) = .098 below the death of .13: no such cell ever grows to 1e9.
    with pytest.raises(ScenarioError, match=r"intrinsic\.alteration.*-0\.032 per day"):
        cm.simulate(cm.loads(CARRIER.format(cost=0.3)), engine=engine, progress=False)


def test_the_patient_whose_drawn_cost_is_too_much_is_named():
    own = CARRIER.format(cost=0) + "seed: 1\n"
    varied = own.replace(
        "number: 300", "number: 300, vary: {alterations.r.cost: {uniform: [0, X]}}"
    )
    with pytest.raises(ScenarioError, match=r"in patient \d+: |in patient \d+"):
        cm.simulate(cm.loads(varied.replace("X", "0.3")), progress=False)
    small = cm.simulate(cm.loads(varied.replace("X", "0.05")), patients=20, progress=False)
    assert len(small.outcomes()) == 20


def test_a_carrier_that_grows_is_no_reason_to_refuse():
    runs = cm.simulate(cm.loads(CARRIER.format(cost=0.05)), patients=5, progress=False)
    assert runs.outcomes()["progressed"].all()
