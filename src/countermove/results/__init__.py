"""What comes back: trajectories, one row of outcomes a patient, and how they came about.

Here: the registry of output variables, ``Runs``, estimates over a cohort, storage, provenance. Not
here: how outcomes are computed (``measurement``), figures (``report``).
"""

from countermove.results.cohort import summary, wilson_interval
from countermove.results.provenance import provenance
from countermove.results.registry import VARIABLES, Variable, outcome_table, trajectory_dataset
from countermove.results.runs import Runs, load_runs
from countermove.results.storage import (
    prepare_folder,
    read_outcomes,
    read_trajectories,
    write_outcomes,
    write_text,
    write_trajectories,
)
from countermove.results.survival import Survival, product_limit

__all__ = [
    "VARIABLES",
    "Runs",
    "Survival",
    "Variable",
    "load_runs",
    "outcome_table",
    "prepare_folder",
    "product_limit",
    "provenance",
    "read_outcomes",
    "read_trajectories",
    "summary",
    "trajectory_dataset",
    "wilson_interval",
    "write_outcomes",
    "write_text",
    "write_trajectories",
]
