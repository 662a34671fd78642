"""The doses of some patients as rows of the table of visits: one row for each change.

Here: the rows. Not here: who decides on doses (``treatment``), what visits read
(``measurement.visit_table``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from countermove.foundation.arrays import Floats
from countermove.treatment import Histories

DOSE = "dose"  # kind of these rows


def with_doses(
    visits: pd.DataFrame,
    histories: Histories,
    drugs: Sequence[str],
    *,
    ended: Floats,
    first: int,
) -> pd.DataFrame:
    """Add the doses of the patients of ``ended`` to their table of visits.

    Parameters
    ----------
    visits
        As `visit_table` made it.
    histories
        At the end of the run.
    drugs
        Their names, in the order of the doses.
    ended : (kept,)
        Day of death; nan for none. Nobody is given a drug after it.
    first
        Number of the first patient.

    Returns
    -------
    The rows of ``visits`` and, of kind ``dose``, one row for each day on which the dose of a drug
    changed: ``observable`` is ``dose_`` and the drug's name, ``value`` the multiple of the full
    dose given from that day on. By patient, kind and day.
    """
    group = histories.group[: ended.size]
    parts = [visits]
    for number in np.unique(group):
        who = np.flatnonzero(group == number)
        member = histories.members[int(number)]
        days = np.array(member.times, dtype=np.float64)
        doses = np.array(member.doses, dtype=np.float64).reshape(days.size, -1)
        for place, drug in enumerate(drugs):
            before = np.concatenate([[0.0], doses[:-1, place]])
            rows = np.flatnonzero(doses[:, place] != before)
            patient, change = np.repeat(who, rows.size), np.tile(rows, who.size)
            alive = ~(days[change] >= ended[patient])
            patient, change = patient[alive], change[alive]
            if patient.size:
                parts.append(
                    pd.DataFrame(
                        {
                            "patient": first + patient,
                            "day": days[change],
                            "known": days[change],
                            "kind": DOSE,
                            "observable": f"dose_{drug}",
                            "value": doses[change, place],
                        }
                    )
                )
    if len(parts) == 1:
        return visits
    table = pd.concat(parts, ignore_index=True)
    order = np.lexsort((table["day"], table["kind"], table["patient"]))
    return table.iloc[order].reset_index(drop=True)
