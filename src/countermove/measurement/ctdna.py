"""Circulating tumor DNA: genomes in plasma, and reads of an alteration in a sample.

Here: shedding and clearance, `CtdnaModel` with draws and log densities, the test that calls an
alteration detected. Not here: the sums over molecules (``measurement.mixed_reads``), when blood is
drawn, what counts as a rise (``measurement.molecular``).

A genome is a haploid genome equivalent (hGE).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from countermove.foundation import ScenarioError
from countermove.foundation.arrays import Bools, Floats
from countermove.measurement.counts import (
    MOST_SUMMED,
    binomial_quantile,
    log_poisson,
    poisson_quantile,
)
from countermove.measurement.mixed_reads import log_mixed_reads
from countermove.measurement.readings import (
    check_number,
    check_positive,
    check_whole,
    keep_missing,
)

MOST_DEPTH = 10_000_000
NEARLY = 1000.0  # molecules of normal DNA beyond which one more or less changes no read
SHED = 1.4e-4  # hGE for each cell that dies; Avanzini et al. 2020
HALF_LIFE = 30.0 / 1440.0  # days; Avanzini et al. 2020, after Wan et al. 2017
PLASMA = 2750.0  # mL; 5 L of blood, 55% plasma
DRAWN = 15.0 * 0.55  # mL of plasma in a tube of 15 mL of blood
HEALTHY = 5.2 / 3.3e-3  # hGE/mL: median ng/mL over ng in a haploid genome
ERROR_RATE = 1e-5  # wrong reads at a position; after error suppression
WHOLE = 1e-6  # a reading this near a whole number of molecules is one


@dataclass(frozen=True, slots=True, kw_only=True)
class CtdnaModel:
    """DNA shed by dying cells, diluted in plasma, cleared, sampled and sequenced.

    Attributes
    ----------
    shed : hGE that reach the blood for each tumor cell that dies
    half_life : days in which half of them are cleared
    plasma : mL of plasma in the patient
    drawn : mL of plasma examined at a visit
    healthy : hGE in one mL of plasma from normal cells
    depth : reads at each position of the panel, 1 to 10,000,000
    error_rate : chance that a read shows the other allele than its molecule's, 0 to below 1/2
    false_positive : chance at most, above 0, that errors alone call an alteration detected
    copies : mutated haploid genomes for each haploid genome of a carrying cell; heterozygous 1/2

    Raises
    ------
    ScenarioError
        A number out of its range.

    Notes
    -----
    Source of shed, half_life, plasma, drawn: Avanzini et al. 2020, doi:10.1126/sciadv.abc4308.
    healthy: the median of the plasma DNA of patients with stage 1 cancers, 5.2 ng/mL, that they fit
    to Cohen et al. 2018, doi:10.1126/science.aar3247, over 3.3 pg in a haploid genome (they divide
    by 6.6 pg). error_rate: their setting, near 1.5e-5 of Newman et al. 2016, doi:10.1038/nbt.3520.
    """

    shed: float = SHED
    half_life: float = HALF_LIFE
    plasma: float = PLASMA
    drawn: float = DRAWN
    healthy: float = HEALTHY
    depth: int
    error_rate: float = ERROR_RATE
    false_positive: float
    copies: float = 0.5

    def __post_init__(self) -> None:
        check_number("ctdna", "shed", self.shed)
        for name in ("half_life", "plasma", "drawn"):
            check_positive("ctdna", name, getattr(self, name))
        check_number("ctdna", "healthy", self.healthy)
        check_whole("ctdna", "depth", self.depth, least=1, most=MOST_DEPTH)
        check_number("ctdna", "error_rate", self.error_rate, below=0.5)
        check_positive("ctdna", "false_positive", self.false_positive, most=0.5)
        check_positive("ctdna", "copies", self.copies, most=1.0)

    def concentration(self, deaths: ArrayLike, growth: ArrayLike = 0.0) -> Floats:
        """Tumor genomes in plasma, in the steady state of clearance in minutes to hours.

        Parameters
        ----------
        deaths
            Tumor cells that die in a day, not negative, or nan.
        growth
            Rate at which the deaths a day grow, 1/day; negative in a shrinking tumor.

        Returns
        -------
        hGE/mL.

        Raises
        ------
        ScenarioError
            A tumor that shrinks as fast as DNA is cleared: there is no steady state.

        Notes
        -----
        Source: Avanzini et al. 2020: 0.21 hGE/mL at 1e9 cells dying at 0.136 a day.
        """
        loss = np.log(2.0) / self.half_life + np.asarray(growth, dtype=np.float64)
        if (loss <= 0.0).any():
            slowest = np.log(2.0) / self.half_life
            got = f"{np.nanmin(np.asarray(growth)):g} per day"
            raise ScenarioError("ctdna.growth", got=got, expected=f"above {-slowest:g} per day")
        return self.shed * np.asarray(deaths, dtype=np.float64) / loss / self.plasma

    def mutated(self, carriers: ArrayLike) -> Floats:
        """Mutated genomes, hGE/mL, for the genomes of the cells that carry an alteration."""
        return self.copies * np.asarray(carriers, dtype=np.float64)

    def draw_genomes(self, concentration: ArrayLike, uniforms: ArrayLike) -> Floats:
        """Turn uniform numbers into tumor genomes counted in a sample, for each mL.

        Parameters
        ----------
        concentration, uniforms
            Shapes that broadcast; hGE/mL, not negative, or nan; uniforms inside (0, 1).

        Returns
        -------
        A Poisson count over ``drawn``, hGE/mL; nan where the concentration is nan.
        """
        mean = np.asarray(concentration, dtype=np.float64) * self.drawn
        return poisson_quantile(uniforms, mean) / self.drawn

    def log_density_genomes(self, readings: ArrayLike, concentration: ArrayLike) -> Floats:
        """Log probability of genomes counted for each mL, shapes that broadcast.

        Returns
        -------
        -inf where ``readings`` times ``drawn`` is not whole; 0 where the reading is nan.
        """
        reading, truth = np.broadcast_arrays(
            np.asarray(readings, dtype=np.float64), np.asarray(concentration, dtype=np.float64)
        )
        count = reading * self.drawn
        nearest = np.rint(count)
        near = np.abs(count - nearest) <= WHOLE * np.maximum(1.0, 1e-6 * nearest)
        result = np.where(near, log_poisson(nearest, truth * self.drawn), -np.inf)
        return keep_missing(reading, truth, result)

    def draw_reads(self, mutant: ArrayLike, total: ArrayLike, uniforms: ArrayLike) -> Floats:
        """Turn uniform numbers into reads that show an alteration.

        Molecules are Poisson, mutated or not; reads are binomial in the share that is mutated.

        Parameters
        ----------
        mutant, total
            Mutated genomes (see `mutated`) and all genomes, tumor's and ``healthy``, hGE/mL, not
            negative, or nan. Shapes that broadcast.
        uniforms : (..., 3) inside (0, 1)
            For the mutated molecules, the others and the reads.

        Returns
        -------
        Whole numbers from 0 to ``depth`` as floats, nan where a concentration is nan. A sample
        without any molecule gives no reads: 0, which is also what a negative sample shows.
        """
        uniform = np.asarray(uniforms, dtype=np.float64)
        carrying, others = self._molecules(mutant, total)
        hits = poisson_quantile(uniform[..., 0], carrying)
        rest = np.array(np.broadcast_to(others, hits.shape))
        told = (hits > 0.0) | (rest <= MOST_SUMMED)  # without a hit their number changes nothing
        chance_of_rest = np.broadcast_to(uniform[..., 1], hits.shape)
        rest[told] = poisson_quantile(chance_of_rest[told], rest[told], exact_up_to=NEARLY)
        with np.errstate(invalid="ignore"):
            share = hits / (hits + rest)
        wrong = self.error_rate
        chance = np.where(hits + rest == 0.0, 0.0, share * (1.0 - wrong) + (1.0 - share) * wrong)
        return binomial_quantile(uniform[..., 2], self.depth, chance)

    def log_density_reads(self, reads: ArrayLike, mutant: ArrayLike, total: ArrayLike) -> Floats:
        """Log probability of reads, summed over the molecules in the sample.

        Parameters
        ----------
        reads, mutant, total
            Shapes that broadcast, as in `draw_reads`.

        Returns
        -------
        Right to 1e-9 for depths to 100,000; 0 where the reads are nan. Cost: sums of about a
        thousand terms a number, 0.1 to 0.2 ms; up to 2 ms with a few hundred molecules in all.
        See ``measurement.mixed_reads``.
        """
        carrying, others = self._molecules(mutant, total)
        read, hits, rest = np.broadcast_arrays(
            np.asarray(reads, dtype=np.float64), carrying, others
        )
        known = (read >= 0.0) & (read <= self.depth) & (read == np.floor(read))
        known &= ~np.isnan(hits + rest)
        result = np.full(read.shape, -np.inf)
        result[known] = log_mixed_reads(
            read[known], hits[known], rest[known], depth=self.depth, error_rate=self.error_rate
        )
        return keep_missing(read, hits + rest, result)

    @property
    def least_reads(self) -> int:
        """Fewest reads that call an alteration detected; above ``depth`` if no number does.

        The smallest count that errors alone reach with a chance of at most ``false_positive``, by
        the exact binomial test.
        """
        return _least_reads(self.depth, self.error_rate, self.false_positive)

    def detected(self, reads: ArrayLike) -> Bools:
        """Whether reads are too many to be errors; nan reads are not."""
        return np.asarray(reads, dtype=np.float64) >= self.least_reads

    def _molecules(self, mutant: ArrayLike, total: ArrayLike) -> tuple[Floats, Floats]:
        """Expect mutated and other molecules in a sample."""
        carrying = np.asarray(mutant, dtype=np.float64) * self.drawn
        others = np.asarray(total, dtype=np.float64) * self.drawn - carrying
        return carrying, np.maximum(others, 0.0)


@cache
def _least_reads(depth: int, error_rate: float, false_positive: float) -> int:
    low, high = 1, depth + 1  # of depth reads none is beyond the depth
    while low < high:
        count = (low + high) // 2
        chance = special.betainc(count, depth - count + 1, error_rate)
        low, high = (low, count) if chance <= false_positive else (count + 1, high)
    return low
