"""Here: short ways for tests to write a scenario and ask its types for rates.

Not here: running one (see ``engine_runs``).
"""

import numpy as np

from countermove.model import CompiledModel, Rates, compile_model
from countermove.scenario import Scenario, loads

TUMOR = "birth: 0.2 /day, death: 0.05 /day, diagnosed_at: 1e9 cells"


def scenario(
    *sections: str, tumor: str = TUMOR, treatment: str = "policy: none", follow_up: float = 1000.0
) -> Scenario:
    """A scenario from further sections of YAML."""
    lines = ["countermove: 1", "name: test", f"tumor: {{{tumor}}}", *sections]
    lines += [f"treatment: {{{treatment}}}", f"follow_up: {follow_up} days"]
    return loads("\n".join(lines))


def compiled(*sections: str, tumor: str = TUMOR) -> CompiledModel:
    return compile_model(scenario(*sections, tumor=tumor))


def type_of(
    model: CompiledModel, genotype: str = "ancestral", state: str = "cycling", niche: str = "bulk"
) -> int:
    """Index of the type of these names, without origin flags."""
    where = (
        (model.genotype == model.genotypes.names.index(genotype))
        & (model.state == model.states.index(state))
        & (model.niche == model.niches.index(niche))
        & (model.origin == 0)
    )
    (index,) = np.flatnonzero(where)
    return int(index)


def under(model: CompiledModel, **levels: float) -> Rates:
    """Rates under constant levels of the drugs named, in multiples of EC50; others absent."""
    return model.rates(np.array([levels.get(name, 0.0) for name in model.drugs]))


def killing(model: CompiledModel, genotype: str = "ancestral", **levels: float) -> float:
    """Death that drugs add to a genotype in the bulk, 1/day."""
    kind = type_of(model, genotype)
    return float((under(model, **levels).death - under(model).death)[kind])


def dividing(model: CompiledModel, genotype: str = "ancestral", **levels: float) -> float:
    """Share of divisions of a genotype in the bulk that drugs leave."""
    kind = type_of(model, genotype)
    return float((under(model, **levels).birth / under(model).birth)[kind])
