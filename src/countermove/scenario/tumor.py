"""The tumor: how its cells divide and die, how it grows, and what is there when it is found.

Here: ``tumor``, ``tumor.growth`` and ``tumor.start``. Not here: what differs between its cells
(``alterations``, ``states``, ``niches``).
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from countermove.foundation import ScenarioError, number_text, tidy
from countermove.scenario.fields import (
    FASTEST_RATE,
    LONGEST_TIME,
    MOST_CELLS,
    Cells,
    Fraction,
    Name,
    Part,
    PositiveRate,
    Quantity,
    Rate,
    Span,
    mapping_of,
)

CELLS_PER_CM3 = 1e9
_DENSITY = Quantity("cell_density", low=1.0, high=1e12)
_RATE = Quantity("rate", low=0.0, high=FASTEST_RATE)
_DOUBLING = Quantity("time", low=0.0, above=True, high=LONGEST_TIME)
CellDensity = Annotated[float, _DENSITY]
Capacity = Annotated[float, Quantity("cells", low=1.0, above=True, high=MOST_CELLS)]
Exponent = Annotated[float, Quantity("number", low=0.0, above=True, high=1.0)]


class Growth(Part):
    """How crowding slows the tumor as it grows."""

    law: Literal["exponential", "logistic", "gompertz", "power"] = Field(
        default="exponential",
        description="Growth law. `exponential` never slows, `logistic` and `gompertz` slow towards "
        "`capacity`, `power` slows as a power of the burden. Default exponential.",
    )
    capacity: Capacity | None = Field(
        default=None,
        description="Burden in cells, more than 1, at which no cell divides any more (acts_on "
        "birth) or growth is nothing (otherwise). For logistic and gompertz only, and "
        "required there.",
    )
    acts_on: Literal["birth", "death", "net_growth"] = Field(
        default="birth",
        description="What crowding does: `birth` lowers births; `death` adds a hazard of death, "
        "the same for every kind of cell; `net_growth` multiplies each kind's own growth off drug, "
        "birth - death, by one factor, which falls below 0 above the capacity. Without effect on "
        "the exponential law. Default birth.",
    )
    exponent: Exponent | None = Field(
        default=None,
        description="For the power law only, and required there: growth of the whole tumor is "
        "proportional to burden to this power, above 0, at most 1 (1 is exponential).",
    )
    reference: Cells = Field(
        default=1.0,
        description="For the power law: burden in cells up to which a cell divides at the full "
        "rate. Default 1 cell.",
    )

    @model_validator(mode="after")
    def _fields_fit_the_law(self) -> Self:
        bounded = self.law in ("logistic", "gompertz")
        for name, value, needed in (
            ("capacity", self.capacity, bounded),
            ("exponent", self.exponent, self.law == "power"),
        ):
            if needed and value is None:
                raise ScenarioError(
                    name, got="nothing", expected=f"the {name}, which the {self.law} law needs"
                )
            if not needed and value is not None:
                raise ScenarioError(
                    name,
                    got=number_text(value),
                    expected=f"no such field for the {self.law} law, which does not use it",
                    remedy="Remove it, or choose another law.",
                )
        return self

    def reach(self, birth: float, death: float) -> float:
        """Burden in cells at which births equal deaths, off drug; infinite where there is none.

        Crowding is a factor on birth or adds to death, see ``model.growth_laws``; acting on birth
        it balances death before the capacity is reached.
        """
        if self.law == "exponential":
            return math.inf
        balance = death / birth if self.acts_on == "birth" else 0.0
        if self.law == "power":
            exponent = 1.0 if self.exponent is None else self.exponent
            if exponent == 1.0 or balance == 0.0:
                return math.inf
            power = math.log(balance) / (exponent - 1.0)
            return math.inf if power > 600.0 else self.reference * math.exp(power)
        assert self.capacity is not None
        if self.law == "logistic":
            return self.capacity * (1.0 - balance)
        return self.capacity ** (1.0 - balance)


def _law_alone(value: object) -> object:
    """Accept ``growth: exponential`` for ``growth: {law: exponential}``."""
    return {"law": value} if isinstance(value, str) else value


class Start(Part):
    """What is there at diagnosis, given outright instead of grown from one cell."""

    cells: Cells = Field(description="Burden at diagnosis in cells, 1 to 1e15.")
    fractions: dict[str, Fraction] = Field(
        default_factory=dict,
        description="Share of the tumor that carries an alteration, or exactly the alterations of "
        "a combination written `a + b`. The rest carries none. Sum at most 1. Default none.",
    )
    states: dict[Name, Fraction] = Field(
        default_factory=dict,
        description="Share of the tumor in each state; the rest is cycling. Sum at most 1. "
        "Default all cycling.",
    )
    niches: dict[Name, Fraction] = Field(
        default_factory=dict,
        description="Share of the tumor in each niche; if given, in place of all niches' own "
        "`share`. The rest is in the bulk. Sum at most 1. Default: the niches' shares.",
    )

    @model_validator(mode="after")
    def _shares_sum_to_one_at_most(self) -> Self:
        for name, shares in (
            ("fractions", self.fractions),
            ("states", self.states),
            ("niches", self.niches),
        ):
            check_shares(name, shares)
        return self


def check_shares(where: str, shares: dict[str, float]) -> None:
    """Refuse shares of one whole that sum above 1."""
    total = sum(shares.values())
    if total > 1.0 + 1e-12:
        raise ScenarioError(
            where,
            got=f"a sum of {total:.6g}",
            expected="shares that sum to at most 1",
        )


def density_of(tumor: object) -> float:
    """Cells per cm3 as a document's ``tumor`` gives them; the default where it does not."""
    given = mapping_of(tumor) or {}
    try:
        return _DENSITY.parse(given.get("cells_per_cm3", CELLS_PER_CM3))
    except ScenarioError:
        return CELLS_PER_CM3  # told where that field is read


def resolve_doubling_time(value: object) -> object:
    """Turn ``doubling_time`` into the one of birth and death that is not given.

    Notes
    -----
    The net growth of a cell's line off drug and uncrowded is birth - death = ln 2 / doubling time.
    """
    given = mapping_of(value)
    if given is None or given.get("doubling_time") is None:
        return value
    others = [name for name in ("birth", "death") if given.get(name) is not None]
    if len(others) != 1:
        raise ScenarioError(
            "doubling_time",
            got="'birth' and 'death' as well" if others else "neither 'birth' nor 'death'",
            expected="one of them beside it; the other follows (birth - death = ln 2 / doubling "
            "time)",
            remedy="Remove one of the three (on the command line: --set tumor.birth=null)."
            if others
            else "Give 'birth' or 'death' too, such as 'death: 0.13 /day'.",
        )
    doubling = _DOUBLING.parse(given.pop("doubling_time"), "doubling_time")
    net = math.log(2.0) / doubling
    known = _RATE.parse(given[others[0]], others[0])
    other = known + net if others == ["death"] else known - net
    if other < 0.0:
        raise ScenarioError(
            "doubling_time",
            got=f"{number_text(doubling)} days with birth {number_text(known)} /day",
            expected="a time that cells need at least to double at this birth, "
            f"{number_text(math.log(2.0) / known) if known else 'inf'} days",
            remedy="Raise birth, or lengthen the doubling time.",
        )
    given["birth" if others == ["death"] else "death"] = tidy(other)
    return given


def two_of_three(schema: dict[str, Any]) -> None:
    """Describe for editors that a doubling time may stand for birth or for death."""
    schema["required"] = [n for n in schema.get("required", ()) if n not in ("birth", "death")]
    pairs = (("birth", "death"), ("birth", "doubling_time"), ("death", "doubling_time"))
    schema["anyOf"] = [{"required": list(pair)} for pair in pairs]


class Tumor(Part):
    """The tumor before any alteration, state, niche or drug changes a cell's rates."""

    model_config = ConfigDict(json_schema_extra=two_of_three)

    birth: Rate = Field(description="Divisions per cell in 1/day. Required.")
    death: Rate = Field(description="Deaths per cell in 1/day, off drug. Required.")
    doubling_time: Span | None = Field(
        default=None,
        description="Days in which the tumor doubles off drug and uncrowded, in place of `birth` "
        "or of `death`: the other follows, from birth - death = ln 2 / doubling time. Default "
        "none.",
    )
    growth: Annotated[Growth, BeforeValidator(_law_alone)] = Field(
        default_factory=Growth,
        description="How crowding slows growth; the name of a law alone is enough where it needs "
        "nothing more. Default exponential.",
        json_schema_extra=lambda schema: schema.update(
            {"anyOf": [{"$ref": schema.pop("$ref", "#/$defs/Growth")}, {"const": "exponential"}]}
        ),
    )
    diagnosed_at: Cells | None = Field(
        default=None,
        description="Burden in cells at which the tumor is found. It is grown from one cell whose "
        "line survives, so resistant clones present then arose by chance. Give this or `start`.",
    )
    start: Start | None = Field(
        default=None,
        description="What is there at diagnosis, given outright. Give this or `diagnosed_at`.",
    )
    cells_per_cm3: CellDensity = Field(
        default=CELLS_PER_CM3,
        description="Cells in one cm3 of tumor, for volumes and diameters. Default 1e9. A number "
        "of cells may be given as a volume (`30 cm3`) or the diameter of a sphere (`2 cm`).",
    )
    lethal_at: Cells = Field(
        default=1e12, description="Burden in cells at which the patient dies. Default 1e12 cells."
    )
    lethal_hazard: PositiveRate | None = Field(
        default=None,
        description="Hazard of death in 1/day at `lethal_at`, in proportion to the burden below "
        "and above; nobody then dies of a burden as such, but at 1e15 cells. "
        "Default none: death at `lethal_at`.",
    )
    cost_acts_on: Literal["birth", "net_growth"] = Field(
        default="birth",
        description="What an alteration's cost lowers: `birth` multiplies the birth rate by "
        "1 - cost; `net_growth` multiplies birth - death by 1 - cost and keeps death. "
        "Default birth.",
    )

    @model_validator(mode="before")
    @classmethod
    def _rates_from_the_doubling_time(cls, value: object) -> object:
        return resolve_doubling_time(value)

    @model_validator(mode="after")
    def _one_beginning_that_can_be_reached(self) -> Self:
        if self.diagnosed_at is None and self.start is None:
            raise ScenarioError(
                "diagnosed_at",
                got="nothing",
                expected="a burden such as 1e9 cells",
                remedy="Or give 'start' with the cells present at diagnosis.",
            )
        if self.diagnosed_at is not None and self.start is not None:
            raise ScenarioError(
                "start",
                got="both 'start' and 'diagnosed_at'",
                expected="one of them",
                remedy="Keep 'diagnosed_at' to grow the tumor from one cell, or 'start' to state "
                "what is there.",
            )
        if self.diagnosed_at is not None:
            self._check_reachable(self.diagnosed_at)
        result = self.found_at
        if self.lethal_at <= result:
            raise ScenarioError(
                "lethal_at",
                got=f"{number_text(self.lethal_at)} cells",
                expected=f"more than the {number_text(result)} cells there at diagnosis",
            )
        return self

    def _check_reachable(self, diagnosed_at: float) -> None:
        """Refuse a size that one cell's line cannot grow to."""
        if self.death >= self.birth:
            raise ScenarioError(
                "diagnosed_at",
                got=f"{number_text(diagnosed_at)} cells with birth {number_text(self.birth)} /day "
                f"and death {number_text(self.death)} /day",
                expected="birth above death, or the tumor never grows to that size",
                remedy="Raise birth, lower death, or give 'start' instead.",
            )
        reach = self.growth.reach(self.birth, self.death)
        if diagnosed_at >= reach:
            raise ScenarioError(
                "diagnosed_at",
                got=f"{number_text(diagnosed_at)} cells",
                expected=f"less than {reach:.4g} cells, where births and deaths balance under "
                f"{self.growth.law} growth acting on {self.growth.acts_on}",
                remedy="Raise tumor.growth.capacity, or let crowding act on death.",
            )

    @property
    def found_at(self) -> float:
        """Burden at diagnosis in cells, whichever way it was given."""
        if self.start is not None:
            return self.start.cells
        assert self.diagnosed_at is not None
        return self.diagnosed_at
