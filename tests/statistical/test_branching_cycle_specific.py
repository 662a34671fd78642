"""Here: branching against mean field where crowding spares from a cycle-specific drug.

Not here: the crowding factors themselves (``unit/test_growth_laws``). Five standard errors are a
false alarm of 6e-7 for each of four cases, before 2% of room for what counts do to a mean.
"""

import numpy as np
import pytest

from countermove.simulation import simulate
from support.small_scenarios import scenario


@pytest.mark.statistical
@pytest.mark.parametrize("cells", [7e4, 7e8])
@pytest.mark.parametrize("acts_on", ["birth", "death"])
def test_branching_and_mean_field_agree_on_a_crowded_tumor_under_a_cycle_specific_drug(
    cells, acts_on
):
    own = scenario(
        "drugs: {A: {kill: 0.25, cycle_specific: yes}}",
        tumor=f"birth: 0.2, death: 0.05, start: {{cells: {cells}}}, lethal_at: 1e12,"
        f" growth: {{law: logistic, capacity: {cells / 0.7}, acts_on: {acts_on}}}",
        treatment="policy: continuous, drugs: A",
        follow_up=30,
    )
    mean = simulate(own, engine="mean_field").trajectories.burden.values[0, -1]
    patients = 400 if cells == 7e4 else 10
    runs = simulate(own, engine="branching", patients=patients, keep=patients)
    found = runs.trajectories.burden.values[:, -1]
    error = 5 * found.std() / np.sqrt(patients) + 0.02 * mean
    assert found.mean() == pytest.approx(mean, abs=error)
