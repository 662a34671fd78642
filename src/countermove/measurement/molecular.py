"""Progression in blood: a confirmed rise above the nadir, and its lead over imaging.

Here: when a marker or a share of variant reads rises and stays up. Not here: how blood is drawn and
read, progression by scans (``measurement.recist_course``).

RECIST has no such rule and trials differ, so the factor has no default.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from countermove.measurement.recist_lesions import ROUNDING, Bools, Floats, wrong


@dataclass(frozen=True, slots=True)
class MolecularRule:
    """What counts as a rise, and how many samples in a row must show it.

    Attributes
    ----------
    factor : a rise is at or above this multiple of the lowest earlier sample, and above that sample
    limit : and above this, in the units of the samples; not used where they are yes or no
    consecutive : samples in a row, those not taken left out

    Raises
    ------
    ScenarioError
        A factor below 1, a negative limit, less than one sample.
    """

    factor: float
    limit: float = 0.0
    consecutive: int = 2

    def __post_init__(self) -> None:
        if not (np.isfinite(self.factor) and self.factor >= 1.0):
            raise wrong("molecular.factor", repr(self.factor), "a finite number of at least 1")
        if not (np.isfinite(self.limit) and self.limit >= 0.0):
            raise wrong("molecular.limit", repr(self.limit), "a finite number of at least 0")
        if self.consecutive < 1:
            raise wrong("molecular.consecutive", repr(self.consecutive), "at least 1")


@dataclass(frozen=True, slots=True)
class MolecularProgression:
    """When each patient progressed in blood; days as given, nan where there is none.

    Attributes
    ----------
    progressed : (patients,) bool
    time : (patients,) the first of the samples that make the rise
    known : (patients,) the last of them: the first day on which anyone could act on it
    """

    progressed: Bools
    time: Floats
    known: Floats


def molecular_progression(
    days: ArrayLike, samples: ArrayLike, rule: MolecularRule
) -> MolecularProgression:
    """Find the first confirmed rise.

    Parameters
    ----------
    days : (samples,) or (patients, samples)
        Days since treatment start, rising.
    samples : (patients, samples)
        A marker or a variant allele fraction, nan where none was taken; or booleans, detected or
        not: the rise is then detection after a sample without. The first sample is baseline.
    rule
        See `MolecularRule`.

    Raises
    ------
    ScenarioError
        Shapes that do not fit, days that do not rise, negative or infinite samples.
    """
    given = np.asarray(samples)
    if given.ndim != 2:
        expected = "(patients, samples)"
        raise wrong("molecular.samples", f"an array of shape {given.shape}", expected)
    # a detection after none is a rise whatever the factor and the limit
    limit = 0.0 if given.dtype == np.bool_ else rule.limit
    values = given.astype(np.float64)
    if ((values < 0.0) | np.isinf(values)).any():
        raise wrong("molecular.samples", "one below 0 or infinite", "at least 0, finite, or nan")
    when = _days(days, given.shape)
    nadir = np.full(given.shape[0], np.inf)
    count = np.zeros(given.shape[0], dtype=np.int64)
    began, time, known = (np.full(given.shape[0], np.nan) for _ in range(3))
    for sample in range(given.shape[1]):
        value, day = values[:, sample], when[:, sample]
        taken = ~np.isnan(value)
        up = (value >= rule.factor * nadir * (1.0 - ROUNDING)) & (value > nadir) & (value > limit)
        began = np.where(up & (count == 0), day, began)
        count = np.where(taken, np.where(up, count + 1, 0), count)
        now = up & (count >= rule.consecutive) & np.isnan(known)
        time = np.where(now, began, time)
        known = np.where(now, day, known)
        nadir = np.fmin(nadir, value)
    return MolecularProgression(~np.isnan(time), time, known)


def lead(molecular: ArrayLike, imaging: ArrayLike) -> Floats:
    """Days by which progression in blood came before progression on scans.

    Parameters
    ----------
    molecular, imaging : (patients,)
        Days from the same start; nan: none. ``MolecularProgression.known`` gives the lead that
        could be used, ``time`` the one that is told afterwards.

    Returns
    -------
    (patients,) days, positive where blood was first; nan unless both came.

    Raises
    ------
    ScenarioError
        Shapes that differ.
    """
    blood = np.asarray(molecular, dtype=np.float64)
    scans = np.asarray(imaging, dtype=np.float64)
    if blood.shape != scans.shape:
        raise wrong("molecular.lead", f"shapes {blood.shape} and {scans.shape}", "the same shape")
    return scans - blood


def _days(given: ArrayLike, shape: tuple[int, ...]) -> Floats:
    days = np.asarray(given, dtype=np.float64)
    if days.shape not in {shape, shape[1:]}:
        expected = f"shape {shape[1:]} or {shape}"
        raise wrong("molecular.days", f"an array of shape {days.shape}", expected)
    if not np.isfinite(days).all() or (np.diff(days, axis=-1) <= 0.0).any():
        raise wrong("molecular.days", "days that do not rise", "finite days, each after the last")
    return np.broadcast_to(days, shape)
