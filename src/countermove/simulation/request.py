"""What a call of ``simulate`` asks for, settled before any work: engine, numbers, the run's record.

Here: the checks of its arguments and the record by which two runs are told apart. Not here: the
work (``simulate``), nor what a folder does with the record (``results.run_folder``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from countermove.engines.registry import ENGINES
from countermove.foundation import ScenarioError, shown, warn_reader
from countermove.results import provenance
from countermove.results.run_folder import run_identity
from countermove.scenario import Scenario, replace, to_document
from countermove.scenario.lesions import lesions_differ
from countermove.simulation.choose import Choice, choose
from countermove.simulation.patient_tables import table_hash
from countermove.treatment import function_named
from countermove.treatment.rules.never import doubtful_rules


@dataclass(frozen=True, slots=True)
class Request:
    """A run before it begins.

    Attributes
    ----------
    scenario : with the call's own number of patients and seed
    choice : the engine, and why not the others
    count, keep : patients, and how many of the first ones keep their courses
    settings : what else was asked for
    record : provenance
    """

    scenario: Scenario
    choice: Choice
    count: int
    keep: int
    settings: dict[str, Any]
    record: dict[str, Any]

    @property
    def run(self) -> str:
        """The run's identity, the same whenever the same is asked."""
        return run_identity(self.record)


def request(
    scenario: Scenario,
    *,
    patients: int | None = None,
    seed: int | None = None,
    engine: str | None = None,
    every: float | None = None,
    keep: int = 1000,
    longest_leap: float | None = None,
    origins: bool | str = "auto",
    clones: bool = False,
    allow_python: bool = False,
) -> Request:
    """Settle what is to be run; the parameters are those of `simulate`.

    Warns
    -----
    ScenarioWarning
        A rule can never act.

    Raises
    ------
    ScenarioError
        A value is out of range, or the engine cannot run the scenario.
    """
    changes = {
        path: value
        for path, value in (("patients.number", patients), ("seed", seed))
        if value is not None
    }
    if changes:
        scenario = replace(scenario, changes)
    _refuse_code(scenario, allow_python)
    check_days(every, "every", scenario.follow_up)
    check_days(longest_leap, "longest_leap", np.inf)
    check_whole(keep, "keep", 0)
    choice = choose(scenario, engine)
    for doubt in doubtful_rules(scenario):
        warn_reader(doubt)
    able = ENGINES[choice.engine].capabilities
    if longest_leap is not None and not able.leaps:
        raise ScenarioError(
            "longest_leap",
            got=f"{longest_leap:g} days",
            expected=f"none on engine '{choice.engine}', which has no leaps",
            remedy="Leave it out, or use the engine branching.",
        )
    each = able.chance or differs(scenario) or read_apart(scenario)
    count = scenario.patients.number if each else 1
    keep = min(keep, count)
    settings = {"every": every, "longest_leap": longest_leap, "keep": keep}
    settings |= {"origins": origins, "clones": clones and able.lineages}
    record = provenance(
        to_document(scenario),
        seed=scenario.seed,
        engine=choice.engine,
        why_not=choice.against,
        settings=settings,
        criterion=scenario.criterion,
        chance=able.chance,
    )
    if scenario.patients.table is not None:
        record["table_hash"] = table_hash(scenario.patients.table)
    return Request(scenario, choice, count, keep, settings, record)


def _refuse_code(scenario: Scenario, allowed: bool) -> None:
    """Run no function that a file names unless the user says so."""
    named = scenario.treatment.python
    if named is not None and not allowed:
        raise ScenarioError(
            "treatment.python",
            got=f"{shown(named)}, a function to run",
            expected="leave to run it",
            remedy="If you trust it, say --allow-python, or allow_python=True from Python.",
        )
    if named is not None:
        function_named(named)


def differs(scenario: Scenario) -> bool:
    """Whether patients differ before chance comes in, so that even the mean course is one of each.

    In their numbers, in what is known about them, in their lesions, or by carrying the intrinsic
    alteration or not.
    """
    patients, intrinsic = scenario.patients, scenario.intrinsic
    return (
        bool(patients.vary or patients.covariates)
        or patients.table is not None
        or lesions_differ(scenario)
        or (intrinsic is not None and 0.0 < intrinsic.share_of_patients < 1.0)
    )


def read_apart(scenario: Scenario) -> bool:
    """Whether patients whose tumors are the same are seen differently.

    By error of a reading, on other days, or in samples of what is there.
    """
    own = scenario.monitoring
    plans = [plan for plan in (own.imaging, own.marker, own.ctdna) if plan is not None]
    return (
        any(plan.jitter > 0.0 or plan.missed > 0.0 for plan in plans)
        or own.imaging.error > 0.0
        or (own.marker is not None and own.marker.error > 0.0)
        or own.ctdna is not None
        or own.biopsy is not None
    )


def check_days(value: float | None, where: str, most: float) -> None:
    """Refuse a time that is none."""
    if value is not None and not (np.isfinite(value) and 0.0 < value <= most):
        raise ScenarioError(
            where,
            got=f"{value!r} days",
            expected=f"more than 0{f' and at most {most:g}' if np.isfinite(most) else ''} days",
        )


def check_whole(value: int | None, where: str, least: int) -> None:
    """Refuse a number that is not whole, or too small."""
    if value is not None and (isinstance(value, bool) or value != int(value) or value < least):
        raise ScenarioError(where, got=repr(value), expected=f"a whole number of at least {least}")
