"""A scenario: everything one file says.

Here: the whole, and the combinations written ``a + b``. Not here: its parts (one file each), what
refers to what (``references``), reading and writing (``files``).
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from countermove.foundation import ScenarioError, parse_citation, shown
from countermove.scenario import card
from countermove.scenario.alterations import Alteration, Intrinsic
from countermove.scenario.cohort import Patients
from countermove.scenario.drugs import Drug
from countermove.scenario.endpoints import SMALLEST_SEEN_CM3, Endpoints
from countermove.scenario.fields import Name, Part, Real, Span, Text, Whole, alone
from countermove.scenario.lesions import Lesions, check_lesions, lesions_schema, read_lesions
from countermove.scenario.monitoring import Monitoring
from countermove.scenario.niches import Niche
from countermove.scenario.space import Space
from countermove.scenario.states import State
from countermove.scenario.treatment import Treatment
from countermove.scenario.trial import Trial
from countermove.scenario.tumor import Tumor
from countermove.scenario.variation import differences


def _known_version(value: object) -> object:
    if value == 1 and not isinstance(value, bool):
        return 1
    raise ScenarioError(
        "", got=shown(value), expected="1, the version of the format this program reads"
    )


def _source(value: str) -> str:
    return str(parse_citation(value))


class Scenario(Part):
    """A tumor, its possible alterations, a treatment, and what is asked of them.

    Made by `load`, `loads`, `example` or `replace`, never changed afterwards.

    Examples
    --------
    >>> import countermove as cm
    >>> scenario = cm.example("two_drugs_together")
    >>> scenario
    <Scenario 'Two drugs together': 2 drugs, 2 alterations, combination (A + B), 6 years>
    >>> scenario.tumor.birth, scenario.patients.number
    (0.14, 500)
    """

    countermove: Annotated[Literal[1], BeforeValidator(_known_version)] = Field(
        description="Version of the file format, 1. Required."
    )
    name: Text = Field(description="What the scenario is, in a few words. Required.")
    description: Text = Field(default="", description="More about it. Default empty.")
    sources: tuple[Annotated[Text, AfterValidator(_source)], ...] = Field(
        default=(),
        description="Where its numbers come from: `doi:...` or `pmid:...`. Default none.",
    )
    tumor: Tumor = Field(description="The tumor before any drug or alteration. Required.")
    drugs: dict[Name, Drug] = Field(
        default_factory=dict,
        description="Drugs by name: `{A: {kill: 0.04 /day}}`. What is given when is "
        "`treatment.drugs`. Default none.",
    )
    combine: Literal["bliss", "highest"] = Field(
        default="bliss",
        description="How drugs given together add up: `bliss`, independent effects; `highest`, the "
        "strongest alone counts. Default bliss.",
    )
    interactions: dict[Text, Real] = Field(
        default_factory=dict,
        description="Interaction of two drugs written `A + B`, without unit: times the geometric "
        "mean of the two kill hazards it is added to them; above 0 synergy, below 0 antagonism. "
        "Default none.",
    )
    alterations: dict[Name, Alteration] = Field(
        default_factory=dict, description="Genetic alterations by name. Default none."
    )
    max_alterations: Annotated[int, Whole(0, 1000)] | None = Field(
        default=None,
        description="Most alterations one cell may carry; each level of an amplified pump "
        "counts as one. Default: no bound.",
    )
    intrinsic: Intrinsic | None = Field(
        default=None,
        description="Resistance that a share of the patients has from the start. Default none.",
    )
    states: dict[Name, State] = Field(
        default_factory=dict,
        description="Cell states by name, beside `cycling`, which always exists. Default none.",
    )
    niches: dict[Name, Niche] = Field(
        default_factory=dict,
        description="Niches by name, beside `bulk`, which always exists. Default none.",
    )
    lesions: Annotated[Lesions | None, BeforeValidator(read_lesions)] = Field(
        default=None,
        description="The lesions of each patient, each grown like the tumor: how many, or "
        "{number, size}, or a list of {size, niche, organ, name}. Default one, the tumor.",
        json_schema_extra=lesions_schema,
    )
    space: Space | None = Field(
        default=None, description="Positions of cells, for the spatial engine. Default none."
    )
    treatment: Treatment = Field(description="What is given when. Required.")
    monitoring: Monitoring = Field(
        default_factory=Monitoring,
        description="What is observed. Default a scan every 8 weeks, exact.",
    )
    endpoints: Endpoints = Field(
        default_factory=Endpoints,
        description="What counts as response and progression. Default by diameter as RECIST does.",
    )
    patients: Annotated[Patients, alone("number")] = Field(
        default_factory=Patients,
        description="The cohort; a number alone is its number of patients. Default 100 patients.",
        json_schema_extra=lambda schema: schema.update(
            {
                "anyOf": [
                    {"$ref": schema.pop("$ref", "#/$defs/Patients")},
                    {"type": ["integer", "string"]},
                ]
            }
        ),
    )
    trial: Trial | None = Field(
        default=None,
        description="A randomized trial of treatments of these patients, which `countermove trial` "
        "carries out. Default none.",
    )
    follow_up: Span = Field(description="Days from diagnosis to the end, as `3 years`. Required.")
    engine: Literal["auto", "exact", "mean_field", "branching", "spatial"] = Field(
        default="auto", description="What computes it. Default auto: the first that can."
    )
    seed: Annotated[int, Whole(0, 2**63 - 1)] = Field(
        default=1, description="Seed of all random numbers. Default 1."
    )

    @model_validator(mode="after")
    def _patients_and_lesions_fit(self) -> Self:
        differences(self)
        check_lesions(self)
        return self

    def __repr__(self) -> str:
        return card.in_a_line(self)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return card.in_html(self)

    @property
    def detectable_cells(self) -> float:
        """Fewest cells that are seen: as given, or those of a sphere 5 mm across."""
        if self.endpoints.detectable is not None:
            return self.endpoints.detectable
        return SMALLEST_SEEN_CM3 * self.tumor.cells_per_cm3

    @property
    def criterion(self) -> Literal["recist", "baseline", "on_drug"]:
        """What progression is compared with: as given, or as the policy's pauses ask for."""
        if self.endpoints.criterion is not None:
            return self.endpoints.criterion
        return "baseline" if self.treatment.holds else "recist"

    @property
    def molecular_alteration(self) -> str:
        """Alteration that molecular progression follows; empty for all tumor DNA, or the marker."""
        return self.endpoints.molecular_alteration or self.treatment.alteration or ""

    @property
    def after_progression(self) -> Scenario | None:
        """The scenario with the treatment that follows at progression; None where none does."""
        later = self.treatment.at_progression
        if later is None:
            return None
        own = later.model_copy(update={"start": self.treatment.start, "stop": self.treatment.stop})
        return self.model_copy(update={"treatment": own})
