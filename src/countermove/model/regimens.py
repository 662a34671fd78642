"""The rates that hold on average under each regimen of a scenario's treatment.

Here: the combinations of drugs that are given together, their levels at steady state, and rates
averaged over them. Not here: who is given what when (``treatment``), tables of it
(``model.explain``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countermove.model.compiled import CompiledModel, Rates
from countermove.model.pharmacokinetics import Compartments, Course, Pulsed, Table, course_of
from countermove.scenario import Scenario

Floats = NDArray[np.float64]
SAMPLES = 480
SETTLED = 20.0  # times the slowest decay after which a train of doses has settled
OFF_DRUG = "off drug"


@dataclass(frozen=True, slots=True)
class Regimen:
    """Drugs given together.

    Attributes
    ----------
    name : ``off drug``, or the drugs joined by ``+``
    drugs : names
    days : (samples,) days since dosing began at which the levels were taken
    levels : (samples, drugs) of every drug, in multiples of EC50; ``inf`` where saturating
    """

    name: str
    drugs: tuple[str, ...]
    days: Floats
    levels: Floats

    def rates(self, model: CompiledModel) -> Rates:
        """Rates of every type and edge, averaged over time at these levels.

        Birth, death and moves are per day. The average gives the long-run growth of a type exactly
        where nothing but drug levels moves.
        """
        found = model.rates(self.levels)
        return Rates(
            found.birth.mean(axis=0),
            found.death.mean(axis=0),
            found.cycle.mean(axis=0),
            found.mutation.mean(axis=0),
            found.moves.mean(axis=0),
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
    courses = {name: course_of(drug) for name, drug in scenario.drugs.items()}
    none = Regimen(OFF_DRUG, (), np.zeros(1), np.zeros((1, len(drugs))))
    found = [none]
    for line in dict.fromkeys(scenario.treatment.drugs):
        days = _window([courses[name] for name in line])
        levels = np.zeros((days.size, len(drugs)))
        for name in line:
            going = np.full(days.shape, -1.0)
            levels[:, drugs.index(name)] = courses[name].level(days, going)
        found.append(Regimen(" + ".join(line), line, days, levels))
    return tuple(found)


def settling_time(course: Course) -> float:
    """Days after which doses given again and again repeat the same levels."""
    return SETTLED / float(course.decay.min()) if isinstance(course, Compartments) else 0.0


def _window(courses: list[Course]) -> Floats:
    """Days at which to look: four of the longest cycles, once every drug has settled."""
    tables = [float(course.times[-1]) for course in courses if isinstance(course, Table)]
    if tables:
        return _middles(0.0, max(tables))
    cycles = [_cycle(course) for course in courses]
    longest = max(cycles, default=0.0)
    if longest == 0.0:
        return np.zeros(1)
    settled = max(settling_time(course) for course in courses)
    return _middles(np.ceil(settled / longest) * longest, 4.0 * longest)


def _cycle(course: Course) -> float:
    if isinstance(course, Compartments):
        return course.every
    return course.on + course.off if isinstance(course, Pulsed) else 0.0


def _middles(begin: float, length: float) -> Floats:
    return begin + length * (np.arange(SAMPLES) + 0.5) / SAMPLES
