"""``countermove lab``: the subject in a browser.

Here: the command. Not here: the server and the export (``countermove.lab``).
"""

from __future__ import annotations

import json

import click

from countermove.command_line.options import json_option


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind to.")
@click.option(
    "--port", default=8765, show_default=True, type=click.IntRange(0, 65535), help="0: any."
)
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
@click.option(
    "--token",
    metavar="TOKEN",
    help="What every call has to know; 'new' makes one. Needed on any other host than loopback.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes for long jobs; one fewer than cores by default.",
)
@click.option(
    "--export",
    "folder",
    metavar="DIR",
    help="Start no server: write chapters, game and worksheet as files that open in a browser.",
)
@json_option
def lab(
    host: str,
    port: int,
    no_open: bool,
    token: str | None,
    workers: int | None,
    folder: str | None,
    as_json: bool,
) -> None:
    """Open the lab: chapters, a game and a bench, in a browser.

    A server of this machine alone, unless --host says otherwise. Nothing leaves the machine. It
    needs: pip install 'countermove[lab]'. Only --export does without.
    """
    if folder is not None:
        _export(folder, as_json)
        return
    from countermove.lab.serve import serve

    def say(address: str) -> None:
        if as_json:
            click.echo(json.dumps({"address": address}))
            return
        click.echo(f"The lab: {address}")
        click.echo("Ctrl-C ends it. Education and research; not medical advice.")

    serve(host, port, browser=not no_open, token=token, workers=workers, say=say)


def _export(folder: str, as_json: bool) -> None:
    """Write the lab as files; progress goes to standard error."""
    from countermove.lab.export import export

    def say(line: str) -> None:
        click.echo(json.dumps({"progress": line}) if as_json else line, err=True)

    result = export(folder, say)
    if as_json:
        click.echo(json.dumps(result._asdict()))
        return
    click.echo(
        f"{result.folder}: {result.bytes / 1e6:.1f} MB, {result.simulations:,} simulations in "
        f"{result.seconds:.0f} s. Open index.html there, or put the folder on any host."
    )
