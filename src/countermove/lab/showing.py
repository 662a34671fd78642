"""A run in the numbers that a page draws: burden, clones, doses, visits, curves, reasons.

Here: from ``Runs`` to plain values for JSON. Not here: running (``work``), drawing (the page).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from countermove.results.cohort import attribution_counts, imaging_curve, survival_curve

if TYPE_CHECKING:
    import pandas as pd

    from countermove.results import Runs, Survival
    from countermove.scenario import Scenario

SAMPLE = 20
MOST_CLONES = 12
MOST_VISITS = 2000
RISK_TIMES = 7
MOST_STEPS = 400
QUANTILES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


def plain(values: Any, digits: int = 5) -> list[Any]:
    """Numbers for JSON: so many significant digits, None where there is none."""
    result: list[Any] = []
    for value in np.asarray(values, dtype=float).tolist():
        short = float(f"{value:.{digits}g}")
        whole = math.isfinite(short) and short == int(short) and abs(short) < 1e15
        result.append(int(short) if whole else short if math.isfinite(short) else None)
    return result


def courses(runs: Runs, scenario: Scenario) -> dict[str, Any]:
    """Cells over time of the patients whose courses were kept."""
    kept = runs.trajectories
    burden = kept["burden"].to_numpy()
    result: dict[str, Any] = {"time": plain(kept["time"].to_numpy(), 6)}
    levels = np.quantile(burden, list(QUANTILES.values()), axis=0)
    result["burden"] = {name: plain(row) for name, row in zip(QUANTILES, levels, strict=True)}
    result["clones"] = {name: plain(row) for name, row in _clones(kept).items()}
    on = kept["on"].to_numpy().mean(axis=0)
    result["doses"] = {str(name): plain(on[:, i], 3) for i, name in enumerate(kept["drug"].values)}
    result["sample"] = [plain(row, 4) for row in burden[:SAMPLE]]
    result["seen"] = {"detectable": scenario.detectable_cells, "visits": _visits(runs)}
    blood = _blood(runs, scenario)
    return {**result, "ctdna": blood} if blood else result


def _clones(kept: Any) -> dict[str, Any]:
    """Median cells of each kind of cell, the largest first; the rest together as ``others``."""
    labels = []
    for genotype, state, niche in zip(
        kept["genotype"].values, kept["state"].values, kept["niche"].values, strict=True
    ):
        words = [str(genotype), *(str(w) for w in (state, niche) if w not in ("cycling", "bulk"))]
        labels.append(", ".join(words))
    cells = kept["cells"].to_numpy()
    groups = {
        name: cells[:, :, [i for i, own in enumerate(labels) if own == name]].sum(axis=2)
        for name in dict.fromkeys(labels)
    }
    order = sorted(groups, key=lambda name: -float(groups[name].mean(axis=0).max()))
    shown = set(order[:MOST_CLONES])
    result = {name: np.median(each, axis=0) for name, each in groups.items() if name in shown}
    rest = [each for name, each in groups.items() if name not in shown]
    if rest:
        result["others"] = np.median(np.sum(rest, axis=0), axis=0)
    return result


def _visits(runs: Runs) -> list[dict[str, Any]]:
    """List readings of the first patient, by day."""
    table: Any = runs.visits
    if table is None:
        return []
    own = table[table["patient"] == 0].sort_values("day", kind="stable").head(MOST_VISITS)
    return [
        {"day": float(day), "known": float(known), "kind": str(kind), "name": str(name), "value": x}
        for day, known, kind, name, x in zip(
            own["day"],
            own["known"],
            own["kind"].astype(str),
            own["observable"].astype(str),
            plain(own["value"]),
            strict=True,
        )
    ]


def _blood(runs: Runs, scenario: Scenario) -> dict[str, Any] | None:
    """Median over patients of what blood shows, at each planned draw."""
    plan = scenario.monitoring.ctdna
    table: Any = runs.visits
    if plan is None or table is None:
        return None
    own = table[table["kind"].astype(str) == "ctdna"]
    if own.empty:
        return None
    every = float(plan.every)
    planned = (own["day"].to_numpy() / every).round() * every
    middle = own["value"].groupby([own["observable"].astype(str), planned]).median()
    return {
        str(name): {
            "days": plain(part.index.get_level_values(1)),
            "value": plain(part.to_numpy()),
        }
        for name, part in middle.groupby(level=0)
    }


def curve(found: Survival, end: float) -> dict[str, Any]:
    """Return steps of a Kaplan-Meier curve, its band, median and numbers at risk."""
    days = np.linspace(0.0, end, RISK_TIMES)
    steps = np.arange(found.times.size)
    if steps.size > MOST_STEPS:
        steps = np.unique(np.linspace(0, steps.size - 1, MOST_STEPS).round().astype(int))
    low, high = found.median_interval
    return {
        "days": plain(found.times[steps], 6),
        "share": plain(found.survival[steps]),
        "low": plain(found.low[steps]),
        "high": plain(found.high[steps]),
        "median": found.median,
        "interval": [low, high],
        "at_risk": {"days": plain(days, 6), "patients": found.at_risk_at(days).tolist()},
    }


def curves(table: pd.DataFrame, end: float) -> dict[str, Any]:
    """Progression-free survival as scans show it, and overall survival."""
    return {"pfs": curve(imaging_curve(table), end), "os": curve(survival_curve(table), end)}


def reasons(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Why tumors came back, the most frequent reason first; shares of all patients."""
    number = max(len(table), 1)
    names = ("mechanisms", "origin", "route", "resistance")
    return [
        {
            "label": ", ".join(dict.fromkeys(word for word in words if word)),
            "share": count / number,
            "count": count,
            **dict(zip(names, words, strict=True)),
        }
        for words, count in attribution_counts(table)
    ]


def sums(runs: Runs) -> dict[str, dict[str, Any]]:
    """Sum up medians and shares, each with its number, unit and a text to show."""
    said = runs.summary()
    result: dict[str, dict[str, Any]] = {
        "patients": {"value": said["patients"], "unit": "1", "text": f"{said['patients']:,}"}
    }
    for name in ("responded", "progressed", "died", "cured", "objective_response"):
        share = said[name]["share"]
        result[name] = {"value": share, "unit": "share", "text": f"{share:.0%}"}
        result[name]["interval"] = said[name]["interval"]
    for name in (
        "time_to_progression",
        "imaging_progression_free_survival",
        "progression_free_survival_2",
        "overall_survival",
    ):
        median = said[name]["median"]
        text = "not reached" if median is None else _days(median)
        result[name] = {"value": median, "unit": "days", "text": text}
        result[name]["interval"] = said[name]["interval"]
    return result


def _days(days: float) -> str:
    return f"{days:,.0f} days ({days / 30.4375:,.0f} months)"
