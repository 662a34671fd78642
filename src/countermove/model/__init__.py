"""Scenario to arrays: types, rates, dose response, growth laws, drug levels."""

from countermove.model.arrays import Levels, Parameters, Patient, patient_of, workspace
from countermove.model.averages import Dosing, Into, Stretch, average_rates
from countermove.model.compile import compile_model
from countermove.model.compiled import CompiledModel, Edges, Origin, Rates, Structure, When
from countermove.model.exposure import Exposure, alike
from countermove.model.growth_laws import Growth, crowding
from countermove.model.origins import with_origins
from countermove.model.pharmacokinetics import DrugLevels, drug_levels_of

__all__ = [
    "CompiledModel",
    "Dosing",
    "DrugLevels",
    "Edges",
    "Exposure",
    "Growth",
    "Into",
    "Levels",
    "Origin",
    "Parameters",
    "Patient",
    "Rates",
    "Stretch",
    "Structure",
    "When",
    "alike",
    "average_rates",
    "compile_model",
    "crowding",
    "drug_levels_of",
    "patient_of",
    "with_origins",
    "workspace",
]
