r"""Closed forms for a linear birth-death process of one type.

Here: extinction, the one-cell transition (alpha, beta), clone sizes, mean and covariance, stable
from ``r = 0`` to ``r t`` of many thousands. Not here: several types or rates that change with time
(see ``backward``).

Everything is written in :math:`h = (e^{rt}-1)/r` (which is t when r = 0), because
:math:`b e^{rt} - d = r (1 + b h)` turns each quotient of the textbooks into sums of positive terms.

Source: Kendall (1948), On the generalized birth-and-death process; Bailey (1964), ch. 8.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from countermove.foundation.arrays import Floats
from countermove.foundation.errors import ScenarioError

EULER_GAMMA = float(np.euler_gamma)


class Transition(NamedTuple):
    """One-cell transition; the count n after time t is 0 with probability alpha, else geometric.

    Attributes
    ----------
    alpha
        Chance that the clone is gone.
    alive
        ``1 - alpha``, with its own relative accuracy.
    beta
        Ratio of successive clone sizes: P(n) = (1 - alpha)(1 - beta) beta^(n-1).
    ends
        ``1 - beta``, with its own relative accuracy.
    """

    alpha: Floats
    alive: Floats
    beta: Floats
    ends: Floats


def _checked(name: str, value: ArrayLike, unit: str) -> Floats:
    array = np.asarray(value, dtype=np.float64)
    if not np.all(np.isfinite(array)) or np.any(array < 0):
        raise ScenarioError(name, got=f"{value} {unit}", expected="0 or more, finite")
    return array


def transition(birth: ArrayLike, death: ArrayLike, time: ArrayLike) -> Transition:
    r"""Where one cell's clone is after a time.

    .. math:: \alpha = \frac{d(e^{rt}-1)}{b e^{rt}-d} = \frac{dh}{1+bh}, \qquad
              \beta = \frac{bh}{1+bh}, \qquad h = \frac{e^{rt}-1}{r}

    Parameters
    ----------
    birth, death
        Per-cell rates, 1/day, finite and not negative; broadcast with ``time``.
    time : (times,)
        Days since the founder appeared, finite and not negative.

    Returns
    -------
    Transition of arrays of the broadcast shape.

    Raises
    ------
    ScenarioError
        A rate or a time is negative or not finite.
    """
    birth = _checked("birth", birth, "per day")
    death = _checked("death", death, "per day")
    time = _checked("time", time, "days")
    growth = (birth - death) * time
    # Numerator and denominator are both divided by exp(rt) when that is above 1.
    h = time * scipy.special.exprel(-np.abs(growth))
    one = np.exp(-np.maximum(growth, 0.0))
    whole = one + birth * h
    return Transition(
        alpha=death * h / whole,
        alive=np.exp(np.minimum(growth, 0.0)) / whole,
        beta=birth * h / whole,
        ends=one / whole,
    )


def extinction_probability(birth: ArrayLike, death: ArrayLike, time: ArrayLike) -> Floats:
    r"""Probability that the clone of one founder is gone by each time.

    .. math:: p_0(t) = d\,(e^{rt}-1)\,/\,(b\,e^{rt}-d), \quad r = b - d

    Parameters
    ----------
    birth, death
        Per-cell rates, 1/day, finite and not negative.
    time : (times,)
        Days since the founder appeared, finite and not negative.

    Returns
    -------
    (times,) probabilities in [0, 1], never falling with time.

    Raises
    ------
    ScenarioError
        A rate or a time is negative or not finite.
    """
    return transition(birth, death, time).alpha


def ultimate_survival(birth: ArrayLike, death: ArrayLike) -> Floats:
    """Probability that the clone of one founder never dies out, ``max(0, 1 - d/b)``.

    Parameters
    ----------
    birth, death
        Per-cell rates, 1/day. Without any event (both 0) the founder itself stays: 1.

    Returns
    -------
    Array of the broadcast shape.
    """
    birth, death = _checked("birth", birth, "per day"), _checked("death", death, "per day")
    quiet = (birth == 0) & (death == 0)
    return np.where(quiet, 1.0, np.maximum(birth - death, 0.0) / np.where(birth > 0, birth, 1.0))


def clone_size_pmf(birth: float, death: float, time: float, largest: int) -> Floats:
    """Probability of each size of one founder's clone.

    Parameters
    ----------
    birth, death
        Per-cell rates, 1/day.
    time
        Days since the founder appeared.
    largest
        Largest size asked for.

    Returns
    -------
    (largest + 1,) probabilities of 0, 1, ..., ``largest`` cells.
    """
    alpha, alive, beta, ends = transition(birth, death, time)
    sizes = np.arange(1, largest + 1, dtype=np.float64)
    log_beta = np.log1p(-ends) if beta > 0.5 else None
    powers = scipy.special.xlogy(sizes - 1, beta) if log_beta is None else (sizes - 1) * log_beta
    return np.concatenate(([float(alpha)], alive * ends * np.exp(powers)))


def generating_function(
    birth: ArrayLike, death: ArrayLike, time: ArrayLike, s: ArrayLike
) -> NDArray[np.inexact]:
    r"""E[s^n] for one founder's clone, through its survival side.

    .. math:: 1 - F(t; s) = \frac{(1-s)\, e^{rt}}{1 + b h (1-s)}

    Parameters
    ----------
    birth, death, time
        As in :func:`transition`.
    s
        Arguments, real or complex, ``abs(s) <= 1``; broadcast with ``time``.

    Returns
    -------
    Array of the broadcast shape.
    """
    return 1 - survival_side(birth, death, time, 1 - np.asarray(s))


def survival_side(
    birth: ArrayLike, death: ArrayLike, time: ArrayLike, final: ArrayLike
) -> NDArray[np.inexact]:
    """1 - F(t; s) as a function of 1 - s; keeps the relative accuracy of small values.

    Parameters
    ----------
    birth, death, time
        As in :func:`transition`.
    final
        1 - s, real or complex.

    Returns
    -------
    Array of the broadcast shape.
    """
    birth = _checked("birth", birth, "per day")
    growth = (birth - _checked("death", death, "per day")) * _checked("time", time, "days")
    h = np.asarray(time, dtype=np.float64) * scipy.special.exprel(-np.abs(growth))
    one = np.exp(-np.maximum(growth, 0.0))
    final = np.asarray(final)
    return final * np.exp(np.minimum(growth, 0.0)) / (one + birth * h * final)


def mean(birth: ArrayLike, death: ArrayLike, time: ArrayLike) -> Floats:
    """Mean clone size of one founder, ``exp(r t)``; infinite where that overflows.

    Parameters
    ----------
    birth, death, time
        As in :func:`transition`.

    Returns
    -------
    Array of the broadcast shape, cells.
    """
    rate = _checked("birth", birth, "per day") - _checked("death", death, "per day")
    with np.errstate(over="ignore"):
        return np.exp(rate * _checked("time", time, "days"))


def variance(birth: ArrayLike, death: ArrayLike, time: ArrayLike) -> Floats:
    r"""Variance of one founder's clone size, :math:`(b+d)\, e^{rt}\, h`; ``2bt`` when r = 0.

    Parameters
    ----------
    birth, death, time
        As in :func:`transition`.

    Returns
    -------
    Array of the broadcast shape, cells squared; infinite where it overflows.
    """
    size = mean(birth, death, time)
    birth, death = np.asarray(birth, dtype=np.float64), np.asarray(death, dtype=np.float64)
    time = np.asarray(time, dtype=np.float64)
    with np.errstate(over="ignore"):
        return (birth + death) * time * (size * scipy.special.exprel((birth - death) * time))


def covariance(birth: ArrayLike, death: ArrayLike, first: ArrayLike, second: ArrayLike) -> Floats:
    """Covariance of one founder's clone sizes at two times.

    Parameters
    ----------
    birth, death
        Per-cell rates, 1/day.
    first, second
        Days since the founder appeared, in either order.

    Returns
    -------
    Array of the broadcast shape: the variance at the earlier time, times the mean growth between.
    """
    earlier, later = np.minimum(first, second), np.maximum(first, second)
    return variance(birth, death, earlier) * mean(birth, death, later - earlier)
