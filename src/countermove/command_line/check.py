"""``countermove check``: whether scenarios can be run.

Here: the command. Not here: the checking (``simulation.check``).
"""

from __future__ import annotations

import click

from countermove.command_line.inputs import scenario_of
from countermove.command_line.notes import heard, note, noting
from countermove.command_line.options import changes_option, json_option
from countermove.command_line.wording import echo_json


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@changes_option
@json_option
def check(files: tuple[str, ...], changes: tuple[str, ...], as_json: bool) -> None:
    """Say whether scenarios can be run, and on which engine.

    FILE is a scenario file or the name of a shipped example. Nothing is simulated. The first
    scenario that cannot be run ends the command with exit code 2.
    """
    from countermove.simulation import check as check_scenario
    from countermove.trials.protocol import alike, protocol_of

    result = []
    for file in files:
        said = len(heard())
        several = len(files) > 1
        scenario = scenario_of(file, changes, named=several)
        with noting(file if several else ""):
            done = check_scenario(scenario)
            trial = None if scenario.trial is None else protocol_of(scenario)
        if trial is not None and (text := alike(scenario)):
            note(f"{file}: {text}" if several else text)
        if scenario.treatment.python is not None:
            text = "treatment.python: not looked for; it is run only with --allow-python."
            note(f"{file}: {text}" if several else text)
        result.append(
            {
                "file": file,
                "name": done.scenario.name,
                "genotypes": done.genotypes,
                "types": done.types,
                "engine": done.engine,
                "why_not": done.against,
                "trial_arms": None if trial is None else list(trial.arms),
                "notes": heard()[said:],
            }
        )
        if not as_json:
            click.echo(f"{file}: can be run. {done.scenario.name}")
            click.echo(
                f"  {done.genotypes:,} genotypes, {done.types:,} types as simulated; "
                f"engine {done.engine}"
            )
            for engine, reason in done.against.items():
                click.echo(f"  not {engine}: {reason}")
            if trial is not None:
                click.echo(f"  trial of {', '.join(trial.arms)}: can be carried out")
    if as_json:
        echo_json({"checked": result})
