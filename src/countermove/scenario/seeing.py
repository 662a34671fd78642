"""Whether what is decided can be seen: monitoring against treatment, alterations and follow-up.

Here: panels, guides and limits that do not fit, and what is measured for nobody. Not here: rules
(``treatment.rules``, which know the language).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from countermove.foundation import ScenarioError, cells_of_size, number_text, shown, suggestion
from countermove.scenario.observables import OBSERVABLES, observables_of
from countermove.scenario.scenario import Scenario

DENSITY = "tumor.cells_per_cm3"
GUIDES = ("imaging", "marker")
OF_CTDNA = "ctdna.hge"
TAKEN = {
    *(one.name for one in OBSERVABLES if one.source == "imaging"),
    *("recist", "time", "line", "visits", "drug", "ctdna", "biopsy", "baseline", "nadir"),
    *("and", "or", "not", "missing"),
}


def check_seeing(scenario: Scenario) -> None:
    """Raise ScenarioError for the first thing that cannot be seen as the scenario says."""
    _check_marker(scenario)
    _check_panel(scenario)
    _check_density(scenario)
    _check_limit(scenario)
    _check_times(scenario)
    _check_guide(scenario)
    _check_ctdna_switch(scenario)
    _check_molecular(scenario)


def _check_marker(scenario: Scenario) -> None:
    """Refuse a marker that is called like something that is measured already."""
    marker = scenario.monitoring.marker
    if marker is not None and marker.name in TAKEN:
        raise ScenarioError(
            "monitoring.marker.name",
            got=f"'{marker.name}'",
            expected="a name that nothing else has that is measured, or that rules use",
            remedy="Call the marker something else, as 'psa'.",
        )


def _check_panel(scenario: Scenario) -> None:
    ctdna = scenario.monitoring.ctdna
    for place, name in enumerate(ctdna.panel if ctdna is not None else ()):
        if name not in scenario.alterations:
            raise ScenarioError(
                f"monitoring.ctdna.panel.{place}",
                got=f"'{name}'",
                expected="an alteration of this scenario",
                remedy=suggestion(name, scenario.alterations),
            )


def _check_density(scenario: Scenario) -> None:
    """Refuse a density that differs between patients where a size that is seen is given.

    The size was read as cells at one density, that of the scenario.
    """
    differs = _densities_differ(scenario)
    given = {
        "monitoring.imaging.limit": scenario.monitoring.imaging.limit,
        "endpoints.detectable": scenario.endpoints.detectable,
    }
    for where, value in given.items():
        if differs and value is not None:
            raise ScenarioError(
                where,
                got=f"{number_text(value)} cells beside patients who differ in {DENSITY}",
                expected="none, so that 5 mm are seen in each patient, or one density for all",
                remedy="Leave one of them out.",
            )


def check_sizes(given: Mapping[str, object], scenario: Scenario) -> None:
    """Refuse a tumor's size as a diameter or a volume where patients differ in their density.

    It was read as cells at the scenario's own density, and each patient's would be another number.

    Raises
    ------
    ScenarioError
        At the size.
    """
    if not _densities_differ(scenario):
        return
    for part in ("tumor", "lesions"):
        for where, value in _leaves(given.get(part), part):
            cells = cells_of_size(value, scenario.tumor.cells_per_cm3)
            if cells is not None:
                raise ScenarioError(
                    where,
                    got=f"{shown(value)} beside patients who differ in {DENSITY}",
                    expected="a number of cells, the same in each patient",
                    remedy=f"Write '{cells:.3g} cells', or give one density for all.",
                )


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Dotted path and value of everything in a document's part."""
    if isinstance(value, Mapping):
        items = [(str(name), item) for name, item in cast("Mapping[str, object]", value).items()]
    elif isinstance(value, (list, tuple)):
        items = [(str(n), item) for n, item in enumerate(cast("list[object]", value))]
    else:
        yield path, value
        return
    for name, item in items:
        yield from _leaves(item, f"{path}.{name}")


def _densities_differ(scenario: Scenario) -> bool:
    table = scenario.patients.table
    in_table = table is not None and DENSITY in table.columns.values()
    return DENSITY in scenario.patients.vary or in_table


def _check_limit(scenario: Scenario) -> None:
    limit, lethal = scenario.monitoring.imaging.limit, scenario.tumor.lethal_at
    if limit is not None and limit >= lethal:
        raise ScenarioError(
            "monitoring.imaging.limit",
            got=f"{number_text(limit)} cells",
            expected=f"less than the lethal burden, {number_text(lethal)} cells",
            remedy="Otherwise patients die of what is never seen.",
        )


def _check_times(scenario: Scenario) -> None:
    """Refuse measurements of which none after the first comes within follow-up."""
    own, end = scenario.monitoring, scenario.follow_up
    left = end - scenario.treatment.start
    for name, plan in (("imaging", own.imaging), ("marker", own.marker), ("ctdna", own.ctdna)):
        if plan is None:
            continue
        if plan.every >= left and name != "imaging":
            raise _late(f"monitoring.{name}.every", plan.every, left)
        if plan.delay >= left:
            raise _late(f"monitoring.{name}.delay", plan.delay, left)
    for place, moment in enumerate(own.biopsy.at if own.biopsy is not None else ()):
        if isinstance(moment, float) and moment >= end:
            raise _late(f"monitoring.biopsy.at.{place}", moment, end)


def _late(where: str, days: float, end: float) -> ScenarioError:
    return ScenarioError(
        where,
        got=f"{number_text(days)} days",
        expected=f"less than what is left of the follow-up, {number_text(end)} days",
        remedy="Lengthen follow_up, or look more often.",
    )


def _check_guide(scenario: Scenario) -> None:
    guide = scenario.treatment.guided_by
    if guide is None:
        return
    known = observables_of(scenario)
    may = [name for name, one in known.items() if one.source in GUIDES or name == OF_CTDNA]
    may += ["recist"] if scenario.treatment.policy == "sequential" else []
    if guide not in may:
        raise ScenarioError(
            "treatment.guided_by",
            got=f"'{guide}'",
            expected=f"what is measured in this scenario: {', '.join(may)}",
            remedy=suggestion(guide, may) if guide in known else _unmeasured(guide, may),
        )


def _unmeasured(guide: str, may: list[str]) -> str:
    if guide.startswith("ctdna"):
        return "Add monitoring.ctdna."
    near = suggestion(guide, may)
    if near.startswith("Did"):
        return near
    return "A serum marker is measured where monitoring.marker is given, under its name."


def _check_ctdna_switch(scenario: Scenario) -> None:
    own, ctdna = scenario.treatment, scenario.monitoring.ctdna
    if own.policy != "ctdna_switch":
        return
    if ctdna is None:
        raise ScenarioError(
            "monitoring.ctdna",
            got="nothing",
            expected="samples of ctDNA, which the policy 'ctdna_switch' follows",
            remedy="Give monitoring.ctdna, for instance {every: 4 weeks, panel: [NAME]}.",
        )
    if own.alteration is not None:
        _on_panel("treatment.alteration", own.alteration, scenario, ctdna.panel)


def _check_molecular(scenario: Scenario) -> None:
    wanted, ctdna = scenario.endpoints.molecular_alteration, scenario.monitoring.ctdna
    if wanted is None:
        return
    _on_panel(
        "endpoints.molecular_alteration", wanted, scenario, ctdna.panel if ctdna is not None else ()
    )


def _on_panel(where: str, name: str, scenario: Scenario, panel: tuple[str, ...]) -> None:
    """Refuse an alteration that ctDNA is not searched for."""
    if name in panel:
        return
    if name in scenario.alterations:
        missing = scenario.monitoring.ctdna is None
        result = ", ".join([*panel, name])
        remedy = (
            f"Give monitoring.ctdna, for instance {{every: 4 weeks, panel: [{name}]}}."
            if missing
            else f"Add it: panel: [{result}]."
        )
    else:
        remedy = suggestion(name, panel or scenario.alterations)
    raise ScenarioError(
        where,
        got=f"'{name}'",
        expected="an alteration of monitoring.ctdna.panel",
        remedy=remedy,
    )


def seen_for_nobody(scenario: Scenario) -> list[tuple[str, str]]:
    """Path and text of each measurement that no decision or endpoint reads."""
    own, treatment = scenario.monitoring, scenario.treatment
    if own.marker is None or own.ctdna is None:
        return []  # without ctDNA the marker gives molecular progression
    name, said = own.marker.name, " ".join(rule.when for rule in treatment.rules)
    named = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said) is not None
    if treatment.guided_by == name or named or treatment.policy == "python":
        return []
    return [
        (
            "monitoring.marker",
            f"monitoring.marker: no rule or policy reads '{name}', and molecular progression is "
            "read from ctDNA. It is drawn and shown, and decides nothing.",
        )
    ]
