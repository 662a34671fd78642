"""Everything a chunk of patients needs, worked out once per run.

Here: the compiled model, the calendar, the courses of the drugs, the size of a chunk. Not here: a
chunk itself (``simulation.patients``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from countermove.engines.branching import Branching, BranchingClones
from countermove.engines.contract import Engine
from countermove.engines.mean_field import MeanField
from countermove.measurement import Criteria, scan_days
from countermove.model import CompiledModel, Course, compile_model, course_of, with_origins
from countermove.scenario import Scenario
from countermove.simulation.treatment_loop import Calendar, make_calendar
from countermove.treatment import exhausted_days, policy_of

CHUNK_BYTES = 24e6
LARGEST_CHUNK = 4096
MANY_TYPES = 600  # types with origins beyond which they are followed only when asked for
RECORD_EVERY = 14.0


@dataclass(frozen=True, slots=True)
class Setup:
    """A run, ready to go.

    Attributes
    ----------
    scenario, model, engine, calendar, criteria, courses : what it is made of
    chunk : patients handled at a time; results do not depend on it
    """

    scenario: Scenario
    model: CompiledModel
    engine: Engine
    calendar: Calendar
    criteria: Criteria
    courses: tuple[Course, ...]
    chunk: int


def prepare(
    scenario: Scenario,
    engine: str,
    *,
    every: float | None = None,
    longest_leap: float | None = None,
    origins: bool | Literal["auto"] = "auto",
    clones: bool = False,
    chunk: int | None = None,
) -> Setup:
    """Compile a scenario and lay out its calendar.

    Parameters
    ----------
    scenario, engine
        The loaded scenario and the name of a chosen engine.
    every
        Days between recorded times; about 14 by default.
    longest_leap
        Days; the engine's own by default.
    origins
        Follow where lineages came from; by default wherever that keeps the types few.
    clones
        Record each clone.
    chunk
        Patients at a time; by default what fits in memory comfortably.
    """
    model = compile_model(scenario)
    tracked = with_origins(model) if origins is not False and scenario.drugs else model
    if origins is True or tracked.types <= MANY_TYPES:
        model = tracked
    calendar = _calendar(scenario, every)
    rows = int(calendar.recorded.sum()) * (model.types + 2 * len(model.drugs))
    fits = int(np.clip(CHUNK_BYTES / (8.0 * rows), 16, LARGEST_CHUNK))
    rule = scenario.endpoints
    return Setup(
        scenario=scenario,
        model=model,
        engine=_engine(model, engine, longest_leap, clones=clones),
        calendar=calendar,
        criteria=Criteria(
            rule.response,
            rule.progression,
            rule.reference == "nadir",
            scenario.detectable_cells,
            scenario.tumor.lethal_at,
        ),
        courses=tuple(course_of(drug) for drug in scenario.drugs.values()),
        chunk=chunk or fits,
    )


def _engine(model: CompiledModel, name: str, longest_leap: float | None, *, clones: bool) -> Engine:
    if name == "mean_field":
        return MeanField(model)
    kind = BranchingClones if clones else Branching
    return kind(model) if longest_leap is None else kind(model, longest_leap=longest_leap)


def _calendar(scenario: Scenario, every: float | None) -> Calendar:
    end, start = scenario.follow_up, scenario.treatment.start
    step = every or float(np.clip(RECORD_EVERY, end / 200.0, end / 40.0))
    record = np.append(np.arange(0.0, end, step), start)
    policy = policy_of(scenario, 1)
    reacts = scenario.treatment.reacts
    scans = scan_days(scenario.monitoring.imaging.every, start, end) if reacts else np.zeros(0)
    ends = exhausted_days(scenario, scans, end)
    return make_calendar(
        record, scans[scans < end], np.concatenate([policy.moments(end), ends]), end
    )
