"""The treatment: which drugs are given, in which order, and when.

Here: ``treatment``. Not here: how a policy decides while the simulation runs (``treatment`` on a
higher floor), what a drug does (``drugs``).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, cast

from pydantic import BeforeValidator, Field, model_validator

from countermove.foundation import ScenarioError, number_text, shown
from countermove.scenario.fields import (
    Days,
    Flag,
    Fraction,
    Names,
    Part,
    Quantity,
    Span,
    Text,
    check_name,
)

POLICIES = (
    "none",
    "continuous",
    "combination",
    "sequential",
    "alternating",
    "pulsed",
    "adaptive",
    "titrated",
    "containment",
    "strike_twice",
)
LATER_POLICIES = ("ctdna_switch", "look_ahead", "python")
REACTING = ("adaptive", "titrated", "containment", "strike_twice")
HOLDING = ("pulsed", "adaptive", "containment")
NEEDED = {"alternating": ("every",), "pulsed": ("on", "off"), "containment": ("level",)}
OWN = {  # fields with a default where the policy uses them
    "adaptive": {"stop_below": 0.5, "restart_above": 1.0},
    "titrated": {"step": 0.25, "raise_above": 1.2, "lower_below": 0.8, "least": 0.0},
    "strike_twice": {"strike_below": 0.1},
}
NAMED = ("every", "on", "off", "level", *(name for own in OWN.values() for name in own))
OF_ONE_POLICY = (*NAMED, "switch", "at")  # what goes when another policy takes over
TOGETHER = ("continuous", "combination", "pulsed", "adaptive", "titrated", "containment")

# A drug is held, and the second strike comes, because the tumor shrank: never above baseline.
BelowBaseline = Annotated[float, Quantity("fraction", low=0.0, high=1.0)]
# Ten times as many cells is more than twice the diameter, long past any progression: a larger
# number is a percentage without its sign.
OfBaseline = Annotated[float, Quantity("fraction", low=0.0, high=10.0)]

Line = tuple[str, ...]


def _lines(value: object) -> tuple[Line, ...]:
    """Read ``A``, ``[A, B]`` or ``[A, [B, C]]`` as lines of drugs."""
    if isinstance(value, str):
        return ((check_name(value),),)
    if not isinstance(value, (list, tuple)):
        raise ScenarioError(
            "", got=shown(value), expected="a list of lines, each a drug or a list of drugs"
        )
    lines: list[Line] = []
    for number, line in enumerate(cast("list[object]", value)):
        members = cast("list[object]", line) if isinstance(line, (list, tuple)) else [line]
        if not members:
            raise ScenarioError(str(number), got="an empty line", expected="a drug's name")
        for member in members:
            if not isinstance(member, str):
                raise ScenarioError(str(number), got=shown(member), expected="a drug's name")
        names = tuple(check_name(member) for member in members)
        if len(set(names)) < len(names):
            raise ScenarioError(
                str(number), got="a drug named twice in one line", expected="each drug once"
            )
        lines.append(names)
    return tuple(lines)


def _days_or_diagnosis(value: object) -> object:
    return 0.0 if value == "diagnosis" else value


_LINES_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "array",
            "items": {
                "anyOf": [
                    {"type": "string"},
                    {"type": "array", "items": {"type": "string"}, "minItems": 1},
                ]
            },
        },
    ]
}


def _as_lines(schema: dict[str, Any]) -> None:
    for key in ("type", "items"):
        schema.pop(key, None)
    schema.update(_LINES_SCHEMA)


def _or_diagnosis(schema: dict[str, Any]) -> None:
    schema["anyOf"].append({"const": "diagnosis"})


class Actions(Part):
    """What a rule does."""

    start: Names = Field(default=(), description="Drugs to start.")
    stop: Names = Field(default=(), description="Drugs to stop for good.")
    hold: Names = Field(default=(), description="Drugs to withhold until the next visit.")
    next_line: Flag = Field(default=False, description="Whether to go on to the next line.")


class Rule(Part):
    """One rule, read at each visit."""

    when: Text = Field(description="Condition on what was observed. Required.")
    then: Actions = Field(description="What to do where the condition holds. Required.")


class Treatment(Part):
    """Who gets which drugs when; times are days after diagnosis."""

    policy: Literal[
        "none",
        "continuous",
        "combination",
        "sequential",
        "alternating",
        "pulsed",
        "adaptive",
        "titrated",
        "containment",
        "strike_twice",
        "ctdna_switch",
        "look_ahead",
        "python",
    ] = Field(
        description="`none`; `continuous` and `combination`: all drugs together; `sequential`: one "
        "line after another; `alternating`: lines in turn, each for `every`; `pulsed`: all drugs "
        "`on`, then `off`; `adaptive`: held below a burden, restarted above another; "
        "`titrated`: the dose raised or lowered step by step; `containment`: given while above a "
        "burden; `strike_twice`: the next line at the nadir. Others come later. Required."
    )
    drugs: Annotated[tuple[Line, ...], BeforeValidator(_lines)] = Field(
        default=(),
        description="Lines of drugs, each a name or a list of names given together: `[A, [B, C]]`. "
        "Policies without lines (all but sequential, alternating, strike_twice) give them all "
        "together. Default none.",
        json_schema_extra=_as_lines,
    )
    start: Annotated[Days, BeforeValidator(_days_or_diagnosis)] = Field(
        default=0.0,
        description="Start in days after diagnosis, or the word `diagnosis`. Default diagnosis.",
        json_schema_extra=_or_diagnosis,
    )
    stop: Span | None = Field(
        default=None, description="End of all treatment in days after diagnosis. Default: never."
    )
    switch: Literal["progression", "at"] | None = Field(
        default=None,
        description="sequential: when the next line begins: at the visit that sees `progression`, "
        "or `at` the times given. Default progression, or at where `at` is given.",
    )
    at: tuple[Days, ...] = Field(
        default=(),
        max_length=1000,
        description="sequential: days after diagnosis at which the second and each later line "
        "begins, rising, one fewer than lines. Default none.",
    )
    every: Span | None = Field(
        default=None, description="alternating: days on each line before the next. Required there."
    )
    on: Span | None = Field(default=None, description="pulsed: days on drug. Required there.")
    off: Span | None = Field(default=None, description="pulsed: days off drug. Required there.")
    stop_below: BelowBaseline | None = Field(
        default=None,
        description="adaptive: drugs are held once the burden seen is below this fraction of "
        "baseline, as `0.5` or `50%`. Default 0.5.",
    )
    restart_above: OfBaseline | None = Field(
        default=None,
        description="adaptive: held drugs restart once the burden seen is above this fraction of "
        "baseline. Default 1.",
    )
    level: OfBaseline | None = Field(
        default=None,
        description="containment: fraction of the baseline burden to hold the tumor at: drugs are "
        "given while the burden seen is above it. Required there.",
    )
    step: Fraction | None = Field(
        default=None,
        description="titrated: change of the dose at a visit, as a share of the full dose. "
        "Default 0.25.",
    )
    raise_above: OfBaseline | None = Field(
        default=None,
        description="titrated: the dose is raised where the burden seen is more than this ratio of "
        "that at the visit before. Default 1.2.",
    )
    lower_below: OfBaseline | None = Field(
        default=None,
        description="titrated: the dose is lowered where the burden seen is less than this ratio "
        "of that at the visit before. Default 0.8.",
    )
    least: Fraction | None = Field(
        default=None,
        description="titrated: the lowest dose, as a share of the full dose. Default 0.",
    )
    strike_below: BelowBaseline | None = Field(
        default=None,
        description="strike_twice: the second strike, the next line, comes at the visit that sees "
        "the burden below this fraction of baseline, or rising from its nadir. Default 0.1.",
    )
    python: Text | None = Field(
        default=None, description="python: the function to ask, as `module:callable`."
    )
    rules: tuple[Rule, ...] = Field(
        default=(),
        max_length=1000,
        description="Rules read top to bottom at each visit. Default none.",
    )

    @model_validator(mode="before")
    @classmethod
    def _resolve(cls, value: object) -> object:
        """Give all drugs of a one-line policy as one line; name the kind of switch."""
        if not isinstance(value, dict):
            return value
        data = dict(cast("dict[str, Any]", value))
        policy = data.get("policy")
        if policy in TOGETHER and data.get("drugs"):
            members = [name for line in _located("drugs", data["drugs"]) for name in line]
            if len(set(members)) < len(members):
                raise ScenarioError("drugs", got="a drug named twice", expected="each drug once")
            data["drugs"] = [members]
        for name, default in OWN.get(str(policy), {}).items():
            if data.get(name) is None:
                data[name] = default
        if policy == "sequential" and data.get("switch") is None:
            data["switch"] = "at" if data.get("at") else "progression"
        return data

    @model_validator(mode="after")
    def _fields_fit_the_policy(self) -> Self:
        if self.policy in LATER_POLICIES:
            return self
        needed = NEEDED.get(self.policy, ())
        used = (*needed, *OWN.get(self.policy, ()))
        for name in NAMED:
            given: float | None = getattr(self, name)
            if name in needed and given is None:
                what = "a fraction such as 0.5" if name == "level" else "a time such as 2 weeks"
                raise ScenarioError(
                    name, got="nothing", expected=f"{what}, which the policy '{self.policy}' needs"
                )
            if name not in used and given is not None:
                days = " days" if name in ("every", "on", "off") else ""
                raise self._unused(name, f"{number_text(given)}{days}")
        if self.policy != "sequential" and self.switch is not None:
            raise self._unused("switch", f"'{self.switch}'")
        if self.policy != "sequential" and self.at:
            raise self._unused("at", f"a list of {len(self.at)}")
        if self.python is not None:
            raise self._unused("python", shown(self.python))
        self._check_thresholds()
        self._check_lines()
        self._check_times()
        return self

    def _unused(self, name: str, got: str) -> ScenarioError:
        return ScenarioError(
            name,
            got=got,
            expected=f"no such field for the policy '{self.policy}', which does not use it",
            remedy="Remove it, or choose another policy.",
        )

    def _check_thresholds(self) -> None:
        for low, high in (("stop_below", "restart_above"), ("lower_below", "raise_above")):
            below: float | None = getattr(self, low)
            above: float | None = getattr(self, high)
            if below is not None and above is not None and below > above:
                raise ScenarioError(
                    low,
                    got=number_text(below),
                    expected=f"at most {high}, {number_text(above)}",
                    remedy="Otherwise the same visit would call for both.",
                )

    def _check_lines(self) -> None:
        least = {"none": 0, "alternating": 2, "strike_twice": 2}.get(self.policy, 1)
        if self.policy == "none" and self.drugs:
            raise self._unused("drugs", shown(self.drugs))
        if len(self.drugs) < least:
            raise ScenarioError(
                "drugs",
                got="one line" if self.drugs else "no drugs",
                expected=f"at least {least}, which the policy '{self.policy}' needs",
            )
        if self.policy == "combination" and len(self.drugs[0]) < 2:
            raise ScenarioError(
                "drugs",
                got="one drug",
                expected="at least two for a combination",
                remedy="For one drug write 'policy: continuous'.",
            )

    def _check_times(self) -> None:
        if self.stop is not None and self.stop <= self.start:
            raise ScenarioError(
                "stop",
                got=f"{number_text(self.stop)} days",
                expected=f"more than the start, {number_text(self.start)} days",
            )
        if self.switch == "progression" and self.at:
            raise ScenarioError(
                "at",
                got="times together with 'switch: progression'",
                expected="one of them",
                remedy="Remove one.",
            )
        if self.switch == "at" and len(self.at) != len(self.drugs) - 1:
            raise ScenarioError(
                "at",
                got=f"{len(self.at)} times for {len(self.drugs)} lines",
                expected="one fewer than lines, because the first begins at 'start'",
            )
        before = self.start
        for number, time in enumerate(self.at):
            if time <= before:
                raise ScenarioError(
                    f"at.{number}",
                    got=f"{number_text(time)} days",
                    expected=f"more than {number_text(before)} days, when the line before begins",
                )
            before = time

    @property
    def reacts(self) -> bool:
        """Whether doses depend on what visits see."""
        on_progression = self.policy == "sequential" and self.switch == "progression"
        return on_progression or self.policy in REACTING

    @property
    def holds(self) -> bool:
        """Whether drugs are paused on purpose, so that the tumor regrows by design."""
        return self.policy in HOLDING or (self.policy == "titrated" and self.least == 0.0)

    @property
    def named_drugs(self) -> tuple[str, ...]:
        """Every drug the treatment may give, once, in order of first mention."""
        names = [name for line in self.drugs for name in line]
        for rule in self.rules:
            names += [*rule.then.start, *rule.then.stop, *rule.then.hold]
        return tuple(dict.fromkeys(names))


def _located(where: str, value: object) -> tuple[Line, ...]:
    """Read lines, naming the field in an error."""
    try:
        return _lines(value)
    except ScenarioError as error:
        path = ".".join(part for part in (where, error.where) if part)
        raise ScenarioError(
            path, got=error.got, expected=error.expected, remedy=error.remedy
        ) from None
