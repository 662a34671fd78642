"""What a cohort says: shares with their uncertainty, the median time, the reasons for relapse.

Here: estimates from an outcome table. Not here: outcomes of one patient (``measurement``).
"""

# pyright: standard
# pandas and xarray carry too few types for the strict setting
from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from countermove.foundation import SAME_DAY
from countermove.foundation.arrays import Floats
from countermove.results.survival import Survival, product_limit

if TYPE_CHECKING:
    import pandas as pd

SHARES = ("responded", "progressed", "died", "cured")
ATTRIBUTION = ("relapse_mechanisms", "relapse_origin", "relapse_route", "resistance")
MOST_GENOTYPES = 20
RESPONSES = ("CR", "PR")
MANY_LINES = 3  # so many lines of therapy and more are counted together


def wilson_interval(hits: int, number: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's (1927) score interval for a share.

    Parameters
    ----------
    hits
        Successes, 0 to `number`.
    number
        Trials; the interval is 0 to 1 when there are none.
    confidence
        Its level.
    """
    if number <= 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    share = hits / number
    scale = 1.0 + z * z / number
    center = (share + z * z / (2 * number)) / scale
    half = z / scale * (share * (1.0 - share) / number + z * z / (4.0 * number**2)) ** 0.5
    low = 0.0 if hits == 0 else max(0.0, center - half)
    high = 1.0 if hits == number else min(1.0, center + half)
    return low, high


def progression_curve(table: pd.DataFrame) -> Survival:
    """Kaplan-Meier estimate of time to progression; death and end of follow-up censor it."""
    progressed = table["progressed"].to_numpy(dtype=bool)
    return product_limit(table["progression_free_survival"].to_numpy(dtype=float), progressed)


def progression_free_curve(table: pd.DataFrame) -> Survival:
    """Kaplan-Meier estimate of progression-free survival; death is an event."""
    event = table["progressed"].to_numpy(dtype=bool) | table["died"].to_numpy(dtype=bool)
    return product_limit(table["progression_free_survival"].to_numpy(dtype=float), event)


def survival_curve(table: pd.DataFrame) -> Survival:
    """Kaplan-Meier estimate of overall survival."""
    return product_limit(
        table["overall_survival"].to_numpy(dtype=float), table["died"].to_numpy(dtype=bool)
    )


def imaging_curve(table: pd.DataFrame) -> Survival:
    """Kaplan-Meier estimate of progression-free survival by scans; the last scan censors."""
    return product_limit(
        table["imaging_progression_free_survival"].to_numpy(dtype=float),
        table["imaging_event"].to_numpy(dtype=bool),
    )


def second_curve(table: pd.DataFrame) -> Survival:
    """Kaplan-Meier estimate of progression-free survival 2, by scans."""
    return product_limit(
        table["progression_free_survival_2"].to_numpy(dtype=float),
        table["event_2"].to_numpy(dtype=bool),
    )


SEEN_CURVES = {
    "imaging_progression_free_survival": imaging_curve,
    "progression_free_survival_2": second_curve,
}
CURVES = {
    "time_to_progression": progression_curve,
    "progression_free_survival": progression_free_curve,
    "overall_survival": survival_curve,
}


def summary(table: pd.DataFrame) -> dict[str, Any]:
    """Sum up an outcome table in plain numbers, ready for JSON.

    Returns
    -------
    ``patients``; ``responded``, ``progressed``, ``died``, ``cured`` each with ``count``, ``share``
    and its 95% Wilson ``interval``; so too ``cured_after_progression`` (by a later line), by scans
    ``objective_response`` (complete or partial), ``confirmed_objective_response`` and
    ``disease_control``, and ``lines``: by how many lines of therapy were used, ``0`` to ``3+``;
    ``time_to_progression``, ``progression_free_survival``, ``overall_survival``, and by scans
    ``imaging_progression_free_survival`` and ``progression_free_survival_2``, with the Kaplan-Meier
    ``median`` in days and its 95% ``interval`` (None: not reached); ``best_overall_response``:
    counts; ``molecular_lead`` and ``time_on_first_line``: median in days and of how many;
    ``switched_before_scan`` and ``switched_after_scan``: who went on to a second line before a scan
    showed progression, and once one had; ``relapses``: counts by mechanisms, origin,
    route, resistance and genotype (the most frequent 20), and ``by_attribution``: the joint counts.
    """
    number = len(table)
    result: dict[str, Any] = {"patients": number}
    for name in SHARES:
        result[name] = _share(int(table[name].to_numpy(dtype=bool).sum()), number)
    both = table["cured"].to_numpy(dtype=bool) & table["progressed"].to_numpy(dtype=bool)
    result["cured_after_progression"] = _share(int(both.sum()), number)
    lines = table["lines"].to_numpy(dtype=int)
    used = {str(n): int((lines == n).sum()) for n in range(MANY_LINES)}
    used[f"{MANY_LINES}+"] = int((lines >= MANY_LINES).sum())
    result["lines"] = {name: _share(count, number) for name, count in used.items()}
    best = table["best_overall_response"].astype(str)
    confirmed = table["confirmed_response"].astype(str)
    for name, hits in (
        ("objective_response", best.isin(RESPONSES)),
        ("confirmed_objective_response", confirmed.isin(RESPONSES)),
        ("disease_control", table["disease_control"]),
    ):
        result[name] = _share(int(hits.to_numpy(dtype=bool).sum()), number)
    result["best_overall_response"] = {str(w): int(n) for w, n in best.value_counts().items()}
    result["molecular_lead"] = _middle(table["molecular_lead"].to_numpy(dtype=float))
    first = table["time_on_first_line"].to_numpy(dtype=float)
    result["time_on_first_line"] = _middle(np.where(lines > 0, first, np.nan))
    shown = table["imaging_time_to_progression"].to_numpy(dtype=float)
    after = (lines > 1) & (shown <= first + SAME_DAY)
    result["switched_before_scan"] = _share(int((~after & (lines > 1)).sum()), number)
    result["switched_after_scan"] = _share(int(after.sum()), number)
    for name, curve_of in (CURVES | SEEN_CURVES).items():
        curve = curve_of(table)
        result[name] = {"median": curve.median, "interval": list(curve.median_interval)}
    result["relapses"] = _relapses(table)
    return result


def _middle(days: Floats) -> dict[str, Any]:
    """Median of those who have a number, and how many they are."""
    known = days[~np.isnan(days)]
    return {"count": int(known.size), "median": float(np.median(known)) if known.size else None}


def _share(count: int, number: int) -> dict[str, Any]:
    return {
        "count": count,
        "share": count / number if number else None,
        "interval": list(wilson_interval(count, number)),
    }


def _relapses(table: pd.DataFrame) -> dict[str, Any]:
    relapsed: Any = table[table["relapse_genotype"] != ""]
    counts: dict[str, Any] = {"count": len(relapsed)}
    names = {"genotype": "relapse_genotype", **{n.removeprefix("relapse_"): n for n in ATTRIBUTION}}
    for short, name in names.items():
        result = {str(word): int(n) for word, n in relapsed[name].value_counts().items() if n}
        ordered = sorted(result.items(), key=lambda item: (-item[1], item[0]))
        counts[short] = dict(ordered[:MOST_GENOTYPES])
    keys = [name.removeprefix("relapse_") for name in ATTRIBUTION]
    counts["by_attribution"] = [
        {**dict(zip(keys, words, strict=True)), "count": count}
        for words, count in attribution_counts(table)
    ]
    return counts


def attribution_counts(table: pd.DataFrame) -> list[tuple[tuple[str, ...], int]]:
    """Joint counts of (mechanisms, origin, route, resistance), most frequent first."""
    relapsed: Any = table[table["relapse_genotype"] != ""]
    if relapsed.empty:
        return []
    result: Any = relapsed.groupby(list(ATTRIBUTION), observed=True).size()
    pairs = [(tuple(str(word) for word in key), int(count)) for key, count in result.items()]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
