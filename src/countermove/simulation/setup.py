"""Everything a chunk of patients needs, worked out once per run.

Here: the patients to draw, the treatment, the calendar, the size of a chunk. Not here: a chunk
itself (``simulation.patients``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from countermove.engines.contract import Capabilities
from countermove.engines.registry import ENGINES
from countermove.foundation import SAME_DAY
from countermove.foundation.arrays import Floats
from countermove.foundation.errors import ScenarioError
from countermove.measurement import Criteria, Instruments, MolecularRule, compile_instruments
from countermove.model import CompiledModel, compile_model, with_origins
from countermove.scenario import Scenario
from countermove.simulation.calendar import Calendar, make_calendar
from countermove.simulation.cast import Cast
from countermove.treatment import (
    CompiledTreatment,
    compile_treatment,
    exhausted_days,
    policy_of,
)
from countermove.treatment.rules import Node, read_eligible

CHUNK_BYTES = 64e6
LARGEST_CHUNK = 4096
MANY_TYPES = 600  # types with origins beyond which they are followed only when asked for
OTHER_SEED = 0x6A09E667F3BCC908  # virtual patients are drawn with the seed and this
RECORD_EVERY = 14.0


@dataclass(frozen=True, slots=True)
class Setup:
    """A run, ready to go.

    Attributes
    ----------
    cast : the patients, drawn chunk by chunk
    able : what their engine can do
    treatment, calendar, criteria : what is done, when, and what counts as what
    instruments, molecular : what is measured, when and how, and what is a rise in blood
    believed : virtual patients of a policy that looks ahead; None otherwise
    eligible : condition on readings at baseline; None for everybody
    mechanisms : of each alteration
    record : (times,) days to record, which stop nothing
    followed : lineages are followed from diagnosis on
    chunk : patients handled at a time; results do not depend on it
    """

    cast: Cast
    able: Capabilities
    treatment: CompiledTreatment
    calendar: Calendar
    criteria: Criteria
    instruments: Instruments
    molecular: MolecularRule
    believed: Cast | None
    eligible: Node | None
    mechanisms: tuple[str, ...]
    record: Floats
    followed: bool
    chunk: int

    @property
    def model(self) -> CompiledModel:
        """Names and types of every patient."""
        return self.cast.model


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
    followed = _followed(scenario, origins)
    settings = {"longest_leap": longest_leap, "clones": clones}
    cast = Cast(scenario, engine, followed=followed, settings=settings)
    treatment = compile_treatment(scenario)
    record = recorded_days(scenario.follow_up, scenario.treatment.start, every)
    instruments = compile_instruments(scenario, cast.model)
    rows = (record.size + instruments.days.size) * (cast.model.types + len(cast.model.drugs))
    fits = int(np.clip(CHUNK_BYTES / (8.0 * rows), 16, LARGEST_CHUNK))
    rule, scan_every = scenario.endpoints, scenario.monitoring.imaging.every
    return Setup(
        cast=cast,
        able=ENGINES[engine].capabilities,
        treatment=treatment,
        calendar=_calendar(treatment, instruments),
        criteria=Criteria(
            rule.response,
            rule.progression,
            scenario.criterion,
            np.array([scenario.detectable_cells]),
            cycle=scan_every,
        ),
        instruments=instruments,
        molecular=MolecularRule(rule.molecular_rise, consecutive=rule.molecular_samples),
        believed=_believed(scenario, engine, treatment, longest_leap),
        eligible=read_eligible(scenario),
        mechanisms=tuple(own.mechanism for own in scenario.alterations.values()),
        record=record,
        followed=followed,
        chunk=chunk or max(fits // (treatment.ahead.futures if treatment.ahead else 1), 1),
    )


def _believed(
    scenario: Scenario, engine: str, treatment: CompiledTreatment, longest_leap: float | None
) -> Cast | None:
    """Virtual patients of the scenario's population, drawn with another seed."""
    if treatment.ahead is None:
        return None
    if scenario.patients.table is not None:
        raise ScenarioError(
            "treatment.policy",
            got="'look_ahead' with patients from a table",
            expected="patients drawn from distributions, from which a belief can be drawn too",
            remedy="Describe the table's columns by patients.vary.",
        )
    other = scenario.model_copy(update={"seed": (scenario.seed ^ OTHER_SEED) % 2**63})
    settings = {"longest_leap": longest_leap, "clones": False}
    return Cast(other, engine, followed=False, settings=settings)


def _followed(scenario: Scenario, origins: bool | Literal["auto"]) -> bool:
    """Whether lineages are followed: where there are drugs, and types stay few or it was asked."""
    if origins is False or not scenario.drugs:
        return False
    return origins is True or with_origins(compile_model(scenario)).types <= MANY_TYPES


def recorded_days(end: float, start: float, every: float | None) -> Floats:
    """List the days to record, from diagnosis to ``end``, treatment start among them."""
    step = every or float(np.clip(RECORD_EVERY, end / 200.0, end / 40.0))
    days = np.unique(np.concatenate([np.arange(0.0, end, step), [start, end]]))
    days = days[np.r_[True, np.diff(days) > SAME_DAY]]
    days[-1] = end
    return days


def _safety(treatment: CompiledTreatment) -> Floats:
    """Weekly days on which toxicity is judged, where a drug has any."""
    if not treatment.limits.holding:
        return np.zeros(0)
    return np.arange(treatment.start, treatment.until, 7.0)


def _calendar(treatment: CompiledTreatment, instruments: Instruments) -> Calendar:
    """Days on which doses may change: by the clock, or when results come that the policy asks for.

    The days are the same for every patient, whoever has a visit on them, so that no patient's
    course depends on who else is simulated.
    """
    end, start = treatment.until, treatment.start
    policy = policy_of(treatment, 1)
    results = instruments.known(treatment.kinds) if treatment.reacts else np.zeros(0)
    ends = exhausted_days(treatment.limits, results, end)
    moments = np.concatenate([policy.moments(end), ends, results, _safety(treatment)])
    return make_calendar(moments[moments < end], start=start, until=end)
