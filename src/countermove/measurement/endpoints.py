"""Endpoints of a course: response, progression, death, duration, cure.

Here: what a burden that was watched from leap to leap comes to, for a whole chunk of patients at
once. Not here: the watching (the engines), why a relapse came (``measurement.attribution``),
endpoints that visits see (``measurement.recist_course``), estimates over a cohort (``results``).

Nothing here depends on the days that are recorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from countermove.foundation.arrays import Bools, Floats

Criterion = Literal["recist", "baseline", "on_drug"]


@dataclass(frozen=True, slots=True)
class Criteria:
    """What counts as response and progression, in ratios of burden.

    Attributes
    ----------
    response : at or below this ratio of baseline
    progression : at or above this ratio of the reference
    criterion : the reference is the lowest burden so far (``recist``), the burden when treatment
        started (``baseline``), or the lowest since the drug was last begun, counted only while it
        is given and has been for a cycle (``on_drug``)
    detectable : (1 or patients,) cells; the reference is never less, unless the baseline is
    cycle : days
    """

    response: float
    progression: float
    criterion: Criterion
    detectable: Floats
    cycle: float


@dataclass(frozen=True, slots=True)
class Watched:
    """What was watched of each patient; days since diagnosis, nan where there is none.

    Attributes
    ----------
    baseline : (patients,) cells when treatment started; nan for who died before
    lowest, final : (patients,) cells, the lowest up to progression, and at the end
    fell, rose, ended : (patients,) day of response, of progression, of death
    """

    baseline: Floats
    lowest: Floats
    final: Floats
    fell: Floats
    rose: Floats
    ended: Floats


@dataclass(frozen=True, slots=True)
class Course:
    """Endpoints of each patient; times in days from treatment start, nan where there is none.

    Attributes
    ----------
    baseline, nadir, final : (patients,) cells
    time_to_response, time_to_progression : (patients,)
    responded, progressed, died, cured : (patients,) bool
    overall_survival : (patients,) to death, or to the end of follow-up
    progression_free_survival : (patients,) to progression or death, or to the end of follow-up
    response_ended : (patients,) bool, the response ended in progression or death
    duration_of_response : (patients,) until progression, death or the end of follow-up
    """

    baseline: Floats
    nadir: Floats
    final: Floats
    time_to_response: Floats
    time_to_progression: Floats
    responded: Bools
    progressed: Bools
    died: Bools
    cured: Bools
    overall_survival: Floats
    progression_free_survival: Floats
    response_ended: Bools
    duration_of_response: Floats


def course(seen: Watched, *, start: float, until: float) -> Course:
    """Endpoints of what was watched.

    Parameters
    ----------
    seen
        See `Watched`.
    start, until
        Days of treatment start and of the end of follow-up.

    Notes
    -----
    Death ends a course: it censors progression, ends a response, and whoever died is not cured
    whatever the count of cells. A patient who died before treatment started has survived 0 days
    from its start.
    """
    died = np.isfinite(seen.ended)
    progressed = np.isfinite(seen.rose)
    responded = np.isfinite(seen.fell) & (seen.baseline > 0.0)
    last = np.where(died, seen.ended, until)
    free = np.where(progressed, np.minimum(seen.rose, last), last)
    fell = np.where(responded, seen.fell, np.nan)
    return Course(
        baseline=seen.baseline,
        nadir=np.where(np.isnan(seen.baseline), np.nan, seen.lowest),
        final=seen.final,
        time_to_response=fell - start,
        time_to_progression=seen.rose - start,
        responded=responded,
        progressed=progressed,
        died=died,
        cured=(seen.final == 0.0) & ~died,
        overall_survival=np.maximum(last - start, 0.0),
        progression_free_survival=np.maximum(free - start, 0.0),
        response_ended=responded & (progressed | died),
        duration_of_response=free - fell,
    )
