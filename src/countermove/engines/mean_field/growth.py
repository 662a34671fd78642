r"""Tumors grown from one cell, on average.

Here: the mean tumors at diagnosis, and their ages, all side by side. Not here: tumors whose cells
are given, treatment.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from countermove.engines.mean_field.carrying import carry
from countermove.engines.mean_field.system import build, course_of
from countermove.foundation.errors import ScenarioError
from countermove.foundation.jit import jit
from countermove.model import CompiledModel, Exposure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
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
        course = course_of(Exposure(0.0, 1.0, treated=False), np.ones(1))
        self.system = build(model, patient, course, nothing)
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
        low, found = np.zeros(who.size), cells[who].copy()
        search = np.stack([low, self.stride[who], np.zeros(who.size), np.zeros(who.size)])
        search[2], search[3] = shortfall(cells[who], size[who]), shortfall(after[who], size[who])
        guess, side = np.zeros(who.size), np.zeros(who.size, dtype=np.int64)
        left = np.arange(who.size)
        for _ in range(TURNS):
            if left.size == 0:
                break
            next_guess(search, left, guess)
            found[left] = self.advanced(cells, who[left], guess[left])
            gap = np.zeros(who.size)
            gap[left] = shortfall(found[left], size[who[left]])
            left = left[narrow(search, left, guess, gap, side)]
        cells[who] = found * (size[who] / totals(found))[:, None]
        age[who] += guess


@jit
def totals(cells: Floats) -> Floats:
    """(tumors,) cells of all types, added one after the other."""
    found = np.zeros(cells.shape[0])
    for tumor in range(cells.shape[0]):
        for kind in range(cells.shape[1]):
            found[tumor] += cells[tumor, kind]
    return found


@jit
def shortfall(cells: Floats, size: Floats) -> Floats:
    """(tumors,) logarithm of cells over size: below 0 where the tumor is short of its size."""
    found = np.empty(size.size)
    for tumor in range(size.size):
        total = 0.0
        for kind in range(cells.shape[1]):
            total += cells[tumor, kind]
        found[tumor] = math.log(total / size[tumor])
    return found


@jit
def next_guess(search: Floats, left: Ints, guess: Floats) -> None:
    """Fill guesses by false position; ``search`` rows: low and high days, shortfall at each."""
    for one in left:
        low, high, below, above = search[0, one], search[1, one], search[2, one], search[3, one]
        guess[one] = (low * above - high * below) / (above - below)


@jit
def narrow(search: Floats, left: Ints, guess: Floats, gap: Floats, side: Ints) -> NDArray[np.bool_]:
    """Narrow the brackets by the shortfall at the guesses; which of ``left`` are not yet close.

    Where one end stays its shortfall is halved (the Illinois variant of false position).
    """
    open_ = np.ones(left.size, np.bool_)
    for place in range(left.size):
        one = left[place]
        if gap[one] > 0.0:
            search[1, one], search[3, one] = guess[one], gap[one]
            search[2, one] *= 0.5 if side[one] == 1 else 1.0
            side[one] = 1
        else:
            search[0, one], search[2, one] = guess[one], gap[one]
            search[3, one] *= 0.5 if side[one] == -1 else 1.0
            side[one] = -1
        width = search[1, one] - search[0, one]
        open_[place] = abs(gap[one]) > NEAR and width > NEAR * search[1, one]
    return open_
