"""Bodies of requests, as fastapi reads and describes them.

Here: their fields and bounds. Not here: what a scenario may say (``asked``).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from countermove.lab.limits import (
    JOB_PATIENTS,
    MOST_ARMS,
    MOST_SETTINGS,
    PREVIEW_PATIENTS,
    SCENARIO_BYTES,
)

Scalar = bool | int | float | Annotated[str, Field(max_length=500)]
Value = Scalar | list[Scalar | list[Scalar]] | None
Path = Annotated[str, Field(min_length=1, max_length=200)]
Settings = Annotated[dict[Path, Value], Field(max_length=MOST_SETTINGS)]
Yaml = Annotated[str, Field(max_length=SCENARIO_BYTES)]
Seed = Annotated[int, Field(ge=0, le=2**53 - 1)]
Engine = Literal["mean_field", "branching"]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False, allow_inf_nan=False)


class CheckBody(_Body):
    """A scenario to check."""

    yaml: Yaml
    settings: Settings = {}


class PreviewBody(CheckBody):
    """A scenario to simulate at once, in a few patients."""

    engine: Engine = "mean_field"
    patients: Annotated[int, Field(ge=1, le=PREVIEW_PATIENTS)] | None = None
    seed: Seed | None = None


class JobBody(CheckBody):
    """A cohort to simulate, or several to compare."""

    kind: Literal["run", "compare"] = "run"
    policies: Annotated[
        list[Annotated[str, Field(max_length=40)]], Field(max_length=MOST_ARMS)
    ] = []
    fields: Annotated[
        dict[
            Annotated[str, Field(max_length=40)],
            Annotated[
                dict[Annotated[str, Field(max_length=40)], Scalar], Field(max_length=MOST_ARMS)
            ],
        ],
        Field(max_length=MOST_ARMS),
    ] = {}
    engine: Engine | None = None
    patients: Annotated[int, Field(ge=1, le=JOB_PATIENTS)] | None = None
    seed: Seed | None = None


class Move(_Body):
    """Drugs from a day on."""

    day: Annotated[float, Field(ge=0, le=100_000)]
    drugs: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=8)]


class GameBody(_Body):
    """A patient, the moves so far, and whether to tell the truth."""

    seed: Seed
    moves: Annotated[list[Move], Field(max_length=64)] = []
    reveal: bool = False


class StoryBody(_Body):
    """A patient whose story is told."""

    seed: Seed


class Problem(BaseModel):
    """What is wrong, as the command line says it."""

    where: str
    got: str
    expected: str
    remedy: str
    text: str
    line: int | None = None
    column: int | None = None


class Refusal(BaseModel):
    """The answer to what cannot be done."""

    error: Problem
