"""Where the files of chunks lie: in a folder, or in a store that fsspec reaches by its URL.

Here: reading and writing one file, whole or not at all. Not here: what is in it and its checksum
(``simulation.chunk_store``). Only this module loads fsspec.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from countermove.foundation.errors import ScenarioError, shown

# Of these an object is there when its upload is done, and not before; elsewhere it is moved there.
PUT_WHOLE = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oci", "memory"}


class Disk:
    """Files in a folder.

    Parameters
    ----------
    folder
        It must be there when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> bytes | None:
        """Return what a file holds; None where there is none."""
        try:
            return (self._folder / name).read_bytes()
        except OSError:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Write a file under another name, then rename it.

        Raises
        ------
        OSError
            It cannot be; nothing partial is left.
        """
        path = self._folder / name
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


class Bucket:
    """Objects of one run in a store: below its URL, under the run's key.

    Parameters
    ----------
    url
        As `check_store` let it pass.
    key
        Of all that decides the run's results.
    """

    def __init__(self, url: str, key: str) -> None:
        self._files, root = _reached(url)
        self._folder = f"{root.rstrip('/')}/countermove-{key}"
        names = self._files.protocol
        self._whole = bool(PUT_WHOLE & set([names] if isinstance(names, str) else names))

    def read(self, name: str) -> bytes | None:
        """Return what an object holds; None where there is none or it cannot be read."""
        with suppress(Exception):  # each store has errors of its own
            return self._files.cat_file(f"{self._folder}/{name}")
        return None

    def write(self, name: str, content: bytes) -> None:
        """Put an object whole, or under another name that is then changed.

        Raises
        ------
        OSError
            The store refuses.
        """
        path = f"{self._folder}/{name}"
        try:
            if self._whole:  # needs no folder, and a bucket that was mistyped is not made
                self._files.pipe_file(path, content)
                return
            self._files.makedirs(self._folder, exist_ok=True)
            partial = f"{path}.{secrets.token_hex(4)}.partial"
            try:
                self._files.pipe_file(partial, content)
                self._files.mv(partial, path)
            except BaseException:
                with suppress(Exception):
                    self._files.rm_file(partial)
                raise
        except Exception as error:
            text = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise OSError(text) from error

    def clear(self) -> None:
        """Remove the run's objects, as far as the store lets them go."""
        with suppress(Exception):
            self._files.rm(self._folder, recursive=True)


def clear_store(label: Mapping[str, str]) -> None:
    """Remove the chunks of a run that is stored, by the label of its folder."""
    if label.get("store") and label.get("key"):
        Bucket(label["store"], label["key"]).clear()


def check_store(store: Any, out: object) -> None:
    """Refuse what names no store, and any where fsspec or the store's own package is missing.

    Parameters
    ----------
    store
        A URL, or None.
    out
        Folder of the results, which a run with a store needs too.

    Raises
    ------
    ScenarioError
        Naming the argument.
    """
    if store is None:
        return
    if not isinstance(store, str) or "://" not in store:
        raise ScenarioError(
            "store",
            got=shown(store),
            expected="a URL, as s3://bucket/folder",
            remedy="For a folder of a file system choose it with --out alone.",
        )
    if out is None:
        raise ScenarioError("store", got="a store without out", expected="a folder for results too")
    if find_spec("fsspec") is None:
        raise ScenarioError(
            "store",
            got=f"{shown(store)} without the package fsspec",
            expected="fsspec to be installed",
            remedy="Install it with: pip install 'countermove[cluster]'.",
        )
    _reached(store)


def _reached(url: str) -> tuple[Any, str]:
    try:
        return import_module("fsspec").url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise ScenarioError(
            "store",
            got=f"{shown(url)}: {error}",
            expected="a store that fsspec can reach",
            remedy="Install the package of that store where this runs and where workers are.",
        ) from error
