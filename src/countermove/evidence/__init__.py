"""What is known, how surely, and from where: the ledger of claims, and resistance in the clinic."""

from countermove.evidence.ledger import (
    STATUSES,
    Claim,
    claim,
    claims,
    claims_about,
    read_claims,
)
from countermove.evidence.observed import (
    MECHANISMS,
    Observed,
    mechanisms,
    observed,
    one_observed,
    read_mechanisms,
)
from countermove.evidence.starting import alteration_of, drug_of, pathway_of, pump_of

__all__ = [
    "MECHANISMS",
    "STATUSES",
    "Claim",
    "Observed",
    "alteration_of",
    "claim",
    "claims",
    "claims_about",
    "drug_of",
    "mechanisms",
    "observed",
    "one_observed",
    "pathway_of",
    "pump_of",
    "read_claims",
    "read_mechanisms",
]
