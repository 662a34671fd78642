"""The endpoints on which arms are compared, and the numbers of each: an arm's, and a pair's.

Here: which endpoints there are, how each is read from an outcome table, the two tables of a
comparison. Not here: the estimates (``trials.paired``, ``trials.analysis``, ``results.cohort``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from countermove.foundation.arrays import Bools, Floats
from countermove.results import product_limit
from countermove.results.cohort import RESPONSES, wilson_interval
from countermove.trials.analysis import hazard_ratio, restricted_mean
from countermove.trials.paired import (
    Difference,
    horizon_of,
    mean_difference,
    restricted_values,
    share_difference,
)

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["time", "share", "mean"]
NONE = Difference(math.nan, math.nan, math.nan, 0)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint of a comparison.

    Attributes
    ----------
    name : as tables call it
    label : for people
    kind : a time to an event, a share of patients, or a mean
    unit : ``days``, ``%`` (of a mean) or ``1`` (a share)
    source : ``truth`` where no clinic sees it
    column, event : of the outcome table
    """

    name: str
    label: str
    kind: Kind
    unit: str
    source: str
    column: str
    event: str = ""

    def time(self, table: pd.DataFrame) -> tuple[Floats, Bools]:
        """(patients,) days to the event or to censoring, and whether it was the event."""
        return (
            table[self.column].to_numpy(dtype=np.float64),
            table[self.event].to_numpy(dtype=bool),
        )

    def values(self, table: pd.DataFrame) -> Any:
        """(patients,) whether each counts, or a number of each, nan where there is none."""
        if self.column not in table:  # a drug that only another arm knows
            return np.zeros(len(table))
        if self.name == "objective_response":
            return table[self.column].astype(str).isin(RESPONSES).to_numpy(dtype=bool)
        if self.kind == "share":
            return table[self.column].to_numpy(dtype=bool)
        return table[self.column].to_numpy(dtype=np.float64)


BY_SCANS = "imaging_time_to_progression"  # death censors it, as a trial has it
_PFS = "imaging_progression_free_survival"
_PFS2 = "progression_free_survival_2"
_FIXED = (
    Endpoint(_PFS, "Progression-free (scans)", "time", "days", "seen", _PFS, "imaging_event"),
    Endpoint(BY_SCANS, "Progression (scans)", "time", "days", "seen", _PFS, "imaging_progressed"),
    Endpoint(_PFS2, "PFS2", "time", "days", "seen", _PFS2, "event_2"),
    Endpoint(
        "overall_survival", "Overall survival", "time", "days", "seen", "overall_survival", "died"
    ),
    Endpoint(
        "time_to_progression",
        "Progression (truth)",
        "time",
        "days",
        "truth",
        "progression_free_survival",
        "progressed",
    ),
    Endpoint(
        "objective_response",
        "Response by scans",
        "share",
        "1",
        "seen",
        "best_overall_response",
    ),
    Endpoint("cured", "No cell left (truth)", "share", "1", "truth", "cured"),
    Endpoint(
        "depth_of_response", "Depth of response", "mean", "%", "seen", "depth_of_response"
    ),
    Endpoint("drug_free", "Without any drug", "mean", "days", "seen", "drug_free"),
)  # fmt: skip


def endpoints_of(tables: Mapping[str, pd.DataFrame]) -> dict[str, Endpoint]:
    """Endpoints of some arms by name, the dose of each drug that any of them gives at the end."""
    result = {endpoint.name: endpoint for endpoint in _FIXED}
    doses = dict.fromkeys(
        name for table in tables.values() for name in table.columns if name.startswith("dose_")
    )
    for name in doses:
        label = f"Dose of {name.removeprefix('dose_')}"
        result[name] = Endpoint(name, label, "mean", "days", "seen", name)
    return result


def arm_row(endpoint: Endpoint, table: pd.DataFrame, horizon: float) -> dict[str, Any]:
    """Estimates of one endpoint in one arm: median or share or mean, and the restricted mean."""
    row: dict[str, Any] = {"patients": len(table), "events": math.nan}
    if endpoint.kind == "time":
        time, event = endpoint.time(table)
        curve = product_limit(time, event)
        low, high = curve.median_interval
        row |= {"events": int(event.sum()), "estimate": _or_nan(curve.median)}
        row |= {"low": _or_nan(low), "high": _or_nan(high), "restricted_mean": 0.0}
        if horizon > 0.0:
            row["restricted_mean"] = restricted_mean(time, event, horizon=horizon).mean
        return row
    values = endpoint.values(table)
    row["restricted_mean"] = math.nan
    if endpoint.kind == "share":
        hits = int(values.sum())
        low, high = wilson_interval(hits, len(values))
        return row | {"events": hits, "estimate": hits / len(values), "low": low, "high": high}
    result = mean_difference(values, np.zeros(len(values)))
    return row | {"estimate": result.value, "low": result.low, "high": result.high}


def pair_row(
    endpoint: Endpoint, table: pd.DataFrame, control: pd.DataFrame, horizon: float
) -> dict[str, Any]:
    """Paired difference of one arm from its control, and the hazard ratio of a time."""
    row = {"hazard_ratio": math.nan, "hazard_ratio_low": math.nan, "hazard_ratio_high": math.nan}
    if endpoint.kind == "time":
        result = mean_difference(*(gaps(endpoint, each, horizon) for each in (table, control)))
        if horizon > 0.0:
            pairs = [endpoint.time(each) for each in (table, control)]
            treated = np.repeat([True, False], [len(table), len(control)])
            time, event = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
            ratio = hazard_ratio(time, event, treated)
            row = {
                "hazard_ratio": ratio.ratio,
                "hazard_ratio_low": ratio.low,
                "hazard_ratio_high": ratio.high,
            }
    elif endpoint.kind == "share":
        result = share_difference(endpoint.values(table), endpoint.values(control))
    else:
        result = mean_difference(endpoint.values(table), endpoint.values(control))
    said = {
        "difference": result.value,
        "difference_low": result.low,
        "difference_high": result.high,
    }
    return {**said, "pairs": result.patients, **row}


def gaps(endpoint: Endpoint, table: pd.DataFrame, horizon: float) -> Floats:
    """(patients,) what each patient adds to an arm's estimate, to be subtracted pair by pair."""
    if endpoint.kind == "time":
        return restricted_values(*endpoint.time(table), max(horizon, 1e-9))
    return np.asarray(endpoint.values(table), dtype=np.float64)


def horizons(
    endpoints: Mapping[str, Endpoint], tables: Mapping[str, pd.DataFrame]
) -> dict[str, float]:
    """Day to which each endpoint that is a time is compared, the same in all arms."""
    return {
        name: horizon_of([endpoint.time(table) for table in tables.values()])
        for name, endpoint in endpoints.items()
        if endpoint.kind == "time"
    }


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
