"""What a policy sees, and nothing else.

Here: the one class that a policy is given. Not here: how anything is measured (``measurement``),
who decides (``treatment.policies``, ``treatment.rules``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RESPONSES = ("NE", "CR", "PR", "SD", "PD")
"""Responses by RECIST, in the order of their codes: not evaluable, complete, partial, stable
disease, progressive disease."""


@dataclass(frozen=True, slots=True)
class Observations:
    """What the clinic has seen by now; a policy gets nothing else.

    Attributes
    ----------
    time : days since diagnosis
    visited : (patients,) whether anything was measured today
    scanned : (patients,) whether imaged today
    latest : observable -> (patients,) latest value; nan before the first
    baseline : observable -> (patients,) last value at or before treatment start; nan if none
    nadir : observable -> (patients,) lowest value from baseline on; nan if none
    recist : (patients,) index into ``RESPONSES`` of the latest assessment

    Notes
    -----
    Observables are ``volume`` (cm3, sum over lesions), ``sld`` (cm, sum of longest diameters),
    ``burden`` (cells), the marker's own name (ng/mL), ``ctdna.hge`` (haploid genome equivalents
    per mL of plasma), and for each alteration NAME of the panel ``ctdna.vaf(NAME)``,
    ``ctdna.reads(NAME)`` and ``ctdna.detected(NAME)`` (1 or 0).
    """

    time: float
    visited: Bools
    scanned: Bools
    latest: Mapping[str, Floats]
    baseline: Mapping[str, Floats]
    nadir: Mapping[str, Floats]
    recist: Ints
