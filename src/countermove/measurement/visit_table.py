"""The visits of some patients as a table: one row for each thing that was read.

Here: the table. Not here: the readings (``measurement.clinic``), endpoints made of them
(``measurement.clinical``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from countermove.measurement.clinic import Clinic
from countermove.measurement.clinical import Moves, scan_codes

if TYPE_CHECKING:
    import pandas as pd

RECIST = "recist"  # the response by RECIST at a scan, as an index into ``RESPONSES``


def visit_table(clinic: Clinic, moves: Moves, *, kept: int, first: int) -> pd.DataFrame:
    """Everything that visits read of the first ``kept`` patients.

    Parameters
    ----------
    clinic, moves
        At the end of a run.
    kept, first
        How many patients, and the number of the first one.

    Returns
    -------
    One row a reading, by patient, kind and day: ``patient``; ``day`` and ``known``, days since
    diagnosis of the visit and of its result; ``kind``; ``observable``; ``value`` in its unit, 0
    where there is less than can be seen. ``recist`` is the response by the run's criterion.
    """
    import pandas as pd

    parts: list[pd.DataFrame] = []
    values = {name: own[:kept] for name, own in clinic.values.items()}
    codes, _ = scan_codes(clinic, moves)
    values[RECIST] = np.where(clinic.taken["imaging"], codes, np.nan)[:kept]
    counts = np.diff(clinic.truth.start)[:kept]
    for lesion in range(clinic.lesions if clinic.lesions > 1 else 0):
        has = (counts > max(lesion, 1))[:, None]  # of who has one lesion the sum says it
        values[f"diameter.{lesion + 1}"] = np.where(has, clinic.diameters[:kept, :, lesion], np.nan)
    for name, own in values.items():
        kind = clinic.instruments.names.get(name, "imaging")
        plan = clinic.visits[kind]
        patient, visit = np.nonzero(~np.isnan(own))
        parts.append(
            pd.DataFrame(
                {
                    "patient": first + patient,
                    "day": plan.day[patient, visit],
                    "known": plan.known[patient, visit],
                    "kind": kind,
                    "observable": name,
                    "value": own[patient, visit],
                }
            )
        )
    for number in range(len(clinic.called)):
        parts.append(_called_for(clinic, number, kept=kept, first=first))
    table = pd.concat(parts, ignore_index=True)
    order = np.lexsort((table["day"], table["kind"], table["patient"]))
    return table.iloc[order].reset_index(drop=True)


def _called_for(clinic: Clinic, number: int, *, kept: int, first: int) -> pd.DataFrame:
    """Rows of one biopsy that progression called for."""
    import pandas as pd

    name, patients, day, known, value = clinic.called[number]
    own = patients < kept
    return pd.DataFrame(
        {
            "patient": first + patients[own],
            "day": day[own],
            "known": known[own],
            "kind": "biopsy",
            "observable": name,
            "value": value[own],
        }
    )
