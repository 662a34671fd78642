"""``countermove plot``: the figures of a stored run, drawn again.

Here: the command. Not here: drawing (``report.figures``).
"""

from __future__ import annotations

from pathlib import Path

import click

from countermove.command_line.options import json_option
from countermove.command_line.wording import echo_json
from countermove.foundation import OutputError, ScenarioError
from countermove.results.run_folder import FIGURE_ENDINGS, FIGURES, FIGURES_FOLDER, RunFolder

FORMATS = tuple(ending.removeprefix(".") for ending in FIGURE_ENDINGS)


@click.command()
@click.argument("folder")
@click.option(
    "--figure",
    "names",
    type=click.Choice(FIGURES),
    multiple=True,
    metavar="NAME",
    help=f"One of {', '.join(FIGURES)}; repeatable.  [default: all]",
)
@click.option(
    "--format",
    "formats",
    type=click.Choice(FORMATS),
    multiple=True,
    metavar="FORMAT",
    help=f"One of {', '.join(FORMATS)}; repeatable.  [default: png and svg]",
)
@click.option("--out", metavar="FOLDER", help="Where to.  [default: FOLDER/figures]")
@click.option("--replace", is_flag=True, help="Write over files that --out names.")
@json_option
def plot(
    folder: str,
    names: tuple[str, ...],
    formats: tuple[str, ...],
    out: str | None,
    replace: bool,
    as_json: bool,
) -> None:
    """Draw the figures of a stored run again.

    FOLDER is what countermove run wrote. Nothing is simulated.
    """
    from countermove.results import load_runs

    _refuse_sweep(Path(folder))
    path = Path(folder) / FIGURES_FOLDER if out is None else Path(out)
    chosen, kinds = names or FIGURES, formats or FORMATS[:2]
    if out is not None and not replace:
        _refuse_written([path / f"{name}.{kind}" for name in chosen for kind in kinds])
    runs = load_runs(folder)
    from countermove.report.figures import draw_some, write_figures

    files = write_figures(draw_some(runs, chosen), path, kinds)
    if as_json:
        echo_json({"written": [str(file) for file in files]})
        return
    for file in files:
        click.echo(f"Written: {file}")


def _refuse_sweep(path: Path) -> None:
    folder = RunFolder(path)
    if not folder.holds_sweep() or folder.holds():
        return
    first = next((run.path for run in folder.swept()), None)
    raise ScenarioError(
        str(path),
        got=f"the folder of {folder.several()}",
        expected="that of one run",
        remedy=f"Take one of its runs, as {first}." if first is not None else "",
    )


def _refuse_written(files: list[Path]) -> None:
    for file in files:
        if file.exists():
            raise OutputError(
                str(file),
                got="a file that is there already",
                expected="a new one",
                remedy="Choose another folder with --out, or give --replace.",
            )
