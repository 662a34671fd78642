"""Mean trajectories where rates are so fast that an explicit method would crawl.

Here: implicit integration of one tumor, piece by piece. Not here: deciding that a tumor is
stiff (``kernels.dopri``).
"""

from __future__ import annotations

import numpy as np
import scipy

from countermove.engines.kernels.crowding import crowding_factor
from countermove.engines.kernels.lanes import System
from countermove.foundation import EngineFailure
from countermove.foundation.arrays import Floats

DENSE_UP_TO = 300  # types: a larger Jacobian is kept sparse


class _Piece:
    """Right-hand side and Jacobian of one patient's system on one piece."""

    def __init__(self, system: System, owner: int, piece: int) -> None:
        types, row = system.crowd.size, system.row[owner, piece]
        self.crowd, self.law = system.crowd, system.law
        self.capacity, self.numbers = system.capacity[owner, row], system.numbers[owner]
        self.weight = np.zeros((self.law.size, types))  # what each cell counts in each crowd
        if system.apart:
            self.weight[:] = system.weight[owner]
        else:
            self.weight[self.crowd, np.arange(types)] = 1.0
        every = np.arange(types)
        rows = np.concatenate([every, system.target])
        columns = np.concatenate([every, system.source])

        def matrix(own: Floats, edges: Floats) -> scipy.sparse.csr_array:
            values = np.concatenate([own, edges])
            return scipy.sparse.csr_array((values, (rows, columns)), shape=(types, types))

        self.fixed = matrix(system.constant[owner, row], system.fixed[owner, row])
        self.scaled = matrix(system.crowded[owner, row], system.scaled[owner, row])

    def factors(self, cells: Floats) -> Floats:
        """(types,) crowding factor of each type's crowd."""
        total = self.weight @ cells
        result = [
            crowding_factor(n, law, room, self.numbers)
            for n, law, room in zip(total, self.law, self.capacity, strict=True)
        ]
        return np.array(result)[self.crowd]

    def slope(self, _: float, cells: Floats) -> Floats:
        """Time derivative of the cells."""
        return self.fixed @ cells + self.scaled @ (self.factors(cells) * cells)

    def jacobian(self, _: float, cells: Floats) -> scipy.sparse.csr_array | Floats:
        """Return the derivative of `slope` by cells; that of the crowding factor by differences."""
        whole = self.fixed + self.scaled @ scipy.sparse.diags_array(self.factors(cells))
        total = self.weight @ cells
        for crowd in range(self.law.size):
            nudge = 1e-6 * max(total[crowd], 1.0)
            near = (total[crowd] + nudge, total[crowd] - nudge)
            up, down = (
                crowding_factor(n, self.law[crowd], self.capacity[crowd], self.numbers)
                for n in near
            )
            if up != down:
                here = np.where(self.crowd == crowd, cells, 0.0)
                pull = self.scaled @ here * ((up - down) / (2.0 * nudge))
                column, row = pull[:, None], self.weight[crowd][None, :]
                whole = whole + scipy.sparse.csr_array(column) @ scipy.sparse.csr_array(row)
        return whole if cells.size > DENSE_UP_TO else whole.toarray()


def integrate(
    cells: Floats,
    system: System,
    owner: int,
    place: tuple[int, float],
    tolerance: tuple[float, float],
) -> Floats:
    """Carry one stiff tumor from a place within the system to its end.

    Parameters
    ----------
    cells : (types,)
        Mean cells at that place.
    system, owner
        The pieces, and whose.
    place
        Piece, and days since it began.
    tolerance
        Relative, and absolute in cells.

    Returns
    -------
    (pieces left, types) cells at the end of each piece from the given one on.

    Raises
    ------
    EngineFailure
        Neither LSODA nor Radau reaches the tolerance.
    """
    first, within = place
    ends = []
    for piece in range(first, int(system.pieces[owner])):
        span = (within if piece == first else 0.0, float(system.length[owner, piece]))
        own = _Piece(system, owner, piece)
        cells = np.maximum(_solve(own, span, cells, tolerance), 0.0)
        ends.append(cells)
    return np.array(ends)


def _solve(
    own: _Piece, span: tuple[float, float], cells: Floats, tolerance: tuple[float, float]
) -> Floats:
    methods = ("BDF", "Radau") if cells.size > DENSE_UP_TO else ("LSODA", "Radau")
    if span[1] <= span[0]:
        return cells
    for method in methods:
        result = scipy.integrate.solve_ivp(
            own.slope,
            span,
            cells,
            method=method,
            jac=own.jacobian,
            t_eval=[span[1]],
            rtol=max(tolerance[0], 1e-12),
            atol=tolerance[1],
        )
        if result.success and np.all(np.isfinite(result.y)):
            return result.y[:, -1]
    raise EngineFailure(
        "engine mean_field",
        got=f"no result from {methods[0]} or {methods[1]} within {span[1] - span[0]:g} days",
        expected="one within the tolerance",
        remedy="Look for rates that are far too large, or use --engine branching.",
    )
