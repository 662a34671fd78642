"""The answer in words, each sentence tied to claims of the ledger or to the ensemble.

Here: what is said. Not here: its numbers (``answer``), how it is shown (``command_line``). What
speaks of biology is a claim's own sentence, word for word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from countermove.evidence import claim
from countermove.foundation import number_text
from countermove.headlines.asked import WORDS, Report

ENSEMBLE = "ensemble"
NOBODY = (
    "About groups of patients in a model, not about any person: what one patient can expect does "
    "not follow from these numbers, and is not answered here."
)
# What a headline is read by, and what it leaves open; sections of the answer -> ids of claims.
OF_READING = ("recist", "response-is-not-durability")
OF_FITTING = ("resistance-is-evolution", "rare-cells-before-treatment", "intrinsic-resistance")
OF_OPEN = ("open-which-cells", "dormant-cells", "surroundings-shelter", "open-growth-law",
           "proof-by-trial")  # fmt: skip
STRENGTHS = ((0.8, "almost fixed by each other"), (0.5, "closely tied"), (0.2, "loosely tied"))
PAIRS = {
    ("resistant_fraction", "regrowth"): ("The resistant fraction", "its regrowth"),
    ("resistant_fraction", "net_kill"): ("The resistant fraction", "the net kill"),
    ("regrowth", "net_kill"): ("Regrowth", "the net kill"),
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer.

    Attributes
    ----------
    text : the sentence
    source : the id of the claim that it is, or ``ensemble`` where it tells what was computed
    """

    text: str
    source: str

    def __str__(self) -> str:
        return f"{self.text} [{self.source}]"


def claimed(names: Sequence[str]) -> list[Sentence]:
    """Sentences of claims."""
    return [Sentence(claim(name).plain, name) for name in names]


def of_fits(report: Report, left: float, ranks: Mapping[tuple[str, str], float]) -> list[Sentence]:
    """Say how far the numbers narrow the resistant fraction, and what goes with what.

    Parameters
    ----------
    report
        What was stated.
    left
        Decades between the 10% and 90% quantiles of the resistant fraction, as a share of those of
        the prior.
    ranks
        Rank correlation of each of `PAIRS` among cohorts that fit.
    """
    given = " and ".join(WORDS[name] for name in report.stated)
    wide = "hardly narrowed" if left > 0.8 else "narrowed, not fixed," if left > 0.2 else "narrowed"
    first = (
        f"The resistant fraction is {wide} by the {given}: the middle 80% of cohorts that fit span "
        f"{100 * left:.0f}% of the orders of magnitude that the prior spans."
    )
    return [Sentence(first, ENSEMBLE), *(_tied(*pair, rank) for pair, rank in ranks.items())]


def _tied(one: str, other: str, rank: float) -> Sentence:
    name, with_name = PAIRS[one, other]
    words = next((words for least, words in STRENGTHS if abs(rank) >= least), "")
    if not words:
        return Sentence(
            f"{name} and {with_name} tell nothing of each other (rank correlation {rank:+.2f}).",
            ENSEMBLE,
        )
    way = "more of one goes with more" if rank > 0 else "more of one goes with less"
    return Sentence(
        f"{name} and {with_name} are {words}: {way} of the other (rank correlation {rank:+.2f}).",
        ENSEMBLE,
    )


def of_lasting(report: Report, shares: Mapping[int, Sequence[float]]) -> list[Sentence]:
    """Say how many are expected to be without progression, by years."""
    result = []
    for year, (low, middle, high) in shares.items():
        end = report.follow_up
        beyond = end is not None and 12 * year > end
        after = f", beyond the follow-up of {number_text(end)} months" if beyond and end else ""
        result.append(
            f"{year} year{'s' if year > 1 else ''} after treatment started{after}: "
            f"{_percent(middle)} of patients without progression, {_percent(low)} to "
            f"{_percent(high)} in the middle 80% of cohorts."
        )
    return [Sentence(text, ENSEMBLE) for text in result]


def of_untold(report: Report) -> list[Sentence]:
    """Say what the numbers leave open about the fit itself."""
    result = []
    if "months_to_progression" not in report.stated:
        result.append("No time was given: how long it lasts is the prior's guess, narrowed by how "
                     "far tumors shrank.")  # fmt: skip
    if "response_rate" not in report.stated:
        result.append("No response rate was given: how many patients were never helped is open.")
    if "depth" not in report.stated:
        result.append("No depth was given: how few cells were left is open.")
    if report.follow_up is None:
        result.append(
            "No follow-up was given: the median is taken as reached and the shares at all years as "
            "unseen."
        )
    result.append("Deaths, stopping a drug, dose, visits and who was enrolled are not in these "
                 "numbers, and not in the ensemble.")  # fmt: skip
    return [Sentence(text, ENSEMBLE) for text in result]


def _percent(share: float) -> str:
    return "under 1%" if share < 0.01 else f"{100.0 * share:.0f}%"
