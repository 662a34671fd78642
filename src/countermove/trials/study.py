"""What the tables of a trial are made of: its patients, how long each was on study, what was read.

Here: `Study`. Not here: the tables (``trials.subjects``, ``trials.scans``,
``trials.nonmem_table``), the trial itself (``trials.virtual``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from countermove.foundation import ScenarioError, number_text
from countermove.foundation.arrays import Bools, Floats, Ints
from countermove.results import Runs
from countermove.scenario import Scenario
from countermove.simulation.dose_table import DOSE
from countermove.trials.conduct import Conducted
from countermove.trials.eligible import enrolled_of

if TYPE_CHECKING:
    import pandas as pd

    from countermove.trials.virtual import VirtualTrial


@dataclass(frozen=True, eq=False)
class Study:
    """A trial as its data manager holds it at the data cutoff; patients in order of entry.

    Attributes
    ----------
    name : STUDYID
    scenario : of the control arm; drugs, monitoring and start of treatment are those of all arms
    trial : conducted
    first_scan : days to the first planned scan after baseline
    cutoff : day of the last look that was taken, since the trial opened
    number : (patients,) number of the patient in the runs
    outcomes : one row a patient, as treated in the arm that they were randomized to
    tables : by arm, outcomes of all eligible patients
    entered : (patients,) bool, randomized by the cutoff
    end : (patients,) days from randomization to death, loss or the cutoff; 0 for who did not enter
    readings : of who entered, up to their end: ``who`` (place in the trial), ``day`` since
        randomization, ``kind``, ``observable``, ``value``; see `Runs.visits`
    """

    name: str
    scenario: Scenario
    trial: Conducted
    first_scan: float
    cutoff: float
    number: Ints
    outcomes: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    entered: Bools
    end: Floats
    readings: pd.DataFrame

    @property
    def died(self) -> Floats:
        """(patients,) days to death where it came by the end on study; nan elsewhere."""
        dead, day = _deaths(self.outcomes)
        return np.where(self.entered & dead & (day <= self.end), day, np.nan)

    def subject(self) -> pd.DataFrame:
        """STUDYID, USUBJID, TRT01P and TRT01PN of every patient."""
        import pandas as pd

        arm = self.trial.arm
        names = np.array([each.name for each in self.trial.design.arms], dtype=object)
        return pd.DataFrame(
            {
                "STUDYID": self.name,
                "USUBJID": [f"{self.name}-{number}" for number in numbers(arm.size)],
                "TRT01P": names[arm],
                "TRT01PN": arm + 1,
            }
        )

    def read(self, observable: str) -> pd.DataFrame:
        """Rows of one observable, by patient and day."""
        rows: Any = self.readings[self.readings["observable"].to_numpy() == observable]
        return rows.reset_index(drop=True)


def study_of(found: VirtualTrial, name: str = "VIRTUAL") -> Study:
    """Gather what was seen of each randomized patient in the arm they were randomized to.

    Parameters
    ----------
    found
        A trial that was carried out.
    name
        STUDYID.

    Raises
    ------
    ScenarioError
        Visits of randomized patients were not kept.
    """
    import pandas as pd

    trial, cutoff = found.conducted, found.result.data.day
    raw = {arm: runs.table for arm, runs in found.runs.items()}
    enrolled = enrolled_of(raw)
    row = enrolled[trial.member]
    number = next(iter(raw.values())).index.to_numpy()[row]
    parts = [
        runs.outcomes().iloc[row[trial.arm == place]].set_axis(np.flatnonzero(trial.arm == place))
        for place, runs in enumerate(found.runs.values())
    ]
    outcomes = pd.concat(parts).sort_index()
    dead, day = _deaths(outcomes)
    entered = trial.entry <= cutoff
    left = np.minimum(np.where(dead, day, np.inf), cutoff - trial.entry)
    end = np.where(entered, np.maximum(np.minimum(left, trial.dropout), 0.0), 0.0)
    scenario = next(iter(found.protocol.arms.values()))
    _refuse_what_was_not_kept(found.runs, trial, number, outcomes)
    readings = [
        _readings(runs, np.flatnonzero((trial.arm == place) & entered), number)
        for place, runs in enumerate(found.runs.values())
    ]
    table: Any = pd.concat(readings, ignore_index=True)
    table["day"] = table["day"] - scenario.treatment.start
    table = table[table["day"].to_numpy() <= end[table["who"].to_numpy()]]
    return Study(
        name=name,
        scenario=scenario,
        trial=trial,
        first_scan=found.protocol.first_scan,
        cutoff=cutoff,
        number=number,
        outcomes=outcomes,
        tables={arm: own.iloc[enrolled] for arm, own in raw.items()},
        entered=entered,
        end=end,
        readings=table.sort_values(["who", "day"], kind="stable").reset_index(drop=True),
    )


def numbers(count: int) -> list[str]:
    """SUBJID of patients in order of entry: numbers from 1, all of one width."""
    width = max(4, len(str(count)))
    return [f"{number:0{width}d}" for number in range(1, count + 1)]


def flag(yes: Any, no: str = "N") -> NDArray[Any]:
    """Y where it is so."""
    return np.where(np.asarray(yes, dtype=bool), "Y", no).astype(object)


def _deaths(outcomes: pd.DataFrame) -> tuple[Bools, Floats]:
    days = outcomes["overall_survival"].to_numpy(dtype=np.float64)
    return outcomes["died"].to_numpy(dtype=bool), days


def _readings(runs: Runs, who: Ints, number: Ints) -> pd.DataFrame:
    """Visits of some patients of one arm, with their place in the trial."""
    table: Any = runs.visits
    place = np.full(int(number.max(initial=-1)) + 1, -1, dtype=np.int64)
    place[number[who]] = who
    patient = table["patient"].to_numpy()
    known = np.flatnonzero(patient < place.size)
    rows = known[place[patient[known]] >= 0]
    own = table.iloc[rows]
    return own.assign(who=place[patient[rows]])[["who", "day", "kind", "observable", "value"]]


def _refuse_what_was_not_kept(
    runs: Mapping[str, Runs], trial: Conducted, number: Ints, outcomes: pd.DataFrame
) -> None:
    """Refuse a trial of which the visits or the doses of randomized patients are not there.

    Raises
    ------
    ScenarioError
        They are not.
    """
    given = np.zeros(number.size)
    for name in outcomes.columns:
        if str(name).startswith("dose_"):
            given += np.nan_to_num(outcomes[name].to_numpy(dtype=np.float64))
    missing = np.zeros(number.size, dtype=np.bool_)
    for place, one in enumerate(runs.values()):
        mine = trial.arm == place
        table: Any = one.visits
        if table is None:
            missing |= mine
            continue
        missing |= mine & (number >= one.trajectories.sizes.get("patient", 0))
        dosed = table["patient"].to_numpy()[table["kind"].to_numpy() == DOSE]
        missing |= mine & (given > 0.0) & ~np.isin(number, dosed)
    if missing.any():
        screened = len(next(iter(runs.values())).table)
        raise ScenarioError(
            "keep",
            got=f"{number_text(int((~missing).sum()))} of {number_text(number.size)} randomized "
            "patients with their visits and doses kept",
            expected="those of all of them, which the tables are made of",
            remedy=f"Run the trial with --export (from Python: keep={screened}).",
        )
