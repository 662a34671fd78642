"""From rates to the arrays of the mean-field kernels, piece by piece.

Here: which part of each rate crowding scales, and the pieces cut at the times to report. Not here:
the rates themselves (``model``), stepping in time (``kernels.dopri``).

Where competition acts on birth, the crowding factor scales division, with it the killing by a
cycle-specific drug, which is proportional to division, and mutation, which happens at division.
Where it acts on death, it takes away from a constant hazard.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countermove.foundation.arrays import Floats, Ints
from countermove.model import CompiledModel, Exposure
from countermove.model.sampled import sampled_levels


@dataclass(frozen=True, slots=True)
class System:
    """Pieces of constant rates, as ``kernels.dopri.walk`` reads them.

    Attributes
    ----------
    lengths : (pieces,) days
    arrays : the system's arrays; see ``kernels.dopri``
    """

    lengths: Floats
    arrays: tuple

    def cut(self, times: Floats) -> tuple[System, Ints]:
        """Cut pieces at times since the first piece began.

        Returns
        -------
        The finer system, and for each of its pieces the index of the time it ends at, or -1.
        """
        edges = np.concatenate([[0.0], np.cumsum(self.lengths)])
        inside = times[(times > 0.0) & (times < edges[-1])]
        finer = np.unique(np.concatenate([edges, inside]))
        piece = np.clip(np.searchsorted(edges, finer[:-1], side="right") - 1, 0, None)
        piece = np.minimum(piece, self.lengths.size - 1)
        where = np.searchsorted(times, finer[1:])
        hit = (where < times.size) & (times[np.minimum(where, times.size - 1)] == finer[1:])
        (constant, crowded), (source, target, fixed, scaled), growth = self.arrays
        arrays = (
            (constant[piece], crowded[piece]),
            (source, target, fixed[piece], scaled[piece]),
            growth,
        )
        return System(np.diff(finer), arrays), np.where(hit, where, -1).astype(np.int64)


def build(model: CompiledModel, exposure: Exposure, peak: Floats) -> tuple[System, Floats]:
    """System of one patient's model over an exposure, and the highest levels after it."""
    edges, levels, highest = sampled_levels(model, exposure, peak)
    rates = model.rates(levels, peak=highest, phase="under" if exposure.treated else "before")
    types, growth = model.types, model.growth
    born = rates.birth[:, model.mutation.source] * rates.mutation
    leaving = _by_source(rates.moves, model.moves.source, types)
    division = rates.birth - _by_source(born, model.mutation.source, types)
    nothing = np.zeros_like(born)
    if growth.on_birth:
        constant = rates.cycle - rates.death - leaving
        crowded = division - rates.cycle
        parts = (nothing, born)
    else:
        constant = division - rates.death - leaving - growth.added
        crowded = np.full_like(constant, growth.added)
        parts = (born, nothing)
    fixed = np.concatenate([parts[0], rates.moves], axis=1)
    scaled = np.concatenate([parts[1], np.zeros_like(rates.moves)], axis=1)
    source = np.concatenate([model.mutation.source, model.moves.source])
    target = np.concatenate([model.mutation.target, model.moves.target])
    arrays = (
        (_packed(constant), _packed(crowded)),
        (source.astype(np.int64), target.astype(np.int64), _packed(fixed), _packed(scaled)),
        (
            model.niche.astype(np.int64),
            growth.law,
            growth.capacity,
            growth.numbers,
            growth.is_linear,
        ),
    )
    return System(np.diff(edges).astype(float), arrays), highest[-1].copy()


def _packed(values: Floats) -> Floats:
    return np.ascontiguousarray(values, dtype=float)


def _by_source(values: Floats, source: Ints, types: int) -> Floats:
    """(pieces, types) sum over the edges of each source."""
    total = np.zeros((values.shape[0], types))
    np.add.at(total.T, source, values.T)
    return total
