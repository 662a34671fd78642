"""The eligible patients of a trial: how they would fare in each arm, and their strata.

Here: pools and strata from outcome tables, a design that fits how many there are. Not here: who is
eligible (``treatment.rules.eligible``), randomizing them (``trials.conduct``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from countermove.foundation import ScenarioError, number_text
from countermove.foundation.arrays import Ints
from countermove.results import Runs
from countermove.trials.design import Design
from countermove.trials.last_scan import scans_read
from countermove.trials.outcomes import Outcomes, pool_from_table
from countermove.trials.protocol import Protocol

if TYPE_CHECKING:
    import pandas as pd

MOST_VALUES = 20  # of a covariate that makes strata


def enrolled_of(tables: Mapping[str, pd.DataFrame]) -> Ints:
    """Rows of the eligible patients, the same in every arm."""
    control = next(iter(tables.values()))
    return np.flatnonzero(control["eligible"].to_numpy(dtype=bool))


def pools_of(protocol: Protocol, runs: Mapping[str, Runs], enrolled: Ints) -> list[Outcomes]:
    """Outcomes of the eligible patients in each arm, row by row the same patient."""
    start = next(iter(protocol.arms.values())).treatment.start
    read = [scans_read(one, start) for one in runs.values()]
    return [
        pool_from_table(
            one.table.iloc[enrolled],
            protocol.design.endpoint,
            first_scan=protocol.first_scan,
            scans=None if scans is None else scans[:, enrolled],
        )
        for one, scans in zip(runs.values(), read, strict=True)
    ]


def fitting(protocol: Protocol, eligible: int, screened: int) -> Design:
    """Return the design, of all eligible patients where no number was asked for."""
    design = protocol.design
    if eligible >= design.patients:
        return design
    if protocol.patients_asked or eligible < 2:
        raise ScenarioError(
            "trial.patients",
            got=f"{number_text(design.patients)} patients, of whom {eligible} are eligible among "
            f"{screened}",
            expected="as many eligible patients as are randomized",
            remedy="Raise patients.number, lower trial.patients, or widen patients.eligible.",
        )
    return dataclasses.replace(design, patients=eligible)


def strata_among(
    protocol: Protocol, tables: Mapping[str, pd.DataFrame], enrolled: Ints
) -> Ints | None:
    """Give each combination of covariates' values a number; None where nothing is stratified.

    Raises
    ------
    ScenarioError
        A covariate has too many values to make strata.
    """
    names = protocol.strata
    if not names:
        return None
    table: Any = next(iter(tables.values())).iloc[enrolled]
    for name in names:
        if table[name].nunique() > MOST_VALUES:
            raise ScenarioError(
                "trial.stratify",
                got=f"'{name}', which has {table[name].nunique()} values",
                expected=f"a covariate with at most {MOST_VALUES}",
                remedy="Stratify by one with few values: discrete: {values: [...]}.",
            )
    return np.asarray(
        table.groupby(list(names), sort=True, observed=True).ngroup().to_numpy(), dtype=np.int64
    )
