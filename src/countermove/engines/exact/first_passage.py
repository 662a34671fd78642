r"""How long a tumor takes from its first cell to a size, given that it survives.

Here: mean time to a size. Not here: its types at that moment (see ``at_size``).

A surviving population approaches :math:`W e^{\lambda t}` with W random, so it reaches M at about
:math:`(\ln M - \ln W)/\lambda`. For one type W is exponential with mean 1/s, s = 1 - d/b, and the
mean time is :math:`(\ln(Ms) + \gamma)/r`. With several states W has no closed form; its Laplace
transform solves the backward equation, and
:math:`E[\ln W] = \int_0^\infty (e^{-\theta} - E e^{-\theta W})\,
d\theta/\theta`.
"""

from __future__ import annotations

import numpy as np

from countermove.engines.exact.at_size import founder_class, leading_vector
from countermove.engines.exact.backward import lasting_survival
from countermove.engines.exact.closed_forms import EULER_GAMMA
from countermove.engines.exact.linear_pieces import LinearPieces
from countermove.engines.exact.taylor import step_through
from countermove.foundation.errors import ScenarioError

_SMALLEST, _LARGEST = 1e-14, 1e11
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)


def mean_time_to_size(growth: LinearPieces, size: float, *, founder: int = 0) -> float:
    """Mean time for one founder's lineage to reach a size, given that it never dies out.

    Parameters
    ----------
    growth
        Rates without treatment: one piece.
    size
        Cells of the founder's class of types (its genotype in every state and niche), more than 1.
    founder
        Type of the first cell.

    Returns
    -------
    float
        Days. Error O(1/(M s))/lambda from the approach to exponential growth; mutants are not
        counted.

    Raises
    ------
    ScenarioError
        The founder's class does not grow.

    Notes
    -----
    Source: Durrett (2015), Branching Process Models of Cancer, for one type; the limit W of several
    types is that of Kesten and Stigum (Athreya and Ney 1972, ch. V).
    """
    alone, _, start = founder_class(growth, founder)
    rate, _ = leading_vector(alone.mean_matrix(0).T)
    if rate <= 0 or not size > 1:
        raise ScenarioError(
            "tumor.diagnosed_at",
            got=f"{size:g} cells, growth {rate:g} per day",
            expected="more than 1 cell and growth above 0",
        )
    if alone.types == 1:
        survival = float(lasting_survival(alone)[0])
        return (float(np.log(size * survival)) + EULER_GAMMA) / rate
    return (float(np.log(size)) - _mean_log_limit(alone, start, rate)) / rate


def _mean_log_limit(alone: LinearPieces, founder: int, rate: float) -> float:
    """E[ln W | survival], W the limit of the total count times exp(-rate t)."""
    _, value = leading_vector(alone.mean_matrix(0))
    _, shares = leading_vector(alone.mean_matrix(0).T)
    value = value / (value @ shares)
    survival = float(lasting_survival(alone)[founder])
    duration = np.log(_LARGEST / _SMALLEST / survival) / rate
    total = 0.0
    for step in step_through(alone, 0, _SMALLEST * value[None, :], float(duration)):
        x = (_NODES + 1) / 2
        theta = _SMALLEST * np.exp(rate * (step.start + step.length * x))
        gone = x[:, None] ** np.arange(step.terms.shape[0]) @ step.terms[:, 0, founder]
        # e^(-theta) - E[e^(-theta W) | survival] = gone/survival - (1 - e^(-theta))
        inside = gone / survival + np.expm1(-theta)
        total += rate * step.length * float(inside @ _WEIGHTS) / 2
    return total
