"""The tables of a report.

Here: rows of words from ``Runs``. Not here: their markup (``report.page``).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from countermove.report.style import MONTH
from countermove.results import Runs, product_limit
from countermove.results.cohort import attribution_counts, wilson_interval
from countermove.results.sentences import lead_words, line_rows, switch_rows

Row = tuple[str, ...]

MOST_PATIENTS = 20
MOST_REASONS = 15


def time_words(days: float | None) -> str:
    """Write a time for people: days when short, months otherwise."""
    if days is None or not np.isfinite(days):
        return "not reached"
    return f"{days:.0f} days" if days < 60.0 else f"{days / MONTH:.1f} months"


def count_words(cells: float) -> str:
    """Write a number of cells for people."""
    if not np.isfinite(cells):
        return "-"
    return f"{cells:,.0f}" if cells < 1e5 else f"{cells:.1e}".replace("e+0", "e").replace("e+", "e")


def percent(share: float | None) -> str:
    """Write a share for people; small ones keep two digits, and 100% is only ever all."""
    if share is None or not np.isfinite(share):
        return "-"
    value = 100.0 * share
    if value in (0.0, 100.0) or 10.0 <= value <= 99.0:
        return f"{value:.0f}%"
    if value < 10.0:
        return f"{value:.1f}%" if value >= 1.0 else f"{value:.2g}%"
    return f"{np.floor(value * 100.0) / 100.0:g}%"


def outcome_rows(runs: Runs) -> list[Row]:
    """Measure, result and 95% interval, one row a measure."""
    table, result = runs.table, runs.summary()
    rows: list[Row] = [("Patients", f"{result['patients']:,}", "")]
    for name, words in (
        ("responded", "Responded"),
        ("progressed", "Progressed"),
        ("died", "Died"),
        ("cured", "Alive with no cell left"),
    ):
        rows.append(_share(words, result[name]))
    rows += [_share(words.strip(), part) for words, part in line_rows(result)]
    for name, words in (
        ("time_to_progression", "Median time to progression"),
        ("progression_free_survival", "Median progression-free survival"),
        ("overall_survival", "Median overall survival"),
    ):
        time = result[name]
        rows.append((words, time_words(time["median"]), _between(time["interval"])))
    rows.append(_duration(runs))
    best = table["best_response"].to_numpy(dtype=float)
    best = best[np.isfinite(best)]
    if best.size:
        rows.append(("Median of the lowest burden, against baseline", percent(np.median(best)), ""))
    resistance = result["relapses"]["resistance"]
    relapses = result["relapses"]["count"]
    if relapses:
        rows.append(
            _counted("Relapses by intrinsic resistance", resistance.get("intrinsic", 0), relapses)
        )
    return rows


def seen_rows(runs: Runs) -> list[Row]:
    """Say what scans and blood showed: measure, result and 95% interval, one row a measure."""
    result = runs.summary()
    rows = [
        _share(words, result[name])
        for name, words in (
            ("objective_response", "Complete or partial response"),
            ("confirmed_objective_response", "The same, confirmed"),
            ("disease_control", "Disease control"),
        )
    ]
    for name, words in (
        ("imaging_progression_free_survival", "Median progression-free survival"),
        ("progression_free_survival_2", "Median progression-free survival 2"),
    ):
        time = result[name]
        rows.append((words, time_words(time["median"]), _between(time["interval"])))
    rows += [_share(words, part) for words, part in switch_rows(result, runs.document)]
    lead = result["molecular_lead"]
    if lead["count"] and runs.provenance.get("criterion") != "baseline":
        words = f"{lead_words(runs.document)}, {lead['count']:,} patients"
        rows.append((words, time_words(lead["median"]), ""))
    return rows


def _share(words: str, found: dict[str, Any]) -> Row:
    low, high = found["interval"]
    return (
        words,
        f"{percent(found['share'])} ({found['count']:,})",
        f"{percent(low)} to {percent(high)}",
    )


def _counted(words: str, count: int, number: int) -> Row:
    share = count / number if number else None
    interval = list(wilson_interval(count, number))
    return _share(words, {"share": share, "count": count, "interval": interval})


def _between(interval: list[float | None]) -> str:
    low, high = interval
    if low is None and high is None:
        return ""
    first, last = time_words(low), time_words(high)
    unit = last.rpartition(" ")[2]
    return f"{first.removesuffix(' ' + unit)} to {last}"


def _duration(runs: Runs) -> Row:
    responders: Any = runs.table[runs.table["responded"].to_numpy(dtype=bool)]
    length = responders["duration_of_response"].to_numpy(dtype=float)
    label = "Median duration of response"
    if not length.size:
        return (label, "no response", "")
    curve = product_limit(
        np.maximum(length, 0.0), responders["response_ended"].to_numpy(dtype=bool)
    )
    return (label, time_words(curve.median), _between(list(curve.median_interval)))


def attribution_rows(runs: Runs) -> list[Row]:
    """Relapses, mechanisms, origin, route, resistance; the most frequent reasons."""
    counts = attribution_counts(runs.table)
    rows: list[Row] = [
        (f"{count:,}", *(word.replace("_", " ") for word in words))
        for words, count in counts[:MOST_REASONS]
    ]
    if len(counts) > MOST_REASONS:
        rest = sum(count for _, count in counts[MOST_REASONS:])
        rows.append((f"{rest:,}", f"{len(counts) - MOST_REASONS} rarer reasons", "", "", ""))
    return rows


def patient_rows(runs: Runs) -> list[Row]:
    """Patient, best response, time to progression, relapse; the first patients only."""
    rows: list[Row] = []
    first: Any = runs.table.head(MOST_PATIENTS)
    for number, row in first.iterrows():
        cured, progressed = bool(row["cured"]), bool(row["progressed"])
        ended = "cured" if cured else "progressed" if progressed else "not progressed"
        ended += ", died" if bool(row["died"]) else ""
        genotype = str(row["relapse_genotype"])
        rows.append(
            (
                str(number),
                count_words(float(row["baseline"])),
                percent(float(row["best_response"])),
                ended,
                time_words(float(row["time_to_progression"])) if progressed else "-",
                genotype or "-",
                count_words(float(row["final"])),
            )
        )
    return rows


def provenance_rows(record: dict[str, Any]) -> list[Row]:
    """Return what was recorded and its value, nested records flattened."""
    rows: list[Row] = []
    for key, value in record.items():
        words = key.replace("_", " ")
        if isinstance(value, dict):
            rows += [
                (f"{words}: {inner}", str(text))
                for inner, text in value.items()
                if text is not None
            ]
        elif value is not None:
            rows.append((words, str(value)))
    return rows
