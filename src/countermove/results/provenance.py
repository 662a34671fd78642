"""How a result came about, so that it can be made again.

Here: the record kept with every run. Not here: names of people or machines; none are recorded.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from countermove.foundation.documents import document_hash

PACKAGES = ("countermove", "numpy", "numba", "scipy", "pandas", "xarray")


def provenance(
    document: Mapping[str, Any],
    *,
    seed: int,
    engine: str,
    why_not: Mapping[str, str] | None = None,
    command: Sequence[str] | str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Record what made a result.

    Parameters
    ----------
    document
        The resolved scenario.
    seed
        The one recorded seed.
    engine
        The engine that ran.
    why_not
        For each engine not chosen, the reason.
    command
        The command line, if there was one; paths in it are shortened to file names.
    more
        Anything else worth recording that JSON can hold (patients, leap length, ...).

    Returns
    -------
    A dictionary ready for JSON, free of folders and user names, the same for the same run.
    """
    record: dict[str, Any] = {
        "scenario": str(document.get("name", "")),
        "scenario_hash": document_hash(document),
        "seed": int(seed),
        "engine": engine,
        "why_not": dict(why_not or {}),
        "versions": versions(),
    }
    if command is not None:
        words = command.split() if isinstance(command, str) else list(command)
        record["command"] = " ".join(_without_folder(word) for word in words)
    return {**record, **more}


def versions() -> dict[str, str]:
    """Versions of Python and of the packages on which drawn numbers may depend."""
    result = {"python": platform.python_version()}
    return result | {name: _installed(name) for name in PACKAGES}


@cache  # reading the files of a package takes milliseconds, which a page's slider would wait for
def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def _without_folder(word: str) -> str:
    """Last part of an absolute path, behind ``--option=`` too; other words as they are."""
    option, equals, value = word.partition("=")
    if equals and option.startswith("-"):
        return f"{option}={_without_folder(value)}"
    absolute = word.startswith(("/", "~")) or word[1:3] in (":\\", ":/")
    return word.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] if absolute else word
