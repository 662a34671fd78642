"""Looking for words among texts, and what is near where nothing has them.

Here: the search that claims and mechanisms share. Not here: what is searched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from countermove.foundation import ScenarioError, suggestion

SHORTEST = 3  # letters of a word worth naming as near


def having(words: str, texts: Mapping[str, str], *, what: str, where: str) -> list[str]:
    """Keys whose text has every word, in any case.

    Parameters
    ----------
    words
        Separated by spaces; none finds every key.
    texts
        What is searched, by key.
    what
        What a user may ask for, for the message.
    where
        Which search failed, for the message.

    Raises
    ------
    ScenarioError
        No text has them all; what is near is told.
    """
    folded = {key: text.casefold() for key, text in texts.items()}
    wanted = words.casefold().split()
    result = [key for key, text in folded.items() if all(word in text for word in wanted)]
    if result:
        return result
    everything = " ".join(folded.values())
    missing = next((word for word in wanted if word not in everything), None)
    remedy = "Each word is there, but nothing has them all. Ask for fewer."
    if missing is not None:
        known = {word for word in re.findall(r"[\w-]+", everything) if len(word) >= SHORTEST}
        near = suggestion(missing, sorted(known))
        remedy = near if near.startswith("Did") else f"Without '{missing}', or with another word."
    raise ScenarioError(
        where, got=f"'{words}', which nothing here has", expected=f"words of {what}", remedy=remedy
    )
