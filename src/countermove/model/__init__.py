"""Scenario to arrays: types, rates, dose response, growth laws, drug levels."""

from countermove.model.compile import compile_model
from countermove.model.compiled import CompiledModel, Edges, Origin, Rates, When
from countermove.model.exposure import Exposure, untreated
from countermove.model.growth_laws import Growth, crowding
from countermove.model.origins import with_origins
from countermove.model.pharmacokinetics import Course, course_of

__all__ = [
    "CompiledModel",
    "Course",
    "Edges",
    "Exposure",
    "Growth",
    "Origin",
    "Rates",
    "When",
    "compile_model",
    "course_of",
    "crowding",
    "untreated",
    "with_origins",
]
