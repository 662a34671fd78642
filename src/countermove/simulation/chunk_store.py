"""Finished chunks on disk: written whole or not at all, found again after a crash.

Here: one file per chunk with its checksum, under a key of everything that decides the results. Not
here: how a file is written (``simulation.shelf``), when it goes (``results.run_folder``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pandas as pd

from countermove.foundation.errors import OutputError
from countermove.results.folder_lock import FolderLock
from countermove.results.run_folder import CHUNK, LABEL, RunFolder
from countermove.simulation.patients import Chunk
from countermove.simulation.shelf import Bucket, Disk


class ChunkStore:
    """Chunks of one run below a folder; nothing is read or made until a method says so.

    Parameters
    ----------
    out
        The run's folder.
    key
        Hash of all that decides the results. It is part of each checksum, so that no chunk of
        another run, left or written late, is ever taken for one of this.
    run
        Identity of the run, by which its results will know the chunks.
    url
        Of a store that the chunks go to in place of the folder, which then holds their label alone.
    """

    def __init__(self, out: Path, key: str, run: str = "", url: str | None = None) -> None:
        self._out = RunFolder(out)
        self._key, self._run, self._url = key, run, url
        self.folder = self._out.unfinished
        self._disk = Disk(self.folder)
        self._shelf = self._disk if url is None else Bucket(url, key)

    @property
    def where(self) -> tuple[str, str]:
        """The option that says where chunks go, and what it says."""
        return ("out", str(self._out.path)) if self._url is None else ("store", self._url)

    @contextmanager
    def opened(self) -> Generator[ChunkStore]:
        """Be the one client at work in the folder, made if missing.

        Chunks of another key are thrown away, and what a killed writer left half written.

        Raises
        ------
        OutputError
            The folder cannot be made or written, or another client is at work in it.
        """
        lock = FolderLock(self.folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            alone = lock.acquire()
        except OSError as error:
            raise self._refusal(error) from error
        if not alone:
            raise OutputError(
                "out",
                got=f"'{self._out.path}', where another countermove is at work",
                expected="a folder for this run alone",
                remedy="Wait until the other has ended, or choose another folder with --out.",
            )
        try:
            self._label()
            yield self
        finally:
            self._sweep()
            lock.release()

    def _sweep(self) -> None:
        """Remove what a worker that was killed had half written; everybody has stopped by now."""
        for half in self.folder.glob("*.partial"):
            with suppress(OSError):
                half.unlink()

    def _label(self) -> None:
        try:
            if self._out.label().get("key") != self._key:
                self._out.discard_chunks()
            self._sweep()
            said = {"key": self._key, "run": self._run}
            said |= {} if self._url is None else {"store": self._url}
            if self._out.label() != said:
                self._disk.write(LABEL, json.dumps(said).encode())
            if self._url is not None:
                self._shelf.write(LABEL, json.dumps(said).encode())
        except OSError as error:
            raise self._refusal(error) from error

    def join(self) -> None:
        """See that this is the folder that the client opened, from where a worker is.

        Raises
        ------
        OutputError
            It is not.
        """
        if self._key.encode() not in (self._shelf.read(LABEL) or b""):
            raise self.unshared("in which a worker finds no run begun")

    def unshared(self, said: str) -> OutputError:
        """Say that workers and client do not see the same chunks."""
        option, place = self.where
        remedy = "Choose one with --out on a disk that all of them see by the same path."
        if self._url is not None:
            remedy = "Choose a store that all of them reach by the same URL."
        return OutputError(
            option,
            got=f"'{place}', {said}",
            expected="a place that the workers and this machine share",
            remedy=remedy,
        )

    def has(self, first: int, count: int) -> bool:
        """Whether a chunk is there and whole."""
        return self._body(first, count) is not None

    def _body(self, first: int, count: int) -> bytes | None:
        content = self._shelf.read(_name(first, count))
        if content is None:
            return None
        digest, _, body = content.partition(b"\n")
        return body if self._digest(body) == digest else None

    def _digest(self, body: bytes) -> bytes:
        return hashlib.sha256(self._key.encode() + b"\n" + body).hexdigest().encode()

    def load(self, first: int, count: int) -> Chunk | None:
        """Return a finished chunk, or None where there is none or it is damaged."""
        body = self._body(first, count)
        if body is None:
            return None
        meta, _, data = body.partition(b"\n")
        sizes = json.loads(meta)
        cut = sizes["table"]
        table = pd.read_parquet(_buffer(data[:cut]))
        with np.load(_buffer(data[cut : sizes["arrays"]])) as arrays:
            days, cells, doses, lesions = (
                arrays[name] for name in ("days", "cells", "doses", "lesions")
            )
        visits = pd.read_parquet(_buffer(data[sizes["arrays"] : sizes["visits"]]))
        clones = pd.read_parquet(_buffer(data[sizes["visits"] :])) if sizes["clones"] else None
        return Chunk(first, table, days, cells, doses, lesions, visits, clones)

    def save(self, chunk: Chunk) -> None:
        """Write a chunk atomically.

        Raises
        ------
        OutputError
            The disk is full or the folder cannot be written; nothing partial is left.
        """
        table = chunk.table.to_parquet()
        arrays = _buffer()
        np.savez_compressed(
            arrays,
            days=chunk.days,
            cells=chunk.cells,
            doses=chunk.doses,
            lesions=chunk.lesions,
        )
        visits = chunk.visits.to_parquet()
        clones = b"" if chunk.clones is None else chunk.clones.to_parquet()
        ends = {"table": len(table), "arrays": len(table) + len(arrays.getvalue())}
        ends["visits"] = ends["arrays"] + len(visits)
        meta = json.dumps({**ends, "clones": chunk.clones is not None}).encode()
        body = meta + b"\n" + table + arrays.getvalue() + visits + clones
        digest = self._digest(body)
        try:
            self._shelf.write(_name(chunk.first, len(chunk.table)), digest + b"\n" + body)
        except OSError as error:
            raise self._refusal(error) from error

    def leave(self) -> None:
        """Remove what a failed run made, unless a chunk was finished."""
        self._out.leave()

    def _refusal(self, error: OSError) -> OutputError:
        option, place = self.where
        return OutputError(
            option,
            got=f"'{place}': {error.strerror or error}",
            expected=f"a {'folder' if option == 'out' else 'store'} that can be written, with room "
            "for the results",
            remedy=f"Choose another with --{option}, or free some space; what finished is kept.",
        )


def _name(first: int, count: int) -> str:
    return f"{first:012d}-{count}{CHUNK}"


def _buffer(content: bytes = b""):
    from io import BytesIO

    return BytesIO(content)
