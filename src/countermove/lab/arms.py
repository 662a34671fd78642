"""The arms of a comparison as the bench asks for them.

Here: policies by name, with the numbers that some need, as arms that ``compare`` takes. Not here:
running them (``work``), what an arm is (``trials.arms``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from countermove.foundation import ScenarioError, shown
from countermove.lab.limits import MOST_ARMS
from countermove.scenario import Scenario
from countermove.scenario.policies import POLICIES, POLICY_KINDS

USUAL = {"every": "12 weeks", "on": "4 weeks", "off": "4 weeks", "level": "0.5"}
"""What a policy's needed field is where the page says nothing else."""


class Arms(NamedTuple):
    """Arms as ``compare`` takes them: those by name alone, then those with numbers of their own."""

    policies: list[str]
    arms: dict[str, dict[str, Any]]


def offered(scenario: Scenario) -> dict[str, dict[str, str]]:
    """Return the policies that a scenario can be put under, with the fields each still needs."""
    own = scenario.treatment.policy
    return {
        name: {} if name == own else {field: USUAL[field] for field in kind.needed}
        for name, kind in POLICY_KINDS.items()
        if name != "python" and (name == own or set(kind.needed) <= set(USUAL))
    }


def arms_asked(
    scenario: Scenario,
    policies: Sequence[str],
    fields: Mapping[str, Mapping[str, Any]] | None = None,
) -> Arms:
    """Return the arms of some policies.

    Parameters
    ----------
    scenario
        What the arms have in common.
    policies
        Their names.
    fields
        By policy, values of the fields that it needs; others are as `USUAL` has them.

    Raises
    ------
    ScenarioError
        A policy is none that the lab runs, they are too few or too many, or a field is not one
        that the policy needs.
    """
    known = offered(scenario)
    unknown = next((name for name in policies if name not in known), None)
    if unknown is not None or not 2 <= len(set(policies)) <= MOST_ARMS:
        listed = [name for name in POLICIES if name in known]
        raise ScenarioError(
            "policies",
            got=shown(unknown) if unknown is not None else f"{len(set(policies))} policies",
            expected=f"2 to {MOST_ARMS} of: {', '.join(listed)}",
        )
    given = fields or {}
    for name, own in given.items():
        needed = known.get(name, {}) if name in policies else {}
        wrong = next((field for field in own if field not in needed), None)
        if wrong is not None:
            said = " and ".join(needed) or "none"
            raise ScenarioError(
                f"fields.{name}", got=shown(wrong), expected=f"what {name} needs: {said}"
            )
    named = [name for name in policies if not known[name]]
    return Arms(
        named,
        {
            name: _changes(scenario, name, {**known[name], **given.get(name, {})})
            for name in policies
            if known[name]
        },
    )


def _changes(scenario: Scenario, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Write a policy as changes of the scenario; a policy of lines takes each drug as one."""
    before, kind = scenario.treatment, POLICY_KINDS[name]
    changes: dict[str, Any] = {"treatment.policy": name}
    changes |= {f"treatment.{field}": value for field, value in fields.items()}
    if before.kind.together and not kind.together:
        changes["treatment.drugs"] = [drug for line in before.drugs for drug in line]
    if before.rules:
        changes["treatment.rules"] = None
    return changes
