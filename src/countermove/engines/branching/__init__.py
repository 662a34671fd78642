"""The engine ``branching``."""

from countermove.engines.branching.engine import Branching

__all__ = ["Branching"]
