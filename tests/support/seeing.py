"""What a policy is shown in tests: scans of a burden, and nothing else."""

import numpy as np

from countermove.treatment import Observations


def scan(day, burden, scanned=True, recist=None):
    """Observations of a day on which every patient was scanned, or nobody."""
    burden = np.asarray(burden, dtype=float)
    who = np.full(burden.shape, scanned)
    codes = np.zeros(burden.shape, dtype=np.int64) if recist is None else np.asarray(recist)
    values = {"burden": burden}
    days = {"burden": np.full(burden.shape, float(day))}
    return Observations(day, who, who, values, values, values, codes, days)
