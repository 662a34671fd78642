"""Numbers that go together: rank correlations as the matrices of a Gaussian copula.

Here: pairs to groups, the matrix of each group, and what to say where there is none. Not here:
drawing from them (``simulation``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from countermove.foundation import ScenarioError, number_text, shown, suggestion

if TYPE_CHECKING:
    from countermove.scenario.cohort import Variation

Pairs = dict[tuple[str, str], float]
LEAST_EIGENVALUE = 1e-9
MOST_TOGETHER = 300


@dataclass(frozen=True, slots=True)
class Group:
    """Numbers correlated with one another, directly or through others.

    Attributes
    ----------
    names
        In alphabetical order.
    factor
        (names, names) lower triangular: Cholesky factor of the copula's correlations.
    """

    names: tuple[str, ...]
    factor: tuple[tuple[float, ...], ...]


def correlated_groups(
    vary: Mapping[str, Variation], covariates: Mapping[str, Variation], names: Mapping[str, str]
) -> tuple[Group, ...]:
    r"""Find groups of numbers that are correlated, with the factor to draw them.

    Parameters
    ----------
    vary, covariates
        As in ``patients``.
    names
        One spelling of every path and covariate by the spelling in the file.

    Raises
    ------
    ScenarioError
        A pair of which one is not drawn, two values for one pair, or correlations that no numbers
        can have together.

    Notes
    -----
    A Spearman correlation :math:`\rho` of two numbers is the correlation
    :math:`r = 2\sin(\pi\rho/6)` of the normal scores of a Gaussian copula. Source: Kruskal (1958),
    Ordinal measures of association, J. Am. Stat. Assoc. 53:814.
    """
    pairs: Pairs = {}
    for section, content in (("vary", vary), ("covariates", covariates)):
        for given, variation in content.items():
            for other, value in variation.correlated_with.items():
                where = f"patients.{section}.{given}.correlated_with.{other}"
                _add(pairs, (names[given], _named(other, names, where)), value, where)
    return tuple(_group(members, pairs) for members in _connected(pairs))


def _named(other: str, names: Mapping[str, str], where: str) -> str:
    squeezed = ".".join(step.strip() for step in other.split("."))
    known = {**{name: name for name in names.values()}, **names}
    result = known.get(other) or known.get(squeezed)
    if result is None:
        raise ScenarioError(
            where,
            got=f"{shown(other)}, which does not differ",
            expected="another number of patients.vary, or a covariate",
            remedy=suggestion(other, names) if len(names) > 1 else "",
        )
    return result


def _add(pairs: Pairs, pair: tuple[str, str], value: float, where: str) -> None:
    if pair[0] == pair[1]:
        raise ScenarioError(where, got="a number with itself", expected="another number")
    key = (min(pair), max(pair))
    if pairs.setdefault(key, value) != value:
        raise ScenarioError(
            where,
            got=f"{number_text(value)}, and {number_text(pairs[key])} from the other side",
            expected="one correlation for a pair",
        )


def _connected(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Join pairs to sets of names, each in alphabetical order."""
    group_of: dict[str, set[str]] = {}
    for one, other in pairs:
        joined = group_of.get(one, {one}) | group_of.get(other, {other})
        for name in joined:
            group_of[name] = joined
    return sorted({tuple(sorted(group)) for group in group_of.values()})


def copula(rank: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlations of normal scores from rank correlations, any shape, -1 to 1."""
    return 2.0 * np.sin(np.pi * rank / 6.0)


def _group(names: tuple[str, ...], pairs: Pairs) -> Group:
    if len(names) > MOST_TOGETHER:
        raise ScenarioError(
            "patients.vary",
            got=f"{len(names)} numbers correlated with one another",
            expected=f"at most {MOST_TOGETHER}",
        )
    place = {name: number for number, name in enumerate(names)}
    inside = {pair: value for pair, value in pairs.items() if pair[0] in place}
    matrix = _matrix(inside, place)
    if float(np.linalg.eigvalsh(matrix)[0]) < LEAST_EIGENVALUE:
        said = "; ".join(f"{one} with {two} {value:g}" for (one, two), value in inside.items())
        raise ScenarioError(
            "patients.vary",
            got=f"correlations that no numbers can have together: {said}",
            expected="correlations whose matrix is positive definite (pairs not named are 0)",
            remedy=_nearest(matrix, place),
        )
    rows: list[list[float]] = np.linalg.cholesky(matrix).tolist()
    return Group(names, tuple(tuple(row) for row in rows))


def _matrix(pairs: Pairs, place: Mapping[str, int]) -> NDArray[np.float64]:
    rank = np.zeros((len(place), len(place)))
    for (one, other), value in pairs.items():
        rank[place[one], place[other]] = rank[place[other], place[one]] = value
    matrix = copula(rank)
    np.fill_diagonal(matrix, 1.0)
    return matrix


def _nearest(matrix: NDArray[np.float64], place: Mapping[str, int]) -> str:
    """Correlations near those given that are possible, with 3 digits, in words.

    Eigenvalues below a floor are raised to it and the diagonal is scaled back to 1 (Rebonato and
    Jaeckel 1999); the floor is raised until the rounded numbers pass too.
    """
    names = tuple(place)
    values, vectors = np.linalg.eigh(matrix)
    floor = 1e-3
    while True:
        raised: Any = (vectors * np.maximum(values, floor)) @ vectors.T
        scale = np.sqrt(np.diag(raised))
        near: Any = np.clip(raised / np.outer(scale, scale), -1.0, 1.0)
        rank = cast("NDArray[np.float64]", np.round(6.0 / math.pi * np.arcsin(near / 2.0), 3))
        pairs = {
            (names[i], names[j]): float(rank[i, j])
            for i in range(len(names))
            for j in range(i + 1, len(names))
            if rank[i, j] != 0.0
        }
        if float(np.linalg.eigvalsh(_matrix(pairs, place))[0]) > LEAST_EIGENVALUE or floor > 1.0:
            break
        floor *= 2.0
    said = "; ".join(f"{one} with {other} {value:g}" for (one, other), value in pairs.items())
    return f"The nearest that is: {said}."
