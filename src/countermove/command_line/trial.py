"""``countermove trial``: the randomized trial of a scenario, carried out on simulated patients.

Here: the command and its table. Not here: the trial (``trials.virtual``), the runs and their
folders (``several``), the page (``report.trial_page``).
"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from countermove.command_line.inputs import scenario_of
from countermove.command_line.notes import heard, note, noting
from countermove.command_line.one_run import KEPT
from countermove.command_line.options import changes_option, crew_options, json_option
from countermove.command_line.run_names import folder_names
from countermove.command_line.several import arm_settings, each_run, settle_folder
from countermove.command_line.wording import days, echo_json, percent
from countermove.results.run_folder import (
    ANALYSIS_FOLDER,
    LOOKS_FILE,
    TRIAL_FILE,
    TRIAL_PAGE,
    TRIAL_TABLES,
    RunFolder,
)
from countermove.results.storage import prepare_folder, write_text

if TYPE_CHECKING:
    from countermove.trials.monitor import Look
    from countermove.trials.virtual import VirtualTrial

DAYS_PER_MONTH = 365.25 / 12.0
ABSENT = (
    "A dash: not reached, or nobody followed so long; the control, with which the others are "
    "compared; or no ratio, since one arm has no event, or all of its events before the other's."
)
EPILOG = """\b
Examples:
  countermove trial ctdna_trial
  countermove trial tumor.yaml --set trial.endpoint=overall_survival
  countermove trial ctdna_trial --export
"""


@click.command(epilog=EPILOG)
@click.argument("file")
@changes_option
@click.option("--out", metavar="FOLDER", help="Where results go.  [default: runs/NAME-trial]")
@click.option("--replace", is_flag=True, help="Write over other runs that FOLDER holds.")
@click.option("--patients", type=click.IntRange(2), help="Number of patients.")
@click.option("--seed", type=click.IntRange(0), help="Seed of all random numbers.")
@click.option("--engine", help="branching or mean_field.  [default: the scenario's]")
@click.option("--every", metavar="DAYS", type=float, help="Days between recorded times.")
@crew_options
@click.option("--allow-python", is_flag=True, help="Run the function that treatment.python names.")
@click.option(
    "--export", is_flag=True, help="Write ADaM-like and NONMEM-style tables to analysis/."
)
@click.option("--no-report", is_flag=True, help="Write the results without report and figures.")
@json_option
def trial(file: str, changes: tuple[str, ...], **options: Any) -> None:
    """Randomize a scenario's patients to the arms of its trial; say what the trial finds.

    FILE is a scenario with `trial`, or the name of a shipped example. Every patient is simulated
    under every arm; the trial sees the one that they were randomized to, and the last table what it
    could not see: all patients under all arms.
    """
    from countermove.trials.last_scan import kept_for
    from countermove.trials.protocol import alike, protocol_of
    from countermove.trials.virtual import carried_out, with_numbers

    with noting():
        own = (options["patients"], options["seed"], options["engine"])
        scenario = with_numbers(scenario_of(file, changes), *own)
        protocol = protocol_of(scenario)
    if text := alike(scenario):
        note(text)
    settings = arm_settings(file, options, what="trial")
    screened = scenario.patients.number
    keep = screened if options["export"] else kept_for(screened)
    settings = dataclasses.replace(settings, keep=max(KEPT, keep))
    names = folder_names([{"arm": name} for name in protocol.arms])
    scenarios = dict(zip(names, protocol.arms.values(), strict=True))
    runs = {name: settings.request(arm).run for name, arm in scenarios.items()}
    path = settle_folder(runs, settings, page=TRIAL_PAGE)
    analysis = path / ANALYSIS_FOLDER if options["export"] else None
    if analysis is not None and analysis.exists():
        prepare_folder(analysis)  # refused now rather than after the runs
    done = zip(protocol.arms, each_run(path, scenarios, runs, settings), strict=True)
    result = carried_out(protocol, {arm: one.runs for arm, one in done})
    RunFolder(path).clear_overview()
    write_text(result.table().to_csv(lineterminator="\n"), path / TRIAL_FILE)
    write_text(result.looks().to_csv(index=False, lineterminator="\n"), path / LOOKS_FILE)
    if settings.report:
        from countermove.report.trial_page import write_trial

        folders = dict(zip(protocol.arms, names, strict=True))
        write_trial(result, path, description=scenario.description, folders=folders)
    if analysis is not None:
        result.export(analysis)
    if settings.as_json:
        where = {} if analysis is None else {"analysis": str(analysis)}
        echo_json({**to_dict(result), "folder": str(path), **where, "notes": heard()})
        return
    show_trial(result, path, page=settings.report, analysis=analysis)


def to_dict(virtual: VirtualTrial) -> dict[str, Any]:
    """Everything that the tables say, with None for what there is not."""
    arms = virtual.table().reset_index().to_dict(orient="records")
    looks = virtual.looks().to_dict(orient="records")
    return {
        "name": virtual.protocol.name,
        "endpoint": virtual.endpoint,
        "criterion": virtual.protocol.criterion,
        "screened": virtual.screened,
        "arms": [_plain(row) for row in arms],
        "looks": [_plain(row) for row in looks],
        "found": virtual.sentences(),
    }


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    def value(given: Any) -> Any:
        given = given.item() if hasattr(given, "item") else given
        return None if isinstance(given, float) and not math.isfinite(given) else given

    return {str(name): value(given) for name, given in row.items()}


def show_trial(virtual: VirtualTrial, folder: Path, *, page: bool, analysis: Path | None) -> None:
    """Print what was found at the looks, the arms beside each other, and the truth."""
    from countermove.command_line.outcome_tables import DISCLAIMER
    from countermove.command_line.tables import console, heading, listed, show
    from countermove.trials.virtual import LABELS

    out, table = console(), virtual.table()
    number = int(table["randomized"].sum())
    heading(
        out,
        virtual.protocol.name,
        f"{number:,} patients randomized of {virtual.screened:,}, {len(virtual.arms)} arms",
    )
    listed(out, "What the trial found", virtual.sentences())
    out.print()
    rows = [
        (words, *(_cell(table.loc[arm], kind) for arm in virtual.arms))
        for words, kind in ROWS.items()
    ]
    title = f"{LABELS[virtual.endpoint]}; response, by scans"
    note = virtual.protocol.criterion
    if any("-" in cell.split() for row in rows for cell in row[1:]):
        note += f" {ABSENT}"
    show(out, title, ("", *virtual.arms), rows, note=note)
    looks = virtual.looks()
    if len(looks) >= len(virtual.arms):
        lines = [
            _look(virtual.arm, look)
            for virtual in virtual.result.comparisons
            for look in virtual.looks
        ]
        heads = ("look at", "month", "events", "planned", "z", "bound", "conditional power")
        show(out, "Looks", heads, lines, note="z above 0 favors the arm.")
    _show_truth(out, virtual)
    where = f", start with {TRIAL_PAGE}" if page else ""
    out.print(f"Results: {folder}, the tables in {' and '.join(TRIAL_TABLES)}{where}")
    if analysis is not None:
        out.print(f"For analysts: {analysis}, described in dictionary.md")
    out.print(DISCLAIMER)


ROWS = {
    "Randomized": "randomized",
    "Analyzed": "patients",
    "Events": "events",
    "Median": "median",
    "Hazard ratio": "hazard",
    "Restricted mean difference": "restricted",
    "It shrank: response": "response",
    "It lasted: still in response at 12 months": "lasting",
    "Both, of all patients": "durable",
}


def _look(arm: str, look: Look) -> tuple[object, ...]:
    """Write one look."""
    return (
        arm,
        f"{look.day / DAYS_PER_MONTH:.0f}",
        look.events,
        percent(look.fraction),
        f"{look.z:+.2f}",
        f"{look.bound:.2f}" if math.isfinite(look.bound) else "-",
        percent(look.conditional),
    )


def _cell(row: Any, kind: str) -> str:
    """Write one number of an arm with its interval."""
    if kind in ("randomized", "patients", "events"):
        return f"{int(row[kind]):,}"
    if kind == "median":
        if math.isnan(row["median"]):
            return "not reached"
        ends = (
            "-" if math.isnan(row[end]) else f"{row[end]:.0f}"
            for end in ("median_low", "median_high")
        )
        return f"{days(row['median'])}, {' to '.join(ends)}"
    if kind == "hazard":
        if not math.isfinite(row["hazard_high"]):  # none, or one arm's events before the other's
            return "-"
        return f"{row['hazard_ratio']:.2f} ({row['hazard_low']:.2f} to {row['hazard_high']:.2f})"
    if kind == "restricted":
        if math.isnan(row["restricted_mean"]):
            return "-"
        span = f"{row['restricted_low']:+.0f} to {row['restricted_high']:+.0f}"
        return f"{row['restricted_mean']:+.0f} days ({span})"
    if kind == "response":
        span = f"{percent(row['response_low'])} to {percent(row['response_high'])}"
        return f"{percent(row['response_rate'])} ({span})"
    return "-" if math.isnan(row[kind]) else percent(row[kind])


def _show_truth(out: Any, virtual: VirtualTrial) -> None:
    """Print what no trial sees: the same patients under every arm."""
    from countermove.command_line.tables import show

    table = virtual.truth.table()
    name = virtual.true_endpoint
    rows = []
    for arm in virtual.arms[1:]:
        row = table.loc[(name, arm)]
        ratio = row["hazard_ratio"]
        rows.append(
            (
                arm,
                f"{row['difference']:+.0f} days",
                f"{row['difference_low']:+.0f} to {row['difference_high']:+.0f}",
                f"{ratio:.2f}" if 0.0 < ratio < math.inf else "-",
            )
        )
    label = virtual.truth.endpoints[name].label
    note = "All eligible patients under every arm, nobody lost: what no trial can see."
    heads = (f"against {virtual.arms[0]}", "mean difference", "95% interval", "hazard ratio")
    label = label if label[1].isupper() else f"{label[0].lower()}{label[1:]}"
    show(out, f"The truth: {label}", heads, rows, note=note)
