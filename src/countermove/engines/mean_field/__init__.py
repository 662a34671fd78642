"""The engine ``mean_field``."""

from __future__ import annotations

from countermove.engines.contract import Part
from countermove.engines.kernels.lanes import walk
from countermove.engines.mean_field.engine import CAPABILITIES, MeanField
from countermove.model import CompiledModel

__all__ = ["CAPABILITIES", "MeanField", "create", "parts"]


def create(model: CompiledModel, **_: object) -> MeanField:
    """Make the engine; see ``engines.registry.create``. It has no leaps and no clones."""
    return MeanField(model)


def parts(*, differ: bool) -> tuple[Part, ...]:
    """List what a first run compiles; see `contract.Part`. It is the same where patients differ."""
    del differ
    return (Part((walk,)),)
