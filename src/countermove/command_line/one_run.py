"""One run from the terminal: simulate, store, report; nothing partial left behind.

Here: the order of the steps and what remains when one fails. Not here: options (``run``), the
simulation (``simulation``), files (``results``, ``report``).
"""

from __future__ import annotations

import dataclasses
import json
import shlex
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from countermove.command_line.progress import progress_bar
from countermove.foundation import CountermoveError
from countermove.scenario import Scenario

if TYPE_CHECKING:
    from countermove.results import Runs

INTERRUPTED = 130
UNFINISHED = "unfinished"  # where `simulate` keeps finished chunks
NAMES = (
    "report.html",
    "figures",
    "outcomes.parquet",
    "trajectories.zarr",
    "scenario.yaml",
    "provenance.json",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line asks of a run; None leaves it to the scenario."""

    out: str
    patients: Any
    seed: Any
    engine: Any
    every: Any
    threads: Any
    report: bool
    as_json: bool
    command: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished run.

    Attributes
    ----------
    runs : what was simulated
    summary : of its outcomes
    seconds : spent simulating
    folder : where the results are
    files : names in it
    """

    runs: Runs
    summary: dict[str, Any]
    seconds: float
    folder: Path
    files: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return {
            "scenario": self.runs.document["name"],
            "summary": self.summary,
            "provenance": self.runs.provenance,
            "seconds": self.seconds,
            "folder": str(self.folder),
            "files": list(self.files),
        }


def run_one(scenario: Scenario, settings: Settings, *, what: str = "Simulating") -> Finished:
    """Simulate a scenario, store the results, write the report.

    Raises
    ------
    CountermoveError
        Whatever was refused. The folder then holds what it held before, and finished chunks.
    click.exceptions.Exit
        With 130 after Ctrl-C, having said what is kept and how to continue.
    """
    from countermove.simulation import simulate

    folder = Path(settings.out)
    missing = _missing_folders(folder)
    begun = time.perf_counter()
    reached = [0, 0]

    def count(done: int, total: int) -> None:
        reached[:] = [done, total]
        show(done, total)

    try:
        with progress_bar(what, shown=not settings.as_json) as show:
            runs = simulate(
                scenario,
                patients=settings.patients,
                seed=settings.seed,
                engine=settings.engine,
                every=settings.every,
                threads=settings.threads,
                out=folder,
                progress=count,
            )
        seconds = time.perf_counter() - begun
        runs = dataclasses.replace(runs, provenance=with_command(runs, settings.command))
        files = _store(runs, folder, report=settings.report)
    except (CountermoveError, OSError):
        _tidy(folder, missing)
        raise
    except KeyboardInterrupt:
        _tidy(folder, missing)
        _say_how_to_continue(folder, reached, settings)
        raise click.exceptions.Exit(INTERRUPTED) from None
    shutil.rmtree(folder / UNFINISHED, ignore_errors=True)
    return Finished(runs, runs.summary(), seconds, folder, files)


def with_command(runs: Runs, command: str) -> dict[str, Any]:
    """Provenance with the command; the record of results strips folders from it."""
    from countermove.results import provenance

    record = runs.provenance
    said = provenance(
        runs.document, seed=record["seed"], engine=record["engine"], command=shlex.split(command)
    )
    return {**record, "command": said["command"]}


def _store(runs: Runs, folder: Path, *, report: bool) -> tuple[str, ...]:
    """Write results and report; on failure, take away what was not there before."""
    before = set(folder.iterdir()) if folder.exists() else set()
    try:
        runs.save(folder)
        if report:
            from countermove.report import write_report

            write_report(runs, folder)
    except BaseException:
        for path in set(folder.iterdir()) - before if folder.exists() else ():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        raise
    return present(folder)


def present(folder: Path) -> tuple[str, ...]:
    """Names of the results that are in a folder."""
    return tuple(name for name in NAMES if (folder / name).exists())


def _missing_folders(folder: Path) -> list[Path]:
    """Folders that a run would have to make, deepest first."""
    found = []
    for path in (folder, *folder.parents):
        if path.exists():
            break
        found.append(path)
    return found


def _tidy(folder: Path, missing: list[Path]) -> None:
    """Remove what was made and holds nothing; finished chunks stay."""
    chunks = folder / UNFINISHED
    if chunks.is_dir() and not any(chunks.glob("*.chunk")):
        shutil.rmtree(chunks, ignore_errors=True)
    for path in missing:
        try:
            path.rmdir()
        except OSError:
            return


def _say_how_to_continue(folder: Path, reached: list[int], settings: Settings) -> None:
    kept = (folder / UNFINISHED).is_dir()
    done, total = reached
    if settings.as_json:
        said = {"finished": done if kept else 0, "of": total, "continue": settings.command}
        click.echo(json.dumps({"interrupted": said}), err=True)
        return
    if not kept:
        click.echo("Stopped before any patient was finished; nothing is kept.", err=True)
        return
    click.echo(f"Stopped. {done:,} of {total:,} patients are finished and kept.", err=True)
    click.echo(f"Continue with: {settings.command}", err=True)
    sys.stderr.flush()
