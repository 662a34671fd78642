"""A run's folder: the names of all its files, whose run it holds, what goes when another run comes.

Here: the one owner of those names and of their clean-up, finished chunks included. Not here: what
is in a file (``storage``, ``report``, ``simulation.chunk_store``).
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from countermove.foundation import OutputError
from countermove.results.folder_lock import FolderLock
from countermove.results.storage import output_error, prepare_folder, swap_in

OUTCOMES_FILE = "outcomes.parquet"
CLONES_FILE = "clones.parquet"
VISITS_FILE = "visits.parquet"
TRAJECTORIES_FILE = "trajectories.zarr"
PROVENANCE_FILE = "provenance.json"
SCENARIO_FILE = "scenario.yaml"
RESOLVED_FILE = "resolved.yaml"  # beside a scenario file that keeps its author's words
PATIENTS_FILES = (
    "scenario_patients.csv",
    "scenario_patients.parquet",
)  # a copy of the scenario's table
CSV_FILE = "outcomes.csv"
VISITS_CSV = "visits.csv"
REPORT_FILE = "report.html"
FIGURES_FOLDER = "figures"
FIGURE_ENDINGS = (".png", ".svg", ".pdf")
FIGURES = (
    "burden",
    "clones",
    "patient",
    "composition",
    "time_to_progression",
    "relapse_attribution",
    "survival",
    "waterfall",
    "spider",
    "swimmer",
)
SWEEP_FILE = "sweep.csv"
INDEX_FILE = "index.html"
SWEEP_FIGURE = "sweep"
COMPARE_FILE = "compare.csv"
COMPARE_PAGE = "compare.html"
COMPARE_FIGURES = ("compare_progression_free", "compare_survival", "compare_differences",
                   "compare_gains", "compare_waterfall", "compare_spider",
                   "compare_swimmer")  # fmt: skip
TRIAL_FILE = "trial.csv"
LOOKS_FILE = "looks.csv"
TRIAL_TABLES = (TRIAL_FILE, LOOKS_FILE)
ANALYSIS_FOLDER = "analysis"  # tables of a trial for analysts
ANALYSIS_FILES = (
    *(
        f"{name}.{ending}"
        for name in ("adsl", "adtte", "adtr", "adrs", "nonmem", "dictionary")
        for ending in ("csv", "parquet")
    ),
    "dictionary.md",
)
TRIAL_PAGE = "trial.html"
TRIAL_FIGURES = ("trial_survival", "trial_looks", "trial_response")
POWER_FILE = "power.csv"
CELLS_FILE = "cells.json"
POWER_PAGE = "power.html"
POWER_FIGURE = "power"
POWER_MAP = "power_map"
TABLES = (SWEEP_FILE, COMPARE_FILE, *TRIAL_TABLES, POWER_FILE)  # of several runs
PAGES = (INDEX_FILE, COMPARE_PAGE, TRIAL_PAGE, POWER_PAGE)
SIGNATURE = b'<meta name="generator" content="countermove">'  # in every page of ours
UNFINISHED = "unfinished"  # holds finished chunks until the whole run is stored
LABEL = "key.json"
CHUNK = ".chunk"
UNKNOWN = "unknown"

# As a reader meets them; provenance comes last, because it says that the rest is complete.
NAMES = (
    REPORT_FILE,
    FIGURES_FOLDER,
    OUTCOMES_FILE,
    CSV_FILE,
    CLONES_FILE,
    VISITS_FILE,
    VISITS_CSV,
    TRAJECTORIES_FILE,
    SCENARIO_FILE,
    RESOLVED_FILE,
    *PATIENTS_FILES,
    PROVENANCE_FILE,
)


def run_identity(record: Mapping[str, Any]) -> str:
    """Hash of what makes two runs the same: scenario, its table, engine, settings, version.

    Parameters
    ----------
    record
        A run's provenance, as made or as read from its file.
    """
    versions = cast("Mapping[str, object]", record.get("versions") or {})
    parts = [record.get(name) for name in ("scenario_hash", "table_hash", "engine", "settings")]
    text = json.dumps([*parts, versions.get("countermove")], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


class RunFolder:
    """The folder of one run.

    Parameters
    ----------
    path
        There or not; nothing is made or changed until a method is called that says so.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.unfinished = self.path / UNFINISHED
        folders = (self.unfinished, self.path, *self.path.parents)
        self._missing = [folder for folder in folders if not folder.exists()]

    def holds(self) -> str | None:
        """Identity of the finished run that is here, UNKNOWN if unreadable, None for no run."""
        try:
            content = json.loads((self.path / PROVENANCE_FILE).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError):
            return UNKNOWN
        if not isinstance(content, dict) or "scenario_hash" not in content:
            return UNKNOWN
        return run_identity(cast("dict[str, Any]", content))

    def holds_sweep(self) -> bool:
        """Whether the table of a sweep or a comparison is here."""
        return any((self.path / name).exists() for name in TABLES)

    def several(self) -> str:
        """Say what holds the runs here together: a sweep or a comparison."""
        return "a comparison" if (self.path / COMPARE_FILE).exists() else "a sweep"

    def foreign_page(self, name: str = INDEX_FILE) -> bool:
        """Whether a page is here, by the name of one of ours, that countermove did not write."""
        try:
            return SIGNATURE not in (self.path / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return False

    def begun(self) -> str | None:
        """Identity of the run whose finished chunks are here; None where there are none."""
        return self.label().get("run") if self.chunks() else None

    def label(self) -> dict[str, str]:
        """Return what the chunks' label says; empty where there is none or it is damaged."""
        try:
            content = json.loads((self.unfinished / LABEL).read_bytes())
        except (OSError, ValueError):
            return {}
        return cast("dict[str, str]", content) if isinstance(content, dict) else {}

    def claim(self, run: str, *, overwrite: bool = False) -> None:
        """Refuse a folder that holds another finished run, or a sweep; nothing is changed.

        Raises
        ------
        OutputError
            It does, and ``overwrite`` is false.
        """
        held = self.holds()
        if overwrite or (held in (None, run) and not self.holds_sweep()):
            return
        other = "a finished run of another scenario, setting or version"
        raise taken(self.path, self.several() if held in (None, run) else other)

    def chunks(self) -> list[Path]:
        """Finished chunks on disk."""
        return sorted(self.unfinished.glob(f"*{CHUNK}"))

    def patients_kept(self) -> int:
        """How many patients the finished chunks hold, by the names of their files."""
        return sum(int(chunk.stem.rpartition("-")[2]) for chunk in self.chunks())

    def discard_chunks(self) -> None:
        """Remove chunks, their label and halves of them, and nothing else that may be there.

        Raises
        ------
        OSError
            One cannot be removed.
        """
        for pattern in (LABEL, f"*{CHUNK}", "*.partial"):
            for path in self.unfinished.glob(pattern):
                path.unlink(missing_ok=True)
        with suppress(OSError):
            self.unfinished.rmdir()

    def finish(self, run: str) -> None:
        """Remove the chunks of a run whose results are stored here; another run's stay."""
        if self.label().get("run") == run:
            self._discard_if_alone()

    def leave(self) -> None:
        """Remove what a failed run made, as far as it holds nothing; finished chunks stay."""
        if not self.chunks():
            self._discard_if_alone()
        for folder in self._missing:
            with suppress(OSError):
                folder.rmdir()

    def _discard_if_alone(self) -> None:
        """Remove chunks unless another client is at work on them."""
        lock = FolderLock(self.unfinished)
        with suppress(OSError):
            if lock.acquire():
                try:
                    self.discard_chunks()
                finally:
                    lock.release()
                self.unfinished.rmdir()

    def present(self) -> tuple[str, ...]:
        """Names of a run's files that are here."""
        return tuple(name for name in NAMES if (self.path / name).exists())

    def remove(self, *names: str) -> None:
        """Remove files of a run, and of folders only what countermove itself writes there."""
        for name in names:
            path = self.path / name
            if name == FIGURES_FOLDER and path.is_dir():
                for figure in (
                    *FIGURES,
                    SWEEP_FIGURE,
                    *COMPARE_FIGURES,
                    *TRIAL_FIGURES,
                    POWER_FIGURE,
                    POWER_MAP,
                ):
                    for ending in FIGURE_ENDINGS:
                        (path / f"{figure}{ending}").unlink(missing_ok=True)
                with suppress(OSError):
                    path.rmdir()
            elif name == ANALYSIS_FOLDER and path.is_dir():
                for own in ANALYSIS_FILES:
                    (path / own).unlink(missing_ok=True)
                with suppress(OSError):
                    path.rmdir()
            elif path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove a whole run, its chunks and the folder where nothing else is in it."""
        self.remove(*reversed(NAMES))
        with suppress(OSError):
            self.discard_chunks()
            self.path.rmdir()

    def swept(self) -> list[RunFolder]:
        """Folders of a sweep's runs: named by what was set, or numbered by an older version."""
        if not self.path.is_dir():
            return []
        inside = [
            RunFolder(path)
            for path in sorted(self.path.iterdir())
            if ("=" in path.name or path.name.isdigit()) and path.is_dir()
        ]
        return [run for run in inside if run.holds() or run.begun()]  # others are not ours

    def clear_sweep(self) -> None:
        """Remove a sweep: its table, page, figure and runs."""
        self.clear_overview()
        for folder in self.swept():
            folder.clear()

    def clear_overview(self) -> None:
        """Remove what tells of a sweep or a comparison as a whole; its runs stay."""
        self.remove(*(page for page in PAGES if not self.foreign_page(page)), *TABLES)
        self.remove(ANALYSIS_FOLDER)
        if not self.holds():
            self.remove(FIGURES_FOLDER)

    @contextmanager
    def replacing(self) -> Generator[Path]:
        """Give a hidden folder to write a run's results to; they take their places together.

        Until all of them are written, what was here stays as it was. Then the old run goes with all
        its files, and the new provenance comes last: a cut in between leaves no complete results.

        Raises
        ------
        OutputError
            Something cannot be written.
        """
        staged = prepare_folder(self.path) / f".{secrets.token_hex(4)}.part"
        try:
            staged.mkdir()
            yield staged
            written = [name for name in NAMES if (staged / name).exists()]
            if self.holds() not in (None, UNKNOWN):  # a report of someone else's stays
                self.remove(*(name for name in NAMES if name not in written), PROVENANCE_FILE)
            for name in written:
                swap_in(staged / name, self.path / name)
        except OutputError as error:
            where = error.where.replace(f"{os.sep}{staged.name}", "")
            raise OutputError(
                where, got=error.got, expected=error.expected, remedy=error.remedy
            ) from error
        except OSError as problem:
            raise output_error(self.path, problem) from problem
        finally:
            shutil.rmtree(staged, ignore_errors=True)


def taken(path: Path, holds: str) -> OutputError:
    """Say that a folder holds what a new run must not mix with or replace unasked."""
    return OutputError(
        str(path),
        got=f"a folder that holds {holds}",
        expected="an empty folder, a new one, or that of the same run",
        remedy="Choose another with --out, or give --replace (from Python: overwrite=True).",
    )
