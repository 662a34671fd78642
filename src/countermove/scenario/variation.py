"""Which numbers differ between patients, and how they go together.

Here: the paths that may differ, their distributions in base units, the correlations as matrices,
and the checks of them all. Not here: the distributions (``distributions``), drawing
(``simulation``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from countermove.foundation import ScenarioError, number_text, shown, suggestion
from countermove.scenario.correlations import Group, correlated_groups
from countermove.scenario.laws import Law, ends_of
from countermove.scenario.quantities import Place, place_at

if TYPE_CHECKING:
    from countermove.scenario.cohort import Variation
    from countermove.scenario.scenario import Scenario

REMEDY = "Cut the distribution off with truncate: [low, high]."
OF_ADDING = ("levels", "ec50")  # of a drug that counts as more of another
MAY_DIFFER = ("tumor", "drugs", "alterations", "intrinsic", "states", "niches")


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs between the patients of a scenario, in base units.

    Attributes
    ----------
    places
        Numbers that are drawn, by their path in its one spelling.
    laws
        Distribution of each path and each covariate.
    groups
        Paths and covariates that are correlated.
    """

    places: dict[str, Place]
    laws: dict[str, Law]
    groups: tuple[Group, ...]


def differences(scenario: Scenario) -> Differences:
    """Work out what differs between patients.

    Raises
    ------
    ScenarioError
        A path that may not differ, a unit or bound that does not fit, correlations that
        contradict each other; it names the path in the file.
    """
    patients = scenario.patients
    places: dict[str, Place] = {}
    laws: dict[str, Law] = {}
    spelled: dict[str, str] = {}
    for given, variation in patients.vary.items():
        where = f"patients.vary.{given}"
        place = varied_place(scenario, given, where)
        if place.path in places:
            raise _twice(where, given, spelled[place.path])
        places[place.path], spelled[place.path] = place, given
        laws[place.path] = _law(variation, where, place)
    for name, variation in patients.covariates.items():
        laws[name] = _law(variation, f"patients.covariates.{name}", None)
    _check_table(scenario, places)
    pairs = {spelled[path]: path for path in places} | {name: name for name in patients.covariates}
    groups = correlated_groups(patients.vary, patients.covariates, pairs)
    return Differences(places, laws, groups)


def varied_place(scenario: Scenario, path: str, where: str) -> Place:
    """Find a number that may differ between patients.

    Raises
    ------
    ScenarioError
        At ``where``: there is no such number, or it is not one that may differ.
    """
    head = path.split(".")[0].strip()
    if head not in MAY_DIFFER:
        known = type(scenario).model_fields
        hint = suggestion(head, MAY_DIFFER)
        raise ScenarioError(
            where,
            got=f"a path in '{head}'" if head in known else f"no {shown(head)} in the file",
            expected=f"the path of a number of {', '.join(MAY_DIFFER[:-1])} or {MAY_DIFFER[-1]}",
            remedy="" if head in known or hint.startswith("Known") else hint,
        )
    try:
        place = place_at(scenario, path)
    except ScenarioError as error:
        raise ScenarioError(
            where, got=error.got, expected=error.expected, remedy=error.remedy
        ) from None
    _check_used(scenario, place, where)
    return place


def _twice(where: str, given: str, before: str) -> ScenarioError:
    return ScenarioError(
        where,
        got=f"{shown(given)} and {shown(before)}, two spellings of one path",
        expected="each number once",
        remedy="Remove one of them.",
    )


def _law(variation: Variation, where: str, place: Place | None) -> Law:
    """Distribution in base units, its errors told with their path in the file."""
    dimension = "number" if place is None else place.quantity.dimension
    if place is None and variation.lognormal_cv is not None:
        raise ScenarioError(
            f"{where}.lognormal_cv",
            got="a CV alone",
            expected="lognormal: [median, CV], because a covariate has no number of its own",
        )
    try:
        law = variation.law(dimension, None if place is None else place.own)
    except ScenarioError as error:
        raise ScenarioError(
            f"{where}.{error.where}" if error.where else where,
            got=error.got,
            expected=error.expected,
            remedy=error.remedy,
        ) from None
    if place is not None and law.kind == "words":
        raise ScenarioError(
            f"{where}.discrete.values.0", got=shown(law.words[0]), expected="a number"
        )
    if place is not None:
        _check_ends(law, place, where)
    return law


def _check_ends(law: Law, place: Place, where: str) -> None:
    """Refuse ends that the field does not allow; without an end, every patient is checked."""
    low, high = ends_of(law)
    if law.kind in ("lognormal", "gamma") and low == 0.0:
        low = -math.inf  # approached, never reached
    quantity = place.quantity
    exact = law.kind in ("constant", "discrete")  # other kinds never come out at their ends
    too_low = low < quantity.low or (exact and quantity.above and low == quantity.low)
    if (too_low and math.isfinite(low)) or (high > quantity.high and math.isfinite(high)):
        raise ScenarioError(
            where,
            got=f"{number_text(low)} to {number_text(high)}",
            expected=quantity.range_text(),
            remedy=REMEDY,
        )


def _check_used(scenario: Scenario, place: Place, where: str) -> None:
    """Refuse a number without effect: of another mechanism, of a drug without levels or effect."""
    steps = place.path.split(".")
    need: tuple[str, ...] = ()
    if steps[0] == "alterations":
        alteration = scenario.alterations[steps[1]]
        if steps[2] not in alteration.model_dump():
            raise ScenarioError(
                where,
                got=f"'{steps[2]}'",
                expected=f"a number that the mechanism '{alteration.mechanism}' uses",
            )
        if steps[2] == "fold" or (steps[2] == "retention" and alteration.drug):
            need = alteration.drug
        elif steps[2] == "retention":
            need = tuple(n for n, d in scenario.drugs.items() if alteration.pump in d.substrate_of)
    elif steps[0] == "niches" and steps[2] == "penetration":
        need = tuple(steps[3:]) or tuple(scenario.drugs)
    elif steps[0] == "drugs" and scenario.drugs[steps[1]].adds_to and steps[2] not in OF_ADDING:
        raise ScenarioError(
            where,
            got=f"'{steps[2]}' of '{steps[1]}', which counts as more of another drug",
            expected="its levels or its EC50",
            remedy=f"Name drugs.{scenario.drugs[steps[1]].adds_to}.{steps[2]}.",
        )
    elif steps[0] == "drugs" and steps[2] == "hill":
        need = (steps[1],)
    elif steps[0] == "drugs" and steps[2] == "limits":
        raise ScenarioError(
            where, got="a dose limit", expected="a number of the drug itself; limits are for all"
        )
    if place.path == "tumor.growth.reference" and scenario.tumor.growth.law != "power":
        raise ScenarioError(where, got="'reference'", expected="a number that the growth law uses")
    for drug in need:
        if drug in scenario.drugs and scenario.drugs[drug].levels is None:
            raise ScenarioError(
                where,
                got=f"a number without effect on '{drug}', which has no levels",
                expected="a drug with levels",
                remedy=f"Give drugs.{drug}.levels, for instance 'levels: 3' (three times its "
                "EC50).",
            )


def _check_table(scenario: Scenario, places: dict[str, Place]) -> None:
    """Check what can be known of a table before it is read."""
    patients, table = scenario.patients, scenario.patients.table
    if table is None:
        return
    seen: dict[str, str] = {}
    for column, path in table.columns.items():
        where = f"patients.table.columns.{column}"
        place = varied_place(scenario, path, where)
        if place.path in places:
            raise ScenarioError(
                where,
                got=f"{place.path}, which patients.vary draws",
                expected="each number from one source",
                remedy="Remove it from patients.vary, or from the table's columns.",
            )
        if place.path in seen:
            raise _twice(where, column, seen[place.path])
        seen[place.path] = column
    for name in table.covariates:
        if name in patients.covariates or table.covariates.count(name) > 1:
            raise ScenarioError(
                "patients.table.covariates", got=f"'{name}' twice", expected="each covariate once"
            )


def out_of_range(place: Place, value: float, where: str, who: str) -> ScenarioError:
    """Make the error for one patient's number outside of what its field allows.

    Parameters
    ----------
    place
        The number.
    value
        In base units.
    where, who
        The path in the file, and whose number it is, as "patient 3".
    """
    return ScenarioError(
        where,
        got=f"{number_text(value)} for {who}",
        expected=place.quantity.range_text(),
        remedy=REMEDY,
    )
