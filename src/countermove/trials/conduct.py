"""One virtual trial carried out: accrual, randomization, dropout, looks, what each look sees.

Here: `conduct` and the data at each look. Not here: the protocol (``trials.design``), the tests
(``trials.analysis``), whether the trial stops (``trials.monitor``), many trials
(``trials.power``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from countermove.foundation import ScenarioError
from countermove.foundation.arrays import Bools, Floats, Ints
from countermove.trials.design import Design
from countermove.trials.draws import (
    dropouts,
    entries,
    generator,
    randomized,
    without_replacement,
)
from countermove.trials.last_scan import last_scan, side_by_side
from countermove.trials.outcomes import Outcomes, check_pools


@dataclass(frozen=True, slots=True)
class LookData:
    """What the statistician holds at one look: the patients entered by then.

    Attributes
    ----------
    day : days since the trial opened
    patient : (entered,) number of the patient in the trial
    arm : (entered,) index of the arm
    stratum : (entered,) number of the stratum, 0 where there are none
    time : (entered,) days from entry to the event or to censoring: at the last scan that could be
        judged where the endpoint is read at scans, and at the end of observation elsewhere
    event : (entered,) bool, the event was seen
    until : (entered,) days from entry to the end of observation: loss, the end of the course, the
        look
    responded : (entered,) bool, a response was seen
    response : (entered,) days from the first response to its end or to censoring; nan: none
    response_ended : (entered,) bool, the end was seen
    """

    day: float
    patient: Ints
    arm: Ints
    stratum: Ints
    time: Floats
    event: Bools
    until: Floats
    responded: Bools
    response: Floats
    response_ended: Bools


@dataclass(frozen=True, slots=True)
class Conducted:
    """A trial carried out to its final day; patients in order of entry, times in days.

    Attributes
    ----------
    design
        Its protocol.
    seed
        What its chance came from.
    arm : (patients,) index of the arm
    stratum : (patients,) number of the stratum, 0 where there are none
    member : (patients,) row of the arm's pool
    entry : (patients,) days since the trial opened
    dropout : (patients,) days from entry until lost; inf: never
    event, end : (patients,) days from entry to the event (inf: none) and to the end of the course
    analyzed : (patients,) who is in the population that is analyzed
    crossover : (patients,) days from entry to going over to the other arm; inf: never
    response_start, response_end : (patients,) days from entry; nan: no response
    scans : (most, patients) days from entry on which scans could be judged; None: see `Outcomes`
    by_scans : whether the endpoint is read at them
    final_day
        Day of the final analysis: `design.follow_up` after the last entry.
    look_days : (looks,) days of the analyses
    planned
        Events planned for the final analysis.
    """

    design: Design
    seed: int
    arm: Ints
    stratum: Ints
    member: Ints
    entry: Floats
    dropout: Floats
    event: Floats
    end: Floats
    analyzed: Bools
    crossover: Floats
    response_start: Floats
    response_end: Floats
    scans: Floats | None
    by_scans: bool
    final_day: float
    look_days: Floats
    planned: int

    def at(self, look: int) -> LookData:
        """Return the data of one look, by its number; -1 is the last."""
        return self.on(float(self.look_days[look]))

    def on(self, day: float) -> LookData:
        """Return the data of any day since the trial opened."""
        who = np.flatnonzero((self.entry <= day) & self.analyzed)
        seen = np.minimum(np.minimum(self.dropout, self.end), day - self.entry)[who]
        event = self.event[who]
        # compared on the calendar, so that the event that calls a look is always in it
        lasted = event <= np.minimum(self.dropout, self.end)[who]
        happened = lasted & (self.entry[who] + event <= day)
        start, stop = self.response_start[who], self.response_end[who]
        responded = start <= seen
        known = seen if self.scans is None else last_scan(self.scans, who, seen)
        return LookData(
            day=day,
            patient=who,
            arm=self.arm[who],
            stratum=self.stratum[who],
            time=np.where(happened, event, known if self.by_scans else seen),
            event=happened,
            until=seen,
            responded=responded,
            response=np.where(responded, np.where(stop <= seen, stop, known) - start, np.nan),
            response_ended=responded & (stop <= seen),
        )


def conduct(
    design: Design,
    outcomes: Sequence[Outcomes],
    *,
    seed: int,
    paired: bool = False,
    strata: ArrayLike | None = None,
) -> Conducted:
    """Carry out one virtual trial.

    Patients enter at the design's pace, are randomized in permuted blocks, and each is a different
    member of the arm's pool. Each look is taken when its share of the planned events has been seen,
    and the final one on the final day at the latest.

    Parameters
    ----------
    design
        The protocol.
    outcomes
        One pool an arm, each at least as large as the arm.
    seed
        0 to 2^64 - 1; the same seed gives the same trial.
    paired
        Whether row i of every pool is the same virtual patient: then nobody is in two arms, as in a
        real trial, and each pool must hold `design.patients`.
    strata : (patients of the pools,)
        Number of the stratum of each patient of paired pools; each stratum is randomized in blocks
        of its own. One by default.

    Returns
    -------
    Conducted

    Raises
    ------
    ScenarioError
        Pools do not fit the design, or are too small.
    """
    check_pools(outcomes, len(design.arms), paired=paired)
    number = design.patients
    rng = generator(seed, 0)
    arm = randomized(design, number, 1, rng)[0]
    check_sizes(outcomes, np.bincount(arm, minlength=len(design.arms)), paired=paired)
    member = members([each.size for each in outcomes], arm[None, :], paired, rng)[0]
    stratum = np.zeros(number, dtype=np.int64)
    if strata is not None:
        stratum = strata_of(strata, outcomes, paired)[member]
        arm = within_strata(design, stratum, rng)
    entry = entries(design, number, 1, rng)[0]
    dropout = dropouts(design, (1, number), rng)[0]
    event = endpoint_times(design, outcomes, arm, member)
    end = pooled([each.followed for each in outcomes], arm, member)
    crossed = crossing_times(design, outcomes, arm, member)
    if design.at_crossover_censored:
        end = np.minimum(end, crossed)
    analyzed = analyzed_in(design, outcomes, (arm, member), np.minimum(dropout, end))
    event = np.where(analyzed, event, np.inf)
    final = float(entry[-1]) + design.follow_up
    scans = side_by_side([each.scans for each in outcomes])
    look_days, planned = _look_days(design, entry, np.minimum(dropout, end), event, final)
    return Conducted(
        design=design,
        seed=seed,
        arm=arm,
        stratum=stratum,
        member=member,
        entry=entry,
        dropout=dropout,
        event=event,
        end=end,
        analyzed=analyzed,
        crossover=np.where(crossed <= np.minimum(dropout, end), crossed, np.inf),
        response_start=pooled([each.response_start for each in outcomes], arm, member),
        response_end=pooled([each.response_end for each in outcomes], arm, member),
        scans=None if scans is None else scans[:, rows_of(outcomes, arm, member)],
        by_scans=scans is not None and outcomes[0].by_scans,
        final_day=final,
        look_days=look_days,
        planned=planned,
    )


def strata_of(strata: ArrayLike, outcomes: Sequence[Outcomes], paired: bool) -> Ints:
    """Read the strata of the patients of paired pools."""
    given = np.asarray(strata)
    if not paired or given.shape != (outcomes[0].size,):
        raise ScenarioError(
            "strata",
            got=f"shape {given.shape}" if paired else "strata of pools that are not paired",
            expected=f"({outcomes[0].size},), the stratum of each patient of paired pools",
        )
    return np.unique(given, return_inverse=True)[1].astype(np.int64).reshape(-1)


def within_strata(design: Design, stratum: Ints, rng: np.random.Generator) -> Ints:
    """Arms in order of entry, each stratum in permuted blocks of its own."""
    arm = np.empty(stratum.size, dtype=np.int64)
    for each in range(int(stratum.max(initial=-1)) + 1):
        here = np.flatnonzero(stratum == each)
        if here.size:
            arm[here] = randomized(design, here.size, 1, rng)[0]
    return arm


def check_sizes(outcomes: Sequence[Outcomes], needed: Ints, *, paired: bool) -> None:
    """Refuse pools with fewer patients than their arm.

    Raises
    ------
    ScenarioError
        A pool is too small; patients are drawn without replacement.
    """
    for number, (each, least) in enumerate(zip(outcomes, needed.tolist(), strict=True)):
        least = int(needed.sum()) if paired else least
        if each.size < least:
            raise ScenarioError(
                f"outcomes.{number}",
                got=f"{each.size} patients",
                expected=f"at least {least}, drawn without replacement",
                remedy="Simulate more patients, or make the trial smaller.",
            )


def members(sizes: Sequence[int], arm: Ints, paired: bool, rng: np.random.Generator) -> Ints:
    """Rows of the pools, (trials, patients), for arms of the same shape; none twice in a trial."""
    trials, number = arm.shape
    if paired:
        return without_replacement(sizes[0], number, trials, rng)
    result = np.empty(arm.shape, dtype=np.int64)
    for index, size in enumerate(sizes):
        here = arm == index
        count = here.sum(axis=1)
        most = int(count.max())
        drawn = without_replacement(size, min(most, size), trials, rng)
        # the first so many of each row; a row takes them in the order of its patients
        kept = np.arange(drawn.shape[1])[None, :] < count[:, None]
        result[here] = drawn[kept]
    return result


def endpoint_times(design: Design, outcomes: Sequence[Outcomes], arm: Ints, member: Ints) -> Floats:
    """Days from entry to the event, crossover taken into account; shape as `arm`."""
    times = [each.event for each in outcomes]
    if design.crossover_on_progression:
        control = outcomes[0]
        over = control.progression < control.event
        times[0] = np.where(over, control.crossed, control.event)
    return pooled(times, arm, member)


def crossing_times(design: Design, outcomes: Sequence[Outcomes], arm: Ints, member: Ints) -> Floats:
    """Days from entry to going over to the other arm; inf where nobody does."""
    if not design.crossover_on_progression:
        return np.full(arm.shape, np.inf)
    control = outcomes[0]
    over = np.where(control.progression < control.event, control.progression, np.inf)
    rest = [np.full(each.size, np.inf) for each in outcomes[1:]]
    return pooled([over, *rest], arm, member)


def analyzed_in(
    design: Design, outcomes: Sequence[Outcomes], who: tuple[Ints, Ints], until: Floats
) -> Bools:
    """Whether each of `who` (arm, member) is analyzed, observed `until` a day; shape as theirs."""
    if not design.evaluable_only:
        return np.ones(who[0].shape, dtype=np.bool_)
    read = pooled([each.evaluable for each in outcomes], *who)
    return np.asarray(read <= until, dtype=np.bool_)


def pooled(columns: Sequence[Floats], arm: Ints, member: Ints) -> Floats:
    """Values of the pools at (arm, member) pairs, in their shape."""
    return np.concatenate(columns)[_rows([column.size for column in columns], arm, member)]


def rows_of(outcomes: Sequence[Outcomes], arm: Ints, member: Ints) -> Ints:
    """Where (arm, member) pairs stand in the pools put one after the other, in their shape."""
    return _rows([each.size for each in outcomes], arm, member)


def _rows(sizes: Sequence[int], arm: Ints, member: Ints) -> Ints:
    return np.cumsum([0, *sizes[:-1]])[arm] + member


def _look_days(
    design: Design, entry: Floats, until: Floats, event: Floats, final: float
) -> tuple[Floats, int]:
    seen = np.sort((entry + event)[(event <= until) & (entry + event <= final)])
    planned = design.events or max(seen.size, 1)
    needed = [math.ceil(fraction * planned - 1e-9) for fraction in design.looks]
    days = [seen[count - 1] if count <= seen.size else final for count in needed]
    if design.events is None:
        days[-1] = final
    # looks that never came fall on the final day: one analysis, not several
    return np.unique(np.array(days, dtype=np.float64)), planned
