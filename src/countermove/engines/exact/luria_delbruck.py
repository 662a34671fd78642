r"""Luria-Delbruck distributions: mutants in a culture, or a tumor, grown from few cells.

Here: the Lea-Coulson distribution, and its extension to mutants that grow, die and plate
differently. Not here: more than one mutant type (see ``inversion.count_distribution_at_size``).

With m mutations expected, the wild type growing as exp(rate t) to the moment of counting, and a
mutant clone of age tau whose survival side is g(tau; s),

.. math:: \log E[z^n] = -m \int_0^\infty e^{-y}\, g(y/\mathrm{rate};\, 1-\epsilon(1-z))\, dy,

epsilon being the chance that a mutant cell is seen (plating efficiency).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countermove.engines.exact.closed_forms import survival_side
from countermove.engines.exact.inversion import pmf_from_generating_function
from countermove.foundation.arrays import Floats
from countermove.foundation.errors import ScenarioError

_DEEPEST = 40.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_CHUNK = 1 << 12


def lea_coulson_pmf(mutations: float, largest: int) -> Floats:
    r"""Luria-Delbruck distribution of mutants as fit as the wild type, no death, all seen.

    .. math:: p_0 = e^{-m}, \qquad p_n = \frac{m}{n}\sum_{i=0}^{n-1} \frac{p_i}{n-i+1}

    Parameters
    ----------
    mutations
        Expected mutations m per culture, finite and not negative.
    largest
        Largest number of mutants asked for.

    Returns
    -------
    (largest + 1,) probabilities. The cost grows as the square of ``largest``.

    Notes
    -----
    Source: Lea and Coulson (1949); recursion of Ma, Sandri and Sarkar (1992). Above m = 745, where
    exp(-m) is no longer a number, use :func:`mutant_count_pmf`.
    """
    _checked("mutations", mutations)
    if mutations > 700:
        raise ScenarioError(
            "mutations", got=f"{mutations:g}", expected="at most 700 for the recursion",
            remedy="Use mutant_count_pmf.",
        )  # fmt: skip
    pmf = np.zeros(largest + 1)
    pmf[0] = np.exp(-mutations)
    shares = 1.0 / np.arange(2.0, largest + 2.0)
    for n in range(1, largest + 1):
        pmf[n] = mutations / n * (pmf[:n] @ shares[n - 1 :: -1])
    return pmf


def mutant_count_pmf(
    mutations: float,
    largest: int,
    *,
    birth: float = 1.0,
    death: float = 0.0,
    rate: float = 1.0,
    plating: float = 1.0,
) -> Floats:
    """Luria-Delbruck distribution with differential growth, mutant death and partial plating.

    Parameters
    ----------
    mutations
        Expected mutations m over the whole growth of the culture.
    largest
        Largest number of mutants asked for.
    birth, death
        Of a mutant cell, 1/day.
    rate
        Net growth rate of the wild type, 1/day, above 0.
    plating
        Chance that a mutant cell is seen, 0 to 1.

    Returns
    -------
    (largest + 1,) probabilities; absolute error about 1e-12.
    """
    return pmf_from_generating_function(
        lambda z: np.exp(
            log_mutant_generating_function(
                1 - z, mutations, birth=birth, death=death, rate=rate, plating=plating
            )
        ),
        largest,
    )


def log_mutant_generating_function(
    final: NDArray[np.inexact],
    mutations: float,
    *,
    birth: float = 1.0,
    death: float = 0.0,
    rate: float = 1.0,
    plating: float = 1.0,
) -> NDArray[np.inexact]:
    """Log of E[z^n] for the number n of mutants seen.

    Parameters
    ----------
    final : (S,)
        1 - z; 1 gives the chance that none is seen.
    mutations, birth, death, rate, plating
        As in :func:`mutant_count_pmf`.

    Returns
    -------
    (S,) logs.

    Notes
    -----
    Gauss-Legendre panels in clone age, narrow where clones are young (their fate is decided within
    1/(b + d)), ending where the culture was exp(-40) of its size. With ``birth = rate``, no death
    and plating z, the log of the chance that none is seen is m z ln(z)/(1 - z) (Stewart, Gordon and
    Levin 1990).
    """
    for name, value in (("mutations", mutations), ("birth", birth), ("death", death)):
        _checked(name, value)
    if not (np.isfinite(rate) and rate > 0):
        raise ScenarioError("rate", got=f"{rate:g} per day", expected="above 0")
    if not 0 <= plating <= 1:
        raise ScenarioError("plating", got=f"{plating:g}", expected="0 to 1")
    edges = _panel_edges(birth, death, rate)
    width = np.diff(edges)
    ages = (edges[:-1, None] + width[:, None] * (_NODES + 1) / 2).ravel()
    weights = (width[:, None] * _WEIGHTS / 2).ravel() * rate * np.exp(-rate * ages)
    seen = plating * np.atleast_1d(np.asarray(final))
    total = np.empty_like(seen)
    for first in range(0, seen.size, _CHUNK):
        part = seen[first : first + _CHUNK, None]
        total[first : first + _CHUNK] = survival_side(birth, death, ages, part) @ weights
    return -mutations * total


def _panel_edges(birth: float, death: float, rate: float) -> Floats:
    """Clone ages between which the integrand is smooth on the panel's own scale."""
    narrowest = 0.5 / (birth + death + rate)
    widest = 0.5 / max(rate, abs(birth - death))
    edges, end = [0.0], _DEEPEST / rate
    while edges[-1] < end:
        step = min(widest, narrowest + 0.5 * edges[-1])
        edges.append(min(edges[-1] + step, end))
    return np.array(edges)


def _checked(name: str, value: float) -> None:
    if not (np.isfinite(value) and value >= 0):
        raise ScenarioError(name, got=f"{value:g}", expected="0 or more, finite")
