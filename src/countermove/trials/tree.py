"""A small tree of who gains: patients cut apart by the numbers that decide it, twice at most.

Here: growing it on one half of the patients and estimating its leaves on the other. Not here: the
ranking it cuts by and the sentences about it (``trials.gains``).

Leaves that are estimated on patients who did not help to find the cuts are not flattered by them.
Source: Athey and Imbens (2016), doi:10.1073/pnas.1510489113, honest estimation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from countermove.foundation import number_text
from countermove.foundation.arrays import Bools, Floats
from countermove.trials.paired import Difference, mean_difference

if TYPE_CHECKING:
    import pandas as pd

DEPTH = 2
YES_NO, SIDES = ("without", "with"), ("up to", "above")
FEWEST_IN_LEAF = 10  # patients of either half
TENTHS = np.arange(0.1, 0.95, 0.1)

Decides = Callable[["pd.DataFrame", Floats], "str | None"]
"""Name of the number that decides most among some patients; None where none does."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """Patients who share what decides.

    Attributes
    ----------
    where : conditions, as ``("alterations.r.rate", "above", 1e-7)``, ``with`` and ``without`` for
        what is yes or no; none for all patients
    patients : of the half that estimates
    difference : mean paired difference of theirs, in days, with its interval
    better, worse : shares of them that fare better in the arm, and in the control
    """

    where: tuple[tuple[str, str, float], ...]
    patients: int
    difference: Difference
    better: float
    worse: float

    @property
    def words(self) -> str:
        """Conditions, for people."""
        said: list[str] = []
        for name, side, at in self.where:
            value = number_text(float(f"{at:.3g}"))
            said.append(f"{side} {name}" if side in YES_NO else f"{name} {side} {value}")
        return " and ".join(said) or "all patients"


def small_tree(
    differences: Floats, sides: tuple[Bools, Bools], table: pd.DataFrame, decides: Decides
) -> tuple[Leaf, ...]:
    """Cut the cohort where the number that decides most says so, then each part once more.

    Parameters
    ----------
    differences : (patients,)
        Of each patient, in days; nan where it is not known.
    sides : (patients,), (patients,)
        Better in the arm, better in the control.
    table
        Outcome table with the numbers in which patients differ.
    decides
        Names the number to cut by.

    Returns
    -------
    Leaves, the lower side of each cut first; one leaf of all where no number decides.
    """
    grow = np.arange(len(table)) % 2 == 0
    known = np.isfinite(differences)
    cuts: list[tuple[tuple[str, str, float], ...]] = []

    def part(rows: Bools, where: tuple[tuple[str, str, float], ...]) -> None:
        mine = table.loc[rows & grow]
        name = decides(mine, differences[rows & grow]) if len(where) < DEPTH else None
        value = None if name is None else table[name].to_numpy(dtype=np.float64)
        at = None if value is None else _cut(value, differences, rows & known, grow)
        if name is None or value is None or at is None:
            cuts.append(where)
            return
        low, high = YES_NO if table[name].dtype.kind == "b" else SIDES
        part(rows & (value <= at), (*where, (name, low, at)))
        part(rows & (value > at), (*where, (name, high, at)))

    part(np.ones(len(table), dtype=np.bool_), ())
    return tuple(_leaf(where, differences, sides, table, ~grow & known) for where in cuts)


def _cut(value: Floats, differences: Floats, rows: Bools, grow: Bools) -> float | None:
    """Tenth of a number at which the ranks of the differences part most; None where none fits."""
    from scipy.stats import rankdata

    mine = rows & grow
    ranks, numbers = rankdata(differences[mine]), value[mine]
    best, chosen = 0.0, None
    for at in np.unique(np.quantile(numbers, TENTHS, method="lower")):
        low = numbers <= at
        others = value[rows & ~grow] <= at
        fewest = min(low.sum(), (~low).sum(), others.sum(), (~others).sum())
        if fewest < FEWEST_IN_LEAF:
            continue
        gap = ranks[low].mean() - ranks[~low].mean()
        apart = gap * gap * low.mean() * (1.0 - low.mean())  # variance between the two sides
        if apart > best:
            best, chosen = apart, float(at)
    return chosen


def _leaf(
    where: tuple[tuple[str, str, float], ...],
    differences: Floats,
    sides: tuple[Bools, Bools],
    table: pd.DataFrame,
    rows: Bools,
) -> Leaf:
    """Estimate one leaf on the half that did not grow the tree."""
    for name, side, at in where:
        value = table[name].to_numpy(dtype=np.float64)
        rows = rows & ((value <= at) if side in (YES_NO[0], SIDES[0]) else (value > at))
    result = mean_difference(differences[rows], np.zeros(int(rows.sum())))
    better, worse = (float(side[rows].mean()) if rows.any() else np.nan for side in sides)
    return Leaf(where, int(rows.sum()), result, better, worse)
