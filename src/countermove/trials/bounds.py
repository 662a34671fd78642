"""Efficacy bounds of a trial that is looked at more than once.

Here: alpha spending after Lan and DeMets, the bounds it gives, and the chances of crossing bounds,
by recursive numerical integration; conditional power. Not here: the statistics that are compared
with the bounds (``trials.analysis``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from countermove.foundation import ScenarioError, number_text, shown, suggestion
from countermove.foundation.arrays import Floats
from countermove.trials.design import SPENDING

FARTHEST = 8.0  # a standard normal lies beyond it with chance 6e-16
FEWEST_NODES = 96
NODES_PER_STEP = 6  # nodes per standard deviation of the step between two looks


@dataclass(frozen=True, slots=True)
class Bounds:
    """Two-sided symmetric efficacy bounds.

    Attributes
    ----------
    information : (looks,) fractions, rising
    z : (looks,) the trial stops for efficacy where the statistic is at least this far from 0;
        infinite where too little is spent to stop at all
    spent : (looks,) two-sided alpha spent by then
    nominal : (looks,) two-sided p-value at or below which the trial stops
    """

    information: Floats
    z: Floats
    spent: Floats
    nominal: Floats


def spent_alpha(fraction: ArrayLike, *, alpha: float = 0.05, spending: str) -> Floats:
    r"""Two-sided alpha spent by an information fraction.

    Each side spends :math:`a = \alpha/2`:

    .. math:: a(t) = 2 - 2\Phi(z_{1-a/2}/\sqrt t) \quad\text{or}\quad a(t) = a\ln(1+(e-1)t)

    for ``obrien_fleming`` and ``pocock``.

    Parameters
    ----------
    fraction : (looks,)
        Information fractions, 0 to 1.
    alpha
        Two-sided, spent in all.
    spending
        ``obrien_fleming`` or ``pocock``.

    Returns
    -------
    (looks,) never falling, `alpha` at 1.

    Raises
    ------
    ScenarioError
        `spending` is not known.

    Notes
    -----
    Source: Lan and DeMets (1983), Biometrika 70:659, their alpha-star 1 and 2.
    """
    time = np.asarray(fraction, dtype=np.float64)
    side = alpha / 2.0
    if spending == "obrien_fleming":
        with np.errstate(divide="ignore"):
            one = 2.0 * ndtr(ndtri(side / 2.0) / np.sqrt(time))
    elif spending == "pocock":
        one = side * np.log1p((math.e - 1.0) * time)
    else:
        raise ScenarioError(
            "spending",
            got=shown(spending),
            expected=f"one of {', '.join(SPENDING)}",
            remedy=suggestion(spending, SPENDING),
        )
    return np.asarray(np.minimum(2.0 * one, alpha), dtype=np.float64)


def efficacy_bounds(
    information: ArrayLike,
    *,
    alpha: float = 0.05,
    spending: str = "obrien_fleming",
    spent_at: ArrayLike | None = None,
) -> Bounds:
    """Bounds that spend alpha as `spent_alpha` says.

    Parameters
    ----------
    information : (looks,)
        Information at each look, rising, above 0; only ratios between looks matter.
    alpha
        Two-sided, spent in all; more than 0, less than 1.
    spending
        ``obrien_fleming`` or ``pocock``.
    spent_at : (looks,)
        Fractions at which the spending function is read, rising, at most 1: for a trial that ended
        with less or more information than planned. By default `information`, which must then be
        at most 1.

    Returns
    -------
    Bounds

    Raises
    ------
    ScenarioError
        Looks do not rise, lie outside their range, or the spending is not known.

    Notes
    -----
    The density of the score at each look, over the region where the trial goes on, is integrated
    recursively (Armitage, McPherson and Rowe 1969; Jennison and Turnbull 2000, chapter 19), here by
    Gauss-Legendre quadrature; each bound is a root in what it adds to the chance of crossing.
    """
    times = _rising("information", information)
    at = times if spent_at is None else _rising("spent_at", spent_at)
    if at.size != times.size or at[-1] > 1.0:
        raise ScenarioError(
            "information" if spent_at is None else "spent_at",
            got=number_text(float(at[-1])) if at.size == times.size else f"{at.size} looks",
            expected=f"{times.size} fractions, at most 1",
        )
    if not 0.0 < alpha < 1.0:
        raise ScenarioError("alpha", got=shown(alpha), expected="more than 0 and less than 1")
    spent = spent_alpha(at, alpha=alpha, spending=spending)
    levels = np.empty(times.size)
    region = _Region()
    for look, step in enumerate(np.diff(spent, prepend=0.0)):
        levels[look] = region.level(times[look], step / 2.0)
        region.go_on(times[look], levels[look])
    return Bounds(times, levels, spent, np.asarray(2.0 * ndtr(-levels), dtype=np.float64))


def conditional_power(z: ArrayLike, fraction: float, bound: float) -> Floats:
    r"""Chance to end above the final bound in favor of the treated arm, at the trend so far.

    With :math:`B = z\sqrt t`, the drift seen is :math:`B/t`, and the chance is
    :math:`1-\Phi((b - B - (1-t)B/t)/\sqrt{1-t})`.

    Parameters
    ----------
    z : (trials,)
        Statistics at a look.
    fraction
        Of the planned events seen by then.
    bound
        Of the final look.

    Returns
    -------
    (trials,) nan where the fraction is not between 0 and 1, or the bound not finite.

    Notes
    -----
    Source: Lan and Wittes (1988), Biometrics 44:579.
    """
    so_far = np.asarray(z, dtype=np.float64) * math.sqrt(max(fraction, 0.0))
    if not 0.0 < fraction < 1.0 or not math.isfinite(bound):
        return np.full(so_far.shape, np.nan)
    short = bound - so_far - (1.0 - fraction) * so_far / fraction
    return np.asarray(ndtr(-short / math.sqrt(1.0 - fraction)), dtype=np.float64)


def crossing_probabilities(
    information: ArrayLike, z: ArrayLike, *, drift: float = 0.0
) -> tuple[Floats, Floats]:
    """Chances of crossing two-sided bounds first at each look.

    Parameters
    ----------
    information : (looks,)
        Information fractions, rising, above 0.
    z : (looks,)
        Bounds, above 0; infinite for a look that cannot stop the trial.
    drift
        Mean of the statistic at information 1.

    Returns
    -------
    (looks,), (looks,) chances of stopping above and below; their sum over looks is the power.

    Raises
    ------
    ScenarioError
        Looks do not rise.

    Notes
    -----
    Source: Jennison and Turnbull (2000), chapter 19.
    """
    times = _rising("information", information)
    levels = np.asarray(z, dtype=np.float64)
    above, below = np.empty(times.size), np.empty(times.size)
    region = _Region(drift)
    for look, (time, level) in enumerate(zip(times, levels, strict=True)):
        above[look] = region.beyond(time, level)
        below[look] = region.beyond(time, level, up=False)
        region.go_on(time, level)
    return above, below


class _Region:
    """The score S(t) ~ N(drift t, t) of a trial still going on, as weights at nodes."""

    def __init__(self, drift: float = 0.0) -> None:
        self.drift = drift
        self.time = 0.0
        self.nodes: Floats = np.zeros(1)
        self.weights: Floats = np.ones(1)

    def beyond(self, time: float, level: float, *, up: bool = True) -> float:
        """Chance to be beyond a bound on one side at a look, having gone on until then."""
        step = time - self.time
        sign = 1.0 if up else -1.0
        gap = level * math.sqrt(time) - sign * (self.nodes + self.drift * step)
        return float(self.weights @ ndtr(-gap / math.sqrt(step)))

    def level(self, time: float, chance: float) -> float:
        """Bound beyond which lies a chance, on the upper side."""
        if chance <= self.beyond(time, FARTHEST):
            return math.inf
        result = brentq(lambda z: self.beyond(time, z) - chance, 0.0, FARTHEST, xtol=1e-10)
        return float(result)  # type: ignore[arg-type]

    def go_on(self, time: float, level: float) -> None:
        """Keep what lies between the bounds of a look."""
        step = time - self.time
        edge = level * math.sqrt(time)
        mean, far = self.drift * time, FARTHEST * math.sqrt(time)
        low, high = max(-edge, mean - far), min(edge, mean + far)
        if low >= high:
            low, high = -edge, edge
        number = max(FEWEST_NODES, math.ceil(NODES_PER_STEP * (high - low) / math.sqrt(step)))
        unit, weight = _nodes(min(number, 2000))
        nodes = low + (unit + 1.0) * (high - low) / 2.0
        gap = nodes[:, None] - self.nodes[None, :] - self.drift * step
        density = np.exp(-0.5 * gap * gap / step) / math.sqrt(2.0 * math.pi * step)
        self.weights = weight * (high - low) / 2.0 * (density @ self.weights)
        self.nodes, self.time = nodes, time


@lru_cache(maxsize=256)
def _nodes(number: int) -> tuple[Floats, Floats]:
    """Nodes and weights of Gauss and Legendre on (-1, 1), worked out once."""
    unit, weight = np.polynomial.legendre.leggauss(number)
    return unit, weight


def _rising(where: str, values: ArrayLike | Sequence[float]) -> Floats:
    times = np.asarray(values, dtype=np.float64)
    if times.ndim != 1 or not times.size:
        raise ScenarioError(where, got=f"{times.size} looks", expected="a list of one or more")
    before = 0.0
    for number, time in enumerate(times.tolist()):
        if not (math.isfinite(time) and time > before):
            raise ScenarioError(
                f"{where}.{number}",
                got=number_text(time),
                expected=f"more than {number_text(before)}",
            )
        before = time
    return times
