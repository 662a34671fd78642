r"""Tumors grown from one cell, on average.

Here: the mean tumor at diagnosis, and its age. Not here: tumors whose cells are given, treatment.
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from countermove.engines.kernels.dopri import Into, walk
from countermove.engines.mean_field.stiff import integrate
from countermove.engines.mean_field.system import System, build
from countermove.foundation.arrays import Floats
from countermove.foundation.errors import ScenarioError
from countermove.model import CompiledModel, Exposure

STRIDE = 2.0  # growth between looks at the size, e-folds at the founder's uncrowded rate
STALLED = 1e-9  # relative growth per stride below which a tumor has stopped growing


def grown(
    model: CompiledModel,
    founder: NDArray[np.int64],
    size: Floats,
    tolerance: tuple[float, float],
) -> tuple[Floats, Floats]:
    r"""Mean tumors that began with one cell and have reached their sizes, and their ages.

    Parameters
    ----------
    model
        The compiled model; its untreated rates are used.
    founder : (patients,)
        Type of the first cell.
    size : (patients,)
        Cells at diagnosis.
    tolerance
        Relative, and absolute in cells.

    Returns
    -------
    (patients, types) cells, each row adding up to its size, and (patients,) ages in days

    Raises
    ------
    ScenarioError
        The founder's type does not grow, or the tumor stops growing below its size.

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
    cells = np.zeros((founder.size, model.types))
    age = np.zeros(founder.size)
    nothing = np.zeros(len(model.drugs))
    system, _ = build(model, Exposure(0.0, 1.0, treated=False), nothing)
    for kind in np.unique(founder):
        own = np.flatnonzero(founder == kind)
        sizes, back = np.unique(size[own], return_inverse=True)
        found, ages = _one_founder(model, system, int(kind), sizes, tolerance)
        cells[own], age[own] = found[back], ages[back]
    return cells, age


def _one_founder(
    model: CompiledModel,
    system: System,
    founder: int,
    sizes: Floats,
    tolerance: tuple[float, float],
) -> tuple[Floats, Floats]:
    """Cells and ages at rising sizes."""
    birth, death = float(model.birth[founder]), float(model.death[founder])
    if birth <= death:
        raise ScenarioError(
            "tumor.death",
            got=f"{death:g}/day with a birth rate of {birth:g}/day in the first cell",
            expected="a first cell that divides faster than it dies",
            remedy="Lower tumor.death, or give the cells under tumor.start.",
        )
    stride = STRIDE / (birth - death)
    now = np.zeros(model.types)
    now[founder] = birth / (birth - death)
    cells, ages = np.zeros((sizes.size, model.types)), np.zeros(sizes.size)
    time, after = 0.0, _advanced(now, system, stride, tolerance)
    for number, size in enumerate(sizes):
        if size <= birth / (birth - death):
            cells[number, founder] = size
            continue
        while after.sum() < size:
            if after.sum() < now.sum() * (1.0 + STALLED):
                raise ScenarioError(
                    "tumor.diagnosed_at",
                    got=f"{size:g} cells",
                    expected=f"less than {after.sum():.6g} cells, where the tumor stops growing",
                    remedy="Diagnose it earlier, or raise tumor.growth.capacity.",
                )
            now, time = after, time + stride
            after = _advanced(now, system, stride, tolerance)
        wait = _wait(now, after.sum(), size, (system, stride, tolerance))
        there = _advanced(now, system, wait, tolerance)
        cells[number], ages[number] = there * (size / there.sum()), time + wait
    return cells, ages


def _wait(
    now: Floats, after: float, size: float, how: tuple[System, float, tuple[float, float]]
) -> float:
    """Days until a tumor reaches a size that it has passed one stride later."""
    system, stride, tolerance = how

    def short(days: float) -> float:
        if days <= 0.0:
            return float(np.log(now.sum() / size))
        if days >= stride:
            return float(np.log(after / size))
        return float(np.log(_advanced(now, system, days, tolerance).sum() / size))

    if short(0.0) >= 0.0:
        return 0.0
    found = scipy.optimize.root_scalar(short, bracket=(0.0, stride), xtol=1e-9 * stride, rtol=1e-12)
    return float(found.root)


def _advanced(cells: Floats, system: System, days: float, tolerance: tuple[float, float]) -> Floats:
    """(types,) cells some days later at the system's only rates."""
    if days <= 0.0:
        return cells.copy()
    state, place = cells[None, :].copy(), np.empty((1, 2))
    whole = System(np.array([days]), system.arrays)
    nothing = np.full(1, -1, dtype=np.int64)
    into = Into(nothing, np.zeros((1, 0, cells.size)), place)
    walk(state, whole.lengths, whole.arrays, tolerance, into)
    if place[0, 0] >= 0.0:
        return integrate(state[0], whole, (0, float(place[0, 1])), tolerance)[-1]
    return state[0]
