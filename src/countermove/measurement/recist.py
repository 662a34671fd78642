"""Response by RECIST 1.1 at each visit: complete, partial, stable, progression, not evaluable.

Here: the code of a visit, for a whole cohort at once or one visit at a time. Not here: targets and
their sums (``measurement.recist_lesions``), endpoints of a course (``measurement.recist_course``).

Source: Eisenhauer et al. 2009, Eur J Cancer 45:228, doi:10.1016/j.ejca.2008.10.026. Sites and lymph
nodes (two targets a site; short axes) are not modeled: every lesion is read by its longest
diameter. RECIST puts no number on unequivocal progression of non-targets beside targets; the one
here is ours, and a reader's own verdict can be given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from countermove.measurement.recist_lesions import (
    CR,
    NE,
    PD,
    PR,
    RECIST,
    RESPONSES,
    SD,
    Bools,
    Floats,
    Ints,
    Lesions,
    Recist,
    choose_targets,
    diameters_of,
    flags_of,
    or_infinite,
    wrong,
)

__all__ = [
    "CR",
    "NE",
    "PD",
    "PR",
    "RECIST",
    "RESPONSES",
    "SD",
    "Assessor",
    "Recist",
    "Responses",
    "choose_targets",
    "responses",
]


@dataclass(frozen=True, slots=True)
class Responses:
    """Responses of a cohort at each visit.

    Attributes
    ----------
    codes : (patients, visits) index into ``RESPONSES``; at baseline 0, not evaluable
    sums : (patients, visits) cm, sum of the targets; nan where one was not assessed or none exists
    targets : (patients, lesions)
    """

    codes: Ints
    sums: Floats
    targets: Bools


def responses(
    diameters: ArrayLike,
    *,
    targets: ArrayLike | None = None,
    new: ArrayLike | None = None,
    worse: ArrayLike | None = None,
    nadir_from: ArrayLike | None = None,
    criteria: Recist = RECIST,
) -> Responses:
    """Response of each patient at each visit.

    Parameters
    ----------
    diameters : (patients, visits, lesions)
        Longest diameters, cm, as read; the first visit is baseline. nan: not assessed; 0: not seen.
        A lesion that baseline did not show (0, or not assessed there) is new once it is seen.
    targets : (patients, lesions)
        Default: `choose_targets`. One that is not measurable at baseline is a non-target.
    new, worse : (patients, visits)
        Whether a new lesion was found; whether a reader calls non-targets unequivocally worse.
        Default: nowhere. Both count where the scan itself was missed; at baseline neither does.
    nadir_from : (patients, visits)
        First visit that counts for the nadir of each visit. Default: baseline.
    criteria
        See `Recist`.

    Notes
    -----
    Some targets not assessed: not evaluable, unless those that were are progression whatever the
    rest. Non-targets not assessed: no complete response. Without targets, non-targets neither gone
    nor worse ("non-CR/non-PD") are stable. Any lesion seen after a complete response is
    progression, of any size. Without a baseline nothing is evaluable; without a lesion at
    baseline nothing is until a new one is found. Codes after progression go on as before it.

    Raises
    ------
    ScenarioError
        Shapes that do not fit, a negative or infinite diameter, too many targets.
    """
    read = diameters_of(diameters, "recist.diameters", 3)
    if read.shape[1] == 0:
        raise wrong("recist.diameters", "no visit", "a baseline and the visits after it")
    lesions = Lesions(read[:, 0], targets, criteria)
    result = lesions.found(read, new, worse)
    before = _at_first if criteria.from_baseline else _lowest_before
    nadirs = [before(sums) for sums in (result.sums, result.other_sums)]
    if nadir_from is not None:
        since = np.asarray(nadir_from, dtype=np.int64)
        nadirs = [_lowest_since(sums, since) for sums in (result.sums, result.other_sums)]
    first = result.codes(lesions, nadirs[0], nadirs[1])
    complete = first == CR
    complete[:, 0] = False
    had = np.logical_or.accumulate(complete, axis=1) & ~complete
    codes = np.where(had & result.visible & lesions.known[:, None], PD, first)
    codes[:, 0] = NE
    return Responses(codes.astype(np.int64), result.sums, lesions.targets)


class Assessor:
    """Response of each patient at the latest visit, fed one visit at a time.

    Fed the visits of a course it says what `responses` says of the whole.

    Parameters
    ----------
    baseline : (patients, lesions)
        Longest diameters, cm, as `responses` reads them; a row of nan where there is none yet.
    targets, criteria
        As for `responses`.
    organs : (patients, lesions) optional
        As for `choose_targets`, for targets chosen here or anew.
    """

    def __init__(
        self,
        baseline: ArrayLike,
        *,
        targets: ArrayLike | None = None,
        criteria: Recist = RECIST,
        organs: ArrayLike | None = None,
    ) -> None:
        read = diameters_of(baseline, "recist.baseline", 2)
        self._criteria, self._organs = criteria, organs
        if targets is None:
            targets = choose_targets(read, criteria, organs=organs)
        self._latest = read.copy()
        self._lesions = Lesions(read, targets, criteria)
        result = self._lesions.found(read, None, None)
        self._nadir = or_infinite(result.sums)
        self._other_nadir = or_infinite(result.other_sums)
        self._had_complete = np.zeros(read.shape[0], dtype=np.bool_)
        self._codes = np.full(read.shape[0], NE, dtype=np.int64)
        self._sums = result.sums

    @property
    def codes(self) -> Ints:
        """(patients,) index into ``RESPONSES`` of the latest visit; 0 before the first."""
        return self._codes.copy()

    @property
    def sums(self) -> Floats:
        """(patients,) cm, sum of the targets at the latest visit; nan if not all were assessed."""
        return self._sums.copy()

    @property
    def targets(self) -> Bools:
        """(patients, lesions) whether a lesion is a target."""
        return self._lesions.targets.copy()

    def visit(
        self,
        diameters: ArrayLike,
        *,
        who: ArrayLike | None = None,
        new: ArrayLike | None = None,
        worse: ArrayLike | None = None,
    ) -> Ints:
        """Take in one visit and give each patient's latest code.

        Parameters
        ----------
        diameters : (patients, lesions)
            Longest diameters, cm; rows of patients not visited are not looked at.
        who, new, worse : (patients,)
            Who had a visit today (default: all; the others keep what they have), and as for
            `responses`.

        Returns
        -------
        (patients,) index into ``RESPONSES``.

        Raises
        ------
        ScenarioError
            As `responses`; nothing has been taken in then.
        """
        size = self._codes.shape
        here = flags_of(who, "recist.who", size, default=True)
        given = _shaped(diameters, "recist.diameters", self._latest.shape)
        read = diameters_of(np.where(here[:, None], given, np.nan), "recist.diameters", 2)
        lesions = self._lesions
        result = lesions.found(read, new, worse)
        codes = result.codes(lesions, self._nadir, self._other_nadir)
        codes = np.where(self._had_complete & result.visible & lesions.known, PD, codes)
        self._codes = np.where(here, codes, self._codes).astype(np.int64)
        self._sums = np.where(here, result.sums, self._sums)
        self._had_complete = self._had_complete | (here & (codes == CR))
        if not self._criteria.from_baseline:
            self._nadir = np.minimum(self._nadir, or_infinite(result.sums))
            self._other_nadir = np.minimum(self._other_nadir, or_infinite(result.other_sums))
        self._latest = np.where(np.isnan(read), self._latest, read)
        return self.codes

    def restart(self, who: ArrayLike) -> None:
        """Make what was last read of some patients their baseline, as when a new line starts.

        Parameters
        ----------
        who : (patients,)
            Whose. Each lesion counts as it was last read, targets are chosen anew, and the code is
            not evaluable until the next visit.

        Raises
        ------
        ScenarioError
            Not booleans, or not one a patient.
        """
        here = flags_of(who, "recist.who", self._codes.shape, default=False)
        again = Assessor(self._latest, criteria=self._criteria, organs=self._organs)
        self._lesions.replace(here, again._lesions)
        self._nadir = np.where(here, again._nadir, self._nadir)
        self._other_nadir = np.where(here, again._other_nadir, self._other_nadir)
        self._had_complete = self._had_complete & ~here
        self._codes = np.where(here, NE, self._codes).astype(np.int64)
        self._sums = np.where(here, again._sums, self._sums)


def _lowest_before(sums: Floats) -> Floats:
    """Lowest of the earlier visits, baseline among them; infinite where there is none."""
    lowest = np.minimum.accumulate(or_infinite(sums), axis=1)
    return np.concatenate([np.full((sums.shape[0], 1), np.inf), lowest[:, :-1]], axis=1)


def _lowest_since(sums: Floats, since: Ints) -> Floats:
    """Lowest of the earlier visits from a visit on; infinite where there is none."""
    known, visits = or_infinite(sums), sums.shape[1]
    place = np.arange(visits)
    lowest = np.full(sums.shape, np.inf)
    for visit in range(1, visits):
        counts = (place[None, :] >= since[:, [visit]]) & (place[None, :] < visit)
        lowest[:, visit] = np.where(counts, known, np.inf).min(axis=1)
    return lowest


def _at_first(sums: Floats) -> Floats:
    """Sum at baseline, at every visit; infinite where there is none."""
    return np.broadcast_to(or_infinite(sums[:, :1]), sums.shape)


def _shaped(given: ArrayLike, where: str, shape: tuple[int, ...]) -> Floats:
    read = np.asarray(given, dtype=np.float64)
    if read.shape != shape:
        raise wrong(where, f"an array of shape {read.shape}", f"shape {shape}")
    return read
