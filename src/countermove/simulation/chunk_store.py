"""Finished chunks on disk: written whole or not at all, found again after a crash.

Here: one file per chunk with its checksum, under a key of everything that decides the results. Not
here: where they lie and when they go (``results.run_folder``).
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd

from countermove.foundation.errors import OutputError
from countermove.results.run_folder import CHUNK, LABEL, RunFolder
from countermove.simulation.patients import Chunk


class ChunkStore:
    """Chunks of one run below a folder.

    Parameters
    ----------
    out
        The run's folder; made if missing.
    key
        Hash of all that decides the results; chunks of another key are thrown away.
    run
        Identity of the run, by which its results will know the chunks.

    Raises
    ------
    OutputError
        The folder cannot be made or written.
    """

    def __init__(self, out: Path, key: str, run: str = "") -> None:
        self._out = RunFolder(out)
        self.folder = self._out.unfinished
        label = self.folder / LABEL
        try:
            if self._out.label().get("key") != key:
                self._out.discard_chunks()
            self.folder.mkdir(parents=True, exist_ok=True)
            if not label.exists():
                self._write(label, json.dumps({"key": key, "run": run}).encode())
        except OSError as error:
            self.leave()
            raise self._refusal(error) from error

    def load(self, first: int, count: int) -> Chunk | None:
        """Return a finished chunk, or None where there is none or it is damaged."""
        path = self._path(first, count)
        try:
            digest, _, body = path.read_bytes().partition(b"\n")
            if hashlib.sha256(body).hexdigest().encode() != digest:
                return None
            meta, _, data = body.partition(b"\n")
            sizes = json.loads(meta)
        except (OSError, ValueError):
            return None
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
        digest = hashlib.sha256(body).hexdigest().encode()
        try:
            self._write(self._path(chunk.first, len(chunk.table)), digest + b"\n" + body)
        except OSError as error:
            raise self._refusal(error) from error

    def finished(self) -> int:
        """Count the chunks on disk."""
        return len(self._out.chunks())

    def leave(self) -> None:
        """Remove what a failed run made, unless a chunk was finished."""
        self._out.leave()

    def _path(self, first: int, count: int) -> Path:
        return self.folder / f"{first:012d}-{count}{CHUNK}"

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        partial = path.with_suffix(".partial")
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
