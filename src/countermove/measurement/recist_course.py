"""Endpoints of a course of RECIST codes: best response, progression, duration, control, depth.

Here: what a row of visits comes to, for a whole cohort at once. Not here: the code of a visit
(``measurement.recist``), endpoints of the burden itself (``measurement.endpoints``).

Source: Eisenhauer et al. 2009, doi:10.1016/j.ejca.2008.10.026 (its tables 1 to 3). A visit
counts on its day: nothing is read off between visits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from countermove.foundation import ScenarioError
from countermove.measurement.recist import CR, NE, PD, PR, RECIST, SD, Recist, responses
from countermove.measurement.recist_lesions import ROUNDING, Bools, Floats, Ints, as_bools, wrong


@dataclass(frozen=True, slots=True)
class BestResponse:
    """Best overall response, and how long a response (complete or partial) lasted.

    Attributes
    ----------
    code : (patients,) index into ``RESPONSES``
    time_to_response : (patients,) days from treatment start; nan without a response
    duration : (patients,) days from the response to progression or death, or to the last evaluable
        visit; nan without a response
    ended : (patients,) bool, the response ended so; where it did not, its duration is censored
    """

    code: Ints
    time_to_response: Floats
    duration: Floats
    ended: Bools


@dataclass(frozen=True, slots=True)
class RecistCourse:
    """Endpoints of each patient; days from treatment start, nan where there is none.

    Attributes
    ----------
    codes : (patients, visits) index into ``RESPONSES``
    best, confirmed : best response as seen, and with each response confirmed
    progressed : (patients,) bool, by RECIST
    time_to_progression : (patients,)
    progression_index : (patients,) visit of the first progression, -1 for none
    progression_free, event : (patients,) days to progression or death, whichever is first, and
        whether either came; otherwise days to the last evaluable visit (0 if there was none)
    controlled : (patients,) bool, a response, or stable at ``criteria.control`` days or later
    depth : (patients,) percent, lowest change of the sum from baseline up to and with progression
        (negative: it shrank); nan where no sum was read
    """

    codes: Ints
    best: BestResponse
    confirmed: BestResponse
    progressed: Bools
    time_to_progression: Floats
    progression_index: Ints
    progression_free: Floats
    event: Bools
    controlled: Bools
    depth: Floats


def recist_course(
    diameters: ArrayLike,
    days: ArrayLike,
    *,
    targets: ArrayLike | None = None,
    new: ArrayLike | None = None,
    worse: ArrayLike | None = None,
    deaths: ArrayLike | None = None,
    criteria: Recist = RECIST,
) -> RecistCourse:
    """Endpoints from the diameters read at each visit.

    Parameters
    ----------
    diameters, targets, new, worse, criteria
        As for `countermove.measurement.recist.responses`.
    days, deaths
        As for `course_of_codes`.

    Raises
    ------
    ScenarioError
        As `responses` and `course_of_codes`.
    """
    result = responses(diameters, targets=targets, new=new, worse=worse, criteria=criteria)
    return course_of_codes(result.codes, days, sums=result.sums, deaths=deaths, criteria=criteria)


def course_of_codes(
    codes: ArrayLike,
    days: ArrayLike,
    *,
    sums: ArrayLike | None = None,
    deaths: ArrayLike | None = None,
    criteria: Recist = RECIST,
) -> RecistCourse:
    """Endpoints from the code of each visit.

    Parameters
    ----------
    codes : (patients, visits)
        Index into ``RESPONSES``; the first visit is baseline, and its code is not looked at.
    days : (visits,) or (patients, visits)
        Days since treatment start, rising; baseline at 0 or before.
    sums : (patients, visits)
        cm, sum of the targets; nan where not all were assessed. Needed for ``depth`` alone.
    deaths : (patients,)
        Days since treatment start; nan: none known. Visits after death are not looked at.
    criteria
        ``confirmed_after``, ``stable_after`` and ``control`` are used.

    Notes
    -----
    Visits after the first progression do not count. A response is confirmed by another at least
    ``confirmed_after`` days later with no visit between that denies it (stable, for a complete
    response also partial); a visit not evaluable between denies nothing. A partial response is
    confirmed by a complete one. A response not confirmed is stable disease. Stable disease counts
    from ``stable_after`` days on; before, it gives way to progression, or to not evaluable.

    Raises
    ------
    ScenarioError
        Shapes that do not fit, codes that are none, days that do not rise or start after 0, a death
        before treatment.
    """
    given = _codes(codes)
    when = _days(days, given.shape)
    dead = _deaths(deaths, given.shape[0])
    alive = when <= np.where(np.isnan(dead), np.inf, dead)[:, None]
    seen = np.where(alive, given, NE)
    seen[:, 0] = NE
    progressed = (seen == PD).any(axis=1)
    index = np.where(progressed, (seen == PD).argmax(axis=1), -1)
    until = np.where(progressed, index, given.shape[1])
    counted = np.where(np.arange(given.shape[1])[None, :] < until[:, None], seen, NE)
    to_progression = np.where(progressed, _at(when, index), np.nan)
    last = np.where(counted != NE, when, 0.0).max(axis=1)
    end = np.where(progressed, to_progression, np.where(np.isnan(dead), last, dead))
    event = progressed | ~np.isnan(dead)
    held = np.isin(counted, (CR, PR, SD))
    stable = (held & (when >= criteria.stable_after * (1.0 - ROUNDING))).any(axis=1)
    otherwise = np.where(stable, SD, np.where(progressed, PD, NE))
    some, whole = np.isin(counted, (CR, PR)), counted == CR
    best = _best((_first(whole, when), _first(some, when)), end, event, otherwise)
    sure = _confirmed(counted, when, criteria.confirmed_after)
    lasting = held & (when >= criteria.control * (1.0 - ROUNDING))
    return RecistCourse(
        codes=given,
        best=best,
        confirmed=_best(sure, end, event, otherwise),
        progressed=progressed,
        time_to_progression=to_progression,
        progression_index=index,
        progression_free=end,
        event=event,
        controlled=as_bools(some.any(axis=1) | lasting.any(axis=1)),
        depth=_depth(sums, given.shape, alive, until),
    )


def _best(times: tuple[Floats, Floats], end: Floats, event: Bools, otherwise: Ints) -> BestResponse:
    """Best response, given when it was first complete, and first any (nan: never)."""
    complete, some = times
    code = np.where(~np.isnan(complete), CR, np.where(~np.isnan(some), PR, otherwise))
    return BestResponse(
        code=code.astype(np.int64),
        time_to_response=some,
        duration=end - some,
        ended=event & ~np.isnan(some),
    )


def _confirmed(codes: Ints, days: Floats, apart: float) -> tuple[Floats, Floats]:
    """First days of a confirmed complete response, and of any confirmed one; nan where none."""
    none = np.full(codes.shape[0], np.nan)
    result = []
    for good, denies in (((CR,), (PR, SD, PD)), ((CR, PR), (SD, PD))):
        began, sure = none.copy(), none.copy()
        for visit in range(codes.shape[1]):
            code, day = codes[:, visit], days[:, visit]
            began = np.where(np.isin(code, denies), np.nan, began)
            began = np.where(np.isin(code, good) & np.isnan(began), day, began)
            again = np.isin(code, good) & (day - began >= apart * (1.0 - ROUNDING)) & (day > began)
            sure = np.where(again & np.isnan(sure), began, sure)
        result.append(sure)
    return result[0], result[1]


def _depth(sums: ArrayLike | None, shape: tuple[int, ...], alive: Bools, until: Ints) -> Floats:
    if sums is None:
        return np.full(shape[0], np.nan)
    read = np.asarray(sums, dtype=np.float64)
    if read.shape != shape:
        raise wrong("recist.sums", f"an array of shape {read.shape}", f"shape {shape}")
    visit = np.arange(shape[1])[None, :]
    counts = alive & (visit > 0) & (visit <= until[:, None]) & ~np.isnan(read)
    lowest = np.where(counts, read, np.inf).min(axis=1)
    base = read[:, 0]
    able = counts.any(axis=1) & (base > 0.0)
    part = np.divide(lowest, base, out=np.full(shape[0], np.nan), where=able)
    return 100.0 * (part - 1.0)


def _first(true: Bools, days: Floats) -> Floats:
    return np.where(true.any(axis=1), _at(days, true.argmax(axis=1)), np.nan)


def _at(days: Floats, index: Ints) -> Floats:
    return np.take_along_axis(days, np.maximum(index, 0)[:, None], axis=1)[:, 0]


def _codes(given: ArrayLike) -> Ints:
    codes = np.asarray(given)
    if codes.ndim != 2 or codes.shape[1] == 0:
        raise wrong("recist.codes", f"an array of shape {codes.shape}", "(patients, visits)")
    if codes.dtype.kind not in "iu" or ((codes < NE) | (codes > PD)).any():
        raise wrong("recist.codes", f"{codes.dtype}", f"whole numbers from {NE} to {PD}")
    return codes.astype(np.int64)


def _days(given: ArrayLike, shape: tuple[int, ...]) -> Floats:
    days = np.asarray(given, dtype=np.float64)
    if days.shape not in {shape, shape[1:]}:
        expected = f"shape {shape[1:]} or {shape}"
        raise wrong("recist.days", f"an array of shape {days.shape}", expected)
    when = np.array(np.broadcast_to(days, shape))
    if not np.isfinite(when).all() or (np.diff(when, axis=1) <= 0.0).any():
        raise wrong("recist.days", "days that do not rise", "finite days, each after the last")
    if (when[:, 0] > 0.0).any():
        raise ScenarioError(
            "recist.days",
            got=f"baseline on day {when[:, 0].max()}",
            expected="baseline on day 0 or before",
            remedy="Count days from treatment start.",
        )
    return when


def _deaths(given: ArrayLike | None, patients: int) -> Floats:
    if given is None:
        return np.full(patients, np.nan)
    dead = np.asarray(given, dtype=np.float64)
    if dead.shape != (patients,):
        raise wrong("recist.deaths", f"an array of shape {dead.shape}", f"shape ({patients},)")
    if ((dead < 0.0) | np.isinf(dead)).any():
        raise wrong("recist.deaths", "a day before 0 or infinite", "days of at least 0, or nan")
    return dead
