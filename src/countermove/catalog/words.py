"""Looking for an entry by words.

Here: which entries have all of some words. Not here: how they are listed (``command_line``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from countermove.catalog.folders import Entry
from countermove.foundation import ScenarioError, suggestion

SHORTEST = 4  # letters of a word worth naming as near


def search(known: Sequence[Entry], words: Sequence[str]) -> list[Entry]:
    """Entries that have every word in their name, title, sources, numbers or reading.

    Raises
    ------
    ScenarioError
        None has them all; what is near is told.
    """
    texts = {one.name: _text(one) for one in known}
    wanted = [word.casefold() for word in words]
    result = [one for one in known if all(word in texts[one.name] for word in wanted)]
    if result:
        return result
    everything = " ".join(texts.values())
    missing = next((word for word in wanted if word not in everything), None)
    remedy = "Each word is there, but no entry has them all. Ask for fewer."
    if missing is not None:
        vocabulary = [w for w in re.findall(r"[\w.]+", everything) if len(w) >= SHORTEST]
        near = suggestion(missing, sorted(set(vocabulary)))
        names = ", ".join(one.name for one in known)
        remedy = near if near.startswith("Did") else f"Entries: {names}."
    raise ScenarioError(
        "catalog",
        got=f"'{' '.join(words)}', which no entry has",
        expected="words of an entry",
        remedy=remedy,
    )


def _text(one: Entry) -> str:
    parts = [one.name, one.name.replace("_", " "), one.title, *one.sources, one.reading]
    parts += [f"{row.says} {row.place}" for row in one.numbers]
    return " ".join(parts).casefold()
