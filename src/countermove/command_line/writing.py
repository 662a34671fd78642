"""Small files of the commands themselves, all of them written or none.

Here: texts that must not replace a user's file. Not here: results (``results.storage``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from countermove.foundation import OutputError
from countermove.results.storage import write_text


def write_new(texts: Mapping[Path, str], *, replace: bool, option: str = "--out") -> None:
    """Write texts, all of them or none.

    Parameters
    ----------
    texts
        By file.
    replace
        Whether files that are there already are written over.
    option
        The one that gave the name, for the message.

    Raises
    ------
    OutputError
        A file is there already and ``replace`` is false; or one cannot be written.
    """
    for path in texts:
        if path.is_dir() or (path.exists() and not replace):
            raise OutputError(
                str(path),
                got="a folder" if path.is_dir() else "a file that is there already",
                expected="the name of a new file",
                remedy=f"Choose another name with {option}.",
            )
    done: list[Path] = []
    try:
        for path, text in texts.items():
            write_text(text, path)
            done.append(path)
    except OutputError:
        for path in done:
            path.unlink(missing_ok=True)
        raise
