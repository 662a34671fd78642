"""Virtual randomized trials: from simulated outcomes to a protocol's answer, and its power."""

from countermove.trials.analysis import (
    HazardRatio,
    LogRank,
    RestrictedMean,
    hazard_ratio,
    log_rank,
    log_rank_batch,
    restricted_mean,
    restricted_mean_difference,
)
from countermove.trials.bounds import (
    Bounds,
    crossing_probabilities,
    efficacy_bounds,
    spent_alpha,
)
from countermove.trials.conduct import Conducted, LookData, conduct
from countermove.trials.design import ENDPOINTS, SPENDING, Arm, Design
from countermove.trials.monitor import Comparison, Look, TrialResult, analyze
from countermove.trials.nonmem_table import Doses, Measured, nonmem
from countermove.trials.outcomes import Outcomes, pool, pool_from_table
from countermove.trials.power import Power, design_power
from countermove.trials.response import Response, response_beside_durability
from countermove.trials.sample_size import SampleSize, sample_size

__all__ = [
    "ENDPOINTS",
    "SPENDING",
    "Arm",
    "Bounds",
    "Comparison",
    "Conducted",
    "Design",
    "Doses",
    "HazardRatio",
    "LogRank",
    "Look",
    "LookData",
    "Measured",
    "Outcomes",
    "Power",
    "Response",
    "RestrictedMean",
    "SampleSize",
    "TrialResult",
    "analyze",
    "conduct",
    "crossing_probabilities",
    "design_power",
    "efficacy_bounds",
    "hazard_ratio",
    "log_rank",
    "log_rank_batch",
    "nonmem",
    "pool",
    "pool_from_table",
    "response_beside_durability",
    "restricted_mean",
    "restricted_mean_difference",
    "sample_size",
    "spent_alpha",
]
