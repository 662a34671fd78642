"""The page of a comparison: what all arms say, and the way to each arm's own report.

Here: ``compare.html`` and its tables. Not here: the numbers (``trials.compare``), the figures
(``compare_figures``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from countermove.report.compare_figures import draw_curves, draw_differences, draw_gains
from countermove.report.compare_responses import draw_spiders, draw_swimmers, draw_waterfalls
from countermove.report.figures import write_figures
from countermove.report.known import known
from countermove.report.markup import Link, page, report_links, report_row, section, table
from countermove.report.style import Drawing, drawn, time_unit
from countermove.report.tables import percent
from countermove.results import prepare_folder, write_text
from countermove.results.run_folder import (
    COMPARE_FIGURES,
    COMPARE_FILE,
    COMPARE_PAGE,
    FIGURES_FOLDER,
)
from countermove.trials.compare import Comparison
from countermove.trials.tree import Leaf

MOST_REASONS = 15
MOST_RANKED = 5


def draw_comparison(comparison: Comparison) -> list[Drawing]:
    """Draw every figure of a comparison, in the order of reading."""
    draw = (
        partial(draw_curves, comparison=comparison),
        partial(draw_curves, comparison=comparison, endpoint="overall_survival"),
        partial(draw_differences, comparison=comparison),
        partial(draw_gains, comparison=comparison),
        partial(draw_waterfalls, comparison=comparison),
        partial(draw_spiders, comparison=comparison),
        partial(draw_swimmers, comparison=comparison),
    )
    return [drawn(each, name) for each, name in zip(draw, COMPARE_FIGURES, strict=True)]


def write_comparison(
    comparison: Comparison,
    folder: str | Path,
    *,
    description: str = "",
    folders: Mapping[str, str] | None = None,
) -> Path:
    """Write ``compare.html`` (one file, readable offline), its figures and ``compare.csv``.

    Parameters
    ----------
    comparison
        The comparison.
    folder
        Where to.
    description
        Of the scenario that the arms have in common.
    folders
        Folder of each arm's own run beside the page, for links to reports that are there.

    Returns
    -------
    The page's path.

    Raises
    ------
    OutputError
        The folder cannot be written, or the disk is full.
    """
    path = prepare_folder(folder)
    drawings = draw_comparison(comparison)
    write_figures(drawings, path / FIGURES_FOLDER)
    links = report_links(folders, path)
    write_text(comparison.table().to_csv(lineterminator="\n"), path / COMPARE_FILE)
    write_text(compare_page(comparison, drawings, description, links), path / COMPARE_PAGE)
    return path / COMPARE_PAGE


def compare_page(
    comparison: Comparison, drawings: list[Drawing], description: str, links: Mapping[str, Link]
) -> str:
    """Return the whole page as text."""
    arms = ", ".join(comparison.arms[1:])
    said = (
        f"The same {comparison.patients:,} patients under {len(comparison.arms)} treatments: "
        f"{arms} against "
        f"{comparison.arms[0]}. {comparison.criterion}"
    )
    parts = [
        _arms(comparison, links),
        _differences(comparison),
        _gains(comparison),
        _reasons(comparison),
        known(*(runs.document for runs in comparison.runs.values())),
    ]
    title = f"{comparison.name}: compared"
    return page((title, title), said, parts, drawings, lead=description)


def _arms(comparison: Comparison, links: Mapping[str, Link]) -> str:
    numbers, (unit, length) = comparison.table(), time_unit(max(comparison.horizons.values()))
    rows: list[tuple[str | Link, ...]] = []
    for name in comparison.told:
        endpoint, cells = comparison.endpoints[name], []
        for arm in comparison.arms:
            row = numbers.loc[(name, arm)]
            text, *ends = (
                _written(row[end], endpoint.unit, length) for end in ("estimate", "low", "high")
            )
            cells.append(f"{text} [{ends[0]} to {ends[1]}]" if ends != ["-", "-"] else text)
        rows.append((endpoint.label, *cells))
        if name in comparison.horizons:
            horizon = _written(comparison.horizons[name], "days", length)
            means = (numbers.loc[(name, arm), "restricted_mean"] for arm in comparison.arms)
            told = (_written(mean, "days", length) for mean in means)
            rows.append((f"- mean up to {horizon} {unit}", *told))
    rows += report_row(comparison.arms, links)
    note = (
        "Kaplan-Meier medians of times (-: not reached) and restricted means, shares, and means; "
        f"95% intervals in brackets. All numbers are in {COMPARE_FILE}."
    )
    return section(
        f"Arms, times in {unit}",
        table(("", *comparison.arms), rows, style="wide"),
        comparison.criterion,
        note,
    )


def _differences(comparison: Comparison) -> str:
    numbers, (unit, length) = comparison.table(), time_unit(max(comparison.horizons.values()))
    rows = []
    for arm in comparison.arms[1:]:
        for name in comparison.told:
            endpoint = comparison.endpoints[name]
            row = numbers.loc[(name, arm)]
            value, low, high = (
                _signed(row[f"difference{end}"], endpoint.unit, length)
                for end in ("", "_low", "_high")
            )
            points = "" if endpoint.unit == "days" else " points"
            rows.append((arm, endpoint.label, value + points, f"{low} to {high}", _ratio(row)))
    heads = ("Arm", "Endpoint", f"Minus {comparison.arms[0]}", "95% interval", "Hazard ratio")
    note = (
        "Means over the same patients, of times up to the end of what every arm was observed for. "
        "A hazard ratio below 1 favors the arm; its interval takes the arms for independent, as a "
        "trial has to. It has no value (-) where nobody had the event, or all of one arm had it "
        "before all of the other."
    )
    return section(
        f"Differences, times in {unit}",
        table(heads, rows, style="wide"),
        comparison.criterion,
        note,
    )


def _gains(comparison: Comparison) -> str:
    rows, notes, leaves = [], [], []
    for arm in comparison.arms[1:]:
        own = comparison.gains(arm)
        notes += own.sentences()
        if len(own.leaves) > 1:
            leaves += [_leaf(arm, leaf) for leaf in own.leaves]
        for name, row in own.ranking.head(MOST_RANKED).iterrows():
            share = "<0.001" if row["p"] < 0.001 else f"{row['p']:.3f}"
            rows.append((arm, str(name), f"{row['correlation']:+.2f}", share))
    heads = ("Arm", "Number in which patients differ", "Rank correlation", "p")
    inside = table(heads, rows) if rows else ""
    note = "Rank correlation of each number with the patient's own difference (Spearman)."
    if leaves:
        heads = ("Arm", "Patients with", "Patients", "Mean difference, days", "Better", "Worse")
        inside += table(heads, leaves, style="wide")
        note += (
            " The lower table cuts the cohort by the number that decides most, then each part once "
            "more: cuts found in every other patient, differences of those who did not help to find"
            " them, with 95% intervals."
        )
    return section("Who gains and who loses", inside, *notes, note if rows else "")


def _leaf(arm: str, leaf: Leaf) -> tuple[str, ...]:
    one = leaf.difference
    days = f"{one.value:+,.0f} ({one.low:+,.0f} to {one.high:+,.0f})"
    return (arm, leaf.words, f"{leaf.patients:,}", days, percent(leaf.better), percent(leaf.worse))


def _reasons(comparison: Comparison) -> str:
    counts = comparison.attribution()
    if counts.empty:
        return ""
    rows = [
        (*(str(word) for word in words), *(percent(count / comparison.patients) for count in row))
        for words, row in zip(
            counts.index[:MOST_REASONS], counts.to_numpy()[:MOST_REASONS], strict=True
        )
    ]
    heads = ("Mechanism", "The clone was", "Came through", "Resistance", *comparison.arms)
    return section("Why tumors came back, of all patients", table(heads, rows, style="wide"))


def _written(value: float, unit: str, length: float) -> str:
    if not math.isfinite(value):
        return "-"
    if unit == "1":
        return percent(value)
    return f"{value:,.0f}%" if unit == "%" else f"{value / length:,.{_digits(length)}f}"


def _signed(value: float, unit: str, length: float) -> str:
    if not math.isfinite(value):
        return "-"
    scale = 100.0 if unit == "1" else 1.0 / length if unit == "days" else 1.0
    text = f"{value * scale:+,.{_digits(length) if unit == 'days' else 1}f}"
    return text if text.strip("+-0.") else text[1:]


def _digits(length: float) -> int:
    """Digits after the point: none of days, one of months."""
    return 0 if length == 1.0 else 1


def _ratio(row: Mapping[str, float]) -> str:
    ratio = row["hazard_ratio"]
    if not 0.0 < ratio < math.inf:
        return "-"
    return f"{ratio:.2f} [{row['hazard_ratio_low']:.2f} to {row['hazard_ratio_high']:.2f}]"
