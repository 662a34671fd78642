"""The tables of a comparison, for the terminal and as JSON.

Here: what is shown and how numbers are written. Not here: the numbers (``trials.compare``), the
page (``report.compare_page``).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countermove.command_line.outcome_tables import DISCLAIMER
from countermove.command_line.tables import console, heading, listed, show
from countermove.command_line.wording import percent
from countermove.results.run_folder import COMPARE_FILE, COMPARE_PAGE

if TYPE_CHECKING:
    from countermove.trials.compare import Comparison

MOST_WITH_INTERVALS = 2  # arms whose intervals fit beside each other
MOST_REASONS = 8
NOTE = (
    "Median times; -: not reached. Differences are means over the same patients, of times up to "
    "{days:.0f} days. A hazard ratio below 1 favors the arm; its interval takes the arms for "
    "independent, as a trial has to; -: nobody had the event, or all of one arm before all of the "
    "other."
)


def show_comparison(comparison: Comparison, folder: Path, *, page: bool) -> None:
    """Print the arms, each one's differences from the first, and who gains."""
    out = console()
    heading(
        out,
        comparison.name,
        f"{len(comparison.arms)} arms of the same {comparison.patients:,} patients",
    )
    names = comparison.told
    rows = [
        (
            comparison.endpoints[name].label,
            *(cell(comparison, name, arm) for arm in comparison.arms),
        )
        for name in names
    ]
    show(out, "Arms, times in days", ("", *comparison.arms), rows, note=comparison.criterion)
    for arm in comparison.arms[1:]:
        lines = [
            (comparison.endpoints[name].label, *difference(comparison, name, arm)) for name in names
        ]
        heads = ("", "difference", "95% interval", "hazard ratio")
        note = (
            NOTE.format(days=max(comparison.horizons.values()))
            if arm == comparison.arms[-1]
            else ""
        )
        show(out, f"{arm} minus {comparison.arms[0]}, times in days", heads, lines, note=note)
    for arm in comparison.arms[1:]:
        listed(out, f"Who gains and who loses under {arm} (progression by scans)",
               comparison.gains(arm).sentences())  # fmt: skip
        out.print()
    _show_reasons(out, comparison)
    where = f", start with {COMPARE_PAGE}" if page else ""
    out.print(f"Results: {folder}, the table in {COMPARE_FILE}{where}")
    out.print(DISCLAIMER)


def cell(comparison: Comparison, name: str, arm: str) -> str:
    """Write the estimate of an arm, with its interval where there is room."""
    row, unit = comparison.table().loc[(name, arm)], comparison.endpoints[name].unit
    text = _written(row["estimate"], unit)
    if len(comparison.arms) > MOST_WITH_INTERVALS:
        return text
    low, high = (_written(row[end], unit) for end in ("low", "high"))
    return text if low == high == "-" else f"{text} ({low} to {high})"


def difference(comparison: Comparison, name: str, arm: str) -> tuple[str, str, str]:
    """Write the difference of an arm from the first, its interval, and the hazard ratio."""
    row, unit = comparison.table().loc[(name, arm)], comparison.endpoints[name].unit
    value, low, high = (_signed(row[f"difference{end}"], unit) for end in ("", "_low", "_high"))
    ratio = row["hazard_ratio"]
    text = "-"
    if 0.0 < ratio < math.inf:
        ends = (row["hazard_ratio_low"], row["hazard_ratio_high"])
        text = f"{ratio:.2f} ({ends[0]:.2f} to {ends[1]:.2f})"
    return value + ("" if unit == "days" else " points"), f"{low} to {high}", text


def to_dict(comparison: Comparison) -> dict[str, Any]:
    """Return what ``--json`` prints."""
    table = comparison.table().reset_index()
    who = []
    for arm in comparison.arms[1:]:
        own = comparison.gains(arm)
        said: dict[str, Any] = {"endpoint": own.endpoint, "arm": arm, "control": own.control}
        said |= {"better": own.better, "worse": own.worse, "alike": own.alike}
        said |= {"decided": own.decided, "ranking": own.ranking.reset_index().to_dict("records")}
        if own.split is not None:
            halves = {"below": own.split.below, "above": own.split.above}
            said["split"] = {"number": own.split.name, "at": own.split.at}
            said["split"] |= {
                half: {"difference": each.value, "interval": [each.low, each.high]}
                for half, each in halves.items()
            }
        said["leaves"] = [
            {
                "patients_with": leaf.words,
                "patients": leaf.patients,
                "difference": leaf.difference.value,
                "interval": [leaf.difference.low, leaf.difference.high],
                "better": leaf.better,
                "worse": leaf.worse,
            }
            for leaf in own.leaves
        ]
        who.append(said)
    return {
        "scenario": comparison.name,
        "arms": list(comparison.arms),
        "patients": comparison.patients,
        "criterion": comparison.criterion,
        "endpoints": table.to_dict("records"),
        "gains": who,
        "attribution": comparison.attribution().reset_index().to_dict("records"),
    }


def _show_reasons(out: Any, comparison: Comparison) -> None:
    reasons = comparison.attribution()
    if reasons.empty:
        return
    rows = [
        (", ".join(words), *(percent(count / comparison.patients) for count in counts))
        for words, counts in zip(
            reasons.index[:MOST_REASONS], reasons.to_numpy()[:MOST_REASONS], strict=True
        )
    ]
    heads = ("mechanism, the clone was, came through, resistance", *comparison.arms)
    left_out = max(len(reasons) - MOST_REASONS, 0)
    show(out, "Why tumors came back, of all patients", heads, rows, left_out=left_out)


def _written(value: float, unit: str) -> str:
    if not math.isfinite(value):
        return "-"
    if unit == "1":
        return percent(value)
    return f"{value:,.0f}%" if unit == "%" else f"{value:,.0f}"


def _signed(value: float, unit: str) -> str:
    if not math.isfinite(value):
        return "-"
    if unit == "days":
        return _zero(f"{value:+,.0f}")
    return _zero(f"{100.0 * value if unit == '1' else value:+.1f}")


def _zero(text: str) -> str:
    return text[1:] if not text.strip("+-0.,") else text
