r"""Tumors grown from one cell, conditional on survival, until they first reach a size.

Here: the generating function of all types at that moment, and the probabilities built on it
(resistance at diagnosis, cure by a treatment that begins there). Not here: how long the growth
takes (see ``first_passage``), and growth laws with competition (refused by the front).

Derivation, after Iwasa, Nowak and Michor (2006). Seen backward from the moment the tumor has M
cells, its founder-type population tau days earlier is x(tau), from x(0) = vM down to the founder,
x = 1; lambda is the growth rate and v the founder type's share in stable growth. Cells leave that
population for type l (by mutation or move) at rate :math:`m_l = b_0 u_{0l} + q_{0l}`; each
founds an independent lineage, aged tau at the end. So

.. math:: \log E\Bigl[\prod_k s_k^{N_k}\Bigr] = vM\log s_0
    - \sum_l m_l \int_0^{\tau_1} x(\tau)\, g_l(\tau; s)\, d\tau ,

with g = 1 - F for growth-phase rates. Where the founder type can be entered again (switching),
lineages are followed only until they return to it, since vM already counts those that return.

The path x. A random walk that goes up with odds 1:q, conditioned to reach M before 0, divides
:math:`(1-q^{x+1})(1-q^{M-x})/(1-q)` times at size x (gambler's ruin; q = chance that the founder's
lineage dies out). Dividing by b x gives the time spent there and, on integrating,

.. math:: \ln x + q\,E_1(s' x) = \ln(vM) - 1/(s' vM) - \lambda\tau, \qquad s' = -\ln q,

which is exponential in between, ends after :math:`\tau_1 \approx (\ln(vMs)+\gamma)/\lambda` days,
and is exact in its count of divisions for d = 0.

Error, relative to the exponent: O(1/(M s)^2) from the ends, s = 1 - q; and O(mutant fraction), as
mutants take up part of M; above 10% the computation is refused. Tested against exact simulation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from countermove.engines.exact.backward import lasting_survival, log_none_survive, survival_side
from countermove.engines.exact.linear_pieces import LinearPieces, type_mask
from countermove.engines.exact.taylor import ORDER, step_through
from countermove.foundation.arrays import Floats
from countermove.foundation.errors import EngineRefusal, ScenarioError

Counting = Literal["alive", "ever", "surviving"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(ORDER + 4)
_NODES, _WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2
_VANDERMONDE = _NODES[:, None] ** np.arange(ORDER + 1)
LARGEST_MUTANT_FRACTION = 0.1


@dataclass(frozen=True, eq=False)
class GrowthToSize:
    """A tumor of ``size`` cells grown from one cell, as the generating function needs it.

    Attributes
    ----------
    rate
        Growth rate lambda of the founder's class of types, 1/day.
    founders
        Expected founder-type cells at the end, v M.
    lost
        Chance q that the founder's lineage, mutants aside, dies out.
    horizon
        Days from the founder to the end along the mean path.
    leaving : (K,)
        Rates at which a founder-type cell gives rise to, or turns into, each other type, 1/day.
    mutant_fraction
        Mean share of M in types that never return to the founder's class: the size of the error.
    """

    growth: LinearPieces
    founder: int
    size: float
    rate: float
    founders: float
    lost: float
    horizon: float
    leaving: Floats
    mutant_fraction: float


def grow_to_size(growth: LinearPieces, size: float, *, founder: int = 0) -> GrowthToSize:
    """Describe the growth of one founder, conditional on survival, to a size.

    Parameters
    ----------
    growth
        Rates without treatment: exactly one piece (its edges do not matter).
    size
        Cells at which the tumor is found, more than 1.
    founder
        Type of the first cell.

    Returns
    -------
    GrowthToSize

    Raises
    ------
    ScenarioError
        The founder's class does not grow, or ``size`` is not above 1.
    EngineRefusal
        Mutants make up more than 10% of the tumor on average: the expansion is not valid.
    """
    if growth.pieces != 1:
        raise ScenarioError("growth", got=f"{growth.pieces} pieces", expected="constant rates")
    if not (np.isfinite(size) and size > 1):
        raise ScenarioError("tumor.diagnosed_at", got=f"{size:g} cells", expected="more than 1")
    alone, inside, place = founder_class(growth, founder)
    rate, shares = leading_vector(alone.mean_matrix(0).T)
    if rate <= 0:
        raise ScenarioError(
            "tumor.diagnosed_at",
            got=f"a founder whose lineage grows at {rate:g} per day",
            expected="growth above 0 before treatment",
            remedy="Raise birth or lower death, or give the start counts outright.",
        )
    founders = max(shares[place] * size, 1.0)
    lost = 1.0 - float(lasting_survival(alone)[place])
    leaving = growth.birth[0][founder] * growth.mutation[founder] + growth.moves[0][founder]
    plain = GrowthToSize(growth, founder, size, rate, founders, lost, 0.0, leaving, 0.0)
    plain = replace(plain, horizon=_path_length(plain))
    outside = (~inside).astype(np.float64)
    mutants = _lineages(plain, outside[None, :], linear=True)[0] / size
    if not mutants <= LARGEST_MUTANT_FRACTION:
        raise EngineRefusal(
            "engine",
            got=f"'exact' for a tumor whose mean mutant share is {mutants:.2g} at {size:g} cells",
            expected=f"at most {LARGEST_MUTANT_FRACTION:g}",
            remedy="Engines that can: branching.",
        )
    return replace(plain, mutant_fraction=float(mutants))


def founder_class(
    growth: LinearPieces, founder: int
) -> tuple[LinearPieces, NDArray[np.bool_], int]:
    """Cut out the types that the founder type leads to and that lead back to it.

    Parameters
    ----------
    growth
        One piece.
    founder
        Type of the first cell.

    Returns
    -------
    alone
        The process of those types; what leaves them for others counts as death, and a division
        with a mutation as none.
    inside : (K,) boolean
        Those types.
    place
        The founder's index among them.
    """
    links = growth.mean_matrix(0) > 0
    np.fill_diagonal(links, False)
    _, label = scipy.sparse.csgraph.connected_components(links, directed=True, connection="strong")
    inside = label == label[founder]
    moves = growth.moves[:, inside]
    kept = growth.mutation[np.ix_(inside, inside)]
    leak = 1 - growth.mutation[inside].sum(axis=1) + kept.sum(axis=1)
    scaled = np.where(leak > 0, leak, 1.0)
    alone = LinearPieces(
        growth.edges,
        growth.birth[:, inside] * leak,
        growth.death[:, inside] + moves[:, :, ~inside].sum(axis=2),
        kept / scaled[:, None],
        moves[:, :, inside],
    )
    return alone, inside, int(inside[:founder].sum())


def leading_vector(matrix: Floats) -> tuple[float, Floats]:
    """Leading eigenvalue of a matrix with no negative off-diagonal, and its vector, summing to 1.

    Of a transposed mean matrix: the growth rate and the stable composition. Of the mean matrix
    itself: the growth rate and the reproductive values.
    """
    values, vectors = np.linalg.eig(matrix)
    leading = int(np.argmax(np.real(values)))
    vector = np.abs(np.real(vectors)[:, leading])
    return float(np.real(values)[leading]), vector / vector.sum()


def _end_corrected(grown: GrowthToSize) -> float:
    """Log of the size from which the exponential path seems to come."""
    if grown.lost < 1e-12:
        return float(np.log(grown.founders))
    return float(np.log(grown.founders) + 1.0 / (np.log(grown.lost) * grown.founders))


def _path_length(grown: GrowthToSize) -> float:
    """Days from x = 1 to the end along the mean path."""
    start = grown.lost * scipy.special.exp1(-np.log(grown.lost)) if grown.lost >= 1e-12 else 0.0
    return max(0.0, float(_end_corrected(grown) - start) / grown.rate)


def founders_before(grown: GrowthToSize, tau: Floats) -> Floats:
    """Founder-type cells along the mean path, some days before the tumor reaches its size.

    Parameters
    ----------
    grown
        From :func:`grow_to_size`.
    tau : (times,)
        Days before the end, 0 to ``grown.horizon``.

    Returns
    -------
    (times,) cells, 1 or more.
    """
    target = _end_corrected(grown) - grown.rate * np.asarray(tau, dtype=np.float64)
    log_x = np.maximum(target, 0.0)
    slope = -np.log(grown.lost) if grown.lost >= 1e-12 else np.inf
    if slope * np.exp(log_x.min()) > 40:
        return np.exp(log_x)
    for _ in range(60):  # convex and rising, approached from above: Newton never overshoots
        at = slope * np.exp(log_x)
        rise = 1 - grown.lost * np.exp(-at)
        change = (log_x + grown.lost * scipy.special.exp1(at) - target) / rise
        log_x = np.maximum(log_x - change, 0.0)
        if np.max(np.abs(change)) < 1e-13:
            break
    return np.exp(log_x)


def _lineages(
    grown: GrowthToSize, final: NDArray[np.inexact], *, linear: bool = False
) -> NDArray[np.inexact]:
    """Integral over tau of x(tau) sum_l m_l g_l(tau), one value for each row of final."""
    growth, founder = grown.growth, grown.founder
    stopped = np.ones(growth.types)
    stopped[founder] = 0.0
    excursion = LinearPieces(
        growth.edges,
        growth.birth * stopped,
        growth.death * stopped,
        growth.mutation,
        growth.moves * stopped[None, :, None],
    )
    state = final * stopped
    total = np.zeros(final.shape[0], dtype=final.dtype)
    for step in step_through(excursion, 0, state, grown.horizon, linear=linear):
        founders = founders_before(grown, step.start + step.length * _NODES)
        weights = (founders * _WEIGHTS * step.length) @ _VANDERMONDE
        total += np.tensordot(weights, step.terms, axes=1) @ grown.leaving
    return total


def log_generating_function_at_size(
    grown: GrowthToSize, survival: ArrayLike
) -> NDArray[np.inexact]:
    """Log of E[prod_k s_k^(cells of type k)] when the tumor first reaches its size.

    Parameters
    ----------
    grown
        From :func:`grow_to_size`.
    survival : (S, K)
        1 - s for each type, real or complex, ``abs(s) <= 1``.

    Returns
    -------
    (S,) logs. See the module for the derivation and its error.
    """
    survival = np.atleast_2d(np.asarray(survival))
    survival = survival.astype(np.complex128 if np.iscomplexobj(survival) else np.float64)
    founders = np.array([grown.founders])
    own = log_none_survive(survival[:, [grown.founder]], founders)
    return own - _lineages(grown, survival)


def mean_at_size(grown: GrowthToSize) -> Floats:
    """Mean number of cells of each type when the tumor reaches its size.

    Parameters
    ----------
    grown
        From :func:`grow_to_size`.

    Returns
    -------
    (K,) cells. The mean of mutants is ruled by rare early ones: most tumors have fewer.
    """
    counts = _lineages(grown, np.eye(grown.growth.types), linear=True)
    counts[grown.founder] = grown.founders
    return np.real(counts)


def no_resistant_at_size(
    grown: GrowthToSize, resistant: ArrayLike, *, counting: Counting = "alive"
) -> float:
    """Probability that a tumor of the given size has no resistant cell.

    Parameters
    ----------
    grown
        From :func:`grow_to_size`.
    resistant : (n,) indices or (K,) boolean
        The types that must not be there; not the founder's.
    counting
        ``"alive"``: none is alive when the size is reached. ``"ever"``: none was ever born on the
        way. ``"surviving"``: none alive then has descendants that would last forever without
        treatment.

    Returns
    -------
    float
        Probability in [0, 1]; ever <= alive <= surviving.

    Notes
    -----
    For one resistant type as fit as the founder these are exp(-M u F) with F = (b/d) ln(b/(b-d))
    for alive (Iwasa, Nowak and Michor 2006), b/(b-d) for ever, and 1 for surviving.
    """
    growth = grown.growth
    mask = type_mask(resistant, growth.types)
    if mask[grown.founder]:
        raise ScenarioError("resistant", got="the founder's type", expected="other types")
    final = mask.astype(np.float64)
    if counting == "ever":
        grown = replace(grown, growth=growth.frozen(mask))
    elif counting == "surviving":
        final = final * lasting_survival(growth)
    elif counting != "alive":
        raise ScenarioError("counting", got=repr(counting), expected="alive, ever or surviving")
    return float(np.exp(log_generating_function_at_size(grown, final)[0]))


def cured_after_treatment(
    grown: GrowthToSize, treatment: LinearPieces, *, forever: bool = False
) -> float:
    """Probability that no cell is left after a treatment fixed in advance.

    Parameters
    ----------
    grown
        The tumor when treatment begins, from :func:`grow_to_size`.
    treatment
        Rates under treatment; its first edge is the day treatment begins.
    forever
        False: no cell *alive* at the last edge. True: no *surviving lineage*, the last piece's
        rates held forever (the cell that would relapse is gone even if others still linger).

    Returns
    -------
    float
        Probability in [0, 1].
    """
    if treatment.types != grown.growth.types:
        raise ScenarioError(
            "treatment", got=f"{treatment.types} types", expected=f"{grown.growth.types} types"
        )
    final = lasting_survival(treatment) if forever else np.ones(treatment.types)
    survival = survival_side(treatment, final)
    return float(np.exp(log_generating_function_at_size(grown, survival)[0]))
