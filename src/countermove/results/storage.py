"""Results on disk: each file whole or not there at all.

Here: writing and reading Parquet, Zarr and text, with errors in the house's shape. Not here: what
the files mean (``results.registry``), which files are a run's (``results.run_folder``).
"""

# pyright: standard
# pandas and xarray carry too few types for the strict setting
from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from countermove.foundation import OutputError, ScenarioError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

_REASONS = {
    errno.ENOSPC: ("a full disk", "Free some space, or choose another folder."),
    errno.EDQUOT: ("a used-up disk quota", "Free some space, or choose another folder."),
    errno.EACCES: ("no permission to write", "Choose a folder of your own."),
    errno.EPERM: ("no permission to write", "Choose a folder of your own."),
    errno.EROFS: ("a read-only disk", "Choose another folder."),
    errno.ENOTDIR: ("a file where a folder is needed", "Choose another name."),
    errno.EEXIST: ("a file where a folder is needed", "Choose another name."),
    errno.ENAMETOOLONG: ("a name that is too long", "Choose a shorter name."),
}


@contextmanager
def _written(path: Path) -> Iterator[Path]:
    """Give a temporary neighbor to write to; it takes the place of `path` only once complete.

    Raises
    ------
    OutputError
        It cannot be written; nothing is left behind.
    """
    # hidden, and random rather than by process: threads write side by side
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            yield temporary
            swap_in(temporary, path)
        finally:
            _remove(temporary)
    except OSError as problem:
        raise output_error(path, problem) from problem


def swap_in(new: Path, path: Path) -> None:
    """Put a file or folder in its place, where another may be.

    Raises
    ------
    OSError
        It cannot; the other is still there.
    """
    if path.is_dir() and not path.is_symlink():
        _swap_folder(new, path)
    else:
        os.replace(new, path)


def _swap_folder(new: Path, path: Path) -> None:
    """Put a folder in the place of another; folders cannot be replaced in one step."""
    old = new.with_suffix(".old")
    os.rename(path, old)
    try:
        os.rename(new, path)
    except OSError:
        os.rename(old, path)
        raise
    _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def output_error(path: Path, problem: OSError) -> OutputError:
    """Say in the house's shape why a file could not be written."""
    got, remedy = _REASONS.get(
        problem.errno or 0, (problem.strerror or str(problem) or type(problem).__name__, "")
    )
    return OutputError(str(path), got=got, expected="a place to write results", remedy=remedy)


def prepare_folder(folder: str | Path) -> Path:
    """Make a folder where needed and prove that it can be written, before any work starts.

    Raises
    ------
    OutputError
        It cannot be made or written.
    """
    path = Path(folder)
    probe = path / f".{secrets.token_hex(4)}.part"
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"?")
        probe.unlink()
    except OSError as problem:
        raise output_error(path, problem) from problem
    return path


def write_text(text: str, path: str | Path) -> None:
    """Write a text file, UTF-8, whole or not at all.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    with _written(Path(path)) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_bytes(data: bytes, path: str | Path) -> None:
    """Write a binary file, whole or not at all.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    with _written(Path(path)) as temporary:
        temporary.write_bytes(data)


def copy_file(source: str | Path, path: str | Path) -> None:
    """Copy a file, whole or not at all.

    Raises
    ------
    OutputError
        It cannot be read or written.
    """
    with _written(Path(path)) as temporary:
        shutil.copyfile(source, temporary)


def write_outcomes(table: pd.DataFrame, path: str | Path) -> None:
    """Write an outcome table as Parquet.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    with _written(Path(path)) as temporary:
        table.to_parquet(temporary, compression="zstd")


def read_outcomes(path: str | Path) -> pd.DataFrame:
    """Read what `write_outcomes` wrote.

    Raises
    ------
    ScenarioError
        There is no such file, or it is not Parquet.
    """
    import pandas as pd

    try:
        return pd.read_parquet(Path(path))
    except (OSError, ValueError) as problem:
        raise _unreadable(path, "a table of outcomes (Parquet)") from problem


def write_trajectories(dataset: xr.Dataset, path: str | Path) -> None:
    """Write a data set of trajectories as Zarr, a folder.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    encoding: dict[str, Any] = {}
    for name in dataset.data_vars:
        shape = dataset[name].shape
        # about a hundred patients a chunk: reading one patient stays cheap, files stay few
        encoding[str(name)] = {
            "chunks": tuple(
                max(1, min(n, c)) for n, c in zip(shape, (100, *shape[1:]), strict=True)
            )
        }
    with _written(Path(path)) as temporary:
        dataset.drop_encoding().to_zarr(
            temporary, mode="w", consolidated=False, zarr_format=2, encoding=encoding
        )


def read_trajectories(path: str | Path) -> xr.Dataset:
    """Read what `write_trajectories` wrote, into memory.

    Raises
    ------
    ScenarioError
        There is no such folder, or it is not Zarr.
    """
    import xarray as xr

    if not Path(path).is_dir():
        raise _unreadable(path, "a folder of trajectories (Zarr)")
    try:
        with xr.open_zarr(Path(path), consolidated=False) as opened:
            dataset = opened.load()
    except (OSError, ValueError, KeyError) as problem:
        raise _unreadable(path, "a folder of trajectories (Zarr)") from problem
    for name in ("type", "genotype", "state", "niche", "origin", "drug"):
        dataset[name] = dataset[name].astype(str).assign_attrs(dataset[name].attrs)
    return dataset.assign_coords(time=dataset["time"].astype(np.float64))


def _unreadable(path: str | Path, expected: str) -> ScenarioError:
    there = Path(path).exists()
    return ScenarioError(
        str(path), got="something else" if there else "nothing there", expected=expected
    )
