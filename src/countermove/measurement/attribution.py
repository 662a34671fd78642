"""Relapse attribution: which cells carry a relapse, by what mechanism, from where.

Here: naming the carrier of each progression. Not here: when progression is
(``measurement.endpoints``), how origins are followed (``model.origins``).

The carrier is the group of cells of one genotype and origin that grew most from the nadir to the
progression, over all lesions. Its route is *sheltered* where its lineage, or its cells now, needed
a state or a niche to survive the drugs. Resistance is *intrinsic* in a patient who never responded,
*acquired* in one who did. Growth while no drug is given, of cells that the drugs would hold down,
is neither, and no mechanism explains it: both are *off drug*. Cells with an alteration that grow
under the drugs as well keep their mechanism when they are found in a pause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countermove.foundation.arrays import Floats
from countermove.measurement.endpoints import Bools, Course
from countermove.model import CompiledModel, Origin

PRE_EXISTING, ARISEN = "pre-existing", "arisen under treatment"
DIRECT, DORMANT, SANCTUARY = "direct", "dormant state", "sheltered niche"
BOTH = "dormant state and sheltered niche"
INTRINSIC, ACQUIRED = "intrinsic", "acquired"
NO_ALTERATION = "no alteration"
OFF_DRUG = "off drug"
NOT_FOLLOWED = "not followed"


@dataclass(frozen=True, slots=True)
class Relapsed:
    """What attribution looks at.

    Attributes
    ----------
    lowest, risen : (tumors, types) cells at the nadir, and at progression
    start : (patients + 1,) first tumor of each patient
    peaks : (patients, drugs) highest levels up to progression
    paused : (patients,) no drug was given when the tumor progressed
    followed : lineages were followed from diagnosis on
    """

    lowest: Floats
    risen: Floats
    start: NDArray[np.int64]
    peaks: Floats
    paused: Bools
    followed: bool


@dataclass(frozen=True, slots=True)
class Attribution:
    """Strings, empty where there was no relapse under treatment; ``lesion`` then -1.

    All (patients,); ``lesion`` is the place, among the patient's tumors, of the one in which the
    carrier grew most.
    """

    genotype: NDArray[np.object_]
    mechanisms: NDArray[np.object_]
    origin: NDArray[np.object_]
    route: NDArray[np.object_]
    resistance: NDArray[np.object_]
    lesion: NDArray[np.int64]


def attribute(
    model: CompiledModel, found: Course, seen: Relapsed, *, mechanisms: Sequence[str]
) -> Attribution:
    """Attribute each patient's progression.

    Parameters
    ----------
    model
        The model with origins, where they are followed.
    found
        The endpoints of the same patients.
    seen
        Cells and drugs at progression; a patient not treated by then relapsed from nothing.
    mechanisms
        Mechanism of each alteration, in the order of ``model.genotypes.alterations``.
    """
    relapsed = found.progressed & (seen.peaks > 0.0).any(axis=1)
    first = seen.start[:-1]
    groups, of = np.unique(
        np.column_stack([model.genotype, model.origin]), axis=0, return_inverse=True
    )
    of = of.reshape(-1)
    grew = seen.risen - seen.lowest
    grown = np.stack([grew[:, of == g].sum(axis=1) for g in range(len(groups))], axis=1)
    carrier = np.add.reduceat(grown, first, axis=0).argmax(axis=1)
    now = np.add.reduceat(seen.risen, first, axis=0)
    genotype, origin = groups[carrier, 0], groups[carrier, 1]
    route = origin & (Origin.DORMANT.value | Origin.SANCTUARY.value)
    sheltering = len(model.states) > 1 or len(model.niches) > 1
    shrinks = np.zeros(len(now), dtype=np.bool_)
    if sheltering or seen.paused.any():
        shrinks = _shrinks_under_drug(model, seen.peaks, genotype)
    route = route | np.where(shrinks, _shelter_now(model, now, of == carrier[:, None]), 0)
    names = np.array([DIRECT, DORMANT, SANCTUARY, BOTH], dtype=object)[
        ((route & Origin.DORMANT.value) > 0) + 2 * ((route & Origin.SANCTUARY.value) > 0)
    ]
    by_genotype = np.array(
        [_mechanisms(row, mechanisms) for row in model.genotypes.levels], dtype=object
    )
    arisen = np.where((origin & Origin.ARISEN.value) > 0, ARISEN, PRE_EXISTING).astype(object)
    came = arisen if seen.followed else np.full(arisen.shape, NOT_FOLLOWED, dtype=object)
    altered = model.genotypes.levels.sum(axis=1)[genotype] > 0
    off_drug = seen.paused & (shrinks | ~altered)

    def said(values: NDArray[np.object_], *, paused: str | None = None) -> NDArray[np.object_]:
        values = values if paused is None else np.where(off_drug, paused, values)
        return np.where(relapsed, values, "").astype(object)

    kind = np.where(found.responded, ACQUIRED, INTRINSIC).astype(object)
    return Attribution(
        genotype=said(np.array(model.genotypes.names, dtype=object)[genotype]),
        mechanisms=said(by_genotype[genotype], paused=OFF_DRUG),
        origin=said(came),
        route=said(names),
        resistance=said(kind, paused=OFF_DRUG),
        lesion=np.where(relapsed, _lesion(grown, carrier, seen.start), -1),
    )


def _lesion(
    grown: Floats, carrier: NDArray[np.int64], start: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(patients,) place of the tumor in which each patient's carrier grew most."""
    counts = np.diff(start)
    own = grown[np.arange(len(grown)), np.repeat(carrier, counts)]
    table = np.full((counts.size, int(counts.max(initial=1))), -np.inf)
    patient = np.repeat(np.arange(counts.size), counts)
    table[patient, np.arange(len(grown)) - np.repeat(start[:-1], counts)] = own
    return table.argmax(axis=1)


def _mechanisms(levels: NDArray[np.int64], mechanisms: Sequence[str]) -> str:
    carried = [m for m, level in zip(mechanisms, levels, strict=True) if level]
    return " + ".join(dict.fromkeys(carried)) or NO_ALTERATION


def _shrinks_under_drug(model: CompiledModel, peak: Floats, genotype: NDArray[np.int64]) -> Bools:
    """(patients,) whether the carrier, unsheltered, dies out under the highest levels it met."""
    if model.patients > 1:
        rates = model.rates(peak[:, None, :])
        net = (rates.birth - rates.death)[:, 0][:, model.unsheltered]
    else:
        unique, back = np.unique(peak, axis=0, return_inverse=True)
        rates = model.rates(unique)
        net = (rates.birth - rates.death)[:, model.unsheltered][back.reshape(-1)]
    return np.asarray(net[np.arange(len(peak)), genotype] < 0.0)


def _shelter_now(
    model: CompiledModel, now: Floats, carrying: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """(patients,) shelters that most of the carrier's cells are in now."""
    own = np.where(carrying, now, 0.0)
    total = np.maximum(own.sum(axis=1), 1.0)
    dormant = own[:, model.state > 0].sum(axis=1) > total / 2.0
    away = own[:, model.niche > 0].sum(axis=1) > total / 2.0
    return np.asarray(dormant * Origin.DORMANT.value + away * Origin.SANCTUARY.value)
