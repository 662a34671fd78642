"""The engine ``mean_field``."""

from __future__ import annotations

from countermove.engines.mean_field.engine import CAPABILITIES, MeanField
from countermove.model import CompiledModel

__all__ = ["CAPABILITIES", "MeanField", "create"]


def create(model: CompiledModel, **_: object) -> MeanField:
    """Make the engine; see ``engines.registry.create``. It has no leaps and no clones."""
    return MeanField(model)
