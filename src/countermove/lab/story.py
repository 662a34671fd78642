"""One patient from the first cell to the last visit, as the page's story tells it.

Here: growth from one cell, its tumor at diagnosis handed on to the treated course, and both as one
course in days since diagnosis. Not here: the patient (``story.yaml``), the words (the page).
"""

from __future__ import annotations

from importlib import resources
from typing import Any

import numpy as np

from countermove.foundation import ScenarioError
from countermove.lab import showing
from countermove.scenario import Scenario, loads, replace
from countermove.simulation import simulate

FOUNDERS = 200  # first cells tried at once; one in ten of them founds a tumor
WEEK = 7.0
ROUNDS = 20


def patient(seed: int) -> Scenario:
    """Return the patient of a seed, as at diagnosis."""
    text = (resources.files("countermove.lab") / "story.yaml").read_text(encoding="utf-8")
    return replace(loads(text), {"seed": seed})


def tell(seed: int) -> dict[str, Any]:
    """Simulate one patient whole.

    The kinds of cells are counted on the first weekly day on which the tumor has the size of
    diagnosis, and the treated course starts from these counts. What follows depends on them alone,
    so that both parts are one course.

    Parameters
    ----------
    seed
        Of the patient.

    Returns
    -------
    The fields of a preview with ``time`` in days since diagnosis, below 0 before it; ``born``, the
    day of the first cell; ``vain``, first cells whose descendants died out before it; ``rates`` of
    division and death per cell and day; ``line``, the days on which each drug began; ``died``.
    """
    scenario = patient(seed)
    before, clones, vain = _growth(scenario)
    counts = {name: float(cells[-1]) for name, cells in clones.items()}
    whole = sum(counts.values())
    shares = {name: cells / whole for name, cells in counts.items() if name != "ancestral"}
    start = {"cells": whole, "fractions": {name: one for name, one in shares.items() if one > 0}}
    result = replace(scenario, {"tumor.diagnosed_at": None, "tumor.start": start})
    runs = simulate(result, patients=1, every=WEEK, threads=1, progress=False)
    row = runs.table.iloc[0]
    lived = float(row["overall_survival"])
    told = showing.courses(runs, result)
    kept = sum(day <= lived for day in told["time"])
    return {
        **told,
        "time": [*showing.plain(before[:-1], 6), *told["time"][:kept]],
        "clones": _joined(clones, told["clones"], kept),
        "burden": _total(clones, told["burden"]["p50"][:kept]),
        "doses": {
            name: [0.0] * (before.size - 1) + given[:kept] for name, given in told["doses"].items()
        },
        "sample": [],
        "summary": showing.sums(runs),
        "server_ms": 0.0,
        "born": float(before[0]),
        "vain": vain,
        "rates": {"birth": scenario.tumor.birth, "death": scenario.tumor.death},
        "line": _lines(told, kept),
        "died": bool(row["died"]),
        "lived": lived,
    }


def _growth(scenario: Scenario) -> tuple[np.ndarray, dict[str, np.ndarray], int]:
    """Grow one cell to the size of diagnosis: days before it, cells of each genotype, cells lost.

    Raises
    ------
    ScenarioError
        No first cell of some thousands founded a tumor in ten years.
    """
    size = float(scenario.tumor.diagnosed_at or 0.0)
    one = {"tumor.diagnosed_at": None, "tumor.start": {"cells": 1}, "treatment": {"policy": "none"}}
    alone = replace(scenario, {**one, "monitoring": {}, "follow_up": "10 years"})
    for round_ in range(ROUNDS):
        runs = simulate(
            alone,
            patients=FOUNDERS,
            keep=FOUNDERS,
            seed=scenario.seed + round_ * 1_000_003,
            every=WEEK,
            threads=1,
            progress=False,
        )
        kept = runs.trajectories
        burden = kept["burden"].to_numpy()
        reached = np.flatnonzero((burden >= size).any(axis=1))
        if reached.size == 0:
            continue
        own = int(reached[0])
        end = int(np.argmax(burden[own] >= size)) + 1
        cells = kept["cells"].to_numpy()[own, :end]
        names = kept["genotype"].values.astype(str)
        by = {name: cells[:, names == name].sum(axis=1) for name in dict.fromkeys(names.tolist())}
        days = kept["time"].to_numpy()[:end]
        return days - days[-1], by, round_ * FOUNDERS + own
    raise ScenarioError(
        "tumor.birth", got="no tumor of any first cell", expected="a tumor that can grow"
    )


def _joined(
    before: dict[str, np.ndarray], after: dict[str, list[Any]], kept: int
) -> dict[str, list[Any]]:
    """Return cells of each kind before and after diagnosis; what was never there is left out."""
    length = next(iter(before.values())).size - 1
    names = dict.fromkeys([*after, *before])
    whole = {
        name: [
            *showing.plain(before.get(name, np.zeros(length + 1))[:-1]),
            *after.get(name, [0] * kept)[:kept],
        ]
        for name in names
    }
    return {name: cells for name, cells in whole.items() if any(cells)}


def _total(before: dict[str, np.ndarray], after: list[Any]) -> dict[str, list[Any]]:
    total = [*showing.plain(sum(before.values())[:-1]), *after]  # type: ignore[index]
    return {"p10": total, "p50": total, "p90": total}


def _lines(told: dict[str, Any], kept: int) -> list[dict[str, Any]]:
    """List each drug by the day on which it was first given."""
    lines = []
    for name, given in told["doses"].items():
        first = next((i for i in range(kept) if given[i]), None)
        if first is not None:
            lines.append({"day": told["time"][first], "drug": name})
    return sorted(lines, key=lambda one: one["day"])
