"""What a clinic has to look with: each kind of measurement's plan and model, from a scenario.

Here: ``monitoring`` as protocols and models. Not here: the readings (``measurement.clinic``).
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countermove.foundation.arrays import Floats
from countermove.measurement.biopsy import BiopsyModel
from countermove.measurement.ctdna import CtdnaModel
from countermove.measurement.imaging import ImagingModel, diameter_of_volume
from countermove.measurement.marker import MarkerModel
from countermove.measurement.recist import Recist
from countermove.measurement.visits import Protocol, visit_days
from countermove.model import CompiledModel
from countermove.scenario import Scenario
from countermove.scenario.monitoring import Visits as Planned
from countermove.scenario.observables import observables_of

PLASMA = 0.55  # share of blood that is plasma, at a usual hematocrit
ML = 1000.0  # in a liter
MM = 0.1  # in cm


@dataclass(frozen=True, slots=True)
class Instruments:
    """Plans and models of one scenario.

    Attributes
    ----------
    protocols : of each kind that is measured, imaging first
    start : day on which treatment starts
    imaging, marker, ctdna, biopsy : models; None where there is none
    marker_name : of the serum marker; empty where there is none
    panel : (name, (types,) bool) of each alteration that ctDNA is searched for
    tissue : the same of each alteration that biopsies are read for
    regions : of a biopsy
    at_progression : a biopsy is taken at the scan that shows progression
    recist : its numbers
    names : kind of measurement by the name of each observable
    followed : alteration whose reads molecular progression follows; empty for all tumor DNA
    """

    protocols: tuple[Protocol, ...]
    start: float
    imaging: ImagingModel
    marker: MarkerModel | None
    ctdna: CtdnaModel | None
    biopsy: BiopsyModel | None
    marker_name: str
    panel: tuple[tuple[str, NDArray[np.bool_]], ...]
    tissue: tuple[tuple[str, NDArray[np.bool_]], ...]
    regions: int
    at_progression: bool
    recist: Recist
    names: dict[str, str]
    followed: str = ""

    def protocol(self, kind: str) -> Protocol:
        """Return the plan of one kind."""
        return next(one for one in self.protocols if one.kind == kind)

    @property
    def days(self) -> Floats:
        """Every day on which somebody may be seen, rising."""
        return np.unique(np.concatenate([one.all_days() for one in self.protocols]))

    def known(self, kinds: Container[str]) -> Floats:
        """Every day on which a result of some kinds may become known, rising."""
        days = [one.all_known() for one in self.protocols if one.kind in kinds]
        return np.unique(np.concatenate([np.zeros(0), *days]))


def compile_instruments(scenario: Scenario, model: CompiledModel) -> Instruments:
    """Compile a loaded, validated scenario's monitoring."""
    own, start, end = scenario.monitoring, scenario.treatment.start, scenario.follow_up
    planned = {"imaging": own.imaging, "marker": own.marker, "ctdna": own.ctdna}
    protocols = [
        _protocol(kind, plan, start, end) for kind, plan in planned.items() if plan is not None
    ]
    at = [] if own.biopsy is None else list(own.biopsy.at)
    days = {0.0 if day == "diagnosis" else float(day) for day in at if day != "progression"}
    if days:
        early = np.array(sorted(day for day in days if day < end))
        protocols.append(Protocol("biopsy", early, until=end))
    tissue = tuple(scenario.alterations) if own.biopsy is not None else ()
    panel = own.ctdna.panel if own.ctdna is not None else ()
    marker, ctdna, biopsy = own.marker, own.ctdna, own.biopsy
    return Instruments(
        protocols=tuple(protocols),
        start=start,
        imaging=imaging_of(scenario),
        marker=None
        if marker is None
        else MarkerModel(
            marker.per_cell,
            marker.error,
            marker.limit,
            healthy=marker.healthy,
            half_life=marker.half_life,
        ),
        ctdna=None
        if ctdna is None
        else CtdnaModel(
            shed=ctdna.shed,
            half_life=ctdna.half_life,
            plasma=ctdna.plasma * ML,
            drawn=ctdna.draw * ML * PLASMA,
            healthy=ctdna.healthy,
            depth=ctdna.depth,
            error_rate=ctdna.error_rate,
            false_positive=ctdna.false_positive,
        ),
        biopsy=None
        if biopsy is None
        else BiopsyModel(biopsy.depth, biopsy.purity, error_rate=biopsy.error_rate),
        marker_name="" if marker is None else marker.name,
        panel=tuple((name, carriers(model, name)) for name in panel),
        tissue=tuple((name, carriers(model, name)) for name in tissue),
        regions=1 if biopsy is None else biopsy.regions,
        at_progression="progression" in at,
        recist=Recist(from_baseline=scenario.criterion == "baseline"),
        names={name: one.source for name, one in observables_of(scenario).items()},
        followed=scenario.molecular_alteration,
    )


def imaging_of(scenario: Scenario) -> ImagingModel:
    """How scans of a scenario are read."""
    own, density = scenario.monitoring.imaging, scenario.tumor.cells_per_cm3
    seen = scenario.detectable_cells if own.limit is None else own.limit
    limit = float(diameter_of_volume(np.asarray(seen / density)))
    return ImagingModel(error=own.error, limit=limit, rounding=own.rounding * MM)


def guide_floor(guide: str, own: Instruments, cells: Floats, density: Floats) -> Floats:
    """Least value of a guide that a later rise is measured from, in the guide's own unit.

    Parameters
    ----------
    guide
        An observable; empty for RECIST.
    own
        What is measured.
    cells, density
        (1 or patients,) fewest cells that are seen, and cells per cm3.

    Returns
    -------
    (1 or patients,) of what scans show, the smallest lesion seen; of the marker, its limit.
    """
    match guide:
        case "volume":
            return cells / density
        case "sld":
            return diameter_of_volume(cells / density)
        case own.marker_name if own.marker is not None:
            return np.array([own.marker.limit])
        case "burden" | "":
            return cells
        case _:
            return np.zeros(1)


def carriers(model: CompiledModel, alteration: str) -> NDArray[np.bool_]:
    """(types,) whether cells of each type carry an alteration, at whatever level."""
    column = model.genotypes.alterations.index(alteration)
    return np.asarray(model.genotypes.levels[model.genotype, column] > 0, dtype=np.bool_)


def _protocol(kind: str, plan: Planned, start: float, end: float) -> Protocol:
    return Protocol(
        kind,
        visit_days(plan.every, start, end),
        jitter=int(plan.jitter),
        missed=plan.missed,
        delay=plan.delay,
        until=end,
    )
