"""What counts as a response, as progression, and as gone.

Here: ``endpoints``. Not here: how they are found in a run (``measurement``).
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from countermove.foundation import ScenarioError, number_text
from countermove.scenario.fields import Cells, Name, Part, Quantity, Whole

SMALLEST_SEEN_CM = 0.5
SMALLEST_SEEN_CM3 = math.pi / 6.0 * SMALLEST_SEEN_CM**3

Rise = Annotated[float, Quantity("number", low=1.0, high=1e6)]
Ratio = Annotated[float, Quantity("number", low=0.0, above=True, high=1e6)]


class Endpoints(Part):
    """Thresholds on the burden, as ratios of numbers of cells."""

    response: Ratio = Field(
        default=0.343,
        description="A response is a burden at or below this ratio of baseline: 0.7 cubed, a "
        "diameter shrunk by 30%. Default 0.343.",
    )
    progression: Ratio = Field(
        default=1.728,
        description="Progression is a burden at or above this ratio of what `criterion` names: "
        "1.2 cubed, a diameter grown by 20%. More than 1. Default 1.728.",
    )
    criterion: Literal["recist", "baseline", "on_drug"] | None = Field(
        default=None,
        description="What progression is compared with: `recist`, the lowest burden so far; "
        "`baseline`, the burden when treatment started; `on_drug`, the lowest since the drug was "
        "last begun, counted only while it is given and has been for one interval between scans. "
        "Default recist; baseline under a policy that pauses drugs on purpose, whose planned "
        "regrowth is no progression.",
    )
    detectable: Cells | None = Field(
        default=None,
        description="Fewest cells that are seen. Default: a sphere 5 mm across at "
        "tumor.cells_per_cm3.",
    )

    molecular_rise: Rise = Field(
        default=2.0,
        description="Molecular progression is a sample of ctDNA (or, without it, of the marker) at "
        "least this many times the lowest before it. Default 2; trials differ.",
    )
    molecular_samples: Annotated[int, Whole(1, 100)] = Field(
        default=2, description="Samples in a row that must show the rise. Default 2."
    )
    molecular_alteration: Name | None = Field(
        default=None,
        description="The alteration, one of monitoring.ctdna.panel, whose share of reads molecular "
        "progression follows; its detection after samples without it is a rise too. Default: the "
        "one that the policy ctdna_switch follows, otherwise all tumor DNA.",
    )

    @model_validator(mode="after")
    def _response_below_progression(self) -> Self:
        if self.progression <= 1.0:
            raise ScenarioError(
                "progression", got=number_text(self.progression), expected="more than 1"
            )
        if self.response >= 1.0:
            raise ScenarioError("response", got=number_text(self.response), expected="less than 1")
        return self
