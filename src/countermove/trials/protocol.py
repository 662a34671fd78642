"""A protocol: the ``trial`` of a scenario as arms to simulate and a design to carry out.

Here: reading it, checks that need the whole scenario. Not here: its fields (``scenario.trial``),
randomizing and looking (``trials.conduct``), what is found (``trials.virtual``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from countermove.foundation import ScenarioError, number_text, shown, suggestion
from countermove.scenario import Scenario, replace, to_document
from countermove.scenario.trial import Trial
from countermove.trials.arms import settled, under_policy
from countermove.trials.design import DAYS_PER_MONTH, Arm, Design

INHERITED = ("drugs", "start", "stop")


@dataclass(frozen=True, slots=True)
class Protocol:
    """A trial that can be carried out.

    Attributes
    ----------
    name : of the scenario
    arms : scenario of each arm by name, the control first
    criterion : one sentence: what progression is measured against, in all arms
    design : who is randomized, when, and how the data are looked at
    strata : covariates
    first_scan : days to the first planned scan after baseline
    patients_asked : whether the trial says how many patients are randomized
    document : ``trial`` in full, as a file would say it, with the condition of who is eligible
    """

    name: str
    arms: Mapping[str, Scenario]
    criterion: str
    design: Design
    strata: tuple[str, ...]
    first_scan: float
    patients_asked: bool
    document: Mapping[str, Any]


def protocol_of(scenario: Scenario) -> Protocol:
    """Read the trial of a scenario.

    Parameters
    ----------
    scenario
        With ``trial``.

    Returns
    -------
    Protocol
        Its arms are followed from the first patient's entry to the final analysis, however long
        the scenario's own follow-up is.

    Raises
    ------
    ScenarioError
        There is no trial, fewer than two arms, an arm that cannot be, or a design that cannot.
    """
    own = scenario.trial
    if own is None:
        raise ScenarioError(
            "trial",
            got="nothing",
            expected="arms and a follow-up, which a trial needs",
            remedy="For instance trial: {arms: {usual: sequential, new: combination}, "
            "follow_up: 2 years}.",
        )
    _check_names(own, scenario)
    plain = scenario.model_copy(update={"trial": None})
    arms = {name: _arm(plain, name, given) for name, given in own.arms.items()}
    if own.crossover:
        arms = _with_crossover(arms)
    last = scenario.treatment.start + own.accrual + own.follow_up
    arms = {name: replace(arm, {"follow_up": f"{last!r} days"}) for name, arm in arms.items()}
    same, criterion = settled(arms)
    return Protocol(
        name=scenario.name,
        arms=same,
        criterion=criterion,
        design=_design(own, scenario, arms),
        strata=own.stratify,
        first_scan=scenario.monitoring.imaging.every,
        patients_asked=own.patients is not None,
        document=_written(scenario),
    )


def alike(scenario: Scenario) -> str:
    """Say that patients do not differ, where nothing in the scenario says how; else empty."""
    own = scenario.patients
    if own.vary or own.table or scenario.intrinsic or scenario.lesions:
        return ""
    return (
        "patients.vary is not given, so all patients of the trial have the same numbers, and fewer "
        "seem enough than a trial of patients who differ takes."
    )


def _written(scenario: Scenario) -> dict[str, Any]:
    whole = to_document(scenario)
    eligible = whole["patients"].get("eligible")
    enrolled = {} if eligible is None else {"patients": {"eligible": eligible}}
    return {**enrolled, "trial": whole["trial"]}


def _design(own: Trial, scenario: Scenario, arms: Mapping[str, Scenario]) -> Design:
    parts = tuple(own.allocation.get(name, 1) for name in own.arms)
    try:
        return Design(
            arms=tuple(Arm(name, arm.treatment.policy) for name, arm in arms.items()),
            patients=own.patients or scenario.patients.number,
            allocation=parts,
            accrual_months=own.accrual / DAYS_PER_MONTH,
            follow_up=own.follow_up,
            dropout_per_year=own.dropout,
            endpoint=own.endpoint,
            crossover_on_progression=own.crossover,
            at_crossover_censored=own.at_crossover == "censored",
            evaluable_only=own.population == "evaluable",
            looks=own.looks,
            spending=own.spending,
            futility=own.futility,
            events=own.events,
            alpha=own.alpha,
        )
    except ScenarioError as error:
        raise _placed(error, "trial") from None


def _check_names(own: Trial, scenario: Scenario) -> None:
    """Refuse parts for no arm, strata that are none, and fewer patients than are randomized."""
    if len(own.arms) < 2:
        raise ScenarioError(
            "trial.arms",
            got=f"{len(own.arms)} arm{'' if len(own.arms) == 1 else 's'}",
            expected="at least two, the control first",
            remedy="For instance arms: {usual: sequential, new: combination}.",
        )
    for name in own.allocation:
        if name not in own.arms:
            raise ScenarioError(
                f"trial.allocation.{name}",
                got=shown(name),
                expected=f"an arm: {', '.join(own.arms)}",
                remedy=suggestion(name, own.arms),
            )
    known = scenario.patients.covariates
    table = scenario.patients.table
    tabled = () if table is None else table.covariates
    for number, name in enumerate(own.stratify):
        if name not in known and name not in tabled:
            there = [*known, *tabled]
            raise ScenarioError(
                f"trial.stratify.{number}",
                got=shown(name),
                expected="a covariate of patients",
                remedy=suggestion(name, there) or "Give patients.covariates.",
            )
    if own.patients is not None and own.patients > scenario.patients.number:
        raise ScenarioError(
            "trial.patients",
            got=number_text(own.patients),
            expected=f"at most the patients there are, {scenario.patients.number}",
            remedy=f"Set patients.number to {own.patients} or more.",
        )


def _arm(scenario: Scenario, name: str, given: Mapping[str, Any]) -> Scenario:
    """Make one arm: a policy alone, or fields of a treatment over what is the same in all."""
    where = f"trial.arms.{name}"
    try:
        if set(given) == {"policy"}:
            return under_policy(scenario, str(given["policy"]))
        base = to_document(scenario)["treatment"]
        kept = {field: base[field] for field in INHERITED if base.get(field)}
        return replace(scenario, {"treatment": {**kept, **given}})
    except ScenarioError as error:
        raise _placed(error, where, instead_of="treatment") from None


def _with_crossover(arms: Mapping[str, Scenario]) -> dict[str, Scenario]:
    """Give the control arm the second arm's treatment at progression."""
    control, second = list(arms)[:2]
    later = dict(to_document(arms[second])["treatment"])
    for field in ("start", "stop", "at_progression"):
        later.pop(field, None)
    try:
        crossed = replace(arms[control], {"treatment.at_progression": later})
    except ScenarioError as error:
        raise ScenarioError(
            "trial.crossover",
            got=f"crossover to '{second}', which cannot begin at progression ({error.expected})",
            expected="a treatment that may begin on any day",
            remedy="Say crossover: false, or give the arm another policy.",
        ) from None
    return {**arms, control: crossed}


def _placed(error: ScenarioError, where: str, *, instead_of: str = "") -> ScenarioError:
    """Return an error with its place in the file."""
    own = error.where
    if instead_of and own.startswith(instead_of):
        own = own[len(instead_of) :].lstrip(".")
    elif instead_of:
        own = "" if own == "policies" else own
    names = {field.name for field in fields(Design)}
    own = {"accrual_months": "accrual", "dropout_per_year": "dropout"}.get(own, own)
    place = (
        f"{where}.{own}" if own and (instead_of or own.split(".")[0] in names | {own}) else where
    )
    return ScenarioError(place, got=error.got, expected=error.expected, remedy=error.remedy)
