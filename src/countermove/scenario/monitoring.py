"""What the clinic looks at, how often and how exactly.

Here: ``monitoring``. Not here: how an observation is drawn (``measurement``), the names of what is
observed (``observables``).
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from countermove.foundation import ScenarioError, number_text, parse_quantity, shown
from countermove.scenario.fields import (
    MOST_CELLS,
    Days,
    Name,
    Names,
    Part,
    Quantity,
    Span,
    Whole,
)

SizeSeen = Annotated[float, Quantity("cells", low=0.0, high=MOST_CELLS)]
Diameter = Annotated[float, Quantity("length", low=0.0, high=10.0)]
MarkerLevel = Annotated[float, Quantity("marker", low=0.0, high=1e12)]
Plasma = Annotated[float, Quantity("volume", low=0.0, above=True, high=10.0)]
BloodDrawn = Annotated[
    float,
    Quantity(
        "volume", low=0.0, above=True, high=1.0, remedy="Milliliters have their unit: '10 mL'."
    ),
]
RelativeError = Annotated[float, Quantity("fraction", low=0.0, high=1.0)]
Shed = Annotated[float, Quantity("number", low=0.0, high=2.0)]
Genomes = Annotated[float, Quantity("number", low=0.0, high=1e9)]
ErrorRate = Annotated[float, Quantity("fraction", low=0.0, high=0.49)]
Chance = Annotated[float, Quantity("fraction", low=0.0, above=True, high=0.5)]
Missed = Annotated[float, Quantity("fraction", low=0.0, high=0.99)]
Purity = Annotated[float, Quantity("fraction", low=0.0, above=True, high=1.0)]
Early = Annotated[float, Quantity("time", low=0.0, high=365.0)]


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


class Visits(Part):
    """What all repeated measurements share: when they are."""

    every: Span = Field(
        description="Days between visits, the first when treatment starts. Required."
    )
    jitter: Early = Field(
        default=0.0,
        description="Whole days by which a visit may come early or late, each alike, as `3 days`. "
        "Default 0.",
    )
    missed: Missed = Field(
        default=0.0, description="Chance that a visit after the first is missed. Default 0."
    )
    delay: Days = Field(
        default=0.0,
        description="Days until the result is known, after the first visit. Default 0.",
    )

    @model_validator(mode="after")
    def _visits_keep_their_order(self) -> Self:
        if self.jitter != round(self.jitter):
            got = f"{number_text(self.jitter)} days"
            raise ScenarioError("jitter", got=got, expected="a whole number of days")
        if 2.0 * self.jitter >= self.every:
            raise ScenarioError(
                "jitter",
                got=f"{number_text(self.jitter)} days",
                expected=f"less than half of every, {number_text(self.every)} days",
                remedy="Otherwise one visit may come after the next.",
            )
        return self


class Imaging(Visits):
    """Scans."""

    every: Span = Field(
        default=56.0,
        description="Days between scans, the first when treatment starts. Default 8 weeks.",
    )
    error: RelativeError = Field(
        default=0.0,
        description="Relative error (CV) of a longest diameter as it is read. Default 0.",
    )
    limit: SizeSeen | None = Field(
        default=None,
        description="Smallest lesion that is seen, in cells, or as `0.2 cm3` or `5 mm`. Default "
        "endpoints.detectable.",
    )
    rounding: Diameter = Field(
        default=0.0, description="Step to which diameters are rounded, as `1 mm`. Default none."
    )


class Marker(Visits):
    """A serum marker."""

    name: Name = Field(description="Its name, for rules. Required.")
    per_cell: MarkerLevel = Field(
        description="Level in blood per tumor cell in ng/mL, once it is steady. Required."
    )
    healthy: MarkerLevel = Field(
        default=0.0, description="Level without a tumor, in ng/mL. Default 0."
    )
    half_life: Days = Field(
        default=0.0,
        description="Half-life in blood in days, by which the level follows the tumor. Default 0: "
        "at once.",
    )
    error: RelativeError = Field(default=0.0, description="Relative error (CV). Default 0.")
    limit: MarkerLevel = Field(
        default=0.0, description="Level in ng/mL below which none is reported. Default 0."
    )


class CirculatingDNA(Visits):
    """Circulating tumor DNA, after Avanzini et al. 2020, doi:10.1126/sciadv.abc4308."""

    panel: Names = Field(default=(), description="Alterations looked for. Default none.")
    draw: BloodDrawn = Field(
        default=0.01,
        description="Blood drawn in L (`10 mL`), of which 55% is plasma. Default 10 mL.",
    )
    shed: Shed = Field(
        default=1.4e-4,
        description="Haploid genomes that reach the blood when a cell dies. Default 1.4e-4.",
    )
    half_life: Span = Field(
        default=30.0 / 1440.0, description="Half-life in blood in days. Default 30 min."
    )
    plasma: Plasma = Field(default=2.75, description="Plasma of the patient in L. Default 2.75 L.")
    healthy: Genomes = Field(
        default=1576.0,
        description="Haploid genomes from normal cells per mL of plasma. Default 1576, 5.2 ng.",
    )
    depth: Annotated[int, Whole(1, 100_000_000)] = Field(
        default=30_000, description="Reads per position. Default 30000."
    )
    error_rate: ErrorRate = Field(
        default=1e-5, description="Share of reads that are wrong at a position. Default 1e-5."
    )
    false_positive: Chance = Field(
        default=0.001,
        description="Chance that an alteration which is not there is called, at most. "
        "Default 0.001.",
    )


class Biopsy(Part):
    """Tissue taken and sequenced."""

    at: tuple[Moment, ...] = Field(
        max_length=1000,
        description="When: `diagnosis`, `progression` (the scan that shows it), or days after "
        "diagnosis. Required.",
    )
    regions: Annotated[int, Whole(1, 1000)] = Field(
        default=1,
        description="Number of regions sampled, of one lesion after another, the largest first. "
        "Default 1.",
    )
    depth: Annotated[int, Whole(1, 1_000_000)] = Field(
        default=100, description="Reads per position. Default 100."
    )
    purity: Purity = Field(default=1.0, description="Share of tumor cells in a sample. Default 1.")
    error_rate: ErrorRate = Field(
        default=0.0, description="Share of reads that are wrong at a position. Default 0."
    )


class Monitoring(Part):
    """What is observed during follow-up."""

    imaging: Imaging = Field(
        default_factory=Imaging, description="Scans. Default every 8 weeks, without error."
    )
    marker: Marker | None = Field(default=None, description="A serum marker. Default none.")
    ctdna: CirculatingDNA | None = Field(
        default=None, description="Circulating tumor DNA. Default none."
    )
    biopsy: Biopsy | None = Field(default=None, description="Biopsies. Default none.")
