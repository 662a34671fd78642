"""Here: confirmed rises in blood on hand-made samples, and their lead over scans.

Not here: progression on scans (``test_recist``).
"""

import numpy as np
import pytest

from countermove.foundation import ScenarioError
from countermove.measurement import MolecularRule, lead, molecular_progression

NAN = np.nan


def blood(samples, **rule):
    """Time of a rise, and when it was known, of one patient sampled every ten days."""
    rule = MolecularRule(**{"factor": 2.0} | rule)
    found = molecular_progression(np.arange(len(samples)) * 10.0, np.array([samples]), rule)
    assert found.progressed[0] == (not np.isnan(found.time[0]))
    return found.time[0], found.known[0]


@pytest.mark.parametrize(
    ("samples", "rule", "expected"),
    [
        ([0.4, 0.1, 0.2, 0.2], {}, (20, 30)),  # exactly twice
        ([0.4, 0.1, 0.19, 0.3, 0.3], {}, (30, 40)),
        ([0.4, 0.1, 0.3, 0.1, 0.3], {}, (NAN, NAN)),
        ([0.4, 0.1, 0.3, NAN, 0.3], {}, (20, 40)),  # one not taken breaks nothing
        ([0.4, 0.1, NAN, 0.3], {}, (NAN, NAN)),
        ([0.1, 0.2, 0.2], {}, (10, 20)),  # baseline is a nadir
        ([NAN, 0.1, 0.2, 0.2], {}, (20, 30)),
        ([0.2, 0.0, 0.0, 0.01, 0.02], {}, (30, 40)),
        ([0.2, 0.0, 0.0, 0.01, 0.02, 0.03], {"limit": 0.01}, (40, 50)),
        ([0.2, 0.2, 0.2], {"factor": 1.0}, (NAN, NAN)),
        ([0.4, 0.1, 0.3], {"consecutive": 1}, (20, 20)),
        ([0.4, 0.1, 0.3, 0.3, 0.3], {"consecutive": 3}, (20, 40)),
        ([True, False, True, True], {}, (20, 30)),
        ([True, False, True, True], {"factor": 50.0, "limit": 4.0}, (20, 30)),
        ([True, True, True], {}, (NAN, NAN)),
        ([False, True, False, True], {}, (NAN, NAN)),
    ],
)
def test_a_confirmed_rise_in_blood(samples, rule, expected):
    assert blood(samples, **rule) == pytest.approx(expected, nan_ok=True)


def test_blood_leads_scans():
    ahead = lead([30.0, 90.0, NAN, 10.0], [56.0, 56.0, 56.0, NAN])
    np.testing.assert_array_equal(ahead, [26.0, -34.0, NAN, NAN])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: MolecularRule(0.9),
        lambda: MolecularRule(2.0, limit=-1.0),
        lambda: MolecularRule(2.0, consecutive=0),
        lambda: molecular_progression([0.0], [1.0], MolecularRule(2.0)),
        lambda: molecular_progression([0.0], [[-1.0]], MolecularRule(2.0)),
        lambda: molecular_progression([1.0, 1.0], [[1.0, 1.0]], MolecularRule(2.0)),
        lambda: molecular_progression([1.0], [[1.0, 1.0]], MolecularRule(2.0)),
        lambda: lead([1.0], [1.0, 2.0]),
    ],
)
def test_what_does_not_fit_is_refused(wrong):
    with pytest.raises(ScenarioError, match="expected"):
        wrong()
