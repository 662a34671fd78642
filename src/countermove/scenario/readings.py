"""Numbers that may have been meant otherwise: how each was read, said once where a file is loaded.

Here: a follow-up or a size without a unit, rates beyond any cell's, visits too rare for a tumor
held on purpose. Not here: what is refused (``fields``, ``consistency``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from countermove.foundation import has_unit, number_text, parse_quantity, shown
from countermove.scenario.scenario import Scenario
from countermove.scenario.seeing import seen_for_nobody

FASTEST_CELL = 10.0  # /day: no human cell divides, or is killed, in less than some hours
FEWEST_CELLS = 1e3  # fewer, without a unit, are a size in another unit: none is found so small
MOST_MONTHS = 120.0  # a longer follow-up without a unit is not one in months


def doubtful_readings(
    given: Mapping[str, Any], scenario: Scenario, paths: Iterable[str] | None = None
) -> list[str]:
    """Say of each number that may have been meant otherwise how it was read.

    Parameters
    ----------
    given
        The document as it was given.
    scenario
        What it was read as.
    paths
        The dotted paths just set, where only those are news; everything by default.
    """
    news = None if paths is None else tuple(paths)
    return [
        text
        for path, text in (
            *_follow_up(given, scenario),
            *_rates(given, scenario),
            *_sizes(given),
        )
        if _is_news(path, news)
    ]


def doubtful_plans(scenario: Scenario, paths: Iterable[str] | None = None) -> list[str]:
    """Say what of a scenario without faults may not do what it is for.

    Parameters
    ----------
    scenario
        Checked.
    paths
        The dotted paths just set, where only those are news; everything by default.
    """
    news = None if paths is None else tuple(paths)
    plans = (*_overshoot(scenario), *_error_alone(scenario), *seen_for_nobody(scenario))
    return list(dict.fromkeys(text for path, text in plans if _is_news(path, news)))


def _is_news(path: str, news: tuple[str, ...] | None) -> bool:
    return news is None or any(path == new or path.startswith(f"{new}.") for new in news)


def _follow_up(given: Mapping[str, Any], scenario: Scenario) -> Iterator[tuple[str, str]]:
    value = given.get("follow_up")
    if value is None or has_unit(value):
        return
    number = number_text(scenario.follow_up)
    end = "day" if scenario.follow_up == 1.0 else "days"
    remedy = f"Write '{number} {end}' if that is meant"
    if scenario.follow_up <= MOST_MONTHS:
        remedy = f"Write '{number} months' if you meant months, '{number} {end}' if days"
    yield "follow_up", f"follow_up: {_plain(value)} was read as {number} {end}. {remedy}."


def _rates(given: Mapping[str, Any], scenario: Scenario) -> Iterator[tuple[str, str]]:
    result = {
        "tumor.birth": scenario.tumor.birth,
        "tumor.death": scenario.tumor.death,
        **{f"drugs.{name}.kill": drug.kill for name, drug in scenario.drugs.items()},
    }
    for path, rate in result.items():
        if rate > FASTEST_CELL:
            yield (
                path,
                f"{path}: {_plain(_at(given, path))} was read as {number_text(rate)} /day, beyond "
                "any cell's rate. Write its unit, as '0.14 /day' or '1 /week', if another was "
                "meant.",
            )


def _sizes(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Sizes at which a tumor is found or a lesion seen, given as a few cells without saying so."""
    for path, unit in (
        ("tumor.diagnosed_at", "cm"),
        ("monitoring.imaging.limit", "mm"),
        ("endpoints.detectable", "mm"),
    ):
        value = _at(given, path)
        if value is None or has_unit(value):
            continue
        cells = parse_quantity(value, "cells", path)
        if 0.0 < cells < FEWEST_CELLS:
            text = number_text(cells)
            yield (
                path,
                f"{path}: {_plain(value)} was read as {text} cell{'' if cells == 1.0 else 's'}. "
                f"Write '{text} {unit}' if you meant a diameter, '{text} cells' if cells.",
            )


def _overshoot(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Warn where a tumor held on purpose may grow past progression between two visits."""
    own = scenario.treatment
    restart = {"adaptive": own.restart_above or 1.0, "containment": own.level or 1.0}
    if own.policy not in restart or scenario.criterion == "on_drug":
        return
    where, every = _interval(scenario)
    fold = math.exp(min(_net_growth(scenario) * every, 600.0))
    highest, progression = restart[own.policy] * fold, scenario.endpoints.progression
    if highest >= progression:
        yield (
            where,
            f"{where}: in {number_text(every)} days without drug a tumor grows up "
            f"to {number_text(float(f'{fold:.3g}'))}-fold. Seen just below "
            f"{number_text(restart[own.policy])} times its baseline, it may be past progression "
            f"({number_text(progression)}) before the next visit restarts the drug. Look more "
            "often, or restart lower.",
        )


def _error_alone(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Warn where the next line begins at a ratio of burdens that reading errors may reach."""
    own, error = scenario.treatment, scenario.monitoring.imaging.error
    if own.policy != "sequential" or not own.reacts or own.guided_by is not None or error == 0.0:
        return
    text = (
        f"monitoring.imaging.error: {number_text(error)} of a diameter is an error of a burden "
        f"three times as large, and the next line begins where a burden reads "
        f"{number_text(scenario.endpoints.progression)} times its reference, which error alone may "
        "reach. Write 'treatment.guided_by: recist' to judge scans as a trial does, or 'burden' if "
        "that is meant."
    )
    for path in ("monitoring.imaging.error", "treatment.policy"):
        yield path, text


def _interval(scenario: Scenario) -> tuple[str, float]:
    """Where the days between readings of what guides the treatment stand, and how many."""
    monitoring, guide = scenario.monitoring, scenario.treatment.guided_by
    if monitoring.marker is not None and guide == monitoring.marker.name:
        return "monitoring.marker.every", monitoring.marker.every
    if monitoring.ctdna is not None and guide is not None and guide.startswith("ctdna"):
        return "monitoring.ctdna.every", monitoring.ctdna.every
    return "monitoring.imaging.every", monitoring.imaging.every


def _net_growth(scenario: Scenario) -> float:
    """Growth of a tumor at its size at diagnosis, crowded as it is then, 1/day."""
    tumor, law = scenario.tumor, scenario.tumor.growth
    size = tumor.start.cells if tumor.start is not None else tumor.diagnosed_at
    cells, room = max(float(size or 1.0), 1.0), 1.0
    if law.law == "logistic" and law.capacity is not None:
        room = 1.0 - cells / law.capacity
    elif law.law == "gompertz" and law.capacity is not None:
        room = 1.0 - math.log(cells) / math.log(law.capacity)
    elif law.law == "power" and law.exponent is not None:
        room = (cells / law.reference) ** (law.exponent - 1.0)
    room = min(max(room, 0.0), 1.0)
    if law.acts_on == "birth":
        return max(tumor.birth * room - tumor.death, 0.0)
    return (tumor.birth - tumor.death) * room


def _at(given: object, path: str) -> object:
    """Return what the document says at a path; None where a short form hides it."""
    here = given
    for step in path.split("."):
        if not isinstance(here, Mapping):
            return None
        here = cast("Mapping[str, object]", here).get(step)
    return here


def _plain(value: object) -> str:
    """Write a value as it stands in the file, without quotes."""
    return shown(value).strip("'\"")
