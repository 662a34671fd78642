"""Endpoints as a trial reports them: from visits, RECIST 1.1 and samples of blood, and from moves.

Here: the columns that a clinic can fill in. Not here: endpoints of the truth
(``measurement.endpoints``), the code of one visit (``measurement.recist``).

Times are in days from treatment start; nothing is read between visits. Sources: RECIST 1.1,
Eisenhauer et al. 2009, doi:10.1016/j.ejca.2008.10.026; progression-free survival 2, EMA guideline
on anticancer medicinal products, EMA/CHMP/205/95, appendix 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countermove.foundation import SAME_DAY
from countermove.foundation.arrays import Bools, Floats, Ints
from countermove.measurement.clinic import Clinic
from countermove.measurement.molecular import MolecularRule, molecular_progression
from countermove.measurement.recist import NE, PD, RESPONSES, choose_targets, responses
from countermove.measurement.recist_course import RecistCourse, course_of_codes


@dataclass(frozen=True, slots=True)
class Moves:
    """What was given, as the clinic's own records have it.

    Attributes
    ----------
    start, until : days of treatment start and of the end of follow-up
    ended : (patients,) day of death; nan for none
    begun : of each line in turn, (patients,) day on which it began; nan where it did not
    drug_free : (patients,) days without any drug since treatment start
    last_dose : (patients,) day until which any drug was given
    counted : (patients, scans) bool, a rise counts as progression; None where every one does
    since : (patients, scans) the day from which the nadir counts; nan or None: from baseline on
    """

    start: float
    until: float
    ended: Floats
    begun: list[Floats]
    drug_free: Floats
    last_dose: Floats
    counted: Bools | None = None
    since: Floats | None = None


def clinical_columns(
    clinic: Clinic, moves: Moves, *, molecular: MolecularRule
) -> dict[str, object]:
    """Endpoints of every patient by column, from all visits of the course."""
    plan = clinic.visits["imaging"]
    days = plan.day - moves.start
    death = moves.ended - moves.start
    treated = ~(death < 0.0)
    dead = np.where(treated, death, np.nan)
    codes, sums = scan_codes(clinic, moves)
    criteria = clinic.instruments.recist
    result = course_of_codes(codes, days, sums=sums, deaths=dead, criteria=criteria)
    words = np.array(RESPONSES, dtype=object)

    def if_treated(values: Floats) -> Floats:
        return np.where(treated, values, np.nan)

    second, second_event = _second(clinic, moves, codes, dead)
    return {
        "best_overall_response": np.where(treated, words[result.best.code], RESPONSES[NE]),
        "confirmed_response": np.where(treated, words[result.confirmed.code], RESPONSES[NE]),
        "disease_control": result.controlled & treated,
        "depth_of_response": if_treated(result.depth),
        "imaging_time_to_response": if_treated(result.best.time_to_response),
        "imaging_duration_of_response": if_treated(result.best.duration),
        "imaging_response_ended": result.best.ended & treated,
        "imaging_progressed": result.progressed & treated,
        "imaging_time_to_progression": if_treated(result.time_to_progression),
        "imaging_progression_free_survival": np.where(treated, result.progression_free, 0.0),
        "imaging_event": result.event | ~treated,
        "progression_free_survival_2": np.where(treated, second, 0.0),
        "event_2": second_event | ~treated,
        **_molecular(clinic, moves, result, molecular, treated),
        **_time_on_lines(moves),
        "drug_free": moves.drug_free,
    }


def scan_codes(clinic: Clinic, moves: Moves) -> tuple[Ints, Floats]:
    """Codes and sums of targets of every scan, under the criterion of the scenario."""
    criteria = clinic.instruments.recist
    result = responses(
        clinic.diameters,
        targets=clinic.targets,
        nadir_from=_scan_from(moves, clinic),
        criteria=criteria,
    )
    codes = result.codes
    if moves.counted is not None:
        codes = np.where((codes == PD) & ~moves.counted, RESPONSES.index("SD"), codes)
    return codes, result.sums


def _scan_from(moves: Moves, clinic: Clinic) -> Ints | None:
    """(patients, scans) first scan of which the nadir counts; None where all do."""
    if moves.since is None:
        return None
    day = clinic.visits["imaging"].day
    return np.stack(
        [(day < moves.since[:, [visit]] - SAME_DAY).sum(axis=1) for visit in range(day.shape[1])],
        axis=1,
    )


def _second(clinic: Clinic, moves: Moves, codes: Ints, dead: Floats) -> tuple[Floats, Bools]:
    """Days to progression under the second line, or death, and whether either came.

    The last scan before the second line is its baseline, and targets are chosen anew. Without a
    second line only death is an event; otherwise the last scan that could be judged censors.
    """
    day = clinic.visits["imaging"].day
    patients, scans = day.shape
    begun = moves.begun[1] if len(moves.begun) > 1 else np.full(patients, np.nan)
    switched = ~np.isnan(begun)
    before = (day <= np.where(switched, begun, -np.inf)[:, None] + SAME_DAY) & ~np.isnan(
        clinic.diameters[:, :, 0]
    )
    base = np.where(before.any(axis=1), scans - 1 - before[:, ::-1].argmax(axis=1), 0)
    seen = np.where(np.arange(scans)[None, :] >= base[:, None], 1.0, np.nan)
    moved = clinic.diameters * seen[:, :, None]
    order = (np.arange(scans)[None, :] + base[:, None]) % scans
    moved = np.take_along_axis(moved, order[:, :, None], axis=1)
    since, criteria = _scan_from(moves, clinic), clinic.instruments.recist
    if since is not None:
        since = np.maximum(np.take_along_axis(since, order, axis=1) - base[:, None], 0)
    again = responses(
        moved,
        targets=choose_targets(moved[:, 0], criteria, organs=clinic.organs),
        nadir_from=since,
        criteria=criteria,
    ).codes
    when = np.take_along_axis(day - moves.start, order, axis=1)
    progressed = switched[:, None] & (again == PD)
    if moves.counted is not None:
        progressed &= np.take_along_axis(moves.counted, order, axis=1)
    last = np.where((codes != NE) & (np.arange(scans) > 0), day - moves.start, 0.0).max(axis=1)
    first = np.where(
        progressed.any(axis=1), when[np.arange(patients), progressed.argmax(axis=1)], np.inf
    )
    gone = np.where(np.isnan(dead), np.inf, dead)
    event = np.minimum(first, gone)
    return np.where(np.isfinite(event), event, last), np.isfinite(event)


def _molecular(
    clinic: Clinic, moves: Moves, found: RecistCourse, rule: MolecularRule, treated: Bools
) -> dict[str, object]:
    """Progression in blood, in ctDNA or else the marker, and its lead over imaging."""
    none = np.full(clinic.patients, np.nan)
    name, values = _followed(clinic)
    if values is None:
        no = np.zeros(clinic.patients, dtype=np.bool_)
        return {
            "molecular_progressed": no,
            "molecular_time_to_progression": none,
            "molecular_lead": none,
        }
    days = clinic.visits[clinic.instruments.names[name]].known - moves.start
    last = np.where(np.isnan(moves.ended), moves.until, moves.ended) - moves.start
    if len(moves.begun) > 1:  # of the first line: a rise under the next is another matter
        last = np.fmin(last, moves.begun[1] - moves.start)
    samples = np.where(days <= last[:, None] + SAME_DAY, values, np.nan)
    rise = molecular_progression(days, samples, rule)
    known = np.where(treated, rise.known, np.nan)
    return {
        "molecular_progressed": rise.progressed & treated,
        "molecular_time_to_progression": known,
        "molecular_lead": found.time_to_progression - known,
    }


def _followed(clinic: Clinic) -> tuple[str, Floats | None]:
    """Observable that tells progression in blood, and (patients, samples) its values.

    Reads of an alteration that may be errors are none. Where no blood is drawn there are no values.
    """
    own = clinic.instruments
    name = "ctdna.hge" if own.ctdna is not None else own.marker_name
    if own.followed:
        name = f"ctdna.vaf({own.followed})"
    values = clinic.values.get(name)
    if own.followed and values is not None:
        there = clinic.values[f"ctdna.detected({own.followed})"]
        values = np.where(there == 0.0, 0.0, values)
    return name, values


def _time_on_lines(moves: Moves) -> dict[str, object]:
    """Days on the first line, on the second, and on all later ones, pauses included."""
    patients = moves.drug_free.size
    none = np.full(patients, np.nan)
    begun = [*moves.begun[:3], *[none] * (3 - len(moves.begun[:3]))]
    last = moves.last_dose
    spans: list[Floats] = []
    for place, day in enumerate(begun):
        later = begun[place + 1] if place + 1 < 3 else none
        end = np.where(np.isnan(later), last, later)
        spans.append(np.where(np.isnan(day), 0.0, np.maximum(end - day, 0.0)))
    names = ("time_on_first_line", "time_on_second_line", "time_on_later_lines")
    return dict(zip(names, spans, strict=True))
