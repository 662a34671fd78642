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

    def __call__(self, patients: Ints, days: Floats) -> Floats:
        """(patients, types) deaths per cell and day, of each patient on its day."""
        model, drugs = self._model, len(self._model.drugs)
        groups = self._histories.group[patients]
        _, first, back = np.unique(
            groups + 1j * days, return_index=True, return_inverse=True
        )  # each group on each day once
        back = back.reshape(-1)
        levels: list[Floats] = []
        for place in first:
            day = float(days[place])
            given = self._histories.members[int(groups[place])].before(day)
            levels.append(levels_now(model, given.dosing(drugs, day)))
        if model.patients == 1:
            rows = np.concatenate([own[:1] for own in levels])
            return np.asarray(model.rates(rows).death[back])
        every = np.zeros((model.patients, 1, drugs))
        for number, own in enumerate(levels):
            mine = patients[back == number]
            every[mine, 0] = own if len(own) == 1 else own[mine]
        return np.asarray(model.rates(every).death[patients, 0])
