"""A biopsy: reads of each alteration in a piece of tumor.

Here: `BiopsyModel` with draw and log density. Not here: which region is taken, blood
(``measurement.ctdna``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from countermove.measurement.counts import binomial_quantile, log_binomial
from countermove.measurement.readings import (
    Floats,
    check_number,
    check_positive,
    check_whole,
    keep_missing,
)

MOST_DEPTH = 10_000_000


@dataclass(frozen=True, slots=True)
class BiopsyModel:
    """Sequencing of a piece of tumor.

    Attributes
    ----------
    depth : reads at each position, 1 to 10,000,000
    purity : share of the DNA that is tumor cells', above 0
    error_rate : chance that a read shows the other allele than the molecule's, 0 to below 1/2
    copies : mutated haploid genomes for each haploid genome of a carrying cell; heterozygous 1/2

    Raises
    ------
    ScenarioError
        A number out of its range.
    """

    depth: int
    purity: float
    error_rate: float = 0.0
    copies: float = 0.5

    def __post_init__(self) -> None:
        check_whole("biopsy", "depth", self.depth, least=1, most=MOST_DEPTH)
        check_positive("biopsy", "purity", self.purity, most=1.0)
        check_number("biopsy", "error_rate", self.error_rate, below=0.5)
        check_positive("biopsy", "copies", self.copies, most=1.0)

    def chance(self, shares: ArrayLike) -> Floats:
        """Chance that a read shows the alteration, for shares of the tumor cells that carry it."""
        carried = self.purity * self.copies * np.asarray(shares, dtype=np.float64)
        return carried * (1.0 - self.error_rate) + (1.0 - carried) * self.error_rate

    def draw_reads(self, shares: ArrayLike, uniforms: ArrayLike) -> Floats:
        """Turn uniform numbers into reads that show an alteration.

        Parameters
        ----------
        shares, uniforms
            Shapes that broadcast; shares of the region's tumor cells that carry the alteration, 0
            to 1, nan where no cell is left or nothing was taken; uniforms inside (0, 1).

        Returns
        -------
        Whole numbers from 0 to ``depth`` as floats; nan where the share is nan.
        """
        return binomial_quantile(uniforms, self.depth, self.chance(shares))

    def vaf(self, reads: ArrayLike) -> Floats:
        """Variant allele fractions of reads."""
        return np.asarray(reads, dtype=np.float64) / self.depth

    def log_density_reads(self, reads: ArrayLike, shares: ArrayLike) -> Floats:
        """Log probability of reads, shapes that broadcast; nan reads say nothing: 0."""
        read, share = np.broadcast_arrays(
            np.asarray(reads, dtype=np.float64), np.asarray(shares, dtype=np.float64)
        )
        return keep_missing(read, share, log_binomial(read, self.depth, self.chance(share)))
