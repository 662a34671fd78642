"""Here: branching against mean field where crowding spares from a cycle-specific drug.

Not here: the crowding factors themselves (``unit/test_growth_laws``). Five standard errors are a
false alarm of 6e-7 for each of four cases, before 2% of room for what counts do to a mean.
"""

import numpy as np
import pytest

from countermove.simulation import simulate
from support.small_scenarios import scenario


def crowded(cells: float, acts_on: str, *, kill: float = 0.25):
    return scenario(
        f"drugs: {{A: {{kill: {kill}, cycle_specific: yes}}}}",
        tumor=f"birth: 0.2, death: 0.05, start: {{cells: {cells}}}, lethal_at: 1e12,"
        f" growth: {{law: logistic, capacity: {cells / 0.7}, acts_on: {acts_on}}}",
        treatment="policy: continuous, drugs: A",
        follow_up=30,
    )


def agree(one, other, *, patients: int) -> bool:
    """Whether the mean of patients of one scenario is the mean-field course of the other."""
    mean = simulate(other, engine="mean_field").trajectories.burden.values[0, -1]
    runs = simulate(one, engine="branching", patients=patients, keep=patients)
    found = runs.trajectories.burden.values[:, -1]
    return abs(found.mean() - mean) <= 5 * found.std() / np.sqrt(patients) + 0.02 * mean


@pytest.mark.statistical
@pytest.mark.parametrize("cells", [7e4, 7e8])
@pytest.mark.parametrize("acts_on", ["birth", "death"])
def test_branching_and_mean_field_agree_on_a_crowded_tumor_under_a_cycle_specific_drug(
    cells, acts_on
):
    own = crowded(cells, acts_on)
    assert agree(own, own, patients=400 if cells == 7e4 else 10)


@pytest.mark.statistical
@pytest.mark.parametrize("acts_on", ["birth", "death"])
def test_the_check_above_would_notice_a_drug_a_tenth_weaker(acts_on):
    weaker = crowded(7e4, acts_on, kill=0.225)
    assert not agree(crowded(7e4, acts_on), weaker, patients=400)
