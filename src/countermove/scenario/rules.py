"""Rules of a treatment, as a file writes them.

Here: a condition and what is done where it holds. Not here: what conditions may say
(``treatment.rules``).
"""

from __future__ import annotations

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
