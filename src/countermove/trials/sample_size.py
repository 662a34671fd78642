"""Sample size by simulation: the fewest patients with which a design has a power.

Here: the search over sizes. Not here: the power of one size (``trials.power``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from countermove.foundation import ScenarioError, number_text, shown
from countermove.trials.design import MOST_PATIENTS, Design
from countermove.trials.outcomes import Outcomes, check_pools
from countermove.trials.power import Power, design_power, most_in_arms

Trial = Callable[[int], Power]
NORMAL = NormalDist()
MOST_CELLS = 24


@dataclass(frozen=True, slots=True)
class SampleSize:
    """Patients needed for a power.

    Attributes
    ----------
    patients : in all, a whole number of the allocation's parts
    interval : patients at which the power reaches the target with its Monte Carlo error in favor,
        and against it; the second is None where that lies past the largest size
    target : power asked for
    cells : the sizes tried, smallest first, the answer among them
    """

    patients: int
    interval: tuple[int, int | None]
    target: float
    cells: tuple[Power, ...]


def sample_size(
    design: Design,
    outcomes: Sequence[Outcomes],
    *,
    seed: int,
    target: float = 0.9,
    trials: int = 1000,
    paired: bool = False,
    strata: ArrayLike | None = None,
    most: int | None = None,
) -> SampleSize:
    """Fewest patients with which the simulated power reaches a target.

    Parameters
    ----------
    design
        The protocol; its `patients` is where the search starts. Planned `events`, where given, stay
        in proportion to the patients.
    outcomes, seed, trials, paired, strata
        As in `design_power`.
    target
        Power asked for, more than `design.alpha` and less than 1.
    most
        Largest size tried; by default the largest that the pools allow.

    Returns
    -------
    SampleSize, to within 1% or one part of each arm.

    Raises
    ------
    ScenarioError
        The target is no power, or the largest size does not reach it.

    Notes
    -----
    The normal quantile of the power is close to a straight line in the square root of the patients.
    Sizes are tried where the line through the nearest two says; the interval is read off a line
    through all of them, 1.96 standard errors up and down.
    """
    if not design.alpha < target < 1.0:
        raise ScenarioError(
            "target",
            got=shown(target),
            expected=f"more than alpha, {number_text(design.alpha)}, and less than 1",
        )
    check_pools(outcomes, len(design.arms), paired=paired)
    unit = sum(design.allocation)
    top = _largest(design, outcomes, paired) if most is None else most
    top = top // unit * unit
    if top < unit:
        raise ScenarioError("most", got=f"{most} patients", expected=f"at least {unit}")
    cells: dict[int, Power] = {}

    def tried(patients: int) -> Power:
        if patients not in cells:
            smaller = _resized(design, patients)
            cells[patients] = design_power(
                smaller, outcomes, seed=seed, trials=trials, paired=paired, strata=strata
            )
        return cells[patients]

    def whole(patients: float) -> int:
        return int(min(max(unit, math.ceil(patients / unit - 1e-9) * unit), top))

    low, high = _bracket(tried, whole, (design.patients, top), target)
    while high - low > max(unit, 0.01 * high) and len(cells) < MOST_CELLS:
        middle = min(max(whole(_on_line(tried(low), tried(high), target)), low + unit), high - unit)
        low, high = (low, middle) if tried(middle).power >= target else (middle, high)
    ordered = tuple(cells[number] for number in sorted(cells))
    least, highest = _around(ordered, high, target, top)
    return SampleSize(high, (max(least, unit), highest), target, ordered)


def _largest(design: Design, outcomes: Sequence[Outcomes], paired: bool) -> int:
    """Most patients that the pools allow."""
    if paired:
        return min(outcomes[0].size, MOST_PATIENTS)
    parts = sum(design.allocation)
    shares = zip(outcomes, design.allocation, strict=True)
    number = min(each.size * parts // part for each, part in shares)
    number = min(number, MOST_PATIENTS)
    while number >= parts:  # the last block may be uneven
        if all(
            least <= each.size
            for least, each in zip(most_in_arms(design, number), outcomes, strict=True)
        ):
            break
        number -= 1
    return number


def _resized(design: Design, patients: int) -> Design:
    events = design.events
    if events is not None:
        events = max(1, round(events * patients / design.patients))
    return replace(design, patients=patients, events=events)


def _bracket(
    tried: Trial, whole: Callable[[float], int], span: tuple[int, int], target: float
) -> tuple[int, int]:
    """Sizes below and at or above the target; the same twice where the smallest is enough."""
    here, top = whole(span[0]), span[1]
    if tried(here).power >= target:
        while here > whole(0.0):
            last, here = here, whole(here / 2.0)
            if tried(here).power < target:
                return here, last
        return here, here
    while here < top:
        last, here = here, whole(here * 2.0)
        if tried(here).power >= target:
            return last, here
    raise ScenarioError(
        "target",
        got=f"power {tried(here).power:.3f} with {here} patients, the most that can be tried",
        expected=f"at least {number_text(target)}",
        remedy="Simulate larger pools, follow up longer, or ask for less power.",
    )


def _quantile(cell: Power) -> float:
    half = 0.5 / cell.trials
    return NORMAL.inv_cdf(min(max(cell.power, half), 1.0 - half))


def _on_line(low: Power, high: Power, target: float) -> float:
    """Size at which the line through two cells reaches the target, not too near either."""
    left, right = _quantile(low), _quantile(high)
    part = (NORMAL.inv_cdf(target) - left) / (right - left) if right > left else 0.5
    first, last = math.sqrt(low.patients), math.sqrt(high.patients)
    return (first + min(max(part, 0.1), 0.9) * (last - first)) ** 2


def _around(
    cells: tuple[Power, ...], found: int, target: float, top: int
) -> tuple[int, int | None]:
    """Where the fitted power is 1.96 of its standard errors above and below the target."""
    near = [cell for cell in cells if abs(cell.power - target) < 0.25]
    roots = np.sqrt([cell.patients for cell in near])
    heights = np.array([_quantile(cell) for cell in near])
    if len(near) < 2:
        return found, found
    slope = float(np.polyfit(roots, heights, 1)[0])
    if slope <= 0.0:
        return 0, None
    level = NORMAL.inv_cdf(target)
    error = math.sqrt(target * (1.0 - target) / cells[0].trials) / NORMAL.pdf(level)
    root, half = math.sqrt(found), 1.96 * error / slope
    above = math.ceil((root + half) ** 2)
    return math.floor(max(root - half, 0.0) ** 2), above if above <= top else None
