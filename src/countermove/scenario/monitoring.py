"""What the clinic looks at, how often and how exactly.

Here: ``monitoring``. Not here: how an observation is drawn (``measurement``).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from countermove.foundation import ScenarioError, parse_quantity, shown
from countermove.scenario.fields import Fraction, Name, Names, Part, Quantity, Span, Whole

TissueVolume = Annotated[float, Quantity("tissue_volume", low=0.0, high=1e6)]
MarkerLevel = Annotated[float, Quantity("marker", low=0.0, high=1e12)]
BloodVolume = Annotated[float, Quantity("volume", low=0.0, above=True, high=10.0)]
RelativeError = Annotated[float, Quantity("fraction", low=0.0, high=10.0)]


def _moment(value: object) -> object:
    """Read a word for an event, or days after diagnosis."""
    if value in ("diagnosis", "progression"):
        return value
    if isinstance(value, str) and value.isalpha():
        raise ScenarioError(
            "", got=shown(value), expected="diagnosis, progression or days after diagnosis"
        )
    return Quantity("time", low=0.0, high=365_250.0).parse(parse_quantity(value, "time"))


Moment = Annotated[float | str, BeforeValidator(_moment)]


class Imaging(Part):
    """Scans."""

    every: Span = Field(
        default=56.0,
        description="Days between visits, the first at diagnosis; decisions are made at visits. "
        "Default 8 weeks.",
    )
    error: RelativeError = Field(
        default=0.0, description="Relative error (CV) of a measured volume. Default 0."
    )
    limit: TissueVolume = Field(
        default=0.0, description="Smallest volume that is seen, in cm3. Default 0."
    )


class Marker(Part):
    """A serum marker."""

    name: Name = Field(description="Its name, for rules. Required.")
    every: Span = Field(description="Days between draws. Required.")
    per_cell: MarkerLevel = Field(description="Level per cell in ng/mL. Required.")
    error: RelativeError = Field(default=0.0, description="Relative error (CV). Default 0.")


class CirculatingDNA(Part):
    """Circulating tumor DNA."""

    every: Span = Field(description="Days between draws. Required.")
    draw: BloodVolume = Field(
        default=0.01, description="Blood drawn in L (`10 mL`). Default 10 mL."
    )
    error_rate: Fraction = Field(
        default=0.0, description="Share of reads that are wrong at a position. Default 0."
    )
    panel: Names = Field(default=(), description="Alterations looked for. Default none.")


class Biopsy(Part):
    """Tissue taken and sequenced."""

    at: tuple[Moment, ...] = Field(
        max_length=1000,
        description="When: `diagnosis`, `progression`, or days after diagnosis. Required.",
    )
    regions: Annotated[int, Whole(1, 1000)] = Field(
        default=1, description="Number of regions sampled. Default 1."
    )
    depth: Annotated[int, Whole(1, 1_000_000)] = Field(
        default=100, description="Reads per position. Default 100."
    )
    purity: Fraction = Field(
        default=1.0, description="Share of tumor cells in a sample. Default 1."
    )


class Monitoring(Part):
    """What is observed during follow-up."""

    imaging: Imaging = Field(
        default_factory=Imaging,
        description="Scans, and with them the visits. Default every 8 weeks, exact.",
    )
    marker: Marker | None = Field(default=None, description="A serum marker. Default none.")
    ctdna: CirculatingDNA | None = Field(
        default=None, description="Circulating tumor DNA. Default none."
    )
    biopsy: Biopsy | None = Field(default=None, description="Biopsies. Default none.")
