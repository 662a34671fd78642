"""The flow of patients through a trial, in numbers: who was screened, and what became of them.

Here: the counts, arm by arm, at the analysis. Not here: carrying the trial out
(``trials.conduct``), the picture of it (``report.trial_page``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from countermove.foundation.arrays import Bools, Floats
from countermove.trials.conduct import Conducted

if TYPE_CHECKING:
    import pandas as pd


def flow(trial: Conducted, arms: Sequence[str], day: float, crossing: Floats) -> pd.DataFrame:
    """Count patients from randomization to the analysis, one row an arm.

    Parameters
    ----------
    trial
        What `conduct` returned.
    arms
        Their names, in the design's order.
    day
        Of the analysis, since the trial opened.
    crossing : (patients,)
        Days from entry to going over to the other arm; inf: never. Crossing at the event itself,
        as at progression in progression-free survival, counts too.

    Returns
    -------
    Index ``arm``. Columns: ``randomized`` in the whole trial; ``entered`` by the analysis; of them
    ``lost`` before the event, ``crossed_over``, ``not_evaluable`` and ``analyzed``.
    """
    import pandas as pd

    entered = trial.entry <= day
    own = day - trial.entry  # days that each has been in the trial
    until = np.minimum(np.minimum(trial.event, trial.end), own)
    kinds: dict[str, Bools] = {
        "randomized": np.ones(trial.arm.size, dtype=np.bool_),
        "entered": entered,
        "lost": entered & (trial.dropout < until),
        "crossed_over": entered & (crossing <= np.minimum(own, trial.dropout)),
        "not_evaluable": entered & ~trial.analyzed,
        "analyzed": entered & trial.analyzed,
    }
    rows = [
        {name: int((who & (trial.arm == number)).sum()) for name, who in kinds.items()}
        for number in range(len(arms))
    ]
    return pd.DataFrame(rows, index=pd.Index(list(arms), name="arm"))
