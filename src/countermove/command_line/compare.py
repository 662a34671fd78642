"""``countermove compare``: the same patients under several treatments, in one table and one page.

Here: the command, reading its arms. Not here: the comparison (``trials.compare``), the runs and
their folders (``several``), the table (``compare_table``), the page (``report.compare_page``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click

from countermove.command_line.inputs import SOURCE, assignment, refuse_twice, scenario_of, stem_of
from countermove.command_line.notes import heard, noting
from countermove.command_line.options import changes_option, crew_options, json_option
from countermove.command_line.run_names import folder_names
from countermove.command_line.several import arm_settings, each_run, settle_folder
from countermove.command_line.wording import echo_json
from countermove.foundation import ScenarioError, shown
from countermove.results.run_folder import COMPARE_FILE, COMPARE_PAGE, RunFolder
from countermove.results.storage import write_text
from countermove.scenario import Scenario, replace
from countermove.scenario.yaml_text import read_yaml

EPILOG = """\b
Examples:
  countermove compare protocol_rules --policies continuous,adaptive
  countermove compare tumor.yaml --arm all --arm low=drugs.A.kill='0.02 /day'
  countermove compare tumor.yaml --policies continuous \\
      --arm low=treatment.policy=containment,treatment.level=0.5
  countermove compare usual.yaml new.yaml --patients 1000
"""
OWN = {"patients": "patients.number", "seed": "seed", "engine": "engine"}


@click.command(epilog=EPILOG)
@click.argument("files", nargs=-1, required=True)
@click.option("--policies", metavar="A,B,...", help="An arm for each policy, by its name.")
@click.option(
    "--arm",
    "variants",
    metavar="NAME=PATH=VALUE,...",
    multiple=True,
    help="An arm with these values changed, or NAME alone for FILE as it is; repeatable.",
)
@changes_option
@click.option("--out", metavar="FOLDER", help="Where results go.  [default: runs/NAME-compare]")
@click.option("--replace", is_flag=True, help="Write over other runs that FOLDER holds.")
@click.option("--patients", type=click.IntRange(1), help="Number of patients.")
@click.option("--seed", type=click.IntRange(0), help="Seed of all random numbers.")
@click.option("--engine", help="branching or mean_field.  [default: the scenario's]")
@click.option("--every", metavar="DAYS", type=float, help="Days between recorded times.")
@crew_options
@click.option("--allow-python", is_flag=True, help="Run the function that treatment.python names.")
@click.option("--no-report", is_flag=True, help="Write the results without report and figures.")
@json_option
def compare(
    files: tuple[str, ...],
    policies: str | None,
    variants: tuple[str, ...],
    changes: tuple[str, ...],
    **options: Any,
) -> None:
    """Treat the same patients in several ways; compare the outcomes.

    FILES are scenario files or names of shipped examples. Several are an arm each; --policies and
    --arm make further arms of the first. All others are compared with the first arm, patient by
    patient, under one criterion of progression.
    """
    from countermove.trials.arms import settled
    from countermove.trials.compare import Comparison

    _refuse_twice(changes, options)
    base, chosen = _arms(files, policies, variants, changes)
    own = {OWN[name]: options[name] for name in OWN if options[name] is not None}
    if own:
        chosen = {name: replace(arm, own) for name, arm in chosen.items()}
    arms, criterion = settled(chosen)
    settings = arm_settings(files[0], options, what="compare")
    names = folder_names([{"arm": name} for name in arms])
    runs = {name: settings.request(arm).run for name, arm in zip(names, arms.values(), strict=True)}
    path = settle_folder(runs, settings, page=COMPARE_PAGE)
    scenarios = dict(zip(names, arms.values(), strict=True))
    done = dict(zip(arms, each_run(path, scenarios, runs, settings), strict=True))
    result = Comparison(base.name, {arm: one.runs for arm, one in done.items()}, criterion)
    RunFolder(path).clear_overview()
    write_text(result.table().to_csv(lineterminator="\n"), path / COMPARE_FILE)
    if settings.report:
        from countermove.report.compare_page import write_comparison

        folders = dict(zip(arms, names, strict=True))
        write_comparison(result, path, description=base.description, folders=folders)
    if settings.as_json:
        from countermove.command_line.compare_table import to_dict

        echo_json({**to_dict(result), "folder": str(path), "notes": heard()})
        return
    from countermove.command_line.compare_table import show_comparison

    show_comparison(result, path, page=settings.report)


def _arms(
    files: tuple[str, ...], policies: str | None, variants: Iterable[str], changes: tuple[str, ...]
) -> tuple[Scenario, dict[str, Scenario]]:
    """Read the first scenario, and every arm by name."""
    from countermove.trials.arms import arms_of

    read = [scenario_of(file, changes, named=len(files) > 1) for file in files]
    click.get_current_context().meta.pop(SOURCE, None)  # an arm may have set the field at fault
    own = [] if len(files) == 1 else [(stem_of(f), s) for f, s in zip(files, read, strict=True)]
    own += [_variant(text) for text in variants]
    names = [name.casefold() for name, _ in own]
    for name, _ in own:
        if names.count(name.casefold()) > 1:
            raise ScenarioError(
                "arms", got=f"two arms called {shown(name)}", expected="each with its own name"
            )
    asked = None if policies is None else [name.strip() for name in policies.split(",")]
    with noting():
        return read[0], arms_of(read[0], [name for name in asked or () if name], dict(own))


def _variant(text: str) -> tuple[str, Mapping[str, object]]:
    """Split ``NAME=PATH=VALUE,PATH=VALUE``; a comma within a value stands in brackets."""
    name, equals, rest = text.partition("=")
    if not name.strip() or (not equals and "." in name):
        raise ScenarioError(
            "--arm",
            got=shown(text),
            expected="NAME=PATH=VALUE, as half=drugs.A.kill='0.02 /day', or NAME alone",
        )
    values: dict[str, object] = {}
    for part in _parts(rest):
        path, value = assignment(part, "--arm")
        if path in values:
            raise ScenarioError("--arm", got=f"{path} twice", expected="each value set once")
        values[path] = read_yaml(value, path)
    return name.strip(), values


def _parts(text: str) -> list[str]:
    """Split at commas outside of brackets and quotes."""
    parts, depth, quote = [""], 0, ""
    for mark in text:
        if quote:
            quote = "" if mark == quote else quote
        elif mark in "\"'":
            quote = mark
        depth += (mark in "[{(") - (mark in "]})")
        if mark == "," and depth <= 0 and not quote:
            parts.append("")
        else:
            parts[-1] += mark
    return [part for part in parts if part.strip()]


def _refuse_twice(changes: Iterable[str], options: Mapping[str, Any]) -> None:
    """Refuse a value set in two ways for all arms."""
    given = [(f"--{name}", path) for name, path in OWN.items() if options[name] is not None]
    refuse_twice([*given, *(("--set", assignment(text, "--set")[0]) for text in changes)])
