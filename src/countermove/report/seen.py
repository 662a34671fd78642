"""Reading from ``Runs`` what visits showed: readings of one patient, the typical patient.

Here: tables of visits as arrays, best responses and their colors. Not here: drawing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from countermove.foundation.arrays import Floats
from countermove.report.style import OTHER, SERIES
from countermove.results import Runs

RESPONSE_COLORS = {
    "CR": SERIES[2],
    "PR": SERIES[0],
    "SD": SERIES[3],
    "PD": SERIES[1],
    "NE": OTHER,
}
RESPONSE_NAMES = {
    "CR": "complete response",
    "PR": "partial response",
    "SD": "stable disease",
    "PD": "progression",
    "NE": "not evaluable",
}
PD_CODE = 4.0


def readings(runs: Runs, observable: str, patient: int | None = None) -> tuple[Floats, Floats]:
    """Days since diagnosis and values of an observable, of one patient or of all."""
    table: Any = runs.visits
    if table is None:
        return np.zeros(0), np.zeros(0)
    own = table["observable"].to_numpy() == observable
    if patient is not None:
        own = own & (table["patient"].to_numpy() == patient)
    rows = table[own]
    return rows["day"].to_numpy(dtype=np.float64), rows["value"].to_numpy(dtype=np.float64)


def courses_of(runs: Runs, observable: str) -> dict[int, tuple[Floats, Floats]]:
    """Days and values of an observable by patient."""
    table: Any = runs.visits
    if table is None:
        return {}
    rows = table[table["observable"].to_numpy() == observable]
    patients = rows["patient"].to_numpy()
    days, values = rows["day"].to_numpy(dtype=float), rows["value"].to_numpy(dtype=float)
    cuts = np.flatnonzero(np.diff(patients)) + 1
    return {
        int(who[0]): (when, what)
        for who, when, what in zip(
            np.split(patients, cuts), np.split(days, cuts), np.split(values, cuts), strict=True
        )
        if who.size
    }


def markers_of(runs: Runs) -> list[str]:
    """Observables of blood: the serum marker, and all tumor DNA."""
    table: Any = runs.visits
    if table is None:
        return []
    kinds = table[np.isin(table["kind"].to_numpy(dtype=str), ["marker", "ctdna"])]
    names = list(dict.fromkeys(kinds["observable"].astype(str)))
    return [name for name in names if "(" not in name and name != "ctdna.reads"]


def followed_of(runs: Runs) -> list[str]:
    """Share of reads of the alteration that the treatment follows, where it follows one."""
    name = (runs.document.get("treatment") or {}).get("alteration")
    observable = f"ctdna.vaf({name})"
    return [observable] if name and readings(runs, observable)[0].size else []


def typical_patient(runs: Runs) -> int | None:
    """Return the kept patient whose progression-free survival is the middle one."""
    kept = runs.trajectories.sizes["patient"]
    if kept == 0:
        return None
    length = runs.table["imaging_progression_free_survival"].to_numpy(dtype=np.float64)[:kept]
    order = np.argsort(length, kind="stable")
    return int(order[(kept - 1) // 2])


def best_responses(runs: Runs) -> list[str]:
    """Best overall response of each patient who was treated."""
    words = runs.table["best_overall_response"].astype(str).to_numpy()
    return [str(word) for word in words]
