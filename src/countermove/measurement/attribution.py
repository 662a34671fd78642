"""Relapse attribution: which cells carry a relapse, by what mechanism, from where.

Here: naming the carrier of each progression. Not here: when progression is
(``measurement.endpoints``), how origins are followed (``model.origins``).

The carrier is the group of cells of one genotype and origin that grew most from the nadir to the
progression. Its route is *sheltered* where its lineage, or its cells now, needed a state or a niche
to survive the drugs. Resistance is *intrinsic* in a patient who never responded, *acquired* in one
who did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countermove.measurement.endpoints import Course
from countermove.model import CompiledModel, Origin

Floats = NDArray[np.float64]

PRE_EXISTING, ARISEN = "pre-existing", "arisen under treatment"
DIRECT, DORMANT, SANCTUARY = "direct", "dormant state", "sheltered niche"
BOTH = "dormant state and sheltered niche"
INTRINSIC, ACQUIRED = "intrinsic", "acquired"
NO_ALTERATION = "no alteration"


@dataclass(frozen=True, slots=True)
class Attribution:
    """(patients,) strings each, empty where there was no relapse under treatment."""

    genotype: NDArray[np.object_]
    mechanisms: NDArray[np.object_]
    origin: NDArray[np.object_]
    route: NDArray[np.object_]
    resistance: NDArray[np.object_]


def attribute(
    model: CompiledModel,
    cells: Floats,
    found: Course,
    *,
    peaks: Floats,
    mechanisms: Sequence[str],
) -> Attribution:
    """Attribute each patient's progression.

    Parameters
    ----------
    model
        The model with origins, where they are followed.
    cells : (patients, times, types)
        At and after treatment start.
    found
        The endpoints of the same patients.
    peaks : (patients, times, drugs)
        Highest levels up to each time; patients not treated before progression get none.
    mechanisms
        Mechanism of each alteration, in the order of ``model.genotypes.alterations``.
    """
    patients = len(cells)
    rows = np.arange(patients)
    index = np.maximum(found.progression_index, 0)
    peak = peaks[rows, index]
    relapsed = found.progressed & (peak > 0.0).any(axis=1)
    now = cells[rows, index]
    growth = now - cells[rows, np.minimum(found.nadir_index, index)]
    groups, of = np.unique(
        np.column_stack([model.genotype, model.origin]), axis=0, return_inverse=True
    )
    of = of.reshape(-1)
    grown = np.stack([growth[:, of == g].sum(axis=1) for g in range(len(groups))], axis=1)
    carrier = grown.argmax(axis=1)
    genotype, origin = groups[carrier, 0], groups[carrier, 1]
    route = origin & (Origin.DORMANT.value | Origin.SANCTUARY.value)
    route = route | _shelter_now(model, now, of == carrier[:, None], peak, genotype)
    names = np.array([DIRECT, DORMANT, SANCTUARY, BOTH], dtype=object)[
        (route > 0)
        * (((route & Origin.DORMANT.value) > 0) + 2 * ((route & Origin.SANCTUARY.value) > 0))
    ]
    by_genotype = np.array(
        [_mechanisms(row, mechanisms) for row in model.genotypes.levels], dtype=object
    )
    arisen = (origin & Origin.ARISEN.value) > 0

    def said(values: NDArray[np.object_]) -> NDArray[np.object_]:
        return np.where(relapsed, values, "").astype(object)

    return Attribution(
        genotype=said(np.array(model.genotypes.names, dtype=object)[genotype]),
        mechanisms=said(by_genotype[genotype]),
        origin=said(np.where(arisen, ARISEN, PRE_EXISTING).astype(object)),
        route=said(names),
        resistance=said(np.where(found.responded, ACQUIRED, INTRINSIC).astype(object)),
    )


def _mechanisms(levels: NDArray[np.int64], mechanisms: Sequence[str]) -> str:
    carried = [m for m, level in zip(mechanisms, levels, strict=True) if level]
    return " + ".join(dict.fromkeys(carried)) or NO_ALTERATION


def _shelter_now(
    model: CompiledModel,
    now: Floats,
    carrying: NDArray[np.bool_],
    peak: Floats,
    genotype: NDArray[np.int64],
) -> NDArray[np.int64]:
    """(patients,) shelters that most of the carrier's cells are in now and need."""
    if len(model.states) == 1 and len(model.niches) == 1:
        return np.zeros(len(now), dtype=np.int64)
    unique, back = np.unique(peak, axis=0, return_inverse=True)
    rates = model.rates(unique)
    net = (rates.birth - rates.death)[:, model.unsheltered]
    exposed = net[back.reshape(-1), genotype] < 0.0
    own = np.where(carrying, now, 0.0)
    total = np.maximum(own.sum(axis=1), 1.0)
    dormant = own[:, model.state > 0].sum(axis=1) > total / 2.0
    away = own[:, model.niche > 0].sum(axis=1) > total / 2.0
    needed = dormant * Origin.DORMANT.value + away * Origin.SANCTUARY.value
    return np.where(exposed, needed, 0)
