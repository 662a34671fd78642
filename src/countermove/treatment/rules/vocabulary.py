"""The names that a condition may use in one scenario.

Here: which observables, drugs and lines exist, what each name is, and what to say of one that does
not exist. Not here: how names combine (``meaning``).
"""

from __future__ import annotations

from dataclasses import dataclass

from countermove.foundation import ScenarioError, suggestion
from countermove.scenario import Scenario
from countermove.scenario.observables import OBSERVABLES, observables_of
from countermove.treatment.observations import RESPONSES
from countermove.treatment.rules.quantities import PLAIN
from countermove.treatment.rules.reading import KEYWORDS, MOMENTS, placed
from countermove.treatment.rules.tree import OWN_NAMES, Name, text_of

IMAGED = tuple(one.name for one in OBSERVABLES if one.source == "imaging")
PER_ALTERATION = tuple(
    one.name.removesuffix("(<alteration>)") for one in OBSERVABLES if "<alteration>" in one.name
)
PER_DRUG = {"drug.on": None, "drug.dose": PLAIN, "drug.days": "time"}
OWN = {"time": "time", "line": PLAIN, "visits": PLAIN}
RESERVED = {*IMAGED, *OWN_NAMES, *KEYWORDS, *MOMENTS, "ctdna", "biopsy", "drug"}

CONDITION, NUMBER, RESPONSE = "a condition", "a number", "a response"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names of one scenario.

    Attributes
    ----------
    observables : dimension of each thing that is measured, by its key in ``Observations``
    drugs : every drug, in the scenario's order
    alterations : every alteration
    panel : those that circulating DNA is searched for; None where none is drawn
    marker : the serum marker's name; None where none is measured
    lines : how many lines of drugs there are
    """

    observables: dict[str, str]
    drugs: tuple[str, ...]
    alterations: tuple[str, ...]
    panel: tuple[str, ...] | None
    marker: str | None
    lines: int

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, as a condition writes it."""
        known = [*self.observables, *OWN_NAMES]
        known += [f"{thing}({drug})" for thing in PER_DRUG for drug in self.drugs]
        return tuple(known)


def vocabulary_of(scenario: Scenario) -> Vocabulary:
    """Names that rules of a scenario may use.

    Raises
    ------
    ScenarioError
        The marker is called like something that the language already knows.
    """
    monitoring = scenario.monitoring
    marker = monitoring.marker.name if monitoring.marker is not None else None
    panel = monitoring.ctdna.panel if monitoring.ctdna is not None else None
    if marker is not None and marker in RESERVED:
        raise ScenarioError(
            "monitoring.marker.name",
            got=f"'{marker}'",
            expected="a name that rules do not use for something else",
            remedy="Call the marker something else.",
        )
    return Vocabulary(
        observables={name: one.dimension for name, one in observables_of(scenario).items()},
        drugs=tuple(scenario.drugs),
        alterations=tuple(scenario.alterations),
        panel=panel,
        marker=marker,
        lines=len(scenario.treatment.drugs),
    )


def kind_of(name: Name, vocabulary: Vocabulary, where: str) -> tuple[str, str]:
    """Find what a name is.

    Returns
    -------
    (kind, dimension); the dimension is empty for a plain number and for what is no number

    Raises
    ------
    ScenarioError
        There is no such thing in this scenario; the nearest is told.
    """
    if name.key in vocabulary.observables:
        return NUMBER, vocabulary.observables[name.key]
    if name.moment:
        raise _never_measured(name, vocabulary, where)
    if name.key in OWN:
        return NUMBER, OWN[name.key]
    if name.key == "recist":
        return RESPONSE, PLAIN
    if name.thing in PER_DRUG:
        dimension = PER_DRUG[name.thing]
        if name.of in vocabulary.drugs:
            return (CONDITION, PLAIN) if dimension is None else (NUMBER, dimension)
        raise _unknown_member(name, "drug", vocabulary.drugs, where)
    raise _unknown(name, vocabulary, where)


def _unknown_member(name: Name, kind: str, known: tuple[str, ...], where: str) -> ScenarioError:
    """Say that the name in parentheses is missing or is none of its kind."""
    if not name.of:
        return ScenarioError(
            where,
            got=placed(text_of(name), name.at),
            expected=f"{'an' if kind[0] == 'a' else 'a'} {kind} in parentheses after it",
            remedy=suggestion("", known),
        )
    at = name.at + (len(name.moment) + 1 if name.moment else 0) + len(name.thing) + 1
    return ScenarioError(
        where,
        got=f"{placed(name.of, at)} in {text_of(name)}",
        expected=f"{'an' if kind[0] == 'a' else 'a'} {kind} of this scenario",
        remedy=suggestion(name.of, known),
    )


def _never_measured(name: Name, vocabulary: Vocabulary, where: str) -> ScenarioError:
    """Say that there is no baseline or nadir of a thing."""
    if name.observed:
        return _unknown(name, vocabulary, where)
    return ScenarioError(
        where,
        got=placed(text_of(name), name.at),
        expected=f"something that is measured after '{name.moment}.'",
        remedy=suggestion(name.key, vocabulary.observables),
    )


def _no_tissue(name: Name, vocabulary: Vocabulary, where: str) -> ScenarioError:
    """Say what is wrong with a name of a biopsy."""
    if any(known.startswith("biopsy.") for known in vocabulary.observables):
        return _unknown_member(name, "alteration", vocabulary.alterations, where)
    return ScenarioError(
        where,
        got=f"{placed(text_of(name), name.at)}, which is never measured",
        expected="something that is measured in this scenario",
        remedy="Add monitoring.biopsy, or remove it here.",
    )


def _unknown(name: Name, vocabulary: Vocabulary, where: str) -> ScenarioError:
    """Say that a thing is not measured in this scenario, and what to do about it."""
    tissue = name.thing.startswith("biopsy.")
    if tissue:
        return _no_tissue(name, vocabulary, where)
    if name.thing in PER_ALTERATION and vocabulary.panel is not None:
        if name.of in vocabulary.alterations:
            return ScenarioError(
                where,
                got=placed(text_of(name), name.at),
                expected="an alteration that is looked for",
                remedy=f"Add '{name.of}' to monitoring.ctdna.panel.",
            )
        return _unknown_member(name, "alteration", vocabulary.panel, where)
    if (name.thing in PER_ALTERATION or name.key == "ctdna.hge") and vocabulary.panel is None:
        return ScenarioError(
            where,
            got=f"{placed(text_of(name), name.at)}, which is never measured",
            expected="something that is measured in this scenario",
            remedy="Add monitoring.ctdna, or remove it here.",
        )
    known = vocabulary.observables if name.moment else vocabulary.names
    remedy = suggestion(name.key, known)
    if name.key in RESPONSES:
        remedy = f"Write a response in quotes, as recist == '{name.key}'."
    elif vocabulary.marker is None and not remedy.startswith("Did"):
        remedy += " A serum marker is measured where monitoring.marker is given."
    return ScenarioError(
        where,
        got=f"{placed(text_of(name), name.at)}, which is never measured",
        expected="something that is measured in this scenario",
        remedy=remedy.strip(),
    )
