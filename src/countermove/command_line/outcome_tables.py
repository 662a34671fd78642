"""What a run found, on the terminal.

Here: the outcome table and why tumors came back. Not here: the estimates (``results.cohort``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.text import Text

from countermove.command_line.one_run import Finished
from countermove.command_line.tables import console, heading, show
from countermove.command_line.wording import days, percent
from countermove.results.sentences import (
    criterion_sentence,
    later_lines_sentence,
    lead_words,
    line_rows,
    switch_rows,
)

if TYPE_CHECKING:
    from countermove.results import Runs

MOST_REASONS = 8
DISCLAIMER = "For research and education. Not medical advice."
SHARES = (
    ("responded", "Responded"),
    ("progressed", "Progressed"),
    ("died", "Died"),
    ("cured", "Alive with no cell left"),
)
SEEN_SHARES = (
    ("objective_response", "Complete or partial response"),
    ("disease_control", "Disease control"),
)
SEEN_TIMES = (
    ("imaging_progression_free_survival", "Median progression-free survival"),
    ("progression_free_survival_2", "Median PFS2"),
)
TIMES = (
    ("time_to_progression", "Median time to progression"),
    ("progression_free_survival", "Median progression-free survival"),
    ("overall_survival", "Median overall survival"),
)


def show_outcomes(found: Finished) -> None:
    """Print the outcomes of a run."""
    out = console()
    runs, summary = found.runs, found.summary
    record = runs.provenance
    number = summary["patients"]
    chance = record.get("chance", True)
    mean = not chance and number == 1
    people = "1 patient" if number == 1 else f"{number:,} patients"
    people = "The mean course, without chance," if mean else people
    people += "" if chance or mean else ", each the mean course, without chance,"
    heading(
        out,
        runs.document["name"],
        f"{people} in {found.seconds:.1f} s, engine {record['engine']}, seed {record['seed']}",
    )
    rows = outcome_rows(summary)
    note = " ".join(text for text in outcome_sentences(runs, summary) if text)
    if mean:  # one course has no spread
        show(out, "Outcomes", ("", ""), [row[:2] for row in rows], note=note)
    else:
        show(out, "Outcomes", ("", "", "95% interval"), rows, note=note)
    title = "As scans saw it (RECIST 1.1)"
    pauses = record.get("criterion") == "baseline"
    seen = seen_rows(summary, runs.document, pauses=pauses)
    if mean:
        show(out, title, ("", ""), [row[:2] for row in seen])
    else:
        show(out, title, ("", "", "95% interval"), seen)
    _show_relapses(out, summary["relapses"])
    out.print(Text(f"Results: {found.folder}", style="bold"))
    out.print(Padding("  ".join(found.files), (0, 0, 0, 2)))
    out.print(Text(DISCLAIMER, style="dim"))


def outcome_rows(summary: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Shares, lines of therapy used and median times, each with its interval."""
    shares = [(label, summary[name]) for name, label in SHARES] + line_rows(summary)
    rows = [
        (label, percent(result["share"]), _span(result["interval"], percent))
        for label, result in shares
    ]
    for name, label in TIMES:
        span = _times(*summary[name]["interval"])
        rows.append((label, days(summary[name]["median"]), span))
    return rows


def seen_rows(
    summary: Mapping[str, Any], document: Mapping[str, Any], *, pauses: bool
) -> list[tuple[str, str, str]]:
    """List what scans and blood showed: RECIST responses, median times, each with its interval."""
    rows = [
        (label, percent(result["share"]), _span(result["interval"], percent))
        for label, result in ((label, summary[name]) for name, label in SEEN_SHARES)
    ]
    later = summary["lines"]["2"]["count"] or summary["lines"]["3+"]["count"]
    for name, label in SEEN_TIMES if later else SEEN_TIMES[:1]:
        span = _times(*summary[name]["interval"])
        rows.append((label, days(summary[name]["median"]), span))
    rows += [
        (label, percent(result["share"]), _span(result["interval"], percent))
        for label, result in switch_rows(summary, document)
    ]
    lead = summary["molecular_lead"]
    if lead["count"] and not pauses:  # a marker that rises in a planned pause leads nothing
        rows.append((lead_words(document), days(lead["median"]), "-"))
    return rows


def outcome_sentences(runs: Runs, summary: Mapping[str, Any]) -> tuple[str, str]:
    """Return what progression means in this run, and what later lines did; either may be empty."""
    return criterion_sentence(runs.provenance, runs.document), later_lines_sentence(summary)


def _show_relapses(out: Any, relapses: Mapping[str, Any]) -> None:
    total = relapses["count"]
    if not total:
        return
    reasons = relapses["by_attribution"]
    rows = [
        (
            reason["mechanisms"],
            reason["origin"],
            reason["route"],
            reason["resistance"],
            percent(reason["count"] / total),
        )
        for reason in reasons[:MOST_REASONS]
    ]
    show(
        out,
        "Why the tumor came back" if total == 1 else f"Why {total:,} tumors came back",
        ("mechanism", "the clone was", "came through", "resistance", "share"),
        rows,
        left_out=max(len(reasons) - MOST_REASONS, 0),
    )


def _span(interval: Sequence[float], write: Any) -> str:
    return f"{write(interval[0])} to {write(interval[1])}"


def _times(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "-"
    first = "not reached" if low is None else f"{low:.0f}"
    return f"{first} to " + ("not reached" if high is None else f"{high:.0f} days")
