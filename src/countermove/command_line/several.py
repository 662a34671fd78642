"""Several runs in one folder, each in a folder of its own: those of a sweep or of a comparison.

Here: whether the folder may be used, the runs one after the other, those that are there already.
Not here: which runs (``sweep``, ``compare``), one run (``one_run``).
"""

from __future__ import annotations

import dataclasses
import json
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import click

from countermove.command_line.folders import Out, State, choose_folder, state_of_run
from countermove.command_line.inputs import stem_of
from countermove.command_line.notes import UNDER_WAY
from countermove.command_line.one_run import Finished, Settings, run_one
from countermove.foundation import OutputError, ScenarioError
from countermove.results import load_runs
from countermove.results.folder_lock import FolderLock
from countermove.results.run_folder import CSV_FILE, NAMES, REPORT_FILE, RunFolder, taken
from countermove.results.storage import prepare_folder
from countermove.scenario import Scenario


def arm_settings(source: str, options: Mapping[str, Any], *, what: str) -> Settings:
    """Give the settings of runs that are arms of something; the arms say the rest.

    Parameters
    ----------
    source
        The scenario's file or example.
    options
        Of the command line: ``out``, ``replace``, who computes, ``progress``, ``allow_python``,
        ``as_json``, ``no_report``, and ``every`` where the command has it.
    what
        What they are arms of, the end of the default folder's name.
    """
    return Settings(
        out=Out(
            name=str(options["out"] or f"runs/{stem_of(source)}-{what}"),
            given=options["out"] is not None,
            replace=options["replace"],
        ),
        source=source,
        text="",
        report=not options["no_report"],
        csv=False,
        command=shlex.join(["countermove", *sys.argv[1:]]),
        patients=None,
        seed=None,
        engine=None,
        longest_leap=None,
        every=options.get("every"),
        threads=options["threads"],
        workers=options["workers"],
        cluster=options["cluster"],
        store=options["store"],
        progress=options["progress"],
        allow_python=options["allow_python"],
        as_json=options["as_json"],
    )


def settle_folder(runs: Mapping[str, str], settings: Settings, *, page: str) -> Path:
    """Choose the folder of several runs, and make room in it, before the first one starts.

    Parameters
    ----------
    runs
        Identity of each run by the name of its folder.
    settings
        What the command line asks for.
    page
        Name of the page that will tell of them all.

    Raises
    ------
    ScenarioError
        Those who are to compute are not to be had so.
    OutputError
        The folder holds other runs, or a page that countermove did not write; it cannot be written;
        another client is at work in it.
    """
    from countermove.simulation.crews import check_crew
    from countermove.simulation.shelf import check_store

    check_crew(settings.threads, settings.workers, settings.cluster)
    check_store(settings.store, settings.out.name)
    path = choose_folder(settings.out, lambda place: _state(place, runs))
    if _state(path, runs) == "other" and not settings.out.replace:
        raise taken(path, "other runs")
    _be_alone(path)
    if settings.out.replace:
        _make_room(RunFolder(path), runs)
    if settings.report:
        _refuse_foreign_page(path, page)
    return path


def _be_alone(path: Path) -> None:
    """Hold the folder of all runs until the command ends; a folder left empty goes again."""
    new = not path.exists()
    lock = FolderLock(prepare_folder(path))
    if not lock.acquire():
        raise OutputError(
            "out",
            got=f"'{path}', where another countermove is at work",
            expected="a folder for this command alone",
            remedy="Wait until the other has ended, or choose another folder with --out.",
        )

    def leave() -> None:
        lock.release()
        if new:
            with suppress(OSError):
                path.rmdir()

    click.get_current_context().call_on_close(leave)


def each_run(
    path: Path, scenarios: Mapping[str, Scenario], runs: Mapping[str, str], settings: Settings
) -> Iterator[Finished]:
    """Run what is not there yet; yields each run when it is done.

    Parameters
    ----------
    path
        Folder that holds theirs.
    scenarios, runs
        Scenario and identity of each by the name of its folder.
    settings
        What the command line asks for.
    """
    needed = {REPORT_FILE} if settings.report else set[str]()
    needed |= {CSV_FILE} if settings.csv else set()
    click.get_current_context().meta[UNDER_WAY] = partial(
        _say_how_to_continue, path, settings, runs
    )
    for number, (name, scenario) in enumerate(scenarios.items(), 1):
        done = finished_before(path / name, runs[name], needed)
        if done is None:
            out = dataclasses.replace(settings.out, name=str(path / name), given=True)
            own = dataclasses.replace(settings, out=out)
            done = run_one(scenario, own, what=f"Run {number} of {len(scenarios)}")
        yield done


def _say_how_to_continue(path: Path, settings: Settings, runs: Mapping[str, str]) -> None:
    """Say after Ctrl-C how many runs are whole, where they are, and how to go on."""
    folders = {name: RunFolder(path / name) for name in runs}
    part = [own for name, own in folders.items() if own.holds() != runs[name]]
    whole, begun = len(runs) - len(part), sum(own.patients_kept() for own in part)
    if settings.as_json:
        said = {"runs": whole, "of": len(runs), "folder": str(path), "continue": settings.command}
        click.echo(json.dumps({"interrupted": said}), err=True)
    elif not whole and not begun:
        click.echo("Stopped before any run was finished; nothing is kept.", err=True)
    else:
        more = f" and {begun:,} patients of the next" if begun else ""
        text = f"{whole} of {len(runs)} runs{more} are finished and kept in {path}."
        click.echo(f"Stopped. {text}\nContinue with: {settings.command}", err=True)


def _refuse_foreign_page(path: Path, page: str) -> None:
    """Refuse to write over a page that is not ours, before any work."""
    if not RunFolder(path).foreign_page(page):
        return
    raise OutputError(
        str(path / page),
        got="a file that countermove did not write",
        expected=f"no {page} in this folder, or our own",
        remedy="Choose another folder with --out, or give --no-report.",
    )


def _state(path: Path, runs: Mapping[str, str]) -> State:
    """Whether a folder holds these runs, none, or others."""
    folder = RunFolder(path)
    if folder.holds() or folder.begun():
        return "other"
    result = {
        state_of_run(inside.path, runs.get(inside.path.name, "none of these"))
        for inside in folder.swept()
    }
    return "other" if "other" in result else "same" if "same" in result else "free"


def _make_room(folder: RunFolder, runs: Mapping[str, str]) -> None:
    """Take away a single run's files and runs that are none of these."""
    folder.clear_overview()
    if folder.holds() or folder.begun():
        folder.remove(*reversed(NAMES))
        folder.discard_chunks()
    for inside in folder.swept():
        if inside.path.name not in runs:
            inside.clear()


def finished_before(path: Path, run: str, needed: set[str]) -> Finished | None:
    """Results of the same run, from a command that was interrupted; None where they lack a file."""
    folder = RunFolder(path)
    if folder.holds() != run or not needed <= set(folder.present()):
        return None
    try:
        runs = load_runs(path)
    except ScenarioError:
        return None
    return Finished(runs, runs.summary(), 0.0, path, folder.present())
