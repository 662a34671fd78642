"""Tumors of the game for a page without a server.

Here: a tumor at diagnosis, its growth in a week under each choice of drugs, and what turns cells
into readings. Not here: the turns (the page's ``lib/mean.ts``), the server's game (``game``).

The page moves expected numbers of cells. They are exact: growth of this patient is linear, so a
week under the same drugs is one matrix, expm(7 A), with A from the compiled rates. Chance in
growth, which the page draws where few cells are expected, is only near to that of the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.linalg import expm

from countermove.foundation import ScenarioError
from countermove.foundation.arrays import Floats
from countermove.lab import game
from countermove.lab.thin import rounded
from countermove.measurement.instruments import compile_instruments
from countermove.model import CompiledModel, compile_model
from countermove.scenario import Scenario, read, replace

WEEK = 7.0
CHOICES: tuple[tuple[str, ...], ...] = ((), ("A",), ("B",), ("A", "B"))
DIGITS = 7


def plan() -> dict[str, Any]:
    """Return what is the same for every tumor: days, names, and how readings follow from cells."""
    scenario = game.patient(1)
    model = compile_model(scenario)
    told = compile_instruments(scenario, model)
    scan, blood = told.imaging, told.ctdna
    if blood is None:
        raise ScenarioError("monitoring.ctdna", got="none", expected="blood, as the game has it")
    return {
        "turn": game.TURN,
        "week": WEEK,
        "until": scenario.follow_up,
        "lethal": read(scenario, "tumor.lethal_at"),
        "options": list(scenario.drugs),
        "genotypes": list(model.genotypes.names),
        "words": game.WORDS,
        "scan": {
            "every": float(told.protocol("imaging").nominal[1]),
            "density": scenario.tumor.cells_per_cm3,
            "spread": float(np.sqrt(np.log1p(scan.error**2))),
            "limit": scan.limit,
            "rounding": scan.rounding,
        },
        "blood": {
            "every": float(told.protocol("ctdna").nominal[1]),
            "perDeath": float(blood.concentration(1.0)),
            "copies": blood.copies,
            "drawn": blood.drawn,
            "healthy": blood.healthy,
            "depth": blood.depth,
            "error": blood.error_rate,
            "least": blood.least_reads,
            "panel": {
                name: [int(kind) for kind in np.flatnonzero(carrying)]
                for name, carrying in told.panel
            },
        },
    }


def tumor(seed: int, compared: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return one tumor: its cells at diagnosis, and a week under each choice of drugs.

    Parameters
    ----------
    seed
        Of the patient.
    compared
        What other strategies come to, as ``game.play`` reveals it.
    """
    scenario, start = at_diagnosis(seed)
    model = compile_model(scenario)
    grown = {drugs: rates_of(model, levels_of(scenario, drugs)) for drugs in CHOICES}
    return {
        "seed": seed,
        "start": [rounded(float(n), DIGITS) for n in start],
        "sets": {
            ",".join(drugs): {
                "week": [[rounded(float(x), DIGITS) for x in row] for row in expm(WEEK * growth)],
                "death": [rounded(float(x), DIGITS) for x in death],
            }
            for drugs, (growth, death) in grown.items()
        },
        "compared": [
            {name: one[name] for name in ("label", "days", "outcome")} for one in compared
        ],
    }


def at_diagnosis(seed: int) -> tuple[Scenario, Floats]:
    """Return the scenario with this patient's own numbers, and the cells of each genotype.

    Both are drawn by the engine, so that the tumor is the one that the server's game begins with.
    """
    scenario = game.patient(seed)
    runs = game.untreated(scenario)
    row = runs.table.iloc[0]
    own = replace(scenario, {path: float(row[path]) for path in scenario.patients.vary})
    kept = runs.trajectories
    cells = kept["cells"].to_numpy()[0, 0]
    names = kept["genotype"].values.astype(str)
    order = compile_model(own).genotypes.names
    return own, np.array([float(cells[names == name].sum()) for name in order])


def levels_of(scenario: Scenario, drugs: tuple[str, ...]) -> Floats:
    """(drugs,) levels while these are given: constant ones, multiples of the EC50."""
    return np.array(
        [read(scenario, f"drugs.{name}.levels.level") * (name in drugs) for name in scenario.drugs]
    )


def rates_of(model: CompiledModel, levels: Floats) -> tuple[Floats, Floats]:
    """Return A of dn/dt = A n, and deaths a cell and day, under drug levels that stay."""
    rates = model.rates(levels[None, :])
    birth, death, mutation = rates.birth[0], rates.death[0], rates.mutation[0]
    growth = np.diag(birth - death)
    edges = model.mutation
    for source, target, chance in zip(edges.source, edges.target, mutation, strict=True):
        growth[target, source] += birth[source] * chance
        growth[source, source] -= birth[source] * chance
    return growth, death
