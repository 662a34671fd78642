"""Here: small cohorts for tests of `simulate`, and comparing runs bit by bit.

Not here: direct use of the engine (see ``engine_runs``).
"""

import numpy as np
import pandas as pd

from countermove.results import Runs
from countermove.scenario import Scenario, loads

# Two drugs one after another; patients switch on different days, and some are resistant to both.
TWO_LINES = """
countermove: 1
name: Two lines of therapy
tumor: {birth: 0.14 /day, death: 0.13 /day, diagnosed_at: 1e7 cells}
drugs: {A: {kill: 0.05 /day}, B: {kill: 0.05 /day}}
alterations:
  resists_A: {mechanism: target, drug: A, rate: 1e-6}
  resists_B: {mechanism: target, drug: B, rate: 1e-6}
treatment: {policy: sequential, drugs: [A, B]}
follow_up: 3 years
"""
ODD = 11.3  # days between recorded times: no two spans between them have quite the same digits


def two_lines() -> Scenario:
    """Scenario of `TWO_LINES`."""
    return loads(TWO_LINES)


def words(table: pd.DataFrame) -> pd.DataFrame:
    """Outcome table with categories as plain strings; numbers untouched."""
    kinds = table.columns[table.dtypes == "category"]
    return table.astype({name: object for name in kinds})


def same_bits(one: Runs, other: Runs) -> bool:
    """Whether two runs agree in every bit of courses and outcomes (nan agrees with nan)."""
    if list(one.table.columns) != list(other.table.columns) or len(one.table) != len(other.table):
        return False
    for name, column in words(one.table).items():
        a, b = column.to_numpy(), words(other.table)[name].to_numpy()
        if a.dtype != b.dtype or (
            a.tolist() != b.tolist() if a.dtype == object else not _bits(a, b)
        ):
            return False
    return all(
        _bits(one.trajectories[name].to_numpy(), other.trajectories[name].to_numpy())
        for name in ("time", "cells", "burden", "on")
    )


def _bits(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and one.tobytes() == other.tobytes()
