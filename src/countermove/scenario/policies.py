"""The table of policies: the one place where each policy's name stands in the file format.

Here: what each policy is called, says, needs and has by default. Not here: how it decides
(``treatment.policies``, which has one builder for each name).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from countermove.foundation import ScenarioError, shown
from countermove.foundation.errors import neighbor


@dataclass(frozen=True, slots=True)
class PolicyKind:
    """One policy of the format.

    Attributes
    ----------
    name : as the file says it
    says : what it does, for the schema and the docs
    needed : fields that must be given
    own : fields with a default where the policy uses them
    optional : fields that may be given
    together : its drugs are one line
    least : fewest lines
    reacts : its doses depend on what visits see
    holds : drugs are paused on purpose, so that the tumor regrows by design
    guided : it may follow another observable than the burden
    any_day : it may begin on any day, for each patient on another
    """

    name: str
    says: str
    needed: tuple[str, ...] = ()
    own: Mapping[str, float] = field(default_factory=dict[str, float])
    optional: tuple[str, ...] = ()
    together: bool = False
    least: int = 1
    reacts: bool = False
    holds: bool = False
    guided: bool = False
    any_day: bool = True

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that the policy uses."""
        guide = ("guided_by",) if self.guided else ()
        return (*self.needed, *self.own, *self.optional, *guide)


POLICY_KINDS: dict[str, PolicyKind] = {
    kind.name: kind
    for kind in (
        PolicyKind("none", "no drug", least=0),
        PolicyKind("continuous", "all drugs together", together=True),
        PolicyKind("combination", "all drugs together", together=True),
        PolicyKind(
            "sequential",
            "one line after another",
            optional=("switch", "at"),
            guided=True,
        ),
        PolicyKind(
            "alternating",
            "lines in turn, each for `every`",
            needed=("every",),
            least=2,
            any_day=False,
        ),
        PolicyKind(
            "pulsed",
            "all drugs `on`, then `off`",
            needed=("on", "off"),
            together=True,
            holds=True,
            any_day=False,
        ),
        PolicyKind(
            "adaptive",
            "held below a burden, restarted above another",
            own={"stop_below": 0.5, "restart_above": 1.0},
            together=True,
            reacts=True,
            holds=True,
            guided=True,
        ),
        PolicyKind(
            "titrated",
            "the dose raised or lowered step by step",
            own={"step": 0.25, "raise_above": 1.2, "lower_below": 0.8, "least": 0.0},
            together=True,
            reacts=True,
            guided=True,
        ),
        PolicyKind(
            "containment",
            "given while above a burden",
            needed=("level",),
            together=True,
            reacts=True,
            holds=True,
            guided=True,
        ),
        PolicyKind(
            "strike_twice",
            "the next line at the nadir",
            own={"strike_below": 0.1},
            least=2,
            reacts=True,
            guided=True,
        ),
        PolicyKind(
            "ctdna_switch",
            "the next line when ctDNA rises, before scans show it, or at progression",
            own={"rise": 2.0, "confirmed_by": 2},
            optional=("alteration",),
            least=2,
            reacts=True,
        ),
        PolicyKind(
            "rules",
            "`rules`, read top to bottom at each visit",
            needed=("rules",),
            least=0,
            reacts=True,
        ),
        PolicyKind(
            "look_ahead",
            "the line whose expected future is best, at each visit",
            own={"horizon": 168.0, "futures": 200},
            optional=("objective", "pause"),
            least=1,
            reacts=True,
            any_day=False,
        ),
        PolicyKind(
            "python",
            "a function of yours, `python: module:callable`, run with --allow-python",
            needed=("python",),
            reacts=True,
            any_day=False,
        ),
    )
}
"""Every policy by name."""

POLICIES: tuple[str, ...] = tuple(POLICY_KINDS)

OTHER_WORDS = {  # for a policy, in the field -> what it is called here
    "concurrent": "'combination'",
    "cycling": "'alternating'",
    "intermittent": "'pulsed', by the clock, or 'adaptive', by the burden",
    "monotherapy": "'continuous' with one drug",
    "upfront": "'combination'",
}


def unknown_policy(where: str, name: str) -> ScenarioError:
    """Return the error for a policy that does not exist, naming what may have been meant."""
    called = OTHER_WORDS.get(name.casefold())
    return ScenarioError(
        where,
        got=shown(name),
        expected=f"one of {', '.join(POLICIES)}",
        remedy=f"Here it is called {called}." if called else neighbor(name, POLICIES),
    )


def described() -> str:
    """Every policy and what it does, in one sentence for the schema."""
    return "; ".join(f"`{kind.name}`: {kind.says}" for kind in POLICY_KINDS.values())
