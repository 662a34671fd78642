"""What a rule does, and rules that a scenario cannot have.

Here: one rule in its checked form, and the checks that need no run. Not here: conditions
(``meaning``), what the actions do to a patient (``policy``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from countermove.foundation import ScenarioError, number_text, shown, suggestion
from countermove.scenario import Scenario
from countermove.treatment.rules.meaning import check_condition
from countermove.treatment.rules.reading import read_condition
from countermove.treatment.rules.tree import Node
from countermove.treatment.rules.vocabulary import Vocabulary, vocabulary_of

OPPOSED = (("start", "stop"), ("start", "hold"), ("stop", "hold"), ("stop", "dose"))


@dataclass(frozen=True, slots=True)
class Then:
    """What a rule does where its condition holds.

    Attributes
    ----------
    start, stop, hold : drugs
    next_line : whether to go on to the next line
    dose : new dose of drugs, in multiples of the full dose
    """

    start: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    hold: tuple[str, ...] = ()
    next_line: bool = False
    dose: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition and what follows from it."""

    when: Node
    then: Then


def read_rules(scenario: Scenario) -> tuple[Rule, ...]:
    """Read and check the rules of a scenario.

    Raises
    ------
    ScenarioError
        A condition that cannot be read or makes no sense, a drug that does not exist, a dose
        above its limit, or rules that contradict each other.
    """
    given = [
        (
            rule.when,
            Then(
                rule.then.start,
                rule.then.stop,
                rule.then.hold,
                rule.then.next_line,
                dict(getattr(rule.then, "dose", None) or {}),
            ),
        )
        for rule in scenario.treatment.rules
    ]
    return checked_rules(given, scenario)


def checked_rules(given: Sequence[tuple[str, Then]], scenario: Scenario) -> tuple[Rule, ...]:
    """Read and check conditions and actions; see `read_rules`."""
    vocabulary = vocabulary_of(scenario)
    rules = []
    for number, (when, then) in enumerate(given):
        where = f"treatment.rules.{number}"
        tree = _condition(when, vocabulary, f"{where}.when")
        _check_actions(then, scenario, f"{where}.then")
        rules.append(Rule(tree, then))
    _check_between(rules)
    return tuple(rules)


def _condition(when: str, vocabulary: Vocabulary, where: str) -> Node:
    tree = read_condition(when, where, [vocabulary.marker] if vocabulary.marker else [])
    check_condition(tree, vocabulary, where)
    return tree


def _drugs(then: Then) -> dict[str, tuple[str, ...]]:
    """Drugs that each kind of action names."""
    return {"start": then.start, "stop": then.stop, "hold": then.hold, "dose": tuple(then.dose)}


def _check_actions(then: Then, scenario: Scenario, where: str) -> None:
    named = _drugs(then)
    if not then.next_line and not any(named.values()):
        raise ScenarioError(
            where, got="no action", expected="one of start, stop, hold, dose, next_line"
        )
    if then.next_line and len(scenario.treatment.drugs) < 2:
        raise ScenarioError(
            f"{where}.next_line",
            got=f"a next line, of {len(scenario.treatment.drugs)} in treatment.drugs",
            expected="two lines or more",
            remedy="List the lines: drugs: [A, B].",
        )
    for action, drugs in named.items():
        for drug in drugs:
            if drug not in scenario.drugs:
                raise ScenarioError(
                    f"{where}.{action}",
                    got=shown(drug),
                    expected="a drug of this scenario",
                    remedy=suggestion(drug, scenario.drugs),
                )
    for one, other in OPPOSED:
        both = [drug for drug in named[one] if drug in named[other]]
        if both:
            raise ScenarioError(
                f"{where}.{other}",
                got=f"'{both[0]}', which the same rule has under '{one}'",
                expected="each drug under one of them",
                remedy="Remove one, or write two rules with different conditions.",
            )
    for drug, dose in then.dose.items():
        _check_dose(drug, dose, scenario, f"{where}.dose.{drug}")


def _check_dose(drug: str, dose: float, scenario: Scenario, where: str) -> None:
    if not (math.isfinite(dose) and dose > 0.0):
        raise ScenarioError(
            where,
            got=number_text(dose),
            expected="a multiple of the full dose, more than 0",
            remedy="To give none for now write 'hold'; to give none for good write 'stop'.",
        )
    own = scenario.drugs[drug]
    limit = own.limits.per_day if own.limits is not None else None
    if limit is not None and dose * own.dose_per_day > limit * (1.0 + 1e-9):
        unit = " mg" if own.dosed_in_mg else ""
        raise ScenarioError(
            where,
            got=f"{number_text(dose)}, {number_text(dose * own.dose_per_day)}{unit} per day",
            expected=f"at most {number_text(limit / own.dose_per_day)}, as "
            f"drugs.{drug}.limits.per_day allows",
        )
    if own.levels is None and dose != 1.0:
        raise ScenarioError(
            where,
            got=f"{number_text(dose)} of '{drug}', which has no levels: any dose has its full "
            "effect",
            expected="a drug with levels, whose effect follows the dose",
            remedy=f"Give drugs.{drug}.levels, for instance 'levels: 3' (three times its EC50).",
        )


def _check_between(rules: Sequence[Rule]) -> None:
    """Refuse two rules that want opposite things under one condition."""
    for later, rule in enumerate(rules):
        for earlier, before in enumerate(rules[:later]):
            if rule.when != before.when:
                continue
            old, new = _drugs(before.then), _drugs(rule.then)
            for one, other in (("start", "stop"), ("stop", "start")):
                both = [drug for drug in new[other] if drug in old[one]]
                if both:
                    raise ScenarioError(
                        f"treatment.rules.{later}.then.{other}",
                        got=f"'{both[0]}', which rule {earlier} has under '{one}' with the same "
                        "condition",
                        expected="rules that do not contradict each other",
                        remedy="Remove one: the first claim on a drug wins.",
                    )
