"""Where a number comes from: a DOI or a PubMed identifier.

Here: reading ``doi:...`` and ``pmid:...``. Not here: what is claimed (see ``evidence``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from countermove.foundation.errors import ScenarioError, shown

_DOI = re.compile(r"10\.[0-9]{4,9}/[^\s\x00-\x1f\"<>]{1,200}")
_PMID = re.compile(r"[1-9][0-9]{0,8}")
_ADDRESSES = ("https://doi.org/", "http://doi.org/", "https://dx.doi.org/", "http://dx.doi.org/")


@dataclass(frozen=True, slots=True)
class Citation:
    """One published source.

    Attributes
    ----------
    kind
        ``doi`` or ``pmid``.
    id
        The bare identifier, as registered.
    """

    kind: Literal["doi", "pmid"]
    id: str

    @property
    def url(self) -> str:
        """The address at which the identifier resolves."""
        if self.kind == "doi":
            return f"https://doi.org/{self.id}"
        return f"https://pubmed.ncbi.nlm.nih.gov/{self.id}/"

    def __str__(self) -> str:
        """As a scenario file writes it."""
        return f"{self.kind}:{self.id}"


def parse_citation(text: object, where: str = "") -> Citation:
    """Read ``doi:10.7554/eLife.00747`` or ``pmid:23805382``; a DOI's web address is read too.

    Raises
    ------
    ScenarioError
        The text is neither.
    """
    if isinstance(text, str) and len(text) <= 300:
        given = text.strip()
        for address in _ADDRESSES:
            if given.lower().startswith(address):
                given = "doi:" + given[len(address) :]
        kind, _, identifier = given.partition(":")
        identifier = identifier.strip()
        if kind.strip().lower() == "doi" and _DOI.fullmatch(identifier):
            return Citation("doi", identifier)
        if kind.strip().lower() == "pmid" and _PMID.fullmatch(identifier):
            return Citation("pmid", identifier)
    raise ScenarioError(
        where,
        got=shown(text),
        expected="a source such as doi:10.7554/eLife.00747 or pmid:23805382",
    )
