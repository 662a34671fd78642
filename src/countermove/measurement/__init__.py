"""What the clinic sees: scans, endpoints, and what a relapse is attributed to."""

from countermove.measurement.attribution import Attribution, Relapsed, attribute
from countermove.measurement.endpoints import Course, Criteria, Watched, course
from countermove.measurement.imaging import scan_days
from countermove.measurement.molecular import (
    MolecularProgression,
    MolecularRule,
    lead,
    molecular_progression,
)
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

__all__ = [
    "RESPONSES",
    "Assessor",
    "Attribution",
    "BestResponse",
    "Course",
    "Criteria",
    "MolecularProgression",
    "MolecularRule",
    "Recist",
    "RecistCourse",
    "Relapsed",
    "Responses",
    "Watched",
    "attribute",
    "choose_targets",
    "course",
    "course_of_codes",
    "lead",
    "molecular_progression",
    "recist_course",
    "responses",
    "scan_days",
]
