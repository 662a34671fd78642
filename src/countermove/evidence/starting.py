"""A row of the table as the start of an alteration of a scenario file.

Here: which mechanism of the format says what was seen. Not here: its numbers, which nobody has
measured for a patient; the table (``evidence.observed``).
"""

from __future__ import annotations

import re

from countermove.evidence.observed import Observed, one_observed
from countermove.foundation import ScenarioError

LONGEST_NAME = 30
ASSUMED = "assumed"
AS_ALTERATION = {
    "target-mutation": "target",
    "target-loss": "target",
    "bypass": "bypass",
    "dna-repair": "bypass",
    "immune-evasion": "bypass",
    "efflux": "efflux",
    "drug-metabolism": "processing",
    "death-evasion": "death_evasion",
}
INSTEAD = {
    "dormancy": "a state (states:), which cells enter and leave without a mutation",
    "lineage-plasticity": "a state (states:), which cells enter and leave without a mutation",
    "microenvironment": "a niche (niches:), where cells are sheltered without a mutation",
}


def alteration_of(name: str) -> str:
    """Write a row of `mechanisms` as the start of an alteration of a scenario file.

    Mechanism, drug and gene are the row's; its numbers are yours to give, and marked as assumed.

    Parameters
    ----------
    name
        Id of a row.

    Returns
    -------
    YAML, to be indented below ``alterations:``.

    Raises
    ------
    ScenarioError
        There is no such row, or what it saw is no alteration of a cell: the message says what to
        write instead.

    Examples
    --------
    >>> import countermove as cm
    >>> print(cm.alteration_of("egfr-c797s-osimertinib-1l"))
    C797S_mutation:           # C797S mutation; doi:10.1038/s41467-023-35961-y, pmid:36849494
      mechanism: target
      drug: osimertinib
      fold: inf               # assumed
      rate: 1e-8              # assumed: per division
    """
    row = one_observed(name)
    if row.mechanism in INSTEAD:
        raise ScenarioError(
            "evidence",
            got=f"'{name}', whose mechanism is {row.mechanism}",
            expected="an alteration of a cell",
            remedy=f"Write {INSTEAD[row.mechanism]}.",
        )
    if row.drug_class.startswith("none"):
        raise ScenarioError(
            "evidence",
            got=f"'{name}', which no drug was seen to select",
            expected="a row with a drug, or a class of drugs",
        )
    mechanism = AS_ALTERATION[row.mechanism]
    lines = [
        (f"{_short(row.alteration)}:", _about(row)),
        (f"  mechanism: {mechanism}", ""),
        *_fields(row, mechanism),
        ("  rate: 1e-8", f"{ASSUMED}: per division"),
    ]
    width = max(26, *(len(text) + 2 for text, _ in lines))
    return "\n".join(f"{text:<{width}}# {note}" if note else text for text, note in lines)


def drug_of(row: Observed) -> tuple[str, str]:
    """Name of a row's first drug as a scenario can write it, and what to know about it.

    A row that names a class alone, or no drug, gives the name of its class.
    """
    drugs = [name.strip() for name in row.drugs.split(";") if name.strip()]
    if not drugs or drugs[0].startswith("("):
        return _name(row.drug_class), "the row names a class of drugs alone"
    others = ", ".join(drugs[1:])
    return _name(drugs[0]), f"seen also under {others}" if others else ""


def pathway_of(row: Observed) -> str:
    """Name for what the row's drugs block, after their class: the table does not name pathways."""
    return f"blocked_by_{_name(row.drug_class.partition(';')[0])}"[:64]


def pump_of(row: Observed) -> str:
    """Return the transporter of a row."""
    return _name(row.gene.partition(";")[0]) or "pump"


def _fields(row: Observed, mechanism: str) -> list[tuple[str, str]]:
    drug, note = drug_of(row)
    if mechanism == "target":
        return [(f"  drug: {drug}", note), ("  fold: inf", ASSUMED)]
    if mechanism == "processing":
        return [(f"  drug: {drug}", note), ("  retention: 0", ASSUMED)]
    if mechanism == "bypass":
        asked = f"{ASSUMED}: the drug {drug} needs this pathway"
        return [(f"  pathway: {pathway_of(row)}", asked), ("  strength: 1", ASSUMED)]
    if mechanism == "efflux":
        asked = f"the drug {drug} needs this in substrate_of"
        return [(f"  pump: {pump_of(row)}", asked), ("  retention: 0", ASSUMED)]
    return [("  strength: 0.9", f"{ASSUMED}: every drug that kills, {drug} among them")]


def _about(row: Observed) -> str:
    return f"{row.alteration}; {', '.join(map(str, row.sources))}"


def _short(text: str) -> str:
    words = _name(text).split("_")
    while len(words) > 1 and len("_".join(words)) > LONGEST_NAME:
        words.pop()
    return "_".join(words)[:LONGEST_NAME]


def _name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")
