"""Distributions in base units: what one is, where it is, and how it comes from numbers as written.

Here: ``Law`` and how its numbers come about. Not here: how a file says it (``distributions``),
drawing from it (``simulation``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from countermove.foundation import ScenarioError, number_text, parse_quantity
from countermove.foundation.units import DIMENSIONS

LEAST_CV = 1e-4  # of a gamma; below it the shape is too large for its quantiles


@dataclass(frozen=True, slots=True)
class Law:
    """A distribution in base units.

    Attributes
    ----------
    kind
        ``constant`` (value), ``normal`` (mean, sd), ``lognormal`` (log of the median, sigma),
        ``uniform`` and ``loguniform`` (low, high), ``beta`` (a, b, low, high), ``gamma`` (shape,
        scale), ``discrete``, ``words``.
    numbers
        What the kind says in brackets; the values, for ``discrete``.
    low, high
        Where the distribution is cut off; infinite where it is not.
    weights
        For ``discrete`` and ``words``, positive somewhere, not normalized.
    words
        The values, for ``words``.
    """

    kind: str
    numbers: tuple[float, ...]
    low: float = -math.inf
    high: float = math.inf
    weights: tuple[float, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Numbers of a distribution into base units."""

    dimension: str

    def number(self, value: float | str, where: str) -> float:
        """Read one number; without a unit word it is in the base unit already."""
        if isinstance(value, str):
            return parse_quantity(value, self.dimension, where)
        return value

    def pair(self, values: tuple[float | str, float | str], where: str) -> tuple[float, float]:
        """Read two numbers."""
        return self.number(values[0], f"{where}.0"), self.number(values[1], f"{where}.1")

    def rising(self, ends: tuple[float, float], where: str) -> tuple[float, float]:
        """Return two ends, or refuse them where the first is not the smaller one."""
        if ends[0] >= ends[1]:
            unit = DIMENSIONS[self.dimension].base
            raise ScenarioError(
                f"{where}.0",
                got=f"{number_text(ends[0])} {unit}".rstrip(),
                expected=f"less than {number_text(ends[1])} {unit}".rstrip(),
            )
        return ends


def positive(value: float, where: str) -> float:
    """Return a number above 0, or refuse it."""
    if value <= 0.0:
        raise ScenarioError(where, got=number_text(value), expected="a number above 0")
    return value


def lognormal(median: float | None, cv: float, where: str) -> tuple[str, tuple[float, ...]]:
    """Kind and numbers of a lognormal: sigma squared is ln(1 + CV squared)."""
    if median is None or not 0.0 < median < math.inf:
        got = "nothing" if median is None else number_text(median)
        raise ScenarioError(
            where,
            got=f"{got} as the median",
            expected="a finite number above 0, which a lognormal is about",
            remedy="Use normal, uniform or another distribution.",
        )
    sigma = math.sqrt(math.log1p(cv**2))
    return ("lognormal", (math.log(median), sigma)) if sigma > 0.0 else ("constant", (median,))


def gamma(mean: float, cv: float, where: str) -> tuple[str, tuple[float, ...]]:
    """Kind and numbers of a gamma: its shape is 1 / CV squared."""
    positive(mean, where)
    if cv == 0.0:
        return "constant", (mean,)
    if cv < LEAST_CV:
        raise ScenarioError(
            "gamma.1", got=number_text(cv), expected=f"0, or at least {number_text(LEAST_CV)}"
        )
    return "gamma", (cv**-2, mean * cv**2)


def discrete_law(
    given: Sequence[float | str],
    weights: Sequence[float],
    reader: Reader,
    *,
    cut: tuple[float, float],
) -> Law:
    """Keep the values between the bounds, with their weights; words where all are words."""
    words = [value for value in given if isinstance(value, str) and value[:1].isalpha()]
    if len(words) == len(given) and cut == (-math.inf, math.inf):
        return Law("words", (), weights=tuple(weights), words=tuple(words))
    numbers = [reader.number(v, f"discrete.values.{n}") for n, v in enumerate(given)]
    pairs = zip(numbers, weights, strict=True)
    kept = [(number, weight) for number, weight in pairs if cut[0] <= number <= cut[1]]
    if not sum(weight for _, weight in kept) > 0.0:
        raise nothing_left(cut)
    values, chances = zip(*kept, strict=True)
    return Law("discrete", values, weights=chances)


def ends_of(law: Law) -> tuple[float, float]:
    """Smallest and largest number that may come out, the bounds included."""
    low, high = law.low, law.high
    if law.kind == "discrete":
        possible = [v for v, weight in zip(law.numbers, law.weights, strict=True) if weight > 0.0]
        return min(possible), max(possible)
    inside = _unbounded_by(law)
    return max(low, inside[0]), min(high, inside[1])


def _unbounded_by(law: Law) -> tuple[float, float]:
    """Where the distribution is without its bounds."""
    if law.kind == "constant":
        return law.numbers[0], law.numbers[0]
    if law.kind in ("uniform", "loguniform"):
        return law.numbers[0], law.numbers[1]
    if law.kind == "beta":
        return law.numbers[2], law.numbers[3]
    return (0.0 if law.kind in ("lognormal", "gamma") else -math.inf), math.inf


def check_something_left(law: Law) -> None:
    """Refuse bounds that lie outside of where the distribution is."""
    ends = _unbounded_by(law)
    inside = law.low < ends[1] and law.high > ends[0]
    if law.kind == "constant":
        inside = law.low <= ends[0] <= law.high
    if not inside:
        raise nothing_left((law.low, law.high))


def nothing_left(cut: tuple[float, float]) -> ScenarioError:
    """Make the error for bounds outside of where the distribution is."""
    return ScenarioError(
        "truncate",
        got=f"{number_text(cut[0])} to {number_text(cut[1])}, where the distribution never is",
        expected="bounds that leave something of it",
    )
