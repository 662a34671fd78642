"""Power over a grid: designs and effects crossed, each simulated from patients of its own.

Here: which patients must be simulated for which cell, the cells, the table. Not here: the power of
one design (``trials.power``), the search for a size (``trials.sample_size``).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from countermove.foundation import ScenarioError, number_text, shown
from countermove.foundation.cards import card
from countermove.results import Runs
from countermove.scenario import Scenario
from countermove.scenario import replace as changed
from countermove.scenario.library import scenario_of
from countermove.simulation import simulate
from countermove.trials.eligible import enrolled_of, pools_of, strata_among
from countermove.trials.last_scan import kept_for
from countermove.trials.power import Power, design_power
from countermove.trials.protocol import Protocol, protocol_of
from countermove.trials.sample_size import sample_size

if TYPE_CHECKING:
    import pandas as pd

DESIGN = "trial."  # fields of the design alone, for which no patient is simulated anew
FEWEST_IN_POOL = 1000
POOL_PER_TRIAL = 5
SIZE = "trial.patients"

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Cell:
    """One design with one effect.

    Attributes
    ----------
    values : what is set, by dotted path
    protocol : arms and design
    pool : number of the pool that it draws from
    """

    values: Values
    protocol: Protocol
    pool: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be simulated, and the cells that draw from it.

    Attributes
    ----------
    name : of the scenario
    cells : in the order of the grid
    pools : for each pool the scenario of each arm
    trials : simulated for each cell
    seed : of the trials' own chance
    target : power for which a size is sought; None for none
    """

    name: str
    cells: tuple[Cell, ...]
    pools: tuple[Mapping[str, Scenario], ...]
    trials: int
    seed: int
    target: float | None

    @property
    def screened(self) -> int:
        """Patients simulated in each arm."""
        return next(iter(self.pools[0].values())).patients.number

    def key(self, cell: Cell, runs: Sequence[str]) -> str:
        """Identity of a cell: its design, the runs of its pool, what is asked of it."""
        parts = [repr(cell.protocol.design), cell.protocol.strata, self.trials, self.seed]
        text = json.dumps([*parts, self.target, *runs], default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def plan(
    scenario: Scenario,
    points: Iterable[Values],
    *,
    trials: int = 1000,
    pool: int | None = None,
    target: float | None = None,
) -> Plan:
    """Settle the grid and what has to be simulated, before any work.

    Parameters
    ----------
    scenario
        With ``trial``.
    points
        For each cell new values by dotted path, those of ``trial`` among them; one empty point
        stands for the scenario as it is.
    trials
        Simulated for each cell.
    pool
        Patients simulated in each arm, from which each trial draws; by default five times those of
        the largest trial, and at least 1,000.
    target
        A power; the fewest patients that reach it are then sought for each cell.

    Raises
    ------
    ScenarioError
        There is no trial, a value does not fit, or the pool is smaller than a trial.
    """
    if trials < 1:
        raise ScenarioError("trials", got=number_text(trials), expected="1 or more")
    if target is not None and not 0.0 < target < 1.0:
        raise ScenarioError("target", got=shown(target), expected="a power, more than 0, below 1")
    sized = [(dict(values), _sized(scenario, values)) for values in points]
    largest = max(cast("Any", one.trial).patients for _, one in sized)
    number = max(FEWEST_IN_POOL, POOL_PER_TRIAL * largest) if pool is None else pool
    if number < largest:
        raise ScenarioError(
            "pool",
            got=number_text(number),
            expected=f"at least the patients of the largest trial, {largest}",
        )
    every = [
        (values, protocol_of(changed(one, {"patients.number": number}))) for values, one in sized
    ]
    groups: dict[str, list[tuple[int, Protocol]]] = {}
    for place, (values, protocol) in enumerate(every):
        own = {path: value for path, value in values.items() if not path.startswith(DESIGN)}
        policies = [repr(arm.treatment) for arm in protocol.arms.values()]
        key = json.dumps([own, policies, protocol.design.evaluable_only], default=str)
        groups.setdefault(key, []).append((place, protocol))
    pools, of = [], {}
    for number_of_pool, members in enumerate(groups.values()):
        arms = max((protocol.arms for _, protocol in members), key=_length)
        pools.append(arms)  # followed as long as the longest trial that draws from it
        of |= dict.fromkeys([place for place, _ in members], number_of_pool)
    cells = tuple(
        Cell(values, protocol, of[place]) for place, (values, protocol) in enumerate(every)
    )
    return Plan(scenario.name, cells, tuple(pools), trials, scenario.seed, target)


def _length(arms: Mapping[str, Scenario]) -> float:
    return next(iter(arms.values())).follow_up


def _sized(scenario: Scenario, values: Values) -> Scenario:
    """Set one cell's values; a trial that does not say its size takes all of `patients`."""
    if scenario.trial is None:
        protocol_of(scenario)
    size = cast("Any", scenario.trial).patients or scenario.patients.number
    wanted = {SIZE: size, **values}
    most = max(int(cast("Any", wanted[SIZE])), scenario.patients.number)
    return changed(scenario, {"patients.number": most, **wanted})


def cell_row(plan: Plan, cell: Cell, runs: Mapping[str, Runs]) -> dict[str, Any]:
    """Power of one cell, from the runs of its pool's arms.

    Returns
    -------
    ``patients``, ``power`` with Wilson's interval ``low`` to ``high``, ``pool_error``,
    ``favors`` (share of trials in favor of a treated arm), ``futile``, mean ``events`` and
    ``months`` at the end, ``needed`` patients for the target with ``needed_low`` to
    ``needed_high``; nan where there is none.
    """
    tables = {name: one.table for name, one in runs.items()}
    enrolled = enrolled_of(tables)
    protocol = cell.protocol
    pools = pools_of(protocol, runs, enrolled)
    strata = strata_among(protocol, tables, enrolled)
    own = {"seed": plan.seed, "trials": plan.trials, "paired": True, "strata": strata}
    result = design_power(protocol.design, pools, **own)
    row = _row(result)
    if plan.target is not None:
        row |= {"needed": math.nan, "needed_low": math.nan, "needed_high": math.nan}
        try:
            size = sample_size(protocol.design, pools, target=plan.target, **own)
        except ScenarioError:  # the pool cannot show it
            return row
        low, high = size.interval
        row |= {"needed": size.patients, "needed_low": low}
        row |= {"needed_high": math.nan if high is None else high}
    return row


def _row(found: Power) -> dict[str, Any]:
    low, high = found.interval
    return {
        "patients": found.patients,
        "trials": found.trials,
        "power": found.power,
        "low": low,
        "high": high,
        "monte_carlo_error": found.monte_carlo_error,
        "pool_error": found.pool_error,
        "favors": found.favors_treated,
        "futile": found.futile,
        "events": found.events,
        "months": found.days * 12.0 / 365.25,
    }


@dataclass(frozen=True, eq=False)
class PowerGrid:
    """Power of each design and effect of a grid.

    Attributes
    ----------
    plan
        The grid, and what was simulated for it.
    rows
        One a cell; see `table`.

    Examples
    --------
    >>> import countermove as cm
    >>> own = {"arms": {"one": "continuous", "both": "combination"}, "follow_up": "3 years"}
    >>> own["arms"]["one"] = {"policy": "continuous", "drugs": ["A"]}
    >>> scenario = cm.replace("two_drugs_together", {"trial": own})
    >>> found = cm.power(scenario, {"trial.patients": [10, 20]}, trials=50, progress=False)
    >>> found.table()["patients"].tolist()
    [10, 20]
    """

    plan: Plan
    rows: Sequence[Mapping[str, Any]]

    @property
    def paths(self) -> tuple[str, ...]:
        """Dotted paths that differ between cells."""
        return tuple(self.plan.cells[0].values)

    def table(self) -> pd.DataFrame:
        """All cells, one row each: the values that were set, then the columns of `cell_row`."""
        import pandas as pd

        rows = [
            {**_written(cell), **row} for cell, row in zip(self.plan.cells, self.rows, strict=True)
        ]
        return pd.DataFrame(rows)

    @property
    def cells_words(self) -> str:
        """How many cells there are, of how many trials each, for people."""
        number = len(self.rows)
        return f"{number} cell{'' if number == 1 else 's'} of {self.plan.trials:,} trials"

    @property
    def pool_words(self) -> str:
        """One sentence: what the finite pool of patients adds to the error of any cell."""
        error = max(row["pool_error"] for row in self.rows)
        size = "less than 0.1%" if error < 0.001 else f"up to {100.0 * error:.1f}%"
        return f"The finite pool of patients adds a standard error of {size}."

    def __repr__(self) -> str:
        span = [row["power"] for row in self.rows]
        return (
            f"<PowerGrid of {self.plan.name!r}: {self.cells_words}, "
            f"power {min(span):.2f} to {max(span):.2f}>"
        )

    def _repr_html_(self) -> str:
        rows = [
            (
                ", ".join(f"{path} {value}" for path, value in _written(cell).items()) or "power",
                f"{row['power']:.1%} ({row['low']:.1%} to {row['high']:.1%})",
            )
            for cell, row in zip(self.plan.cells, self.rows, strict=True)
        ]
        return card(self.plan.name, rows, "Virtual patients. Research and education only.")


def _written(cell: Cell) -> dict[str, object]:
    """Values of a cell as they were given."""
    return {
        path: value if isinstance(value, (int, float, str)) else str(value)
        for path, value in cell.values.items()
        if path != SIZE
    }


def power(
    scenario: Scenario | str | Path,
    grid: Mapping[str, Iterable[object]] | None = None,
    *,
    trials: int = 1000,
    pool: int | None = None,
    target: float | None = None,
    seed: int | None = None,
    engine: str | None = None,
    each: Callable[[int, int], None] | None = None,
    **settings: Any,
) -> PowerGrid:
    """Power of the trial that a scenario describes, over a grid of designs and effects.

    Parameters
    ----------
    scenario
        With ``trial``: a scenario, a file of one, or a shipped example's name.
    grid
        For each dotted path its values: sizes (``trial.patients``), accrual (``trial.accrual``),
        visits (``monitoring.imaging.every``), effects (``drugs.B.kill``), all of them crossed.
    trials
        Simulated for each cell.
    pool
        Patients simulated in each arm, of whom each trial draws its own; by default five times the
        largest trial, and at least 1,000. ``pool_error`` says what a pool of that size leaves open.
    target
        A power; the fewest patients that reach it are then sought in each cell.
    seed, engine
        Override the scenario's own.
    each
        Told after each cell: how many are done, of how many.
    settings
        As in `simulate`, for every arm: ``threads``, ``workers``, ``cluster`` and others.

    Returns
    -------
    PowerGrid

    Raises
    ------
    ScenarioError
        There is no trial, a value does not fit, or too few patients are eligible.

    Notes
    -----
    Patients are simulated once for all cells that differ in the design alone. Each trial draws
    its patients without replacement, and each patient is in one arm.

    Examples
    --------
    >>> import countermove as cm
    >>> own = {"arms": {"usual": "sequential", "same": "sequential"}, "follow_up": "2 years"}
    >>> scenario = cm.replace("two_drugs_together", {"trial": own})
    >>> found = cm.power(scenario, {"trial.patients": [40]}, trials=200, progress=False)
    >>> bool(found.table().loc[0, "power"] < 0.12)  # two equal arms: a false claim in 5%
    True
    """
    base = scenario_of(scenario)
    own = {"seed": seed, "engine": engine}
    changes = {path: value for path, value in own.items() if value is not None}
    axes = {path: list(values) for path, values in (grid or {}).items()}
    points = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
    asked = plan(
        changed(base, changes) if changes else base,
        points,
        trials=trials,
        pool=pool,
        target=target,
    )
    rows: list[Mapping[str, Any]] = [{}] * len(asked.cells)
    done = 0
    for number, arms in enumerate(asked.pools):
        kept = {"keep": kept_for(asked.screened), **settings}
        runs = {name: simulate(arm, **kept) for name, arm in arms.items()}
        for place, cell in enumerate(asked.cells):
            if cell.pool == number:
                rows[place] = cell_row(asked, cell, runs)
                done += 1
                if each is not None:
                    each(done, len(rows))
    return PowerGrid(asked, rows)
