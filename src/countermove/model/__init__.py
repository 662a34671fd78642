"""Scenario to arrays: types, rates, dose response, growth laws, drug levels."""

from countermove.model.compile import compile_model
from countermove.model.compiled import CompiledModel, Edges, Origin, Rates, When
from countermove.model.exposure import Exposure, untreated
from countermove.model.growth_laws import Growth, crowding
from countermove.model.origins import with_origins

__all__ = [
    "CompiledModel",
    "Edges",
    "Exposure",
    "Growth",
    "Origin",
    "Rates",
    "When",
    "compile_model",
    "crowding",
    "untreated",
    "with_origins",
]
