"""The arms of a comparison: scenarios that differ in what is done, of the same patients.

Here: arms from policies, changes and scenarios, the one criterion of progression, the checks that
patients are the same. Not here: running them (``trials.compare``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from countermove.foundation import ScenarioError, number_text, shown
from countermove.results.sentences import criterion_sentence
from countermove.scenario import Scenario, replace, to_document
from countermove.scenario.library import scenario_of
from countermove.scenario.policies import POLICIES, POLICY_KINDS, unknown_policy
from countermove.simulation.choose import choose
from countermove.trials.gains import FROM_THE_START, drawn_columns

if TYPE_CHECKING:
    import pandas as pd

Changes = Mapping[str, object]
EXAMPLES = {
    "every": "12 weeks",
    "on": "4 weeks",
    "off": "4 weeks",
    "level": "0.5",
    "python": "module:callable",
}


def arms_of(
    scenario: Scenario,
    policies: Iterable[str] = (),
    variants: Mapping[str, Changes | Scenario | str | Path] | None = None,
) -> dict[str, Scenario]:
    """Arms by name: the scenario under each policy, then with each variant's changes.

    Parameters
    ----------
    scenario
        What all arms have in common.
    policies
        Names of policies.
    variants
        For each name, new values by dotted path, a policy's name, or a scenario of its own.

    Raises
    ------
    ScenarioError
        A policy is not known or needs more than its name, two arms have one name, or a change does
        not fit.
    """
    arms: dict[str, Scenario] = {}
    for name in policies:
        _refuse_second(name, arms)
        arms[name] = under_policy(scenario, name)
    for name, own in (variants or {}).items():
        _refuse_second(name, arms)
        if isinstance(own, Mapping):
            arms[name] = replace(scenario, own)
        elif isinstance(own, str) and own in POLICIES and not Path(own).exists():
            arms[name] = under_policy(scenario, own)
        else:
            arms[name] = scenario_of(own)
    return arms


def under_policy(scenario: Scenario, name: str) -> Scenario:
    """Return the scenario with another policy, the fields of which have their defaults.

    Where the scenario gives all drugs together and the policy takes lines, each drug is one.
    ``sequential`` goes on at progression by RECIST where scans are read with error.

    Raises
    ------
    ScenarioError
        The policy is not known, or has fields without a default.
    """
    if name not in POLICIES:
        raise unknown_policy("policies", name)
    given, kind = scenario.treatment, POLICY_KINDS[name]
    if name == given.policy:
        return scenario
    if kind.needed:
        raise ScenarioError(
            "policies",
            got=f"'{name}' by its name alone",
            expected=f"its {' and '.join(kind.needed)} as well",
            remedy=_full_arm(name),
        )
    changes: dict[str, object] = {"treatment.policy": name}
    if name == "none":
        changes["treatment.drugs"] = None
    elif given.kind.together and not kind.together:
        changes["treatment.drugs"] = [drug for line in given.drugs for drug in line]
    if given.rules:
        changes["treatment.rules"] = None
    if name == "sequential" and scenario.monitoring.imaging.error > 0.0:
        changes["treatment.guided_by"] = "recist"  # as a trial reads scans that err
    return replace(scenario, changes)


def _full_arm(name: str) -> str:
    """Say how an arm is given in full."""
    needed = POLICY_KINDS[name].needed
    if needed == ("rules",):
        return "Write the rules into a file, and give that file as an arm."
    values = "".join(f",treatment.{field}={EXAMPLES[field]}" for field in needed)
    return (
        f"Give it as --arm '{name}=treatment.policy={name}{values}' (from Python: arms), or in a "
        "file of its own."
    )


def _refuse_second(name: str, arms: Mapping[str, object]) -> None:
    if name.casefold() in {known.casefold() for known in arms}:
        raise ScenarioError(
            "arms",
            got=f"two arms called {shown(name)}",
            expected="each with a name of its own",
        )


def settled(arms: Mapping[str, Scenario]) -> tuple[dict[str, Scenario], str]:
    """Give all arms one criterion of progression, after checks that they compare at all.

    Molecular progression follows one alteration in all arms too, the one that the first arm that
    names any follows, where it is on every panel.

    Returns
    -------
    The arms, and one sentence that says what progression is measured against in all of them.

    Raises
    ------
    ScenarioError
        There are fewer than two arms, or they differ in seed, in patients or in a criterion that
        each asks for.
    """
    if len(arms) < 2:
        raise ScenarioError(
            "arms",
            got="one arm" if arms else "no arm",
            expected="at least two, the first being what the others are compared with",
            remedy="Name more policies (--policies continuous,adaptive), give --arm NAME=PATH=VALUE"
            ", or more files.",
        )
    _same(arms, "seed", lambda arm: arm.seed)
    _same(arms, "patients.number", lambda arm: arm.patients.number)
    _same_engine(arms)
    asked = {
        name: arm.endpoints.criterion
        for name, arm in arms.items()
        if arm.endpoints.criterion is not None
    }
    if len(set(asked.values())) > 1:
        said = " and ".join(f"'{value}' in {name}" for name, value in asked.items())
        raise ScenarioError(
            "endpoints.criterion",
            got=said,
            expected="one criterion for all arms, or none",
            remedy="Otherwise the arms would not mean the same by progression.",
        )
    holding = [name for name, arm in arms.items() if arm.treatment.holds]
    if asked:
        criterion = next(iter(asked.values()))
    else:
        criterion = "baseline" if holding else "recist"
    change = {"endpoints.criterion": criterion}
    same = {
        name: arm if arm.criterion == criterion else replace(arm, change)
        for name, arm in _same_blood(arms).items()
    }
    return same, _sentence(criterion, holding if not asked else [], next(iter(same.values())))


def _same_blood(arms: Mapping[str, Scenario]) -> dict[str, Scenario]:
    """Let molecular progression follow one alteration in all arms, where all can see it."""
    followed = [arm.molecular_alteration for arm in arms.values() if arm.molecular_alteration]
    panels = [own.panel if (own := arm.monitoring.ctdna) else () for arm in arms.values()]
    if not followed or not all(followed[0] in panel for panel in panels):
        return dict(arms)
    change = {"endpoints.molecular_alteration": followed[0]}
    return {
        name: arm if arm.molecular_alteration == followed[0] else replace(arm, change)
        for name, arm in arms.items()
    }


def _same_engine(arms: Mapping[str, Scenario]) -> None:
    """Refuse arms of which one would run by chance and another as the mean course."""
    chosen = {name: choose(arm, None).engine for name, arm in arms.items()}
    if len(set(chosen.values())) > 1:
        raise ScenarioError(
            "engine",
            got=" and ".join(f"'{engine}' in {name}" for name, engine in chosen.items()),
            expected="one engine for all arms",
            remedy="Give one that can run them all, with --engine (from Python: engine).",
        )


def _sentence(criterion: str, holding: list[str], arm: Scenario) -> str:
    if criterion != "baseline":
        text = criterion_sentence({"criterion": criterion}, to_document(arm))
        return text.replace("Progression", "Progression in all arms", 1)
    if not holding:
        return "Progression in all arms against baseline, as the scenario asks (baseline)."
    pauses = "pauses" if len(holding) == 1 else "pause"
    names = " and ".join(holding)
    return f"Progression in all arms against baseline, because {names} {pauses} drugs (baseline)."


def _same(arms: Mapping[str, Scenario], where: str, read: Callable[[Scenario], int]) -> None:
    values = {name: read(arm) for name, arm in arms.items()}
    first, *others = values
    for other in others:
        if values[other] != values[first]:
            raise ScenarioError(
                where,
                got=f"{number_text(values[first])} in {first} and {number_text(values[other])} "
                f"in {other}",
                expected="the same in all arms, so that they hold the same patients",
                remedy="Set it for all arms at once, with --seed or --patients (from Python: seed, "
                "patients).",
            )


def check_patients(tables: Mapping[str, pd.DataFrame]) -> None:
    """Refuse arms that do not hold the same patients.

    Raises
    ------
    ScenarioError
        Patients differ in a drawn number, a covariate, their lesions, or how old their tumor is.
    """
    (first, table), *others = tables.items()
    for other, own in others:
        different = set(drawn_columns(table)) ^ set(drawn_columns(own))
        for name in (*drawn_columns(table), *FROM_THE_START):
            if name not in different and name != "baseline" and not _equal(table[name], own[name]):
                different.add(name)
        if len(own) != len(table) or different:
            said = ", ".join(sorted(different)[:5]) or "their number"
            raise ScenarioError(
                "arms",
                got=f"other patients in {other} than in {first}: they differ in {said}",
                expected="arms that differ in treatment alone",
                remedy="Compare what is done to the same patients; for other tumors use --sweep.",
            )


def _equal(one: Any, other: Any) -> bool:
    if len(one) != len(other):
        return False
    if one.dtype.kind in "fiub" and other.dtype.kind in "fiub":
        first, second = one.to_numpy(dtype=np.float64), other.to_numpy(dtype=np.float64)
        return bool(np.array_equal(first, second, equal_nan=True))
    return one.astype(str).tolist() == other.astype(str).tolist()
