"""Doses and observations as NONMEM, Monolix and nlmixr2 read them.

Here: `nonmem`, with what goes into it. Not here: what that is in a trial (``trials.dosing``), other
tables, writing (``trials.export``).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from countermove.foundation import ScenarioError, shown
from countermove.foundation.arrays import Floats

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Doses:
    """Doses given: arrays of one length.

    Attributes
    ----------
    patient : (doses,) number of the patient, from 0
    day : (doses,)
    amount : (doses,) above 0
    compartment : (doses,) number of the compartment, from 1
    rate : (doses,) amount a day of an infusion; 0: all at once
    interval, more : (doses,) days to the next of the same doses, and how many of them follow
    """

    patient: ArrayLike
    day: ArrayLike
    amount: ArrayLike
    compartment: ArrayLike
    rate: ArrayLike = 0.0
    interval: ArrayLike = 0.0
    more: ArrayLike = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """Observations made: arrays of one length, and the limit of quantification.

    Attributes
    ----------
    patient : (observations,) number of the patient, from 0
    day : (observations,)
    value : (observations,) nan where the sample was missed
    compartment : (observations,) number of the compartment, from 1
    limit : one number, or (observations,); a value below it is reported as censored; 0: none
    kind : one number, or (observations,); DVID, from 1
    """

    patient: ArrayLike
    day: ArrayLike
    value: ArrayLike
    compartment: ArrayLike
    limit: ArrayLike = 0.0
    kind: ArrayLike = 1


def nonmem(doses: Doses, measured: Measured) -> pd.DataFrame:
    """Table of doses and observations as NONMEM, Monolix and nlmixr2 read it.

    Parameters
    ----------
    doses, measured
        What was given and what was seen.

    Returns
    -------
    ID (from 1), TIME (days), EVID (1: dose, 0: observation), AMT, RATE, II and ADDL (interval to
    and number of additional doses), CMT, DV, DVID (kind of observation; 0 of a dose), MDV (1: no
    value), CENS (1: DV is the limit of quantification and the value lies below), LIMIT (lower end
    of the censored interval, 0; nan where not censored). Sorted by ID and TIME; an observation at
    the moment of a dose comes before it.

    Raises
    ------
    ScenarioError
        Lengths differ, a patient is not a whole number, or an amount is not above 0.

    Notes
    -----
    CENS and LIMIT as in Monolix and nlmixr2; in NONMEM they serve the M3 method (Beal 2001).
    """
    import pandas as pd

    given = columns_of({field.name: getattr(doses, field.name) for field in fields(doses)})
    seen = columns_of({field.name: getattr(measured, field.name) for field in fields(measured)})
    wrong = np.flatnonzero(~(given["amount"] > 0.0))
    if wrong.size:
        raise ScenarioError(
            f"doses.amount.{wrong[0]}",
            got=shown(float(given["amount"][wrong[0]])),
            expected="an amount above 0",
            remedy="Leave out doses that were not given.",
        )
    missing = np.isnan(seen["value"])
    below = ~missing & (seen["value"] < seen["limit"])
    value = np.where(below, seen["limit"], np.where(missing, 0.0, seen["value"]))
    first = pd.DataFrame(
        {
            "ID": patients_of(seen["patient"]) + 1,
            "TIME": seen["day"],
            "EVID": 0,
            "AMT": 0.0,
            "RATE": 0.0,
            "II": 0.0,
            "ADDL": 0,
            "CMT": seen["compartment"].astype(np.int64),
            "DV": value,
            "DVID": seen["kind"].astype(np.int64),
            "MDV": missing.astype(np.int64),
            "CENS": below.astype(np.int64),
            "LIMIT": np.where(below, 0.0, np.nan),
        }
    )
    second = pd.DataFrame(
        {
            "ID": patients_of(given["patient"]) + 1,
            "TIME": given["day"],
            "EVID": 1,
            "AMT": given["amount"],
            "RATE": given["rate"],
            "II": given["interval"],
            "ADDL": given["more"].astype(np.int64),
            "CMT": given["compartment"].astype(np.int64),
            "DV": 0.0,
            "DVID": 0,
            "MDV": 1,
            "CENS": 0,
            "LIMIT": np.nan,
        }
    )
    parts = [part for part in (first, second) if len(part)]
    table: Any = pd.concat(parts, ignore_index=True) if parts else first
    return table.sort_values(["ID", "TIME", "EVID"], kind="stable").reset_index(drop=True)


def columns_of(given: dict[str, ArrayLike]) -> dict[str, Floats]:
    """Read columns of one length; one number stands for a whole column."""
    arrays = {name: np.asarray(values, dtype=np.float64) for name, values in given.items()}
    size = arrays["patient"].size
    for name, values in arrays.items():
        if values.ndim == 0:
            arrays[name] = np.full(size, float(values))
        elif values.shape != (size,):
            raise ScenarioError(name, got=f"shape {values.shape}", expected=f"{size} numbers")
    return arrays


def patients_of(numbers: Floats) -> NDArray[np.int64]:
    """Read patients' numbers, from 0."""
    wrong = np.flatnonzero(~((numbers >= 0) & (numbers == np.floor(numbers))))
    if wrong.size:
        raise ScenarioError(
            f"patient.{wrong[0]}",
            got=shown(float(numbers[wrong[0]])),
            expected="a whole number, 0 or more",
        )
    return numbers.astype(np.int64)
