"""On which days the scans of a patient could be judged, and the last of them before a day.

Here: those days, from visits or from the plan, and the look-up. Not here: what is censored there
(``trials.conduct``, ``trials.power``), what a scan shows (``measurement``).

A time that is read at scans is known as far as the last one that could be judged, not to the day of
the analysis: FDA, Clinical Trial Endpoints for the Approval of Cancer Drugs and Biologics (2018),
appendix on progression-free survival.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from countermove.foundation import SAME_DAY
from countermove.foundation.arrays import Floats, Ints
from countermove.measurement.recist_lesions import NE
from countermove.results import Runs

if TYPE_CHECKING:
    import pandas as pd

KEPT = 1000
MOST_READ = 20_000  # patients; with more the courses that are kept along take too much memory


def kept_for(screened: int) -> int:
    """Patients whose visits a trial or power keeps, so that it knows the days of their scans."""
    return max(screened, KEPT) if screened <= MOST_READ else KEPT


def last_scan(scans: Floats, row: Ints, until: Floats) -> Floats:
    """Last scan on or before a day; 0, the baseline, where there is none.

    Parameters
    ----------
    scans : (most, patients)
        Days since treatment start on which scans could be judged, rising; inf where there is none.
    row : any shape
        Patients, as columns of `scans`.
    until : the same shape
        Days since treatment start.

    Returns
    -------
    Days, not after `until`, in the same shape.
    """
    last = np.zeros(until.shape)
    for days in scans:
        day = days[row]
        last = np.where(day <= until + SAME_DAY, day, last)
    return np.minimum(last, np.maximum(until, 0.0))


def side_by_side(parts: Sequence[Floats | None]) -> Floats | None:
    """Put the scans of several pools beside each other; None where those of any are not known."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    most = max(len(part) for part in known)
    return np.concatenate(
        [np.pad(p, ((0, most - len(p)), (0, 0)), constant_values=np.inf) for p in known], axis=1
    )


def scans_read(runs: Runs, start: float) -> Floats | None:
    """Find the scans after baseline that could be judged, of all patients of a run.

    Parameters
    ----------
    runs
        One arm.
    start
        Day of treatment start, since diagnosis.

    Returns
    -------
    (most, patients), or None where the visits of some were not kept (``keep``).
    """
    number: Any = runs.table.index.to_numpy()
    kept = runs.trajectories.sizes.get("patient", 0)
    if runs.visits is None or kept <= number.max(initial=-1):
        return None
    visits: Any = runs.visits
    rows = (visits["observable"].to_numpy() == "recist") & (visits["value"].to_numpy() != NE)
    patient = visits["patient"].to_numpy()[rows]
    day = visits["day"].to_numpy(dtype=np.float64)[rows] - start
    after = day > SAME_DAY
    return _rows(patient[after], day[after], number)


def _rows(patient: Ints, day: Floats, number: Ints) -> Floats:
    """Days of each patient one below the other, padded with inf."""
    order = np.lexsort((day, patient))
    patient, day = patient[order], day[order]
    first = np.searchsorted(patient, number)
    count = np.searchsorted(patient, number, side="right") - first
    result = np.full((int(count.max(initial=0)), number.size), np.inf)
    for place in range(len(result)):
        has = count > place
        result[place, has] = day[first[has] + place]
    return result


def scans_planned(table: pd.DataFrame, every: float) -> Floats | None:
    """Take scans as planned, where visits were not kept, and those that outcomes tell of.

    Parameters
    ----------
    table
        Outcomes.
    every
        Days between planned scans, the first one so long after baseline; 0 where nothing is known.

    Returns
    -------
    (most, patients): multiples of `every`, the last scan of who has no event, the first with a
    response. None where nothing is known.
    """
    if every <= 0.0:
        return None
    free = table["imaging_progression_free_survival"].to_numpy(dtype=np.float64)
    ended = np.maximum(free, table["overall_survival"].to_numpy(dtype=np.float64))
    count = int(ended.max(initial=0.0) / every + SAME_DAY)
    plan = every * np.arange(1.0, count + 1.0)[:, None] + np.zeros(free.size)
    event = table["imaging_event"].to_numpy(dtype=bool)
    last: ArrayLike = np.where(event, np.inf, free)
    response = table["imaging_time_to_response"].to_numpy(dtype=np.float64)
    told = np.stack([np.asarray(last), np.where(np.isnan(response), np.inf, response)])
    return np.sort(np.concatenate([plan, told]), axis=0)
