"""Unit words of the rules language.

Here: what each word after a number measures and its factor to the unit of the observations. Not
here: the words themselves (``foundation.units``), which units fit together (``meaning``).

Observations are in days, cm3, cm, ng/mL, cells and haploid genome equivalents per mL; 50 % is 0.5.
"""

from __future__ import annotations

from countermove.foundation.units import DIMENSIONS

PLAIN = ""
BASES = {
    "time": "days",
    "volume": "cm3",
    "length": "cm",
    "marker": "ng/mL",
    "cells": "cells",
    "genomes": "hge/mL",
}
"""Unit in which each dimension is observed."""


def _words() -> dict[str, tuple[str, float]]:
    words: dict[str, tuple[str, float]] = {
        "%": (PLAIN, 0.01),
        "hge/mL": ("genomes", 1.0),
        "hge/ml": ("genomes", 1.0),
        "hge/L": ("genomes", 1e-3),
        "cm": ("length", 1.0),
        "mm": ("length", 0.1),
    }
    for own, other in (
        ("time", "time"),
        ("volume", "tissue_volume"),
        ("marker", "marker"),
        ("cells", "cells"),
    ):
        words |= {word: (own, factor) for word, factor in DIMENSIONS[other].words.items()}
    return words


UNITS: dict[str, tuple[str, float]] = _words()
"""(dimension, factor to its base) of each unit word."""
