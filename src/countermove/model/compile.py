"""From a scenario to a compiled model: the one place where names become indices.

Here: structure, parameters and levels put together. Not here: each of them (``model.structure``,
``model.parameters``, ``model.levels``), origins of lineages (``model.origins``), doses over time
(``treatment``).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from countermove.foundation.arrays import Floats
from countermove.foundation.errors import ScenarioError
from countermove.model.compiled import CompiledModel, Structure
from countermove.model.levels import compile_levels
from countermove.model.numbers import Numbers
from countermove.model.parameters import compile_parameters, too_likely
from countermove.model.structure import Outline, laws_of, layout_of, outline_of
from countermove.scenario import Scenario


def compile_model(scenario: Scenario, values: Mapping[str, Floats] | None = None) -> CompiledModel:
    """Compile a scenario's tumor and drugs, for one patient or for many that differ.

    Parameters
    ----------
    scenario
        A loaded, validated scenario.
    values
        Numbers that differ between patients: (patients,) in base units by dotted path, as
        ``scenario.read`` takes. They replace the scenario's and are not checked against its bounds;
        paths that no formula of the model uses are ignored. None: one patient, the scenario's.

    Raises
    ------
    ScenarioError
        Too many types are reachable, the mutation probabilities of a type add up to more than 1 (in
        a patient, who is named), or drawn numbers differ in length.
    """
    numbers = Numbers(values)
    outline = outline_of(scenario)
    parameters = compile_parameters(outline, numbers)
    _refuse_too_likely(outline, parameters.mutation, numbers)
    return CompiledModel(
        structure=_structure(outline, numbers),
        parameters=parameters,
        levels=compile_levels(scenario, numbers, parameters.hill),
        patients=numbers.patients,
    )


def _structure(outline: Outline, numbers: Numbers) -> Structure:
    states, niches = len(outline.states), len(outline.niches)
    count = len(outline.genotypes.names)
    genotype, sub = np.divmod(np.arange(count * states * niches), states * niches)
    return Structure(
        drugs=tuple(outline.scenario.drugs),
        states=outline.states,
        niches=outline.niches,
        genotypes=outline.genotypes,
        genotype=genotype,
        state=sub // niches,
        niche=sub % niches,
        origin=np.zeros(genotype.size, dtype=np.int64),
        variants=count,
        sub_types=states * niches,
        law=laws_of(outline, numbers),
        layout=layout_of(outline, numbers),
    )


def _refuse_too_likely(outline: Outline, mutation: Floats, numbers: Numbers) -> None:
    worst = too_likely(outline, mutation)
    if worst is None:
        return
    total, patient, genotype = worst
    whose = f" of patient {patient}" if numbers.patients > 1 else ""
    name = outline.genotypes.names[genotype]
    raise ScenarioError(
        "alterations",
        got=f"mutation probabilities that add up to {total:.3g} in genotype '{name}'{whose}",
        expected="at most 1 per division over all alterations open to a cell",
        remedy="Lower the rates, or a state's mutation factor"
        + (", or how much they differ between patients." if whose else "."),
    )
