"""The rates of a linear multitype process, constant between the edges of time pieces.

Here: the one array bundle that every function of the exact engine takes, its checks, and its mean
matrix. Not here: where the rates come from (see ``model``), or any equation (see ``backward``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from countermove.foundation.arrays import Floats
from countermove.foundation.errors import ScenarioError


def _finite(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Floats:
    array = np.array(values, dtype=np.float64)
    if array.shape != shape:
        raise ScenarioError(name, got=f"shape {array.shape}", expected=f"shape {shape}")
    if not np.all(np.isfinite(array)) or np.any(array < 0):
        raise ScenarioError(name, got="a negative or non-finite rate", expected="0 or more, finite")
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class LinearPieces:
    """Rates of K types over L pieces of time; within a piece every rate is constant.

    Attributes
    ----------
    edges : (L + 1,)
        Days at which pieces begin and end, strictly rising.
    birth, death : (L, K)
        Division and death, 1/day per cell.
    mutation : (K, K)
        Probability per division of a cell of type k that *one* daughter is of type l. Zero
        diagonal; each row sums to at most 1.
    moves : (L, K, K)
        Switching of state and exchange of niche from k to l, 1/day per cell. Zero diagonal.

    Raises
    ------
    ScenarioError
        A shape does not fit, a rate is negative or not finite, a probability exceeds 1.
    """

    edges: Floats
    birth: Floats
    death: Floats
    mutation: Floats
    moves: Floats

    def __post_init__(self) -> None:
        """Check every array, then make it float64 and read-only."""
        edges = np.array(self.edges, dtype=np.float64)
        rising = edges.ndim == 1 and edges.size >= 2 and np.all(np.diff(edges) > 0)
        if not rising or not np.all(np.isfinite(edges)):
            raise ScenarioError("edges", got=str(edges), expected="two or more rising times (days)")
        edges.setflags(write=False)
        shape = np.shape(self.birth)
        if len(shape) != 2 or shape[0] != edges.size - 1 or shape[1] == 0:
            raise ScenarioError(
                "birth", got=f"shape {shape}", expected=f"shape ({edges.size - 1}, types)"
            )
        pieces, types = shape
        mutation = _finite("mutation", self.mutation, (types, types))
        moves = _finite("moves", self.moves, (pieces, types, types))
        if np.any(mutation.sum(axis=1) > 1 + 1e-12):
            raise ScenarioError(
                "mutation",
                got=f"rows that sum to {mutation.sum(axis=1).max():g} per division",
                expected="at most 1: one daughter of a division can mutate",
            )
        for name, matrix in (("mutation", mutation), ("moves", moves)):
            if np.any(np.diagonal(matrix, axis1=-2, axis2=-1) != 0):
                raise ScenarioError(name, got="a nonzero diagonal", expected="zero diagonal")
        for name, value in (
            ("edges", edges),
            ("birth", _finite("birth", self.birth, (pieces, types))),
            ("death", _finite("death", self.death, (pieces, types))),
            ("mutation", mutation),
            ("moves", moves),
        ):
            object.__setattr__(self, name, value)

    @classmethod
    def constant(
        cls,
        birth: ArrayLike,
        death: ArrayLike,
        mutation: ArrayLike | None = None,
        moves: ArrayLike | None = None,
        *,
        duration: float = 1.0,
    ) -> LinearPieces:
        """One piece of constant rates that begins at day 0.

        Parameters
        ----------
        birth, death : (K,)
            Per-cell rates, 1/day.
        mutation, moves : (K, K)
            As in the class; none where left out.
        duration
            Length of the piece, days.

        Returns
        -------
        LinearPieces
        """
        birth = np.atleast_1d(np.asarray(birth, dtype=np.float64))
        none = np.zeros((birth.size, birth.size))
        return cls(
            edges=np.array([0.0, duration]),
            birth=birth[None, :],
            death=np.atleast_1d(np.asarray(death, dtype=np.float64))[None, :],
            mutation=none if mutation is None else np.asarray(mutation, dtype=np.float64),
            moves=(none if moves is None else np.asarray(moves, dtype=np.float64))[None],
        )

    @property
    def types(self) -> int:
        """Number of types K."""
        return self.birth.shape[1]

    @property
    def pieces(self) -> int:
        """Number of pieces L."""
        return self.birth.shape[0]

    def mean_matrix(self, piece: int) -> Floats:
        r"""Matrix A of the mean, :math:`dm/dt = m A`, in one piece.

        .. math:: A_{kk} = b_k(1-U_k) - d_k - Q_k, \qquad A_{kl} = b_k u_{kl} + q_{kl}

        Parameters
        ----------
        piece
            Index of the piece.

        Returns
        -------
        (K, K) rates, 1/day; entry (k, l) is what one k-cell adds to the mean of l.
        """
        birth, moves = self.birth[piece], self.moves[piece]
        matrix = birth[:, None] * self.mutation + moves
        lost = self.death[piece] + moves.sum(axis=1)
        matrix[np.diag_indices(self.types)] = birth * (1 - self.mutation.sum(axis=1)) - lost
        return matrix

    def between(self, start: float, end: float) -> LinearPieces:
        """Cut out a stretch of time; beyond the outer edges the outer rates are held.

        Parameters
        ----------
        start, end
            Days, ``start < end``.

        Returns
        -------
        LinearPieces whose edges run from ``start`` to ``end``.
        """
        if not (np.isfinite(start) and np.isfinite(end) and start < end):
            raise ScenarioError(
                "between", got=f"{start} to {end}", expected="a finite start before a finite end"
            )
        inner = self.edges[1:-1]
        inner = inner[(inner > start) & (inner < end)]
        edges = np.concatenate(([start], inner, [end]))
        last = self.pieces - 1
        which = np.clip(np.searchsorted(self.edges, edges[:-1], side="right") - 1, 0, last)
        return LinearPieces(
            edges, self.birth[which], self.death[which], self.mutation, self.moves[which]
        )

    def frozen(self, kept: NDArray[np.bool_]) -> LinearPieces:
        """Make cells of some types immortal and inert, so that one stays once it has arisen.

        Parameters
        ----------
        kept : (K,) boolean
            Types whose cells no longer divide, die or move.

        Returns
        -------
        LinearPieces in which "a cell of these types is there" means "one was ever born".
        """
        live = ~np.asarray(kept, dtype=bool)
        return LinearPieces(
            self.edges,
            self.birth * live,
            self.death * live,
            self.mutation,
            self.moves * live[None, :, None],
        )


def type_mask(types: ArrayLike, count: int) -> NDArray[np.bool_]:
    """Turn type indices, or a boolean mask, into a boolean mask of all K types.

    Parameters
    ----------
    types : (n,) int or (K,) boolean
    count
        Number of types K.

    Returns
    -------
    (K,) boolean
    """
    given = np.atleast_1d(np.asarray(types))
    mask = np.zeros(count, dtype=bool)
    if given.dtype == bool:
        if given.shape != (count,):
            raise ScenarioError("types", got=f"mask {given.shape}", expected=f"({count},)")
        return given.copy()
    if given.size and (given.min() < 0 or given.max() >= count):
        raise ScenarioError("types", got=str(given), expected=f"indices from 0 to {count - 1}")
    mask[given.astype(int)] = True
    return mask
