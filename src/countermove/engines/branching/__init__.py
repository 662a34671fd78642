"""The engine ``branching``, with or without recording clones."""

from __future__ import annotations

from countermove.engines.branching.clones import BranchingClones
from countermove.engines.branching.compiling import parts
from countermove.engines.branching.engine import CAPABILITIES, Branching
from countermove.model import CompiledModel

__all__ = ["CAPABILITIES", "Branching", "BranchingClones", "create", "parts"]


def create(model: CompiledModel, *, longest_leap: float | None, clones: bool) -> Branching:
    """Make the engine; see ``engines.registry.create``."""
    kind = BranchingClones if clones else Branching
    return kind(model) if longest_leap is None else kind(model, longest_leap=longest_leap)
