"""Endpoints of a course: response, progression, duration, cure, lethal burden.

Here: what a burden over time means, for a whole chunk of patients at once. Not here: why a relapse
came (``measurement.attribution``), estimates over a cohort (``results``).

Times between two recorded ones are read off a straight line in the logarithm of the burden.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Criteria:
    """What counts as response and progression, in ratios of burden.

    Attributes
    ----------
    response : at or below this ratio of baseline
    progression : at or above this ratio of the reference
    from_nadir : the reference is the lowest burden so far; otherwise baseline
    detectable : cells; the reference is never less, unless the baseline is
    lethal : cells
    """

    response: float
    progression: float
    from_nadir: bool
    detectable: float
    lethal: float


@dataclass(frozen=True, slots=True)
class Course:
    """Endpoints of each patient; times in days from treatment start, nan where there is none.

    Attributes
    ----------
    baseline, nadir, final : (patients,) cells
    time_to_response, time_to_progression, time_to_lethal : (patients,)
    responded, progressed, cured : (patients,) bool
    response_ended : (patients,) bool, the response ended in progression
    duration_of_response : (patients,) until progression or the end of follow-up
    progression_index, nadir_index : (patients,) recorded time at or after progression (-1: none),
        and of the lowest burden before it
    """

    baseline: Floats
    nadir: Floats
    final: Floats
    time_to_response: Floats
    time_to_progression: Floats
    time_to_lethal: Floats
    responded: Bools
    progressed: Bools
    cured: Bools
    response_ended: Bools
    duration_of_response: Floats
    progression_index: Ints
    nadir_index: Ints


def course(burden: Floats, days: Floats, criteria: Criteria) -> Course:
    """Endpoints from burdens at and after treatment start.

    Parameters
    ----------
    burden : (patients, times)
        Cells; the first column is baseline.
    days : (times,)
        Days since treatment start, rising from 0.
    criteria
        See `Criteria`.
    """
    baseline = burden[:, 0]
    floor = np.minimum(criteria.detectable, baseline)
    lowest = np.minimum.accumulate(burden, axis=1)
    before = lowest[:, :-1] if criteria.from_nadir else np.repeat(burden[:, :1], days.size - 1, 1)
    bar = criteria.progression * np.maximum(before, floor[:, None])
    above = (burden[:, 1:] >= bar) & (burden[:, 1:] > 0.0)
    progressed: Bools = np.asarray(above.any(axis=1), dtype=np.bool_)
    index = np.where(progressed, above.argmax(axis=1) + 1, -1)
    bar_then = np.take_along_axis(bar, np.maximum(index - 1, 0)[:, None], axis=1)[:, 0]
    to_progression = _crossing(burden, days, index, bar_then)
    until = np.where(progressed, to_progression, np.inf)
    seen = days[None, :] <= until[:, None]
    low = np.where(seen, burden, np.inf)
    low_index = low.argmin(axis=1)
    nadir = low.min(axis=1)
    goal = criteria.response * baseline
    responded = (nadir <= goal) & (baseline > 0.0)
    first = np.where(responded, (low <= goal[:, None]).argmax(axis=1), -1)
    to_response = _crossing(burden, days, first, goal)
    lethal = burden >= criteria.lethal
    dead_index = np.where(lethal.any(axis=1), lethal.argmax(axis=1), -1)
    ends = np.where(progressed, to_progression, days[-1])
    return Course(
        baseline=baseline,
        nadir=nadir,
        final=burden[:, -1],
        time_to_response=to_response,
        time_to_progression=to_progression,
        time_to_lethal=_crossing(
            burden, days, dead_index, np.full(baseline.shape, criteria.lethal)
        ),
        responded=responded,
        progressed=progressed,
        cured=burden[:, -1] == 0.0,
        response_ended=responded & progressed,
        duration_of_response=np.where(responded, ends - to_response, np.nan),
        progression_index=index,
        nadir_index=low_index,
    )


def _crossing(burden: Floats, days: Floats, index: Ints, level: Floats) -> Floats:
    """Time at which the burden crossed a level just before a recorded time; nan for index -1."""
    here = np.maximum(index, 0)[:, None]
    last = np.maximum(here - 1, 0)
    after = np.take_along_axis(burden, here, axis=1)[:, 0]
    ahead = np.take_along_axis(burden, last, axis=1)[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.log(level / ahead) / np.log(after / ahead)
    # from or to nothing there is no line in the logarithm: the recorded time stands
    line = np.isfinite(part) & (ahead > 0.0) & (after > 0.0)
    part = np.where(line, np.clip(part, 0.0, 1.0), 1.0)
    time = days[last[:, 0]] + part * (days[here[:, 0]] - days[last[:, 0]])
    return np.where(index >= 0, time, np.nan)
