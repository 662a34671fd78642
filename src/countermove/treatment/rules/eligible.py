"""Who would be enrolled: a condition on the readings at baseline, in the language of rules.

Here: reading, checking and answering it. Not here: the language (``reading``, ``meaning``).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from countermove.foundation.arrays import Bools, Floats
from countermove.scenario import Scenario
from countermove.treatment.observations import Observations
from countermove.treatment.rules.actions import condition_of
from countermove.treatment.rules.evaluate import Facts, evaluate
from countermove.treatment.rules.tree import Node
from countermove.treatment.rules.vocabulary import vocabulary_of

WHERE = "patients.eligible"


def read_eligible(scenario: Scenario) -> Node | None:
    """Read and check ``patients.eligible``; None where it is not given.

    Raises
    ------
    ScenarioError
        It cannot be read, or names what this scenario does not measure.
    """
    said = scenario.patients.eligible
    return None if said is None else condition_of(said, vocabulary_of(scenario), WHERE)


def eligible(condition: Node | None, baseline: Mapping[str, Floats], patients: int) -> Bools:
    """(patients,) who meets a condition at baseline; everybody where there is none.

    Parameters
    ----------
    condition
        As `read_eligible` returns it.
    baseline : by observable, (patients,)
        The last value at or before treatment start; nan where there is none.
    patients
        How many.
    """
    everybody = np.ones(patients, dtype=np.bool_)
    if condition is None:
        return everybody
    nothing, ones = np.zeros((patients, 0)), np.ones(patients, dtype=np.int64)
    code = np.zeros(patients, dtype=np.int64)
    seen = Observations(0.0, everybody, everybody, baseline, baseline, baseline, code)
    return evaluate(condition, Facts(seen, 0.0, (), nothing, nothing, ones, ones))
