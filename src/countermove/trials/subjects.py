"""Tables of a trial with one row a patient, or one a patient and endpoint: ADSL and ADTTE.

Here: both. Not here: what scans showed (``trials.scans``), doses (``trials.nonmem_table``), a
conformant submission package: the subjects are virtual and dates are days.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from countermove.foundation import SAME_DAY
from countermove.foundation.arrays import Bools
from countermove.trials.conduct import (
    Conducted,
    LookData,
    crossing_times,
    endpoint_times,
    pooled,
)
from countermove.trials.outcomes import pool_from_table
from countermove.trials.study import Study, flag, numbers

if TYPE_CHECKING:
    import pandas as pd

PARAMETERS = {
    "progression_free_survival": (
        "PFS",
        "Progression-Free Survival",
        "Disease progression or death",
    ),
    "time_to_progression": ("TTP", "Time to Progression", "Disease progression"),
    "overall_survival": ("OS", "Overall Survival", "Death"),
    "progression_free_survival_2": (
        "PFS2",
        "Progression-Free Survival 2",
        "Disease progression under the next line or death",
    ),
}
RESPONSE = ("DOR", "Duration of Response", "Disease progression or death")


def adsl(study: Study) -> pd.DataFrame:
    """Subject-level table, one row a patient in order of entry.

    Parameters
    ----------
    study
        At the data cutoff, the last look that was taken.

    Returns
    -------
    The columns that `countermove.trials.dictionary` lists for ADSL; ``COV_`` and a name for each
    covariate of the scenario.

    Notes
    -----
    Names follow CDISC ADaM Implementation Guide 1.3; days stand where it has dates, because a
    virtual trial has none. A trial that stops early has patients who did not enter: RANDFL N.
    """
    trial, in_ = study.trial, study.entered
    died = ~np.isnan(study.died)
    lost = in_ & ~died & (trial.dropout <= study.end)
    why = np.select([died, lost], ["DEATH", "LOST TO FOLLOW-UP"], "")
    state = np.select([died | lost, in_], ["DISCONTINUED", "ONGOING"], "")
    over = in_ & (trial.crossover <= study.end)
    policy = np.array([arm.policy for arm in trial.design.arms], dtype=object)
    data = trial.on(study.cutoff)
    responded = np.zeros(in_.size, dtype=np.bool_)
    responded[data.patient] = data.responded
    treated = in_ & ~(study.outcomes["baseline"].isna().to_numpy())
    table = study.subject()
    covariates = {
        f"COV_{name}": study.outcomes[name].to_numpy()
        for name in study.scenario.patients.covariates
        if name in study.outcomes
    }
    return table.assign(
        SUBJID=numbers(in_.size),
        PATIENT=study.number,
        ARM=table["TRT01P"],
        ARMCD=[f"ARM{number + 1}" for number in trial.arm],
        TRT01A=table["TRT01P"],
        POLICY=policy[trial.arm],
        STRATUM=trial.stratum + 1,
        RANDDY=trial.entry,
        RANDFL=flag(in_),
        ITTFL=flag(in_),
        SAFFL=flag(treated),
        FASFL=flag(in_ & trial.analyzed),
        EOSSTT=state.astype(object),
        DCSREAS=why.astype(object),
        EOSDY=np.where(in_, study.end, np.nan),
        DTHFL=flag(died),
        DTHDY=study.died,
        XOVERFL=flag(over),
        XOVERDY=np.where(over, trial.crossover, np.nan),
        RESPFL=flag(responded),
        **covariates,
    )


def adtte(study: Study) -> pd.DataFrame:
    """Time-to-event table: every endpoint of who is analyzed, then the responses' durations.

    Parameters
    ----------
    study
        At the data cutoff, the last look that was taken.

    Returns
    -------
    The columns that `countermove.trials.dictionary` lists for ADTTE. PARAMCD is PFS, TTP, OS, PFS2
    and, of responders, DOR. CNSR is 0 for an event and 1 for a censored time.

    Notes
    -----
    The rows of the trial's own endpoint (PRIMFL) are the data that it was analyzed by, so that
    log-rank and hazard ratio come out the same.
    """
    import pandas as pd

    parts = []
    for endpoint, words in PARAMETERS.items():
        own = with_endpoint(study, endpoint)
        data = own.on(study.cutoff)
        rows = {
            "AVAL": data.time,
            "CNSR": (~data.event).astype(np.int64),
            "CNSDTDSC": _reason(study, own, data, endpoint),
            "STARTDY": own.entry[data.patient],
            "PRIMFL": flag(np.full(data.time.size, endpoint == study.trial.design.endpoint), no=""),
        }
        parts.append(_rows(study, data.patient, words, rows))
    data = study.trial.on(study.cutoff)
    yes, start = data.responded, study.trial.response_start[data.patient]
    who, ended, length = data.patient[yes], data.response_ended[yes], data.response[yes]
    lost = study.trial.dropout[who] <= data.until[yes] + SAME_DAY
    cut = study.cutoff - study.trial.entry[who] <= data.until[yes] + SAME_DAY
    words = np.select([lost, cut], [LOST, CUT], "Last scan without event")
    rows = {
        "AVAL": length,
        "CNSR": (~ended).astype(np.int64),
        "CNSDTDSC": np.where(ended, "", words).astype(object),
        "STARTDY": study.trial.entry[who] + start[yes],
        "PRIMFL": flag(np.zeros(who.size), no=""),
    }
    if who.size:
        parts.append(_rows(study, who, RESPONSE, rows))
    return pd.concat(parts, ignore_index=True)


def with_endpoint(study: Study, endpoint: str) -> Conducted:
    """Return the conducted trial as it stands for another endpoint: same patients, same days."""
    trial, design = study.trial, study.trial.design
    pools = [
        pool_from_table(table, endpoint, first_scan=study.first_scan)
        for table in study.tables.values()
    ]
    event = endpoint_times(design, pools, trial.arm, trial.member)
    end = pooled([each.followed for each in pools], trial.arm, trial.member)
    crossed = crossing_times(design, pools, trial.arm, trial.member)
    if design.at_crossover_censored:
        end = np.minimum(end, crossed)
    return dataclasses.replace(
        trial,
        event=np.where(trial.analyzed, event, np.inf),
        end=end,
        crossover=np.where(crossed <= np.minimum(trial.dropout, end), crossed, np.inf),
        by_scans=trial.scans is not None and endpoint != "overall_survival",
    )


LOST = "Lost to follow-up"
CUT = "Without event at data cutoff"


def _reason(study: Study, own: Conducted, data: LookData, endpoint: str) -> NDArray[Any]:
    """Say why each time without an event ends."""
    who, time = data.patient, data.until
    over: Bools = np.zeros(who.size, dtype=np.bool_)
    if own.design.at_crossover_censored:
        over = own.crossover[who] <= time
    dead = study.died[who] <= time
    conditions = [
        own.dropout[who] <= time,
        own.entry[who] + time >= data.day - SAME_DAY,
        over,
        dead,
    ]
    words = [LOST, CUT, "Crossover to the other arm", "Death without progression"]
    last = "Last contact" if endpoint == "overall_survival" else "Last scan without event"
    return np.where(data.event, "", np.select(conditions, words, last)).astype(object)


def _rows(
    study: Study, who: NDArray[np.int64], words: tuple[str, str, str], rows: dict[str, Any]
) -> pd.DataFrame:
    """Rows of one parameter, columns in the table's order."""
    code, label, event = words
    return (
        study.subject()
        .iloc[who]
        .reset_index(drop=True)
        .assign(
            PARAMCD=code,
            PARAM=f"{label} (days)",
            AVAL=rows["AVAL"],
            AVALU="DAYS",
            CNSR=rows["CNSR"],
            EVNTDESC=np.where(rows["CNSR"] == 0, event, "").astype(object),
            CNSDTDSC=rows["CNSDTDSC"],
            STARTDY=rows["STARTDY"],
            PRIMFL=rows["PRIMFL"],
        )
    )
