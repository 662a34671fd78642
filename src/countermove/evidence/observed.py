"""Resistance in the clinic: which alteration was seen under which drug, and in how many.

Here: the table, and searching it. Not here: a row as the start of an alteration
(``evidence.starting``), claims (``evidence.ledger``).
"""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from countermove.evidence.ledger import STATUSES
from countermove.evidence.words import having
from countermove.foundation import Citation, ScenarioError, parse_citation, shown, suggestion

if TYPE_CHECKING:
    import pandas as pd

TABLE = Path(__file__).parent / "mechanisms.csv"
MECHANISMS = (
    "target-mutation",
    "target-loss",
    "bypass",
    "efflux",
    "drug-metabolism",
    "death-evasion",
    "dna-repair",
    "immune-evasion",
    "lineage-plasticity",
    "dormancy",
    "microenvironment",
)
_ONE_OF = {
    "mechanism": MECHANISMS,
    "timing": ("intrinsic", "acquired", "both"),
    "evidence": ("clinical", "preclinical"),
    "status": STATUSES,
    "frequency_verified": ("yes", "no"),
}
_NEEDED = ("id", "disease", "alteration", "source")


@dataclass(frozen=True, slots=True)
class Observed:
    """One row: an alteration that was seen under drugs.

    Attributes
    ----------
    id, disease, drug_class, drugs, alteration, gene
        What was seen, in which disease, under which drugs (separated by ``;``).
    mechanism, timing
        How it protects; ``intrinsic``, ``acquired`` or ``both``.
    evidence, status
        ``clinical`` or ``preclinical``; ``established`` or ``research in progress``.
    frequency_low, frequency_high, frequency_context, frequency_verified
        Percent, and of whom; empty unless somebody read the number in the source itself.
    citation, source
        Names and year as they were read; identifiers, separated by ``;``.
    """

    id: str
    disease: str
    drug_class: str
    drugs: str
    alteration: str
    gene: str
    mechanism: str
    timing: str
    evidence: str
    status: str
    frequency_low: str
    frequency_high: str
    frequency_context: str
    frequency_verified: str
    citation: str
    source: str

    @property
    def frequency(self) -> str:
        """The share of patients, where it was verified; else empty."""
        if self.frequency_verified != "yes" or not self.frequency_low:
            return ""
        return " to ".join(dict.fromkeys([self.frequency_low, self.frequency_high])) + "%"

    @property
    def sources(self) -> tuple[Citation | str, ...]:
        """Each source: a DOI or PMID, else the journal's volume and page as it was read."""
        parts = [part.strip() for part in self.source.split(";")]
        return tuple(_source(part, self.id) for part in parts)

    def to_dict(self) -> dict[str, str]:
        """Every column."""
        return asdict(self)


def _source(text: str, where: str) -> Citation | str:
    kind = text.partition(":")[0].casefold()
    return parse_citation(text, where) if kind in ("doi", "pmid") else text


def read_mechanisms(text: str) -> tuple[Observed, ...]:
    """Read a table of mechanisms.

    Raises
    ------
    ScenarioError
        Columns differ, an id or a source stands twice, a row lacks a source or another field it
        needs, a word is not in its list, an identifier is none, or a frequency stands in a row that
        nobody verified.
    """
    rows = list(csv.DictReader(io.StringIO(text)))
    names = [field.name for field in fields(Observed)]
    if not rows or list(rows[0]) != names:
        raise ScenarioError("mechanisms", got="other columns", expected=", ".join(names))
    result: dict[str, Observed] = {}
    for number, row in enumerate(rows, 1):
        one = Observed(**row)
        _check(one, f"mechanisms.{number}")
        if one.id in result:
            raise ScenarioError(
                f"mechanisms.{number}.id", got=f"'{one.id}' again", expected="each once"
            )
        result[one.id] = one
    return tuple(result.values())


def _check(one: Observed, where: str) -> None:
    row = one.to_dict()
    for name in _NEEDED:
        if not row[name]:
            raise ScenarioError(f"{where}.{name}", got="nothing", expected="what every row has")
    for name, allowed in _ONE_OF.items():
        if row[name] not in allowed:
            raise ScenarioError(
                f"{where}.{name}", got=shown(row[name]), expected=f"one of {', '.join(allowed)}"
            )
    if one.frequency_low and one.frequency_verified != "yes":
        raise ScenarioError(
            f"{where}.frequency_low", got=one.frequency_low, expected="a verified number, or none"
        )
    sources = [str(source).casefold() for source in one.sources]
    if len(set(sources)) < len(sources):
        raise ScenarioError(f"{where}.source", got="a source twice", expected="each once")


@cache
def _known() -> dict[str, Observed]:
    return {one.id: one for one in read_mechanisms(TABLE.read_text(encoding="utf-8"))}


def observed(words: str = "") -> tuple[Observed, ...]:
    """Return the rows that have every word: a drug, a gene, a mechanism, a disease.

    Raises
    ------
    ScenarioError
        No row has them all; what is near is told.
    """
    known = _known()
    texts = {name: " ".join(one.to_dict().values()) for name, one in known.items()}
    asked = "a row: a drug, a gene, a mechanism, a disease"
    return tuple(known[name] for name in having(words, texts, what=asked, where="evidence"))


def one_observed(name: str) -> Observed:
    """Return one row by its id.

    Raises
    ------
    ScenarioError
        There is none; the nearest is named.
    """
    known = _known()
    if name not in known:
        raise ScenarioError(
            "evidence", got=shown(name), expected="the id of a row", remedy=suggestion(name, known)
        )
    return known[name]


def mechanisms(words: str = "") -> pd.DataFrame:
    """Return resistance seen in the clinic and in models, as a table.

    Parameters
    ----------
    words
        What every row must have: a drug, a gene, a mechanism, a disease; all rows by default.

    Returns
    -------
    Index ``id``; columns ``disease``, ``drug_class``, ``drugs``, ``alteration``, ``gene``,
    ``mechanism``, ``timing``, ``evidence``, ``status``, ``frequency_low`` and ``frequency_high``
    (percent, only where somebody read them in the source), ``frequency_context``,
    ``frequency_verified``, ``citation``, ``source``.

    Raises
    ------
    ScenarioError
        No row has the words; what is near is told.

    Examples
    --------
    >>> import countermove as cm
    >>> cm.mechanisms("osimertinib C797S")["mechanism"].to_dict()
    {'egfr-c797s-osimertinib-1l': 'target-mutation'}
    """
    import pandas as pd

    table = pd.DataFrame([one.to_dict() for one in observed(words)]).set_index("id")
    ends = ["frequency_low", "frequency_high"]
    table[ends] = table[ends].apply(pd.to_numeric, errors="coerce")
    return table
