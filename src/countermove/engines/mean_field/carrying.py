"""Carrying mean tumors over their systems, the stiff ones by an implicit method.

Here: which tumors are carried by which method. Not here: the methods (``kernels.lanes``,
``mean_field.stiff``), the systems (``mean_field.system``).
"""

from __future__ import annotations

import numpy as np

from countermove.engines.kernels.lanes import Into, System, walk
from countermove.engines.mean_field.stiff import integrate
from countermove.foundation.arrays import Floats, Ints


def carry(
    cells: Floats,
    owner: Ints,
    system: System,
    tolerance: tuple[float, float],
    kept: Floats,
) -> None:
    """Carry tumors to the ends of their systems, in place.

    Parameters
    ----------
    cells : (tumors, types)
        At the beginning.
    owner : (tumors,)
        System of each.
    system
        Pieces of constant rates.
    tolerance
        Relative, and absolute in cells.
    kept : (states, tumors, types)
        Filled with the states that the system says to keep.
    """
    if owner.size == 0:
        return
    place = np.empty((owner.size, 2))
    walk(cells, owner, system, tolerance, Into(kept, place))
    for tumor in np.flatnonzero(place[:, 0] >= 0.0):
        own, piece = int(owner[tumor]), int(place[tumor, 0])
        ends = integrate(cells[tumor], system, own, (piece, float(place[tumor, 1])), tolerance)
        cells[tumor] = ends[-1]
        keep = system.keep[own, piece : int(system.pieces[own])]
        kept[keep[keep >= 0], tumor] = ends[keep >= 0]
