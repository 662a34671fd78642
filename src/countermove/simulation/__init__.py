"""The front door: simulate a scenario's patients."""

from countermove.simulation.choose import Choice, choose
from countermove.simulation.simulate import simulate

__all__ = ["Choice", "choose", "simulate"]
