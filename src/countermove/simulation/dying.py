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

REMEMBERED = 256  # levels whose rates are kept


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
        self._known: dict[bytes, Floats] = {}

    def __call__(self, patients: Ints, days: Floats) -> Floats:
        """(patients, types) deaths per cell and day, of each patient on its day."""
        model, drugs = self._model, len(self._model.drugs)
        groups = self._histories.group[patients]
        same = days.size == 0 or bool((days == days[0]).all())
        kind = groups if same else groups + 1j * days  # each group on each day once
        _, first, back = np.unique(kind, return_index=True, return_inverse=True)
        back = back.reshape(-1)
        levels: list[Floats] = []
        for place in first:
            day = float(days[place])
            given = self._histories.members[int(groups[place])].before(day)
            levels.append(levels_now(model, given.dosing(drugs, day)))
        if model.patients == 1:
            return np.stack([self._rates(own[:1]) for own in levels])[back]
        every = np.zeros((model.patients, 1, drugs))
        for number, own in enumerate(levels):
            mine = patients[back == number]
            every[mine, 0] = own if len(own) == 1 else own[mine]
        return np.asarray(model.rates(every).death[patients, 0])

    def _rates(self, levels: Floats) -> Floats:
        """(types,) deaths per cell and day under the levels (1, drugs) of one patient."""
        key = levels.tobytes()
        if key not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[key] = self._model.rates(levels).death[0]
        return self._known[key]
