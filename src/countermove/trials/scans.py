"""Tables of what scans showed: ADTR (sums of diameters) and ADRS (responses by RECIST).

Here: both, of each patient up to their end on study. Not here: what a response is
(``measurement``), patients and times to events (``trials.subjects``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from countermove.foundation.arrays import Floats, Ints
from countermove.measurement.recist_course import BestResponse, course_of_codes
from countermove.measurement.recist_lesions import NE, RESPONSES
from countermove.trials.study import Study, flag

if TYPE_CHECKING:
    import pandas as pd

ORDER = {"CR": 1, "PR": 2, "SD": 3, "PD": 4, "NE": 5}  # AVAL of a response
SUM = ("SUMDIAM", "Sum of Diameters (cm)", "cm")


def adtr(study: Study) -> pd.DataFrame:
    """Tumor measurements: the target lesions' sum of diameters at each scan that was read.

    Parameters
    ----------
    study
        At the data cutoff.

    Returns
    -------
    The columns that `countermove.trials.dictionary` lists for ADTR, by patient and day. AVAL 0
    stands for targets too small to be seen.
    """
    import pandas as pd

    rows: Any = study.read("sld")
    who, day, value = rows["who"], rows["day"], rows["value"].astype(float)
    last: Any = rows[day <= 0.0].groupby("who").tail(1)
    base = who.map(pd.Series(last["value"].to_numpy(), index=last["who"].to_numpy())).astype(float)
    baseline = rows.index.isin(last.index)
    after = value.where((day > 0.0) | baseline)
    nadir = after.groupby(who).cummin().groupby(who).shift().where(day > 0.0)
    change = value - base
    return (
        study.subject()
        .iloc[who]
        .reset_index(drop=True)
        .assign(
            PARAMCD=SUM[0],
            PARAM=SUM[1],
            AVISITN=rows.groupby("who").cumcount().astype(np.int64),
            ADY=day,
            AVAL=value,
            AVALU=SUM[2],
            ABLFL=flag(baseline, no=""),
            BASE=base,
            CHG=change.where(day > 0.0),
            PCHG=(100.0 * change / base.where(base > 0.0)).where(day > 0.0),
            NADIR=nadir,
            PCHGNAD=100.0 * (value - nadir) / nadir.where(nadir > 0.0),
        )
    )


def adrs(study: Study) -> pd.DataFrame:
    """Responses by RECIST: at each scan after baseline, and the best ones of each patient.

    Parameters
    ----------
    study
        At the data cutoff.

    Returns
    -------
    The columns that `countermove.trials.dictionary` lists for ADRS. PARAMCD is OVRLRESP (a row a
    scan), BOR and CBOR (a row a patient: the best overall response as seen, and with each response
    confirmed four weeks on). ADY of the last two is the day of the response; nan without one.

    Notes
    -----
    The best responses are those of the scans up to the end on study, by the criterion of the trial;
    the same function makes the outcomes of a run, so that they agree where nobody is lost or cut.
    """
    import pandas as pd

    rows: Any = study.read("recist")
    rows = rows[rows["day"] > 0.0].reset_index(drop=True)
    codes = rows["value"].to_numpy().astype(np.int64)
    visit = rows.groupby("who").cumcount().to_numpy() + 1
    who, day = rows["who"].to_numpy(), rows["day"].to_numpy()
    seen = _rows(study, who, ("OVRLRESP", "Overall Response at a Scan"), codes, day)
    best, confirmed = _best(codes, day, who, visit, study.entered.size)
    inside = np.flatnonzero(study.entered)
    parts = [seen.assign(AVISITN=visit)]
    for words, result in (
        (("BOR", "Best Overall Response"), best),
        (("CBOR", "Confirmed Best Overall Response"), confirmed),
    ):
        own = _rows(study, inside, words, result.code[inside], result.time_to_response[inside])
        parts.append(own.assign(AVISITN=-1))
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def _best(
    codes: Ints, day: Floats, who: Ints, visit: Ints, patients: int
) -> tuple[BestResponse, BestResponse]:
    """Best response of each patient; scans that were not read count as not evaluable."""
    most = int(visit.max(initial=0)) + 1
    grid = np.full((patients, most), NE, dtype=np.int64)
    grid[who, visit] = codes
    days = np.full((patients, most), np.nan)
    days[:, 0] = 0.0
    days[who, visit] = day
    last = np.nanmax(days, axis=1)
    count = (~np.isnan(days)).sum(axis=1)
    later = last[:, None] + np.arange(most)[None, :] - count[:, None] + 1.0
    result = course_of_codes(grid, np.where(np.isnan(days), later, days))
    return result.best, result.confirmed


def _rows(
    study: Study, who: Ints, words: tuple[str, str], codes: Ints, day: NDArray[np.float64]
) -> pd.DataFrame:
    names = np.array(RESPONSES, dtype=object)[codes]
    return (
        study.subject()
        .iloc[who]
        .reset_index(drop=True)
        .assign(
            PARAMCD=words[0],
            PARAM=words[1],
            AVISITN=np.zeros(who.size, dtype=np.int64),
            ADY=day,
            AVAL=np.array([ORDER[name] for name in names], dtype=np.int64),
            AVALC=names,
        )
    )
