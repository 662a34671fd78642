"""``Exact``: what is known of a scenario without simulation.

Here: the answers, their line and their card. Not here: how they are found (``simulation.exact``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from countermove.foundation.arrays import Floats
from countermove.foundation.cards import card

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Exact:
    """Answers without simulation, for one patient drawn from the scenario.

    Attributes
    ----------
    cured : probability that no cell is *alive* at the end of follow-up
    cured_for_good : probability that no *surviving lineage* is left: none would last forever if the
        last drug levels were held
    resistant : for each line of drugs, the genotypes that grow under it unsheltered, in any of the
        patients where they differ
    no_resistant_at_start : for each line, probability that no such cell is alive at diagnosis
    mean_time_to_diagnosis : days from one cell, given survival; nan where the start is given, or
        of several lesions
    mean_at_diagnosis : mean cells of each type at diagnosis
    mean_at_end, sd_at_end : cells of each type at the end of follow-up; no sd (nan) for a grown
        tumor, where early clones of single patients rule it
    types : names of the types

    Examples
    --------
    >>> import countermove as cm
    >>> answer = cm.exact("two_drugs_together")
    >>> round(answer.cured, 3), round(answer.no_resistant_at_start["A + B"], 3)
    (0.973, 0.946)
    >>> answer.types
    ('ancestral', 'resists_A', 'resists_B', 'resists_A + resists_B')
    """

    cured: float
    cured_for_good: float
    resistant: dict[str, tuple[str, ...]]
    no_resistant_at_start: dict[str, float]
    mean_time_to_diagnosis: float
    mean_at_diagnosis: dict[str, float]
    mean_at_end: dict[str, float]
    sd_at_end: dict[str, float]
    types: tuple[str, ...]
    _covariance: Floats = field(repr=False, compare=False)

    def covariance_at_end(self) -> pd.DataFrame:
        """Covariance of the cells of each pair of types at the end of follow-up.

        Returns
        -------
        (types, types), named on both sides; nan for a grown tumor, as `sd_at_end`.

        Examples
        --------
        >>> import countermove as cm
        >>> given = {"start": {"cells": 1000}, "birth": 0.14, "death": 0.13}
        >>> answer = cm.exact(cm.replace(cm.example("two_drugs_together"), {"tumor": given}))
        >>> spread, name = answer.covariance_at_end(), "resists_A + resists_B"
        >>> bool(abs(spread.loc[name, name] ** 0.5 - answer.sd_at_end[name]) < 1e-6)
        True
        """
        import pandas as pd

        names = pd.Index(self.types)
        return pd.DataFrame(self._covariance, index=names, columns=names)

    def __repr__(self) -> str:
        absent_ = [f"{line} {chance:.4g}" for line, chance in self.no_resistant_at_start.items()]
        none = f"no resistant cell at diagnosis {', '.join(absent_)}; " if absent_ else ""
        return f"<Exact: cured {self.cured:.4g}; {none}{len(self.types)} types>"

    def _repr_html_(self) -> str:
        rows = [
            ("no cell alive at the end", f"{self.cured:.4g}"),
            ("no lineage left that would last", f"{self.cured_for_good:.4g}"),
        ]
        for line, chance in self.no_resistant_at_start.items():
            rows.append((f"no cell resistant to {line} at diagnosis", f"{chance:.4g}"))
        if np.isfinite(self.mean_time_to_diagnosis):
            days = f"{self.mean_time_to_diagnosis:,.0f} days"
            rows.append(("mean time from one cell to diagnosis", days))
        return card("Exact probabilities", rows, f"{len(self.types)} types of cells")
