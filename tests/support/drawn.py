"""Here: scenarios whose patients differ, read without asking what this version computes.

Not here: what the model makes of their numbers.
"""

from typing import Any

from countermove.scenario import Scenario
from countermove.scenario.files import parse_document
from countermove.simulation.drawing import Drawing, VirtualPatients

LEVELS = {"kind": "one_compartment", "dose": 10, "every": "1 day", "clearance": "30 L/day"}


def document(patients: dict[str, Any] | None = None, **parts: Any) -> dict[str, Any]:
    """A scenario's document, some parts replaced."""
    found = {
        "countermove": 1,
        "name": "Differing",
        "tumor": {"birth": 0.14, "death": 0.13, "diagnosed_at": 1e9},
        "drugs": {"A": {"kill": 0.04, "levels": LEVELS | {"volume": "10 L"}}, "B": {"kill": 0.05}},
        "alterations": {"r": {"mechanism": "target", "drug": "A", "rate": 1e-8}},
        "niches": {"brain": {"share": 0.01}, "marrow": {"share": 0.02}},
        "treatment": {"policy": "continuous", "drugs": "A"},
        "follow_up": "3 years",
    }
    if patients is not None:
        found["patients"] = patients
    return found | parts


def differing(patients: dict[str, Any] | None = None, **parts: Any) -> Scenario:
    """A scenario, as ``document`` says."""
    return parse_document(document(patients, **parts))


def draw_patients(scenario: Scenario, first: int, count: int) -> VirtualPatients:
    """The numbers in which patients ``first`` and on differ."""
    return Drawing(scenario).patients(first, count)
