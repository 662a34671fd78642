"""Doses and readings of a trial's patients, as a NONMEM-style table takes them.

Here: which compartment and which DVID each has, amounts, limits. Not here: the table's columns and
order (``trials.nonmem_table``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from countermove.foundation import SAME_DAY
from countermove.foundation.arrays import Floats, Ints
from countermove.measurement.instruments import ML, PLASMA, imaging_of
from countermove.scenario import Scenario
from countermove.scenario.levels import OneCompartment, TwoCompartment
from countermove.simulation.dose_table import DOSE
from countermove.trials.nonmem_table import Doses, Measured, nonmem
from countermove.trials.study import Study

if TYPE_CHECKING:
    import pandas as pd

MOST_TARGETS = 5  # RECIST 1.1


@dataclass(frozen=True, slots=True)
class Observed:
    """One kind of observation: its DVID is its place, from 1.

    Attributes
    ----------
    observable : as in `Runs.visits`
    label, unit : for people
    limit : readings below it are censored, in the unit; 0: none is
    """

    observable: str
    label: str
    unit: str
    limit: float


def observed_of(scenario: Scenario) -> tuple[Observed, ...]:
    """Sum of diameters, then the marker and ctDNA where they are measured.

    The limit of ctDNA is one genome in the plasma of a sample: a sample without any reads 0.
    """
    marker, ctdna = scenario.monitoring.marker, scenario.monitoring.ctdna
    result = [Observed("sld", "sum of target diameters", "cm", imaging_of(scenario).limit)]
    if marker is not None:
        result.append(Observed(marker.name, f"marker {marker.name}", "ng/mL", marker.limit))
    if ctdna is not None:
        one = 1.0 / (ctdna.draw * ML * PLASMA)
        result.append(Observed("ctdna.hge", "tumor genomes in plasma", "genomes/mL", one))
    return tuple(result)


def amounts(scenario: Scenario) -> dict[str, tuple[float, float, str]]:
    """Amount of a dose of each drug, days to the next, and the unit.

    A drug without doses of its own, such as one of a constant level, has amount 1 and no next dose:
    it is given as an infusion, in days at full dose.
    """
    result: dict[str, tuple[float, float, str]] = {}
    for name, drug in scenario.drugs.items():
        own = drug.levels
        if isinstance(own, (OneCompartment, TwoCompartment)):
            result[name] = (own.dose, own.every, "mg" if own.unit == "mg" else "EC50 x L")
        else:
            result[name] = (1.0, 0.0, "days at full dose")
    return result


def trial_nonmem(study: Study) -> pd.DataFrame:
    """Doses and readings of who entered the trial, up to their end on study.

    Parameters
    ----------
    study
        At the data cutoff.

    Returns
    -------
    As `nonmem`; TIME is days since randomization, ID the number of the patient in order of entry.
    Compartments of doses are the scenario's drugs in turn; those of observations follow.
    """
    observed, drugs = observed_of(study.scenario), amounts(study.scenario)
    rows = [study.read(one.observable) for one in observed]
    who = np.concatenate([one["who"].to_numpy() for one in rows])
    kind = np.repeat(np.arange(1, len(observed) + 1), [len(one) for one in rows])
    limits = np.array([one.limit for one in observed])[kind - 1]
    limits = np.where(kind == 1, limits * _targets(study)[who], limits)
    value = np.concatenate([one["value"].to_numpy(dtype=np.float64) for one in rows])
    measured = Measured(
        patient=who,
        day=np.concatenate([one["day"].to_numpy(dtype=np.float64) for one in rows]),
        value=value,
        compartment=kind + len(drugs),
        # what was read at all is not censored, though a sum may be below the limits of its lesions
        limit=np.where(value > 0.0, np.minimum(limits, value), limits),
        kind=kind,
    )
    return nonmem(_doses(study, drugs), measured)


def _doses(study: Study, drugs: dict[str, tuple[float, float, str]]) -> Doses:
    """One row for each stretch of one multiple of one drug."""
    result: list[tuple[Floats, ...]] = []
    for place, (name, (amount, every, _)) in enumerate(drugs.items(), 1):
        rows: Any = study.readings[study.readings["kind"].to_numpy() == DOSE]
        rows = rows[rows["observable"].to_numpy() == f"dose_{name}"]
        who, day = rows["who"].to_numpy(), rows["day"].to_numpy(dtype=np.float64)
        multiple = rows["value"].to_numpy(dtype=np.float64)
        goes_on = np.append(who[1:] == who[:-1], [False] * min(who.size, 1))
        until = np.where(goes_on, np.append(day[1:], [0.0] * min(who.size, 1)), study.end[who])
        given = (multiple > 0.0) & (until > day)
        who, day, until, multiple = (each[given] for each in (who, day, until, multiple))
        size = who.size
        if every > 0.0:  # each patient's own, where they differ
            dose = _own(study, f"drugs.{name}.levels.dose", amount)[who]
            step = _own(study, f"drugs.{name}.levels.every", every)[who]
            count = np.maximum(np.ceil((until - day) / step - SAME_DAY), 1.0)
            own = (multiple * dose, np.zeros(size), np.where(count > 1, step, 0.0), count - 1.0)
        else:
            own = (multiple * (until - day), multiple, np.zeros(size), np.zeros(size))
        result.append((who.astype(np.float64), day, np.full(size, float(place)), *own))
    columns = [np.concatenate(each) for each in zip(*result, strict=True)] or [np.zeros(0)] * 7
    return Doses(
        patient=columns[0],
        day=columns[1],
        compartment=columns[2],
        amount=columns[3],
        rate=columns[4],
        interval=columns[5],
        more=columns[6],
    )


def _own(study: Study, path: str, value: float) -> Floats:
    """(patients,) a number of the scenario, drawn for each patient where it is varied."""
    table = study.outcomes
    if path in table:
        return table[path].to_numpy(dtype=np.float64)
    return np.full(len(table), value)


def _targets(study: Study) -> Ints:
    """(patients,) how many target lesions there can be: a sum of 0 lies below that many limits."""
    rows: Any = study.readings
    lesion = rows["observable"].astype(str).str.startswith("diameter.").to_numpy()
    own = rows[lesion & (rows["day"].to_numpy() <= 0.0) & (rows["value"].to_numpy() > 0.0)]
    count = np.bincount(own["who"].to_numpy(), minlength=study.entered.size)
    return np.clip(count, 1, MOST_TARGETS)
