"""The rates that hold on average under each regimen of a scenario's treatment.

Here: the combinations of drugs that are given together, their levels at steady state, and rates
averaged over them. Not here: who is given what when (``treatment``), tables of it
(``model.explain``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countermove.foundation.arrays import Floats
from countermove.model.compiled import CompiledModel, Rates
from countermove.model.pharmacokinetics import (
    Compartments,
    DrugLevels,
    Pulsed,
    Table,
    drug_levels_of,
)
from countermove.model.sampling import joined, marks_between, nodes_of
from countermove.scenario import Scenario

INTERVALS = 160  # at least; each is sampled three times
SETTLED = 20.0  # times the slowest decay after which a train of doses has settled
OFF_DRUG = "off drug"


@dataclass(frozen=True, slots=True)
class Regimen:
    """Drugs given together.

    Attributes
    ----------
    name : ``off drug``, or the drugs joined by ``+``
    drugs : names
    edges : (samples + 1,) days since dosing began between which each sample counts
    levels : (samples, drugs) of every drug, in multiples of EC50; ``inf`` where saturating
    """

    name: str
    drugs: tuple[str, ...]
    edges: Floats
    levels: Floats

    def rates(self, model: CompiledModel) -> Rates:
        """Rates of every type and edge, averaged over time at these levels.

        Birth, death and moves are per day. The average gives the long-run growth of a type exactly
        where nothing but drug levels moves.
        """
        result = model.rates(self.levels)
        share = np.diff(self.edges) / (self.edges[-1] - self.edges[0])
        return Rates(
            share @ result.birth,
            share @ result.death,
            share @ result.cycle,
            share @ result.mutation,
            share @ result.moves,
        )


def regimens_of(scenario: Scenario) -> tuple[Regimen, ...]:
    """No drug, and each line of the treatment at steady state.

    Parameters
    ----------
    scenario
        Loaded. A drug whose levels are a table has no steady state: there the whole table counts,
        from the start of dosing.
    """
    drugs = tuple(scenario.drugs)
    curves = {name: drug_levels_of(drug) for name, drug in scenario.drugs.items()}
    none = Regimen(OFF_DRUG, (), np.array([0.0, 1.0]), np.zeros((1, len(drugs))))
    result = [none]
    for line in dict.fromkeys(scenario.treatment.drugs):
        days, edges = nodes_of(_window([curves[name] for name in line]))
        levels = np.zeros((days.size, len(drugs)))
        for name in line:
            going = np.full(days.shape, -1.0)
            levels[:, drugs.index(name)] = curves[name].level(days, going)
        result.append(Regimen(" + ".join(line), line, *joined(edges, levels)))
    return tuple(result)


def settling_time(curve: DrugLevels) -> float:
    """Days after which doses given again and again repeat the same levels."""
    return SETTLED / float(curve.decay.min()) if isinstance(curve, Compartments) else 0.0


def _window(curves: list[DrugLevels]) -> Floats:
    """Days between which to look: four of the longest cycles, once every drug has settled."""
    tables = [float(curve.times[-1]) for curve in curves if isinstance(curve, Table)]
    if tables:
        return _marks(curves, 0.0, max(tables))
    longest = max((_cycle(curve) for curve in curves), default=0.0)
    if longest == 0.0:
        return np.array([0.0, 1.0])
    settled = max(settling_time(curve) for curve in curves)
    return _marks(curves, np.ceil(settled / longest) * longest, 4.0 * longest)


def _cycle(curve: DrugLevels) -> float:
    if isinstance(curve, Compartments):
        return curve.every
    return curve.on + curve.off if isinstance(curve, Pulsed) else 0.0


def _marks(curves: list[DrugLevels], begin: float, length: float) -> Floats:
    own = marks_between(begin, begin + length, [(curve, 0.0, np.inf) for curve in curves])
    even = begin + length * np.arange(INTERVALS + 1) / INTERVALS
    return np.unique(np.concatenate([own, even]))
