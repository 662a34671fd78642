"""The program ``countermove``: its commands, loaded when called.

Here: the group of commands and the one way errors leave it. Not here: any command.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

import countermove
from countermove.command_line.notes import KEY, UNDER_WAY
from countermove.foundation import CountermoveError, EngineFailure
from countermove.foundation.errors import shown, suggestion

# Command -> what it does, so that listing them loads nothing.
COMMANDS = {
    "run": "Simulate a cohort; write its outcomes and report.",
    "compare": "Treat the same patients in several ways; compare the outcomes.",
    "trial": "Carry out the randomized trial that a scenario describes.",
    "power": "Say how often that trial finds what it looks for, over a grid.",
    "check": "Say whether scenarios can be run, and on which engine.",
    "explain": "Print the resolved scenario and the rates that follow.",
    "exact": "Compute probabilities without simulating, where that can be.",
    "plot": "Draw the figures of a stored run again.",
    "schema": "Print the JSON Schema of a scenario file.",
    "examples": "List the shipped examples, or write one to start from.",
    "catalog": "List published results; write one's scenario to start from.",
    "reproduce": "Recompute published numbers and compare.",
    "headline": "Say what a report's headline numbers can mean.",
    "evidence": "List resistance seen in the clinic, and what is known.",
    "lab": "Open the lab in a browser: chapters, a game, a bench.",
}
RARELY = 50_000  # objects between searches for garbage, which take a fifth of a short run
REFUSED, FAILED, INTERRUPTED = 2, 3, 130


class Commands(click.Group):
    """Commands that are imported when called, and one shape for every error."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, in the order a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"countermove.command_line.{cmd_name}")
        return getattr(module, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; one that is none is answered with the nearest, or with all."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = suggestion(args[0], COMMANDS)
            raise click.UsageError(f"No such command {shown(args[0])}. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error leaves with the notes said before it."""
        try:
            return super().invoke(ctx)
        except CountermoveError as error:
            for note in ctx.meta.get(KEY, []):
                error.add_note(note)
            if "countermove.source" in ctx.meta:
                from countermove.command_line.inputs import SOURCE, find_place

                find_place(error, *ctx.meta[SOURCE])
            raise
        except KeyboardInterrupt:
            if UNDER_WAY not in ctx.meta:
                raise
            ctx.meta[UNDER_WAY]()
            return INTERRUPTED

    def main(self, args: Sequence[str] | None = None, *rest: Any, **more: Any) -> Any:
        """Run, and leave with 0, 2 (refused), 3 (an engine failed) or 130 (interrupted).

        `reproduce` also leaves with 1: a published number is not met.
        """
        given = list(sys.argv[1:] if args is None else args)
        alone = args is None  # the program, not a call from Python
        if alone:
            gc.set_threshold(RARELY)
        more["standalone_mode"] = False
        try:
            code = super().main(given, *rest, **more)
        except CountermoveError as error:
            code = _tell(given, str(error), _fields(error))
            code = FAILED if isinstance(error, EngineFailure) else code
        except click.ClickException as error:
            if type(error).__name__ == "NoArgsIsHelpError":  # of click 8.2 and newer
                click.echo(error.format_message(), err=True)
                sys.exit(error.exit_code)
            code = _tell(given, _usage(error), {"where": "command line"})
        except (KeyboardInterrupt, click.Abort):
            click.echo("Interrupted.", err=True)
            code = INTERRUPTED
        except BrokenPipeError:  # the reader went away, as `| head` does
            sys.stderr.close()
            code = 0
        except OSError as error:
            where = str(error.filename or "disk")
            reason = error.strerror or type(error).__name__
            code = _tell(given, f"{where}: got {reason}, expected to go on.", {"where": where})
        if alone:
            gc.freeze()  # nothing is left to collect at the end, which took half a second
        sys.exit(code if isinstance(code, int) else 0)


def _tell(given: list[str], message: str, fields: dict[str, Any]) -> int:
    if "--json" in given:
        error = {"message": message, **{name: said for name, said in fields.items() if said}}
        click.echo(json.dumps({"error": error}, ensure_ascii=False), err=True)
    else:
        click.echo(f"Error: {message}", err=True)
    return REFUSED


def _fields(error: CountermoveError) -> dict[str, Any]:
    names = ("where", "got", "expected", "remedy")
    kind = {"kind": type(error).__name__, "notes": getattr(error, "__notes__", [])}
    place = getattr(error, "place", None)
    return (
        kind
        | {name: str(getattr(error, name, "")) for name in names}
        | (place._asdict() if place is not None else {})
    )


def _usage(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    tail = f" Try '{context.command_path} --help'." if context is not None else ""
    return f"command line: {error.format_message()}{tail}"


@click.group(cls=Commands, context_settings={"max_content_width": 80})
@click.version_option(countermove.__version__, prog_name="countermove")
def main() -> None:
    """How tumors evolve resistance to treatment.

    Simulated from a scenario file. Start with: countermove run one_drug_then_relapse
    """
