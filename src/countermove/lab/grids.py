"""The values that sliders of the exported lab stop at, and what they ask for.

Here: a chapter's grid, the settings of each of its cells. Not here: simulating them (``export``),
the chapters (``book``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

CELLS = 220  # simulations a chapter may ask for, where its coarsest grid asks for fewer
LINEAR = (3, 4, 5, 7, 9)  # values from end to end, the coarsest first


def grid(chapter: Mapping[str, Any], most: int = CELLS) -> list[list[float]]:
    """Return the values of each control: as fine as the number of simulations allows.

    Parameters
    ----------
    chapter
        As ``book`` reads it.
    most
        Cells of the grid times the chapter's arms, kept to where the coarsest grid does.

    Returns
    -------
    For each control its values, rising; among them both ends and the value it starts with.
    """
    ladders = [_ladder(control) for control in chapter["controls"]]
    place = [0] * len(ladders)
    arms = max(1, len(chapter["arms"]))
    refined = True
    while refined:
        refined = False
        for number, ladder in enumerate(ladders):
            if place[number] + 1 == len(ladder):
                continue
            finer = [*place[:number], place[number] + 1, *place[number + 1 :]]
            if arms * math.prod(len(_at(ladders, finer, k)) for k in range(len(finer))) <= most:
                place, refined = finer, True
    return [_at(ladders, place, number) for number in range(len(ladders))]


def cells(
    chapter: Mapping[str, Any], values: Sequence[Sequence[float]]
) -> Iterator[list[dict[str, Any]]]:
    """Yield the settings of each cell, one for each arm; the last control moves fastest."""
    arms = [arm["settings"] for arm in chapter["arms"]] or [{}]
    for chosen in product(*values):
        moved = {
            control["path"]: value
            for control, value in zip(chapter["controls"], chosen, strict=True)
            if value != control["value"]
        }
        yield [{**moved, **settings} for settings in arms]


def _at(ladders: Sequence[Sequence[list[float]]], place: Sequence[int], number: int) -> list[float]:
    return ladders[number][place[number]]


def _ladder(control: Mapping[str, Any]) -> list[list[float]]:
    """Values of one control, the coarsest choice first."""
    low, high, step = float(control["min"]), float(control["max"]), float(control["step"])
    kept = {low, high, float(control["value"])}
    if control["scale"] == "log":
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        tens = {float(f"1e{power}") for power in range(first, last + 1)}
        threes = {float(f"3e{power}") for power in range(first, last + 1)}
        choices = [tens, tens | threes]
    else:
        choices = [
            {
                float(f"{low + round((high - low) * k / (number - 1) / step) * step:.6g}")
                for k in range(number)
            }
            for number in LINEAR
        ]
    return [sorted(kept | {v for v in own if low <= v <= high}) for own in choices]
