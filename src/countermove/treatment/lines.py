"""Lines of therapy: how many regimens a patient has been given.

Here: the count. Not here: which regimen comes next (``treatment.policies``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countermove.foundation.arrays import Floats


class LinesOfTherapy:
    """Count regimens given for the first time.

    A regimen is a set of drugs that a policy gives together, whatever their doses. A pause and a
    restart, a lower dose, a drug that its limit withholds: the line stays the same.

    Attributes
    ----------
    number : (patients,) lines so far
    begun : of each line in turn, (patients,) the day on which it began; nan where it did not
    """

    def __init__(self, patients: int) -> None:
        self.number = np.zeros(patients, dtype=np.int64)
        self.begun: list[Floats] = []
        self._place: dict[bytes, int] = {}
        self._given: list[NDArray[np.bool_]] = []
        self._last: NDArray[np.bool_] | None = None

    def count(self, wanted: Floats, held: Floats, day: float = np.nan) -> NDArray[np.bool_]:
        """Count the doses (patients, drugs) that a policy wants and limits allow from a day on.

        Returns
        -------
        (patients,) whose line is a new one.
        """
        before = self.number.copy()
        self._count(wanted, held, day)
        return np.asarray(self.number > before, dtype=np.bool_)

    def _count(self, wanted: Floats, held: Floats, day: float) -> None:
        given = np.asarray((held > 0.0).any(axis=1), dtype=np.bool_)
        sets = np.asarray((wanted > 0.0) & given[:, None], dtype=np.bool_)
        if self._last is not None and np.array_equal(sets, self._last):
            return
        self._last = sets
        packed = np.packbits(sets, axis=1)  # bytes a patient: rows compare as one word each
        rows = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1]))).reshape(-1)
        kinds, first, kind = np.unique(rows, return_index=True, return_inverse=True)
        for number in range(kinds.size):
            drugs = sets[first[number]]
            if not drugs.any():
                continue
            place = self._place.setdefault(drugs.tobytes(), len(self._given))
            if place == len(self._given):
                self._given.append(np.zeros(self.number.size, dtype=np.bool_))
            now = kind.reshape(-1) == number
            self._begin(now & ~self._given[place], day)
            self._given[place] |= now

    def _begin(self, who: NDArray[np.bool_], day: float) -> None:
        """Begin the next line of some patients."""
        self.number += who
        while len(self.begun) < int(self.number.max(initial=0)):
            self.begun.append(np.full(self.number.size, np.nan))
        for place, begun in enumerate(self.begun):
            begun[who & (self.number == place + 1)] = day
