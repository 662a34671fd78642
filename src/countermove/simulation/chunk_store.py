"""Finished chunks on disk: written whole or not at all, found again after a crash.

Here: one file per chunk with its checksum, under a key of everything that decides the results. Not
here: where they lie and when they go (``results.run_folder``).
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from countermove.foundation.errors import OutputError
from countermove.results.folder_lock import FolderLock
from countermove.results.run_folder import CHUNK, LABEL, RunFolder
from countermove.simulation.patients import Chunk


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
    """

    def __init__(self, out: Path, key: str, run: str = "") -> None:
        self._out = RunFolder(out)
        self._key, self._run = key, run
        self.folder = self._out.unfinished

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
            lock.release()

    def _label(self) -> None:
        label = self.folder / LABEL
        try:
            if self._out.label().get("key") != self._key:
                self._out.discard_chunks()
            for half in self.folder.glob("*.partial"):
                half.unlink(missing_ok=True)
            if not label.exists():
                self._write(label, json.dumps({"key": self._key, "run": self._run}).encode())
        except OSError as error:
            raise self._refusal(error) from error

    def join(self) -> None:
        """See that this is the folder that the client opened, from where a worker is.

        Raises
        ------
        OutputError
            It is not.
        """
        if self._out.label().get("key") != self._key:
            raise OutputError(
                "out",
                got=f"'{self._out.path}', in which a worker finds no run begun",
                expected="a folder that the workers and this machine share",
                remedy="Choose one with --out on a disk that all of them see by the same path.",
            )

    def has(self, first: int, count: int) -> bool:
        """Whether a chunk is there and whole."""
        return self._body(first, count) is not None

    def _body(self, first: int, count: int) -> bytes | None:
        try:
            digest, _, body = self._path(first, count).read_bytes().partition(b"\n")
        except OSError:
            return None
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
            self._write(self._path(chunk.first, len(chunk.table)), digest + b"\n" + body)
        except OSError as error:
            raise self._refusal(error) from error

    def leave(self) -> None:
        """Remove what a failed run made, unless a chunk was finished."""
        self._out.leave()

    def _path(self, first: int, count: int) -> Path:
        return self.folder / f"{first:012d}-{count}{CHUNK}"

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        partial = path.with_suffix(f".{secrets.token_hex(4)}.partial")
        try:
            with partial.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise

    def _refusal(self, error: OSError) -> OutputError:
        return OutputError(
            "out",
            got=f"'{self._out.path}': {error.strerror or error}",
            expected="a folder that can be written, with room for the results",
            remedy="Choose another folder with --out, or free some space; what finished is kept.",
        )


def _buffer(content: bytes = b""):
    from io import BytesIO

    return BytesIO(content)
