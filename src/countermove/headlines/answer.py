"""The answer to a headline: what fits it, how long it lasts, what it cannot tell.

Here: the one call, and its result. Not here: finding what fits (``fitting``), the words
(``sentences``), the figure (``report.headline_figure``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from countermove.foundation import ScenarioError, number_text, shown
from countermove.foundation.arrays import Floats
from countermove.foundation.cards import card
from countermove.headlines.asked import MONTH, WORDS, Report, report_of
from countermove.headlines.cohorts import limits
from countermove.headlines.fitting import REPORTED, Fit, fit
from countermove.headlines.sentences import (
    NOBODY,
    OF_FITTING,
    OF_OPEN,
    OF_READING,
    PAIRS,
    Sentence,
    claimed,
    of_fits,
    of_lasting,
    of_untold,
)

if TYPE_CHECKING:
    import pandas as pd

MEMBERS = (1000, 1_000_000)
SPAN = (0.1, 0.5, 0.9)
YEARS = (1, 2, 3)
MONTHS = range(37)


@dataclass(frozen=True)
class Headline:
    """Virtual cohorts that have a report's numbers.

    Attributes
    ----------
    report
        What was stated.
    fit
        The cohorts, drawn in proportion to how well they agree.
    seed
        Of all random numbers.

    Examples
    --------
    >>> import countermove as cm
    >>> found = cm.headline(months_to_progression=12, members=2000)
    >>> list(found.sentences())
    ['what fits', 'how long it lasts', 'what the numbers cannot tell']
    """

    report: Report
    fit: Fit
    seed: int

    @cached_property
    def free(self) -> Floats:
        """Share of patients without progression at months 0 to 36, (cohorts, 37)."""
        cohorts = self.fit.cohorts
        at = [1.0 - cohorts.share(cohorts.progressed(month * MONTH)) for month in MONTHS]
        return np.stack(at, axis=1)

    def table(self) -> pd.DataFrame:
        """Tell what fits: the 10%, 50% and 90% quantiles of each quantity over the cohorts.

        Returns
        -------
        Index: ``resistant_fraction``, ``resistant_cells`` (both of the typical patient),
        ``regrowth`` and ``net_kill`` (1/day), ``regrowth_doubling`` and ``halving`` (days), spreads
        between patients, ``resistant_throughout`` (share of patients). Columns 0.1, 0.5, 0.9.
        """
        import pandas as pd

        numbers = dict(self.fit.cohorts.numbers)
        numbers["resistant_cells"] = self.report.size * numbers["resistant_fraction"]
        numbers["regrowth_doubling"] = math.log(2.0) / numbers["regrowth"]
        numbers["halving"] = math.log(2.0) / numbers["net_kill"]
        rows = {name: np.quantile(value, SPAN) for name, value in numbers.items()}
        return pd.DataFrame.from_dict(rows, orient="index", columns=pd.Index(SPAN))

    def lasting(self) -> pd.DataFrame:
        """Quantiles over the cohorts of the share of patients without progression, by years."""
        import pandas as pd

        rows = {year: np.quantile(self.free[:, 12 * year], SPAN) for year in YEARS}
        return pd.DataFrame.from_dict(rows, orient="index", columns=pd.Index(SPAN))

    def ranks(self) -> dict[tuple[str, str], float]:
        """Rank correlation among the cohorts, of each pair of quantities."""
        numbers = self.fit.cohorts.numbers
        places = {name: np.argsort(np.argsort(value)) for name, value in numbers.items()}
        return {
            (one, other): float(np.corrcoef(places[one], places[other])[0, 1])
            for one, other in PAIRS
        }

    def sentences(self) -> dict[str, list[Sentence]]:
        """Return the answer in words, by section; each sentence has its source.

        Returns
        -------
        Sentences of ``what fits``, ``how long it lasts`` and ``what the numbers cannot tell``. One
        whose source is not ``ensemble`` is a claim of the ledger.
        """
        low, high, _ = limits(self.report.size)["resistant_fraction"]
        ends = np.quantile(self.fit.cohorts.numbers["resistant_fraction"], (0.1, 0.9))
        left = float(np.log(ends[1] / ends[0]) / (0.8 * np.log(high / low)))
        shares: dict[int, list[float]] = dict(
            zip(YEARS, self.lasting().to_numpy().tolist(), strict=True)
        )
        return {
            "what fits": [*of_fits(self.report, left, self.ranks()), *claimed(OF_FITTING)],
            "how long it lasts": [*of_lasting(self.report, shares), *claimed(OF_READING)],
            "what the numbers cannot tell": [*of_untold(self.report), *claimed(OF_OPEN)],
        }

    def to_dict(self) -> dict[str, Any]:
        """Everything that the answer says, with its ensemble and the sources of its sentences."""

        def rows(table: pd.DataFrame) -> dict[str, Any]:
            return {
                str(name): dict(zip(("10%", "50%", "90%"), map(float, row), strict=True))
                for name, row in zip(table.index, table.to_numpy(), strict=True)
            }

        return {
            "report": asdict(self.report),
            "fits": rows(self.table()),
            "without_progression_at_years": rows(self.lasting()),
            "rank_correlations": {" and ".join(pair): rank for pair, rank in self.ranks().items()},
            "sentences": {
                section: [asdict(one) for one in result]
                for section, result in self.sentences().items()
            },
            "ensemble": {
                "cohorts": self.fit.members,
                "effective": self.fit.effective,
                "seed": self.seed,
                "patients_of_a_report": REPORTED,
                "prior": {name: list(span) for name, span in limits(self.report.size).items()},
            },
            "about": NOBODY,
        }

    @property
    def ensemble(self) -> str:
        """The ensemble in a line."""
        return (
            f"{self.fit.members:,} virtual cohorts in the last round, effective number "
            f"{self.fit.effective:,.0f}, seed {self.seed}"
        )

    def __repr__(self) -> str:
        return f"<Headline {said(self.report)}: {self.ensemble}. {NOBODY}>"

    def _repr_html_(self) -> str:
        rows = [
            (f"{name.replace('_', ' ')}", " / ".join(f"{value:.3g}" for value in row))
            for name, row in zip(self.table().index, self.table().to_numpy(), strict=True)
        ]
        rows += [
            (f"without progression at {year} y", " / ".join(f"{value:.0%}" for value in row))
            for year, row in zip(YEARS, self.lasting().to_numpy(), strict=True)
        ]
        note = f"10% / 50% / 90% of cohorts. {self.ensemble}. {NOBODY}"
        return card(said(self.report), rows, note)


def said(report: Report) -> str:
    """Write what a report states in a line."""
    parts = [
        f"{WORDS[name]} {number_text(value) if 'months' in name else f'{100 * value:g}%'}"
        for name, value in report.stated.items()
    ]
    end = [] if report.follow_up is None else [f"{number_text(report.follow_up)} months followed"]
    return ", ".join(parts + end)


def headline(
    *,
    response_rate: object = None,
    depth: object = None,
    months_to_progression: object = None,
    follow_up: object = None,
    size: object = 1e10,
    seed: int = 1,
    members: int = 20_000,
) -> Headline:
    """Find which virtual cohorts have the numbers that a report states, and how long they do well.

    It speaks of groups of patients, never of a person.

    Parameters
    ----------
    response_rate
        Share of patients with a response, as 0.6 or ``"60%"``.
    depth
        Median over all patients of the largest shrinking of the sum of diameters, 0 to 1.
    months_to_progression
        Median, in months (or with a unit, as ``"24 weeks"``).
    follow_up
        Months that patients were followed: shrinking after it was not seen.
    size
        Cells of a tumor when treatment starts.
    seed
        Of all random numbers, not negative.
    members
        Cohorts of each round, 1,000 to a million.

    Returns
    -------
    Headline

    Raises
    ------
    ScenarioError
        No number is given, one is impossible, or no cohort has them together: the one that is
        farthest off is named.

    Notes
    -----
    In each patient cells that the drug kills and cells that it does not grow and shrink
    exponentially; patients differ. The report is taken to be of 100 patients.

    Examples
    --------
    >>> import countermove as cm
    >>> found = cm.headline(response_rate="60%", months_to_progression=5.5, members=2000)
    >>> low, middle, high = found.lasting().loc[1]
    >>> bool(low < middle < high < 0.5)
    True
    """
    numbers: Mapping[str, int] = {"seed": seed, "members": members}
    for name, value in numbers.items():
        least, most = (0, 2**64 - 1) if name == "seed" else MEMBERS
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ScenarioError(name, got=shown(value), expected=f"an integer, {least} to {most}")
    report = report_of(response_rate, depth, months_to_progression, follow_up=follow_up, size=size)
    return Headline(report, fit(report, seed=seed, members=members), seed)
