"""What RECIST 1.1 counts: its thresholds, targets and non-targets, and the sums of a scan.

Here: what baseline makes of each lesion, and the code of a scan given the lowest sums before it.
Not here: which sums came before (``measurement.recist``).

Source: Eisenhauer et al. 2009, doi:10.1016/j.ejca.2008.10.026.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from countermove.foundation import ScenarioError
from countermove.foundation.arrays import Bools, Floats, Ints

RESPONSES = ("NE", "CR", "PR", "SD", "PD")
"""Not evaluable, complete response, partial response, stable, progression; codes are indices."""

NE, CR, PR, SD, PD = range(5)
ROUNDING = 1e-9  # relative; a threshold missed by rounding alone is met


@dataclass(frozen=True, slots=True)
class Recist:
    """The numbers of RECIST 1.1; diameters in cm, times in days, changes as shares.

    Attributes
    ----------
    response : the sum of the targets down by this share of baseline is a partial response
    progression, least : the sum up by this share of its nadir and by this many cm is progression
    measurable, most_targets : a target's smallest diameter at baseline, and how many there may be
    most_in_organ : and how many in one organ
    seen : readings below it are too small to see and count as 0
    unequivocal, unequivocal_least : as ``progression`` and ``least``, for the sum of the
        non-targets of a patient who has targets too; without targets those two hold themselves
    confirmed_after : days between a response and the visit that confirms it, at least
    stable_after : days from treatment start before which stable disease is none
    control : days from treatment start that stable disease must reach to be disease control
    from_baseline : progression is compared with baseline in place of the nadir, as where drugs are
        paused on purpose; no rule of RECIST

    Raises
    ------
    ScenarioError
        A number that is negative or not finite, a response of more than all, less than one target.
    """

    response: float = 0.3
    progression: float = 0.2
    least: float = 0.5
    measurable: float = 1.0
    most_targets: int = 5
    most_in_organ: int = 2
    seen: float = 0.0
    unequivocal: float = 1.0
    unequivocal_least: float = 1.0
    confirmed_after: float = 28.0
    stable_after: float = 42.0
    control: float = 42.0
    from_baseline: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (np.isfinite(value) and value >= 0.0):
                raise wrong(f"recist.{field.name}", repr(value), "a finite number of at least 0")
        if self.response > 1.0:
            raise wrong("recist.response", repr(self.response), "a share from 0 to 1")
        for name in ("most_targets", "most_in_organ"):
            if getattr(self, name) < 1:
                raise wrong(f"recist.{name}", repr(getattr(self, name)), "at least 1")


RECIST = Recist()


def choose_targets(
    baseline: ArrayLike, criteria: Recist = RECIST, *, organs: ArrayLike | None = None
) -> Bools:
    """Targets as RECIST prefers them: the largest measurable lesions, the first among equals.

    Parameters
    ----------
    baseline : (patients, lesions)
        Longest diameters, cm; nan not assessed, 0 not seen.
    organs : (patients, lesions) whole numbers, optional
        Which organ each lesion is in; below 0 where that is not told.

    Returns
    -------
    (patients, lesions), at most ``criteria.most_targets`` a patient, and ``most_in_organ`` an organ
    that is told.

    Raises
    ------
    ScenarioError
        Not two dimensions, a negative or infinite diameter.
    """
    read = diameters_of(baseline, "recist.baseline", 2)
    sizes = np.where(_measurable(read, criteria), read, -1.0)
    if organs is not None:
        sizes = _within_organs(sizes, np.asarray(organs), criteria)
    order = np.argsort(-sizes, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(read.shape[1])[None, :], axis=1)
    return (sizes > 0.0) & (rank < criteria.most_targets)


def _within_organs(sizes: Floats, organs: Ints, criteria: Recist) -> Floats:
    """Sizes, -1 for those behind the largest ``most_in_organ`` of their organ."""
    left = sizes.copy()
    for organ in np.unique(organs[organs >= 0]):
        own = np.where(organs == organ, sizes, -1.0)
        order = np.argsort(-own, axis=1, kind="stable")
        rank = np.empty_like(order)
        np.put_along_axis(rank, order, np.arange(own.shape[1])[None, :], axis=1)
        left[(organs == organ) & (rank >= criteria.most_in_organ)] = -1.0
    return left


class Lesions:
    """What baseline made of each lesion: target, non-target, or not there."""

    def __init__(self, baseline: Floats, targets: ArrayLike | None, criteria: Recist) -> None:
        self.criteria = criteria
        if targets is None:
            self.targets = choose_targets(baseline, criteria)
        else:
            self.targets = flags_of(targets, "recist.targets", baseline.shape, default=False)
            self.targets = self.targets & _measurable(baseline, criteria)
            many = np.flatnonzero(self.targets.sum(axis=1) > criteria.most_targets)
            if many.size:
                got = f"{self.targets[many[0]].sum()} for patient {many[0]}"
                raise wrong("recist.targets", got, f"at most {criteria.most_targets} a patient")
        self.others = (_visible(baseline, criteria) > 0.0) & ~self.targets
        self.known = as_bools(~np.isnan(baseline).all(axis=1))
        self.base: Floats = np.where(self.targets, baseline, 0.0).sum(axis=1)

    def replace(self, who: Bools, by: Lesions) -> None:
        """Take over what another says of some patients."""
        self.targets = np.where(who[:, None], by.targets, self.targets)
        self.others = np.where(who[:, None], by.others, self.others)
        self.known = np.where(who, by.known, self.known)
        self.base = np.where(who, by.base, self.base)

    def found(self, read: Floats, new: ArrayLike | None, worse: ArrayLike | None) -> Found:
        """Add up diameters, (patients, lesions) or (patients, visits, lesions)."""
        wide = (slice(None), None) if read.ndim == 3 else (slice(None),)
        targets, others = self.targets[wide], self.others[wide]
        size = _visible(read, self.criteria)
        low, sums = _sums(size, targets)
        other_low, other_sums = _sums(size, others)
        fresh = (~targets & ~others & (size > 0.0)).any(axis=-1)
        return Found(
            low=low,
            sums=sums,
            other_low=other_low,
            other_sums=other_sums,
            fresh=fresh | flags_of(new, "recist.new", low.shape, default=False),
            worse=flags_of(worse, "recist.worse", low.shape, default=False),
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A scan in sums: ``low`` over what was assessed, ``sums`` nan unless all of some was."""

    low: Floats
    sums: Floats
    other_low: Floats
    other_sums: Floats
    fresh: Bools
    worse: Bools

    @property
    def visible(self) -> Bools:
        """Whether any lesion of baseline is seen."""
        return (self.low > 0.0) | (self.other_low > 0.0)

    def codes(self, lesions: Lesions, nadir: Floats, other_nadir: Floats) -> Ints:
        """Codes, but for reappearance after a complete response."""
        rule = lesions.criteria
        wide = (slice(None), None) if self.low.ndim == 2 else (slice(None),)
        aimed = as_bools(lesions.targets.any(axis=1))[wide]
        beside = as_bools(lesions.others.any(axis=1))[wide]
        share = np.where(aimed, rule.unequivocal, rule.progression)
        least = np.where(aimed, rule.unequivocal_least, rule.least)
        grew = _grew(self.low, nadir, rule.progression, rule.least)
        grew = grew | _grew(self.other_low, other_nadir, share, least)
        progressed = lesions.known[wide] & (grew | self.fresh | self.worse)
        # comparisons with nan are false: sums that are not complete fall through
        gone = np.where(aimed, self.sums == 0.0, beside) & (~beside | (self.other_sums == 0.0))
        bar = (1.0 - rule.response) * lesions.base[wide] * (1.0 + ROUNDING)
        shrunk = self.sums <= bar
        stable = np.where(aimed, ~np.isnan(self.sums), ~np.isnan(self.other_sums))
        return np.select([progressed, gone, shrunk, stable], [PD, CR, PR, SD], NE)


def _sums(size: Floats, of: Bools) -> tuple[Floats, Floats]:
    """Sum over the lesions assessed, and the same or nan where one is missing or none exists."""
    missing = (of & np.isnan(size)).any(axis=-1) | ~of.any(axis=-1)
    low = np.where(of & ~np.isnan(size), size, 0.0).sum(axis=-1)
    return low, np.where(missing, np.nan, low)


def _grew(low: Floats, nadir: Floats, share: Floats | float, least: Floats | float) -> Bools:
    above = low >= (1.0 + np.asarray(share)) * nadir * (1.0 - ROUNDING)
    return above & (low - nadir >= np.asarray(least) * (1.0 - ROUNDING)) & (low > nadir)


def as_bools(given: object) -> Bools:
    """Name the type of what numpy says is an array or one of its elements."""
    return np.asarray(given, dtype=np.bool_)


def or_infinite(sums: Floats) -> Floats:
    """Put infinity where a sum is missing."""
    return np.where(np.isnan(sums), np.inf, sums)


def _visible(read: Floats, criteria: Recist) -> Floats:
    return np.where(read < criteria.seen * (1.0 - ROUNDING), 0.0, read)


def _measurable(baseline: Floats, criteria: Recist) -> Bools:
    size = _visible(baseline, criteria)
    return (size >= criteria.measurable * (1.0 - ROUNDING)) & (size > 0.0)


def diameters_of(given: ArrayLike, where: str, dims: int) -> Floats:
    """Check diameters and their dimensions."""
    read = np.asarray(given, dtype=np.float64)
    if read.ndim != dims:
        shape = "(patients, visits, lesions)" if dims == 3 else "(patients, lesions)"
        raise wrong(where, f"an array of shape {read.shape}", shape)
    bad = (read < 0.0) | np.isinf(read)
    if bad.any():
        raise wrong(where, f"{read[bad][0]}", "diameters in cm: at least 0, finite, or nan")
    return read


def flags_of(
    given: ArrayLike | None, where: str, shape: tuple[int, ...], *, default: bool
) -> Bools:
    """Check flags; where none are given all are the default."""
    if given is None:
        return np.full(shape, default, dtype=np.bool_)
    flags = np.asarray(given)
    if flags.dtype != np.bool_ or flags.shape != shape:
        raise wrong(where, f"{flags.dtype} of shape {flags.shape}", f"booleans of shape {shape}")
    return flags


def wrong(where: str, got: str, expected: str) -> ScenarioError:
    """Shape an error."""
    return ScenarioError(where, got=got, expected=expected)
