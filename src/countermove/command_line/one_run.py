"""One run from the terminal: simulate, store, report; nothing partial left behind.

Here: the order of the steps and what remains when one fails. Not here: options (``run``), the
simulation (``simulation``), files (``results``, ``report``), which folder (``folders``).
"""

from __future__ import annotations

import dataclasses
import json
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from countermove.command_line.folders import Out, choose_folder, state_of_run
from countermove.command_line.notes import UNDER_WAY, noting, noting_at_once
from countermove.command_line.progress import compiling, progress_shown
from countermove.foundation import CountermoveError
from countermove.results.run_folder import CSV_FILE, VISITS_CSV, RunFolder
from countermove.results.sentences import criterion_sentence
from countermove.results.storage import write_text
from countermove.scenario import Scenario

if TYPE_CHECKING:
    from countermove.results import Runs
    from countermove.simulation import Request

INTERRUPTED = 130
_NONE: Any = None
KEPT = 1000  # patients whose courses are kept


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line asks of a run; None leaves it to the scenario.

    Attributes
    ----------
    keep : patients, from the first, whose courses are kept
    source : the scenario's file or example
    text : its text, where the run is what it says; empty where options changed the run
    progress : "bar", "json" or "none"; None for a bar unless the results are JSON
    """

    source: str
    text: str

    out: Out
    patients: Any
    seed: Any
    engine: Any
    every: Any
    longest_leap: Any
    threads: Any
    report: bool
    csv: bool
    as_json: bool
    allow_python: bool
    command: str
    keep: int = KEPT
    workers: Any = None
    cluster: str | None = None
    store: str | None = None
    progress: str | None = None

    @property
    def shown(self) -> str:
        """How progress is told: ``bar``, ``json`` or ``none``."""
        return self.progress or ("none" if self.as_json else "bar")

    def request(self, scenario: Scenario) -> Request:
        """Settle what is to be run, before any work.

        Raises
        ------
        ScenarioError
            A setting is out of range, or the engine cannot run the scenario.
        """
        from countermove.simulation import request

        with noting():
            return request(
                scenario,
                patients=self.patients,
                seed=self.seed,
                engine=self.engine,
                every=self.every,
                keep=self.keep,
                longest_leap=self.longest_leap,
                allow_python=self.allow_python,
            )


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
            "criterion": criterion_sentence(self.runs.provenance, self.runs.document),
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
    KeyboardInterrupt
        After Ctrl-C where the run is one of several.
    """
    from countermove.simulation import simulate
    from countermove.simulation.crews import check_crew
    from countermove.simulation.shelf import check_store, clear_store

    asked = settings.request(scenario)
    run = asked.run
    path = choose_folder(settings.out, lambda place: state_of_run(place, run))
    folder = RunFolder(path)
    kind = settings.shown
    check_crew(settings.threads, settings.workers, settings.cluster)
    check_store(settings.store, path)
    if settings.cluster in (None, "local"):  # others compile where they are
        _compile(asked, shown=kind == "bar")
    begun = time.perf_counter()

    try:
        with progress_shown(what, kind) as show, noting_at_once(), _spared(settings):
            runs = simulate(
                scenario,
                patients=settings.patients,
                seed=settings.seed,
                engine=settings.engine,
                every=settings.every,
                keep=settings.keep,
                longest_leap=settings.longest_leap,
                threads=settings.threads,
                workers=settings.workers,
                cluster=settings.cluster,
                store=settings.store,
                allow_python=settings.allow_python,
                out=path,
                overwrite=settings.out.replace,
                progress=show,
            )
        seconds = time.perf_counter() - begun
        runs = dataclasses.replace(runs, provenance=with_command(runs, settings.command))
        with _spared(settings):
            _store(runs, folder, settings)
    except (CountermoveError, OSError):
        folder.leave()
        raise
    except KeyboardInterrupt:
        folder.leave()
        context = click.get_current_context(silent=True)
        if context is not None and UNDER_WAY in context.meta:
            raise  # one of several, which are told of together
        _say_how_to_continue(folder, asked.count, settings)
        raise click.exceptions.Exit(INTERRUPTED) from None
    clear_store(folder.label())
    folder.finish(run)
    if settings.out.replace:
        folder.clear_sweep()
    return Finished(runs, runs.summary(), seconds, path, folder.present())


@contextmanager
def _spared(settings: Settings) -> Iterator[None]:
    """Keep xarray from importing dask.array, a tenth of a short run, only to ask for its type.

    A module that is None in ``sys.modules`` counts as not installed. A run on a cluster has
    imported it before.
    """
    spared = settings.cluster is None and sys.modules.setdefault("dask.array", _NONE) is None
    try:
        yield
    finally:
        if spared:
            del sys.modules["dask.array"]


def _compile(asked: Request, *, shown: bool) -> None:
    """Compile the engine where that was never done, and say so: it is no part of the run's time."""
    from countermove.simulation.first_run import compile_engine, setup_to_compile

    setup = setup_to_compile(asked)
    if setup is not None:
        with compiling(shown=shown):
            compile_engine(asked, setup)


def with_command(runs: Runs, command: str) -> dict[str, Any]:
    """Provenance with the command; the record of results strips folders from it."""
    from countermove.results import provenance

    record = runs.provenance
    said = provenance(
        runs.document, seed=record["seed"], engine=record["engine"], command=shlex.split(command)
    )
    return {**record, "command": said["command"]}


def _store(runs: Runs, folder: RunFolder, settings: Settings) -> None:
    """Write results and report; on failure, take away what was not there before."""
    from countermove.results.runs import store

    before = folder.present()
    name = Path(settings.source).name
    header = (
        f"{name} as it was run: every default written out, and what options of the command\n"
        "changed (see provenance.json)."
    )
    try:
        store(runs, folder.path, text=settings.text, header=header)
        if settings.csv:
            runs.to_csv(folder.path / CSV_FILE)
            if runs.visits is not None:
                visits = runs.visits.to_csv(index=False, lineterminator="\n")
                write_text(visits, folder.path / VISITS_CSV)
        if settings.report:
            from countermove.report import write_report

            write_report(runs, folder.path)
    except BaseException:
        folder.remove(*(name for name in folder.present() if name not in before))
        raise


def _say_how_to_continue(folder: RunFolder, total: int, settings: Settings) -> None:
    kept = bool(folder.chunks())
    done = folder.patients_kept()
    if settings.as_json:
        known = None if settings.store else done if kept else 0
        said = {"finished": known, "of": total, "continue": settings.command}
        click.echo(json.dumps({"interrupted": said}), err=True)
        return
    if settings.store:
        click.echo(f"Stopped. What is finished is kept at {settings.store}.", err=True)
        click.echo(f"Continue with: {settings.command}", err=True)
        return
    if not kept:
        click.echo("Stopped before any patient was finished; nothing is kept.", err=True)
        return
    where = folder.unfinished
    click.echo(
        f"Stopped. {done:,} of {total:,} patients are finished and kept in {where}.", err=True
    )
    click.echo(f"Continue with: {settings.command}", err=True)
    sys.stderr.flush()
