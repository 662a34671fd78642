"""The front door: check a scenario, simulate its patients, or compute its probabilities."""

from countermove.simulation.check import Check, check
from countermove.simulation.choose import Choice, choose
from countermove.simulation.exact import Exact, clone_size_distribution, exact, probability_absent
from countermove.simulation.request import Request, request
from countermove.simulation.simulate import simulate

__all__ = [
    "Check",
    "Choice",
    "Exact",
    "Request",
    "check",
    "choose",
    "clone_size_distribution",
    "exact",
    "probability_absent",
    "request",
    "simulate",
]
