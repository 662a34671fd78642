"""Niches: places in the body that drugs reach less or that shelter cells.

Here: ``niches.NAME``. The niche ``bulk`` always exists and is not written. Not here: positions in
space (``space``).
"""

from __future__ import annotations

from pydantic import Field

from countermove.scenario.fields import Fraction, Part, PerDrugFraction, Rate
from countermove.scenario.tumor import Capacity


class Niche(Part):
    """One niche beside the bulk."""

    share: Fraction = Field(
        default=0.0, description="Share of the tumor there at diagnosis, 0 to 1. Default 0."
    )
    penetration: PerDrugFraction = Field(
        default=1.0,
        description="Fraction of a drug's level that reaches the niche, 0 to 1: one number for "
        "every drug, or one per drug named (others 1). Between 0 and 1 it needs drugs with levels. "
        "Default 1.",
    )
    shelter: PerDrugFraction = Field(
        default=0.0,
        description="Fraction of drug kill prevented by the surroundings, 0 to 1: one number for "
        "every drug, or one per drug named (others 0). Default 0.",
    )
    capacity: Capacity | None = Field(
        default=None,
        description="Cells at which crowding stops growth in the niche, in place of the tumor's "
        "capacity; under exponential growth the niche alone grows logistically. More than 1. "
        "Default: the tumor's capacity, if any.",
    )
    exchange: Rate = Field(
        default=0.0,
        description="Rate per cell of moving from the bulk to the niche, 1/day. Default 0.",
    )
    back: Rate | None = Field(
        default=None,
        description="Rate per cell of moving from the niche to the bulk, 1/day. Default: the same "
        "as exchange.",
    )

    def penetration_of(self, drug: str) -> float:
        """Fraction of this drug's level that reaches the niche."""
        if isinstance(self.penetration, dict):
            return self.penetration.get(drug, 1.0)
        return self.penetration

    def shelter_from(self, drug: str) -> float:
        """Fraction of this drug's kill prevented in the niche."""
        if isinstance(self.shelter, dict):
            return self.shelter.get(drug, 0.0)
        return self.shelter

    @property
    def return_rate(self) -> float:
        """Rate per cell of moving from the niche to the bulk, 1/day."""
        return self.exchange if self.back is None else self.back
