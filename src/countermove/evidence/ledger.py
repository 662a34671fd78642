"""The ledger of claims: what may be said about biology, how surely, and from where.

Here: reading and checking it, and which claims a scenario touches. Not here: alterations seen in
the clinic (``evidence.observed``), how a claim is shown (``report``, ``command_line``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from countermove.evidence.words import having
from countermove.foundation import Citation, ScenarioError, parse_citation, shown, suggestion

STATUSES = ("established", "research in progress")
FIELDS = ("id", "topic", "status", "plain", "science", "sources")
LEDGER = Path(__file__).parent / "claims.yaml"
OF_MECHANISM = {
    "target": ("target-mutation",),
    "bypass": ("bypass",),
    "efflux": ("efflux", "efflux-share-unknown"),
    "processing": ("altered-processing",),
    "death_evasion": ("death-evasion",),
}
TOGETHER = ("combinations-ask-for-everything-at-once", "independent-action")
PAUSED = ("adaptive-therapy", "adaptive-needs-competition", "cost-of-resistance")
OF_POLICY = {
    "sequential": ("next-line",),
    "alternating": ("next-line",),
    "strike_twice": ("next-line",),
    "pulsed": PAUSED,
    "adaptive": PAUSED,
    "titrated": PAUSED,
    "containment": PAUSED,
    "ctdna_switch": ("next-line", "blood-shows-resistance-early", "switch-by-blood"),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement about biology.

    Attributes
    ----------
    id
        Its name, which pages and reports carry.
    topic
        What it is about.
    status
        ``established`` or ``research in progress``.
    plain, science
        A sentence for anybody, and one for scientists.
    sources
        Where it comes from.
    """

    id: str
    topic: str
    status: str
    plain: str
    science: str
    sources: tuple[Citation, ...]

    @property
    def badge(self) -> str:
        """Its status as a page shows it."""
        return self.status.capitalize()

    def to_dict(self) -> dict[str, Any]:
        """Every field, sources as they are written."""
        texts = {name: getattr(self, name) for name in FIELDS if name != "sources"}
        return {**texts, "sources": [str(source) for source in self.sources]}


def read_claims(text: str) -> tuple[Claim, ...]:
    """Read a ledger.

    Raises
    ------
    ScenarioError
        A claim lacks a field or has one too many, its status is not in the list, it has no source,
        or a source or an id stands twice; the message names claim and field.
    """
    from countermove.scenario.yaml_text import read_yaml

    given = read_yaml(text, "claims")
    if not isinstance(given, list):
        raise ScenarioError("claims", got=shown(given), expected="a list of claims")
    result: dict[str, Claim] = {}
    for number, entry in enumerate(cast("list[Any]", given)):
        one = _claim(entry, f"claims.{number}")
        if one.id in result:
            raise ScenarioError(
                f"claims.{number}.id", got=f"'{one.id}' again", expected="each once"
            )
        result[one.id] = one
    return tuple(result.values())


def _claim(entry: object, where: str) -> Claim:
    if not isinstance(entry, Mapping):
        raise ScenarioError(where, got=shown(entry), expected=f"fields {', '.join(FIELDS)}")
    fields = cast("Mapping[str, Any]", entry)
    for name in FIELDS:
        if not fields.get(name):
            raise ScenarioError(f"{where}.{name}", got="nothing", expected="what every claim has")
    for name in fields:
        if name not in FIELDS:
            raise ScenarioError(
                f"{where}.{name}", got=shown(name), expected=f"one of {', '.join(FIELDS)}"
            )
    if fields["status"] not in STATUSES:
        raise ScenarioError(
            f"{where}.status",
            got=shown(fields["status"]),
            expected=f"one of {', '.join(STATUSES)}",
        )
    if not isinstance(fields["sources"], list):
        raise ScenarioError(
            f"{where}.sources", got=shown(fields["sources"]), expected="a list of sources"
        )
    sources = tuple(parse_citation(text, f"{where}.sources") for text in fields["sources"])
    if len({str(source).casefold() for source in sources}) < len(sources):
        raise ScenarioError(f"{where}.sources", got="a source twice", expected="each once")
    texts = {name: str(fields[name]).strip() for name in FIELDS if name != "sources"}
    return Claim(**texts, sources=sources)


@cache
def _known() -> dict[str, Claim]:
    return {one.id: one for one in read_claims(LEDGER.read_text(encoding="utf-8"))}


def claims(words: str = "") -> tuple[Claim, ...]:
    """Return what countermove states about biology, with how surely it is known and from where.

    Parameters
    ----------
    words
        What each claim must have, in any field; every claim by default.

    Returns
    -------
    Claims in the ledger's order, each with ``id``, ``topic``, ``status`` (``established`` or
    ``research in progress``), ``plain``, ``science`` and ``sources``.

    Raises
    ------
    ScenarioError
        No claim has the words; what is near is told.

    Examples
    --------
    >>> import countermove as cm
    >>> (one,) = cm.claims("dormant")
    >>> one.status, str(one.sources[0])
    ('research in progress', 'doi:10.1016/j.cell.2010.02.027')
    """
    known = _known()
    texts = {name: " ".join(map(str, one.to_dict().values())) for name, one in known.items()}
    return tuple(known[name] for name in having(words, texts, what="a claim", where="claims"))


def claim(name: str) -> Claim:
    """Return one claim by its id.

    Raises
    ------
    ScenarioError
        There is none; the nearest is named.
    """
    known = _known()
    if name not in known:
        raise ScenarioError(
            "claim", got=shown(name), expected="the id of a claim", remedy=suggestion(name, known)
        )
    return known[name]


def claims_about(*documents: Mapping[str, Any]) -> tuple[Claim, ...]:
    """Return the claims that scenarios touch, each once.

    Parameters
    ----------
    documents
        Scenarios as `to_document` writes them: their mechanisms, states, niches, policy and
        measurements decide.

    Returns
    -------
    First what resistance is, last how a response is read and what a simulation cannot prove.
    """
    wanted = ["resistance-is-evolution", "rare-cells-before-treatment"]
    for one in documents:
        wanted += _touched(one)
    wanted += ["recist", "response-is-not-durability", "proof-by-trial"]
    return tuple(claim(name) for name in dict.fromkeys(wanted))


def _touched(document: Mapping[str, Any]) -> list[str]:
    wanted = [
        name
        for alteration in (document.get("alterations") or {}).values()
        for name in OF_MECHANISM.get(alteration.get("mechanism"), ())
    ]
    treatment = document.get("treatment") or {}
    lines = treatment.get("drugs") or ()
    wanted += TOGETHER * any(isinstance(line, list) and len(line) > 1 for line in lines)
    wanted += ["dormant-cells"] * bool(document.get("states"))
    wanted += ["surroundings-shelter", "sanctuaries-first"] * bool(document.get("niches"))
    wanted += ["intrinsic-resistance"] * bool(document.get("intrinsic"))
    later = treatment.get("at_progression") or {}
    for policy in (treatment.get("policy"), later.get("policy")):
        wanted += OF_POLICY.get(str(policy), ())
    wanted += ["ctdna-per-cell"] * bool((document.get("monitoring") or {}).get("ctdna"))
    return wanted
