"""The registry of observables: everything that a policy, a rule or an endpoint may be told.

Here: name, unit, meaning and source of each thing that a scenario's clinic measures; rules, docs
and measurement read it. Not here: how anything is drawn (``measurement``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from countermove.scenario.scenario import Scenario

Source = Literal["imaging", "marker", "ctdna", "biopsy"]


@dataclass(frozen=True, slots=True)
class Observable:
    """One thing that is measured.

    Attributes
    ----------
    name : as a rule writes it; ``<alteration>`` stands for each of a panel, ``<marker>`` for the
        marker's own name
    dimension : key of ``treatment.rules.quantities.BASES``; empty for a plain number
    source : who measures it
    meaning : one sentence for people
    """

    name: str
    dimension: str
    source: Source
    meaning: str


OBSERVABLES: tuple[Observable, ...] = (
    Observable("burden", "cells", "imaging", "Cells that the lesions seen stand for."),
    Observable("volume", "volume", "imaging", "Volume of the lesions seen."),
    Observable("sld", "length", "imaging", "Sum of the longest diameters of the target lesions."),
    Observable("<marker>", "marker", "marker", "The serum marker."),
    Observable("ctdna.hge", "genomes", "ctdna", "Tumor genomes per mL of plasma."),
    Observable("ctdna.vaf(<alteration>)", "", "ctdna", "Share of reads with the alteration."),
    Observable("ctdna.reads(<alteration>)", "", "ctdna", "Reads with the alteration."),
    Observable(
        "ctdna.detected(<alteration>)", "", "ctdna", "1 where the reads are more than errors, or 0."
    ),
    Observable(
        "biopsy.vaf(<alteration>)", "", "biopsy", "Share of reads with the alteration, all regions."
    ),
    Observable("biopsy.reads(<alteration>)", "", "biopsy", "Reads with it, all regions."),
)
"""Every observable: adding one is a line here and its values in ``measurement.clinic``."""


def observables_of(scenario: Scenario) -> dict[str, Observable]:
    """Observables of one scenario, by the name a rule writes."""
    monitoring = scenario.monitoring
    result: dict[str, Observable] = {}
    for one in OBSERVABLES:
        if one.source != "imaging" and getattr(monitoring, one.source) is None:
            continue
        names = [one.name]
        if one.source == "marker" and monitoring.marker is not None:
            names = [monitoring.marker.name]
        if "<alteration>" in one.name:
            names = [one.name.replace("<alteration>", name) for name in looked_for(scenario, one)]
        result |= {name: Observable(name, one.dimension, one.source, one.meaning) for name in names}
    return result


def looked_for(scenario: Scenario, one: Observable) -> tuple[str, ...]:
    """Alterations that an observable is read for: a panel's, or in tissue all."""
    ctdna = scenario.monitoring.ctdna
    if one.source == "ctdna":
        return ctdna.panel if ctdna is not None else ()
    return tuple(scenario.alterations)
