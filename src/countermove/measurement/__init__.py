"""What the clinic sees: scans, endpoints, and what a relapse is attributed to."""

from countermove.measurement.attribution import Attribution, attribute
from countermove.measurement.endpoints import Course, Criteria, course
from countermove.measurement.imaging import scan, scan_days

__all__ = ["Attribution", "Course", "Criteria", "attribute", "course", "scan", "scan_days"]
