"""Treatments compared on the same patients: ``compare`` and the ``Comparison`` it returns.

Here: running the arms, and what is asked of them afterwards. Not here: which arms there are
(``trials.arms``), the estimates (``trials.compared``, ``trials.gains``), pages and figures
(``report``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from countermove.foundation import ScenarioError
from countermove.foundation.cards import card
from countermove.foundation.errors import neighbor, shown
from countermove.results import Runs, Survival, product_limit
from countermove.results.cohort import attribution_counts
from countermove.scenario import Scenario, replace
from countermove.scenario.library import scenario_of
from countermove.simulation import simulate
from countermove.trials.arms import Changes, arms_of, check_patients, settled
from countermove.trials.compared import (
    BY_SCANS,
    Endpoint,
    arm_row,
    endpoints_of,
    gaps,
    horizons,
    pair_row,
)
from countermove.trials.gains import Gains, gains
from countermove.trials.paired import better_under

if TYPE_CHECKING:
    import pandas as pd

PFS = "imaging_progression_free_survival"
RISK_TIMES = 7


@dataclass(frozen=True, eq=False)
class Comparison:
    """Arms that treat the same patients, the first being what the others are compared with.

    Attributes
    ----------
    name
        Of the scenario.
    runs
        By arm, in order.
    criterion
        One sentence: what progression is measured against, in all arms.

    Examples
    --------
    >>> import countermove as cm
    >>> policies = ["sequential", "combination"]
    >>> found = cm.compare("two_drugs_together", policies=policies, patients=20, progress=False)
    >>> found
    <Comparison of 'Two drugs together': combination with sequential, 20 patients each>
    >>> bool(found.table().loc[("cured", "combination"), "difference"] > 0.5)
    True
    """

    name: str
    runs: Mapping[str, Runs]
    criterion: str

    def __post_init__(self) -> None:
        check_patients(self._tables)

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, the control first."""
        return tuple(self.runs)

    @property
    def patients(self) -> int:
        """Patients, the same in each arm."""
        return len(self._tables[self.arms[0]])

    @property
    def _tables(self) -> dict[str, pd.DataFrame]:
        return {name: runs.table for name, runs in self.runs.items()}

    @cached_property
    def endpoints(self) -> dict[str, Endpoint]:
        """What is compared, by name."""
        return endpoints_of(self._tables)

    @cached_property
    def told(self) -> list[str]:
        """Endpoints with something to tell: PFS2 after a second line, drugs that anybody got.

        Progression by scans alone, which death censors, is in `table` and is not told beside PFS.
        """
        second = any(int(table["lines"].max()) > 1 for table in self._tables.values())
        estimate: Any = self._table["estimate"]

        def tells(name: str) -> bool:
            if name.startswith("dose_"):
                return bool(estimate.loc[name].any())
            if name == BY_SCANS:  # PFS says as much, unless a trial asks for it
                return False
            return second or name != "progression_free_survival_2"

        return [name for name in self.endpoints if tells(name)]

    @cached_property
    def horizons(self) -> dict[str, float]:
        """Day up to which each time to an event is compared: as far as every arm is known."""
        return horizons(self.endpoints, self._tables)

    @cached_property
    def _table(self) -> pd.DataFrame:
        import pandas as pd

        control, tables = self._tables[self.arms[0]], self._tables
        rows = []
        for name, endpoint in self.endpoints.items():
            horizon = self.horizons.get(name, np.nan)
            for arm, table in tables.items():
                row = {"endpoint": name, "arm": arm, "unit": endpoint.unit}
                row |= {"source": endpoint.source, **arm_row(endpoint, table, horizon)}
                if arm != self.arms[0]:
                    row |= pair_row(endpoint, table, control, horizon)
                rows.append({**row, "horizon": horizon})
        result: Any = pd.DataFrame(rows).set_index(["endpoint", "arm"])
        order = [name for name in result.columns if name != "horizon"]
        return result[[*order, "horizon"]]

    def table(self) -> pd.DataFrame:
        """All numbers, one row an endpoint and arm.

        Returns
        -------
        Index ``endpoint`` and ``arm``. Columns: ``unit``; ``source`` (``truth``: no clinic sees
        it); ``patients``; ``events``; ``estimate`` with its 95% interval ``low`` to ``high``: the
        Kaplan-Meier median of a time (nan: not reached), a share, or a mean; ``restricted_mean`` of
        a time up to ``horizon`` days. Of every arm but the first ``difference``, the mean over
        patients of the arm minus the first arm (of a time: of the times up to the horizon), with
        ``difference_low`` to ``difference_high``, from ``pairs`` patients; ``hazard_ratio`` of a
        time with its interval, which takes the arms for independent, as a trial has to.
        """
        return self._table.copy()

    def curves(self, endpoint: str = PFS) -> dict[str, Survival]:
        """Kaplan-Meier curve of each arm, for an endpoint that is a time."""
        result = self._time(endpoint)
        return {arm: product_limit(*result.time(table)) for arm, table in self._tables.items()}

    def at_risk(self, endpoint: str = PFS, times: Iterable[float] | None = None) -> pd.DataFrame:
        """Patients under observation and free of the event just before each day, by arm."""
        import pandas as pd

        curves = self.curves(endpoint)
        last = max(float(curve.durations[-1]) for curve in curves.values())
        days = np.linspace(0.0, last, RISK_TIMES) if times is None else np.asarray(list(times))
        counts = {arm: curve.at_risk_at(days) for arm, curve in curves.items()}
        return pd.DataFrame(counts, index=pd.Index(days, name="days"))

    def gains(self, arm: str | None = None, endpoint: str = PFS) -> Gains:
        """Who gains and who loses under an arm, and which of the patients' numbers decides it.

        Parameters
        ----------
        arm
            The second one by default; compared with the first.
        endpoint
            One that is a time.
        """
        chosen = self.arms[1] if arm is None else arm
        if chosen not in self.arms[1:]:
            raise ScenarioError(
                "arm",
                got=repr(chosen),
                expected=f"one of {', '.join(self.arms[1:])}",
                remedy=neighbor(str(chosen), self.arms[1:]),
            )
        result, control = self._time(endpoint), self._tables[self.arms[0]]
        table, horizon = self._tables[chosen], self.horizons[endpoint]
        difference = gaps(result, table, horizon) - gaps(result, control, horizon)
        sides = better_under(result.time(table), result.time(control), horizon)
        return gains((endpoint, chosen, self.arms[0]), difference, sides, control)

    def attribution(self) -> pd.DataFrame:
        """Patients by why the tumor came back, one column an arm; the most frequent reason first.

        Returns
        -------
        Index ``mechanisms``, ``origin``, ``route``, ``resistance``.
        """
        import pandas as pd

        names = ["mechanisms", "origin", "route", "resistance"]
        counts = {arm: dict(attribution_counts(table)) for arm, table in self._tables.items()}
        reasons = {reason: 0 for result in counts.values() for reason in result}
        for result in counts.values():
            for reason, count in result.items():
                reasons[reason] += count
        ordered = sorted(reasons, key=lambda reason: (-reasons[reason], reason))
        index = pd.MultiIndex.from_tuples(ordered or [("",) * 4], names=names)
        data = {arm: [result.get(r, 0) for r in ordered or [()]] for arm, result in counts.items()}
        return pd.DataFrame(data, index=index).iloc[: len(ordered)]

    def _time(self, endpoint: str) -> Endpoint:
        if endpoint not in self.horizons:
            raise ScenarioError(
                "endpoint",
                got=repr(endpoint),
                expected=f"one of {', '.join(self.horizons)}",
                remedy=neighbor(str(endpoint), self.horizons),
            )
        return self.endpoints[endpoint]

    def __repr__(self) -> str:
        others = ", ".join(self.arms[1:])
        return (
            f"<Comparison of {self.name!r}: {others} with {self.arms[0]}, {self.patients:,} "
            "patients each>"
        )

    def _repr_html_(self) -> str:
        rows = [("patients", f"{self.patients:,}, the same in each arm")]
        for arm in self.arms[1:]:
            for name in (PFS, "overall_survival"):
                row = self._table.loc[(name, arm)]
                rows.append(
                    (
                        f"{arm} minus {self.arms[0]}, {self.endpoints[name].label.lower()}",
                        f"{row['difference']:+,.0f} days (95% interval "
                        f"{row['difference_low']:+,.0f} to {row['difference_high']:+,.0f}), "
                        f"hazard ratio {row['hazard_ratio']:.2f}",
                    )
                )
        return card(self.name, rows, f"{self.criterion} Research and education only.")


def compare(
    scenario: Scenario | str | Path,
    policies: Iterable[str] = (),
    *,
    arms: Mapping[str, Changes | Scenario | str | Path] | None = None,
    patients: int | None = None,
    seed: int | None = None,
    engine: str | None = None,
    **settings: Any,
) -> Comparison:
    """Simulate the same patients under several treatments, and compare what becomes of them.

    Each patient has random numbers of their own, so that all arms begin with the same patients: the
    same drawn numbers, lesions and cells at diagnosis. Differences are taken patient by patient,
    which makes them far less uncertain than those between two cohorts.

    Parameters
    ----------
    scenario
        What all arms have in common: a scenario, a file of one, or a shipped example's name.
    policies
        An arm for each of these policies, with their defaults where they differ from the
        scenario's own.
    arms
        Further arms: for each name new values by dotted path, as in `replace`, a policy's name,
        or a scenario.
    patients, seed, engine
        Override the scenario's own, in all arms.
    settings
        As in `simulate`, for every arm: ``every``, ``keep``, ``threads``, ``workers``, ``cluster``,
        ``longest_leap``, ``allow_python``, ``progress`` and others.

    Returns
    -------
    Comparison
        The first arm is the one that the others are compared with.

    Raises
    ------
    ScenarioError
        There are fewer than two arms, a policy is not known or needs fields, a change does not fit,
        or the arms do not hold the same patients.

    Notes
    -----
    Progression means the same in all arms. Where none asks for a criterion and any of them pauses
    drugs on purpose, it is measured against baseline in all.

    Examples
    --------
    >>> import countermove as cm
    >>> found = cm.compare(
    ...     "two_drugs_together",
    ...     arms={"both": {}, "A": {"treatment.policy": "continuous", "treatment.drugs": ["A"]}},
    ...     patients=10,
    ...     progress=False,
    ... )
    >>> found.arms, found.gains().better
    (('both', 'A'), 0)
    """
    if isinstance(scenario, (list, tuple, dict)):  # pyright: ignore
        raise ScenarioError(
            "scenario",
            got=shown(scenario),
            expected="one, which the arms have in common",
            remedy="Give several by name: compare(first, arms={'usual': first, 'new': second}).",
        )
    base = scenario_of(scenario)
    own = {"patients.number": patients, "seed": seed, "engine": engine}
    changes = {path: value for path, value in own.items() if value is not None}
    chosen = arms_of(base, _listed(policies), arms)
    same, criterion = settled(
        {name: replace(arm, changes) if changes else arm for name, arm in chosen.items()}
    )
    if "out" in settings:
        raise ScenarioError(
            "out",
            got="a folder for several runs",
            expected="none",
            remedy="Save each run by Comparison.runs[arm].save, or use 'countermove compare'.",
        )
    runs = {name: simulate(arm, **settings) for name, arm in same.items()}
    return Comparison(base.name, runs, criterion)


def _listed(policies: Iterable[str]) -> list[str]:
    """Take one policy's name, or several with commas between, for a list."""
    if isinstance(policies, Scenario):
        raise ScenarioError(
            "policies",
            got="a scenario",
            expected="names of policies",
            remedy="Give scenarios by name: compare(first, arms={'usual': first, 'new': second}).",
        )
    if isinstance(policies, str):
        return [name.strip() for name in policies.split(",") if name.strip()]
    return list(policies)
