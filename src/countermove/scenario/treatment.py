"""The treatment: which drugs are given, in which order, and when.

Here: ``treatment``. Not here: how a policy decides while the simulation runs (``treatment`` on a
higher floor), what a drug does (``drugs``).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, cast

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from countermove.foundation import ScenarioError, number_text, shown
from countermove.scenario.drug_lines import Line, lines_schema, located_lines, read_lines
from countermove.scenario.fields import (
    Days,
    Flag,
    Fraction,
    Name,
    Part,
    Quantity,
    Span,
    Text,
    Whole,
)
from countermove.scenario.next_treatment import check_next
from countermove.scenario.policies import (
    POLICIES,
    POLICY_KINDS,
    PolicyKind,
    described,
    unknown_policy,
)
from countermove.scenario.rules import Rule, pauses

NAMED = tuple(dict.fromkeys(name for kind in POLICY_KINDS.values() for name in kind.fields))
OF_ONE_POLICY = NAMED  # what goes when another policy takes over
IN_DAYS = ("every", "on", "off", "horizon")

# A drug is held, and the second strike comes, because the tumor shrank: never above baseline.
BelowBaseline = Annotated[float, Quantity("fraction", low=0.0, high=1.0)]
# Ten times as many cells is more than twice the diameter, long past any progression: a larger
# number is a percentage without its sign.
OfBaseline = Annotated[float, Quantity("fraction", low=0.0, high=10.0)]

Rise = Annotated[float, Quantity("number", low=1.0, high=1e6)]
HowMany = Annotated[int, Whole(2, 10_000)]
InARow = Annotated[int, Whole(1, 100)]


def _policy(name: str) -> str:
    """Refuse a policy that does not exist, naming the nearest."""
    if name not in POLICIES:
        raise unknown_policy("", name)
    return name


PolicyName = Annotated[str, AfterValidator(_policy), WithJsonSchema({"enum": [*POLICIES]})]


def _days_or_diagnosis(value: object) -> object:
    return 0.0 if value == "diagnosis" else value


def _or_diagnosis(schema: dict[str, Any]) -> None:
    schema["anyOf"].append({"const": "diagnosis"})


def _policy_or_rules(schema: dict[str, Any]) -> None:
    schema["required"] = [name for name in schema["required"] if name != "policy"]
    schema["anyOf"] = [{"required": ["policy"]}, {"required": ["rules"]}]


class Treatment(Part):
    """Who gets which drugs when; times are days after diagnosis."""

    model_config = ConfigDict(json_schema_extra=_policy_or_rules)

    policy: PolicyName = Field(description=f"{described()}. Required, but where `rules` are given.")
    drugs: Annotated[tuple[Line, ...], BeforeValidator(read_lines)] = Field(
        default=(),
        description="Lines of drugs, each a name or a list of names given together: `[A, [B, C]]`. "
        "Policies without lines (all but sequential, alternating, strike_twice) give them all "
        "together. Default none.",
        json_schema_extra=lines_schema,
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
    rise: Rise | None = Field(
        default=None,
        description="ctdna_switch: a rise is a sample at least this many times the lowest before "
        "it, and above it. Default 2.",
    )
    confirmed_by: InARow | None = Field(
        default=None,
        description="ctdna_switch: samples in a row that must show the rise. Default 2.",
    )
    alteration: Name | None = Field(
        default=None,
        description="ctdna_switch: the alteration, one of the panel, whose share of reads is "
        "followed; its first detection is a rise too. Default: all tumor DNA.",
    )
    guided_by: Text | None = Field(
        default=None,
        description="What a policy that reacts follows: `burden`, `volume` or `sld` as scans show "
        "it, the marker's name, or `ctdna.hge`. Default burden. sequential goes on at a "
        "rise to endpoints.progression times the lowest; with `recist`, at progression by RECIST.",
    )
    horizon: Span | None = Field(
        default=None, description="look_ahead: days to look ahead. Default 24 weeks."
    )
    futures: HowMany | None = Field(
        default=None,
        description="look_ahead: virtual patients in the belief about each patient. Default 200.",
    )
    objective: Literal["burden", "control"] | None = Field(
        default=None,
        description="look_ahead: what is best: `burden`, the least expected logarithm of the "
        "burden at the horizon; `control`, the largest chance to be alive and below progression "
        "from baseline then. Default burden.",
    )
    pause: Flag | None = Field(
        default=None, description="look_ahead: whether no drug is a candidate too. Default false."
    )
    python: Text | None = Field(
        default=None,
        description="python: the function to ask, as `module:callable`. Required there.",
    )
    rules: tuple[Rule, ...] = Field(
        default=(),
        max_length=1000,
        description="Rules read top to bottom at each visit. Default none.",
    )

    at_progression: Treatment | None = Field(
        default=None,
        description="Another treatment, which each patient gets instead from the scan on that "
        "shows progression: a policy with its fields, but no start or stop. Default: none.",
    )

    @model_validator(mode="before")
    @classmethod
    def _resolve(cls, value: object) -> object:
        """Give all drugs of a one-line policy as one line; name the kind of switch."""
        if not isinstance(value, dict):
            return value
        data = dict(cast("dict[str, Any]", value))
        if "policy" not in data and data.get("rules"):
            data["policy"] = "rules"
        policy = data.get("policy")
        kind = POLICY_KINDS.get(str(policy))
        if kind is not None and kind.together and data.get("drugs"):
            members = [name for line in located_lines("drugs", data["drugs"]) for name in line]
            if len(set(members)) < len(members):
                raise ScenarioError("drugs", got="a drug named twice", expected="each drug once")
            data["drugs"] = [members]
        for name in () if kind is None else kind.own:
            if data.get(name) is None:
                data[name] = POLICY_KINDS[str(policy)].own[name]
        if policy == "sequential" and data.get("switch") is None:
            data["switch"] = "at" if data.get("at") else "progression"
        return data

    @model_validator(mode="after")
    def _fields_fit_the_policy(self) -> Self:
        kind = self.kind
        for name in NAMED:
            given = getattr(self, name)
            missing = given is None or given == ()
            if name in kind.needed and missing:
                raise ScenarioError(
                    name,
                    got="nothing",
                    expected=f"{_wanted(name)}, which the policy '{self.policy}' needs",
                )
            if name not in kind.fields and not missing:
                raise self._unused(name, _as_given(name, given))
        self._check_thresholds()
        self._check_function()
        self._check_lines()
        self._check_times()
        if self.at_progression is not None:
            check_next(self.at_progression)
        return self

    @property
    def kind(self) -> PolicyKind:
        """The policy's row of the table of policies."""
        return POLICY_KINDS[self.policy]

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

    def _check_function(self) -> None:
        """Refuse what names no function; whether there is one is found out when it is run."""
        named = self.python
        if named is None:
            return
        module, _, wanted = named.partition(":")
        if not all(part.isidentifier() for part in (*module.split("."), wanted)):
            raise ScenarioError(
                "python",
                got=shown(named),
                expected="module:callable, as 'mine:decide' for the function decide of mine.py",
            )

    def _check_lines(self) -> None:
        least = self.kind.least
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
        if self.at_progression is not None:
            return True
        on_progression = self.policy == "sequential" and self.switch == "progression"
        return on_progression or self.kind.reacts

    @property
    def holds(self) -> bool:
        """Whether drugs are paused on purpose, so that the tumor regrows by design."""
        titrated_to_none = self.policy == "titrated" and self.least == 0.0
        return self.kind.holds or titrated_to_none or bool(self.pause) or pauses(self.rules)

    @property
    def named_drugs(self) -> tuple[str, ...]:
        """Every drug the treatment may give, once, in order of first mention."""
        names = [name for line in self.drugs for name in line]
        for rule in self.rules:
            names += [*rule.then.start, *rule.then.stop, *rule.then.hold, *rule.then.dose]
        if self.at_progression is not None:
            names += self.at_progression.named_drugs
        return tuple(dict.fromkeys(names))


def _wanted(name: str) -> str:
    """Say what a field that is missing should hold, with an example."""
    return {
        "level": "a fraction such as 0.5",
        "rules": "a list of {when, then}",
        "python": "module:callable",
    }.get(name, "a time such as 2 weeks")


def _as_given(name: str, value: object) -> str:
    """Write a value that is not used as a message tells it."""
    if name == "at" or name == "rules":
        return f"a list of {len(cast('tuple[object, ...]', value))}"
    if isinstance(value, (int, float)):
        return number_text(float(value)) + (" days" if name in IN_DAYS else "")
    return shown(value)
