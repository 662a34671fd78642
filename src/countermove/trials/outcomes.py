"""How the patients of one arm would fare if followed to the end: the pool a trial draws from.

Here: `Outcomes`, from arrays or from an outcome table. Not here: who enters, who is lost, when the
trial looks (``trials.conduct``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from countermove.foundation import ScenarioError, number_text, suggestion
from countermove.foundation.arrays import Bools, Floats
from countermove.trials.design import ENDPOINTS
from countermove.trials.last_scan import scans_planned

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Simulated outcomes of one arm; all times are days from treatment start.

    Attributes
    ----------
    event : (patients,) the endpoint's event; inf where there is none
    followed : (patients,) end of the simulated course, at or after a finite `event`; inf where the
        course is known for ever
    progression : (patients,) progression; inf where there is none
    crossed : (patients,) the event had the patient gone over to the other arm at progression; equal
        to `event` where no crossover was simulated
    responded : (patients,) bool
    response_start : (patients,) first response; nan where there is none
    response_end : (patients,) its end in progression; inf where it outlasts `followed`, nan where
        there is no response
    evaluable : (patients,) day from which a scan has been read after baseline; inf where none ever
    scans : (most, patients) days on which scans could be judged, rising, inf where there is none; a
        response is censored at the last of them, and so is the endpoint if it is `by_scans`. None:
        all is known at all times
    by_scans : whether the endpoint is read at scans
    """

    event: Floats
    followed: Floats
    progression: Floats
    crossed: Floats
    responded: Bools
    response_start: Floats
    response_end: Floats
    evaluable: Floats
    scans: Floats | None = None
    by_scans: bool = False

    @property
    def size(self) -> int:
        """Patients in the pool."""
        return self.event.size


def pool(
    event: ArrayLike,
    *,
    followed: ArrayLike = np.inf,
    progression: ArrayLike | None = None,
    crossed: ArrayLike | None = None,
    response_start: ArrayLike = np.nan,
    response_end: ArrayLike = np.inf,
    evaluable: ArrayLike = 0.0,
    scans: Floats | None = None,
    by_scans: bool = False,
) -> Outcomes:
    """Outcomes of one arm from arrays.

    Parameters
    ----------
    event : (patients,)
        Days to the endpoint's event; inf or nan where there is none.
    followed : (patients,) or one number
        Days simulated; for ever by default.
    progression : (patients,)
        Days to progression; by default `event`.
    crossed : (patients,)
        Days to the event with crossover at progression; by default `event`.
    response_start, response_end : (patients,)
        Days to the first response (nan: none) and to its end in progression (inf or nan: none).
    evaluable : (patients,) or one number
        Days to the first scan after baseline that could be read; at once by default.
    scans : (most, patients)
        Days of the scans that could be judged, rising, inf where there is none; known at all times
        by default.
    by_scans
        Whether the endpoint is read at them.

    Returns
    -------
    Outcomes

    Raises
    ------
    ScenarioError
        Lengths differ, there is no patient, a time is negative, or a course ends before its event.
    """
    first = _times("event", event)
    if not first.size:
        raise ScenarioError("event", got="no patient", expected="at least one")
    ends = _times("followed", followed, first.size)
    start = np.asarray(response_start, dtype=np.float64)
    responded = np.broadcast_to(np.isfinite(start), first.shape).copy()
    start = np.where(responded, _times("response_start", start, first.size), np.nan)
    end = np.where(responded, _times("response_end", response_end, first.size), np.nan)
    late = np.flatnonzero(np.isfinite(first) & (first > ends))
    if late.size:
        raise ScenarioError(
            f"followed.{late[0]}",
            got=f"{number_text(float(ends[late[0]]))} days",
            expected=f"at least the event, {number_text(float(first[late[0]]))} days",
        )
    size = first.size
    return Outcomes(
        event=first,
        followed=ends,
        progression=first if progression is None else _times("progression", progression, size),
        crossed=first if crossed is None else _times("crossed", crossed, size),
        responded=responded,
        response_start=start,
        response_end=end,
        evaluable=_times("evaluable", evaluable, size),
        scans=scans,
        by_scans=by_scans and scans is not None,
    )


def pool_from_table(
    table: pd.DataFrame,
    endpoint: str = "time_to_progression",
    *,
    crossed: ArrayLike | None = None,
    first_scan: float = 0.0,
    scans: Floats | None = None,
) -> Outcomes:
    """Outcomes of one arm from an outcome table (see ``results.outcome_table``).

    Parameters
    ----------
    table
        One row a patient, with the registry's columns.
    endpoint
        Progression is what scans saw. ``time_to_progression``: progression, death censors.
        ``progression_free_survival``: the first of progression and death;
        ``progression_free_survival_2``: of the progression under the next line and death.
        ``overall_survival``: death.
    crossed : (patients,)
        As in `pool`.
    first_scan
        Days to the first planned scan after baseline, and between scans.
    scans : (most, patients)
        As `trials.last_scan.scans_read` tells them; by default those that were planned.

    Returns
    -------
    Outcomes
        `followed` is the last scan where no event was seen: who is not seen is not free of it.

    Raises
    ------
    ScenarioError
        The endpoint is not known.
    """

    def column(name: str) -> Floats:
        return table[name].to_numpy(dtype=np.float64)

    if endpoint not in ENDPOINTS:
        raise ScenarioError(
            "endpoint",
            got=repr(endpoint),
            expected=f"one of {', '.join(ENDPOINTS)}",
            remedy=suggestion(str(endpoint), ENDPOINTS),
        )
    ended, known = column("overall_survival"), table["died"].to_numpy(dtype=bool)
    time, happened = ended, known
    if endpoint == "progression_free_survival_2":
        time, happened = column(endpoint), table["event_2"].to_numpy(dtype=bool)
    elif endpoint != "overall_survival":
        time = column("imaging_progression_free_survival")
        which = "imaging_event" if endpoint == "progression_free_survival" else "imaging_progressed"
        happened = table[which].to_numpy(dtype=bool)
    start = column("imaging_time_to_response")
    read = table["best_overall_response"].to_numpy() != "NE"
    over = table["imaging_response_ended"].to_numpy(dtype=bool)
    return pool(
        np.where(happened, time, np.inf),
        followed=np.where(happened, np.maximum(time, ended), time),
        progression=_never(column("imaging_time_to_progression")),
        crossed=crossed,
        response_start=start,
        response_end=np.where(over, start + column("imaging_duration_of_response"), np.inf),
        evaluable=np.where(read, first_scan, np.inf),
        scans=scans_planned(table, first_scan) if scans is None else scans,
        by_scans=endpoint != "overall_survival",
    )


def check_pools(outcomes: Sequence[Outcomes], arms: int, *, paired: bool = False) -> None:
    """Refuse pools that do not fit a design: one an arm; of equal size where they are paired."""
    if len(outcomes) != arms:
        raise ScenarioError(
            "outcomes", got=f"{len(outcomes)} pools for {arms} arms", expected="one an arm"
        )
    sizes = {each.size for each in outcomes}
    if paired and len(sizes) > 1:
        raise ScenarioError(
            "outcomes",
            got=f"paired pools of {min(sizes)} and {max(sizes)} patients",
            expected="the same patients under each policy",
            remedy="Simulate as many patients in each arm, or say paired=False.",
        )


def _never(times: Floats) -> Floats:
    return np.where(np.isnan(times), np.inf, times)


def _times(where: str, values: ArrayLike, size: int | None = None) -> Floats:
    """Read times: nan means never, one number stands for all."""
    times = _never(np.asarray(values, dtype=np.float64))
    if size is not None and times.ndim == 0:
        times = np.full(size, times)
    if times.ndim != 1 or size not in (None, times.size):
        wanted = "one list" if size is None else f"{size} numbers, one a patient"
        raise ScenarioError(where, got=f"an array of shape {times.shape}", expected=wanted)
    wrong = np.flatnonzero(times < 0.0)
    if wrong.size:
        raise ScenarioError(
            f"{where}.{wrong[0]}",
            got=f"{number_text(float(times[wrong[0]]))} days",
            expected="0 or more",
        )
    return times
