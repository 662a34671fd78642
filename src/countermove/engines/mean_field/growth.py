r"""Tumors grown from one cell, on average.

Here: the mean tumors at diagnosis, and their ages, all side by side. Not here: tumors whose cells
are given, treatment.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countermove.engines.mean_field.carrying import carry
from countermove.engines.mean_field.system import build, exposed_of
from countermove.foundation.arrays import Floats, Ints
from countermove.foundation.errors import ScenarioError
from countermove.model import CompiledModel, Exposure

STRIDE = 2.0  # growth between looks at the size, e-folds at the founder's uncrowded rate
STALLED = 1e-9  # relative growth per stride below which a tumor has stopped growing
NEAR = 1e-12  # relative, of the size: close enough
TURNS = 60


def grown(
    model: CompiledModel,
    patient: Ints,
    founder: Ints,
    size: Floats,
    tolerance: tuple[float, float],
) -> tuple[Floats, Floats]:
    r"""Mean tumors that began with one cell and have reached their sizes, and their ages.

    Parameters
    ----------
    model
        The compiled model; its untreated rates are used.
    patient : (tumors,)
        Whose rates; of a model of one patient any number stands for that one.
    founder : (tumors,)
        Type of the first cell.
    size : (tumors,)
        Cells at diagnosis.
    tolerance
        Relative, and absolute in cells.

    Returns
    -------
    (tumors, types) cells, each row adding up to its size, and (tumors,) ages in days

    Raises
    ------
    ScenarioError
        A founder's type does not grow, or a tumor stops growing below its size.

    Notes
    -----
    A tumor alive at age *t* has on average :math:`E[n(t)] / P(\text{alive})` cells of each type,
    since a dead one has none. The chance of lasting is that of the founder's type alone,
    :math:`1 - d/b`, so the mean equations start from :math:`b/(b-d)` cells of it, and
    :math:`\frac{b}{b-d}e^{(b-d)t}` follows while nothing is crowded. The age is when that mean
    reaches the size. This is the mean at a given age; the mean over tumors at a given size differs,
    since those that took longer hold more mutants. A size below :math:`b/(b-d)` cells is that many
    cells of the founder's type at age 0.
    """
    if model.patients > 1:
        return _grown_each(model, patient, founder, size, tolerance)
    alike, back = np.unique(np.column_stack([founder, size]), axis=0, return_inverse=True)
    kinds, sizes = alike[:, 0].astype(np.int64), alike[:, 1].astype(np.float64)
    nobody = np.zeros(kinds.size, dtype=np.int64)
    cells, age = _grown_each(model, nobody, kinds, sizes, tolerance)
    return cells[back.reshape(-1)], age[back.reshape(-1)]


def _grown_each(
    model: CompiledModel,
    patient: Ints,
    founder: Ints,
    size: Floats,
    tolerance: tuple[float, float],
) -> tuple[Floats, Floats]:
    """`grown`, each tumor by a system of its own."""
    birth, death = (np.atleast_2d(rates)[patient, founder] for rates in (model.birth, model.death))
    _refuse_shrinking(birth, death)
    begun, tumors = birth / (birth - death), np.arange(founder.size)
    cells, age = np.zeros((founder.size, model.types)), np.zeros(founder.size)
    cells[tumors, founder] = np.where(size > begun, begun, size)
    growing = _Growing(model, patient, STRIDE / (birth - death), tolerance)
    who = np.flatnonzero(size > begun)
    after = growing.bracket(cells, age, who, size)
    growing.close_in(cells, age, who, (after, size))
    return cells, age


def _refuse_shrinking(birth: Floats, death: Floats) -> None:
    """Refuse the first tumor whose first cell divides no faster than it dies."""
    if not (birth > death).all():
        first = int(np.argmin(birth > death))
        raise ScenarioError(
            "tumor.death",
            got=f"{death[first]:g}/day with a birth rate of {birth[first]:g}/day in the first cell",
            expected="a first cell that divides faster than it dies",
            remedy="Lower tumor.death, or give the cells under tumor.start.",
        )


class _Growing:
    """Tumors on their way, each with rates and strides of its own."""

    def __init__(
        self,
        model: CompiledModel,
        patient: Ints,
        stride: Floats,
        tolerance: tuple[float, float],
    ) -> None:
        nothing = np.zeros((patient.size, len(model.drugs)))
        exposed = exposed_of(Exposure(0.0, 1.0, treated=False), np.ones(1))
        self.system = build(model, patient, exposed, nothing)
        self.stride, self.tolerance = stride, tolerance

    def advanced(self, cells: Floats, who: Ints, days: Floats) -> Floats:
        """Return the cells of some tumors, (tumors, types), some days later."""
        state = cells[who]
        self.system.length[who, 0] = days
        carry(state, who, self.system, self.tolerance, np.zeros((1, *state.shape)))
        return state

    def bracket(self, cells: Floats, age: Floats, who: Ints, size: Floats) -> Floats:
        """Grow tumors up to their last stride below their sizes; (tumors, types) one beyond it."""
        after = cells.copy()
        while who.size:
            after[who] = self.advanced(cells, who, self.stride[who])
            total = totals(after[who])
            short = total < size[who]
            stalled = short & (total < totals(cells[who]) * (1.0 + STALLED))
            if stalled.any():
                first = int(np.argmax(stalled))
                raise ScenarioError(
                    "tumor.diagnosed_at",
                    got=f"{size[who[first]]:g} cells",
                    expected=f"less than {total[first]:.6g} cells, where the tumor stops growing",
                    remedy="Diagnose it earlier, or raise tumor.growth.capacity.",
                )
            who = who[short]
            cells[who] = after[who]
            age[who] += self.stride[who]
        return after

    def close_in(self, cells: Floats, age: Floats, who: Ints, goal: tuple[Floats, Floats]) -> None:
        """Grow tumors by the part of a stride that is left; ``goal`` is (one beyond, sizes)."""
        after, size = goal
        search = _Search(self.stride[who], cells[who], after[who], size[who])
        result, left = cells[who].copy(), np.arange(who.size)
        for _ in range(TURNS):
            if left.size == 0:
                break
            days = search.guess(left)
            result[left] = self.advanced(cells, who[left], days)
            left = left[search.narrow(left, shortfall(result[left], size[who[left]]))]
        cells[who] = result * (size[who] / totals(result))[:, None]
        age[who] += search.days


class _Search:
    """Days within a stride at which tumors have their sizes, by false position, each on its own.

    Where one end of a bracket stays, its shortfall is halved (the Illinois variant).
    """

    def __init__(self, stride: Floats, now: Floats, after: Floats, size: Floats) -> None:
        self.low, self.high = np.zeros(stride.size), stride.copy()
        self.below, self.above = shortfall(now, size), shortfall(after, size)
        self.days, self.side = np.zeros(stride.size), np.zeros(stride.size)

    def guess(self, left: Ints) -> Floats:
        """Guess again for the tumors that are left."""
        below, above = self.below[left], self.above[left]
        self.days[left] = (self.low[left] * above - self.high[left] * below) / (above - below)
        return self.days[left]

    def narrow(self, left: Ints, gap: Floats) -> NDArray[np.bool_]:
        """Narrow brackets by the shortfall at the guesses; which of ``left`` are not yet close."""
        over, under = left[gap > 0.0], left[gap <= 0.0]
        self.high[over], self.above[over] = self.days[over], gap[gap > 0.0]
        self.low[under], self.below[under] = self.days[under], gap[gap <= 0.0]
        self.below[over] *= np.where(self.side[over] == 1.0, 0.5, 1.0)
        self.above[under] *= np.where(self.side[under] == -1.0, 0.5, 1.0)
        self.side[over], self.side[under] = 1.0, -1.0
        width = self.high[left] - self.low[left]
        return (np.abs(gap) > NEAR) & (width > NEAR * self.high[left])


def totals(cells: Floats) -> Floats:
    """(tumors,) cells of all types, added one after the other whatever the number of tumors."""
    result = np.zeros(len(cells))
    for kind in range(cells.shape[1]):
        result += cells[:, kind]
    return result


def shortfall(cells: Floats, size: Floats) -> Floats:
    """(tumors,) logarithm of cells over size: below 0 where a tumor is short of its size."""
    return np.log(totals(cells) / size)
