"""Who gains and who loses under an arm, and which of a patient's numbers decides it.

Here: the shares better and worse, the ranking of the numbers in which patients differ, the split of
the cohort by the first of them. Not here: the pairs themselves (``trials.paired``), cutting further
(``trials.tree``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from countermove.foundation import number_text
from countermove.foundation.arrays import Bools, Floats
from countermove.results.registry import OUTCOMES
from countermove.trials.paired import Difference, mean_difference
from countermove.trials.tree import Leaf, small_tree

if TYPE_CHECKING:
    import pandas as pd

FROM_THE_START = ("tumor_age", "baseline", "intrinsic_carrier", "lesions", "largest_lesion")
FEWEST = 8  # patients for a ranking
LEVEL = 0.05
WEAKEST = 0.1  # rank correlation; among very many patients a weaker one is beyond chance as well
SPREAD = 1e-6  # of the largest value; what differs by less, as by rounding to whole cells, is equal
UNDECIDED = "No number in which patients differ goes with it much, or beyond chance."
ALIKE = "All patients have the same numbers, so chance alone decides; give patients.vary to differ."


@dataclass(frozen=True, slots=True)
class Split:
    """The cohort in two halves by one number.

    Attributes
    ----------
    name : of the number
    at : its median
    below, above : mean paired difference of the patients up to it, and of those above
    yes_no : the number is not one: 0 says no, 1 says yes
    """

    name: str
    at: float
    below: Difference
    above: Difference
    yes_no: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Gains:
    """Who gains and who loses under an arm.

    Attributes
    ----------
    endpoint, arm, control : names
    better, worse : patients free of the event for longer in the arm, and in the control; the others
        fare alike in both, as far as is known
    patients : all of them
    differences : (patients,) of each patient, in days
    ranking : one row a number in which patients differ, the one that goes most with the difference
        first: ``correlation`` (Spearman's rank correlation), ``p``, ``patients``
    split : by the first of them; None where patients differ in nothing, or all fare alike
    leaves : of a small tree, cut by the number that decides most, then by the next
    drawn : whether patients were given different numbers; if not, chance alone tells them apart
    """

    endpoint: str
    arm: str
    control: str
    better: int
    worse: int
    patients: int
    differences: Floats
    ranking: pd.DataFrame
    split: Split | None
    leaves: tuple[Leaf, ...]
    drawn: bool

    @property
    def alike(self) -> int:
        """Patients who are neither better nor worse."""
        return self.patients - self.better - self.worse

    @property
    def decided(self) -> bool:
        """Whether the first number of the ranking goes with the difference.

        Beyond chance at 5% over all numbers ranked (Bonferroni), with a rank correlation of at
        least 0.1.
        """
        return _first_decides(self.ranking)

    def sentences(self) -> list[str]:
        """Tell who gains, and by which number, for people."""
        who = (
            f"Free of the event for longer under {self.arm}: {self.better:,} of {self.patients:,} "
            f"patients; under {self.control}: {self.worse:,}; alike in both: {self.alike:,}."
        )
        if self.split is None or not self.decided:
            return [who, UNDECIDED if self.drawn else ALIKE]
        split, rho = self.split, float(self.ranking["correlation"].iloc[0])
        most = f"What decides it most is {split.name} (rank correlation {rho:+.2f})"
        at = number_text(float(f"{split.at:.3g}"))
        low, high = ("without it", "with it") if split.yes_no else (f"up to {at}", "above it")
        return [
            who,
            f"{most}: {low} the mean difference is {_days(split.below)}, {high} "
            f"{_days(split.above)}.",
        ]


def _days(found: Difference) -> str:
    value, low, high = (
        f"{x:+,.0f}" if abs(x) >= 0.5 else "0" for x in (found.value, found.low, found.high)
    )
    return f"{value} days ({low} to {high})"


def drawn_columns(table: pd.DataFrame) -> list[str]:
    """Columns of an outcome table that hold what patients differ in: numbers and covariates."""
    return [n for n in table.columns if n not in OUTCOMES and not n.startswith("dose_")]


def gains(
    names: tuple[str, str, str],
    differences: Floats,
    sides: tuple[Bools, Bools],
    table: pd.DataFrame,
) -> Gains:
    """Sum up who gains, and what decides it.

    Parameters
    ----------
    names
        Endpoint, arm and control.
    differences : (patients,)
        Of each patient.
    sides : (patients,), (patients,)
        Better in the arm, better in the control.
    table
        Any arm's outcome table, for the numbers in which patients differ from the start.
    """
    ranked = [name for name in (*drawn_columns(table), *FROM_THE_START) if _is_number(table[name])]
    numbers: Any = table[ranked]  # parts of it are copied on the way
    ranking = _ranking(differences, numbers)
    split = _split(str(ranking.index[0]), differences, numbers) if len(ranking) else None
    better, worse = (int(side.sum()) for side in sides)
    leaves = small_tree(differences, sides, numbers, _decides)
    alike = (table["lesions"] <= 1).all() and table["intrinsic_carrier"].nunique() == 1
    drawn = bool(drawn_columns(table)) or not alike
    return Gains(*names, better, worse, len(table), differences, ranking, split, leaves, drawn)


def _decides(table: pd.DataFrame, differences: Floats) -> str | None:
    """Name of the number that goes most with the difference, where one does."""
    ranking = _ranking(differences, table)
    return str(ranking.index[0]) if _first_decides(ranking) else None


def _first_decides(ranking: pd.DataFrame) -> bool:
    if not len(ranking):
        return False
    first = ranking.iloc[0]
    beyond = float(first["p"]) * len(ranking) < LEVEL
    return beyond and abs(float(first["correlation"])) >= WEAKEST


def _is_number(column: Any) -> bool:
    """Whether a column has ranks, which words have not."""
    return column.dtype.kind in "fiub"


def _ranking(differences: Floats, table: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd
    from scipy.stats import spearmanr

    rows = []
    for name in table.columns:
        value = table[name].to_numpy(dtype=np.float64)
        known = np.isfinite(value) & np.isfinite(differences)
        if known.sum() < FEWEST or _equal(value[known]) or _equal(differences[known]):
            continue
        result: Any = spearmanr(value[known], differences[known])
        rows.append((name, float(result.statistic), float(result.pvalue), int(known.sum())))
    rows.sort(key=lambda row: -abs(row[1]))
    columns = ["number", "correlation", "p", "patients"]
    return pd.DataFrame(rows, columns=columns).set_index("number")  # pyright: ignore


def _equal(values: Floats) -> bool:
    return bool(np.ptp(values) <= SPREAD * np.abs(values).max())


def _split(name: str, differences: Floats, table: pd.DataFrame) -> Split:
    value = table[name].to_numpy(dtype=np.float64)
    at = float(np.nanmedian(value))
    above = value > at
    if not above.any():  # more than half have the highest number
        at = float(np.max(value[value < at]))
        above = value > at
    groups = (value <= at, above)
    zero = np.zeros(len(value))
    low, high = (mean_difference(differences[group], zero[group]) for group in groups)
    return Split(name, at, low, high, bool(table[name].dtype.kind == "b"))
