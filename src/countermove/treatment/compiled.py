"""A scenario's treatment as numbers: lines, days, thresholds and limits in the order of drugs.

Here: the one place where the names of a treatment become indices. Not here: what a policy does with
them (``treatment.policies``), how limits bind (``treatment.limits``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countermove.foundation.arrays import Floats
from countermove.scenario import Drug, OneCompartment, Scenario, TwoCompartment
from countermove.scenario.observables import observables_of
from countermove.treatment.rules.actions import Rule, read_rules
from countermove.treatment.rules.tree import observables_needed

THRESHOLDS = (
    "stop_below",
    "restart_above",
    "level",
    "step",
    "raise_above",
    "lower_below",
    "least",
    "strike_below",
    "rise",
)


@dataclass(frozen=True, slots=True)
class DrugLimits:
    """What may be given of each drug; (drugs,) each.

    Attributes
    ----------
    names : of the drugs
    total : largest total, in doses where a drug is dosed, otherwise in days of full dose
    every : days between doses; 0 where a drug is not given dose by dose
    divisible : a lower level may be given instead of none
    most : largest multiple of the full dose
    apart : fewest days between two full doses
    toxic : (3, drugs) rate at which toxicity fades, 1/day, and above what the drug is held and
        below what it resumes, in days of full dose; inf where there is none
    per_day, dose_per_day : the limit as the file gives it, and the full dose per day
    """

    names: tuple[str, ...]
    total: Floats
    every: Floats
    divisible: NDArray[np.bool_]
    most: Floats
    apart: Floats
    toxic: Floats
    per_day: Floats
    dose_per_day: Floats

    @property
    def binding(self) -> bool:
        """Whether anything is limited at all."""
        bound = np.isfinite(self.total).any() or np.isfinite(self.most).any()
        return bool(bound or self.holding)

    @property
    def holding(self) -> bool:
        """Whether toxicity may hold a drug."""
        return bool(np.isfinite(self.toxic[1]).any())


@dataclass(frozen=True, slots=True)
class Ahead:
    """How far and for what a policy looks ahead.

    Attributes
    ----------
    horizon : days
    futures : virtual patients for each patient
    objective : ``burden`` or ``control``
    pause : no drug is a candidate too
    """

    horizon: float
    futures: int
    objective: str
    pause: bool


@dataclass(frozen=True, slots=True)
class CompiledTreatment:
    """A treatment in the order of the scenario's drugs.

    Attributes
    ----------
    policy : its name
    lines : (lines, drugs) full doses of each line
    start, stop : days between which drugs may be given; ``stop`` inf for never
    until : the end of follow-up
    at : days at which the second and later lines begin, where they do so by the clock
    every, on, off : days, of policies that go by the clock; inf where not given
    thresholds : name -> number, those that the policy uses
    reacts : whether doses depend on what visits see
    guide : the observable that a reacting policy follows; empty for RECIST
    kinds : kinds of measurement whose results it waits for
    switches : of sequential: whether the next line begins at progression, not by the clock
    factor, from_baseline, floor : what a visit takes for progression; ``floor`` in the
        unit of the guide, of each patient or of all
    limits : see `DrugLimits`
    rules : checked, of the policy of that name
    alteration, confirmed_by : of ctdna_switch; the alteration is empty for all tumor DNA
    ahead : of look_ahead; None otherwise
    python : ``module:callable`` of the policy of that name
    later : what each patient gets from progression on; None for the same as before
    """

    policy: str
    lines: Floats
    start: float
    stop: float
    until: float
    at: tuple[float, ...]
    every: float
    on: float
    off: float
    thresholds: Mapping[str, float]
    reacts: bool
    guide: str
    kinds: tuple[str, ...]
    switches: bool
    factor: float
    from_baseline: bool
    floor: float | Floats
    limits: DrugLimits
    rules: tuple[Rule, ...] = ()
    alteration: str = ""
    confirmed_by: int = 1
    ahead: Ahead | None = None
    python: str = ""
    later: CompiledTreatment | None = None

    @property
    def on_progression(self) -> bool:
        """Whether the next line begins when a visit sees progression."""
        return self.policy == "sequential" and self.switches


def compile_treatment(scenario: Scenario) -> CompiledTreatment:
    """Compile a loaded, validated scenario's treatment."""
    own, later = scenario.treatment, scenario.after_progression
    drugs = tuple(scenario.drugs)
    lines = np.array([[float(d in line) for d in drugs] for line in own.drugs], dtype=float)
    given = {name: getattr(own, name) for name in THRESHOLDS}
    return CompiledTreatment(
        policy=own.policy,
        lines=lines.reshape(len(own.drugs), len(drugs)),
        start=own.start,
        stop=np.inf if own.stop is None else own.stop,
        until=scenario.follow_up,
        at=own.at,
        every=own.every or np.inf,
        on=own.on or np.inf,
        off=own.off or 0.0,
        thresholds={name: float(value) for name, value in given.items() if value is not None},
        reacts=own.reacts,
        guide="" if own.guided_by == "recist" else own.guided_by or "burden",
        kinds=_kinds(scenario),
        switches=own.switch == "progression",
        factor=scenario.endpoints.progression,
        from_baseline=scenario.criterion == "baseline",
        floor=scenario.detectable_cells,
        limits=compile_limits(scenario.drugs),
        rules=read_rules(scenario) if own.policy == "rules" else (),
        alteration=own.alteration or "",
        confirmed_by=own.confirmed_by or 1,
        ahead=_ahead(scenario),
        python=own.python or "",
        later=None if later is None else compile_treatment(later),
    )


def _ahead(scenario: Scenario) -> Ahead | None:
    own = scenario.treatment
    if own.policy != "look_ahead":
        return None
    return Ahead(
        float(own.horizon or 0.0), own.futures or 2, own.objective or "burden", bool(own.pause)
    )


def _kinds(scenario: Scenario) -> tuple[str, ...]:
    """Kinds of measurement that the scenario's policy looks at."""
    own, known = scenario.treatment, observables_of(scenario)
    if scenario.after_progression is not None:
        first = scenario.model_copy(
            update={"treatment": own.model_copy(update={"at_progression": None})}
        )
        each = [*_kinds(first), *_kinds(scenario.after_progression), "imaging"]
        return tuple(dict.fromkeys(each))
    if own.policy == "rules":
        read = observables_needed(*(rule.when for rule in read_rules(scenario)))
        return tuple(dict.fromkeys(["imaging", *(known[n].source for n in read if n in known)]))
    if own.policy in ("python", "look_ahead"):
        return tuple(dict.fromkeys(one.source for one in known.values()))
    guide = own.guided_by or "burden"
    kinds = [known[guide].source] if guide in known else ["imaging"]
    return tuple(dict.fromkeys([*kinds, *(["imaging", "ctdna"] * (own.policy == "ctdna_switch"))]))


def compile_limits(drugs: Mapping[str, Drug]) -> DrugLimits:
    """Compile the limits of drugs by name."""
    every = [_interval(drug) for drug in drugs.values()]
    per_day = [_given(drug, "per_day") for drug in drugs.values()]
    cumulative = [_given(drug, "cumulative") for drug in drugs.values()]
    full = np.array([drug.dose_per_day for drug in drugs.values()], dtype=float)
    interval = np.array(every, dtype=float)
    per_week = np.array([_given(drug, "per_week") for drug in drugs.values()], dtype=float)
    daily = np.array(per_day, dtype=float) / full
    most = np.minimum(daily, per_week / (7.0 * full))
    toxic = [_toxic(drug) for drug in drugs.values()]
    return DrugLimits(
        names=tuple(drugs),
        total=np.array(cumulative, dtype=float) / full / np.where(interval > 0.0, interval, 1.0),
        every=interval,
        divisible=np.array(
            [d.levels is not None and i == 0.0 for d, i in zip(drugs.values(), every, strict=True)],
            dtype=np.bool_,
        ),
        most=most,
        apart=np.where(np.isfinite(daily), interval / daily, 0.0),
        toxic=np.array(toxic, dtype=float).reshape(-1, 3).T,
        per_day=np.array(per_day, dtype=float),
        dose_per_day=full,
    )


def _given(drug: Drug, name: str) -> float:
    value = None if drug.limits is None else getattr(drug.limits, name)
    return np.inf if value is None else float(value)


def _toxic(drug: Drug) -> tuple[float, float, float]:
    own = None if drug.limits is None else drug.limits.toxicity
    if own is None:
        return 1.0, np.inf, np.inf
    return float(np.log(2.0)) / own.half_life, own.hold_above, own.resume_below


def _interval(drug: Drug) -> float:
    """Days between doses; 0 where the drug is not given dose by dose."""
    own = drug.levels
    return own.every if isinstance(own, (OneCompartment, TwoCompartment)) else 0.0
