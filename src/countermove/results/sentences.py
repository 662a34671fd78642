"""Sentences that go with a run's outcomes, the same on the terminal and in the report.

Here: what progression was measured against, what called for a later line and what that did. Not
here: the estimates (``results.cohort``), how tables look (``command_line``, ``report``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

_CRITERIA = {
    "recist": "Progression against the lowest burden so far (recist).",
    "on_drug": "Progression against the lowest burden since a drug was last begun, counted only "
    "while it is given (on_drug).",
}


def criterion_sentence(record: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """Say what progression was measured against, and why where a scenario leaves it open.

    Parameters
    ----------
    record
        A run's provenance.
    document
        Its resolved scenario.

    Returns
    -------
    One sentence; empty where the run does not say.
    """
    criterion = record.get("criterion")
    if criterion != "baseline":
        return _CRITERIA.get(str(criterion), "")
    endpoints = cast("Mapping[str, object]", document.get("endpoints") or {})
    if endpoints.get("criterion") is None:
        return "Progression against baseline, because the policy pauses drugs (baseline)."
    return "Progression against baseline, as the scenario asks (baseline)."


def lead_words(document: Mapping[str, Any]) -> str:
    """Name the blood whose lead over scans is told: an alteration, all tumor DNA, or the marker."""
    monitoring = cast("Mapping[str, Any]", document.get("monitoring") or {})
    marker = cast("Mapping[str, object]", monitoring.get("marker") or {})
    endpoints = cast("Mapping[str, object]", document.get("endpoints") or {})
    treatment = cast("Mapping[str, object]", document.get("treatment") or {})
    followed = endpoints.get("molecular_alteration") or treatment.get("alteration")
    if followed:
        blood = f"{followed} in ctDNA"
    elif monitoring.get("ctdna") is not None:
        blood = "total ctDNA"
    else:
        blood = str(marker.get("name", "blood"))
    return f"Median lead of {blood} over scans"


def switch_rows(
    summary: Mapping[str, Any], document: Mapping[str, Any]
) -> list[tuple[str, dict[str, Any]]]:
    """Rows on what called for the second line, where the policy follows blood; else none."""
    own = cast("Mapping[str, object]", document.get("treatment") or {})
    monitoring = cast("Mapping[str, Any]", document.get("monitoring") or {})
    marker = cast("Mapping[str, object]", monitoring.get("marker") or {})
    guide = str(own.get("guided_by", ""))
    by_guide = own.get("policy") == "sequential" and (
        guide.startswith("ctdna") or (guide != "" and guide == marker.get("name"))
    )
    if own.get("policy") != "ctdna_switch" and not by_guide:
        return []
    return [
        ("Second line after blood, before scans", summary["switched_before_scan"]),
        ("Second line after a scan's progression", summary["switched_after_scan"]),
    ]


def later_lines_sentence(summary: Mapping[str, Any]) -> str:
    """Say how patients can progress and be cured at once; empty where none used a second line."""
    later = sum(summary["lines"][name]["count"] for name in ("2", "3+"))
    if not later:
        return ""
    text = "Progressed: for the first time, under any line of therapy; treatment may go on after it"
    cured = summary["cured_after_progression"]["count"]
    if not cured:
        return f"{text}."
    gone = "patient has" if cured == 1 else "patients have"
    return f"{text}, and {cured:,} {gone} no cell left although an earlier line failed."


def line_rows(summary: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Rows on later lines: (label, share with its interval); none where there is nothing to tell.

    Returns
    -------
    How many of the cured had progressed before, and how many lines of therapy were used.
    """
    rows: list[tuple[str, dict[str, Any]]] = []
    if summary["cured_after_progression"]["count"]:
        rows.append(("  of them after progression", summary["cured_after_progression"]))
    words = {"0": "No", "1": "One", "2": "Two", "3+": "Three or more"}
    used = summary["lines"]
    if used["2"]["count"] or used["3+"]["count"]:
        rows += [
            (f"{words[name]} line{'' if name == '1' else 's'} of therapy", result)
            for name, result in used.items()
            if result["count"] or name in ("1", "2")
        ]
    return rows
