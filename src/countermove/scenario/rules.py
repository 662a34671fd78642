"""Rules of a treatment, as a file writes them.

Here: a condition and what is done where it holds, whether rules pause a drug. Not here: what
conditions may say (``treatment.rules``).
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from countermove.scenario.fields import Flag, Name, Names, Part, PositiveFactor, Text


class Actions(Part):
    """What a rule does."""

    start: Names = Field(default=(), description="Drugs to start.")
    stop: Names = Field(default=(), description="Drugs to stop for good.")
    hold: Names = Field(default=(), description="Drugs to withhold until the next visit.")
    next_line: Flag = Field(default=False, description="Whether to go on to the next line.")
    dose: dict[Name, PositiveFactor] = Field(
        default_factory=dict,
        description="New dose of drugs, in multiples of the full dose: `{A: 0.5}`. Default none.",
    )


class Rule(Part):
    """One rule, read at each visit."""

    when: Text = Field(description="Condition on what was observed. Required.")
    then: Actions = Field(description="What to do where the condition holds. Required.")


def pauses(rules: Iterable[Rule]) -> bool:
    """Whether rules pause a drug on purpose, so that the tumor regrows by design.

    They do where one holds a drug, or where one stops it and puts nothing in its place and another
    starts it again. Rules under one condition are one. Conditions are not weighed: whether they are
    ever met, only a run tells.
    """
    together: dict[str, list[Actions]] = {}
    for rule in rules:
        together.setdefault(" ".join(rule.when.split()), []).append(rule.then)
    stopped: set[str] = set()
    started: set[str] = set()
    for every in together.values():
        begun = {name for then in every for name in then.start}
        started |= begun
        if any(then.hold for then in every):
            return True
        if not begun and not any(then.next_line for then in every):
            stopped |= {name for then in every for name in then.stop}
    return not stopped.isdisjoint(started)
