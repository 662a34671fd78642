"""The engine ``mean_field``."""

from countermove.engines.mean_field.engine import MeanField

__all__ = ["MeanField"]
