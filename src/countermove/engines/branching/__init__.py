"""The engine ``branching``, with or without recording clones."""

from countermove.engines.branching.clones import BranchingClones
from countermove.engines.branching.engine import Branching

__all__ = ["Branching", "BranchingClones"]
