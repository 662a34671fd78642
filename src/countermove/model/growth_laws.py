"""How crowding slows a population: exponential, logistic, Gompertz and power-law growth.

Here: the law codes that kernels read, and the crowding factor. Not here: which niche feels which
capacity (see ``model.compiled``) or how an engine steps in time.

Every law is one factor ``phi(N)``, at most 1, of the population ``N`` of a niche. Where
competition acts on birth, divisions happen at ``birth * phi``; where it acts on death, the hazard
``(birth - death) * (1 - phi)`` of the untreated cell is added. The two agree on net growth only
when nothing dies, because turnover differs (Strobl et al. 2021, doi:10.1158/0008-5472.CAN-20-0806).
Where it acts on net growth, the hazard added is ``(1 - phi)`` times the type's own birth less its
death off drug, and ``phi`` falls below 0 as far as the law takes it: the Lotka-Volterra equations,
where types weigh on each other by coefficients (`model.parameters`, ``weight``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LAWS = ("exponential", "logistic", "gompertz", "power")
EXPONENTIAL, LOGISTIC, GOMPERTZ, POWER = range(4)


@dataclass(frozen=True, slots=True)
class Growth:
    """The law of each niche, as kernels read it.

    Attributes
    ----------
    law : (niches,) int64, index into `LAWS`
    capacity : (niches,) cells at which ``phi`` reaches 0; 1 where the law has none
    numbers : (4,) ``[on_birth, exponent, reference, added]``: whether competition scales birth (1),
        adds to death (0) or scales each type's own net growth (-1); the power law
        ``phi = (N / reference) ** (exponent - 1)``; the hazard at full crowding where competition
        acts on death, 1/day: the ancestral cell's birth less its death

    ``capacity`` and ``numbers`` of several patients have them as an additional first axis.
    """

    law: NDArray[np.int64]
    capacity: NDArray[np.float64]
    numbers: NDArray[np.float64]

    @property
    def is_linear(self) -> bool:
        """No niche feels its own size, so cells are independent of each other."""
        return bool(np.all(self.law == EXPONENTIAL))

    @property
    def on_birth(self) -> bool:
        """Competition scales birth; the same for all patients."""
        return bool(self.numbers.flat[0] > 0.0)

    @property
    def on_net_growth(self) -> bool:
        """Competition scales the net growth of each type; the same for all patients."""
        return bool(self.numbers.flat[0] < 0.0)

    @property
    def exponent(self) -> float:
        """Of the power law; of one patient."""
        return float(self.numbers[1])

    @property
    def reference(self) -> float:
        """Burden from which the power law slows, cells; of one patient."""
        return float(self.numbers[2])

    @property
    def added(self) -> float:
        """Hazard at full crowding where competition acts on death, 1/day; of one patient."""
        return float(self.numbers[3])


def crowding(
    population: NDArray[np.float64],
    law: int,
    capacity: float,
    power: tuple[float, float],
    *,
    on_birth: bool = True,
) -> NDArray[np.float64]:
    r"""Crowding factor of a population under one law.

    .. math:: \phi = 1,\quad 1 - N/K,\quad 1 - \ln N/\ln K,\quad (N/N_0)^{\gamma-1}

    Parameters
    ----------
    population : any shape
        Cells in the niche.
    law
        Index into `LAWS`.
    capacity
        ``K``, cells.
    power
        ``(gamma, N_0)`` of the power law.
    on_birth
        Competition acts on birth, so that none are born above the capacity. Where it acts on death
        the hazard goes on rising there, to twice that at capacity (at ``2 K`` of the logistic law).

    Returns
    -------
    same shape, within [0, 1], or [-1, 1] where competition acts on death
    """
    cells = np.maximum(np.asarray(population, dtype=float), 1.0)
    if law == LOGISTIC:
        factor = 1.0 - np.asarray(population, dtype=float) / capacity
    elif law == GOMPERTZ:
        factor = 1.0 - np.log(cells) / np.log(capacity)
    elif law == POWER:
        exponent, reference = power
        factor = (cells / reference) ** (exponent - 1.0)
    else:
        factor = np.ones_like(cells)
    return np.clip(factor, 0.0 if on_birth else -1.0, 1.0)
