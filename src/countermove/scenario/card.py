"""A scenario in a line, and as a card in a notebook.

Here: their words. Not here: the long form that loads again (``files.to_document``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from countermove.foundation.cards import card

if TYPE_CHECKING:
    from countermove.scenario.scenario import Scenario

MOST_NAMES = 6
DAYS_A_YEAR = 365.25


def in_a_line(scenario: Scenario) -> str:
    """Return ``<Scenario 'name': drugs, alterations, policy, follow-up>``."""
    parts = [
        _number(len(scenario.drugs), "drug"),
        _number(len(scenario.alterations), "alteration"),
        _treatment(scenario),
        _span(scenario.follow_up),
    ]
    return f"<Scenario {scenario.name!r}: {', '.join(parts)}>"


def in_html(scenario: Scenario) -> str:
    """Return the card of a scenario."""
    tumor = scenario.tumor
    size = tumor.diagnosed_at
    rows = [
        ("tumor", f"birth {tumor.birth:.6g} /day, death {tumor.death:.6g} /day"),
        ("start", "counts given outright" if size is None else f"grown to {size:.6g} cells"),
        ("drugs", _names(scenario.drugs)),
        ("alterations", _names(scenario.alterations)),
        ("states", _names(["cycling", *scenario.states])),
        ("niches", _names(["bulk", *scenario.niches])),
        ("treatment", _treatment(scenario)),
        ("patients", f"{scenario.patients.number:,}"),
        ("follow-up", _span(scenario.follow_up)),
        ("engine, seed", f"{scenario.engine}, {scenario.seed}"),
    ]
    return card(scenario.name, rows, "cm.explain(scenario) says what follows from it.")


def _treatment(scenario: Scenario) -> str:
    lines = [" + ".join(line) for line in scenario.treatment.drugs]
    policy = scenario.treatment.policy
    return "no treatment" if policy == "none" else f"{policy} ({', '.join(lines)})"


def _names(names: object) -> str:
    result = [str(name) for name in names]  # pyright: ignore
    more = f", {len(result) - MOST_NAMES} more" if len(result) > MOST_NAMES else ""
    return ", ".join(result[:MOST_NAMES]) + more or "none"


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _span(days: float) -> str:
    years = days / DAYS_A_YEAR
    return f"{years:.3g} years" if years >= 2.0 else f"{days:.6g} days"
