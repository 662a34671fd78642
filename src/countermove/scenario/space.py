"""Where cells are, for the spatial engine.

Here: ``space``. Not here: niches, which are places without positions (``niches``).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from countermove.scenario.fields import Cells, Fraction, Part, Quantity, Whole

Length = Annotated[float, Quantity("length", low=0.0, above=True, high=1e3)]


class Space(Part):
    """A grid of demes."""

    dimensions: Annotated[int, Whole(2, 3)] = Field(default=3, description="2 or 3. Default 3.")
    deme: Cells = Field(description="Cells that one deme holds. Required.")
    spacing: Length = Field(description="Distance between demes in mm (`100 um`). Required.")
    dispersal: Fraction = Field(
        default=0.0,
        description="Fraction of daughters that leave a full deme's neighborhood. Default 0.",
    )
    supply: Literal["surface", "vessels", "everywhere"] = Field(
        default="surface", description="Where drug and oxygen come from. Default surface."
    )
