"""A virtual randomized trial: ``trial`` and the ``VirtualTrial`` it returns.

Here: simulating the arms, randomizing, and what is asked of the trial afterwards. Not here: its
protocol (``trials.protocol``), how it is conducted and read (``trials.conduct``,
``trials.monitor``), pages and figures (``report``).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from countermove.foundation.arrays import Floats
from countermove.foundation.cards import card
from countermove.results import Runs, Survival
from countermove.scenario import Scenario, replace
from countermove.scenario.library import scenario_of
from countermove.simulation import simulate
from countermove.trials.arms import check_patients
from countermove.trials.compare import PFS, Comparison
from countermove.trials.compared import BY_SCANS
from countermove.trials.conduct import Conducted, conduct
from countermove.trials.design import DAYS_PER_MONTH
from countermove.trials.eligible import enrolled_of, fitting, pools_of, strata_among
from countermove.trials.flow import flow
from countermove.trials.last_scan import kept_for
from countermove.trials.monitor import TrialResult, analyze
from countermove.trials.protocol import Protocol, protocol_of

if TYPE_CHECKING:
    import pandas as pd

LABELS = {
    "progression_free_survival": "Progression-free survival, by scans",
    "time_to_progression": "Time to progression, by scans",
    "overall_survival": "Overall survival",
    "progression_free_survival_2": "PFS2, by scans",
}
TRUE_ENDPOINTS = {  # as a comparison calls them
    "progression_free_survival": PFS,
    "time_to_progression": BY_SCANS,
    "overall_survival": "overall_survival",
    "progression_free_survival_2": "progression_free_survival_2",
}


@dataclass(frozen=True, eq=False)
class VirtualTrial:
    """A trial that was carried out on simulated patients, and its reading.

    Attributes
    ----------
    protocol
        Arms and design.
    runs
        By arm: every patient as treated in that arm, randomized to it or not.
    conducted
        Who was randomized to what, entered when, and was lost when.
    result
        What the looks found.

    Examples
    --------
    >>> import countermove as cm
    >>> own = {"arms": {"A, then B": "sequential", "both": "combination"}, "follow_up": "4 years"}
    >>> scenario = cm.replace("two_drugs_together", {"trial": own})
    >>> found = cm.trial(scenario, patients=60, progress=False)
    >>> found
    <VirtualTrial of 'Two drugs together': both against A, then B, 60 patients>
    >>> bool(found.table().loc["both", "hazard_ratio"] < 0.5)
    True
    """

    protocol: Protocol
    runs: Mapping[str, Runs]
    conducted: Conducted
    result: TrialResult

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, the control first."""
        return tuple(self.protocol.arms)

    @property
    def endpoint(self) -> str:
        """What the arms are compared by."""
        return self.protocol.design.endpoint

    @property
    def screened(self) -> int:
        """Patients of the scenario, eligible or not."""
        return len(next(iter(self.runs.values())).table)

    @property
    def eligible(self) -> int:
        """Patients who meet the condition at baseline; all where there is none."""
        return int(next(iter(self.runs.values())).table["eligible"].sum())

    @cached_property
    def truth(self) -> Comparison:
        """All eligible patients under every arm, which no trial sees: what the effect really is."""
        who = enrolled_of({name: one.table for name, one in self.runs.items()})
        same = {
            name: dataclasses.replace(one, table=one.table.iloc[who])
            for name, one in self.runs.items()
        }
        return Comparison(self.protocol.name, same, self.protocol.criterion)

    @property
    def true_endpoint(self) -> str:
        """Name in `truth` of the endpoint that the trial compares its arms by."""
        return TRUE_ENDPOINTS[self.endpoint]

    def curves(self) -> dict[str, Survival]:
        """Kaplan-Meier estimate of the endpoint in each arm, at the last look that was taken."""
        return dict(zip(self.arms, self.result.curves, strict=True))

    def table(self) -> pd.DataFrame:
        """Read the trial, one row an arm, at the last look that was taken.

        Returns
        -------
        Index ``arm``. Columns: ``randomized``; ``patients`` analyzed; ``events``; ``median`` of the
        endpoint in days (nan: not reached) with its 95% interval ``median_low`` to ``median_high``;
        ``response_rate`` with interval; ``response_median`` duration in days; ``lasting``, the
        share of responders still in response at 12 months; ``durable``, the share of everybody who
        responded and was. Of every arm but the control: ``hazard_ratio`` with interval,
        ``log_rank_p`` (not adjusted for looks), ``restricted_mean`` difference in days with
        interval, up to ``horizon`` days; ``claimed``, whether a bound was crossed in its favor.
        """
        import pandas as pd

        index = pd.Index(list(self.arms), name="arm")
        return pd.DataFrame([self._row(number) for number in range(len(self.arms))], index=index)

    def _row(self, number: int) -> dict[str, object]:
        data, curve = self.result.data, self.result.curves[number]
        mine, response = data.arm == number, self.result.responses[number]
        low, high = curve.median_interval
        row: dict[str, object] = {
            "randomized": int((self.conducted.arm == number).sum()),
            "patients": int(mine.sum()),
            "events": int(data.event[mine].sum()),
            "median": _number(curve.median),
            "median_low": _number(low),
            "median_high": _number(high),
            "response_rate": _number(response.rate),
            "response_low": response.interval[0],
            "response_high": response.interval[1],
            "response_median": _number(response.median_duration),
            "lasting": _number(response.lasting),
            "durable": _number(response.durable),
        }
        result = None if number == 0 else self.result.comparisons[number - 1]
        ratio = None if result is None else result.hazard_ratio
        mean = None if result is None else result.restricted_mean
        test = None if result is None else result.log_rank
        row |= {
            "hazard_ratio": math.nan if ratio is None else ratio.ratio,
            "hazard_low": math.nan if ratio is None else ratio.low,
            "hazard_high": math.nan if ratio is None else ratio.high,
            "log_rank_p": math.nan if test is None else test.p,
            "restricted_mean": math.nan if mean is None else mean.mean,
            "restricted_low": math.nan if mean is None else mean.low,
            "restricted_high": math.nan if mean is None else mean.high,
            "horizon": math.nan if mean is None else mean.horizon,
            "claimed": result is not None and result.favors == self.arms[number],
        }
        return row

    def looks(self) -> pd.DataFrame:
        """Each look at each comparison, up to the one that stopped.

        Returns
        -------
        Columns: ``arm`` (against the control), ``day`` since the trial opened, ``patients``,
        ``events`` of the two arms, ``fraction`` of planned events, log-rank ``z`` (above 0 in favor
        of the arm) beside its ``bound``, ``crossed``, ``conditional`` power, ``futile``.
        """
        import pandas as pd

        names = (
            "day", "patients", "events", "fraction", "z", "bound", "crossed", "conditional",
            "futile",
        )  # fmt: skip
        rows: list[dict[str, object]] = [
            {"arm": result.arm, **{name: getattr(look, name) for name in names}}
            for result in self.result.comparisons
            for look in result.looks
        ]
        return pd.DataFrame({name: [row[name] for row in rows] for name in ("arm", *names)})

    def flow(self) -> pd.DataFrame:
        """Count patients from randomization to the analysis, one row an arm.

        Returns
        -------
        Index ``arm``. Columns: ``randomized`` in the whole trial; ``entered`` by the last look that
        was taken; of them ``lost`` before the event, ``crossed_over``, ``not_evaluable`` and
        ``analyzed``.
        """
        return flow(self.conducted, self.arms, self.result.data.day, self._crossing())

    def _crossing(self) -> Floats:
        """(patients,) days from entry to progression of who then goes over; inf for the others."""
        days = np.full(self.conducted.arm.size, np.inf)
        if self.protocol.design.crossover_on_progression:
            tables = {name: one.table for name, one in self.runs.items()}
            control = pools_of(self.protocol, self.runs, enrolled_of(tables))[0]
            mine = self.conducted.arm == 0
            days[mine] = control.progression[self.conducted.member[mine]]
        return days

    def tables(self, study: str = "VIRTUAL") -> dict[str, pd.DataFrame]:
        """Tables of the trial as analysts know them, at the last look that was taken.

        Returns
        -------
        ``adsl``, ``adtte``, ``adtr``, ``adrs`` in the manner of ADaM; ``nonmem``, doses and
        observations; ``dictionary``, what each of their variables is. STUDYID is ``study``.

        Raises
        ------
        ScenarioError
            Visits of randomized patients were not kept (``keep``).
        """
        from countermove.trials.export import study_of, tables_of

        return tables_of(study_of(self, study))

    def export(self, folder: str | Path, study: str = "VIRTUAL") -> list[Path]:
        """Write `tables` to a folder, as CSV and Parquet, with the dictionary as a page as well.

        Raises
        ------
        ScenarioError
            As `tables`.
        OutputError
            The folder cannot be written.
        """
        from countermove.trials.export import export_trial

        return export_trial(self, folder, study)

    def sentences(self) -> list[str]:
        """Say what the trial found, that it shrank apart from that it lasted."""
        lines = []
        for result in self.result.comparisons:
            last = result.looks[-1]
            when = f"at look {len(result.looks)}, {last.day / DAYS_PER_MONTH:.0f} months after it "
            when += "opened"
            if result.rejected:
                said = f"the bound was crossed in favor of {result.favors} {when}"
            elif result.futile:
                said = f"stopped as futile {when}"
            else:
                said = f"no bound was crossed {when}"
            text = f"{result.arm} against {result.control}: {said}"
            if result.hazard_ratio is not None and math.isfinite(result.hazard_ratio.high):
                ratio = result.hazard_ratio
                text += f"; hazard ratio {ratio.ratio:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"
            lines.append(f"{text}.")
        for arm, response in zip(self.arms, self.result.responses, strict=True):
            if response.rate is None:
                continue
            text = f"{arm}: it shrank in {100 * response.rate:.0f}%"
            if response.durable is not None:
                text += f", and lasted 12 months in {100 * response.durable:.0f}%"
            text += f" of {response.patients:,}"
            if response.durable is None and response.median_duration is not None:
                text += f"; half of the responses ended within {response.median_duration:.0f} days"
            lines.append(f"{text}.")
        return lines

    def __repr__(self) -> str:
        others = ", ".join(self.arms[1:])
        number = self.conducted.arm.size
        return (
            f"<VirtualTrial of {self.protocol.name!r}: {others} against {self.arms[0]}, "
            f"{number:,} patients>"
        )

    def _repr_html_(self) -> str:
        rows: list[tuple[str, str]] = [("endpoint", LABELS[self.endpoint])]
        rows += [("", line) for line in self.sentences()]
        return card(self.protocol.name, rows, "Virtual patients. Research and education only.")


def trial(
    scenario: Scenario | str | Path,
    *,
    patients: int | None = None,
    seed: int | None = None,
    engine: str | None = None,
    **settings: Any,
) -> VirtualTrial:
    """Carry out the randomized trial that a scenario's ``trial`` describes.

    Every patient is simulated under every arm, with the same random numbers, and randomized to one:
    the trial sees that one alone, and `VirtualTrial.truth` all of them.

    Parameters
    ----------
    scenario
        With ``trial``: a scenario, a file of one, or a shipped example's name.
    patients
        Overrides ``patients.number``, and ``trial.patients`` where that is larger.
    seed, engine
        Override the scenario's own.
    settings
        As in `simulate`, for every arm: ``every``, ``keep``, ``threads``, ``workers``, ``cluster``,
        ``allow_python``, ``progress`` and others.

    Returns
    -------
    VirtualTrial

    Raises
    ------
    ScenarioError
        There is no trial, an arm or the design cannot be, or too few patients are eligible.

    Notes
    -----
    Progression is what scans see, under one criterion in all arms. A patient of the control arm who
    crosses over is simulated under the second arm's treatment from progression on.

    Examples
    --------
    >>> import countermove as cm
    >>> own = {"arms": {"usual": "sequential", "new": "combination"}, "follow_up": "2 years"}
    >>> scenario = cm.replace("two_drugs_together", {"trial": own})
    >>> cm.trial(scenario, patients=40, progress=False).table()["randomized"].tolist()
    [20, 20]
    """
    protocol = protocol_of(with_numbers(scenario_of(scenario), patients, seed, engine))
    screened = next(iter(protocol.arms.values())).patients.number
    kept = {"keep": kept_for(screened), **settings}
    runs = {name: simulate(arm, **kept) for name, arm in protocol.arms.items()}
    return carried_out(protocol, runs)


def with_numbers(
    scenario: Scenario, patients: int | None, seed: int | None, engine: str | None
) -> Scenario:
    """Return a scenario with another number of patients, seed or engine."""
    own = {"patients.number": patients, "seed": seed, "engine": engine}
    changes = {path: value for path, value in own.items() if value is not None}
    asked = None if scenario.trial is None else scenario.trial.patients
    if patients is not None and asked is not None and patients < asked:
        changes["trial.patients"] = patients
    return replace(scenario, changes) if changes else scenario


def carried_out(protocol: Protocol, runs: Mapping[str, Runs]) -> VirtualTrial:
    """Randomize simulated patients and read the trial.

    Parameters
    ----------
    protocol
        See `protocol_of`.
    runs
        By arm: the protocol's scenarios, simulated.

    Raises
    ------
    ScenarioError
        Fewer patients are eligible than are to be randomized, or arms hold different patients.
    """
    tables = {name: one.table for name, one in runs.items()}
    check_patients(tables)
    enrolled = enrolled_of(tables)
    design = fitting(protocol, enrolled.size, len(next(iter(tables.values()))))
    pools = pools_of(protocol, runs, enrolled)
    strata = strata_among(protocol, tables, enrolled)
    seed = next(iter(protocol.arms.values())).seed
    conducted = conduct(design, pools, seed=seed, paired=True, strata=strata)
    return VirtualTrial(protocol, dict(runs), conducted, analyze(conducted))


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
