r"""Where moving drug levels are sampled, so that few samples give the integral of any effect.

Here: the nodes of a stretch of time and the piece that each stands for. Not here: the levels
(``model.pharmacokinetics``), who is dosed when (``treatment.histories``).

An interval on which levels are smooth is cut into three pieces as wide as the weights of the
three-point Gauss-Legendre rule, and each piece holds the level of its node. Whatever is then
summed over pieces, a rate of death or a logarithm of growth, is integrated by that rule: exactly
where it is a polynomial in time up to the fifth degree.
"""

from __future__ import annotations

import numpy as np

from countermove.foundation.arrays import Floats
from countermove.foundation.tolerances import SAME_DAY
from countermove.model.pharmacokinetics import DrugLevels

WEIGHTS = np.array([5.0, 8.0, 5.0]) / 18.0
NODES = 0.5 + np.sqrt(0.15) * np.array([-1.0, 0.0, 1.0])  # each inside its own piece


def nodes_of(marks: Floats) -> tuple[Floats, Floats]:
    """Nodes at which to sample, and the edges of the pieces that they stand for.

    Parameters
    ----------
    marks
        (intervals + 1,) rising days between which levels are smooth.

    Returns
    -------
    (3 intervals,) days, and (3 intervals + 1,) edges; each day lies between its two edges.
    """
    begin, width = marks[:-1, None], np.diff(marks)[:, None]
    edges = begin + width * np.append(0.0, np.cumsum(WEIGHTS)[:-1])
    return (begin + width * NODES).ravel(), np.append(edges.ravel(), marks[-1])


def joined(edges: Floats, levels: Floats) -> tuple[Floats, Floats]:
    """Edges and levels, (pieces, drugs), with neighbours of the same levels made one piece."""
    moved = np.r_[True, (levels[1:] != levels[:-1]).any(axis=1)]
    return np.append(edges[:-1][moved], edges[-1]), levels[moved]


def marks_between(
    begin: float, end: float, curves: list[tuple[DrugLevels, float, float]]
) -> Floats:
    """Days between which the levels of several curves are smooth, with both ends.

    Parameters
    ----------
    begin, end
        Days.
    curves
        Each with the day on which its dosing began and the day on which it stops; inf while it
        goes on.
    """
    marks = [np.array([begin, end])]
    for curve, since, until in curves:
        if since >= end:
            continue
        marks.append(since + curve.breaks(begin - since, end - since, until - since))
        if np.isfinite(curve.step):
            marks.append(_grid(begin, end, curve.step))
    result = np.unique(np.concatenate(marks))
    result = result[(result >= begin) & (result <= end)]
    result = result[np.r_[True, np.diff(result) > SAME_DAY]]
    result[-1] = end
    return result


def _grid(begin: float, end: float, step: float) -> Floats:
    first, last = int(np.floor(begin / step)), int(np.ceil(end / step))
    numbers = np.arange(first, last + 1, dtype=np.float64)
    return np.asarray(numbers * step, dtype=np.float64)
