"""Cox's partial likelihood of one number, the logarithm of a hazard ratio.

Here: its terms, ties after Efron (1977), and its maximum by Newton's method. Not here: what is made
of it (``trials.analysis``).
"""

from __future__ import annotations

import math

import numpy as np

from countermove.foundation.arrays import Bools, Floats

FARTHEST_LOG_RATIO = 25.0
STEPS = 100


def efron_terms(days: Floats, hit: Bools, one: Bools) -> tuple[Floats, Floats]:
    """For each event: how many in control and treated stand in its term, after Efron."""
    at, number = np.unique(days[hit], return_counts=True)
    number_one = np.zeros(at.size)
    at_one, counts = np.unique(days[hit & one], return_counts=True)
    number_one[np.searchsorted(at, at_one)] = counts
    treated, control = np.sort(days[one]), np.sort(days[~one])
    risk_one = treated.size - np.searchsorted(treated, at, side="left").astype(np.float64)
    risk_zero = control.size - np.searchsorted(control, at, side="left").astype(np.float64)
    del treated, control
    if number.max() == 1:  # no ties: each event stands alone
        return risk_zero, risk_one
    part = np.arange(number.sum(), dtype=np.float64)  # of a tie, those before it
    part -= np.repeat(np.cumsum(number) - number, number)
    part /= np.repeat(number, number)
    return (
        np.repeat(risk_zero, number) - part * np.repeat(number - number_one, number),
        np.repeat(risk_one, number) - part * np.repeat(number_one, number),
    )


def maximum(terms: tuple[Floats, Floats], observed: int) -> tuple[float, float]:
    """Log ratio at which the score is 0, and the information there; infinite if there is none."""
    zero, one = terms

    def share(log_ratio: float) -> Floats:
        return one / (one + zero * math.exp(-log_ratio))

    # the score falls with the ratio; where it keeps one sign the maximum lies at infinity
    if observed - float(np.where(zero > 0.0, 0.0, 1.0).sum()) <= 0.0:
        return -math.inf, 0.0
    if observed - float(np.where(one > 0.0, 1.0, 0.0).sum()) >= 0.0:
        return math.inf, 0.0
    low, high, guess = -FARTHEST_LOG_RATIO, FARTHEST_LOG_RATIO, 0.0
    information = 0.0
    for _ in range(STEPS):
        weight = share(guess)
        score = observed - float(weight.sum())
        information = float((weight * (1.0 - weight)).sum())
        low, high = (guess, high) if score > 0.0 else (low, guess)
        step = guess + score / information if information > 0.0 else math.inf
        new = step if low < step < high else 0.5 * (low + high)
        if abs(new - guess) < 1e-10:
            return new, information
        guess = new
    return guess, information
