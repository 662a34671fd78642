"""The one registry of output variables: name, dimensions, unit, meaning.

Here: every variable a run can return, and making tables and data sets that keep to it. Not here:
values.
"""

# pyright: standard
# pandas and xarray carry too few types for the strict setting
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

Kind = Literal["float64", "int64", "bool", "str"]
Source = Literal["seen", "truth"]
DOSE = "dose_<drug>"


@dataclass(frozen=True, slots=True)
class Variable:
    """One output variable.

    Attributes
    ----------
    name
        Name in the table or the data set; ``<drug>`` stands for each drug's name.
    dims
        Its dimensions; ``("patient",)`` alone is a column of the outcome table.
    unit
        ``cells``, ``days``, ``1`` (a plain number) or empty for words and yes/no.
    dtype
        ``float64``, ``int64``, ``bool`` or ``str``.
    meaning
        One sentence for people.
    source
        ``truth``: known of a simulated tumor alone; ``seen``: a clinic sees it too, or decided it.
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    dtype: Kind
    meaning: str
    source: Source = "truth"


def _outcome(name: str, unit: str, dtype: Kind, meaning: str, source: Source = "truth") -> Variable:
    return Variable(name, ("patient",), unit, dtype, meaning, source)


def _seen(name: str, unit: str, dtype: Kind, meaning: str) -> Variable:
    return Variable(name, ("patient",), unit, dtype, meaning, "seen")


_TRAJECTORY = (
    Variable("patient", ("patient",), "", "int64", "Number of the patient, from 0."),
    Variable("time", ("time",), "days", "float64", "Time since diagnosis."),
    Variable("type", ("type",), "", "str", "Name of the cell type."),
    Variable("genotype", ("type",), "", "str", "Alterations the type carries."),
    Variable("state", ("type",), "", "str", "State of the type."),
    Variable("niche", ("type",), "", "str", "Niche of the type."),
    Variable("origin", ("type",), "", "str", "Whether the type's lineage was there at diagnosis."),
    Variable("drug", ("drug",), "", "str", "Name of the drug."),
    Variable("cells", ("patient", "time", "type"), "cells", "float64", "Cells of each type."),
    Variable(
        "lesion_burden",
        ("patient", "time", "lesion"),
        "cells",
        "float64",
        "Cells of each lesion, nan where there is none; only where a patient has several.",
    ),
    Variable("lesion", ("lesion",), "", "int64", "Place of the lesion among the patient's."),
    Variable("burden", ("patient", "time"), "cells", "float64", "All cells together."),
    Variable(
        "on", ("patient", "time", "drug"), "1", "float64", "Multiple of the full dose from then on."
    ),
)

_OUTCOMES = (
    _outcome(
        "tumor_age",
        "days",
        "float64",
        "First cell of the oldest lesion to diagnosis; nan if the start was given.",
    ),
    _outcome("baseline", "cells", "float64", "Burden when treatment started."),
    _outcome("intrinsic_carrier", "", "bool", "Drawn to carry the intrinsic alteration."),
    _outcome("nadir", "cells", "float64", "Lowest burden up to progression."),
    _outcome("best_response", "1", "float64", "Nadir divided by baseline."),
    _outcome("responded", "", "bool", "The burden fell to the response threshold."),
    _outcome("time_to_response", "days", "float64", "From treatment start; nan if never."),
    _outcome("progressed", "", "bool", "The burden rose to the progression threshold."),
    _outcome("time_to_progression", "days", "float64", "From treatment start; nan if none."),
    _outcome(
        "progression_free_survival",
        "days",
        "float64",
        "Treatment start to progression or death, or to the end of follow-up.",
    ),
    _outcome("died", "", "bool", "The burden was lethal within follow-up.", "seen"),
    _outcome(
        "overall_survival",
        "days",
        "float64",
        "Treatment start to death, or to the end of follow-up.",
        "seen",
    ),
    _outcome(
        "duration_of_response",
        "days",
        "float64",
        "Response to progression, death or end of follow-up; nan if none.",
    ),
    _outcome("response_ended", "", "bool", "The response ended in progression or death."),
    _outcome("cured", "", "bool", "Alive at the end of follow-up, and no cell is left."),
    _outcome("final", "cells", "float64", "Burden at the end of follow-up, or at death."),
    _outcome("relapse_genotype", "", "str", "Genotype that carries the relapse; empty if none."),
    _outcome(
        "relapse_mechanisms",
        "",
        "str",
        "Its mechanisms; 'no alteration'; 'off drug'; empty if none.",
    ),
    _outcome("relapse_origin", "", "str", "Pre-existing, arisen or not followed; empty if none."),
    _outcome("relapse_route", "", "str", "Direct, or through which shelter; empty if none."),
    _outcome("resistance", "", "str", "Intrinsic, acquired or off drug; empty if no relapse."),
    _seen("best_overall_response", "", "str", "By RECIST 1.1: CR, PR, SD, PD or NE."),
    _seen("confirmed_response", "", "str", "The same, with each response confirmed 4 weeks on."),
    _seen("disease_control", "", "bool", "A response, or stable for 6 weeks or more, by scans."),
    _seen("depth_of_response", "%", "float64", "Lowest change of the sum of targets; nan if none."),
    _seen("imaging_time_to_response", "days", "float64", "To the first scan with a response."),
    _seen(
        "imaging_duration_of_response",
        "days",
        "float64",
        "That scan to progression by scan, death, or the last scan; nan if none.",
    ),
    _seen("imaging_response_ended", "", "bool", "It ended in progression by scan, or death."),
    _seen("imaging_progressed", "", "bool", "A scan showed progression, by the criterion."),
    _seen("imaging_time_to_progression", "days", "float64", "To that scan; nan if none."),
    _seen(
        "imaging_progression_free_survival",
        "days",
        "float64",
        "To progression by scan or death, or to the last scan.",
    ),
    _seen("imaging_event", "", "bool", "Progression by scan or death came within follow-up."),
    _seen(
        "progression_free_survival_2",
        "days",
        "float64",
        "To progression by scan under the second line or death, or to the last scan.",
    ),
    _seen("event_2", "", "bool", "Either came within follow-up."),
    _seen(
        "molecular_progressed",
        "",
        "bool",
        "ctDNA, all or of the alteration followed, or else the marker, rose and stayed up.",
    ),
    _seen("molecular_time_to_progression", "days", "float64", "Until that was known; nan if none."),
    _seen("molecular_lead", "days", "float64", "From then to progression by scan; nan if none."),
    _outcome("lines", "1", "int64", "Regimens given for the first time.", "seen"),
    _seen(
        "time_on_first_line",
        "days",
        "float64",
        "To its last dose, pauses between included.",
    ),
    _seen("time_on_second_line", "days", "float64", "The same of the second; 0 if there was none."),
    _seen("time_on_later_lines", "days", "float64", "The same of all later; 0 if there was none."),
    _seen("drug_free", "days", "float64", "Without any drug, from treatment start on."),
    _seen("eligible", "", "bool", "Meets patients.eligible at baseline; everybody without it."),
    _outcome("lesions", "1", "int64", "Lesions at diagnosis."),
    _outcome("largest_lesion", "cells", "float64", "The largest lesion at diagnosis."),
    _outcome("lesions_left", "1", "int64", "Lesions with a cell left at the end of the course."),
    _outcome(
        "new_lesions",
        "1",
        "int64",
        "Lesions too small to be seen when treatment started, and seen at the end.",
    ),
    _outcome("relapse_lesion", "", "str", "Lesion in which its carrier grew most; or empty."),
    _outcome(DOSE, "days", "float64", "Cumulative days at full dose.", "seen"),
)

VARIABLES: dict[str, Variable] = {v.name: v for v in (*_TRAJECTORY, *_OUTCOMES)}
"""Every output variable by name."""

OUTCOMES: tuple[str, ...] = tuple(v.name for v in _OUTCOMES if v.name != DOSE)
"""Columns that every outcome table has, in order; a column of doses per drug follows."""

_WORDS = ("genotype", "state", "niche", "origin")


def variable(name: str) -> Variable:
    """Registry entry of a column or variable, the dose of any drug included.

    Raises
    ------
    KeyError
        No such variable.
    """
    if name.startswith("dose_") and name not in VARIABLES:
        return VARIABLES[DOSE]
    return VARIABLES[name]


def outcome_table(
    columns: Mapping[str, Any], *, first: int = 0, drawn: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Make an outcome table that keeps to the registry.

    Parameters
    ----------
    columns : name -> (patients,) values
        Every name of `OUTCOMES`, and ``dose_<drug>`` for each drug.
    first
        Number of the first patient.
    drawn : name -> (patients,) values
        Numbers in which patients differ, by dotted path, and covariates, numbers or words; they
        follow the outcomes.

    Returns
    -------
    One row a patient, index ``patient``, columns in the registry's order and types.

    Raises
    ------
    KeyError
        A column is missing or unknown.
    """
    import pandas as pd

    missing = [name for name in OUTCOMES if name not in columns]
    unknown = [n for n in columns if n not in OUTCOMES and not n.startswith("dose_")]
    if missing or unknown:
        raise KeyError(f"outcome columns missing: {missing}, unknown: {unknown}")
    names = [*OUTCOMES, *(name for name in columns if name.startswith("dose_"))]
    data: dict[str, Any] = {}
    for name in names:
        kind = variable(name).dtype
        if kind == "str":
            # few distinct words in many rows: held once each
            data[name] = pd.Categorical(np.asarray(columns[name], dtype=object))
        else:
            data[name] = np.asarray(columns[name], dtype=kind)
    for name, values in (drawn or {}).items():
        words = np.asarray(values).dtype.kind not in "fiub"
        data[name] = pd.Categorical(np.asarray(values, dtype=object)) if words else values
    rows = len(data[names[0]])
    index = pd.RangeIndex(first, first + rows, name="patient")
    return pd.DataFrame({n: pd.Series(v, index=index) for n, v in data.items()}, index=index)


def trajectory_dataset(
    cells: Any,
    on: Any,
    *,
    time: Any,
    names: Mapping[str, Any],
    first: int = 0,
    lesions: Any = None,
) -> xr.Dataset:
    """Make a data set of trajectories that keeps to the registry.

    Parameters
    ----------
    cells : (patients, times, types)
        Cells of each type.
    on : (patients, times, drugs)
        Multiple of the full dose of each drug from each time on.
    time : (times,)
        Days since diagnosis.
    names
        Words: ``type``, ``genotype``, ``state``, ``niche``, ``origin``, each (types,); ``drug``,
        (drugs,).
    first
        Number of the first patient.
    lesions : (patients, times, lesions)
        Cells of each lesion, nan where there is none; None where every patient has one.

    Returns
    -------
    A data set with units and meanings in the attributes; ``burden`` is the sum over types.
    """
    import xarray as xr

    counts = np.asarray(cells, dtype=np.float64)
    words = {name: np.asarray(list(names[name]), dtype=str) for name in ("type", *_WORDS, "drug")}
    coords: dict[str, Any] = {
        "patient": np.arange(first, first + counts.shape[0], dtype=np.int64),
        "time": np.asarray(time, dtype=np.float64),
        "type": words["type"],
        "drug": words["drug"],
        **{name: ("type", words[name]) for name in _WORDS},
    }
    values: dict[str, Any] = {
        "cells": (VARIABLES["cells"].dims, counts),
        "burden": (VARIABLES["burden"].dims, counts.sum(axis=2)),
        "on": (VARIABLES["on"].dims, np.asarray(on, dtype=np.float64)),
    }
    if lesions is not None:
        values["lesion_burden"] = (VARIABLES["lesion_burden"].dims, np.asarray(lesions))
        coords["lesion"] = np.arange(np.asarray(lesions).shape[2], dtype=np.int64)
    dataset = xr.Dataset(values, coords=coords)
    for name in (*values, *coords):
        dataset[name].attrs.update(units=VARIABLES[name].unit, meaning=VARIABLES[name].meaning)
    return dataset
