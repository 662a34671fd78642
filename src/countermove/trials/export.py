"""Tables of a simulated trial in the shapes that analysts already use.

Here: ADaM-like ADSL, ADTTE and ADTR, and writing tables as CSV and Parquet. Not here: doses and
observations as NONMEM reads them (``trials.nonmem_table``); a conformant submission package: the
subjects are virtual and dates are days.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from countermove.results import prepare_folder, write_outcomes, write_text
from countermove.trials.conduct import Conducted
from countermove.trials.nonmem_table import columns_of, patients_of

if TYPE_CHECKING:
    import pandas as pd


PARAMETERS = {
    "time_to_progression": ("TTP", "Time to Progression", "Disease progression"),
    "progression_free_survival": (
        "PFS",
        "Progression-Free Survival",
        "Disease progression or death",
    ),
    "overall_survival": ("OS", "Overall Survival", "Death"),
}
RESPONSE = ("DOR", "Duration of Response", "Disease progression")


def adsl(trial: Conducted, *, study: str = "VIRTUAL") -> pd.DataFrame:
    """Subject-level table, one row a patient in order of entry.

    Parameters
    ----------
    trial
        A conducted trial.
    study
        STUDYID.

    Returns
    -------
    STUDYID, USUBJID, SUBJID; ARM, ARMCD, TRT01P, TRT01PN (1: control), TRT01A (as planned, before
    any crossover), POLICY; RANDDY (days since the trial opened); ITTFL, SAFFL; EOSSTT (COMPLETED,
    DISCONTINUED or ONGOING), DCSREAS, EOSDY (days since randomization); XOVERFL, XOVERDY (crossover
    to the second arm); RESPFL; POOLROW (row of the arm's pool).

    Notes
    -----
    Names follow CDISC ADaM Implementation Guide 1.3; RANDDY, EOSDY, XOVERFL, XOVERDY, RESPFL,
    POLICY and POOLROW are this package's own, because a virtual trial has days and no dates.
    """
    import pandas as pd

    data = trial.on(trial.final_day)
    policy = np.array([arm.policy for arm in trial.design.arms], dtype=object)
    lost = ~data.event & (trial.dropout <= data.time)
    ongoing = ~data.event & ~lost
    state = np.select([lost, ongoing], ["DISCONTINUED", "ONGOING"], "COMPLETED")
    over = trial.crossover <= data.time
    return pd.DataFrame(
        {
            **_subject(trial, study),
            "SUBJID": _numbers(trial.arm.size),
            "ARM": _names(trial)[trial.arm],
            "ARMCD": [f"ARM{number + 1}" for number in trial.arm],
            "TRT01A": _names(trial)[trial.arm],
            "POLICY": policy[trial.arm],
            "RANDDY": trial.entry,
            "ITTFL": "Y",
            "SAFFL": "Y",
            "EOSSTT": state.astype(object),
            "DCSREAS": np.where(lost, "LOST TO FOLLOW-UP", "").astype(object),
            "EOSDY": data.time,
            "XOVERFL": _flag(over),
            "XOVERDY": np.where(over, trial.crossover, np.nan),
            "RESPFL": _flag(data.responded),
            "POOLROW": trial.member,
        }
    )


def adtte(trial: Conducted, *, study: str = "VIRTUAL", look: int = -1) -> pd.DataFrame:
    """Time-to-event table at a look: the endpoint of everybody, then the responses' durations.

    Parameters
    ----------
    trial
        A conducted trial.
    study
        STUDYID.
    look
        Number of the look; the final one by default.

    Returns
    -------
    STUDYID, USUBJID, TRT01P, TRT01PN; PARAMCD (TTP, PFS or OS; DOR), PARAM; AVAL in days, AVALU;
    CNSR (0: event, 1: censored); EVNTDESC, CNSDTDSC; STARTDY (days since the trial opened).
    """
    import pandas as pd

    data = trial.at(look)
    who = data.patient
    lost = ~data.event & (trial.dropout[who] <= data.time)
    code, label, event = PARAMETERS[trial.design.endpoint]
    subject = pd.DataFrame(_subject(trial, study)).iloc[who].reset_index(drop=True)
    first = subject.assign(
        PARAMCD=code,
        PARAM=f"{label} (days)",
        AVAL=data.time,
        AVALU="DAYS",
        CNSR=(~data.event).astype(np.int64),
        EVNTDESC=np.where(data.event, event, "").astype(object),
        CNSDTDSC=_reason(data.event, lost),
        STARTDY=trial.entry[who],
    )
    yes = data.responded
    # lost during the response, where the end was not seen
    out = yes & ~data.response_ended
    gone = trial.dropout[who] <= trial.response_start[who] + np.nan_to_num(data.response) + 1e-9
    code, label, event = RESPONSE
    second = subject[yes].assign(
        PARAMCD=code,
        PARAM=f"{label} (days)",
        AVAL=data.response[yes],
        AVALU="DAYS",
        CNSR=(~data.response_ended[yes]).astype(np.int64),
        EVNTDESC=np.where(data.response_ended[yes], event, "").astype(object),
        CNSDTDSC=_reason(data.response_ended, out & gone)[yes],
        STARTDY=trial.entry[who][yes] + trial.response_start[who][yes],
    )
    return pd.concat([first, second], ignore_index=True) if yes.any() else first


def adtr(
    trial: Conducted,
    patient: ArrayLike,
    day: ArrayLike,
    value: ArrayLike,
    *,
    parameter: tuple[str, str, str] = ("SUMDIAM", "Sum of Diameters (cm)", "cm"),
    study: str = "VIRTUAL",
) -> pd.DataFrame:
    """Tumor-measurement table: one row a measurement up to the patient's end on study.

    Parameters
    ----------
    trial
        A conducted trial.
    patient : (measurements,)
        Number of the patient in the trial.
    day : (measurements,)
        Days since treatment start; the last at or before 0 is baseline.
    value : (measurements,)
        What was measured.
    parameter
        PARAMCD, PARAM and AVALU.
    study
        STUDYID.

    Returns
    -------
    STUDYID, USUBJID, TRT01P, TRT01PN; PARAMCD, PARAM, AVISITN, ADY, AVAL, AVALU; ABLFL; BASE, CHG,
    PCHG; NADIR (lowest from baseline to just before) and PCHGNAD. Sorted by patient and day.

    Raises
    ------
    ScenarioError
        Lengths differ, or a patient is not in the trial.
    """
    import pandas as pd

    columns = columns_of({"patient": patient, "day": day, "value": value})
    who = patients_of(columns["patient"], trial.arm.size)
    table: Any = pd.DataFrame({"who": who, "ADY": columns["day"], "AVAL": columns["value"]})
    end = trial.on(trial.final_day).time
    seen = (table["ADY"].to_numpy() <= end[who]) & np.isfinite(columns["value"])
    table = table[seen].sort_values(["who", "ADY"], kind="stable").reset_index(drop=True)
    before: Any = table[table["ADY"] <= 0.0]
    last = before.groupby("who").tail(1)
    base = table["who"].map(pd.Series(last["AVAL"].to_numpy(), index=last["who"].to_numpy()))
    number = table.groupby("who").cumcount()
    after = table["AVAL"].where((table["ADY"] > 0.0) | table.index.isin(last.index))
    lowest = after.groupby(table["who"]).cummin().groupby(table["who"]).shift()
    nadir = lowest.where(table["ADY"] > 0.0)
    subject = pd.DataFrame(_subject(trial, study)).iloc[table["who"]].reset_index(drop=True)
    change = table["AVAL"] - base
    return subject.assign(
        PARAMCD=parameter[0],
        PARAM=parameter[1],
        AVISITN=number.astype(np.int64),
        ADY=table["ADY"],
        AVAL=table["AVAL"],
        AVALU=parameter[2],
        ABLFL=_flag(table.index.isin(last.index), no=""),
        BASE=base.astype(float),
        CHG=change.where(table["ADY"] > 0.0),
        PCHG=(100.0 * change / base.where(base > 0.0)).where(table["ADY"] > 0.0),
        NADIR=nadir,
        PCHGNAD=100.0 * (table["AVAL"] - nadir) / nadir.where(nadir > 0.0),
    )


def write_tables(tables: Mapping[str, pd.DataFrame], folder: str | Path) -> list[Path]:
    """Write each table as CSV and Parquet, each file whole or not at all.

    Parameters
    ----------
    tables
        By name: ``adsl`` becomes ``adsl.csv`` and ``adsl.parquet``. Missing values are empty in
        CSV, and a period in the table named ``nonmem``, as NONMEM wants.
    folder
        Made where needed.

    Returns
    -------
    The files written.

    Raises
    ------
    OutputError
        The folder cannot be written, or the disk is full.
    """
    path = prepare_folder(folder)
    written: list[Path] = []
    for name, table in tables.items():
        empty = "." if name == "nonmem" else ""
        text = table.to_csv(index=False, na_rep=empty, lineterminator="\n")
        write_text(text, path / f"{name}.csv")
        write_outcomes(table, path / f"{name}.parquet")
        written += [path / f"{name}.csv", path / f"{name}.parquet"]
    return written


def _subject(trial: Conducted, study: str) -> dict[str, Any]:
    return {
        "STUDYID": study,
        "USUBJID": [f"{study}-{number}" for number in _numbers(trial.arm.size)],
        "TRT01P": _names(trial)[trial.arm],
        "TRT01PN": trial.arm + 1,
    }


def _numbers(count: int) -> list[str]:
    width = max(4, len(str(count)))
    return [f"{number:0{width}d}" for number in range(1, count + 1)]


def _names(trial: Conducted) -> NDArray[Any]:
    return np.array([arm.name for arm in trial.design.arms], dtype=object)


def _flag(yes: Any, no: str = "N") -> NDArray[Any]:
    return np.where(np.asarray(yes, dtype=bool), "Y", no).astype(object)


def _reason(event: NDArray[np.bool_], lost: NDArray[np.bool_]) -> NDArray[Any]:
    words = np.where(lost, "Lost to follow-up", "Alive without event at data cutoff")
    return np.where(event, "", words).astype(object)
