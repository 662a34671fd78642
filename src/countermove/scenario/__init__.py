"""What is asked: a scenario file, read, checked and resolved.

Here: the models a file is made of, and reading, writing and changing them. Not here: what follows
from them (``model``).
"""

from countermove.scenario.alterations import Alteration, Intrinsic
from countermove.scenario.cohort import Patients, Variation
from countermove.scenario.drugs import Drug, Limits, Restores
from countermove.scenario.endpoints import Endpoints
from countermove.scenario.fields import members
from countermove.scenario.files import (
    from_document,
    json_schema,
    load,
    loads,
    scenario_hash,
    to_document,
)
from countermove.scenario.lesions import Lesion, Lesions
from countermove.scenario.levels import (
    Constant,
    Levels,
    OneCompartment,
    Pulsed,
    Table,
    TwoCompartment,
)
from countermove.scenario.monitoring import Monitoring
from countermove.scenario.niches import Niche
from countermove.scenario.paths import read, replace
from countermove.scenario.population import Population
from countermove.scenario.scenario import Scenario
from countermove.scenario.space import Space
from countermove.scenario.states import State
from countermove.scenario.treatment import Treatment
from countermove.scenario.tumor import Growth, Start, Tumor

__all__ = [
    "Alteration",
    "Constant",
    "Drug",
    "Endpoints",
    "Growth",
    "Intrinsic",
    "Lesion",
    "Lesions",
    "Levels",
    "Limits",
    "Monitoring",
    "Niche",
    "OneCompartment",
    "Patients",
    "Population",
    "Pulsed",
    "Restores",
    "Scenario",
    "Space",
    "Start",
    "State",
    "Table",
    "Treatment",
    "Tumor",
    "TwoCompartment",
    "Variation",
    "from_document",
    "json_schema",
    "load",
    "loads",
    "members",
    "read",
    "replace",
    "scenario_hash",
    "to_document",
]
