"""How fast cells die under the drugs of a day, from what each patient was given until then.

Here: the death rates that decide how much DNA a tumor sheds. Not here: ctDNA itself
(``measurement.ctdna``).
"""

from __future__ import annotations

import numpy as np

from countermove.foundation.arrays import Floats, Ints
from countermove.model import CompiledModel
from countermove.model.sampled import levels_now
from countermove.treatment import Histories


class DeathRates:
    """Death rates of every type, for patients treated in groups.

    Parameters
    ----------
    model
        Of these patients.
    histories
        What each was given; may go on beyond the day asked for.

    Notes
    -----
    Deaths of natural causes and by drugs, at the drug levels of that moment. The deaths that
    crowding adds where competition acts on death are left out. Blood is drawn before what is given
    that day, so that a sample is the same whether its result is known at once or later.
    """

    def __init__(self, model: CompiledModel, histories: Histories) -> None:
        self._model, self._histories = model, histories

    def __call__(self, patients: Ints, day: float) -> Floats:
        """(patients, types) deaths per cell and day, of those patients on a day."""
        groups = self._histories.group[patients]
        model, drugs = self._model, len(self._model.drugs)
        levels = np.zeros((patients.size, drugs))
        for group in np.unique(groups):
            mine = groups == group
            given = self._histories.members[int(group)].before(day)
            now = levels_now(model, given.dosing(drugs, day))
            levels[mine] = now if len(now) == 1 else now[patients[mine]]
        if model.patients > 1:
            every = np.zeros((model.patients, 1, drugs))
            every[patients, 0] = levels
            return np.asarray(model.rates(every).death[patients, 0])
        unique, back = np.unique(levels, axis=0, return_inverse=True)
        return np.asarray(model.rates(unique).death[back.reshape(-1)])
