"""Names of the folders of a sweep's runs: ``tumor.birth=0.14``.

Here: names that any file system takes, the same for the same values, no two alike. Not here: what
is in a folder (``results.run_folder``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from countermove.foundation import number_text

LONGEST = 100


def folder_names(points: Iterable[Mapping[str, object]]) -> list[str]:
    """Name the folder of each run after the values set in it.

    Parameters
    ----------
    points
        For each run, the value at each dotted path, numbers in base units.

    Returns
    -------
    One name a run. Runs set alike are numbered: ``seed=1``, ``seed=1-2``. Letters alone never
    tell two names apart by their case, because some file systems do not.
    """
    names: list[str] = []
    used: set[str] = set()
    for values in points:
        plain = _name(values)
        name, number = plain, 1
        while name.casefold() in used:
            number += 1
            name = f"{plain}-{number}"
        used.add(name.casefold())
        names.append(name)
    return names


def _name(values: Mapping[str, object]) -> str:
    text = ",".join(f"{_safe(path)}={_safe(_word(value))}" for path, value in values.items())
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 9]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _word(value: object) -> str:
    return number_text(value) if isinstance(value, float) else str(value)


def _safe(text: str) -> str:
    """Keep letters, digits and a few marks; a run of anything else becomes one underscore."""
    return re.sub(r"[^A-Za-z0-9.+\-]+", "_", text).strip("_.") or "_"
