"""The lab as a folder of files: chapters with precomputed sliders, the game, a worksheet.

Here: ``export``; what is computed, in which file it goes, the folder's taking its place. Not here:
the grids (``grids``), the game's tumors (``tumors``), the page (``web/``).

The folder holds nothing but files, so any host serves it and a browser opens it from a disk: data
comes in scripts, as a page from a file may fetch nothing.
"""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import countermove
from countermove.foundation import CountermoveError, EngineFailure, OutputError, ScenarioError
from countermove.lab import book, grids, tumors
from countermove.lab.built import page_files
from countermove.lab.crew import QuickCrew
from countermove.lab.limits import (
    DISCLAIMER,
    JOB_PATIENTS,
    PREVIEW_PATIENTS,
    Refused,
)
from countermove.lab.thin import script, thin
from countermove.results.storage import output_error, swap_in

MARKER = "countermove-lab.json"  # by which a later export knows that it may replace this one
GLOBAL = "globalThis.countermoveLab"
BOOK = '<script defer src="./data/book.js"></script>'
POINTS, POINTS_OF_MANY = 81, 51  # recorded times of a course; where several stand side by side
TUMORS = 12  # in the game
WORKERS = 2
SECONDS = 300.0  # for one simulation, the first of which waits for compiling
Say = Callable[[str], None]


class Exported(NamedTuple):
    """What was written.

    Attributes
    ----------
    folder : as given
    simulations : how many were computed
    bytes : size of all files
    seconds : that it took
    """

    folder: str
    simulations: int
    bytes: int
    seconds: float


def export(
    folder: str | Path, say: Say, *, chapters: Sequence[int] = (), games: int = TUMORS
) -> Exported:
    """Write the lab as a static site: whole, or not at all.

    Parameters
    ----------
    folder
        New, empty, or an earlier export, which is replaced.
    say
        Told a line after each part.
    chapters
        Numbers of the chapters that get their sliders; all by default.
    games
        Tumors of the game.

    Raises
    ------
    ScenarioError
        The page is not built.
    OutputError
        The folder holds something else, or cannot be written.
    """
    begin = time.perf_counter()
    page = page_files()
    if "index.html" not in page:
        raise ScenarioError(
            "the lab's page",
            got="nothing built",
            expected="index.html",
            remedy="In web/, run 'npm ci' and 'npm run build'.",
        )
    path = Path(folder)
    _refuse_occupied(path)
    told = [one for one in book.chapters() if not chapters or one["number"] in chapters]
    with _beside(path) as new, _crew() as ask:
        say(f"Warming up {WORKERS} workers; the first time compiles for a minute.")
        for name, body in page.items():
            _write(new / name, _with_book(body) if name == "index.html" else body)
        shown: dict[str, Any] = {}
        number = 0
        for one in told:
            shown[one["id"]] = values = grids.grid(one)
            if one["game"]:
                body, done = _game(ask, games)
            else:
                body, done = _chapter(ask, one, values)
            number += done
            _write(new / "data" / f"{one['id']}.js", body)
            passed = time.perf_counter() - begin
            say(
                f"Chapter {one['number']}, {one['title']}: {done} simulations, "
                f"{len(body) / 1e6:.2f} MB, {passed:.0f} s"
            )
        _write(new / "data" / "book.js", _book(told, shown, games))
        _write(new / MARKER, json.dumps({"version": countermove.__version__}).encode())
        size = sum(file.stat().st_size for file in new.rglob("*") if file.is_file())
    return Exported(str(folder), number, size, time.perf_counter() - begin)


def _refuse_occupied(path: Path) -> None:
    try:
        held = path.is_symlink() or (path.exists() and not path.is_dir())
        held = held or (path.is_dir() and any(path.iterdir()) and not (path / MARKER).is_file())
    except OSError as problem:
        raise output_error(path, problem) from problem
    if held:
        raise OutputError(
            str(path),
            got="something that is no earlier export",
            expected="a new folder, an empty one, or an earlier export",
            remedy="Choose another folder with --export.",
        )


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give a folder beside the path to write in, which takes its place at the end."""
    new = path.absolute().parent / f".{path.name or 'lab'}.{secrets.token_hex(4)}.part"
    try:
        new.mkdir(parents=True)
        yield new
        swap_in(new, path.absolute())
    except OSError as problem:
        raise output_error(path, problem) from problem
    finally:
        shutil.rmtree(new, ignore_errors=True)


class Asking(NamedTuple):
    """Workers that answer, several questions at a time."""

    crew: QuickCrew
    pool: ThreadPoolExecutor

    def all(self, task: str, given: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """Answer each question, in their order."""
        return self.pool.map(lambda one: self._one(task, dict(one)), given)

    def _one(self, task: str, given: dict[str, Any]) -> dict[str, Any]:
        try:
            return json.loads(self.crew.call(task, given, seconds=SECONDS))
        except Refused as error:
            fields = {name: str(error.error[name]) for name in ("got", "expected", "remedy")}
            kind: type[CountermoveError] = ScenarioError if error.status == 422 else EngineFailure
            raise kind(str(error.error["where"]), **fields) from None


@contextmanager
def _crew() -> Iterator[Asking]:
    """Start workers, and end them whatever happens."""
    crew, pool = QuickCrew(WORKERS), ThreadPoolExecutor(WORKERS)
    try:
        yield Asking(crew, pool)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        crew.close()


def _chapter(
    ask: Asking, chapter: Mapping[str, Any], values: list[list[float]]
) -> tuple[bytes, int]:
    """Simulate each cell of a chapter's grid, as the server's preview does."""
    asked = [one for cell in grids.cells(chapter, values) for one in cell]
    given = {name: chapter[name] for name in ("yaml", "engine", "patients")}
    points = POINTS_OF_MANY if len(chapter["arms"]) > 1 else POINTS
    result = ask.all("preview", [{**given, "settings": one} for one in asked])
    body = [thin(one, points) for one in result]
    times = body[0]["time"]
    for one in body:  # the follow-up is the chapter's, so the days are the same in every cell
        if one["time"] == times:
            del one["time"]
    target = f"{GLOBAL}.parts[{json.dumps(chapter['id'])}]"
    return script(target, {"time": times, "cells": body}).encode(), len(body)


def _game(ask: Asking, games: int) -> tuple[bytes, int]:
    seeds = range(1, games + 1)
    given = [{"seed": seed, "moves": [], "reveal": True} for seed in seeds]
    result = [
        tumors.tumor(seed, one["compared"])
        for seed, one in zip(seeds, ask.all("play", given), strict=True)
    ]
    body = script(f"{GLOBAL}.parts.game", {"plan": tumors.plan(), "tumors": result})
    return body.encode(), 4 * len(result)


def _book(
    told: Sequence[Mapping[str, Any]], values: Mapping[str, list[list[float]]], games: int
) -> bytes:
    """Write what every page needs: chapters with the values of their sliders, claims, words."""
    chapters = [
        {
            **one,
            "controls": [
                {**control, "values": own}
                for control, own in zip(one["controls"], values[one["id"]], strict=True)
            ],
        }
        for one in told
    ]
    meta = {
        "version": countermove.__version__,
        "limits": {"patients": JOB_PATIENTS, "preview_patients": PREVIEW_PATIENTS},
        "disclaimer": DISCLAIMER,
        "token_needed": False,
    }
    texts = {"meta": meta, "chapters": chapters, "claims": book.claims_told()}
    texts |= {"glossary": book.glossary(), "games": games, "parts": {}}
    return script(GLOBAL, texts).encode()


def _with_book(index: bytes) -> bytes:
    """Let the page find its data: a script that runs before its own."""
    head, mark, tail = index.decode().partition("<script defer")
    return f"{head}{BOOK}\n    {mark}{tail}".encode()


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
