"""The built page as the package carries it.

Here: its files by name. Not here: answering with them (``page``), putting them beside data
(``export``), building them (``web/``).
"""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable


def page_files() -> dict[str, bytes]:
    """Read the files of the page, by address; none where it is not built."""
    folder = resources.files("countermove.lab") / "page"
    return dict(_files(folder, "")) if folder.is_dir() else {}


def _files(folder: Traversable, below: str) -> list[tuple[str, bytes]]:
    result: list[tuple[str, bytes]] = []
    for item in folder.iterdir():
        if item.is_dir():
            result += _files(item, f"{below}{item.name}/")
        else:
            result.append((f"{below}{item.name}", item.read_bytes()))
    return result
