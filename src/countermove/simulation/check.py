"""Whether a scenario can be run, found out without running it.

Here: compilation, the choice of engine, the calendar and the founding of one patient. Not here:
what the file says on its own (``scenario``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from countermove.scenario import Scenario, load
from countermove.simulation.choose import choose
from countermove.simulation.setup import prepare


@dataclass(frozen=True, slots=True)
class Check:
    """A scenario that can be run.

    Attributes
    ----------
    scenario : the resolved scenario
    genotypes, types : how many are reachable; types as they are simulated, with origins
    engine : the one that would run it
    against : why not the others
    """

    scenario: Scenario
    genotypes: int
    types: int
    engine: str
    against: dict[str, str]


def check(source: Scenario | str | Path) -> Check:
    """Check a scenario, or the file at a path, as far as can be without simulating.

    Raises
    ------
    ScenarioError
        What is wrong, by its dotted path, with what was given, what is expected and a remedy.
    """
    scenario = source if isinstance(source, Scenario) else load(source)
    choice = choose(scenario)
    setup = prepare(scenario, choice.engine)
    setup.cast.check()
    return Check(
        scenario,
        len(setup.model.genotypes.names),
        setup.model.types,
        choice.engine,
        choice.against,
    )
