"""What the clinic sees: scans, endpoints, and what a relapse is attributed to."""

from countermove.measurement.attribution import Attribution, Relapsed, attribute
from countermove.measurement.biopsy import BiopsyModel
from countermove.measurement.clinic import Clinic, Truth
from countermove.measurement.clinical import Moves, clinical_columns
from countermove.measurement.ctdna import CtdnaModel
from countermove.measurement.endpoints import Course, Criteria, Watched, course
from countermove.measurement.imaging import (
    ImagingModel,
    diameter_of_volume,
    volume_of_diameter,
)
from countermove.measurement.instruments import Instruments, compile_instruments, guide_floor
from countermove.measurement.marker import MarkerModel
from countermove.measurement.molecular import (
    MolecularProgression,
    MolecularRule,
    lead,
    molecular_progression,
)
from countermove.measurement.on_drug import scans_on_drug
from countermove.measurement.recist import (
    RESPONSES,
    Assessor,
    Recist,
    Responses,
    choose_targets,
    responses,
)
from countermove.measurement.recist_course import (
    BestResponse,
    RecistCourse,
    course_of_codes,
    recist_course,
)
from countermove.measurement.visit_table import visit_table

__all__ = [
    "RESPONSES",
    "Assessor",
    "Attribution",
    "BestResponse",
    "BiopsyModel",
    "Clinic",
    "Course",
    "Criteria",
    "CtdnaModel",
    "ImagingModel",
    "Instruments",
    "MarkerModel",
    "MolecularProgression",
    "MolecularRule",
    "Moves",
    "Recist",
    "RecistCourse",
    "Relapsed",
    "Responses",
    "Truth",
    "Watched",
    "attribute",
    "choose_targets",
    "clinical_columns",
    "compile_instruments",
    "course",
    "course_of_codes",
    "diameter_of_volume",
    "guide_floor",
    "lead",
    "molecular_progression",
    "recist_course",
    "responses",
    "scans_on_drug",
    "visit_table",
    "volume_of_diameter",
]
