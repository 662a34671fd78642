"""``countermove run``: simulate a cohort, show its outcomes, write its results.

Here: the command. Not here: one run (``one_run``), many of them (``sweep``), the tables
(``outcome_tables``).
"""

from __future__ import annotations

import shlex
import sys
from typing import Any

import click

from countermove.command_line.folders import Out
from countermove.command_line.inputs import assignment, refuse_twice, scenario_of, stem_of, text_of
from countermove.command_line.notes import heard
from countermove.command_line.one_run import Settings, run_one
from countermove.command_line.options import changes_option, crew_options
from countermove.command_line.wording import echo_json

EPILOG = """\b
Examples:
  countermove run one_drug_then_relapse
  countermove run tumor.yaml --patients 1000 --set tumor.death='0.1 /day'
  countermove run tumor.yaml --sweep tumor.diagnosed_at=1e8,1e9,1e10
  countermove run tumor.yaml --sweep seed=1,2 --sweep drugs.A.kill=0.1,0.2
  countermove run bozic_2013_patients \\
      --sweep tumor.diagnosed_at=bozic_2013_patients.csv
"""

GIVEN_ON = ("every", "longest_leap", "threads", "workers", "cluster", "store", "progress")


@click.command(epilog=EPILOG)
@click.argument("file")
@click.option("--out", metavar="FOLDER", help="Where results go.  [default: runs/NAME]")
@click.option("--replace", is_flag=True, help="Write over another run that FOLDER holds.")
@click.option("--patients", type=click.IntRange(1), help="Number of patients.")
@click.option("--seed", type=click.IntRange(0), help="Seed of all random numbers.")
@click.option("--engine", help="branching or mean_field.  [default: the scenario's]")
@click.option("--every", metavar="DAYS", type=float, help="Days between recorded times.")
@click.option(
    "--longest-leap", metavar="DAYS", type=float, help="Longest step.  [default: the engine's]"
)
@crew_options
@changes_option
@click.option(
    "--sweep",
    "sweeps",
    metavar="PATH=VALUES",
    multiple=True,
    help="Run once for each of a,b,c or each row of a file.csv; given again, for every "
    "combination.",
)
@click.option("--allow-python", is_flag=True, help="Run the function that treatment.python names.")
@click.option("--no-report", is_flag=True, help="Write the results without report and figures.")
@click.option("--csv", is_flag=True, help="Write outcomes and visits as CSV too.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def run(file: str, changes: tuple[str, ...], sweeps: tuple[str, ...], **options: Any) -> None:
    """Simulate a cohort; write its outcomes and report.

    FILE is a scenario file or the name of a shipped example. An interrupted run keeps what it had
    finished; the same command continues it. A folder that holds another run is left alone: without
    --out, the new run goes to one beside it (runs/NAME-2).
    """
    _refuse_twice(changes, sweeps, options)
    own = ("patients", "seed", "engine")
    scenario = scenario_of(file, changes)
    changed = bool(changes or sweeps) or any(options[name] is not None for name in own)
    settings = Settings(
        out=Out(
            name=str(options["out"] or f"runs/{stem_of(file)}"),
            given=options["out"] is not None,
            replace=options["replace"],
        ),
        source=file,
        text="" if changed else text_of(file),
        report=not options["no_report"],
        csv=options["csv"],
        as_json=options["as_json"],
        allow_python=options["allow_python"],
        command=_command(),
        **{name: options[name] for name in (*own, *GIVEN_ON)},
    )
    if sweeps:
        from countermove.command_line.sweep import run_sweep

        run_sweep(scenario, sweeps, settings)
        return
    result = run_one(scenario, settings)
    if settings.as_json:
        echo_json({**result.to_dict(), "notes": heard()})
        return
    from countermove.command_line.outcome_tables import show_outcomes

    show_outcomes(result)


def _refuse_twice(
    changes: tuple[str, ...], sweeps: tuple[str, ...], options: dict[str, Any]
) -> None:
    """Refuse a value set in two ways, as by ``--seed`` and by a sweep of it."""
    own = {"--patients": "patients.number", "--seed": "seed", "--engine": "engine"}
    refuse_twice(
        [
            *((name, path) for name, path in own.items() if options[name[2:]] is not None),
            *(("--set", assignment(text, "--set")[0]) for text in changes),
            *(("--sweep", assignment(text, "--sweep")[0]) for text in sweeps),
        ]
    )


def _command() -> str:
    """Return the command line as a user could give it again."""
    return shlex.join(["countermove", *sys.argv[1:]])
