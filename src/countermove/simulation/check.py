"""Whether a scenario can be run, found out without running it.

Here: compilation, the choice of engine, the calendar and the founding of one patient. Not here:
what the file says on its own (``scenario``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from countermove.foundation import warn_reader
from countermove.scenario import Scenario
from countermove.scenario.library import scenario_of
from countermove.simulation.choose import choose
from countermove.simulation.setup import prepare
from countermove.treatment.rules.never import doubtful_rules


@dataclass(frozen=True, slots=True)
class Check:
    """A scenario that can be run, as `check` found.

    Attributes
    ----------
    scenario : the resolved scenario
    genotypes, types : how many are reachable; types as they are simulated, with origins
    engine : the one that would run it
    against : why not the others

    Examples
    --------
    >>> import countermove as cm
    >>> cm.check("two_drugs_together")
    <Check of 'Two drugs together': 4 genotypes, 7 types, engine branching>
    """

    scenario: Scenario
    genotypes: int
    types: int
    engine: str
    against: dict[str, str]

    def __repr__(self) -> str:
        return (
            f"<Check of {self.scenario.name!r}: {self.genotypes:,} genotypes, {self.types:,} "
            f"types, engine {self.engine}>"
        )


def check(source: Scenario | str | Path) -> Check:
    """Check a scenario, a file of one or a shipped example, as far as can be without simulating.

    Warns
    -----
    ScenarioWarning
        A rule can never act.

    Raises
    ------
    ScenarioError
        What is wrong, by its dotted path, with what was given, what is expected and a remedy.

    Examples
    --------
    >>> import countermove as cm
    >>> cm.check("two_drugs_together").engine
    'branching'
    """
    scenario = scenario_of(source)
    choice = choose(scenario)
    setup = prepare(scenario, choice.engine)
    setup.cast.check()
    for doubt in doubtful_rules(scenario):
        warn_reader(doubt)
    return Check(
        scenario,
        len(setup.model.genotypes.names),
        setup.model.types,
        choice.engine,
        choice.against,
    )
