"""The page of a trial: what it found, how it was read, and what no trial could have seen.

Here: ``trial.html`` and its tables. Not here: the numbers (``trials.virtual``), the figures
(``trial_figures``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import yaml

from countermove.foundation.documents import without_folder
from countermove.report.figures import write_figures
from countermove.report.known import known
from countermove.report.markup import Link, page, report_links, report_row, section, table
from countermove.report.style import Drawing, drawn, time_unit
from countermove.report.tables import percent
from countermove.report.trial_figures import (
    draw_trial_looks,
    draw_trial_response,
    draw_trial_survival,
)
from countermove.results import prepare_folder, write_text
from countermove.results.run_folder import (
    FIGURES_FOLDER,
    LOOKS_FILE,
    TRIAL_FIGURES,
    TRIAL_FILE,
    TRIAL_PAGE,
)
from countermove.scenario import to_document
from countermove.trials.design import DAYS_PER_MONTH
from countermove.trials.virtual import LABELS, VirtualTrial

DRAW = (draw_trial_survival, draw_trial_looks, draw_trial_response)
COUNTS = {
    "randomized": "Randomized",
    "entered": "Entered by the last look",
    "lost": "Lost to follow-up before the event",
    "crossed_over": "Crossed over",
    "not_evaluable": "Without a scan after baseline, left out",
    "analyzed": "Analyzed",
}
TRUE_TIMES = (
    "imaging_progression_free_survival",
    "progression_free_survival_2",
    "overall_survival",
)


def draw_trial(virtual: VirtualTrial) -> list[Drawing]:
    """Draw every figure of a trial, in the order of reading."""
    pairs = zip(DRAW, TRIAL_FIGURES, strict=True)
    return [drawn(partial(draw, virtual=virtual), name) for draw, name in pairs]


def write_trial(
    virtual: VirtualTrial,
    folder: str | Path,
    *,
    description: str = "",
    folders: Mapping[str, str] | None = None,
) -> Path:
    """Write ``trial.html`` (one file, readable offline), its figures and its two tables.

    Parameters
    ----------
    virtual
        The trial.
    folder
        Where to.
    description
        Of the scenario.
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
    drawings = draw_trial(virtual)
    write_figures(drawings, path / FIGURES_FOLDER)
    links = report_links(folders, path)
    write_text(virtual.table().to_csv(lineterminator="\n"), path / TRIAL_FILE)
    write_text(virtual.looks().to_csv(index=False, lineterminator="\n"), path / LOOKS_FILE)
    write_text(trial_page(virtual, drawings, description, links), path / TRIAL_PAGE)
    return path / TRIAL_PAGE


def trial_page(
    virtual: VirtualTrial,
    drawings: Sequence[Drawing],
    description: str,
    links: Mapping[str, Link],
) -> str:
    """Return the whole page as text."""
    name = virtual.protocol.name
    number = virtual.conducted.arm.size
    said = (
        f"{number:,} virtual patients, randomized to {len(virtual.arms)} arms: "
        f"{', '.join(virtual.arms[1:])} against {virtual.arms[0]}. {virtual.protocol.criterion}"
    )
    lines = "\n".join(f"<li>{escape(line)}</li>" for line in virtual.sentences())
    parts = [
        _arms(virtual, links),
        _looks(virtual),
        _flow(virtual),
        _truth(virtual),
        _protocol(virtual),
        known(*(to_document(arm) for arm in virtual.protocol.arms.values())),
    ]
    names = (f"{name}: trial", f"{name}: the trial")
    first = section("What the trial found", f"<ul>\n{lines}\n</ul>")
    return page(names, said, parts, drawings, lead=description, first=first)


def _arms(virtual: VirtualTrial, links: Mapping[str, Link]) -> str:
    numbers = virtual.table()
    longest = max((one.durations[-1] for one in virtual.result.curves if one.durations.size),
                  default=0.0)  # fmt: skip
    unit, length = time_unit(float(longest))
    columns = [_arm(numbers.loc[arm], length) for arm in virtual.arms]
    rows: list[tuple[str | Link, ...]] = [
        (words, *(column[words] for column in columns)) for words in columns[0]
    ]
    rows += report_row(virtual.arms, links)
    alone = (
        "Response by scans. A hazard ratio below 1 favors the arm; intervals (in brackets, 95%) "
        "and the p-value are not adjusted for the looks, and after an early stop the ratio "
        "overstates the effect. -: not reached, or there is none, as of a ratio where all events "
        f"of one arm came before those of the other. All numbers are in {TRIAL_FILE}."
    )
    return section(
        f"{LABELS[virtual.endpoint]}, times in {unit}",
        table(("", *virtual.arms), rows, style="wide"),
        virtual.protocol.criterion,
        alone,
    )


def _arm(row: Any, length: float) -> dict[str, str]:
    """Write the numbers of one arm, by what they are."""

    def time(name: str, sign: str = "") -> str:
        value = row[name] / length
        return f"{value:{sign},.1f}" if math.isfinite(value) else "-"

    def number(name: str) -> str:
        return f"{row[name]:.2f}" if math.isfinite(row[name]) else "-"

    def span(value: str, low: str, high: str) -> str:
        return value if value == "-" else f"{value} [{low} to {high}]"

    low, high = percent(row["response_low"]), percent(row["response_high"])
    horizon = "" if math.isnan(row["horizon"]) else f" up to {time('horizon')}"
    restricted = span(
        time("restricted_mean", "+"), time("restricted_low", "+"), time("restricted_high", "+")
    )
    ratio = number("hazard_ratio") if math.isfinite(row["hazard_high"]) else "-"
    chance = row["log_rank_p"]
    return {
        "Analyzed": f"{row['patients']:,}",
        "Events": f"{row['events']:,}",
        "Median": span(time("median"), time("median_low"), time("median_high")),
        "Hazard ratio": span(ratio, number("hazard_low"), number("hazard_high")),
        "Log-rank p": "-" if math.isnan(chance) else "<0.001" if chance < 1e-3 else f"{chance:.3f}",
        "Restricted mean difference": f"{restricted}{horizon}",
        "It shrank: response": span(percent(row["response_rate"]), low, high),
        "Median response": time("response_median"),
        "It lasted: of responses, 12 months": percent(row["lasting"]),
        "Both, of all patients": percent(row["durable"]),
        "An effect is claimed": "yes" if row["claimed"] else "no",
    }


def _looks(virtual: VirtualTrial) -> str:
    rows = [
        (
            one.arm,
            f"{look.day / DAYS_PER_MONTH:.0f}",
            f"{look.patients:,}",
            f"{look.events:,}",
            percent(look.fraction),
            f"{look.z:+.2f}",
            f"{look.bound:.2f}" if math.isfinite(look.bound) else "-",
            percent(look.conditional),
            "crossed" if look.crossed else "futile" if look.futile else "",
        )
        for one in virtual.result.comparisons
        for look in one.looks
    ]
    heads = ("Arm", "Month", "Patients", "Events", "Planned", "z", "Bound", "Conditional power", "")
    note = (
        f"Each arm against {virtual.arms[0]}: patients and events are of the two. Planned: share "
        f"of the {virtual.conducted.planned:,} events planned in all arms. z above 0 favors the "
        "arm; a bound is crossed by z as far from 0 on either side. Conditional power: chance to "
        f"pass the final bound if the effect goes on as seen. All numbers are in {LOOKS_FILE}."
    )
    return section("Looks", table(heads, rows, style="wide"), note)


def _flow(virtual: VirtualTrial) -> str:
    """From screening to analysis, as CONSORT asks, in numbers."""
    counts = virtual.flow()
    shown = {
        name: words
        for name, words in COUNTS.items()
        if name in ("randomized", "entered", "lost", "analyzed") or counts[name].sum() > 0
    }
    rows = [
        (
            words,
            f"{counts[name].sum():,}",
            *(f"{counts.loc[arm, name]:,}" for arm in virtual.arms),
        )
        for name, words in shown.items()
    ]
    blank = ("",) * len(virtual.arms)
    rows = [
        ("Screened", f"{virtual.screened:,}", *blank),
        ("Eligible at baseline", f"{virtual.eligible:,}", *blank),
        *rows,
    ]
    return section(
        "Flow of patients",
        table(("", "All", *virtual.arms), rows, style="wide"),
        _enrolled(virtual),
    )


def _enrolled(virtual: VirtualTrial) -> str:
    own = virtual.protocol.document.get("patients")
    return "" if own is None else f"Eligible: {own['eligible']}."


def _truth(virtual: VirtualTrial) -> str:
    """Differences over all patients under every arm, endpoint by endpoint."""
    truth = virtual.truth
    numbers = truth.table()
    unit, length = time_unit(max(truth.horizons.values()))
    rows = []
    for arm in virtual.arms[1:]:
        others = [name for name in TRUE_TIMES if name in truth.told]
        for name in dict.fromkeys((virtual.true_endpoint, *others)):
            row = numbers.loc[(name, arm)]
            value, low, high = (
                f"{row[f'difference{end}'] / length:+,.1f}" for end in ("", "_low", "_high")
            )
            ratio = row["hazard_ratio"]
            told = f"{ratio:.2f}" if 0.0 < ratio < math.inf else "-"
            rows.append((arm, truth.endpoints[name].label, value, f"{low} to {high}", told))
    heads = ("Arm", "Endpoint", f"Minus {virtual.arms[0]}", "95% interval", "Hazard ratio")
    note = (
        f"All {virtual.truth.patients:,} eligible patients under every arm, nobody "
        "lost: means over the same patients, of times up to the end of what every arm was observed "
        "for. The interval says how much the patients simulated leave open."
    )
    return section(
        f"The truth, which no trial sees; times in {unit}",
        table(heads, rows, style="wide"),
        virtual.protocol.criterion,
        note,
    )


def _protocol(virtual: VirtualTrial) -> str:
    text = yaml.safe_dump(
        without_folder(virtual.protocol.document), sort_keys=False, allow_unicode=True, width=76
    )
    return (
        "<details>\n<summary>The protocol, in full</summary>\n"
        f'<pre tabindex="0">{escape(text)}</pre>\n</details>'
    )
