"""What a run found, on the terminal.

Here: the outcome table and why tumors came back. Not here: the estimates (``results.cohort``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.padding import Padding
from rich.text import Text

from countermove.command_line.one_run import Finished
from countermove.command_line.tables import console, heading, show
from countermove.command_line.wording import days, percent

MOST_REASONS = 8
DISCLAIMER = "For research and education. Not medical advice."
SHARES = (("responded", "Responded"), ("progressed", "Progressed"), ("cured", "No cell left"))


def show_outcomes(found: Finished) -> None:
    """Print the outcomes of a run."""
    out = console()
    runs, summary = found.runs, found.summary
    record = runs.provenance
    number = summary["patients"]
    mean = record["engine"] == "mean_field"
    people = "1 patient" if number == 1 else f"{number:,} patients"
    people = "The mean course, without chance," if mean else people
    heading(
        out,
        runs.document["name"],
        f"{people} in {found.seconds:.1f} s, engine {record['engine']}, seed {record['seed']}",
    )
    rows = outcome_rows(summary)
    if mean:  # one course has no spread
        show(out, "Outcomes", ("", ""), [row[:2] for row in rows])
    else:
        show(out, "Outcomes", ("", "", "95% interval"), rows)
    _show_relapses(out, summary["relapses"])
    out.print(Text(f"Results: {found.folder}", style="bold"))
    out.print(Padding("  ".join(found.files), (0, 0, 0, 2)))
    out.print(Text(DISCLAIMER, style="dim"))


def outcome_rows(summary: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Shares and the median time, each with its interval."""
    rows = [
        (label, percent(summary[name]["share"]), _span(summary[name]["interval"], percent))
        for name, label in SHARES
    ]
    time = summary["time_to_progression"]
    low, high = time["interval"]
    span = "-" if low is None and high is None else f"{_short(low)} to {_short(high)}"
    rows.append(("Median time to progression", days(time["median"]), span))
    return rows


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


def _short(value: float | None) -> str:
    return "not reached" if value is None else f"{value:.0f} days"
